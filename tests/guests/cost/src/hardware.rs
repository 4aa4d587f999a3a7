//! The two connections to the device's line: one of dirql's and one as C makes it.

use core::{cell::UnsafeCell, ptr};

use dirql::{Connection, DeviceObject, Interrupt, Irql, Passive, PhysicalDevice, Revocable};
use wdk_sys::{
    _IO_CONNECT_INTERRUPT_LINE_BASED_PARAMETERS, _IO_CONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1,
    _IO_DISCONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1, IO_CONNECT_INTERRUPT_PARAMETERS,
    IO_DISCONNECT_INTERRUPT_PARAMETERS, KSPIN_LOCK, NTSTATUS, PKINTERRUPT,
    STATUS_DEVICE_CONFIGURATION_ERROR, STATUS_SUCCESS, ULONG, WDFCMRESLIST, WDFDEVICE,
    call_unsafe_wdf_function_binding,
    ntddk::{IoConnectInterruptEx, IoDisconnectInterruptEx, KeInitializeSpinLock},
};

use crate::{
    c_style::{self, Extension},
    closure::Counter,
};

/// `CONNECT_LINE_BASED` of wdm.h.
const CONNECT_LINE_BASED: ULONG = 2;

/// dirql's connection; there is one device.
pub(crate) static CLOSURE: Revocable<Interrupt<Counter>> = Revocable::new();

/// A variable that the callbacks of plug and play write, which the framework does not run at once.
pub(crate) struct Single<T>(UnsafeCell<T>);

// SAFETY: Written only while no request is served, and only by the PnP callbacks of the one device.
unsafe impl<T> Sync for Single<T> {}

impl<T> Single<T> {
    pub(crate) const fn as_ptr(&self) -> *mut T {
        self.0.get()
    }
}

/// The lock of the C style's connection.
static LOCK: Single<KSPIN_LOCK> = Single(UnsafeCell::new(0));

/// The device extension of the C style.
pub(crate) static EXTENSION: Single<Extension> = Single(UnsafeCell::new(Extension {
    interrupt: ptr::null_mut(),
    counter: 0,
}));

/// The physical device object.
pub(crate) static PHYSICAL: Single<*mut DeviceObject> = Single(UnsafeCell::new(ptr::null_mut()));

/// Where the interrupt object stands in it.
fn interrupt_of_c() -> *mut PKINTERRUPT {
    // SAFETY: The extension is static, so its field may be named.
    unsafe { &raw mut (*EXTENSION.as_ptr()).interrupt }
}

/// Connects both.
///
/// # Safety
///
/// The framework calls it ("nc-wdfdevice-evt_wdf_device_prepare_hardware").
pub(crate) unsafe extern "C" fn prepare(
    device: WDFDEVICE,
    _: WDFCMRESLIST,
    _: WDFCMRESLIST,
) -> NTSTATUS {
    // SAFETY: A PnP callback at PASSIVE_LEVEL, outside of every closure.
    unsafe { dirql::enter::<Passive, _>(|irql| connect(device, irql)) }
}

fn connect(device: WDFDEVICE, irql: &mut Irql<'_, Passive>) -> NTSTATUS {
    // SAFETY: The device is the callback's (nf-wdfdevice-wdfdevicewdmgetphysicaldevice).
    let physical =
        unsafe { call_unsafe_wdf_function_binding!(WdfDeviceWdmGetPhysicalDevice, device) };
    // SAFETY: No request is served yet.
    unsafe { PHYSICAL.as_ptr().write(physical.cast()) };
    let Some(object) = PhysicalDevice::new(physical.cast()) else {
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    };
    // SAFETY: The line is the device's own, and `release` disconnects.
    let connected = unsafe {
        Interrupt::connect(
            irql,
            Connection::LineBased { device: object },
            Counter::new(),
        )
    };
    let Ok(interrupt) = connected else {
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    };
    if CLOSURE.publish(irql, interrupt).is_err() {
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    }

    // SAFETY: The lock is static, and nothing is connected with it (nf-wdm-keinitializespinlock).
    unsafe { KeInitializeSpinLock(LOCK.as_ptr()) };
    let line = _IO_CONNECT_INTERRUPT_LINE_BASED_PARAMETERS {
        PhysicalDeviceObject: physical,
        InterruptObject: interrupt_of_c(),
        ServiceRoutine: Some(c_style::isr),
        ServiceContext: c_style::CONTEXT,
        SpinLock: LOCK.as_ptr(),
        SynchronizeIrql: 0,
        FloatingSave: 0,
    };
    let mut parameters = IO_CONNECT_INTERRUPT_PARAMETERS {
        Version: CONNECT_LINE_BASED,
        __bindgen_anon_1: _IO_CONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1 { LineBased: line },
    };
    // SAFETY: PASSIVE_LEVEL; the parameters, the lock and the variable live long enough
    // (nf-wdm-ioconnectinterruptex).
    unsafe { IoConnectInterruptEx(&raw mut parameters) }
}

/// Disconnects both.
///
/// # Safety
///
/// The framework calls it ("nc-wdfdevice-evt_wdf_device_release_hardware").
pub(crate) unsafe extern "C" fn release(_: WDFDEVICE, _: WDFCMRESLIST) -> NTSTATUS {
    // SAFETY: No request is served any more.
    let connected = unsafe { interrupt_of_c().replace(ptr::null_mut()) };
    if !connected.is_null() {
        let mut parameters = IO_DISCONNECT_INTERRUPT_PARAMETERS {
            Version: CONNECT_LINE_BASED,
            ConnectionContext: _IO_DISCONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1 {
                InterruptObject: connected,
            },
        };
        // SAFETY: PASSIVE_LEVEL, and the version is that of the connect (nf-wdm-iodisconnectinterruptex).
        unsafe { IoDisconnectInterruptEx(&raw mut parameters) };
    }
    // SAFETY: A PnP callback at PASSIVE_LEVEL, outside of every closure.
    unsafe {
        dirql::enter::<Passive, _>(|irql| {
            if let Ok(Some(interrupt)) = CLOSURE.revoke(irql) {
                drop(interrupt.disconnect(irql));
            }
        });
    }
    STATUS_SUCCESS
}
