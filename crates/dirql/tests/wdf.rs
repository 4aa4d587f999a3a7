//! Interrupts of the framework's: closures at the gate, callbacks, the life of a handler.

mod common;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
};

use common::{DEVICE_LEVEL, HeldBack, repeated, thread as as_thread};
use dirql::{
    BUGCHECK_CODE, Dispatch, Irql, NotRun, Passive, Reason, Serviced,
    mock::{self, FrameworkDevice, FrameworkFaults, FrameworkLock},
    wdf::{
        Config, DpcContext, DpcRoutine, FrameworkHandler, FrameworkInterrupt, InterruptKind,
        NotConnected, PassiveSharing, PassiveSharingHandler, ServiceContext, SharedWaitLock,
        WorkItemContext, WorkItemRoutine,
    },
};

/// What a test and its handler share.
#[derive(Default)]
struct Notes {
    served: AtomicU32,
    followed: AtomicU32,
    enabled: AtomicU32,
    disabled: AtomicU32,
    dropped: AtomicU32,
    /// `enable` fails.
    fails: AtomicBool,
    /// The next run of the DPC queues it again.
    again: AtomicBool,
}

impl Notes {
    fn get(&self, count: impl Fn(&Self) -> &AtomicU32) -> u32 {
        count(self).load(Ordering::Relaxed)
    }
}

/// A handler of two numbers that are always equal.
struct Twin {
    one: u32,
    other: u32,
    notes: Arc<Notes>,
}

static TWIN: InterruptKind<Twin> = InterruptKind::new(c"Twin", &raw const TWIN);

const STATUS: i32 = -1;

impl Twin {
    fn new(notes: &Arc<Notes>) -> Self {
        Self {
            one: 0,
            other: 0,
            notes: Arc::clone(notes),
        }
    }

    /// Adds to both.
    fn add(&mut self) {
        assert_eq!(self.one, self.other, "something else is inside the lock");
        assert_eq!(mock::irql(), DEVICE_LEVEL);
        self.one += 1;
        thread::yield_now();
        self.other += 1;
    }
}

impl Drop for Twin {
    fn drop(&mut self) {
        assert_eq!(mock::irql(), 0);
        self.notes.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

impl FrameworkHandler for Twin {
    const KIND: &'static InterruptKind<Self> = &TWIN;
    const PLAIN: bool = false;
    const DPC: Option<DpcRoutine<Self>> = Some(follow);

    fn service(&mut self, cx: &ServiceContext<'_, Self>) -> Serviced {
        self.add();
        self.notes.served.fetch_add(1, Ordering::Relaxed);
        cx.queue_dpc();
        Serviced::Claimed
    }

    fn enable(&mut self) -> Result<(), i32> {
        self.add();
        self.notes.enabled.fetch_add(1, Ordering::Relaxed);
        if self.notes.fails.load(Ordering::Relaxed) {
            return Err(STATUS);
        }
        Ok(())
    }

    fn disable(&mut self) -> Result<(), i32> {
        self.add();
        self.notes.disabled.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

fn follow(cx: &DpcContext<'_, Twin>, irql: &mut Irql<'_, Dispatch>) {
    assert_eq!(mock::irql(), 2);
    let notes = cx.synchronize(irql, |twin| {
        twin.add();
        Arc::clone(&twin.notes)
    });
    let notes = notes.expect("the interrupt is connected");
    notes.followed.fetch_add(1, Ordering::Relaxed);
    if notes.again.swap(false, Ordering::Relaxed) {
        cx.queue_again(irql);
    }
}

/// Makes an interrupt of `device`.
fn create(
    irql: &mut Irql<'_, Passive>,
    device: &FrameworkDevice,
    config: &Config,
) -> FrameworkInterrupt<Twin> {
    // SAFETY: The device is live, and nothing uses the interrupt when it is deleted.
    unsafe { TWIN.create(irql, device.handle(), config) }.expect("there is memory")
}

/// Takes the device into D0, with the gate open.
fn power_up(
    irql: &mut Irql<'_, Passive>,
    device: &FrameworkDevice,
    interrupt: FrameworkInterrupt<Twin>,
) {
    device.connect().expect("the handler enables");
    // SAFETY: Interrupts have been enabled; the gate is closed before they are disabled.
    unsafe { interrupt.open(irql) }.expect("it is connected");
}

/// Takes it out again.
fn power_down(
    irql: &mut Irql<'_, Passive>,
    device: &FrameworkDevice,
    interrupt: FrameworkInterrupt<Twin>,
) {
    interrupt.close(irql).expect("this is PASSIVE_LEVEL");
    device.disconnect();
}

/// A device in D0 with an interrupt and a handler, which `body` uses; the end of all three.
fn in_d0(
    notes: &Arc<Notes>,
    body: impl FnOnce(&mut Irql<'_, Passive>, &FrameworkDevice, FrameworkInterrupt<Twin>),
) {
    let device = FrameworkDevice::new(DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = create(irql, &device, &Config::new());
        assert!(interrupt.install(irql, Twin::new(notes)).is_ok());
        power_up(irql, &device, interrupt);
        body(irql, &device, interrupt);
        power_down(irql, &device, interrupt);
    });
    device.delete();
    assert_eq!(mock::live_allocations(), 0);
    assert_eq!(notes.get(|notes| &notes.dropped), 1);
}

#[test]
fn closures_and_callbacks_exclude_one_another() {
    let notes = Arc::default();
    in_d0(&notes, |irql, device, interrupt| {
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..repeated(200) {
                        assert_eq!(device.fire(0), Some(true));
                    }
                });
            }
            for _ in 0..repeated(200) {
                assert_eq!(interrupt.synchronize(irql, Twin::add), Ok(()));
            }
        });
        let one = interrupt.synchronize(irql, |twin| twin.one).unwrap();
        let fired = 2 * repeated(200);
        let followed = notes.get(|notes| &notes.followed);
        // With that of `enable`.
        assert_eq!(one, 1 + fired + repeated(200) + followed);
    });
}

