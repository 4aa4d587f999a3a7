//! Every processor in turn: the way to know that what was running on each has ended.

use core::ptr;

use wdk_sys::ntddk::{
    KeGetProcessorNumberFromIndex, KeRevertToUserGroupAffinityThread,
    KeSetSystemGroupAffinityThread,
};

use crate::{Reason, kernel::bugcheck, kernel::platform::nt_success};

/// `GROUP_AFFINITY`.
#[repr(C)]
pub(super) struct GroupAffinity {
    pub(super) mask: u64,
    pub(super) group: u16,
    pub(super) reserved: [u16; 3],
}

/// `PROCESSOR_NUMBER`.
#[repr(C)]
pub(super) struct ProcessorNumber {
    pub(super) group: u16,
    pub(super) number: u8,
    pub(super) reserved: u8,
}

/// Runs the calling thread once on every active processor.
///
/// Stops the machine with [`Reason::NoProcessor`] where NT does not name the first one.
///
/// # Safety
/// IRQL is `PASSIVE_LEVEL`.
pub(crate) unsafe fn run_on_every_processor() {
    let mut original = GroupAffinity {
        mask: 0,
        group: 0,
        reserved: [0; 3],
    };
    let mut previous = &raw mut original;
    let mut index = 0_u32;
    loop {
        let mut number = ProcessorNumber {
            group: 0,
            number: 0,
            reserved: 0,
        };
        // SAFETY: The result is a PROCESSOR_NUMBER in layout; any IRQL
        // (nf-wdm-kegetprocessornumberfromindex).
        let status = unsafe { KeGetProcessorNumberFromIndex(index, (&raw mut number).cast()) };
        if !nt_success(status) {
            // There is always a first processor; to go on without having run on one would free memory
            // that a service routine may be using.
            if index == 0 {
                bugcheck::stop(Reason::NoProcessor, status.cast_unsigned() as usize, 0);
            }
            break;
        }
        let mut affinity = GroupAffinity {
            mask: 1_u64.wrapping_shl(u32::from(number.number)),
            group: number.group,
            reserved: [0; 3],
        };
        // SAFETY: Both are GROUP_AFFINITY in layout, the second null after the first round. Below
        // DISPATCH_LEVEL the thread is on that processor when the call returns
        // (nf-wdm-kesetsystemgroupaffinitythread).
        unsafe {
            KeSetSystemGroupAffinityThread((&raw mut affinity).cast(), previous.cast());
        }
        previous = ptr::null_mut();
        index = index.wrapping_add(1);
    }
    // SAFETY: The value is the one that the first change of affinity saved; there was one, for otherwise
    // the machine has stopped (nf-wdm-kereverttousergroupaffinitythread).
    unsafe { KeRevertToUserGroupAffinityThread((&raw mut original).cast()) };
}
