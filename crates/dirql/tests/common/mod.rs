//! What the tests share: a handler that counts, and a thread that is a processor at `PASSIVE_LEVEL`.
#![allow(
    dead_code,
    reason = "every test program compiles this module and uses some of it"
)]

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use dirql::{
    Connection, Interrupt, InterruptHandler, Irql, Passive, ServiceContext, Serviced,
    TranslatedInterrupt, enter,
    mock::{Bugcheck, Device, Hook},
};

/// A level at which devices interrupt.
pub(crate) const DEVICE_LEVEL: u8 = 9;

/// A handler of two numbers that are always equal.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Twin {
    pub(crate) one: u32,
    pub(crate) other: u32,
    pub(crate) last_message: Option<u32>,
}

impl InterruptHandler for Twin {
    fn service(&mut self, cx: &ServiceContext<'_>) -> Serviced {
        assert_eq!(self.one, self.other, "something else is inside the lock");
        self.one += 1;
        std::thread::yield_now();
        self.other += 1;
        self.last_message = cx.message();
        if self.one == u32::MAX {
            return Serviced::NotMine;
        }
        Serviced::Claimed
    }
}

/// Runs `body` as an ordinary thread.
pub(crate) fn thread<R>(body: impl for<'cx> FnOnce(&mut Irql<'cx, Passive>) -> R) -> R {
    // SAFETY: A test thread is at PASSIVE_LEVEL and holds no interrupt lock; a test enters once at a time.
    unsafe { enter(body) }
}

/// A fully-specified connection to `device`.
pub(crate) fn fully_specified(device: &Device) -> Connection<'_> {
    Connection::FullySpecified {
        device: device.physical_device(),
        interrupt: TranslatedInterrupt::parse(&device.descriptor()).expect("an interrupt"),
    }
}

/// Connects `handler` to the line of `device`.
pub(crate) fn connect<H: InterruptHandler>(
    irql: &mut Irql<'_, Passive>,
    device: &Device,
    handler: H,
) -> Interrupt<H> {
    // SAFETY: The device outlives the interrupt in every test that calls this, and the test does not
    // forget the interrupt.
    unsafe { Interrupt::connect(irql, fully_specified(device), handler) }.expect("connected")
}

/// The bug check by which `body` stops the machine.
pub(crate) fn stops(body: impl FnOnce()) -> Bugcheck {
    let payload = catch_unwind(AssertUnwindSafe(body)).expect_err("the machine went on");
    *payload.downcast::<Bugcheck>().expect("a bug check")
}

/// How often to repeat something: less under an interpreter.
pub(crate) const fn repeated(times: u32) -> u32 {
    if cfg!(miri) { times / 25 } else { times }
}

/// Long enough for a thread that is not held back to get on.
const A_WHILE: Duration = Duration::from_millis(50);

/// A thread that stands still at some point of the kernel until it is told to go on.
#[derive(Default)]
pub(crate) struct HeldBack {
    there: AtomicBool,
    go_on: AtomicBool,
}

impl HeldBack {
    /// What holds the thread back.
    pub(crate) fn hook(self: &Arc<Self>) -> Hook {
        let this = Arc::clone(self);
        Arc::new(move || {
            this.there.store(true, Ordering::Release);
            while !this.go_on.load(Ordering::Acquire) {
                std::thread::yield_now();
            }
        })
    }

    pub(crate) fn wait_until_there(&self) {
        while !self.there.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
    }

    pub(crate) fn go_on_after_a_while(&self) {
        std::thread::sleep(A_WHILE);
        self.go_on.store(true, Ordering::Release);
    }

    pub(crate) fn has_gone_on(&self) -> bool {
        self.go_on.load(Ordering::Acquire)
    }
}