#[test]
fn a_closure_runs_while_the_gate_is_open_and_at_no_other_time() {
    let notes = Arc::default();
    let device = FrameworkDevice::new(DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = create(irql, &device, &Config::new().reported_inactive());
        assert!(device.is_reported_inactive(0));
        assert_eq!(
            // SAFETY: It does not open.
            unsafe { interrupt.open(irql) },
            Err(NotConnected),
            "nothing is connected"
        );
        assert!(interrupt.install(irql, Twin::new(&notes)).is_ok());
        for _ in 0..3 {
            let closed = |irql: &mut Irql<'_, Passive>| {
                let outcome = interrupt.synchronize_observed(irql, |twin| twin.one);
                assert_eq!(outcome.result, Err(NotRun::NoInterrupt));
                assert_eq!(outcome.calls, 0);
            };
            closed(irql);
            device.connect().unwrap();
            closed(irql);
            power_up_again(irql, interrupt);
            assert!(interrupt.synchronize(irql, |twin| twin.one).is_ok());
            irql.raise_to_dispatch(|irql| {
                assert!(interrupt.synchronize(irql, |twin| twin.one).is_ok());
            });
            assert_eq!(interrupt.close(irql), Ok(true));
            assert_eq!(interrupt.close(irql), Ok(false));
            closed(irql);
            device.disconnect();
        }
    });
    device.delete();
    assert_eq!(notes.get(|notes| &notes.enabled), 3);
    assert_eq!(notes.get(|notes| &notes.disabled), 3);
}

fn power_up_again(irql: &mut Irql<'_, Passive>, interrupt: FrameworkInterrupt<Twin>) {
    // SAFETY: As in `power_up`.
    unsafe { interrupt.open(irql) }.expect("it is connected");
    // SAFETY: It is open already.
    let twice = unsafe { interrupt.open(irql) };
    assert_eq!(twice, Err(NotConnected));
}

#[test]
fn closing_the_gate_waits_for_the_closure_that_has_passed_it_what_closes() {
    let notes = Arc::default();
    let held = Arc::new(HeldBack::default());
    in_d0(&notes, |irql, device, interrupt| {
        device.set_faults(FrameworkFaults {
            object_read: Some(held.hook()),
            ..FrameworkFaults::default()
        });
        thread::scope(|scope| {
            let inside = scope.spawn(|| as_thread(|irql| interrupt.synchronize(irql, Twin::add)));
            held.wait_until_there();
            for _ in 0..2 {
                scope.spawn(|| {
                    as_thread(|irql| {
                        interrupt.close(irql).unwrap();
                        assert!(held.has_gone_on(), "a closure is inside");
                    });
                });
            }
            scope.spawn(|| held.go_on_after_a_while());
            interrupt.close(irql).unwrap();
            assert!(held.has_gone_on(), "a closure is inside");
            assert_eq!(inside.join().unwrap(), Ok(()));
        });
        device.set_faults(FrameworkFaults::default());
    });
}

#[test]
fn what_arrives_behind_disable_is_not_served_and_queues_nothing() {
    let notes: Arc<Notes> = Arc::default();
    let device = Arc::new(FrameworkDevice::new(DEVICE_LEVEL));
    as_thread(|irql| {
        let interrupt = create(irql, &device, &Config::new());
        assert!(interrupt.install(irql, Twin::new(&notes)).is_ok());
        power_up(irql, &device, interrupt);
        assert_eq!(device.fire(0), Some(true));
        let (of, told) = (Arc::clone(&device), Arc::new(AtomicU32::new(0)));
        let arrived = Arc::clone(&told);
        device.set_faults(FrameworkFaults {
            before_disconnect: Some(Arc::new(move || {
                assert_eq!(of.fire(0), Some(false));
                arrived.fetch_add(1, Ordering::Relaxed);
            })),
            ..FrameworkFaults::default()
        });
        power_down(irql, &device, interrupt);
        assert_eq!(told.load(Ordering::Relaxed), 1);
        device.set_faults(FrameworkFaults::default());
    });
    assert_eq!(device.fire(0), None);
    assert_eq!(notes.get(|notes| &notes.served), 1);
    assert_eq!(notes.get(|notes| &notes.followed), 1);
    device.delete();
}

