//! The device: its context and its queue.

use core::{
    mem::MaybeUninit,
    ptr,
    sync::atomic::{AtomicPtr, AtomicU64},
};

use wdk_sys::{
    _WDF_EXECUTION_LEVEL, _WDF_IO_QUEUE_DISPATCH_TYPE, _WDF_SYNCHRONIZATION_SCOPE, _WDF_TRI_STATE,
    GUID, NTSTATUS, PWDFDEVICE_INIT, ULONG, WDF_IO_QUEUE_CONFIG, WDF_OBJECT_ATTRIBUTES,
    WDF_OBJECT_CONTEXT_TYPE_INFO, WDF_PNPPOWER_EVENT_CALLBACKS, WDFDEVICE, WDFDRIVER,
    call_unsafe_wdf_function_binding,
};

use crate::{
    call,
    deeds::{dpc::Deferred, interrupt::Service, race::Counters},
    event::Event,
    hardware, protocol,
    status::{self, check},
};

/// What every callback of the device reaches.
pub(crate) struct Context {
    /// The mapped registers; null where the device has none.
    pub(crate) registers: AtomicPtr<u32>,
    /// Where they are in physical memory.
    pub(crate) physical: AtomicU64,
    /// What the interrupt service routines work on.
    pub(crate) service: Service,
    /// What threads count with.
    pub(crate) counters: Counters,
    /// What the DPC works on.
    pub(crate) deferred: Deferred,
    /// What nobody sets, for a thread that may not end.
    pub(crate) never: Event,
}

/// The framework's description of the context. Its address is the type's identity.
#[repr(transparent)]
struct ContextType(WDF_OBJECT_CONTEXT_TYPE_INFO);

// SAFETY: The description is constant: the framework and the driver only read it.
unsafe impl Sync for ContextType {}

static CONTEXT: ContextType = ContextType(WDF_OBJECT_CONTEXT_TYPE_INFO {
    Size: size::<WDF_OBJECT_CONTEXT_TYPE_INFO>(),
    ContextName: c"Offender".as_ptr(),
    ContextSize: size_of::<Context>(),
    UniqueType: &raw const CONTEXT.0,
    EvtDriverGetUniqueContextType: None,
});

// Contexts are aligned as pool is, MEMORY_ALLOCATION_ALIGNMENT (wdfobject.h), and are not dropped.
const _: () = assert!(align_of::<Context>() <= 16 && !core::mem::needs_drop::<Context>());

/// The address of that description.
pub(crate) const fn kind() -> *const () {
    (&raw const CONTEXT).cast()
}

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

/// The context of a device.
///
/// # Safety
///
/// `device` is a live device of this driver, [`add`] wrote its context, and it lives until the driver
/// is done with the result.
pub(crate) unsafe fn context(device: WDFDEVICE) -> &'static Context {
    // SAFETY: The device is live by this function's contract.
    let slot = unsafe { slot(device) };
    // SAFETY: `add` wrote the context before anything could call back, and nothing writes it again.
    unsafe { &*slot.cast::<Context>() }
}

/// # Safety
///
/// `device` is a live device of this driver.
unsafe fn slot(device: WDFDEVICE) -> *mut MaybeUninit<Context> {
    // SAFETY: The device was made with a context of this type (nf-wdfobject-wdfobjectgettypedcontext).
    let memory = unsafe {
        call_unsafe_wdf_function_binding!(
            WdfObjectGetTypedContextWorker,
            device.cast(),
            &raw const CONTEXT.0
        )
    };
    memory.cast()
}

/// The GUID of the device interface.
pub(crate) const fn interface() -> GUID {
    let (data1, data2, data3, data4) = protocol::INTERFACE;
    GUID {
        Data1: data1,
        Data2: data2,
        Data3: data3,
        Data4: data4,
    }
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
        EvtDevicePrepareHardware: Some(hardware::prepare),
        EvtDeviceReleaseHardware: Some(hardware::release),
        EvtDeviceD0Entry: Some(hardware::enter),
        EvtDeviceD0Exit: Some(hardware::exit),
        ..WDF_PNPPOWER_EVENT_CALLBACKS::default()
    };
    // SAFETY: `init` is that of EvtDriverDeviceAdd, the callbacks live through the call
    // (nf-wdfdevice-wdfdeviceinitsetpnppowereventcallbacks).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceInitSetPnpPowerEventCallbacks,
            init,
            &raw mut callbacks
        );
    };
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        // Requests are presented at PASSIVE_LEVEL, from which most deeds begin.
        ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive,
        ContextTypeInfo: &raw const CONTEXT.0,
        ..attributes()
    };
    let mut device: WDFDEVICE = ptr::null_mut();
    // SAFETY: `init` is not used afterwards; attributes and result live through the call
    // (nf-wdfdevice-wdfdevicecreate).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceCreate,
            &raw mut init,
            &raw mut attributes,
            &raw mut device,
        )
    })?;
    // SAFETY: The device is live.
    let slot = unsafe { slot(device) };
    let context = Context {
        registers: AtomicPtr::new(ptr::null_mut()),
        physical: AtomicU64::new(0),
        service: Service::new(),
        counters: Counters::new(),
        deferred: Deferred::new(),
        never: Event::uninitialised(),
    };
    // SAFETY: The slot is memory of the context's size and alignment that nobody else knows yet.
    unsafe { slot.write(MaybeUninit::new(context)) };
    // SAFETY: The device is live, and its context was written just now.
    let kept = unsafe { self::context(device) };
    // Where they stay: a lock does not move once it is initialised.
    kept.service.initialise();
    kept.counters.initialise();

    let mut config = WDF_IO_QUEUE_CONFIG {
        Size: size::<WDF_IO_QUEUE_CONFIG>(),
        DispatchType: _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchParallel,
        PowerManaged: _WDF_TRI_STATE::WdfFalse,
        DefaultQueue: 1,
        EvtIoDeviceControl: Some(call::control),
        ..WDF_IO_QUEUE_CONFIG::default()
    };
    config.Settings.Parallel.NumberOfPresentedRequests = ULONG::MAX;
    let mut queue = ptr::null_mut();
    // SAFETY: The device is live, configuration and result live through the call
    // (nf-wdfio-wdfioqueuecreate).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfIoQueueCreate,
            device,
            &raw mut config,
            ptr::null_mut(),
            &raw mut queue,
        )
    })?;
    let interface = interface();
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
