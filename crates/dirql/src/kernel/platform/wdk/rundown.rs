//! Rundown protection (`ns-wdm-_ex_rundown_ref`).

use core::cell::UnsafeCell;

use wdk_sys::{
    BOOLEAN,
    ntddk::{
        ExAcquireRundownProtection, ExInitializeRundownProtection, ExReInitializeRundownProtection,
        ExReleaseRundownProtection, ExWaitForRundownProtectionRelease,
    },
};

/// `EX_RUNDOWN_REF`: opaque, one pointer wide.
///
/// Its word is a count of accesses, or during a wait a pointer to the waiter (`_EX_RUNDOWN_REF` of wdm.h). So
/// it may be moved as Rust moves values: then nothing borrows it, and so nothing accesses or waits.
#[repr(transparent)]
pub(crate) struct RundownRef(UnsafeCell<usize>);

impl RundownRef {
    /// A reference that no routine has initialised.
    pub(crate) const fn zeroed() -> Self {
        Self(UnsafeCell::new(0))
    }
}

/// Makes a rundown reference grant protection, for the first time.
///
/// # Safety
/// No other call on it is in progress.
pub(crate) unsafe fn rundown_initialize(reference: &RundownRef) {
    // SAFETY: Resident and exclusive to this call (nf-wdm-exinitializerundownprotection).
    unsafe { ExInitializeRundownProtection(reference.0.get().cast()) }
}

/// Makes a rundown reference grant protection again.
///
/// # Safety
/// IRQL <= `APC_LEVEL`; [`rundown_wait`] has returned on it, and nothing else initialises it.
pub(crate) unsafe fn rundown_reinitialize(reference: &RundownRef) {
    // SAFETY: It is run down (nf-wdm-exreinitializerundownprotection).
    unsafe { ExReInitializeRundownProtection(reference.0.get().cast()) }
}

/// Tries to keep the guarded object from being run down.
///
/// # Safety
/// IRQL <= `DISPATCH_LEVEL`; the reference was initialised. A success is released.
pub(crate) unsafe fn rundown_acquire(reference: &RundownRef) -> bool {
    // SAFETY: Initialised, and IRQL as nf-wdm-exacquirerundownprotection asks.
    let granted: BOOLEAN = unsafe { ExAcquireRundownProtection(reference.0.get().cast()) };
    granted != 0
}

/// Undoes one successful [`rundown_acquire`].
///
/// # Safety
/// IRQL <= `DISPATCH_LEVEL`; called once for each success.
pub(crate) unsafe fn rundown_release(reference: &RundownRef) {
    // SAFETY: As the caller promises (nf-wdm-exreleaserundownprotection).
    unsafe { ExReleaseRundownProtection(reference.0.get().cast()) }
}

/// Refuses further protection and waits until what was granted is released.
///
/// # Safety
/// IRQL <= `APC_LEVEL`; the reference was initialised. Never returns if this thread holds protection.
pub(crate) unsafe fn rundown_wait(reference: &RundownRef) {
    // SAFETY: As the caller promises (nf-wdm-exwaitforrundownprotectionrelease).
    unsafe { ExWaitForRundownProtectionRelease(reference.0.get().cast()) }
}
