//! Interrupts that share a lock, and a state behind it.

mod common;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use common::{DEVICE_LEVEL, repeated, thread as as_thread};
use dirql::{
    ConnectFailure, Connection, Dispatch, DpcContext, DpcRoutine, Irql, NotRun, Passive,
    ServiceContext, Serviced, SharedInterrupt, SharedLock, Sharing, SharingHandler,
    TranslatedInterrupt,
    mock::{self, Device, Faults},
};

/// A level below that of the other device.
const LOWER: u8 = DEVICE_LEVEL - 4;

/// Two numbers that are always equal.
#[derive(Default)]
struct Twin {
    one: u32,
    other: u32,
    followed: u32,
}

impl Twin {
    /// Adds to both.
    fn add(&mut self) {
        assert_eq!(self.one, self.other, "something else is inside the lock");
        assert_eq!(mock::irql(), DEVICE_LEVEL, "the highest of the levels");
        self.one += 1;
        thread::yield_now();
        self.other += 1;
    }
}

/// What is one interrupt's own.
#[derive(Debug)]
struct Queue {
    served: u32,
}

impl SharingHandler for Queue {
    type State = Twin;
    const DPC: Option<DpcRoutine<Sharing<Self>>> = Some(follow);

    fn service(&mut self, state: &mut Twin, cx: &ServiceContext<'_>) -> Serviced {
        state.add();
        self.served += 1;
        cx.queue_dpc::<Sharing<Self>>();
        Serviced::Claimed
    }
}

fn follow(cx: &DpcContext<'_, Sharing<Queue>>, irql: &mut Irql<'_, Dispatch>) {
    let followed = cx.synchronize(irql, |sharing| {
        let (own, state) = sharing.parts();
        assert_ne!(own.served, 0, "another interrupt's DPC");
        state.add();
        state.followed += 1;
    });
    assert_eq!(followed, Ok(()));
}

fn translated(device: &Device) -> TranslatedInterrupt {
    TranslatedInterrupt::parse(&device.descriptor()).expect("an interrupt")
}

fn specified(device: &Device) -> Connection<'_> {
    Connection::FullySpecified {
        device: device.physical_device(),
        interrupt: translated(device),
    }
}

fn connect<H: SharingHandler>(
    irql: &mut Irql<'_, Passive>,
    device: &Device,
    lock: &SharedLock<H::State>,
    handler: H,
) -> SharedInterrupt<H> {
    // SAFETY: The device is alive, and the interrupt is disconnected before it goes.
    unsafe { SharedInterrupt::connect(irql, specified(device), lock, handler) }
        .expect("it is connected")
}

#[test]
fn service_routines_and_closures_of_interrupts_with_one_lock_exclude_one_another() {
    let devices = [Device::with_line(LOWER), Device::with_line(DEVICE_LEVEL)];
    let interrupts = [translated(&devices[0]), translated(&devices[1])];
    let times = repeated(150);
    as_thread(|irql| {
        let lock = SharedLock::new(irql, &interrupts, Twin::default()).expect("there is memory");
        assert_eq!(lock.level(), DEVICE_LEVEL);
        let one = connect(irql, &devices[0], &lock, Queue { served: 0 });
        let other = connect(irql, &devices[1], &lock, Queue { served: 0 });
        thread::scope(|scope| {
            for device in &devices {
                scope.spawn(move || {
                    for _ in 0..times {
                        assert_eq!(device.fire(), Some(true));
                    }
                });
            }
            scope.spawn(|| {
                as_thread(|irql| {
                    for _ in 0..times {
                        assert_eq!(other.synchronize(irql, |_, twin| twin.add()), Ok(()));
                    }
                });
            });
            for _ in 0..times {
                assert_eq!(one.synchronize(irql, |_, twin| twin.add()), Ok(()));
            }
        });
        assert_eq!(one.info().irql, Some(LOWER));
        assert_eq!(one.info().synchronize_irql, Some(DEVICE_LEVEL));
        let served = [one, other].map(|interrupt| interrupt.disconnect(irql).unwrap().served);
        assert_eq!(served, [times, times], "each has its own part");
        let twin = lock.into_state(irql).expect("nothing is connected");
        assert_eq!(twin.one, 4 * times + twin.followed);
        assert_ne!(twin.followed, 0);
    });
    assert_eq!(mock::live_allocations(), 0);
}