#[test]
fn a_dpc_runs_to_its_end_before_the_interrupt_is_disconnected_and_is_not_queued_behind_disable() {
    let notes: Arc<Notes> = Arc::default();
    in_d0(&notes, |irql, device, interrupt| {
        irql.raise_to_dispatch(|_| {
            assert_eq!(device.fire(0), Some(true));
            assert_eq!(device.fire(0), Some(true));
            assert_eq!(notes.get(|notes| &notes.followed), 0);
        });
        assert_eq!(notes.get(|notes| &notes.followed), 1);
        notes.again.store(true, Ordering::Relaxed);
        assert_eq!(device.fire(0), Some(true));
        assert_eq!(notes.get(|notes| &notes.followed), 3);
        interrupt.close(irql).unwrap();
        // A run that is held back until the interrupt is disabled queues itself again: in vain.
        notes.again.store(true, Ordering::Relaxed);
        let held = Arc::new(HeldBack::default());
        device.set_faults(FrameworkFaults {
            object_read: Some(held.hook()),
            ..FrameworkFaults::default()
        });
        thread::scope(|scope| {
            scope.spawn(|| assert_eq!(device.fire(0), Some(true)));
            held.wait_until_there();
            scope.spawn(|| held.go_on_after_a_while());
            device.disconnect();
            assert!(held.has_gone_on(), "the DPC is running");
        });
        assert_eq!(notes.get(|notes| &notes.followed), 4);
        device.set_faults(FrameworkFaults::default());
    });
}

#[test]
fn without_a_handler_the_way_into_d0_fails() {
    let notes = Arc::default();
    let device = FrameworkDevice::new(DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = create(irql, &device, &Config::new());
        assert_eq!(device.connect(), Err(0xC000_00A3_u32.cast_signed()));
        assert_eq!(device.fire(0), Some(false));
        device.disconnect();
        assert!(interrupt.install(irql, Twin::new(&notes)).is_ok());
        let second = interrupt.install(irql, Twin::new(&notes));
        assert!(second.is_err(), "there is one");
    });
    device.delete();
    assert_eq!(notes.get(|notes| &notes.dropped), 2);
}

#[test]
fn a_failed_enable_leaves_the_gate_closed_and_the_handler_unserved() {
    let notes: Arc<Notes> = Arc::default();
    notes.fails.store(true, Ordering::Relaxed);
    let device = FrameworkDevice::new(DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = create(irql, &device, &Config::new());
        assert!(interrupt.install(irql, Twin::new(&notes)).is_ok());
        assert_eq!(device.connect(), Err(STATUS));
        assert_eq!(device.fire(0), Some(false));
        // SAFETY: It does not open.
        assert_eq!(unsafe { interrupt.open(irql) }, Err(NotConnected));
        device.disconnect();
        notes.fails.store(false, Ordering::Relaxed);
        power_up(irql, &device, interrupt);
        power_down(irql, &device, interrupt);
    });
    device.delete();
    assert_eq!(notes.get(|notes| &notes.disabled), 1);
}

