//! What a plug-in can take part in: one trait for each functional area.
//!
//! A plug-in implements the traits of the areas that it serves and lists them in [`Areas`](super::Areas),
//! from which the mask follows. No callback gets a token for `PASSIVE_LEVEL`: PSHED enters them at
//! `DISPATCH_LEVEL` or above. Those that may be entered above `DISPATCH_LEVEL` get none, so that
//! [`synchronize`](super::ErrorSource::synchronize) cannot be called there.

use super::{Descriptor, ErrorKinds, ErrorPacket, ErrorRecord, Injection};
use crate::{Dispatch, Irql};

/// Why a callback did not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The source, or the order, is not the plug-in's: `STATUS_NOT_SUPPORTED`.
    ///
    /// A plug-in displaces others in its areas. What it answers with this PSHED goes on serving itself.
    NotSupported,
    /// `STATUS_BUFFER_TOO_SMALL`.
    BufferTooSmall,
    /// There is no such record: `STATUS_OBJECT_NOT_FOUND`.
    NotFound,
    /// `STATUS_INVALID_PARAMETER`.
    InvalidParameter,
    /// `STATUS_UNSUCCESSFUL`.
    Failed,
}

impl Refusal {
    /// The `NTSTATUS` that PSHED is answered with.
    #[must_use]
    pub const fn status(self) -> i32 {
        (match self {
            Self::NotSupported => 0xC000_00BB_u32,
            Self::BufferTooSmall => 0xC000_0023,
            Self::NotFound => 0xC000_0034,
            Self::InvalidParameter => 0xC000_000D,
            Self::Failed => 0xC000_0001,
        })
        .cast_signed()
    }
}

/// A PSHED plug-in: what all its callbacks share, from any processor.
///
/// It implements the traits of its areas besides. State of one source belongs into an
/// [`ErrorSource`](super::ErrorSource).
pub trait PshedPlugin: Send + Sync + 'static {}

/// `PshedFAErrorSourceControl`: how error sources are configured.
///
/// A source that is not the plug-in's is answered with [`Refusal::NotSupported`].
///
/// # IRQL
///
/// At most `DISPATCH_LEVEL`, which is checked at run time in release builds too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no callbacks of the area error source control",
    label = "the area is listed here",
    note = "an area may be listed where its callbacks are: implement `dirql::pshed::ErrorSourceControl`"
)]
pub trait ErrorSourceControl: PshedPlugin {
    /// `SetErrorSourceInfo` (nc-ntddk-pshed_pi_set_error_source_info): the source is to be configured as
    /// its descriptor says.
    ///
    /// # Errors
    ///
    /// Why it was not; [`Refusal::NotSupported`] lets PSHED do it.
    fn set_info(
        &self,
        irql: &mut Irql<'_, Dispatch>,
        source: &Descriptor<'_>,
    ) -> Result<(), Refusal>;

    /// `EnableErrorSource` (nc-ntddk-pshed_pi_enable_error_source).
    ///
    /// # Errors
    ///
    /// As for [`set_info`](Self::set_info).
    fn enable(&self, irql: &mut Irql<'_, Dispatch>, source: &Descriptor<'_>)
    -> Result<(), Refusal>;

    /// `DisableErrorSource` (nc-ntddk-pshed_pi_disable_error_source).
    ///
    /// # Errors
    ///
    /// As for [`set_info`](Self::set_info).
    fn disable(
        &self,
        irql: &mut Irql<'_, Dispatch>,
        source: &Descriptor<'_>,
    ) -> Result<(), Refusal>;
}

/// `PshedFAErrorInfoRetrieval`: what the platform knows of an error.
///
/// # IRQL
///
/// Any, up to `HIGH_LEVEL`: that of the handler. What is called here is allowed there.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no callbacks of the area error information retrieval",
    label = "the area is listed here",
    note = "an area may be listed where its callbacks are: implement `dirql::pshed::ErrorInfoRetrieval`"
)]
pub trait ErrorInfoRetrieval: PshedPlugin {
    /// `RetrieveErrorInfo` (nc-ntddk-pshed_pi_retrieve_error_info), which the page has synchronized with
    /// the handler.
    ///
    /// # Errors
    ///
    /// Why nothing was added; [`Refusal::NotSupported`] for a source that is not the plug-in's.
    fn retrieve(
        &self,
        source: &Descriptor<'_>,
        packet: &mut ErrorPacket<'_>,
    ) -> Result<(), Refusal>;

    /// `FinalizeErrorRecord` (nc-ntddk-pshed_pi_finalize_error_record). The record is the kernel's: it is
    /// looked at and not changed.
    ///
    /// # Errors
    ///
    /// Why it could not be completed.
    fn finalize(&self, source: &Descriptor<'_>, record: &ErrorRecord<'_>) -> Result<(), Refusal>;

