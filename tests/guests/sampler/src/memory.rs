//! The DMA enabler and the common buffers: the queue's, and that of a sample.

use core::ptr;

use guest::{
    status::check,
    structure::{attributes, size},
};
use wdk_sys::{
    _WDF_DMA_PROFILE, DEVPROPKEY, GUID, NTSTATUS, WDF_COMMON_BUFFER_CONFIG,
    WDF_DEVICE_PROPERTY_DATA, WDF_DMA_ENABLER_CONFIG, WDF_OBJECT_ATTRIBUTES, WDFCOMMONBUFFER,
    WDFDEVICE, WDFDMAENABLER, WDFOBJECT, call_unsafe_wdf_function_binding,
};

use crate::{device::Context, protocol::SAMPLE};

/// The alignment of the queue's buffer: two pages, less one.
const TWO_PAGES: u32 = 0x1FFF;
/// The bytes that the queue takes.
const QUEUE: usize = 512;

/// The objects.
pub(crate) struct Memory {
    pub(crate) enabler: WDFDMAENABLER,
    pub(crate) queue: WDFCOMMONBUFFER,
    pub(crate) sample: WDFCOMMONBUFFER,
}

/// Where a common buffer is, for the driver and for the device.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) address: *mut u8,
    pub(crate) bus: u64,
}

impl Memory {
    pub(crate) const NONE: Self = Self {
        enabler: ptr::null_mut(),
        queue: ptr::null_mut(),
        sample: ptr::null_mut(),
    };
}

/// The configuration of an enabler.
fn config(profile: i32, length: usize) -> WDF_DMA_ENABLER_CONFIG {
    WDF_DMA_ENABLER_CONFIG {
        Size: size::<WDF_DMA_ENABLER_CONFIG>(),
        Profile: profile,
        MaximumLength: length,
        ..WDF_DMA_ENABLER_CONFIG::default()
    }
}

fn enabler(
    device: WDFDEVICE,
    config: &mut WDF_DMA_ENABLER_CONFIG,
    attributes: *mut WDF_OBJECT_ATTRIBUTES,
) -> Result<WDFDMAENABLER, NTSTATUS> {
    let mut made = ptr::null_mut();
    // SAFETY: The device is live, and what is handed over lives through the call (nf-wdfdmaenabler-wdfdmaenablercreate).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDmaEnablerCreate,
            device,
            &raw mut *config,
            attributes,
            &raw mut made
        )
    })?;
    Ok(made)
}

fn buffer(
    enabler: WDFDMAENABLER,
    length: usize,
    attributes: *mut WDF_OBJECT_ATTRIBUTES,
) -> Result<WDFCOMMONBUFFER, NTSTATUS> {
    let mut made = ptr::null_mut();
    // SAFETY: The enabler is live, and what is handed over lives through the call
    // (nf-wdfcommonbuffer-wdfcommonbuffercreate).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfCommonBufferCreate,
            enabler,
            length,
            attributes,
            &raw mut made
        )
    })?;
    Ok(made)
}

/// Makes everything, and notes what was refused before.
///
/// # Safety
///
/// This is `EvtDevicePrepareHardware` of the device.
pub(crate) unsafe fn make(device: WDFDEVICE, context: &Context) -> Result<(), NTSTATUS> {
    // SAFETY: This callback alone has the memory.
    let memory = unsafe { &mut *context.memory.get() };
    let duplex = _WDF_DMA_PROFILE::WdfDmaProfileScatterGather64Duplex;
    refuse(device, context, duplex);
    // SAFETY: The device is live (nf-wdfdevice-wdfdevicesetalignmentrequirement).
    unsafe { call_unsafe_wdf_function_binding!(WdfDeviceSetAlignmentRequirement, device, 0x3F) };
    // SAFETY: The device is live (nf-wdfdevice-wdfdevicegetalignmentrequirement).
    let alignment =
        unsafe { call_unsafe_wdf_function_binding!(WdfDeviceGetAlignmentRequirement, device) };
    context.note("alignment", alignment);
    memory.enabler = enabler(device, &mut config(duplex, 0x1000), ptr::null_mut())?;
    let mut aligned = WDF_COMMON_BUFFER_CONFIG {
        Size: size::<WDF_COMMON_BUFFER_CONFIG>(),
        AlignmentRequirement: TWO_PAGES,
    };
    // SAFETY: The enabler is live, and what is handed over lives through the call
    // (nf-wdfcommonbuffer-wdfcommonbuffercreatewithconfig).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfCommonBufferCreateWithConfig,
            memory.enabler,
            QUEUE,
            &raw mut aligned,
            ptr::null_mut(),
            &raw mut memory.queue
        )
    })?;
    let refused =
        |result: Result<WDFCOMMONBUFFER, NTSTATUS>| result.err().unwrap_or(0).cast_unsigned();
    context.note(
        "no-bytes",
        refused(buffer(memory.enabler, 0, ptr::null_mut())),
    );
    let mut with_parent = WDF_OBJECT_ATTRIBUTES {
        ParentObject: device.cast(),
        ..attributes()
    };
    let parent = buffer(memory.enabler, SAMPLE, &raw mut with_parent);
    context.note("parent", refused(parent));
    memory.sample = buffer(memory.enabler, SAMPLE, ptr::null_mut())?;
    // SAFETY: The buffer is live (nf-wdfcommonbuffer-wdfcommonbuffergetlength).
    let length =
        unsafe { call_unsafe_wdf_function_binding!(WdfCommonBufferGetLength, memory.sample) };
    context.note("length", u32::try_from(length).unwrap_or(u32::MAX));
    // SAFETY: The buffer is live.
    let queue = unsafe { place(memory.queue) };
    // SAFETY: As above.
    let sample = unsafe { place(memory.sample) };
    context.note("aligned", u32::from(queue.bus & u64::from(TWO_PAGES) == 0));
    let between = (sample.address as u64).wrapping_sub(queue.address as u64);
    let same = between == sample.bus.wrapping_sub(queue.bus);
    context.note("same-place", u32::from(same));
    Ok(())
}