#[test]
fn a_create_that_fails_leaves_nothing() {
    let device = FrameworkDevice::new(DEVICE_LEVEL);
    as_thread(|irql| {
        mock::fail_allocations(1);
        // SAFETY: The device is live.
        let refused = unsafe { TWIN.create(irql, device.handle(), &Config::new()) };
        assert!(refused.is_err());
    });
    device.delete();
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn a_handler_is_removed_when_its_last_callback_has_left_it() {
    let notes = Arc::default();
    let held = Arc::new(HeldBack::default());
    let device = FrameworkDevice::new(DEVICE_LEVEL);
    as_thread(|irql| {
        let interrupt = create(irql, &device, &Config::new());
        assert!(interrupt.remove(irql).unwrap().is_none());
        assert!(interrupt.install(irql, Twin::new(&notes)).is_ok());
        power_up(irql, &device, interrupt);
        device.set_faults(FrameworkFaults {
            dispatched: Some(held.hook()),
            ..FrameworkFaults::default()
        });
        thread::scope(|scope| {
            // Dispatched, and at the handler afterwards: it is gone.
            let fired = scope.spawn(|| device.fire(0));
            held.wait_until_there();
            scope.spawn(|| held.go_on_after_a_while());
            let twin = interrupt.remove(irql).unwrap().expect("there is one");
            assert!(held.has_gone_on(), "a service routine is on its way");
            assert_eq!(twin.one, twin.other);
            assert_eq!(fired.join().unwrap(), Some(false));
        });
        device.set_faults(FrameworkFaults::default());
        let late = interrupt.synchronize(irql, |twin| twin.one);
        assert_eq!(late, Err(NotRun::NoInterrupt));
        // As where the framework disconnects, and a device is started again.
        device.disconnect();
        assert!(interrupt.install(irql, Twin::new(&notes)).is_ok());
        power_up(irql, &device, interrupt);
        assert_eq!(device.fire(0), Some(true));
        power_down(irql, &device, interrupt);
    });
    device.delete();
    assert_eq!(notes.get(|notes| &notes.dropped), 2);
}

#[test]
fn what_removes_a_handler_sees_what_its_service_routine_wrote() {
    for _ in 0..repeated(50) {
        let notes = Arc::default();
        let device = FrameworkDevice::new(DEVICE_LEVEL);
        as_thread(|irql| {
            let interrupt = create(irql, &device, &Config::new());
            assert!(interrupt.install(irql, Twin::new(&notes)).is_ok());
            power_up(irql, &device, interrupt);
            thread::scope(|scope| {
                let fired = scope.spawn(|| device.fire(0));
                let twin = interrupt.remove(irql).unwrap().expect("there is one");
                let fired = fired.join().unwrap();
                assert_eq!(twin.one, twin.other);
                // With `enable`, the service routine and its DPC where they came in time.
                assert!(fired == Some(true) || twin.one == 1);
            });
            device.disconnect();
        });
        device.delete();
    }
}

#[test]
fn a_disabled_interrupt_stays_disconnected_until_it_is_enabled() {
    let notes: Arc<Notes> = Arc::default();
    in_d0(&notes, |irql, device, interrupt| {
        // SAFETY: The device's power does not change meanwhile.
        unsafe { interrupt.disable(irql) }.unwrap();
        let closed = interrupt.synchronize(irql, |twin| twin.one);
        assert_eq!(closed, Err(NotRun::NoInterrupt));
        assert_eq!(device.fire(0), None);
        device.disconnect();
        device.connect().unwrap();
        // SAFETY: It does not open.
        assert_eq!(unsafe { interrupt.open(irql) }, Err(NotConnected));
        // SAFETY: The device is in D0, and its power does not change.
        unsafe { interrupt.enable(irql) }.unwrap();
        // SAFETY: As above; it is enabled.
        assert_eq!(unsafe { interrupt.enable(irql) }, Err(NotConnected));
        assert_eq!(device.fire(0), Some(true));
        assert!(interrupt.synchronize(irql, |twin| twin.one).is_ok());
    });
}

#[test]
fn an_inactive_interrupt_is_not_called_and_turns_closures_away_until_it_is_active() {
    let notes: Arc<Notes> = Arc::default();
    in_d0(&notes, |irql, device, interrupt| {
        assert_eq!(device.fire(0), Some(true));
        // SAFETY: The device's power does not change meanwhile, and the DPC of the routine above has run.
        unsafe { interrupt.set_inactive(irql) }.unwrap();
        assert_eq!(device.fire(0), None);
        let closed = interrupt.synchronize(irql, |twin| twin.one);
        assert_eq!(closed, Err(NotRun::NoInterrupt));
        // SAFETY: The device is in D0, and its power does not change.
        unsafe { interrupt.set_active(irql) }.unwrap();
        assert_eq!(device.fire(0), Some(true));
        assert!(interrupt.synchronize(irql, |twin| twin.one).is_ok());
        // SAFETY: As above.
        unsafe { interrupt.disable(irql) }.unwrap();
        // SAFETY: As above; there is nothing to report.
        let reported = unsafe { interrupt.set_active(irql) };
        assert_eq!(reported, Err(NotConnected));
        // SAFETY: As above.
        unsafe { interrupt.enable(irql) }.unwrap();
    });
}

/// A device that cannot be masked: what it raises is served while its interrupt is not enabled, too.
struct Loud {
    counted: u32,
    forgotten: u32,
}

static LOUD: InterruptKind<Loud> = InterruptKind::new(c"Loud", &raw const LOUD);

impl FrameworkHandler for Loud {
    const KIND: &'static InterruptKind<Self> = &LOUD;

    fn service(&mut self, _: &ServiceContext<'_, Self>) -> Serviced {
        self.counted += 1;
        Serviced::Claimed
    }

    fn service_disabled(&mut self) -> Serviced {
        assert_eq!(mock::irql(), DEVICE_LEVEL);
        self.forgotten += 1;
        Serviced::Claimed
    }
}

#[test]
fn a_device_that_cannot_be_masked_is_served_behind_disable_and_not_counted() {
    let device = Arc::new(FrameworkDevice::new(DEVICE_LEVEL));
    as_thread(|irql| {
        // SAFETY: The device is live, and nothing uses the interrupt when it is deleted.
        let interrupt = unsafe { LOUD.create(irql, device.handle(), &Config::new()) }.unwrap();
        let loud = Loud {
            counted: 0,
            forgotten: 0,
        };
        assert!(interrupt.install(irql, loud).is_ok());
        device.connect().unwrap();
        assert_eq!(device.fire(0), Some(true));
        let of = Arc::clone(&device);
        device.set_faults(FrameworkFaults {
            before_disconnect: Some(Arc::new(move || assert_eq!(of.fire(0), Some(true)))),
            ..FrameworkFaults::default()
        });
        device.disconnect();
        device.set_faults(FrameworkFaults::default());
        let loud = interrupt.remove(irql).unwrap().expect("there is one");
        assert_eq!((loud.counted, loud.forgotten), (1, 1));
        // Without a handler nothing is served.
        assert_eq!(device.connect(), Err(0xC000_00A3_u32.cast_signed()));
        assert_eq!(device.fire(0), Some(false));
        device.disconnect();
    });
    device.delete();
}

#[test]
fn interrupts_with_one_lock_exclude_one_another() {
    let notes = Arc::default();
    let lock = FrameworkLock::new();
    let device = FrameworkDevice::new(DEVICE_LEVEL);
    let inside = Arc::new(AtomicU32::new(0));
    as_thread(|irql| {
        let config = Config::new().with_lock(lock.handle());
        let both = [(); 2].map(|()| create(irql, &device, &config));
        for interrupt in both {
            assert!(interrupt.install(irql, Twin::new(&notes)).is_ok());
        }
        device.connect().unwrap();
        for interrupt in both {
            // SAFETY: As in `power_up`.
            unsafe { interrupt.open(irql) }.unwrap();
        }
        thread::scope(|scope| {
            for interrupt in both {
                let inside = Arc::clone(&inside);
                scope.spawn(move || {
                    as_thread(|irql| {
                        for _ in 0..repeated(100) {
                            let inside = &inside;
                            let ran = interrupt.synchronize(irql, |_| {
                                assert_eq!(inside.fetch_add(1, Ordering::Relaxed), 0);
                                thread::yield_now();
                                inside.fetch_sub(1, Ordering::Relaxed);
                            });
                            assert_eq!(ran, Ok(()));
                        }
                    });
                });
            }
        });
        for interrupt in both {
            interrupt.close(irql).unwrap();
        }
        device.disconnect();
    });
    device.delete();
}

#[test]
fn a_routine_that_nt_does_not_call_is_no_answer() {
    let notes = Arc::default();
    in_d0(&notes, |irql, device, interrupt| {
        device.set_faults(FrameworkFaults {
            not_synchronized: true,
            ..FrameworkFaults::default()
        });
        let ran = interrupt.synchronize(irql, Twin::add);
        assert_eq!(ran, Err(NotRun::NotCalled));
        device.set_faults(FrameworkFaults::default());
    });
}

#[test]
fn an_interrupt_that_was_never_disabled_is_enabled_again() {
    let notes: Arc<Notes> = Arc::default();
    in_d0(&notes, |irql, device, interrupt| {
        device.set_faults(FrameworkFaults {
            not_disabled: true,
            ..FrameworkFaults::default()
        });
        power_down(irql, device, interrupt);
        assert_eq!(device.fire(0), None);
        device.set_faults(FrameworkFaults::default());
        power_up(irql, device, interrupt);
        assert_eq!(device.fire(0), Some(true));
    });
    assert_eq!(notes.get(|notes| &notes.enabled), 2);
}

#[test]
fn nothing_waits_above_passive_level() {
    let notes = Arc::default();
    in_d0(&notes, |irql, _, interrupt| {
        mock::at_irql(2, || {
            assert!(interrupt.close(irql).is_err());
            assert!(interrupt.remove(irql).is_err());
            // SAFETY: It changes nothing.
            assert!(unsafe { interrupt.disable(irql) }.is_err());
        });
        assert!(interrupt.synchronize(irql, |twin| twin.one).is_ok());
    });
}

/// A handler that is served in a thread.
struct Calm {
    one: u32,
    other: u32,
}

static CALM: InterruptKind<Calm> = InterruptKind::new(c"Calm", &raw const CALM);

impl Calm {
    fn add(&mut self) {
        assert_eq!(self.one, self.other, "something else is inside the lock");
        assert_eq!(mock::irql(), 0);
        self.one += 1;
        thread::yield_now();
        self.other += 1;
    }
}

impl FrameworkHandler for Calm {
    const KIND: &'static InterruptKind<Self> = &CALM;

    fn service(&mut self, _: &ServiceContext<'_, Self>) -> Serviced {
        self.add();
        Serviced::Claimed
    }
}

#[test]
fn at_passive_level_closures_wait_or_try_and_exclude_the_thread_that_serves() {
    let device = FrameworkDevice::new(0);
    as_thread(|irql| {
        // SAFETY: The device is live, and nothing uses the interrupt when it is deleted.
        let interrupt =
            unsafe { CALM.create_passive(irql, device.handle(), &Config::new()) }.unwrap();
        assert!(interrupt.install(irql, Calm { one: 0, other: 0 }).is_ok());
        assert_eq!(
            interrupt.try_synchronize(irql, |calm| calm.one),
            Err(NotRun::NoInterrupt)
        );
        device.connect().unwrap();
        // SAFETY: As in `power_up`.
        unsafe { interrupt.open(irql) }.unwrap();
        let mut tried = 0;
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..repeated(200) {
                    assert_eq!(device.fire(0), Some(true));
                }
            });
            for _ in 0..repeated(200) {
                assert_eq!(interrupt.synchronize(irql, Calm::add), Ok(()));
                match interrupt.try_synchronize(irql, Calm::add) {
                    Ok(()) => tried += 1,
                    Err(refused) => assert_eq!(refused, NotRun::Contended),
                }
            }
        });
        let total = interrupt.try_synchronize(irql, |calm| calm.one);
        assert_eq!(total, Ok(2 * repeated(200) + tried));
        let held = interrupt.synchronize(irql, |_| {
            thread::scope(|scope| {
                let other = scope
                    .spawn(|| as_thread(|irql| interrupt.try_synchronize(irql, |calm| calm.one)));
                other.join().unwrap()
            })
        });
        assert_eq!(held, Ok(Err(NotRun::Contended)));
        mock::at_irql(2, || {
            let raised = interrupt.try_synchronize(irql, |calm| calm.one);
            assert_eq!(raised, Err(NotRun::AbovePassive));
            let raised = interrupt.synchronize(irql, |calm| calm.one);
            assert_eq!(raised, Err(NotRun::AbovePassive));
        });
        interrupt.close(irql).unwrap();
        device.disconnect();
        let calm = interrupt.remove(irql).unwrap().expect("there is one");
        assert_eq!(calm.one, calm.other);
    });
    device.delete();
    assert_eq!(mock::live_allocations(), 0);
}

