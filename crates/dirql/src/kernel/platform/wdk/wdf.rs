//! Interrupts of the framework's.

use core::{ffi::c_void, ptr};

use wdk_sys::{
    _WDF_EXECUTION_LEVEL, _WDF_SYNCHRONIZATION_SCOPE, _WDF_TRI_STATE, BOOLEAN,
    PFN_WDF_INTERRUPT_DISABLE, PFN_WDF_INTERRUPT_DPC, PFN_WDF_INTERRUPT_ENABLE,
    PFN_WDF_INTERRUPT_ISR, PFN_WDF_INTERRUPT_SYNCHRONIZE, PFN_WDF_INTERRUPT_WORKITEM,
    PFN_WDF_OBJECT_CONTEXT_CLEANUP, WDF_INTERRUPT_CONFIG, WDF_OBJECT_ATTRIBUTES,
    WDF_OBJECT_CONTEXT_TYPE_INFO, WDFINTERRUPT, WDFWAITLOCK,
};

use crate::call_unsafe_wdf_function_binding;
use crate::kernel::platform::framework::{
    Callbacks, Change, Cleanup, Configuration, ContextType, Following, Handle, Isr, Synchronized,
};

const _: () = {
    assert!(size_of::<ContextType>() == size_of::<WDF_OBJECT_CONTEXT_TYPE_INFO>());
    assert!(
        core::mem::offset_of!(ContextType, context_size)
            == core::mem::offset_of!(WDF_OBJECT_CONTEXT_TYPE_INFO, ContextSize)
    );
};

/// The size of a structure, as the framework's carry it.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the framework's structures have some hundred bytes"
)]
const fn size<T>() -> u32 {
    size_of::<T>() as u32
}

/// Makes an interrupt of a device.
///
/// # Safety
/// The device is live, and this is its `EvtDriverDeviceAdd` or its `EvtDevicePrepareHardware`; the configuration is one of
/// its interrupts'. The callbacks may be called until the interrupt is deleted.
pub(crate) unsafe fn wdf_interrupt_create(
    device: Handle,
    configuration: &Configuration,
    callbacks: &Callbacks,
    kind: &'static ContextType,
) -> Result<Handle, i32> {
    // SAFETY: Both types are pointers to functions of a handle and a number.
    let isr = unsafe { core::mem::transmute::<Isr, PFN_WDF_INTERRUPT_ISR>(callbacks.isr) };
    // SAFETY: Both types are pointers, perhaps null, to functions of two handles.
    let dpc =
        unsafe { core::mem::transmute::<Option<Following>, PFN_WDF_INTERRUPT_DPC>(callbacks.dpc) };
    // SAFETY: As above.
    let work_item = unsafe {
        core::mem::transmute::<Option<Following>, PFN_WDF_INTERRUPT_WORKITEM>(callbacks.work_item)
    };
    // SAFETY: As above; both return a status.
    let enable =
        unsafe { core::mem::transmute::<Change, PFN_WDF_INTERRUPT_ENABLE>(callbacks.enable) };
    // SAFETY: As above.
    let disable =
        unsafe { core::mem::transmute::<Change, PFN_WDF_INTERRUPT_DISABLE>(callbacks.disable) };
    // SAFETY: Both types are pointers to functions of a handle.
    let cleanup = unsafe {
        core::mem::transmute::<Cleanup, PFN_WDF_OBJECT_CONTEXT_CLEANUP>(callbacks.cleanup)
    };
    let [raw, translated] = configuration.descriptors;
    let mut config = WDF_INTERRUPT_CONFIG {
        Size: size::<WDF_INTERRUPT_CONFIG>(),
        SpinLock: configuration.lock.cast(),
        WaitLock: configuration.wait_lock.cast(),
        ShareVector: _WDF_TRI_STATE::WdfUseDefault,
        EvtInterruptIsr: isr,
        EvtInterruptDpc: dpc,
        EvtInterruptWorkItem: work_item,
        EvtInterruptEnable: enable,
        EvtInterruptDisable: disable,
        PassiveHandling: configuration.passive.into(),
        InterruptRaw: raw.cast(),
        InterruptTranslated: translated.cast(),
        ReportInactiveOnPowerDown: if configuration.report_inactive {
            _WDF_TRI_STATE::WdfTrue
        } else {
            _WDF_TRI_STATE::WdfFalse
        },
        ..WDF_INTERRUPT_CONFIG::default()
    };
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        Size: size::<WDF_OBJECT_ATTRIBUTES>(),
        EvtCleanupCallback: cleanup,
        ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelInheritFromParent,
        SynchronizationScope: _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeInheritFromParent,
        ContextTypeInfo: ptr::from_ref(kind).cast(),
        ..WDF_OBJECT_ATTRIBUTES::default()
    };
    let mut interrupt: WDFINTERRUPT = ptr::null_mut();
    // SAFETY: The structures are complete and live through the call; the rest is the caller's promise
    // (nf-wdfinterrupt-wdfinterruptcreate).
    let status = unsafe {
        call_unsafe_wdf_function_binding!(
            WdfInterruptCreate,
            device.cast(),
            &raw mut config,
            &raw mut attributes,
            &raw mut interrupt
        )
    };
    if status < 0 {
        return Err(status);
    }
    Ok(interrupt.cast())
}

