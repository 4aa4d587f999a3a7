//! The PSHED plug-in and the error sources that it has seen.
//!
//! An image without the feature `pshed` answers these codes with `INVALID_DEVICE_REQUEST`. Where the plug-in
//! is not registered, what needs it is answered with `NOT_SUPPORTED`.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// How many error sources the plug-in keeps a state for. Others are left to PSHED.
pub const SOURCES_MAX: usize = 8;
/// The `ErrorSourceId` of the driver's own error source, where a parameter makes it add one.
pub const OWN_SOURCE: u32 = 0xD1E5;
/// The sum of the two accounts of a source.
pub const ACCOUNTS_TOTAL: u64 = 1000;
/// The largest number of repetitions of one request.
pub const REPEAT_MAX: u32 = 4096;

/// Why the plug-in is not registered: `failure` of [`PshedReply`].
pub mod failure {
    /// It is registered.
    pub const NONE: u32 = 0;
    /// The platform has no WHEA for the whole system.
    pub const NO_WHEA: u32 = 1;
    /// There was no memory for it.
    pub const NO_MEMORY: u32 = 2;
    /// A parameter names no functional area: the plug-in was not to be registered.
    pub const NOT_WANTED: u32 = 3;
    /// `PshedRegisterPlugin` answered `status`.
    pub const REFUSED: u32 = 4;
    /// Something else.
    pub const OTHER: u32 = 5;
}

/// How often each callback ran, of [`PshedReply`]. 104 bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct Callbacks {
    /// `SetErrorSourceInfo`.
    pub set: u64,
    /// `EnableErrorSource`.
    pub enable: u64,
    /// `DisableErrorSource`.
    pub disable: u64,
    /// `RetrieveErrorInfo`.
    pub retrieve: u64,
    /// `FinalizeErrorRecord`.
    pub finalize: u64,
    /// `ClearErrorStatus`.
    pub clear_status: u64,
    /// `WriteErrorRecord`.
    pub write: u64,
    /// `ReadErrorRecord`.
    pub read: u64,
    /// `ClearErrorRecord`.
    pub clear_record: u64,
    /// `AttemptRecovery`.
    pub recover: u64,
    /// `GetInjectionCapabilities`.
    pub capabilities: u64,
    /// `InjectError`, as WHEA calls it.
    pub inject: u64,
    /// Injections that came by [`crate::code::PSHED_INJECT`].
    pub inject_direct: u64,
}

/// The reply to [`crate::code::PSHED`]. 144 bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct PshedReply {
    /// 1 where the plug-in is registered, else 0.
    pub registered: u32,
    /// Why not: a constant of [`failure`].
    pub failure: u32,
    /// The `NTSTATUS` of [`failure::REFUSED`], else 0.
    pub status: u32,
    /// The functional areas that the plug-in was registered for.
    pub areas: u32,
    /// 1 where sources may be adopted.
    pub adopts: u32,
    /// 1 where a source may be synchronized with from `DISPATCH_LEVEL`.
    pub callers_at_dispatch: u32,
    /// The `NTSTATUS` of adding the driver's own source; 0 also where it was not to be added.
    pub own_source_status: u32,
    /// 1 where the driver's own source was added.
    pub own_source: u32,
    /// Callbacks that were entered above the IRQL that their page allows.
    pub above_level: u64,
    /// How often each callback ran.
    pub callbacks: Callbacks,
}

/// One error source, of [`SourcesReply`]. 72 bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct Source {
    /// `ErrorSourceId`.
    pub id: u32,
    /// `Type`.
    pub kind: i32,
    /// 1 where an IRQL is known to mask its handler.
    pub maskable: u32,
    /// 1 while it is adopted.
    pub adopted: u32,
    /// Callbacks that named it.
    pub seen: u64,
    /// Errors that its handler counted under the claim.
    pub errors: u64,
    /// Errors that found the state claimed, and were left to PSHED.
    pub refused: u64,
    /// Closures that ran.
    pub synchronized: u64,
    /// Closures that did not run.
    pub not_run: u64,
    /// Accesses, of either side, that found the state claimed.
    pub contended: u64,
    /// Accesses, of either side, that found the accounts out of balance.
    pub violations: u64,
}

