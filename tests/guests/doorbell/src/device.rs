//! The device: its context, and the framework objects that belong to it.

use core::{mem::MaybeUninit, ptr};

use wdk_sys::{
    _WDF_EXECUTION_LEVEL, _WDF_IO_QUEUE_DISPATCH_TYPE, _WDF_REQUEST_TYPE,
    _WDF_SYNCHRONIZATION_SCOPE, _WDF_TRI_STATE, GUID, NTSTATUS, PWDFDEVICE_INIT, ULONG,
    WDF_DPC_CONFIG, WDF_IO_QUEUE_CONFIG, WDF_OBJECT_ATTRIBUTES, WDF_OBJECT_CONTEXT_TYPE_INFO,
    WDF_PNPPOWER_EVENT_CALLBACKS, WDF_TIMER_CONFIG, WDFDEVICE, WDFDPC, WDFDRIVER, WDFOBJECT,
    WDFQUEUE, WDFTIMER, call_unsafe_wdf_function_binding,
};

use crate::{bell::Bell, control, listeners, lock::Locked, protocol, ring, status, transfer};

/// What every callback of the device reaches.
pub(crate) struct Context {
    pub(crate) bell: Locked<Bell>,
    /// Answers the reader.
    pub(crate) dpc: WDFDPC,
    /// Rings later.
    pub(crate) timer: WDFTIMER,
    /// Where IOCTLs wait for a ring.
    pub(crate) listeners: WDFQUEUE,
}

/// The framework's description of the context. Its address is the type's identity.
#[repr(transparent)]
struct ContextType(WDF_OBJECT_CONTEXT_TYPE_INFO);

// SAFETY: The description is constant: the framework and the driver only read it.
unsafe impl Sync for ContextType {}

static CONTEXT: ContextType = ContextType(WDF_OBJECT_CONTEXT_TYPE_INFO {
    Size: size::<WDF_OBJECT_CONTEXT_TYPE_INFO>(),
    ContextName: c"Doorbell".as_ptr(),
    ContextSize: size_of::<Context>(),
    UniqueType: &raw const CONTEXT.0,
    EvtDriverGetUniqueContextType: None,
});

// Contexts are aligned as pool is, MEMORY_ALLOCATION_ALIGNMENT (wdfobject.h), and are not dropped.
const _: () = assert!(align_of::<Context>() <= 16 && !core::mem::needs_drop::<Context>());

/// The size of a structure as the framework's structures carry it.
pub(crate) const fn size<T>() -> ULONG {
    const { assert!(size_of::<T>() <= 0xFFFF) };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the assertion above bounds the size"
    )]
    {
        size_of::<T>() as ULONG
    }
}

/// Attributes that leave everything to the parent object: `WDF_OBJECT_ATTRIBUTES_INIT`.
pub(crate) fn attributes() -> WDF_OBJECT_ATTRIBUTES {
    WDF_OBJECT_ATTRIBUTES {
        Size: size::<WDF_OBJECT_ATTRIBUTES>(),
        ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelInheritFromParent,
        SynchronizationScope: _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeInheritFromParent,
        ..WDF_OBJECT_ATTRIBUTES::default()
    }
}

/// The context of a device that [`add`] has finished.
///
/// # Safety
///
/// `device` is a live device of this driver, `add` wrote its context, and it outlives `'a`.
pub(crate) unsafe fn context<'a>(device: WDFOBJECT) -> &'a Context {
    // SAFETY: The device is live by this function's contract (nf-wdfobject-wdfobjectgettypedcontext).
    let context = unsafe { slot(device) };
    // SAFETY: `add` wrote the context before anything could call back, and nothing writes it again.
    unsafe { &*context.cast::<Context>() }
}

/// The context of the device that owns `queue`.
///
/// # Safety
///
/// `queue` is a live queue of a device of this driver, and outlives `'a`.
pub(crate) unsafe fn of_queue<'a>(queue: WDFQUEUE) -> &'a Context {
    // SAFETY: The queue is live by this function's contract (nf-wdfio-wdfioqueuegetdevice).
    let device = unsafe { call_unsafe_wdf_function_binding!(WdfIoQueueGetDevice, queue) };
    // SAFETY: A queue's device outlives it; queues are made after the context is written.
    unsafe { context(device.cast()) }
}

