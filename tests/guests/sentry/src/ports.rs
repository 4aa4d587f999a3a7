//! The messages of a device that has several: each is an interrupt of its own, and all share one lock and a state.

use core::{
    ptr::NonNull,
    sync::atomic::{AtomicUsize, Ordering},
};

use dirql::{
    ConnectFailure, Connection, Dispatch, DpcContext, DpcRoutine, Irql, NotRun, Passive,
    PhysicalDevice, ServiceContext, Serviced, SharedInterrupt, SharedLock, Sharing, SharingHandler,
    TranslatedInterrupt,
};

use crate::{device::Context, events::followed};

/// How many messages are connected at most.
pub(crate) const PORTS_MAX: usize = 4;

/// Offsets of registers of the simulator's probe, in words.
const PENDING: usize = 1;
const RAISE: usize = 2;
const DISMISS: usize = 3;

/// The mapped registers of the probe.
#[derive(Clone, Copy)]
pub(crate) struct PortRegisters(pub(crate) NonNull<u32>);

// SAFETY: The mapping is one of system space, and each access is one 32-bit read or write.
unsafe impl Send for PortRegisters {}

impl PortRegisters {
    fn at(self, offset: usize) -> NonNull<u32> {
        // SAFETY: The offset is one of the mapped registers'.
        unsafe { self.0.add(offset) }
    }

    fn pending(self) -> u32 {
        // SAFETY: The registers are mapped as long as a handler has them.
        unsafe { self.at(PENDING).read_volatile() }
    }

    fn dismiss(self, causes: u32) {
        // SAFETY: As above.
        unsafe { self.at(DISMISS).write_volatile(causes) };
    }

    /// Has the device raise the cause of each message, and waits until it has.
    pub(crate) fn raise(self) {
        // SAFETY: As above: a client orders this while they are mapped.
        unsafe { self.at(RAISE).write_volatile((1 << PORTS_MAX) - 1) };
        let _ = self.pending();
    }

    /// Has the device let go of all its messages, and waits until it has.
    fn silence(self) {
        self.dismiss(u32::MAX);
        let _ = self.pending();
    }
}

/// What the interrupts share.
pub(crate) struct Tally {
    context: &'static Context,
    /// Whether the registers answer. A message that was on its way is served after the device has left D0, too.
    in_d0: bool,
    /// Causes that nothing has taken over yet.
    new: u32,
    /// How often a closure has counted.
    counted: u32,
}

/// What is one message's own.
struct Port {
    registers: PortRegisters,
    cause: u32,
}

impl SharingHandler for Port {
    type State = Tally;
    const DPC: Option<DpcRoutine<Sharing<Self>>> = Some(follow);

    fn service(&mut self, tally: &mut Tally, cx: &ServiceContext<'_>) -> Serviced {
        if !tally.in_d0 || self.registers.pending() & self.cause == 0 {
            return Serviced::NotMine;
        }
        self.registers.dismiss(self.cause);
        tally.new += 1;
        tally.context.count("served").add();
        cx.queue_dpc::<Sharing<Self>>();
        Serviced::Claimed
    }
}

fn follow(cx: &DpcContext<'_, Sharing<Port>>, irql: &mut Irql<'_, Dispatch>) {
    let taken = cx.synchronize(irql, |sharing| {
        let (_, tally) = sharing.parts();
        (tally.context, core::mem::take(&mut tally.new))
    });
    if let Ok((context, taken)) = taken {
        followed(context, taken);
    }
}

/// The connected messages of a device.
pub(crate) struct Ports {
    interrupts: [Option<SharedInterrupt<Port>>; PORTS_MAX],
    /// Which of them the next closure is asked of.
    turn: AtomicUsize,
}

impl Ports {
    /// Connects the messages of a device, each by its own descriptor, with one lock.
    ///
    /// # Safety
    ///
    /// The interrupts are the device's, translated and assigned; the result is dropped in `EvtDeviceReleaseHardware`.
    pub(crate) unsafe fn connect(
        irql: &mut Irql<'_, Passive>,
        device: PhysicalDevice<'_>,
        translated: &[TranslatedInterrupt],
        registers: PortRegisters,
        context: &'static Context,
    ) -> Result<Self, ConnectFailure> {
        let tally = Tally {
            context,
            in_d0: false,
            new: 0,
            counted: 0,
        };
        let lock = SharedLock::new(irql, translated, tally).map_err(|error| error.failure)?;
        let mut interrupts = [const { None }; PORTS_MAX];
        for (number, (place, interrupt)) in interrupts.iter_mut().zip(translated).enumerate() {
            let port = Port {
                registers,
                cause: 1 << number,
            };
            let to = Connection::FullySpecified {
                device,
                interrupt: *interrupt,
            };
            // SAFETY: This function's contract.
            let connected = unsafe { SharedInterrupt::connect(irql, to, &lock, port) };
            *place = Some(connected.map_err(|error| error.failure)?);
        }
        Ok(Self {
            interrupts,
            turn: AtomicUsize::new(0),
        })
    }

    /// The device has entered D0, or leaves it: it is silenced, and the service routines are told, under the lock of all.
    pub(crate) fn power(&self, irql: &mut Irql<'_, Passive>, in_d0: bool) {
        if let Some(interrupt) = self.interrupts.iter().flatten().next() {
            let _ = interrupt.synchronize(irql, |port, tally| {
                port.registers.silence();
                tally.in_d0 = in_d0;
            });
        }
    }

    /// Counts in a closure on one of the interrupts, in turns.
    pub(crate) fn count(&self, irql: &mut Irql<'_, Passive>) -> Result<u32, NotRun> {
        let connected = self.interrupts.iter().flatten();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let Some(interrupt) = connected.clone().cycle().nth(turn % PORTS_MAX) else {
            return Err(NotRun::NoInterrupt);
        };
        interrupt.synchronize(irql, |_, tally| {
            tally.counted += 1;
            tally.counted
        })
    }
}
