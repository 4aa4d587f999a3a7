//! The driver's events, for those that listen (docs/windows.md says how).
//!
//! `TraceLogging` events describe themselves: a viewer needs no manifest. Where nothing listens, an event costs a load
//! and a branch; what is told often is written out of the way of those who tell it. Every event is written by a thread
//! or by the DPC, never under the interrupt lock: ETW allows any IRQL (nf-wdm-etwwritetransfer), but what runs at DIRQL
//! is to be short. What the service routine has to tell, the DPC tells.

use dirql::{Irql, Passive};
use dirql_ioctl::synchronize::SynchronizeReply;
use dirql_trace::{Level, Provider, define_provider, write_event};
use wdk_sys::NTSTATUS;

use crate::ledger::Collected;

define_provider!(PROVIDER, "Dirql.Driver");

/// The provider, for the table of what is atomic.
pub(crate) const fn provider() -> &'static Provider {
    &PROVIDER
}

/// Loading and unloading, start and stop, and the interrupt's connection.
const LIFE: u64 = 1;
/// What the DPC finds.
const INTERRUPTS: u64 = 2;
/// Synchronize requests.
const SYNCHRONIZE: u64 = 4;
/// The PSHED plug-in.
#[cfg(feature = "pshed")]
const PLUGIN: u64 = 8;
/// Requests of any kind.
const REQUESTS: u64 = 16;

/// Registers the provider, first of all in `DriverEntry`. Without it the driver works and is silent.
pub(crate) fn start(irql: &mut Irql<'_, Passive>) {
    // SAFETY: The provider is not registered, for DriverEntry runs once, and nothing writes to it yet. `stop` unregisters
    // it before the image is unloaded: where DriverEntry fails, and else in EvtDriverUnload.
    if unsafe { PROVIDER.register(irql) }.is_ok() {
        write_event!(
            PROVIDER,
            "Load",
            level(Informational),
            keyword(LIFE),
            str8("Version", env!("CARGO_PKG_VERSION"))
        );
    }
}

/// Unregisters the provider. Nothing of the driver runs any more.
pub(crate) fn stop(irql: &mut Irql<'_, Passive>) {
    write_event!(PROVIDER, "Unload", level(Informational), keyword(LIFE));
    PROVIDER.unregister(irql);
}

/// A device has been started, or has not.
pub(crate) fn started(status: NTSTATUS) {
    write_event!(
        PROVIDER,
        "Start",
        level(Informational),
        keyword(LIFE),
        win_ntstatus("Status", &status)
    );
    error("Start", status);
}

/// A device has been stopped.
pub(crate) fn stopped() {
    write_event!(PROVIDER, "Stop", level(Informational), keyword(LIFE));
}

/// The interrupt has been connected, and how many times by now, or has not.
pub(crate) fn connected(kind: u32, outcome: Result<u32, NTSTATUS>) {
    let (generation, status) = match outcome {
        Ok(generation) => (generation, wdk_sys::STATUS_SUCCESS),
        Err(status) => (0, status),
    };
    write_event!(
        PROVIDER,
        "Connect",
        level(Informational),
        keyword(LIFE),
        u32("Kind", &kind),
        u32("Generation", &generation),
        win_ntstatus("Status", &status)
    );
    error("Connect", status);
}

/// The DPC has looked: these interrupts have come since it looked last.
pub(crate) fn interrupts(collected: &Collected) {
    #[cold]
    #[inline(never)]
    fn write(collected: &Collected) {
        write_event!(
            PROVIDER,
            "Interrupts",
            level(Verbose),
            keyword(INTERRUPTS),
            u64("Count", &collected.batch),
            u64("Newest", &collected.newest.sequence),
            u32_hex("NewestCauses", &collected.newest.causes),
            bool8("Undrained", &collected.undrained)
        );
    }
    if PROVIDER.enabled(Level::Verbose, INTERRUPTS) {
        write(collected);
    }
}

/// A synchronize request has been served.
pub(crate) fn synchronized(operation: u32, caller_irql: u32, reply: &SynchronizeReply) {
    #[cold]
    #[inline(never)]
    fn write(operation: u32, caller_irql: u32, reply: &SynchronizeReply) {
        write_event!(
            PROVIDER,
            "Synchronize",
            level(Verbose),
            keyword(SYNCHRONIZE),
            u32("Operation", &operation),
            u32("CallerIrql", &caller_irql),
            u32("Ran", &reply.ran),
            u32("NotRun", &reply.not_run),
            u64("CyclesWaited", &reply.cycles_waited),
            u64("CyclesInside", &reply.cycles_inside)
        );
    }
    if PROVIDER.enabled(Level::Verbose, SYNCHRONIZE) {
        write(operation, caller_irql, reply);
    }
}

/// The plug-in has been registered, or has not: a constant of `dirql_ioctl::pshed::failure`, and NT's status.
#[cfg(feature = "pshed")]
pub(crate) fn plugin(failure: u32, status: u32) {
    let status = status.cast_signed();
    write_event!(
        PROVIDER,
        "Plugin",
        level(Informational),
        keyword(PLUGIN),
        u32("Failure", &failure),
        win_ntstatus("Status", &status)
    );
    error("Plugin", status);
}

/// The plug-in has been unregistered.
#[cfg(feature = "pshed")]
pub(crate) fn plugin_gone() {
    write_event!(
        PROVIDER,
        "PluginGone",
        level(Informational),
        keyword(PLUGIN)
    );
}

/// A request has arrived.
pub(crate) fn arrived(code: u32, input_length: usize, output_length: usize) {
    #[cold]
    #[inline(never)]
    fn write(code: u32, input_length: usize, output_length: usize) {
        write_event!(
            PROVIDER,
            "Request",
            level(Verbose),
            keyword(REQUESTS),
            u32_hex("Code", &code),
            usize("InputLength", &input_length),
            usize("OutputLength", &output_length)
        );
    }
    if PROVIDER.enabled(Level::Verbose, REQUESTS) {
        write(code, input_length, output_length);
    }
}

/// A request is completed with an error.
pub(crate) fn refused(status: NTSTATUS) {
    write_event!(
        PROVIDER,
        "Refuse",
        level(Warning),
        keyword(REQUESTS),
        win_ntstatus("Status", &status)
    );
}

/// Something has failed that ought not to; a status of success is no error.
pub(crate) fn error(place: &str, status: NTSTATUS) {
    if status < 0 {
        write_event!(
            PROVIDER,
            "Error",
            level(Error),
            keyword(LIFE | INTERRUPTS | SYNCHRONIZE | REQUESTS),
            str8("Where", place),
            win_ntstatus("Status", &status)
        );
    }
}