/// Asks for what KMDF refuses, and notes each status.
fn refuse(device: WDFDEVICE, context: &Context, profile: i32) {
    let tried = |config: &mut WDF_DMA_ENABLER_CONFIG, attributes| {
        let made = enabler(device, config, attributes);
        made.err().unwrap_or(0).cast_unsigned()
    };
    let mut small = config(profile, 0x1000);
    small.Size -= 8;
    context.note("small-config", tried(&mut small, ptr::null_mut()));
    context.note("no-profile", tried(&mut config(0, 0x1000), ptr::null_mut()));
    context.note("no-length", tried(&mut config(profile, 0), ptr::null_mut()));
    // SAFETY: The device is live (nf-wdfdevice-wdfdevicegetdriver).
    let driver = unsafe { call_unsafe_wdf_function_binding!(WdfDeviceGetDriver, device) };
    let mut far = WDF_OBJECT_ATTRIBUTES {
        ParentObject: driver.cast(),
        ..attributes()
    };
    let refused = tried(&mut config(profile, 0x1000), &raw mut far);
    context.note("far-parent", refused);
    context.note("property", property(device).cast_unsigned());
}

/// Asks for the policy by which the device's transfers are remapped, which this machine has not.
fn property(device: WDFDEVICE) -> NTSTATUS {
    let key = DEVPROPKEY {
        fmtid: GUID {
            Data1: 0x83DA_6326,
            Data2: 0x97A6,
            Data3: 0x4088,
            Data4: [0x94, 0x53, 0xA1, 0x92, 0x3F, 0x57, 0x3B, 0x29],
        },
        pid: 18,
    };
    let mut data = WDF_DEVICE_PROPERTY_DATA {
        Size: size::<WDF_DEVICE_PROPERTY_DATA>(),
        PropertyKey: &raw const key,
        ..WDF_DEVICE_PROPERTY_DATA::default()
    };
    let (mut value, mut needed, mut kind) = (0_u32, 0, 0);
    // SAFETY: The device is live, and what is handed over lives through the call
    // (nf-wdfdevice-wdfdevicequerypropertyex).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceQueryPropertyEx,
            device,
            &raw mut data,
            4,
            (&raw mut value).cast(),
            &raw mut needed,
            &raw mut kind
        )
    }
}

/// Where a common buffer is.
///
/// # Safety
///
/// The buffer is live.
pub(crate) unsafe fn place(buffer: WDFCOMMONBUFFER) -> Place {
    // SAFETY: This function's contract (nf-wdfcommonbuffer-wdfcommonbuffergetalignedvirtualaddress).
    let address = unsafe {
        call_unsafe_wdf_function_binding!(WdfCommonBufferGetAlignedVirtualAddress, buffer)
    };
    // SAFETY: This function's contract (nf-wdfcommonbuffer-wdfcommonbuffergetalignedlogicaladdress).
    let bus = unsafe {
        call_unsafe_wdf_function_binding!(WdfCommonBufferGetAlignedLogicalAddress, buffer)
    };
    Place {
        address: address.cast(),
        // SAFETY: Every view of the union holds.
        bus: unsafe { bus.QuadPart }.cast_unsigned(),
    }
}

/// Deletes an object.
///
/// # Safety
///
/// The object is live, and is used no more.
pub(crate) unsafe fn delete(object: WDFOBJECT) {
    // SAFETY: This function's contract (nf-wdfobject-wdfobjectdelete).
    unsafe { call_unsafe_wdf_function_binding!(WdfObjectDelete, object) };
}

/// Deletes the enabler, and with it what is left of the buffers.
///
/// # Safety
///
/// This is `EvtDeviceReleaseHardware`, and the device is done with the memory.
pub(crate) unsafe fn release(context: &Context) {
    // SAFETY: This callback alone has the memory.
    let memory = unsafe { &mut *context.memory.get() };
    if !memory.enabler.is_null() {
        // SAFETY: The enabler is live and used no more.
        unsafe { delete(memory.enabler.cast()) };
    }
    *memory = Memory::NONE;
}