/// Counts what is dropped.
struct Witness(Arc<AtomicU32>);

impl Drop for Witness {
    fn drop(&mut self) {
        assert_eq!(mock::irql(), 0);
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

struct Keeper;

impl SharingHandler for Keeper {
    type State = Witness;
    const PLAIN: bool = false;

    fn service(&mut self, _: &mut Witness, _: &ServiceContext<'_>) -> Serviced {
        Serviced::Claimed
    }
}

#[test]
fn the_state_lives_until_the_last_that_leads_to_it() {
    let device = Device::with_line(DEVICE_LEVEL);
    let dropped: Arc<AtomicU32> = Arc::default();
    as_thread(|irql| {
        let interrupts = [translated(&device)];
        let lock = SharedLock::new(irql, &interrupts, Witness(Arc::clone(&dropped))).unwrap();
        let interrupt = connect(irql, &device, &lock, Keeper);
        // It comes back while an interrupt is connected.
        let lock = lock
            .into_state(irql)
            .map(drop)
            .expect_err("one is connected");
        drop(lock);
        assert_eq!(device.fire(), Some(true));
        assert_eq!(dropped.load(Ordering::Relaxed), 0);
        assert!(interrupt.disconnect(irql).is_ok());
        assert_eq!(dropped.load(Ordering::Relaxed), 1);
    });
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn what_the_lock_cannot_exclude_is_not_connected_with_it() {
    let lower = Device::with_line(LOWER);
    let higher = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let lock = SharedLock::new(irql, &[translated(&lower)], Twin::default()).unwrap();
        let line = Connection::LineBased {
            device: lower.physical_device(),
        };
        let above = ConnectFailure::AboveLock {
            interrupt: DEVICE_LEVEL,
            lock: LOWER,
        };
        for (to, failure) in [
            (specified(&higher), above),
            (line, ConnectFailure::NotSpecified),
        ] {
            // SAFETY: The devices are alive.
            let refused = unsafe { SharedInterrupt::connect(irql, to, &lock, Queue { served: 7 }) };
            let error = refused.expect_err("it is refused");
            assert_eq!((error.failure, error.handler.served), (failure, 7));
        }
        lower.set_faults(Faults {
            connect_status: Some(-1),
            ..Faults::default()
        });
        let queue = Queue { served: 3 };
        // SAFETY: As above.
        let refused = unsafe { SharedInterrupt::connect(irql, specified(&lower), &lock, queue) };
        let error = refused.expect_err("the system refuses");
        assert_eq!(error.failure, ConnectFailure::Refused(-1));
        assert_eq!(error.handler.served, 3);
        // Nothing is left that leads to the state.
        assert!(lock.into_state(irql).is_ok());
        let none = SharedLock::new(irql, &[], 5_u32).expect_err("there is no level");
        assert_eq!(
            (none.failure, none.handler),
            (ConnectFailure::NoInterrupts, 5)
        );
        let passive = translated(&Device::with_line(0));
        let passive = SharedLock::new(irql, &[passive], 5_u32).expect_err("it is an event");
        assert_eq!(passive.failure, ConnectFailure::NotADeviceLevel(0));
    });
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn a_closure_that_nt_does_not_call_is_no_answer() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let lock = SharedLock::new(irql, &[translated(&device)], Twin::default()).unwrap();
        let interrupt = connect(irql, &device, &lock, Queue { served: 0 });
        device.set_faults(Faults {
            thunk_calls: 0,
            ..Faults::default()
        });
        let answer = interrupt.synchronize(irql, |_, twin| twin.one);
        assert_eq!(answer, Err(NotRun::NotCalled));
        device.set_faults(Faults::default());
        mock::at_irql(2, || {
            let error = interrupt.disconnect(irql).expect_err("IRQL is higher");
            mock::at_irql(0, || drop(error.interrupt));
        });
    });
}
