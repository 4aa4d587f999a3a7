//! The back end of a driver: ntoskrnl through `wdk-sys`.
//!
//! Each function here is one call. Pointers to our parameter blocks are cast to the types of the bindings,
//! whose sizes are asserted to agree.

mod dpc;
mod layouts;
mod processors;
#[cfg(feature = "pshed")]
mod pshed;
mod rundown;
#[cfg(feature = "wdf")]
mod wdf;

use core::{ffi::c_void, ptr};

use wdk_sys::{
    BOOLEAN, SIZE_T, ULONG_PTR,
    ntddk::{
        ExAllocatePool2, ExFreePoolWithTag, IoConnectInterruptEx, IoDisconnectInterruptEx,
        IoReportInterruptActive, IoReportInterruptInactive, KeBugCheckEx, KeDelayExecutionThread,
        KeEnterCriticalRegion, KeGetCurrentIrql, KeInitializeSpinLock, KeLeaveCriticalRegion,
        KeLowerIrql, KeSynchronizeExecution, KfRaiseIrql,
    },
};

pub(crate) use dpc::{flush_dpcs, initialize_dpc, insert_dpc, remove_dpc};
pub(crate) use processors::run_on_every_processor;
#[cfg(feature = "pshed")]
pub(crate) use pshed::{
    pshed_is_system_whea_enabled, pshed_register_plugin, pshed_synchronize_execution,
    pshed_unregister_plugin,
};
pub(crate) use rundown::{
    RundownRef, rundown_acquire, rundown_initialize, rundown_reinitialize, rundown_release,
    rundown_wait,
};

#[cfg(feature = "wdf")]
pub(crate) use wdf::{
    wdf_context, wdf_disable, wdf_enable, wdf_has_object, wdf_interrupt_create, wdf_queue_dpc,
    wdf_queue_work_item, wdf_release_lock, wdf_report, wdf_synchronize, wdf_try_lock,
    wdf_wait_lock_create,
};

use super::POOL_TAG;
use super::parameters::{ConnectParameters, ConnectedParameters, Kinterrupt, SynchronizeRoutine};

/// `POOL_FLAG_NON_PAGED`: resident, not executable, zeroed.
const POOL_FLAG_NON_PAGED: u64 = 0x40;
/// One millisecond from now, in the 100 ns units of `KeDelayExecutionThread`.
const ONE_MILLISECOND_FROM_NOW: i64 = -10_000;
/// `KernelMode` of `KPROCESSOR_MODE`.
const KERNEL_MODE: i8 = 0;

/// The IRQL of this processor now.
///
/// # IRQL
/// Any.
pub(crate) fn current_irql() -> u8 {
    // SAFETY: Takes nothing, changes nothing, may be called at any IRQL
    // (nf-wdm-kegetcurrentirql).
    unsafe { KeGetCurrentIrql() }
}

/// Raises the IRQL of this processor and returns the old one.
///
/// # Safety
/// `irql` is at least the current IRQL, and the caller lowers it again.
pub(crate) unsafe fn raise_irql(irql: u8) -> u8 {
    // SAFETY: The caller promises that this is not a lowering (nf-wdm-keraiseirql).
    unsafe { KfRaiseIrql(irql) }
}

/// Gives back the IRQL that [`raise_irql`] returned.
///
/// # Safety
/// `irql` came from the latest raise that has not been undone.
pub(crate) unsafe fn lower_irql(irql: u8) {
    // SAFETY: The caller promises that this is the value of the matching raise
    // (nf-wdm-kelowerirql).
    unsafe { KeLowerIrql(irql) }
}

/// Disables normal kernel APCs, so that this thread cannot be suspended.
///
/// # Safety
/// IRQL <= `APC_LEVEL`, and the caller leaves the region again.
pub(crate) unsafe fn enter_critical_region() {
    // SAFETY: IRQL as nf-ntddk-keentercriticalregion asks; paired by the caller.
    unsafe { KeEnterCriticalRegion() }
}

/// Undoes one [`enter_critical_region`].
///
/// # Safety
/// IRQL <= `APC_LEVEL`, on the thread that entered.
pub(crate) unsafe fn leave_critical_region() {
    // SAFETY: Paired by the caller (nf-ntddk-keleavecriticalregion).
    unsafe { KeLeaveCriticalRegion() }
}

/// Lets other threads run for a millisecond.
///
/// # Safety
/// IRQL is `PASSIVE_LEVEL` and no lock is held.
pub(crate) unsafe fn delay() {
    let mut interval = ONE_MILLISECOND_FROM_NOW;
    // SAFETY: IRQL as nf-wdm-kedelayexecutionthread asks; the interval is a LARGE_INTEGER in layout
    // and outlives the call. A wait that is not alertable ends only by its time, so the status
    // carries nothing.
    let _ = unsafe { KeDelayExecutionThread(KERNEL_MODE, 0, (&raw mut interval).cast()) };
}

