//! The plug-in's callbacks.
//!
//! It takes part to be seen taking part. The driver's own source it serves. Any other it looks at, counts,
//! and answers `STATUS_NOT_SUPPORTED`, so that PSHED goes on serving it.

use core::{
    mem::{MaybeUninit, offset_of},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use dirql::{
    Claimed, Dispatch, Irql, Passive,
    atomics::Field,
    pshed::{
        AREA_ERROR_INFO_RETRIEVAL, AREA_ERROR_INJECTION, AREA_ERROR_RECORD_PERSISTENCE,
        AREA_ERROR_RECOVERY, AREA_ERROR_SOURCE_CONTROL, Areas, Descriptor, ErrorInfoRetrieval,
        ErrorInjection, ErrorKinds, ErrorPacket, ErrorRecord, ErrorRecordPersistence,
        ErrorRecovery, ErrorSourceControl, Injection, NotRead, PluginBlock, PshedPlugin,
        ReadRecord, Refusal, RegisterFailure,
    },
};
use dirql_ioctl::pshed::{Callbacks, OWN_SOURCE};

use super::{parameters::Parameters, sources::Sources};

/// Bytes of the one record that is kept.
const RECORD_MAX: usize = 256;

/// A kept record.
struct Kept {
    id: u64,
    length: usize,
    bytes: [u8; RECORD_MAX],
}

/// Declares the counts of callbacks and their report.
macro_rules! counts {
    ($($name:ident),*) => {
        /// How often each callback ran.
        #[derive(Default)]
        struct Counts { $($name: AtomicU64),* }

        impl Counts {
            /// What is atomic in it.
            const ATOMICS: &[Field] = &dirql::atomic_fields!(Counts: $($name),*);

            fn report(&self) -> Callbacks {
                Callbacks { $($name: self.$name.load(Relaxed)),* }
            }
        }
    };
}

counts! {
    set, enable, disable, retrieve, finalize, clear_status, write, read, clear_record, recover,
    capabilities, inject, inject_direct
}

/// The plug-in.
pub(super) struct Plugin {
    pub(super) sources: Sources,
    pub(super) adopts: bool,
    pub(super) callers_at_dispatch: bool,
    kept: Claimed<Option<Kept>>,
    counts: Counts,
}

/// The areas of a mask; what it names besides is left out.
pub(super) fn areas(mask: u32) -> Areas<Plugin> {
    let mut areas = Areas::none();
    if mask & AREA_ERROR_SOURCE_CONTROL != 0 {
        areas = areas.with_error_source_control();
    }
    if mask & AREA_ERROR_RECORD_PERSISTENCE != 0 {
        areas = areas.with_error_record_persistence();
    }
    if mask & AREA_ERROR_INFO_RETRIEVAL != 0 {
        areas = areas.with_error_info_retrieval();
    }
    if mask & AREA_ERROR_RECOVERY != 0 {
        areas = areas.with_error_recovery();
    }
    if mask & AREA_ERROR_INJECTION != 0 {
        areas = areas.with_error_injection();
    }
    areas
}

impl Plugin {
    /// What is atomic in the plug-in beside its sources, and where it stands.
    pub(super) const ATOMICS: (usize, &[Field]) = (offset_of!(Self, counts), Counts::ATOMICS);

    /// A plug-in in memory of its own: it is too large to be moved over a kernel stack.
    ///
    /// # Errors
    ///
    /// Memory is short.
    pub(super) fn in_place(
        irql: &mut Irql<'_, Passive>,
        parameters: &Parameters,
    ) -> Result<PluginBlock<Self>, RegisterFailure> {
        // SAFETY: `write` fills the place.
        unsafe { PluginBlock::in_place(irql, |place| Self::write(place, parameters)) }
    }

    /// Writes a plug-in, part by part.
    fn write(place: &mut MaybeUninit<Self>, parameters: &Parameters) {
        /// Writes the fields of `$place`, and lets the compiler see that there are no others.
        macro_rules! write {
            ($place:ident: $($field:ident = $value:expr),*) => {{
                $(
                    // SAFETY: The place is that of a plug-in, so its field may be named.
                    let field = unsafe { &raw mut (*$place).$field };
                    // SAFETY: The field is aligned and nothing else's.
                    unsafe { field.write($value) };
                )*
                let _ = |Self { sources: _, $($field: _),* }: Self| ();
            }};
        }
        let plugin = place.as_mut_ptr();
        // SAFETY: The place is that of a plug-in, so its field may be named.
        let sources = unsafe { &raw mut (*plugin).sources };
        // SAFETY: The field is aligned and nothing else's.
        Sources::write(
            unsafe { &mut *sources.cast::<MaybeUninit<Sources>>() },
            parameters.callers_at_dispatch,
        );
        write!(
            plugin: adopts = parameters.adopts,
            callers_at_dispatch = parameters.callers_at_dispatch,
            kept = Claimed::new(None),
            counts = Counts::default()
        );
    }

    /// Lets go of every adopted source.
    pub(super) fn let_go(&self, irql: &mut Irql<'_, Passive>) {
        self.sources.let_go(irql);
    }

    /// How often each callback ran.
    pub(super) fn callbacks(&self) -> Callbacks {
        self.counts.report()
    }

    /// Notes a source that a callback names, and says whether it is the driver's own.
    fn serve(&self, source: &Descriptor<'_>) -> Result<(), Refusal> {
        let _ = self.sources.see(source, self.adopts);
        Self::answer(source)
    }

    /// The driver's own source is served; any other is left to PSHED.
    fn answer(source: &Descriptor<'_>) -> Result<(), Refusal> {
        if source.id() == OWN_SOURCE {
            Ok(())
        } else {
            Err(Refusal::NotSupported)
        }
    }

    /// Injects an error: it is noted, and nothing breaks.
    fn accept(order: &Injection) -> Result<(), Refusal> {
        let kind = order.kind().ok_or(Refusal::InvalidParameter)?;
        if ErrorKinds::CORRECTABLE.contains(kind) {
            Ok(())
        } else {
            Err(Refusal::NotSupported)
        }
    }

    /// Injects an error that did not come through WHEA.
    pub(super) fn inject_directly(
        &self,
        _irql: &mut Irql<'_, Dispatch>,
        order: &Injection,
    ) -> Result<(), Refusal> {
        self.counts.inject_direct.fetch_add(1, Relaxed);
        Self::accept(order)
    }
}

impl PshedPlugin for Plugin {}

impl ErrorSourceControl for Plugin {
    fn set_info(
        &self,
        _irql: &mut Irql<'_, Dispatch>,
        source: &Descriptor<'_>,
    ) -> Result<(), Refusal> {
        self.counts.set.fetch_add(1, Relaxed);
        self.serve(source)
    }

    fn enable(
        &self,
        _irql: &mut Irql<'_, Dispatch>,
        source: &Descriptor<'_>,
    ) -> Result<(), Refusal> {
        self.counts.enable.fetch_add(1, Relaxed);
        self.serve(source)
    }

    fn disable(
        &self,
        _irql: &mut Irql<'_, Dispatch>,
        source: &Descriptor<'_>,
    ) -> Result<(), Refusal> {
        self.counts.disable.fetch_add(1, Relaxed);
        self.serve(source)
    }
}

impl ErrorInfoRetrieval for Plugin {
    fn retrieve(
        &self,
        source: &Descriptor<'_>,
        _packet: &mut ErrorPacket<'_>,
    ) -> Result<(), Refusal> {
        self.counts.retrieve.fetch_add(1, Relaxed);
        if let Some(seen) = self.sources.see(source, false) {
            seen.count_error(source);
        }
        // The packet stays as it is: the platform of an edu device knows nothing of the error.
        Self::answer(source)
    }

    fn finalize(&self, source: &Descriptor<'_>, _record: &ErrorRecord<'_>) -> Result<(), Refusal> {
        self.counts.finalize.fetch_add(1, Relaxed);
        Self::answer(source)
    }

    fn clear_status(
        &self,
        source: &Descriptor<'_>,
        _record: &ErrorRecord<'_>,
    ) -> Result<(), Refusal> {
        self.counts.clear_status.fetch_add(1, Relaxed);
        Self::answer(source)
    }
}

impl ErrorRecordPersistence for Plugin {
    fn write(&self, dummy: bool, record: &ErrorRecord<'_>) -> Result<(), Refusal> {
        self.counts.write.fetch_add(1, Relaxed);
        let from = record.as_bytes();
        if from.len() > RECORD_MAX {
            return Err(Refusal::Failed);
        }
        if dummy {
            return Ok(());
        }
        let written = self.kept.access(|place| {
            let mut bytes = [0; RECORD_MAX];
            for (to, from) in bytes.iter_mut().zip(from) {
                *to = *from;
            }
            *place = Some(Kept {
                id: record.record_id(),
                length: from.len(),
                bytes,
            });
        });
        written.map_err(|_| Refusal::Failed)
    }

    fn read(
        &self,
        _irql: &mut Irql<'_, Dispatch>,
        id: u64,
        into: &mut [u8],
    ) -> Result<ReadRecord, NotRead> {
        self.counts.read.fetch_add(1, Relaxed);
        let read = self.kept.access(|place| match place {
            Some(kept) if kept.id == id => {
                let length = u32::try_from(kept.length).unwrap_or(u32::MAX);
                if into.len() < kept.length {
                    return Err(NotRead::TooSmall(length));
                }
                for (to, from) in into.iter_mut().zip(kept.bytes).take(kept.length) {
                    *to = from;
                }
                Ok(ReadRecord { length, next: 0 })
            }
            _ => Err(NotRead::Refused(Refusal::NotFound)),
        });
        read.unwrap_or(Err(NotRead::Refused(Refusal::Failed)))
    }

    fn clear(&self, _irql: &mut Irql<'_, Dispatch>, id: u64) -> Result<(), Refusal> {
        self.counts.clear_record.fetch_add(1, Relaxed);
        let cleared = self
            .kept
            .access(|place| place.take_if(|kept| kept.id == id).is_some());
        match cleared {
            Ok(true) => Ok(()),
            Ok(false) => Err(Refusal::NotFound),
            Err(_) => Err(Refusal::Failed),
        }
    }
}

impl ErrorRecovery for Plugin {
    fn attempt(&self, _record: &ErrorRecord<'_>) -> Result<(), Refusal> {
        self.counts.recover.fetch_add(1, Relaxed);
        // Nothing here can recover, and who says so wrongly lets a broken system go on.
        Err(Refusal::NotSupported)
    }
}

impl ErrorInjection for Plugin {
    fn capabilities(&self, _irql: &mut Irql<'_, Dispatch>) -> ErrorKinds {
        self.counts.capabilities.fetch_add(1, Relaxed);
        ErrorKinds::CORRECTABLE
    }

    fn inject(&self, _irql: &mut Irql<'_, Dispatch>, order: &Injection) -> Result<(), Refusal> {
        self.counts.inject.fetch_add(1, Relaxed);
        Self::accept(order)
    }
}