/// Makes a wait lock that goes with a device.
///
/// # Safety
/// The device is live; IRQL is `PASSIVE_LEVEL`.
pub(crate) unsafe fn wdf_wait_lock_create(device: Handle) -> Result<Handle, i32> {
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        Size: size::<WDF_OBJECT_ATTRIBUTES>(),
        ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelInheritFromParent,
        SynchronizationScope: _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeInheritFromParent,
        ParentObject: device.cast(),
        ..WDF_OBJECT_ATTRIBUTES::default()
    };
    let mut lock: WDFWAITLOCK = ptr::null_mut();
    // SAFETY: The structure is complete and lives through the call; the rest is the caller's promise
    // (nf-wdfsync-wdfwaitlockcreate).
    let status = unsafe {
        call_unsafe_wdf_function_binding!(WdfWaitLockCreate, &raw mut attributes, &raw mut lock)
    };
    if status < 0 {
        return Err(status);
    }
    Ok(lock.cast())
}

/// The context of an object; null where it has none of this type.
///
/// # Safety
/// The object is live.
pub(crate) unsafe fn wdf_context(object: Handle, kind: &'static ContextType) -> *mut c_void {
    // SAFETY: As the caller promises; any IRQL (nf-wdfobject-wdfobjectgettypedcontext).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfObjectGetTypedContextWorker,
            object.cast(),
            ptr::from_ref(kind).cast()
        )
    }
}

/// Calls a routine under the lock of an interrupt; the raw BOOLEAN.
///
/// # Safety
/// The interrupt is connected until this returns. IRQL <= `DISPATCH_LEVEL`; this activation does not hold the lock. The
/// routine may be called with the context.
pub(crate) unsafe fn wdf_synchronize(
    interrupt: Handle,
    routine: Synchronized,
    context: *mut c_void,
) -> u8 {
    // SAFETY: Both types are pointers to functions of a handle and a context.
    let routine =
        unsafe { core::mem::transmute::<Synchronized, PFN_WDF_INTERRUPT_SYNCHRONIZE>(routine) };
    // SAFETY: As the caller promises (nf-wdfinterrupt-wdfinterruptsynchronize).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfInterruptSynchronize,
            interrupt.cast(),
            routine,
            context
        )
    }
}

/// Queues the DPC of an interrupt; says whether it was in no queue.
///
/// # Safety
/// The interrupt is live and has a DPC.
pub(crate) unsafe fn wdf_queue_dpc(interrupt: Handle) -> bool {
    // SAFETY: As the caller promises; any IRQL (nf-wdfinterrupt-wdfinterruptqueuedpcforisr).
    let queued: BOOLEAN =
        unsafe { call_unsafe_wdf_function_binding!(WdfInterruptQueueDpcForIsr, interrupt.cast()) };
    queued != 0
}