/// Non-paged memory aligned to 16 bytes, or null.
///
/// # Safety
/// IRQL <= `DISPATCH_LEVEL`; `size` is not zero.
pub(crate) unsafe fn allocate(size: usize) -> *mut u8 {
    // SAFETY: IRQL and size as nf-wdm-exallocatepool2 asks; without RAISE_ON_FAILURE it answers null.
    unsafe { ExAllocatePool2(POOL_FLAG_NON_PAGED, size as SIZE_T, POOL_TAG) }.cast()
}

/// Gives back what [`allocate`] returned.
///
/// # Safety
/// IRQL <= `DISPATCH_LEVEL`; the memory came from [`allocate`] with this size and is not used again.
pub(crate) unsafe fn free(memory: *mut u8, _size: usize) {
    // SAFETY: The memory carries this tag and is not used again (nf-wdm-exfreepoolwithtag).
    unsafe { ExFreePoolWithTag(memory.cast(), POOL_TAG) }
}

/// Makes a word a free spin lock.
///
/// # Safety
/// `lock` is a word in resident memory that nothing else uses meanwhile.
pub(crate) unsafe fn initialize_spin_lock(lock: *mut usize) {
    // SAFETY: A KSPIN_LOCK in layout, resident and exclusive as the caller promises; any IRQL
    // (nf-wdm-keinitializespinlock).
    unsafe { KeInitializeSpinLock(lock.cast()) }
}

/// Connects an interrupt and returns the `NTSTATUS`.
///
/// # Safety
/// IRQL is `PASSIVE_LEVEL`; the block is filled as its version asks, and everything it points to
/// lives until the interrupt is disconnected or the call has failed.
pub(crate) unsafe fn connect_interrupt(parameters: &mut ConnectParameters) -> i32 {
    // SAFETY: The layout is asserted above; the contents are the caller's promise
    // (nf-wdm-ioconnectinterruptex).
    unsafe { IoConnectInterruptEx(ptr::from_mut(parameters).cast()) }
}

/// Disconnects an interrupt.
///
/// # Safety
/// IRQL is `PASSIVE_LEVEL`; version and connection came from one successful connect and are not used
/// again.
pub(crate) unsafe fn disconnect_interrupt(parameters: &mut ConnectedParameters) {
    // SAFETY: As the caller promises (nf-iointex-wdmlibiodisconnectinterruptex).
    unsafe { IoDisconnectInterruptEx(ptr::from_mut(parameters).cast()) }
}

/// Lets NT call the routine of a connected interrupt again.
///
/// # Safety
/// IRQL <= `DISPATCH_LEVEL`; version and connection are those of a connected interrupt.
pub(crate) unsafe fn report_interrupt_active(parameters: &mut ConnectedParameters) {
    // SAFETY: As the caller promises (nf-wdm-ioreportinterruptactive).
    unsafe { IoReportInterruptActive(ptr::from_mut(parameters).cast()) }
}

/// Tells NT that a connected interrupt will not fire.
///
/// # Safety
/// As for [`report_interrupt_active`].
pub(crate) unsafe fn report_interrupt_inactive(parameters: &mut ConnectedParameters) {
    // SAFETY: As the caller promises (nf-wdm-ioreportinterruptinactive).
    unsafe { IoReportInterruptInactive(ptr::from_mut(parameters).cast()) }
}

/// Calls `routine` with the lock of `interrupt` held and returns the raw BOOLEAN.
///
/// # Safety
/// The interrupt is connected; IRQL is at most its `SynchronizeIrql`; its lock is not held by this
/// processor; `routine` may be called with `context` until this returns.
#[inline]
pub(crate) unsafe fn synchronize_execution(
    interrupt: *mut Kinterrupt,
    routine: SynchronizeRoutine,
    context: *mut c_void,
) -> u8 {
    // SAFETY: As the caller promises (nf-wdm-kesynchronizeexecution).
    let raw: BOOLEAN = unsafe { KeSynchronizeExecution(interrupt.cast(), Some(routine), context) };
    raw
}

/// Stops the machine.
pub(crate) fn bugcheck(code: u32, parameters: [usize; 4]) -> ! {
    let [first, second, third, fourth] = parameters.map(|parameter| parameter as ULONG_PTR);
    // SAFETY: Any IRQL, any parameters (nf-wdm-kebugcheckex).
    unsafe { KeBugCheckEx(code, first, second, third, fourth) }
}
