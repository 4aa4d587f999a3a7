//! Event providers: left registered, registered where nothing may, and written to when they are gone; and data that ETW
//! may not be given.

use core::{ffi::c_void, hint::black_box, ptr::null};

use guest::status;
use wdk_sys::{GUID, NTSTATUS, ntddk::ExAllocatePool2};

use super::pool::{PAGED, TAG, free};
use crate::{
    call::{Call, Outcome},
    irql::{self, DISPATCH},
};

#[link(name = "ntoskrnl.exe", kind = "raw-dylib", modifiers = "+verbatim")]
unsafe extern "system" {
    /// nf-wdm-etwregister.
    #[link_name = "EtwRegister"]
    fn etw_register(
        provider: *const GUID,
        callback: *const c_void,
        context: *mut c_void,
        handle: *mut u64,
    ) -> NTSTATUS;
    /// nf-wdm-etwunregister.
    #[link_name = "EtwUnregister"]
    fn etw_unregister(handle: u64) -> NTSTATUS;
    /// nf-wdm-etwwritetransfer.
    #[link_name = "EtwWriteTransfer"]
    fn etw_write_transfer(
        handle: u64,
        descriptor: *const Descriptor,
        activity: *const GUID,
        related: *const GUID,
        count: u32,
        data: *const Data,
    ) -> NTSTATUS;
}

/// `EVENT_DESCRIPTOR`.
#[repr(C)]
struct Descriptor {
    id: u16,
    version: u8,
    channel: u8,
    level: u8,
    opcode: u8,
    task: u16,
    keyword: u64,
}

/// `EVENT_DATA_DESCRIPTOR`.
#[repr(C)]
struct Data {
    address: u64,
    size: u32,
    kind: u32,
}

const _: () = assert!(size_of::<Descriptor>() == 16 && size_of::<Data>() == 16);

static EVENT: Descriptor = Descriptor {
    id: 1,
    version: 0,
    channel: 0,
    level: 4,
    opcode: 0,
    task: 0,
    keyword: 1,
};

static PROVIDER: GUID = GUID {
    Data1: 0x0FFE_4DE2,
    Data2: 0x5EED,
    Data3: 0x4C1D,
    Data4: [0x9A, 0x2B, 0x2F, 0x6D, 0x3B, 0x1C, 0x7A, 0x57],
};

/// Registers the provider, without a callback.
fn register() -> Result<u64, NTSTATUS> {
    let mut handle = 0;
    // SAFETY: The identifier is a static, the handle's place lives through the call, and a request is served at
    // PASSIVE_LEVEL (nf-wdm-etwregister).
    let registered = unsafe {
        // breaks: provider-left-registered
        etw_register(
            &raw const PROVIDER,
            null(),
            core::ptr::null_mut(),
            &raw mut handle,
        )
    };
    status::check(registered).map(|()| handle)
}

fn unregister(handle: u64) {
    // SAFETY: The caller gives up a registration, at PASSIVE_LEVEL (nf-wdm-etwunregister).
    let _ = unsafe { etw_unregister(handle) };
}

/// Registers, lets `body` use the registration, and unregisters.
fn registered(body: impl FnOnce(u64) -> Outcome) -> Outcome {
    match register() {
        Ok(handle) => {
            let outcome = body(handle);
            unregister(handle);
            outcome
        }
        Err(status) => Outcome::Failed(status),
    }
}

/// One piece of data.
fn data(address: *const u8) -> Data {
    Data {
        address: black_box(address.addr() as u64),
        size: 1,
        kind: 0,
    }
}

pub(crate) fn leave_registered(_: &Call) -> Outcome {
    register().map(|_| Outcome::Done).into()
}

pub(crate) fn register_and_unregister(_: &Call) -> Outcome {
    registered(|_| Outcome::Done)
}

pub(crate) fn register_raised(_: &Call) -> Outcome {
    let mut handle = 0;
    irql::at(DISPATCH, || {
        // SAFETY: All but that EtwRegister wants PASSIVE_LEVEL.
        let _ = unsafe {
            // breaks: provider-registered-raised
            etw_register(
                &raw const PROVIDER,
                null(),
                core::ptr::null_mut(),
                &raw mut handle,
            )
        };
    });
    unregister(handle);
    Outcome::Done
}

pub(crate) fn write_late(_: &Call) -> Outcome {
    let Ok(handle) = register() else {
        return Outcome::Failed(status::INSUFFICIENT_RESOURCES);
    };
    unregister(handle);
    // SAFETY: All but that the handle is none any more.
    // breaks: event-after-unregister
    let _ = unsafe { etw_write_transfer(handle, &raw const EVENT, null(), null(), 0, null()) };
    Outcome::Done
}

pub(crate) fn write(_: &Call) -> Outcome {
    registered(|handle| {
        // SAFETY: The registration is live, and the descriptor a static (nf-wdm-etwwritetransfer).
        let _ = unsafe { etw_write_transfer(handle, &raw const EVENT, null(), null(), 0, null()) };
        Outcome::Done
    })
}

pub(crate) fn write_paged_raised(_: &Call) -> Outcome {
    registered(|handle| {
        // SAFETY: The flags name one pool, length and tag are not 0 (nf-wdm-exallocatepool2).
        let memory = unsafe { ExAllocatePool2(PAGED, 1, TAG) };
        if memory.is_null() {
            return Outcome::Failed(status::INSUFFICIENT_RESOURCES);
        }
        let data = data(memory.cast());
        irql::at(DISPATCH, || {
            // SAFETY: All but that the data may be paged out.
            let _ = unsafe {
                // breaks: event-pageable
                etw_write_transfer(handle, &raw const EVENT, null(), null(), 1, &raw const data)
            };
        });
        free(memory);
        Outcome::Done
    })
}

pub(crate) fn write_raised(_: &Call) -> Outcome {
    static BYTE: u8 = 1;
    registered(|handle| {
        let data = data(&raw const BYTE);
        irql::at(DISPATCH, || {
            // SAFETY: The registration is live. Descriptors and data are on the stack and in the image, and not
            // pageable, so that any IRQL will do (nf-wdm-etwwritetransfer).
            let _ = unsafe {
                etw_write_transfer(handle, &raw const EVENT, null(), null(), 1, &raw const data)
            };
        });
        Outcome::Done
    })
}

pub(crate) fn write_of_user(_: &Call) -> Outcome {
    registered(|handle| {
        let data = data(core::ptr::without_provenance(0x7FFE_0000));
        // SAFETY: All but that the data is not in system space.
        let _ = unsafe {
            // breaks: event-of-user-space
            etw_write_transfer(handle, &raw const EVENT, null(), null(), 1, &raw const data)
        };
        Outcome::Done
    })
}
