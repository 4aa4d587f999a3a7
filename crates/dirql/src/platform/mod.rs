//! The one door to NT: every kernel routine that the adapters call, as a plain function.
//!
//! Two back ends stand behind it. With the feature `wdk` the routines are those of ntoskrnl, declared
//! by `wdk-sys`; without it they belong to a small mock kernel in the test process. The code above
//! this module is the same for both. With the feature `miniport` there is no such door at all.

#[cfg(not(feature = "miniport"))]
pub(crate) mod parameters;

#[cfg(not(any(feature = "wdk", feature = "miniport")))]
pub mod mock;
#[cfg(not(any(feature = "wdk", feature = "miniport")))]
use mock as back_end;

#[cfg(feature = "wdk")]
mod wdk;
#[cfg(feature = "wdk")]
use wdk as back_end;

#[cfg(not(feature = "miniport"))]
pub use back_end::DeviceObject;
#[cfg(not(feature = "miniport"))]
pub(crate) use back_end::{
    RundownRef, allocate, bugcheck, connect_interrupt, current_irql, delay, disconnect_interrupt,
    enter_critical_region, free, initialize_spin_lock, leave_critical_region, lower_irql,
    raise_irql, report_interrupt_active, report_interrupt_inactive, run_on_every_processor,
    rundown_acquire, rundown_initialize, rundown_reinitialize, rundown_release, rundown_wait,
    synchronize_execution,
};
#[cfg(all(
    not(feature = "miniport"),
    any(feature = "pshed", not(feature = "wdk"))
))]
pub(crate) use back_end::{
    pshed_is_system_whea_enabled, pshed_register_plugin, pshed_synchronize_execution,
    pshed_unregister_plugin,
};

/// The pool tag of the adapters' allocations: `Dirq`.
#[cfg(not(feature = "miniport"))]
pub(crate) const POOL_TAG: u32 = u32::from_le_bytes(*b"Dirq");

/// `PASSIVE_LEVEL` in wdm.h: ordinary threads.
pub(crate) const PASSIVE_LEVEL: u8 = 0;
/// `APC_LEVEL` in wdm.h: ordinary threads that take no asynchronous procedure call.
#[cfg(not(feature = "miniport"))]
pub(crate) const APC_LEVEL: u8 = 1;
/// `DISPATCH_LEVEL` in wdm.h: the dispatcher and DPCs. Device interrupts stand above it.
pub(crate) const DISPATCH_LEVEL: u8 = 2;
/// `HIGH_LEVEL` in wdm.h for AMD64 and ARM64: nothing stands above it.
#[cfg(not(feature = "miniport"))]
pub(crate) const HIGH_LEVEL: u8 = 15;

/// Whether an `NTSTATUS` means success or information, as `NT_SUCCESS` has it.
#[cfg(not(feature = "miniport"))]
pub(crate) const fn nt_success(status: i32) -> bool {
    status >= 0
}
