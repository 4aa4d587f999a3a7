//! A miniport over the mock port driver: what each priority gives, what the witness says, what is refused.
#![cfg(feature = "video-port")]

use std::{
    mem, ptr,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use dirql::{
    Dispatch, Irql, NotRun, Passive, Serviced,
    mock::irql as level,
    video_port::{
        Child, ChildKind, ChildQuery, DISPLAY_ADAPTER_HW_ID, DeviceId, Discovery, Found,
        InterruptContext, Miniport, PowerState, VideoAdapter, VideoRequest, VpStatus, initialize,
        mock::{Adapter, Faults, Fired, PortDriver},
        sys::RequestPacket,
    },
};

/// The IRQL of the mock's adapters.
const DEVICE_LEVEL: u8 = 9;

/// What a request asks for.
mod code {
    pub(super) const SYNCHRONIZE: u32 = 1;
    pub(super) const LOW: u32 = 2;
    pub(super) const HIGH: u32 = 3;
    pub(super) const OBSERVE: u32 = 4;
    pub(super) const INTERRUPTED: u32 = 5;
    pub(super) const LONG: u32 = 6;
    pub(super) const ECHO: u32 = 7;
    pub(super) const CONTENDED: u32 = 8;
}

/// Two numbers that are equal whenever nobody is at work on them.
#[derive(Default)]
struct Twin {
    one: u32,
    other: u32,
}

impl Twin {
    fn step(&mut self) {
        assert_eq!(self.one, self.other, "somebody else is on the state");
        self.one += 1;
        thread::yield_now();
        self.other += 1;
    }
}

/// A miniport that counts.
#[derive(Default)]
struct Counting {
    found_again: AtomicU32,
    noted: AtomicU32,
    dpcs: AtomicU32,
    power: AtomicU32,
}

/// The vector of an adapter that is not there.
const NOT_THERE: u32 = 0xDEAD;
/// The level of an interrupt that the miniport does not want.
const DECLINED: u32 = 0xDEC;

thread_local! {
    static ADAPTER: std::cell::Cell<*const Adapter> = const { std::cell::Cell::new(ptr::null()) };
}

/// Fires the interrupt of the adapter that this thread works on.
fn fire() -> Fired {
    // SAFETY: `with_adapter` set it to an adapter that outlives its body.
    unsafe { &*ADAPTER.get() }.fire()
}

fn with_adapter<R>(adapter: &Adapter, body: impl FnOnce() -> R) -> R {
    ADAPTER.set(adapter);
    let result = body();
    ADAPTER.set(ptr::null());
    result
}

fn status(error: NotRun) -> VpStatus {
    match error {
        NotRun::NoInterrupt => VpStatus::INVALID_FUNCTION,
        NotRun::Contended => VpStatus::BUSY,
        _ => VpStatus::DEVICE_REINITIALIZATION_NEEDED,
    }
}

impl Miniport for Counting {
    type State = Twin;
    const HANDLES_INTERRUPTS: bool = true;

    fn find_adapter(discovery: &mut Discovery<'_>) -> Result<Found<Self>, VpStatus> {
        match discovery.interrupt() {
            (_, NOT_THERE) => return Err(VpStatus::DEV_NOT_EXIST),
            (DECLINED, _) => discovery.decline_interrupt(),
            _ => {}
        }
        Ok(Found {
            miniport: Self::default(),
            state: Twin::default(),
        })
    }

    fn found_again(&self, _: &mut Discovery<'_>) -> Result<(), VpStatus> {
        self.found_again.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn initialize(&self, adapter: &VideoAdapter<Twin>, irql: &mut Irql<'_, Passive>) -> bool {
        adapter
            .witness()
            .is_ok_and(|witness| witness.synchronize(irql, Twin::step).is_ok())
    }

    fn start_io(
        &self,
        adapter: &VideoAdapter<Twin>,
        irql: &mut Irql<'_, Dispatch>,
        request: &mut VideoRequest<'_>,
    ) -> Result<usize, VpStatus> {
        let answer = match request.code() {
            code::SYNCHRONIZE => {
                let witness = adapter.witness().map_err(status)?;
                witness.synchronize(irql, |twin| {
                    twin.step();
                    twin.one
                })
            }
            code::LOW => adapter.run_low(irql, || u32::from(level())),
            code::HIGH => adapter.run_high(irql, || u32::from(level())),
            code::OBSERVE => {
                let witness = adapter.witness().map_err(status)?;
                let outcome = witness.synchronize_observed(irql, |_| false);
                return request.reply(&[
                    u8::from(outcome.result == Ok(false)),
                    outcome.raw,
                    u8::try_from(outcome.calls).expect("few calls"),
                ]);
            }
            // An interrupt in the middle of the closure: what becomes of it is the answer.
            code::INTERRUPTED => {
                let witness = adapter.witness().map_err(status)?;
                witness.synchronize(irql, |twin| {
                    twin.one += 1;
                    let fired = fire();
                    twin.other += 1;
                    fired as u32
                })
            }
            code::LONG => return Ok(usize::MAX),
            code::ECHO => {
                let input = request.input().to_vec();
                return request.reply(&input);
            }
            code::CONTENDED => Ok(u32::try_from(adapter.contended()).expect("few")),
            _ => return Err(VpStatus::INVALID_FUNCTION),
        };
        request.reply(&answer.map_err(status)?.to_le_bytes())
    }

    fn interrupt(&self, twin: &mut Twin, cx: &InterruptContext<'_, Self>) -> Serviced {
        assert_eq!(level(), DEVICE_LEVEL);
        twin.step();
        cx.queue_dpc();
        Serviced::Claimed
    }

    fn interrupt_contended(&self, _: &InterruptContext<'_, Self>) -> Serviced {
        self.noted.fetch_add(1, Ordering::Relaxed);
        Serviced::Claimed
    }

    fn dpc(&self, adapter: &VideoAdapter<Twin>, irql: &mut Irql<'_, Dispatch>) {
        let witness = adapter
            .witness()
            .expect("it was an interrupt that queued it");
        witness.synchronize(irql, Twin::step).expect("run");
        self.dpcs.fetch_add(1, Ordering::Relaxed);
    }

    fn child(&self, query: &mut ChildQuery<'_>) -> Child {
        match query.index {
            DISPLAY_ADAPTER_HW_ID => Child::Found {
                kind: ChildKind::VideoChip,
                id: DISPLAY_ADAPTER_HW_ID,
            },
            0 => Child::Skip,
            1 => {
                query.descriptor[0] = 7;
                Child::Found {
                    kind: ChildKind::Monitor,
                    id: 11,
                }
            }
            _ => Child::NoMore,
        }
    }

    fn can_set_power(&self, device: DeviceId, state: PowerState) -> Result<(), VpStatus> {
        match (device, state) {
            (DeviceId(DISPLAY_ADAPTER_HW_ID), PowerState::On | PowerState::Off) => Ok(()),
            _ => Err(VpStatus::INVALID_PARAMETER),
        }
    }

    fn set_power(
        &self,
        _: &VideoAdapter<Twin>,
        _: &mut Irql<'_, Dispatch>,
        _: DeviceId,
        state: PowerState,
    ) {
        self.power
            .store(u32::from(state == PowerState::On), Ordering::Relaxed);
    }
}

fn load(port: &PortDriver) -> u32 {
    // SAFETY: As DriverEntry, with the argument of a live port driver.
    unsafe { initialize::<Counting>(port.argument(), ptr::null_mut()) }
}

/// A found adapter with this interrupt.
fn found(level: u32, vector: u32) -> Adapter {
    let port = PortDriver::new();
    assert_eq!(load(&port), 0);
    let adapter = port.add(level, vector);
    assert_eq!(adapter.find(), 0);
    adapter
}

/// The answer of a request, as a number.
fn ask(adapter: &Adapter, code: u32) -> Result<u32, VpStatus> {
    let reply = with_adapter(adapter, || adapter.request(code, &[], 4));
    if reply.status == 0 {
        Ok(u32::from_le_bytes(
            reply.output.try_into().expect("four bytes"),
        ))
    } else {
        assert!(reply.output.is_empty(), "a failed request has no output");
        Err(VpStatus(reply.status))
    }
}

#[test]
fn the_whole_structure_is_offered_first_and_taken() {
    let port = PortDriver::new();
    assert_eq!(load(&port), 0);
    assert_eq!(port.offered(), [144]);
    let data = port.accepted().expect("accepted");
    assert_eq!(data.size, 144);
    assert!(data.interrupt.is_some() && data.set_power_state.is_some());
}

#[test]
fn an_older_port_driver_is_offered_smaller_structures() {
    for (known, offered) in [(140, &[144, 140][..]), (64, &[144, 140, 64])] {
        let port = PortDriver::knowing(known);
        assert_eq!(load(&port), 0);
        assert_eq!(port.offered(), offered);
    }
    let nt4 = PortDriver::knowing(64);
    assert_eq!(load(&nt4), 0);
    let data = nt4.accepted().expect("accepted");
    assert!(data.set_power_state.is_none() && data.get_child_descriptor.is_none());
}

#[test]
fn a_port_driver_that_knows_no_size_has_the_last_word() {
    let port = PortDriver::knowing(0);
    assert_eq!(load(&port), 0xC000_0059);
    assert_eq!(port.offered(), [144, 140, 64]);
}

#[test]
fn a_closure_at_medium_priority_has_the_state_and_the_lock() {
    let adapter = found(9, 0x91);
    assert_eq!(ask(&adapter, code::SYNCHRONIZE), Ok(1));
    assert_eq!(adapter.fire(), Fired::Claimed);
    assert_eq!(ask(&adapter, code::SYNCHRONIZE), Ok(3));
}

#[test]
fn an_interrupt_is_masked_in_a_closure_at_medium_priority() {
    let adapter = found(9, 0x91);
    assert_eq!(ask(&adapter, code::INTERRUPTED), Ok(Fired::Masked as u32));
    assert_eq!(ask(&adapter, code::CONTENDED), Ok(0));
}

#[test]
fn either_of_level_and_vector_is_an_interrupt() {
    for (level, vector) in [(9, 0), (0, 0x91), (9, 0x91)] {
        let adapter = found(level, vector);
        assert_eq!(ask(&adapter, code::SYNCHRONIZE), Ok(1));
        assert_eq!(adapter.fire(), Fired::Claimed);
    }
}

#[test]
fn without_an_interrupt_there_is_no_synchronize() {
    let adapter = found(0, 0);
    assert_eq!(adapter.fire(), Fired::NotConnected);
    assert_eq!(
        ask(&adapter, code::SYNCHRONIZE),
        Err(VpStatus::INVALID_FUNCTION)
    );
    assert!(!adapter.initialize());
    assert_eq!(ask(&adapter, code::LOW), Ok(2), "the others go on");
    assert_eq!(ask(&adapter, code::HIGH), Ok(2), "where high is low");
}

#[test]
fn low_runs_where_interrupts_arrive_and_high_where_they_do_not() {
    let adapter = found(9, 0x91);
    assert_eq!(ask(&adapter, code::LOW), Ok(2));
    assert_eq!(ask(&adapter, code::HIGH), Ok(u32::from(DEVICE_LEVEL)));
}

#[test]
fn where_medium_excludes_nothing_the_second_user_is_turned_away() {
    let adapter = found(9, 0x91);
    adapter.set_faults(Faults {
        degraded: true,
        ..Faults::default()
    });
    // The interrupt arrives inside of the closure, and the miniport serves it without the state.
    assert_eq!(ask(&adapter, code::INTERRUPTED), Ok(Fired::Claimed as u32));
    assert_eq!(ask(&adapter, code::CONTENDED), Ok(1));
    assert_eq!(
        ask(&adapter, code::SYNCHRONIZE),
        Ok(2),
        "both numbers agree"
    );
}

#[test]
fn a_closure_that_comes_second_is_contended_and_does_not_run() {
    let adapter = found(9, 0x91);
    adapter.set_faults(Faults {
        degraded: true,
        ..Faults::default()
    });
    let mut refused = 0;
    let times = if cfg!(miri) { 20 } else { 2000 };
    thread::scope(|scope| {
        let others: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let answers = (0..times).map(|_| ask(&adapter, code::SYNCHRONIZE));
                    answers
                        .filter(|answer| *answer == Err(VpStatus::BUSY))
                        .count()
                })
            })
            .collect();
        for other in others {
            refused += other.join().expect("no panic");
        }
    });
    let ran = ask(&adapter, code::SYNCHRONIZE).expect("nobody else is left") - 1;
    assert_eq!(ran as usize + refused, 2 * times);
    assert_eq!(
        ask(&adapter, code::CONTENDED),
        Ok(u32::try_from(refused).unwrap())
    );
}

