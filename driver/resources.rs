//! The device's resources: which of them are the register block and the interrupt.

use dirql::{TranslatedInterrupt, call_unsafe_wdf_function_binding};
#[cfg(framework_interrupt)]
use wdk_sys::PCM_PARTIAL_RESOURCE_DESCRIPTOR;
use wdk_sys::{
    CM_PARTIAL_RESOURCE_DESCRIPTOR, CmResourceTypeInterrupt, CmResourceTypeMemory, NTSTATUS,
    PHYSICAL_ADDRESS, STATUS_DEVICE_CONFIGURATION_ERROR, WDFCMRESLIST,
};

use crate::registers::WINDOW;

/// What the driver needs of a device's resources.
pub(crate) struct Resources {
    /// Where the register block is, in translated addresses.
    pub(crate) registers: PHYSICAL_ADDRESS,
    /// The interrupt: a line or one message.
    pub(crate) interrupt: TranslatedInterrupt,
    /// Its descriptors, raw and translated, which the framework's interrupt is made of.
    #[cfg(framework_interrupt)]
    pub(crate) descriptors: [PCM_PARTIAL_RESOURCE_DESCRIPTOR; 2],
}

impl Resources {
    /// Finds the first memory and the first interrupt in the translated list.
    ///
    /// # Errors
    ///
    /// `STATUS_DEVICE_CONFIGURATION_ERROR` where either is missing, the memory is too small, or the
    /// interrupt is not a translated one.
    ///
    /// # Safety
    ///
    /// The lists are those that the framework gave to the running `EvtDevicePrepareHardware`.
    pub(crate) unsafe fn find(
        raw: WDFCMRESLIST,
        translated: WDFCMRESLIST,
    ) -> Result<Self, NTSTATUS> {
        // Of use to an interrupt of the framework's alone.
        #[cfg(not(framework_interrupt))]
        let _ = raw;
        #[cfg(framework_interrupt)]
        let mut descriptors = [core::ptr::null_mut(); 2];
        // SAFETY: The list is valid (nf-wdfresource-wdfcmresourcelistgetcount).
        let count =
            unsafe { call_unsafe_wdf_function_binding!(WdfCmResourceListGetCount, translated) };
        let mut registers = None;
        let mut interrupt = None;
        for index in 0..count {
            // SAFETY: The list is valid and the index is below its count
            // (nf-wdfresource-wdfcmresourcelistgetdescriptor).
            let descriptor = unsafe {
                call_unsafe_wdf_function_binding!(WdfCmResourceListGetDescriptor, translated, index)
            };
            // SAFETY: The pointer is null or a descriptor that is valid during the callback.
            let Some(descriptor) = (unsafe { descriptor.as_ref() }) else {
                continue;
            };
            let kind = u32::from(descriptor.Type);
            if kind == CmResourceTypeMemory && registers.is_none() {
                registers = Some(register_block(descriptor)?);
            } else if kind == CmResourceTypeInterrupt && interrupt.is_none() {
                // SAFETY: A descriptor has 20 bytes, which nothing writes during the callback.
                let found = unsafe { TranslatedInterrupt::from_descriptor(descriptor) };
                interrupt = Some(found.map_err(|_| STATUS_DEVICE_CONFIGURATION_ERROR)?);
                #[cfg(framework_interrupt)]
                {
                    // SAFETY: As above: the lists have the same resources in the same order.
                    let raw = unsafe {
                        call_unsafe_wdf_function_binding!(
                            WdfCmResourceListGetDescriptor,
                            raw,
                            index
                        )
                    };
                    descriptors = [raw, core::ptr::from_ref(descriptor).cast_mut()];
                }
            }
        }
        match (registers, interrupt) {
            (Some(registers), Some(interrupt)) => Ok(Self {
                registers,
                interrupt,
                #[cfg(framework_interrupt)]
                descriptors,
            }),
            _ => Err(STATUS_DEVICE_CONFIGURATION_ERROR),
        }
    }
}

/// Where the memory of a descriptor of type memory is, if the register block fits in it.
fn register_block(
    descriptor: &CM_PARTIAL_RESOURCE_DESCRIPTOR,
) -> Result<PHYSICAL_ADDRESS, NTSTATUS> {
    // SAFETY: The type says which member of the union holds; every bit pattern is a length.
    let length = unsafe { descriptor.u.Memory.Length };
    // SAFETY: As above; every bit pattern is an address.
    let start = unsafe { descriptor.u.Memory.Start };
    if (length as usize) < WINDOW {
        return Err(STATUS_DEVICE_CONFIGURATION_ERROR);
    }
    Ok(start)
}