/// The memory of a device's context.
///
/// # Safety
///
/// `device` is a live device of this driver.
unsafe fn slot(device: WDFOBJECT) -> *mut MaybeUninit<Context> {
    // SAFETY: The device was made with a context of this type (nf-wdfobject-wdfobjectgettypedcontext).
    let memory = unsafe {
        call_unsafe_wdf_function_binding!(
            WdfObjectGetTypedContextWorker,
            device,
            &raw const CONTEXT.0
        )
    };
    memory.cast()
}

/// Adds a device.
///
/// # Safety
///
/// The framework calls it, at `PASSIVE_LEVEL` ("nc-wdfdriver-evt_wdf_driver_device_add").
pub(crate) unsafe extern "C" fn add(_: WDFDRIVER, init: PWDFDEVICE_INIT) -> NTSTATUS {
    // SAFETY: `init` is that of this call.
    match unsafe { try_add(init) } {
        Ok(()) => status::SUCCESS,
        // The framework deletes the device, and with it everything that was made for it.
        Err(outcome) => outcome,
    }
}

/// # Safety
///
/// As [`add`].
unsafe fn try_add(mut init: PWDFDEVICE_INIT) -> Result<(), NTSTATUS> {
    let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS {
        Size: size::<WDF_PNPPOWER_EVENT_CALLBACKS>(),
        EvtDeviceSurpriseRemoval: Some(listeners::gone),
        ..WDF_PNPPOWER_EVENT_CALLBACKS::default()
    };
    // SAFETY: `init` is that of EvtDriverDeviceAdd, and the framework copies the structure
    // (nf-wdfdevice-wdfdeviceinitsetpnppowereventcallbacks).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceInitSetPnpPowerEventCallbacks,
            init,
            &raw mut callbacks
        );
    };
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        ContextTypeInfo: &raw const CONTEXT.0,
        ..attributes()
    };
    let mut device: WDFDEVICE = ptr::null_mut();
    // SAFETY: `init` is that of EvtDriverDeviceAdd and not used afterwards; the attributes and the
    // results live through the call (nf-wdfdevice-wdfdevicecreate).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceCreate,
            &raw mut init,
            &raw mut attributes,
            &raw mut device,
        )
    })?;

    // SAFETY: The device is live, and outlives what it is the parent of.
    let bell = unsafe { Locked::new(device.cast(), Bell::new()) }?;
    // SAFETY: The device is live.
    let dpc = unsafe { create_dpc(device) }?;
    // SAFETY: The device is live.
    let timer = unsafe { create_timer(device) }?;
    let mut manual = WDF_IO_QUEUE_CONFIG {
        Size: size::<WDF_IO_QUEUE_CONFIG>(),
        DispatchType: _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchManual,
        PowerManaged: _WDF_TRI_STATE::WdfFalse,
        EvtIoCanceledOnQueue: Some(listeners::left),
        ..WDF_IO_QUEUE_CONFIG::default()
    };
    // SAFETY: The device is live. Nothing is in the queue before the driver puts it there.
    let listeners = unsafe { create_queue(device, &mut manual) }?;
    let context = Context {
        bell,
        dpc,
        timer,
        listeners,
    };
    // SAFETY: The device is live.
    let slot = unsafe { slot(device.cast()) };
    // SAFETY: The slot is memory of the context's size and alignment that nobody else knows yet: the
    // queues that requests come in by, which lead to everything else, do not exist.
    unsafe { slot.write(MaybeUninit::new(context)) };

    // SAFETY: The device is live and its context is written.
    unsafe { create_queues(device) }?;
    let (data1, data2, data3, data4) = protocol::INTERFACE;
    let interface = GUID {
        Data1: data1,
        Data2: data2,
        Data3: data3,
        Data4: data4,
    };
    // SAFETY: The device is live, the GUID lives through the call, and no reference string is given
    // (nf-wdfdevice-wdfdevicecreatedeviceinterface).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceCreateDeviceInterface,
            device,
            &raw const interface,
            ptr::null(),
        )
    })
}