    /// `ClearErrorStatus` (nc-ntddk-pshed_pi_clear_error_status).
    ///
    /// # Errors
    ///
    /// Why the status was not cleared.
    fn clear_status(
        &self,
        source: &Descriptor<'_>,
        record: &ErrorRecord<'_>,
    ) -> Result<(), Refusal>;
}

/// A record that was read from the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadRecord {
    /// Its length in bytes.
    pub length: u32,
    /// The number of the next one, zero for none.
    pub next: u64,
}

/// Why no record was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRead {
    /// The buffer is too small; the record has this many bytes.
    TooSmall(u32),
    /// Something else.
    Refused(Refusal),
}

/// `PshedFAErrorRecordPersistence`: records that outlive a boot.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no callbacks of the area error record persistence",
    label = "the area is listed here",
    note = "an area may be listed where its callbacks are: implement `dirql::pshed::ErrorRecordPersistence`"
)]
pub trait ErrorRecordPersistence: PshedPlugin {
    /// `WriteErrorRecord` (nc-ntddk-pshed_pi_write_error_record). With `dummy` nothing is to be written:
    /// the kernel asks whether it could be.
    ///
    /// # IRQL
    ///
    /// Any, up to `HIGH_LEVEL`.
    ///
    /// # Errors
    ///
    /// Why it was not written.
    fn write(&self, dummy: bool, record: &ErrorRecord<'_>) -> Result<(), Refusal>;

    /// `ReadErrorRecord` (nc-ntddk-pshed_pi_read_error_record).
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`, which is checked.
    ///
    /// # Errors
    ///
    /// Why it was not read.
    fn read(
        &self,
        irql: &mut Irql<'_, Dispatch>,
        id: u64,
        into: &mut [u8],
    ) -> Result<ReadRecord, NotRead>;

    /// `ClearErrorRecord` (nc-ntddk-pshed_pi_clear_error_record).
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`, which is checked.
    ///
    /// # Errors
    ///
    /// Why it was not cleared.
    fn clear(&self, irql: &mut Irql<'_, Dispatch>, id: u64) -> Result<(), Refusal>;
}

/// `PshedFAErrorRecovery`: recovering from an error that is not fatal.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no callbacks of the area error recovery",
    label = "the area is listed here",
    note = "an area may be listed where its callbacks are: implement `dirql::pshed::ErrorRecovery`"
)]
pub trait ErrorRecovery: PshedPlugin {
    /// `AttemptRecovery` (nc-ntddk-pshed_pi_attempt_error_recovery).
    ///
    /// # IRQL
    ///
    /// Any, up to `HIGH_LEVEL`.
    ///
    /// # Errors
    ///
    /// Why there was no recovery.
    fn attempt(&self, record: &ErrorRecord<'_>) -> Result<(), Refusal>;
}

/// `PshedFAErrorInjection`: errors on demand.
///
/// # IRQL
///
/// At most `DISPATCH_LEVEL`, which is checked at run time in release builds too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no callbacks of the area error injection",
    label = "the area is listed here",
    note = "an area may be listed where its callbacks are: implement `dirql::pshed::ErrorInjection`"
)]
pub trait ErrorInjection: PshedPlugin {
    /// `GetInjectionCapabilities` (nc-ntddk-pshed_pi_get_injection_capabilities).
    fn capabilities(&self, irql: &mut Irql<'_, Dispatch>) -> ErrorKinds;

    /// `InjectError` (nc-ntddk-pshed_pi_inject_error).
    ///
    /// # Errors
    ///
    /// Why nothing was injected.
    fn inject(&self, irql: &mut Irql<'_, Dispatch>, order: &Injection) -> Result<(), Refusal>;
}

/// `PshedFADiscovery`: the list of error sources. Only a plug-in of version 1, which is never
/// unregistered, can take part.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no callbacks of the area error source discovery",
    label = "the area is listed here",
    note = "an area may be listed where its callbacks are: implement `dirql::pshed::ErrorSourceDiscovery`"
)]
pub trait ErrorSourceDiscovery: PshedPlugin {
    /// `GetAllErrorSources` (nc-ntddk-pshed_pi_get_all_error_sources), which may add to the list.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`, which is checked at run time in release builds too.
    ///
    /// # Errors
    ///
    /// Why the list was not completed. For [`Refusal::BufferTooSmall`] PSHED is told how much room the
    /// descriptors need that were [pushed](super::SourceList::push), and calls again.
    fn discover(
        &self,
        irql: &mut Irql<'_, Dispatch>,
        list: &mut super::SourceList<'_>,
    ) -> Result<(), Refusal>;
}