#[test]
fn one_at_a_time_is_on_the_state() {
    let adapter = found(9, 0x91);
    let times = if cfg!(miri) { 20 } else { 500 };
    thread::scope(|scope| {
        scope.spawn(|| (0..times).for_each(|_| assert_eq!(adapter.fire(), Fired::Claimed)));
        scope.spawn(|| {
            (0..times).for_each(|_| assert!(ask(&adapter, code::SYNCHRONIZE).is_ok()));
        });
    });
    assert_eq!(ask(&adapter, code::SYNCHRONIZE), Ok(2 * times + 1));
    assert_eq!(ask(&adapter, code::CONTENDED), Ok(0));
}

#[test]
fn false_is_a_result_and_the_raw_boolean_is_kept() {
    let adapter = found(9, 0x91);
    let observe = || adapter.request(code::OBSERVE, &[], 3).output;
    assert_eq!(observe(), [1, 1, 1]);
    adapter.set_faults(Faults {
        raw: Some(0),
        calls: 2,
        ..Faults::default()
    });
    assert_eq!(observe(), [1, 0, 2], "FALSE, twice called, and run once");
    adapter.set_faults(Faults {
        raw: Some(1),
        calls: 0,
        ..Faults::default()
    });
    assert_eq!(observe(), [0, 1, 0], "TRUE, and yet not run");
    assert_eq!(
        ask(&adapter, code::LOW),
        Err(VpStatus::DEVICE_REINITIALIZATION_NEEDED)
    );
}