/// A handler that is followed by a work item.
struct Unhurried {
    one: u32,
    other: u32,
    level: u8,
    notes: Arc<Notes>,
}

static UNHURRIED: InterruptKind<Unhurried> = InterruptKind::new(c"Unhurried", &raw const UNHURRIED);

impl Unhurried {
    fn new(notes: &Arc<Notes>, level: u8) -> Self {
        Self {
            one: 0,
            other: 0,
            level,
            notes: Arc::clone(notes),
        }
    }

    fn add(&mut self) {
        assert_eq!(self.one, self.other, "something else is inside the lock");
        assert_eq!(mock::irql(), self.level);
        self.one += 1;
        thread::yield_now();
        self.other += 1;
    }
}

impl FrameworkHandler for Unhurried {
    const KIND: &'static InterruptKind<Self> = &UNHURRIED;
    const PLAIN: bool = false;
    const WORK_ITEM: Option<WorkItemRoutine<Self>> = Some(work);

    fn service(&mut self, cx: &ServiceContext<'_, Self>) -> Serviced {
        self.add();
        cx.queue_work_item();
        Serviced::Claimed
    }
}

fn work(cx: &WorkItemContext<'_, Unhurried>, irql: &mut Irql<'_, Passive>) {
    assert_eq!(mock::irql(), 0);
    let notes = cx.synchronize(irql, |unhurried| {
        unhurried.add();
        Arc::clone(&unhurried.notes)
    });
    let notes = notes.expect("the interrupt is connected");
    let raised = mock::at_irql(2, || cx.synchronize(irql, |unhurried| unhurried.one));
    assert_eq!(raised, Err(NotRun::AbovePassive));
    notes.followed.fetch_add(1, Ordering::Relaxed);
    if notes.again.swap(false, Ordering::Relaxed) && cx.queue_again(irql) {
        notes.enabled.fetch_add(1, Ordering::Relaxed);
    }
}