/// The reply to [`crate::code::PSHED_SOURCES`]. 584 bytes.
///
/// A plug-in that is loaded on demand is registered after the system has configured its sources, so that an
/// empty list is what a machine without errors shows.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct SourcesReply {
    /// How many of the entries are filled.
    pub count: u32,
    /// Always 0.
    pub reserved: u32,
    /// The sources, in the order in which they were seen.
    pub sources: [Source; SOURCES_MAX],
}

/// The request of [`crate::code::PSHED_SYNCHRONIZE`]. 24 bytes.
///
/// # Errors
///
/// `INVALID_PARAMETER` where the caller's IRQL is above 2, the repetition is outside `1..=REPEAT_MAX`, or the
/// reserved field is not 0. `NOT_SUPPORTED` where the plug-in is not registered. `NOT_FOUND` for a source that
/// was not seen. `INVALID_DEVICE_STATE` for one that is not adopted.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct SynchronizeSourceRequest {
    /// `ErrorSourceId`.
    pub source: u32,
    /// The IRQL at which the driver calls the adapter.
    pub caller_irql: u32,
    /// How many times the closure runs, each in a call of its own.
    pub repeat: u32,
    /// Must be 0.
    pub reserved: u32,
    /// How much each closure moves between the accounts.
    pub amount: u64,
}

/// The reply of [`crate::code::PSHED_SYNCHRONIZE`]. 80 bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct SynchronizeSourceReply {
    /// How many repetitions ran.
    pub ran: u32,
    /// How many found the state claimed.
    pub contended: u32,
    /// How many did not run for the caller's IRQL.
    pub above_level: u32,
    /// How many did not run for something else.
    pub not_run: u32,
    /// The BOOLEAN that `PshedSynchronizeExecution` returned last.
    pub raw_boolean: u32,
    /// The IRQL at the last call.
    pub irql_before: u32,
    /// The IRQL inside the last closure that ran.
    pub irql_inside: u32,
    /// The IRQL after the last call.
    pub irql_after: u32,
    /// One account, after the last closure that ran.
    pub left: u64,
    /// The other.
    pub right: u64,
    /// Errors that the source's handler had counted.
    pub errors: u64,
    /// How often a closure of this request found the accounts out of balance.
    pub violations: u64,
    /// Errors of the source that its handler counted while a closure of this request was inside: where
    /// `PshedSynchronizeExecution` excludes the handler, none.
    pub own_inside: u64,
    /// Errors of other sources that were counted meanwhile: their handlers are not excluded.
    pub others_inside: u64,
}

/// The request of [`crate::code::PSHED_INJECT`]. 40 bytes.
///
/// The plug-in is told to inject an error as PSHED would tell it, at `DISPATCH_LEVEL`.
///
/// # Errors
///
/// `NOT_SUPPORTED` where the plug-in is not registered.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct InjectRequest {
    /// `ErrorType`.
    pub error_type: u64,
    /// `Parameter1` to `Parameter4`.
    pub parameters: [u64; 4],
}

/// The reply of [`crate::code::PSHED_INJECT`]. 8 bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct InjectReply {
    /// What the plug-in answered.
    pub status: u32,
    /// Always 0.
    pub reserved: u32,
}

/// The request of [`crate::code::PSHED_ADOPT`]. 8 bytes; no reply.
///
/// # Errors
///
/// `INVALID_PARAMETER` where `adopt` is neither 0 nor 1. `NOT_SUPPORTED` where the plug-in is not registered,
/// a parameter does not let it adopt, or no IRQL is known to mask the source's handler. `NOT_FOUND` for a
/// source that was not seen. `INVALID_DEVICE_STATE` where it is adopted already, or not adopted.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct AdoptRequest {
    /// `ErrorSourceId`.
    pub source: u32,
    /// 1 to adopt it, 0 to let it go.
    pub adopt: u32,
}

const _: () = assert!(size_of::<Callbacks>() == 104);
const _: () = assert!(size_of::<PshedReply>() == 144);
const _: () = assert!(size_of::<Source>() == 72);
const _: () = assert!(size_of::<SourcesReply>() == 8 + 72 * SOURCES_MAX);
const _: () = assert!(size_of::<SynchronizeSourceRequest>() == 24);
const _: () = assert!(size_of::<SynchronizeSourceReply>() == 80);
const _: () = assert!(size_of::<InjectRequest>() == 40);
const _: () = assert!(size_of::<InjectReply>() == 8);
const _: () = assert!(size_of::<AdoptRequest>() == 8);