#[test]
fn a_dpc_follows_an_interrupt_and_reaches_the_state() {
    let adapter = found(9, 0x91);
    assert!(adapter.initialize());
    assert!(!adapter.run_dpc());
    assert_eq!(adapter.fire(), Fired::Claimed);
    assert_eq!(adapter.fire(), Fired::Claimed);
    assert!(adapter.run_dpc());
    assert!(!adapter.run_dpc(), "queued once while it was queued");
    assert_eq!(ask(&adapter, code::SYNCHRONIZE), Ok(5));
}

#[test]
fn an_adapter_that_was_not_found_answers_everything() {
    let port = PortDriver::new();
    assert_eq!(load(&port), 0);
    let adapter = port.add(9, NOT_THERE);
    assert_eq!(adapter.find(), VpStatus::DEV_NOT_EXIST.0);
    assert_eq!(adapter.fire(), Fired::NotConnected);
    assert!(!adapter.call_interrupt());
    assert!(!adapter.initialize());
    assert_eq!(ask(&adapter, code::LOW), Err(VpStatus::DEV_NOT_EXIST));
    assert_eq!(adapter.power(false, DISPLAY_ADAPTER_HW_ID, 1), 87);
    assert_eq!(adapter.power(true, DISPLAY_ADAPTER_HW_ID, 1), 0);
    assert_eq!(adapter.child(DISPLAY_ADAPTER_HW_ID).0, 1248);
    adapter.assign(9, 0x91);
    assert_eq!(adapter.find(), 0, "found the next time");
    assert_eq!(ask(&adapter, code::SYNCHRONIZE), Ok(1));
}