/// A device in D0 whose interrupt is followed by a work item, at each of both levels, which `body` uses.
fn with_a_work_item(body: impl Fn(&mut Irql<'_, Passive>, &FrameworkDevice, &Arc<Notes>)) {
    for level in [DEVICE_LEVEL, 0] {
        let notes: Arc<Notes> = Arc::default();
        let device = FrameworkDevice::new(level);
        as_thread(|irql| {
            let handler = Unhurried::new(&notes, level);
            if level == 0 {
                // SAFETY: The device is live, and nothing uses the interrupt when it is deleted.
                let made =
                    unsafe { UNHURRIED.create_passive(irql, device.handle(), &Config::new()) };
                assert!(made.unwrap().install(irql, handler).is_ok());
            } else {
                // SAFETY: As above.
                let made = unsafe { UNHURRIED.create(irql, device.handle(), &Config::new()) };
                assert!(made.unwrap().install(irql, handler).is_ok());
            }
            device.connect().unwrap();
            body(irql, &device, &notes);
            device.disconnect();
        });
        device.delete();
        assert_eq!(mock::live_allocations(), 0);
    }
}

#[test]
fn a_work_item_follows_the_service_routine_and_excludes_it() {
    with_a_work_item(|_, device, notes| {
        for fired in 1..=3 {
            assert_eq!(device.fire(0), Some(true));
            device.wait_for_work_items();
            assert_eq!(notes.get(|notes| &notes.followed), fired);
        }
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..repeated(20) {
                        assert_eq!(device.fire(0), Some(true));
                    }
                });
            }
        });
        device.wait_for_work_items();
        notes.again.store(true, Ordering::Relaxed);
        let before = notes.get(|notes| &notes.followed);
        assert_eq!(device.fire(0), Some(true));
        device.wait_for_work_items();
        assert_eq!(notes.get(|notes| &notes.enabled), 1, "it is queued again");
        assert_eq!(notes.get(|notes| &notes.followed), before + 2);
    });
}

