//! A miniport over the mock port driver: what each priority gives, what the witness says, what is refused.
//!
//! | module | what it shows |
//! |---|---|
//! | [`entry`] | what `DriverEntry` offers, and how the port driver answers; statuses |
//! | [`priorities`] | closures at each priority: what they have, what they exclude, who is turned away |
//! | [`callbacks`] | the port driver's calls: found and found again, requests, children, power, the DPC |

mod callbacks;
mod entry;
mod priorities;

use std::{
    ptr,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use dirql::{Dispatch, Irql, NotRun, Passive, Serviced, mock::irql as level};
use dirql_video::{
    Child, ChildKind, ChildQuery, DISPLAY_ADAPTER_HW_ID, DeviceId, Discovery, Found,
    InterruptContext, Miniport, PowerState, VideoAdapter, VideoRequest, VpStatus, initialize,
    mock::{Adapter, Fired, PortDriver},
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

/// Two numbers that are equal whenever nothing is at work on them.
#[derive(Default)]
struct Twin {
    one: u32,
    other: u32,
}

impl Twin {
    fn step(&mut self) {
        assert_eq!(self.one, self.other, "something else is on the state");
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
