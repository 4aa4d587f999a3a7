//! What the interrupt's routines and closures share, whosever the interrupt is.

use core::ptr::NonNull;

use dirql::{Dispatch, InterruptHandler, Irql, Passive, Serviced, wdf};

use crate::{device::Context, protocol::FAIL_ENABLE};

/// Offsets of registers, in words.
const STATUS: usize = 0x24 / 4;
const RAISE: usize = 0x60 / 4;
const ACKNOWLEDGE: usize = 0x64 / 4;

/// The mapped registers.
#[derive(Clone, Copy)]
pub(crate) struct Registers(pub(crate) NonNull<u32>);

// SAFETY: The mapping is one of system space, and each access is one 32-bit read or write.
unsafe impl Send for Registers {}

impl Registers {
    fn read(self, at: usize) -> u32 {
        // SAFETY: The offset is one of the mapped registers'.
        let register = unsafe { self.0.add(at) };
        // SAFETY: The registers are mapped as long as a handler has them.
        unsafe { register.read_volatile() }
    }

    fn write(self, at: usize, value: u32) {
        // SAFETY: As above.
        let register = unsafe { self.0.add(at) };
        // SAFETY: As above.
        unsafe { register.write_volatile(value) };
    }

    /// Has the device raise a cause, and waits until it has.
    pub(crate) fn raise(self) {
        self.write(RAISE, 1);
        let _ = self.read(0);
    }

    /// Acknowledges what the device has raised; whether that was anything.
    pub(crate) fn serve(self) -> bool {
        let causes = self.read(STATUS);
        if causes == 0 || causes == u32::MAX {
            return false;
        }
        self.write(ACKNOWLEDGE, causes);
        true
    }

    /// Has the device let go of its interrupt, and waits until it has.
    pub(crate) fn silence(self) {
        self.write(ACKNOWLEDGE, u32::MAX);
        let _ = self.read(0);
    }
}

/// The shared state.
pub(crate) struct Events {
    pub(crate) registers: Registers,
    pub(crate) context: &'static Context,
    /// Whether the registers answer, where nothing else keeps the service routine away.
    pub(crate) in_d0: bool,
    /// Causes that nothing has taken over yet.
    pub(crate) new: u32,
    /// How often a closure has counted.
    pub(crate) counted: u32,
}

impl Events {
    /// Serves the device, if it has interrupted.
    fn serve(&mut self) -> Serviced {
        if !self.in_d0 {
            return Serviced::NotMine;
        }
        if !self.registers.serve() {
            return Serviced::NotMine;
        }
        self.new += 1;
        self.context.count("served").add();
        Serviced::Claimed
    }

    /// The device has entered D0, or leaves it.
    pub(crate) fn power(&mut self, in_d0: bool) {
        self.in_d0 = in_d0;
        if !in_d0 {
            self.registers.silence();
        }
    }

    /// Takes the new causes over.
    pub(crate) fn take(&mut self) -> u32 {
        core::mem::take(&mut self.new)
    }

    /// Counts, and answers how often that was so far.
    pub(crate) fn count(&mut self) -> u32 {
        self.counted += 1;
        self.counted
    }
}

/// A run of a DPC or a work item, which has taken over so many causes.
pub(crate) fn followed(context: &Context, taken: u32) {
    context.count("runs").add();
    for _ in 0..taken {
        context.count("followed").add();
    }
}

static KIND: wdf::InterruptKind<Events> = wdf::InterruptKind::new(c"SentryEvents", &raw const KIND);

impl wdf::FrameworkHandler for Events {
    const KIND: &'static wdf::InterruptKind<Self> = &KIND;
    const DPC: Option<wdf::DpcRoutine<Self>> = Some(follow_framework);

    fn service(&mut self, cx: &wdf::ServiceContext<'_, Self>) -> Serviced {
        let serviced = self.serve();
        if serviced == Serviced::Claimed {
            cx.queue_dpc();
        }
        serviced
    }

    fn enable(&mut self) -> Result<(), i32> {
        self.context.count("enabled").add();
        guest::status::check(self.context.fails(FAIL_ENABLE))
    }

    fn disable(&mut self) -> Result<(), i32> {
        self.context.count("disabled").add();
        self.registers.silence();
        Ok(())
    }
}

fn follow_framework(cx: &wdf::DpcContext<'_, Events>, irql: &mut Irql<'_, Dispatch>) {
    let taken = cx.synchronize(irql, |events| (events.context, events.take()));
    if let Ok((context, taken)) = taken {
        followed(context, taken);
    }
}

/// The state of an interrupt that is followed by a work item.
pub(crate) struct Working(pub(crate) Events);

static KIND_WORKING: wdf::InterruptKind<Working> =
    wdf::InterruptKind::new(c"SentryWorking", &raw const KIND_WORKING);

impl wdf::FrameworkHandler for Working {
    const KIND: &'static wdf::InterruptKind<Self> = &KIND_WORKING;
    const WORK_ITEM: Option<wdf::WorkItemRoutine<Self>> = Some(follow_in_a_thread);

    fn service(&mut self, cx: &wdf::ServiceContext<'_, Self>) -> Serviced {
        let serviced = self.0.serve();
        if serviced == Serviced::Claimed {
            cx.queue_work_item();
        }
        serviced
    }

    fn enable(&mut self) -> Result<(), i32> {
        wdf::FrameworkHandler::enable(&mut self.0)
    }

    fn disable(&mut self) -> Result<(), i32> {
        wdf::FrameworkHandler::disable(&mut self.0)
    }
}

fn follow_in_a_thread(cx: &wdf::WorkItemContext<'_, Working>, irql: &mut Irql<'_, Passive>) {
    let taken = cx.synchronize(irql, |working| (working.0.context, working.0.take()));
    if let Ok((context, taken)) = taken {
        followed(context, taken);
    }
}

impl InterruptHandler for Events {
    const DPC: Option<dirql::DpcRoutine<Self>> = Some(follow);

    fn service(&mut self, cx: &dirql::ServiceContext<'_>) -> Serviced {
        let serviced = self.serve();
        if serviced == Serviced::Claimed {
            cx.queue_dpc::<Self>();
        }
        serviced
    }
}

fn follow(cx: &dirql::DpcContext<'_, Events>, irql: &mut Irql<'_, Dispatch>) {
    let taken = cx.synchronize(irql, |events| (events.context, events.take()));
    if let Ok((context, taken)) = taken {
        followed(context, taken);
    }
}

static KIND_IN_A_THREAD: wdf::InterruptKind<InAThread> =
    wdf::InterruptKind::new(c"SentryInAThread", &raw const KIND_IN_A_THREAD);

impl wdf::FrameworkHandler for InAThread {
    const KIND: &'static wdf::InterruptKind<Self> = &KIND_IN_A_THREAD;

    fn service(&mut self, _: &wdf::ServiceContext<'_, Self>) -> Serviced {
        self.serve()
    }

    fn enable(&mut self) -> Result<(), i32> {
        wdf::FrameworkHandler::enable(&mut self.0)
    }

    fn disable(&mut self) -> Result<(), i32> {
        wdf::FrameworkHandler::disable(&mut self.0)
    }
}

/// The state of an interrupt that is served in a thread, which needs no DPC.
pub(crate) struct InAThread(pub(crate) Events);

impl InAThread {
    fn serve(&mut self) -> Serviced {
        let serviced = self.0.serve();
        followed(self.0.context, self.0.take());
        serviced
    }
}

impl InterruptHandler for InAThread {
    fn service(&mut self, _: &dirql::ServiceContext<'_>) -> Serviced {
        self.serve()
    }
}