#[test]
fn a_work_item_ends_before_the_interrupt_is_disconnected_and_is_not_queued_behind_disable() {
    with_a_work_item(|_, device, notes| {
        notes.again.store(true, Ordering::Relaxed);
        let held = Arc::new(HeldBack::default());
        device.set_faults(FrameworkFaults {
            work_item_begins: Some(held.hook()),
            ..FrameworkFaults::default()
        });
        assert_eq!(device.fire(0), Some(true));
        held.wait_until_there();
        thread::scope(|scope| {
            scope.spawn(|| held.go_on_after_a_while());
            device.disconnect();
            assert!(held.has_gone_on(), "the work item is running");
        });
        assert_eq!(
            notes.get(|notes| &notes.enabled),
            0,
            "it is not queued again"
        );
        assert_eq!(notes.get(|notes| &notes.followed), 1);
        device.set_faults(FrameworkFaults::default());
    });
}

#[test]
fn a_lock_goes_with_how_the_interrupt_is_handled() {
    let lock = FrameworkLock::new();
    let device = FrameworkDevice::new(0);
    as_thread(|irql| {
        let wrong = Config::new().with_wait_lock(lock.handle());
        // SAFETY: The device is live.
        let refused = unsafe { CALM.create(irql, device.handle(), &wrong) };
        assert!(refused.is_err());
        let wrong = Config::new().with_lock(lock.handle());
        // SAFETY: As above.
        let refused = unsafe { CALM.create_passive(irql, device.handle(), &wrong) };
        assert!(refused.is_err());
        let right = Config::new().with_wait_lock(lock.handle());
        let both = [(); 2].map(|()| {
            // SAFETY: As above, and nothing uses the interrupts when they are deleted.
            unsafe { CALM.create_passive(irql, device.handle(), &right) }.unwrap()
        });
        for interrupt in both {
            assert!(interrupt.install(irql, Calm { one: 0, other: 0 }).is_ok());
        }
        device.connect().unwrap();
        for interrupt in both {
            // SAFETY: As in `power_up`.
            unsafe { interrupt.open(irql) }.unwrap();
        }
        let [one, other] = both;
        let held = one.synchronize(irql, |_| {
            thread::scope(|scope| {
                let tried =
                    scope.spawn(|| as_thread(|irql| other.try_synchronize(irql, |calm| calm.one)));
                tried.join().unwrap()
            })
        });
        assert_eq!(held, Ok(Err(NotRun::Contended)));
        for interrupt in both {
            interrupt.close(irql).unwrap();
        }
        device.disconnect();
    });
    device.delete();
}

/// What two interrupts share: two numbers that are always equal.
#[derive(Debug)]
struct Shared {
    one: u32,
    other: u32,
    /// Whether they once were not. What panics with a lock held leaves the others to wait for it.
    overlapped: bool,
    dropped: Arc<AtomicU32>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

impl Shared {
    fn add(&mut self) {
        self.overlapped |= self.one != self.other;
        self.one += 1;
        thread::yield_now();
        self.other += 1;
    }
}

/// What is an interrupt's own beside it.
struct Part {
    served: u32,
}

static PART: InterruptKind<PassiveSharing<Part>> = InterruptKind::new(c"Part", &raw const PART);

impl PassiveSharingHandler for Part {
    type State = Shared;
    const KIND: &'static InterruptKind<PassiveSharing<Self>> = &PART;
    const WORK_ITEM: Option<WorkItemRoutine<PassiveSharing<Self>>> = Some(work_on_both);

    fn service(
        &mut self,
        shared: &mut Shared,
        cx: &ServiceContext<'_, PassiveSharing<Self>>,
    ) -> Serviced {
        shared.add();
        self.served += 1;
        cx.queue_work_item();
        Serviced::Claimed
    }

    fn enable(&mut self, shared: &mut Shared) -> Result<(), i32> {
        shared.add();
        Ok(())
    }

