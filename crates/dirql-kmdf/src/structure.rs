//! The framework's structures, as its `_INIT` functions leave them.

use wdk_sys::{
    _WDF_EXECUTION_LEVEL, _WDF_IO_QUEUE_DISPATCH_TYPE, _WDF_SYNCHRONIZATION_SCOPE, _WDF_TRI_STATE,
    GUID, PFN_WDF_IO_QUEUE_IO_DEVICE_CONTROL, ULONG, WDF_IO_QUEUE_CONFIG,
    WDF_IO_QUEUE_DISPATCH_TYPE, WDF_OBJECT_ATTRIBUTES, WDF_PNPPOWER_EVENT_CALLBACKS,
};

/// The size of a structure as the framework's structures carry it.
#[must_use]
pub const fn size<T>() -> ULONG {
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
#[must_use]
pub fn attributes() -> WDF_OBJECT_ATTRIBUTES {
    WDF_OBJECT_ATTRIBUTES {
        Size: size::<WDF_OBJECT_ATTRIBUTES>(),
        ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelInheritFromParent,
        SynchronizationScope: _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeInheritFromParent,
        ..WDF_OBJECT_ATTRIBUTES::default()
    }
}

/// A queue that presents requests so: `WDF_IO_QUEUE_CONFIG_INIT`, but for the power management, which the caller decides.
#[must_use]
pub fn queue(dispatch: WDF_IO_QUEUE_DISPATCH_TYPE) -> WDF_IO_QUEUE_CONFIG {
    let mut config = WDF_IO_QUEUE_CONFIG {
        Size: size::<WDF_IO_QUEUE_CONFIG>(),
        DispatchType: dispatch,
        ..WDF_IO_QUEUE_CONFIG::default()
    };
    if dispatch == _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchParallel {
        // As many at a time as there are.
        config.Settings.Parallel.NumberOfPresentedRequests = ULONG::MAX;
    }
    config
}

/// A power-managed default queue that presents control requests one at a time.
#[must_use]
pub fn of_control_requests(control: PFN_WDF_IO_QUEUE_IO_DEVICE_CONTROL) -> WDF_IO_QUEUE_CONFIG {
    WDF_IO_QUEUE_CONFIG {
        DefaultQueue: 1,
        PowerManaged: _WDF_TRI_STATE::WdfTrue,
        EvtIoDeviceControl: control,
        ..queue(_WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchSequential)
    }
}

/// Callbacks of Plug and Play and of power, none of them set: `WDF_PNPPOWER_EVENT_CALLBACKS_INIT`.
#[must_use]
pub fn power_callbacks() -> WDF_PNPPOWER_EVENT_CALLBACKS {
    WDF_PNPPOWER_EVENT_CALLBACKS {
        Size: size::<WDF_PNPPOWER_EVENT_CALLBACKS>(),
        ..WDF_PNPPOWER_EVENT_CALLBACKS::default()
    }
}

/// A GUID of its four fields.
#[must_use]
pub const fn guid((data1, data2, data3, data4): (u32, u16, u16, [u8; 8])) -> GUID {
    GUID {
        Data1: data1,
        Data2: data2,
        Data3: data3,
        Data4: data4,
    }
}