#[test]
fn an_interrupt_that_is_declined_is_not_connected_and_gives_no_witness() {
    let adapter = found(DECLINED, 0x91);
    assert_eq!(adapter.fire(), Fired::NotConnected);
    assert_eq!(
        ask(&adapter, code::SYNCHRONIZE),
        Err(VpStatus::INVALID_FUNCTION)
    );
}

#[test]
fn an_adapter_that_is_found_again_keeps_its_state_and_looks_at_its_interrupt() {
    let adapter = found(9, 0x91);
    assert_eq!(ask(&adapter, code::SYNCHRONIZE), Ok(1));
    adapter.assign(0, 0);
    assert_eq!(adapter.find(), 0);
    assert_eq!(
        ask(&adapter, code::SYNCHRONIZE),
        Err(VpStatus::INVALID_FUNCTION)
    );
    adapter.assign(0, 0x52);
    assert_eq!(adapter.find(), 0);
    assert_eq!(ask(&adapter, code::SYNCHRONIZE), Ok(2));
}

#[test]
fn a_configuration_that_is_too_short_is_refused() {
    let port = PortDriver::new();
    assert_eq!(load(&port), 0);
    let adapter = port.add(9, 0x91);
    let short = u32::try_from(Adapter::SHORT_CONFIG).expect("short");
    assert_eq!(adapter.find_with_length(short - 1), 87);
    assert_eq!(adapter.find_with_length(0), 87);
    assert_eq!(adapter.find_with_length(short), 0);
}