    fn disable(&mut self, shared: &mut Shared) -> Result<(), i32> {
        shared.add();
        Ok(())
    }
}

fn work_on_both(cx: &WorkItemContext<'_, PassiveSharing<Part>>, irql: &mut Irql<'_, Passive>) {
    let worked = cx.synchronize(irql, |sharing| sharing.parts().1.add());
    assert_eq!(worked, Ok(()));
}

#[test]
fn interrupts_at_passive_level_share_a_state_under_one_wait_lock() {
    let dropped = Arc::new(AtomicU32::new(0));
    let fresh = || Shared {
        one: 0,
        other: 0,
        overlapped: false,
        dropped: Arc::clone(&dropped),
    };
    let device = FrameworkDevice::new(0);
    as_thread(|irql| {
        mock::fail_allocations(1);
        // SAFETY: The device is live, and the interrupts are its own.
        let refused = unsafe { SharedWaitLock::new(irql, device.handle(), fresh()) };
        assert!(refused.is_err());
        drop(refused);
        device.set_faults(FrameworkFaults {
            no_wait_lock: true,
            ..FrameworkFaults::default()
        });
        // SAFETY: As above.
        let refused = unsafe { SharedWaitLock::new(irql, device.handle(), fresh()) };
        assert!(refused.is_err());
        drop(refused);
        device.set_faults(FrameworkFaults::default());
        // SAFETY: As above.
        let lock = unsafe { SharedWaitLock::new(irql, device.handle(), fresh()) }
            .ok()
            .unwrap();
        // SAFETY: As above.
        let wrong = unsafe { SharedWaitLock::new(irql, device.handle(), fresh()) }
            .ok()
            .unwrap();
        let both = [(); 2].map(|()| {
            // SAFETY: As above, and nothing uses the interrupts when they are deleted.
            let made = unsafe { PART.create_sharing(irql, device.handle(), &Config::new(), &lock) };
            let interrupt = made.unwrap();
            let refused = interrupt.install(irql, &wrong, Part { served: 0 });
            assert!(refused.is_err(), "it was made with another lock");
            assert!(interrupt.install(irql, &lock, Part { served: 0 }).is_ok());
            interrupt
        });
        drop(wrong);
        device.connect().unwrap();
        for interrupt in both {
            // SAFETY: As in `power_up`.
            unsafe { interrupt.open(irql) }.unwrap();
        }
        let times = repeated(50);
        thread::scope(|scope| {
            for number in 0..2 {
                let device = &device;
                scope.spawn(move || {
                    for _ in 0..times {
                        assert_eq!(device.fire(number), Some(true));
                    }
                });
            }
            for _ in 0..times {
                for interrupt in both {
                    assert_eq!(
                        interrupt.synchronize(irql, |_, shared| shared.add()),
                        Ok(())
                    );
                }
            }
        });
        device.wait_for_work_items();
        let [one, other] = both;
        let held = one.synchronize(irql, |_, _| {
            thread::scope(|scope| {
                let tried =
                    scope.spawn(|| as_thread(|irql| other.try_synchronize(irql, |_, _| ())));
                tried.join().unwrap()
            })
        });
        let overlapped = one.synchronize(irql, |_, shared| shared.overlapped);
        assert_eq!(overlapped, Ok(false), "something else is inside the lock");
        assert_eq!(held, Ok(Err(NotRun::Contended)));
        for interrupt in both {
            interrupt.close(irql).unwrap();
        }
        device.disconnect();
        let lock = lock.into_state(irql).expect_err("two handlers share it");
        for interrupt in both {
            let part = interrupt.remove(irql).unwrap().expect("there is one");
            assert_eq!(part.served, times);
        }
        let shared = lock.into_state(irql).ok().unwrap();
        assert!(!shared.overlapped, "something else is inside the lock");
        assert_eq!(shared.one, shared.other);
        assert!(shared.one >= 4 * times + 4);
    });
    device.delete();
    assert_eq!(mock::live_allocations(), 0);
    assert_eq!(dropped.load(Ordering::Relaxed), 4);
}

/// What the test below runs in a process of its own: the machine stops in a routine that the framework calls.
#[test]
#[ignore = "it stops the process"]
fn disabled_with_an_open_gate() {
    let notes = Arc::default();
    in_d0(&notes, |_, device, _| device.disconnect());
}

#[test]
#[cfg_attr(miri, ignore = "it runs a process")]
fn a_gate_that_is_left_open_stops_the_machine_before_the_interrupt_object_is_freed() {
    let program = std::env::current_exe().unwrap();
    let output = std::process::Command::new(program)
        .args([
            "--exact",
            "disabled_with_an_open_gate",
            "--ignored",
            "--nocapture",
        ])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    let reason = Reason::LeftOpen as usize;
    let first = format!("bug check {BUGCHECK_CODE:#x} [{reason:x}, {DEVICE_LEVEL:x}, ");
    assert!(said.contains(&first), "{said}");
}
