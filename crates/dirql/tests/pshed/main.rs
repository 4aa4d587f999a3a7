//! A PSHED plug-in: its registration, its callbacks, and the state that it shares with a handler.
//!
//! | module | what it shows |
//! |---|---|
//! | [`registration`] | registering and unregistering: what is refused, what comes back, what is waited for |
//! | [`synchronize`] | a closure on the state of a source: where it runs, what is refused, and who is turned away |
//! | [`sources`] | descriptors: which sources an IRQL masks, and what the getters read |

#[path = "../common/mod.rs"]
mod common;
mod registration;
mod sources;
mod synchronize;

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    thread,
};

use dirql::{
    Dispatch, Irql, NotRun, Passive,
    mock::{self, Whea},
    pshed::{
        AdoptedSource, Areas, Descriptor, ErrorInfoRetrieval, ErrorInjection, ErrorKinds,
        ErrorPacket, ErrorRecord, ErrorSource, ErrorSourceControl, Injection, PshedPlugin, Refusal,
        Registration,
    },
};

/// The number of the source that is the plug-in's own.
const OWN: u32 = 7;
/// The level of its handler.
const LEVEL: u8 = 5;
const NOT_SUPPORTED: i32 = 0xc000_00bb_u32.cast_signed();
const FAILED: i32 = 0xc000_0001_u32.cast_signed();
const TOO_SMALL: i32 = 0xc000_0023_u32.cast_signed();

/// Two numbers that are always equal.
type Pair = (u32, u32);

/// A plug-in of every area that is tested here.
struct Plugin {
    own: ErrorSource<Pair>,
    adopted: Mutex<Option<AdoptedSource>>,
    /// What each synchronize of a control callback came to.
    results: Mutex<Vec<Result<u8, NotRun>>>,
    refused: AtomicU32,
    injected: AtomicU64,
}

impl Plugin {
    fn new() -> Self {
        // SAFETY: The handlers of these tests run at LEVEL.
        let own = unsafe { ErrorSource::new(OWN, (0, 0)).with_callers_at_dispatch() };
        Self {
            own,
            adopted: Mutex::new(None),
            results: Mutex::new(Vec::new()),
            refused: AtomicU32::new(0),
            injected: AtomicU64::new(0),
        }
    }

    fn areas() -> Areas<Self> {
        Areas::none()
            .with_error_info_retrieval()
            .with_error_source_control()
            .with_error_injection()
    }
}

/// Counts both numbers up, and lets others run in between.
fn count_up(pair: &mut Pair) {
    assert_eq!(pair.0, pair.1, "something else is inside");
    pair.0 += 1;
    thread::yield_now();
    pair.1 += 1;
}

impl PshedPlugin for Plugin {}

impl ErrorInfoRetrieval for Plugin {
    fn retrieve(
        &self,
        source: &Descriptor<'_>,
        packet: &mut ErrorPacket<'_>,
    ) -> Result<(), Refusal> {
        assert_eq!(packet.source_id(), source.id());
        if self.own.handle(source, count_up).is_err() {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err(Refusal::NotSupported);
        }
        packet
            .set_pshed_data(b"platform")
            .map_err(|_| Refusal::BufferTooSmall)
    }

    fn finalize(&self, _: &Descriptor<'_>, record: &ErrorRecord<'_>) -> Result<(), Refusal> {
        assert_eq!((record.section_count(), record.severity()), (0, 2));
        assert_eq!(record.section(0), None);
        Ok(())
    }

    fn clear_status(&self, _: &Descriptor<'_>, record: &ErrorRecord<'_>) -> Result<(), Refusal> {
        assert_eq!(record.as_bytes().len(), 128);
        Err(Refusal::NotSupported)
    }
}

impl ErrorSourceControl for Plugin {
    fn set_info(
        &self,
        irql: &mut Irql<'_, Dispatch>,
        source: &Descriptor<'_>,
    ) -> Result<(), Refusal> {
        let result = self
            .own
            .synchronize(irql, source.source(), |_| mock::irql());
        self.results.lock().unwrap().push(result);
        result.map(drop).map_err(|_| Refusal::NotSupported)
    }

    fn enable(&self, _: &mut Irql<'_, Dispatch>, source: &Descriptor<'_>) -> Result<(), Refusal> {
        // SAFETY: The sources of these tests outlive the plug-in, and tests drop what is adopted before
        // they unregister.
        let adopted = unsafe { source.adopt() }.map_err(|_| Refusal::NotSupported)?;
        *self.adopted.lock().unwrap() = Some(adopted);
        Ok(())
    }

    fn disable(&self, _: &mut Irql<'_, Dispatch>, _: &Descriptor<'_>) -> Result<(), Refusal> {
        Err(Refusal::NotSupported)
    }
}

impl ErrorInjection for Plugin {
    fn capabilities(&self, _: &mut Irql<'_, Dispatch>) -> ErrorKinds {
        ErrorKinds::CORRECTABLE
    }

    fn inject(&self, _: &mut Irql<'_, Dispatch>, order: &Injection) -> Result<(), Refusal> {
        let kind = order.kind().ok_or(Refusal::InvalidParameter)?;
        if !ErrorKinds::CORRECTABLE.contains(kind) {
            return Err(Refusal::NotSupported);
        }
        self.injected
            .fetch_add(order.parameters[3], Ordering::Relaxed);
        Ok(())
    }
}

fn register(irql: &mut Irql<'_, Passive>) -> Registration<Plugin> {
    // SAFETY: The tests unregister or drop.
    unsafe { Registration::register(irql, Plugin::new(), &Plugin::areas()) }.expect("registered")
}

/// A corrected machine check of the plug-in's own, by a CMCI.
fn own(whea: &Whea) -> mock::Source {
    whea.add_source(OWN, 1, 1, Some(5), LEVEL)
}