/// Queues the work item of an interrupt, by its DPC where IRQL is above `DISPATCH_LEVEL`; says whether that was in no queue.
///
/// # Safety
/// The interrupt is live and has a work item.
pub(crate) unsafe fn wdf_queue_work_item(interrupt: Handle) -> bool {
    // SAFETY: As the caller promises; any IRQL (nf-wdfinterrupt-wdfinterruptqueueworkitemforisr).
    let queued: BOOLEAN = unsafe {
        call_unsafe_wdf_function_binding!(WdfInterruptQueueWorkItemForIsr, interrupt.cast())
    };
    queued != 0
}

/// Whether NT has an interrupt object for an interrupt: whether it is connected.
///
/// # Safety
/// The interrupt is live.
pub(crate) unsafe fn wdf_has_object(interrupt: Handle) -> bool {
    // SAFETY: As the caller promises (nf-wdfinterrupt-wdfinterruptwdmgetinterrupt).
    let object =
        unsafe { call_unsafe_wdf_function_binding!(WdfInterruptWdmGetInterrupt, interrupt.cast()) };
    !object.is_null()
}

/// Disconnects an interrupt until [`wdf_enable`].
///
/// # Safety
/// The interrupt is live; IRQL is `PASSIVE_LEVEL`; nothing changes the device's power meanwhile, and nothing synchronizes.
pub(crate) unsafe fn wdf_disable(interrupt: Handle) {
    // SAFETY: As the caller promises (nf-wdfinterrupt-wdfinterruptdisable).
    unsafe { call_unsafe_wdf_function_binding!(WdfInterruptDisable, interrupt.cast()) }
}

/// Connects an interrupt that [`wdf_disable`] has disconnected.
///
/// # Safety
/// As for [`wdf_disable`]; the interrupt is not connected, and the device is in D0.
pub(crate) unsafe fn wdf_enable(interrupt: Handle) {
    // SAFETY: As the caller promises (nf-wdfinterrupt-wdfinterruptenable).
    unsafe { call_unsafe_wdf_function_binding!(WdfInterruptEnable, interrupt.cast()) }
}

/// Tells NT whether the device of an interrupt will interrupt.
///
/// # Safety
/// The interrupt is connected until this returns; where it will not, nothing synchronizes with it until it will.
pub(crate) unsafe fn wdf_report(interrupt: Handle, active: bool) {
    if active {
        // SAFETY: As the caller promises (nf-wdfinterrupt-wdfinterruptreportactive).
        unsafe { call_unsafe_wdf_function_binding!(WdfInterruptReportActive, interrupt.cast()) };
    } else {
        // SAFETY: As the caller promises (nf-wdfinterrupt-wdfinterruptreportinactive).
        unsafe { call_unsafe_wdf_function_binding!(WdfInterruptReportInactive, interrupt.cast()) };
    }
}

/// Takes the wait lock of an interrupt that is handled at `PASSIVE_LEVEL`, if it is free; says whether it was.
///
/// # Safety
/// The interrupt is live; IRQL is `PASSIVE_LEVEL`; this thread does not hold the lock.
pub(crate) unsafe fn wdf_try_lock(interrupt: Handle) -> bool {
    // SAFETY: As the caller promises (nf-wdfinterrupt-wdfinterrupttrytoacquirelock).
    let taken: BOOLEAN = unsafe {
        call_unsafe_wdf_function_binding!(WdfInterruptTryToAcquireLock, interrupt.cast())
    };
    taken != 0
}

/// Gives it back.
///
/// # Safety
/// [`wdf_try_lock`] has taken it on this thread; IRQL is `PASSIVE_LEVEL`.
pub(crate) unsafe fn wdf_release_lock(interrupt: Handle) {
    // SAFETY: As the caller promises (nf-wdfinterrupt-wdfinterruptreleaselock).
    unsafe { call_unsafe_wdf_function_binding!(WdfInterruptReleaseLock, interrupt.cast()) }
}
