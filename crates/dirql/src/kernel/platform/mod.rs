//! The one door to NT: every kernel routine that the adapters call, as a plain function.
//!
//! Two back ends can stand behind it. Those of the feature `wdk` are the routines of ntoskrnl, declared by
//! `wdk-sys`; those of the feature `mock` belong to a small mock kernel in the test process. The code above
//! this module is the same for both.
//!
//! The mock takes `std`, and so a build with it is no kernel image, whatever else is on: there the mock is what
//! is called.

mod device_object;
#[cfg(feature = "wdf")]
pub(crate) mod framework;
pub(crate) mod parameters;

#[cfg(feature = "mock")]
pub mod mock;
#[cfg(feature = "wdk")]
#[cfg_attr(
    feature = "mock",
    allow(
        dead_code,
        unused_imports,
        reason = "the mock is called where both are there"
    )
)]
mod wdk;

core::cfg_select! {
    feature = "mock" => { use mock as back_end; }
    feature = "wdk" => { use wdk as back_end; }
}

pub(crate) use back_end::{
    RundownRef, allocate, bugcheck, connect_interrupt, current_irql, delay, disconnect_interrupt,
    enter_critical_region, flush_dpcs, free, initialize_dpc, initialize_spin_lock, insert_dpc,
    leave_critical_region, lower_irql, raise_irql, remove_dpc, report_interrupt_active,
    report_interrupt_inactive, run_on_every_processor, rundown_acquire, rundown_initialize,
    rundown_reinitialize, rundown_release, rundown_wait, synchronize_execution,
};
#[cfg(feature = "pshed")]
pub(crate) use back_end::{
    pshed_is_system_whea_enabled, pshed_register_plugin, pshed_synchronize_execution,
    pshed_unregister_plugin,
};
#[cfg(feature = "wdf")]
pub(crate) use back_end::{
    wdf_context, wdf_disable, wdf_enable, wdf_has_object, wdf_interrupt_create, wdf_queue_dpc,
    wdf_queue_work_item, wdf_release_lock, wdf_report, wdf_synchronize, wdf_try_lock,
    wdf_wait_lock_create,
};
pub use device_object::DeviceObject;

pub(crate) use crate::irql::{DISPATCH_LEVEL, PASSIVE_LEVEL};

/// The alignment that pool memory is sure to have on a 64-bit system (nf-wdm-exallocatepool2).
pub(crate) const POOL_ALIGNMENT: usize = 16;

/// The pool tag of the adapters' allocations: `Dirq`.
#[cfg(any(feature = "pshed", feature = "wdk"))]
pub(crate) const POOL_TAG: u32 = u32::from_le_bytes(*b"Dirq");

/// `APC_LEVEL` in wdm.h: ordinary threads that take no asynchronous procedure call.
pub(crate) const APC_LEVEL: u8 = 1;
/// `HIGH_LEVEL` in wdm.h for AMD64 and ARM64: nothing stands above it.
pub(crate) const HIGH_LEVEL: u8 = 15;

/// Whether an `NTSTATUS` means success or information, as `NT_SUCCESS` has it.
pub(crate) const fn nt_success(status: i32) -> bool {
    status >= 0
}
