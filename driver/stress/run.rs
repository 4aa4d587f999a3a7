//! A stress run: its threads, its interrupts, and its end.
//!
//! The threads live in the run: it starts them, raises the interrupts, watches for the cancellation of the
//! request that asked for it and for the closing of its handle, and joins them before it ends.

use core::sync::atomic::Ordering;

use dirql::{Irql, NotRun, Passive};
use dirql_ioctl::{Status, stress::StressReply};
use wdk_sys::NTSTATUS;

use crate::{
    board::Tally,
    device::Device,
    file::File,
    interrupt::Connected,
    list::{Exhausted, List},
    operation::Plan,
    request::Request,
    status::ntstatus,
    thread::{Routine, Thread},
};

/// The cause that a run raises: one that the device does not raise on its own.
const CAUSE: u32 = 1 << 4;
/// How many interrupts are raised before the threads get a turn.
const RAISES_A_TURN: u32 = 32;
/// How long one look at a thread lasts while interrupts are raised, and afterwards.
const SHORT_LOOK_MS: u32 = 1;
const LONG_LOOK_MS: u32 = 10;
/// How many long looks a run lasts at most: 30 seconds.
const LOOKS_MAX: u32 = 3_000;

/// Makes a run, in the thread that owns the operation.
///
/// # Errors
///
/// The status that `request` is to be completed with. Its threads have ended in any case.
pub(super) fn run(
    plan: Plan,
    device: &Device,
    request: &Request,
    irql: &mut Irql<'_, Passive>,
) -> Result<StressReply, NTSTATUS> {
    let ran = device.with_interrupt(irql, |interrupt, irql| {
        let mut run = Run {
            device,
            interrupt,
            request,
            file: File::of(request),
            raised: 0,
            looks: 0,
        };
        run.go(irql, plan)
    });
    ran.unwrap_or_else(|status| Err(ntstatus(status)))
}

/// A run, from the side of the thread that owns the operation.
struct Run<'a> {
    device: &'a Device,
    interrupt: &'a Connected,
    request: &'a Request,
    file: Option<&'a File>,
    raised: u32,
    looks: u32,
}

impl Run<'_> {
    fn go(&mut self, irql: &mut Irql<'_, Passive>, plan: Plan) -> Result<StressReply, NTSTATUS> {
        let board = &self.device.board;
        board.begin(plan.mode, plan.transfers);
        self.watch(irql, true)?;
        let result = self.run_threads(irql, plan);
        self.watch(irql, false)?;
        result.map(|()| board.report(u64::from(self.raised)))
    }

    /// Starts the threads, raises the interrupts, and joins the threads, on every way out.
    fn run_threads(&mut self, irql: &mut Irql<'_, Passive>, plan: Plan) -> Result<(), NTSTATUS> {
        let device = self.device;
        let no_resources = ntstatus(Status::INSUFFICIENT_RESOURCES);
        let most = usize::try_from(plan.threads).map_err(|_| no_resources)?;
        let mut threads = List::with_room(most).map_err(|Exhausted| no_resources)?;
        let mut result = Ok(());
        for _ in 0..plan.threads {
            // SAFETY: The list is dropped in this function, and the device outlives its request.
            let started = unsafe { Thread::start::<Worker>(irql, device) };
            // A thread that found no room would be waited for here.
            let added = started.is_ok_and(|thread| threads.add(thread).is_ok());
            if !added {
                result = Err(no_resources);
                break;
            }
        }
        if result.is_ok() {
            result = self.attend(irql, plan.interrupts, threads.as_slice());
        }
        if result.is_err() {
            device.board.stop();
        }
        drop(threads);
        result
    }

    /// Raises the interrupts, and looks after the threads until all have ended.
    fn attend(
        &mut self,
        irql: &mut Irql<'_, Passive>,
        interrupts: u32,
        threads: &[Thread<'_>],
    ) -> Result<(), NTSTATUS> {
        let mut running = threads.iter().peekable();
        loop {
            self.go_on()?;
            for _ in 0..RAISES_A_TURN.min(interrupts - self.raised) {
                self.raise(irql)?;
            }
            let all_raised = self.raised == interrupts;
            match running.peek() {
                Some(thread) => {
                    let look = if all_raised {
                        self.looks += 1;
                        LONG_LOOK_MS
                    } else {
                        SHORT_LOOK_MS
                    };
                    if thread.ends_within(irql, look) {
                        running.next();
                    }
                }
                None if all_raised => return Ok(()),
                None => {}
            }
        }
    }

    /// Whether the run may go on.
    fn go_on(&self) -> Result<(), NTSTATUS> {
        let closed = self.file.is_some_and(File::is_closed);
        if closed || self.request.is_canceled() {
            return Err(ntstatus(Status::CANCELLED));
        }
        if self.device.hurry.load(Ordering::Relaxed) {
            return Err(ntstatus(Status::DEVICE_NOT_READY));
        }
        if self.looks >= LOOKS_MAX {
            return Err(ntstatus(Status::IO_TIMEOUT));
        }
        Ok(())
    }

    fn raise(&mut self, irql: &mut Irql<'_, Passive>) -> Result<(), NTSTATUS> {
        match self
            .interrupt
            .synchronize(irql, |shared| shared.raise(CAUSE))
        {
            Ok(true) => {
                self.raised += 1;
                Ok(())
            }
            Ok(false) => Err(ntstatus(Status::INVALID_DEVICE_STATE)),
            Err(not_run) => Err(self.fail(not_run)),
        }
    }

    /// Makes the service routine check the accounts, or not.
    fn watch(&self, irql: &mut Irql<'_, Passive>, watched: bool) -> Result<(), NTSTATUS> {
        let set = self
            .interrupt
            .synchronize(irql, |shared| shared.board().get().watch(watched));
        set.map_err(|not_run| self.fail(not_run))
    }

    fn fail(&self, not_run: NotRun) -> NTSTATUS {
        self.device.base.counters.count_not_run(not_run);
        ntstatus(Status::INTERNAL_ERROR)
    }
}

/// What each thread of a run does.
enum Worker {}

impl Routine for Worker {
    type Context = Device;

    fn run(device: &Device, irql: &mut Irql<'_, Passive>) {
        let tally = device.with_interrupt(irql, |interrupt, irql| {
            transfer_all(device, interrupt, irql)
        });
        // An interrupt that is gone ends the run, and the tally stays short.
        if let Ok(tally) = tally {
            device.board.add(&tally);
        }
    }
}

/// Makes one thread's transfers. Locked or not, each is the same call on the same board.
fn transfer_all(device: &Device, interrupt: &Connected, irql: &mut Irql<'_, Passive>) -> Tally {
    let board = &device.board;
    let mut tally = Tally::default();
    let unlocked = board.is_unlocked();
    for index in 0..board.transfers_each() {
        if board.is_stopped() {
            break;
        }
        let amount = u64::from(index % 7 + 1);
        let kept = if unlocked {
            Ok(board.transfer(amount))
        } else {
            interrupt.synchronize(irql, |shared| shared.board().get().transfer(amount))
        };
        match kept {
            Ok(kept) => {
                tally.transfers += 1;
                tally.violations += u64::from(!kept);
            }
            Err(not_run) => {
                device.base.counters.count_not_run(not_run);
                tally.not_run += 1;
            }
        }
    }
    tally
}