#[test]
fn a_bad_packet_changes_nothing_and_is_answered() {
    let adapter = found(9, 0x91);
    let reply = |code, length| adapter.request(code, &[], length);
    assert_eq!(reply(code::SYNCHRONIZE, 3).status, 122, "no room");
    assert_eq!(reply(999, 4).status, 1);
    assert_eq!(
        reply(code::LONG, 8).output.len(),
        8,
        "no more than there is"
    );
    let nothing = RequestPacket {
        code: code::ECHO,
        status: ptr::null_mut(),
        input: ptr::null_mut(),
        input_length: 64,
        output: ptr::null_mut(),
        output_length: 64,
    };
    assert_eq!(adapter.packet(nothing), (0, 0), "null buffers are empty");
}

#[test]
fn input_and_output_may_be_the_same_memory() {
    let adapter = found(9, 0x91);
    let reply = adapter.request(code::ECHO, b"the same buffer", 15);
    assert_eq!(
        (reply.status, &reply.output[..]),
        (0, &b"the same buffer"[..])
    );
}

#[test]
fn children_and_power_are_answered_in_the_port_drivers_terms() {
    let adapter = found(9, 0x91);
    let (status, kind, id, _) = adapter.child(DISPLAY_ADAPTER_HW_ID);
    assert_eq!((status, kind, id), (1246, 3, DISPLAY_ADAPTER_HW_ID));
    assert_eq!(adapter.child(0).0, 123);
    let (status, kind, id, descriptor) = adapter.child(1);
    assert_eq!((status, kind, id), (1246, 1, 11));
    assert_eq!(descriptor, [7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(adapter.child(2).0, 1248);
    assert_eq!(adapter.power(false, DISPLAY_ADAPTER_HW_ID, 1), 0);
    assert_eq!(adapter.power(false, 11, 1), 87);
    assert_eq!(adapter.power(true, 11, 9), 0, "which always succeeds");
}

#[test]
fn a_status_reads_as_video_h_writes_it() {
    assert_eq!(VpStatus::NO_ERROR.to_string(), "NO_ERROR");
    assert_eq!(VpStatus(1248).to_string(), "ERROR_NO_MORE_DEVICES");
    assert_eq!(VpStatus(5).to_string(), "VP_STATUS 5");
    assert_eq!(mem::size_of::<VpStatus>(), 4);
}