/// # Safety
///
/// `device` is a live device.
unsafe fn create_dpc(device: WDFDEVICE) -> Result<WDFDPC, NTSTATUS> {
    let mut config = WDF_DPC_CONFIG {
        Size: size::<WDF_DPC_CONFIG>(),
        EvtDpcFunc: Some(ring::answer),
        ..WDF_DPC_CONFIG::default()
    };
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        ParentObject: device.cast(),
        ..attributes()
    };
    let mut dpc = ptr::null_mut();
    // SAFETY: Configuration, attributes and result live through the call, and the parent is a device
    // (nf-wdfdpc-wdfdpccreate).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDpcCreate,
            &raw mut config,
            &raw mut attributes,
            &raw mut dpc,
        )
    })?;
    Ok(dpc)
}

/// # Safety
///
/// `device` is a live device.
unsafe fn create_timer(device: WDFDEVICE) -> Result<WDFTIMER, NTSTATUS> {
    let mut config = WDF_TIMER_CONFIG {
        Size: size::<WDF_TIMER_CONFIG>(),
        EvtTimerFunc: Some(ring::expired),
        ..WDF_TIMER_CONFIG::default()
    };
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        ParentObject: device.cast(),
        ..attributes()
    };
    let mut timer = ptr::null_mut();
    // SAFETY: As for the DPC (nf-wdftimer-wdftimercreate).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfTimerCreate,
            &raw mut config,
            &raw mut attributes,
            &raw mut timer,
        )
    })?;
    Ok(timer)
}

/// # Safety
///
/// `device` is a live device whose context is written.
unsafe fn create_queues(device: WDFDEVICE) -> Result<(), NTSTATUS> {
    let mut transfers = WDF_IO_QUEUE_CONFIG {
        Size: size::<WDF_IO_QUEUE_CONFIG>(),
        DispatchType: _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchSequential,
        // There is no hardware whose power would matter.
        PowerManaged: _WDF_TRI_STATE::WdfFalse,
        DefaultQueue: 1,
        EvtIoRead: Some(transfer::read),
        EvtIoWrite: Some(transfer::write),
        ..WDF_IO_QUEUE_CONFIG::default()
    };
    // SAFETY: The device is live by this function's contract.
    unsafe { create_queue(device, &mut transfers) }?;

    let mut controls = WDF_IO_QUEUE_CONFIG {
        Size: size::<WDF_IO_QUEUE_CONFIG>(),
        DispatchType: _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchParallel,
        PowerManaged: _WDF_TRI_STATE::WdfFalse,
        EvtIoDeviceControl: Some(control::control),
        ..WDF_IO_QUEUE_CONFIG::default()
    };
    controls.Settings.Parallel.NumberOfPresentedRequests = ULONG::MAX;
    // SAFETY: The device is live by this function's contract.
    let queue = unsafe { create_queue(device, &mut controls) }?;
    // SAFETY: The queue is one of this device's and no request type was assigned yet
    // (nf-wdfdevice-wdfdeviceconfigurerequestdispatching).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceConfigureRequestDispatching,
            device,
            queue,
            _WDF_REQUEST_TYPE::WdfRequestTypeDeviceControl,
        )
    })
}

/// # Safety
///
/// `device` is a live device, and the callbacks of `config` are the framework's to call.
unsafe fn create_queue(
    device: WDFDEVICE,
    config: &mut WDF_IO_QUEUE_CONFIG,
) -> Result<WDFQUEUE, NTSTATUS> {
    let mut queue = ptr::null_mut();
    // SAFETY: The device is live, configuration and result live through the call
    // (nf-wdfio-wdfioqueuecreate).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfIoQueueCreate,
            device,
            &raw mut *config,
            ptr::null_mut(),
            &raw mut queue,
        )
    })?;
    Ok(queue)
}

fn check(outcome: NTSTATUS) -> Result<(), NTSTATUS> {
    if status::succeeded(outcome) {
        Ok(())
    } else {
        Err(outcome)
    }
}
