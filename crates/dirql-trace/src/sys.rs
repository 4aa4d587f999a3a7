//! The kernel's routines for event providers, as wdm.h declares them.
//!
//! rustc writes the import itself, with and without the kit's import library.

use core::ffi::c_void;

use tracelogging::{
    _internal::{EventDataDescriptor, EventDescriptor},
    Guid,
};

/// `ETWENABLECALLBACK` (nc-wdm-etwenablecallback): the provider's identifier or the session's, what happened, the
/// level, the keywords of which any must match, those of which all must, a filter, and the context of the
/// registration. At `PASSIVE_LEVEL`.
pub(crate) type EnableCallback = unsafe extern "system" fn(
    source: *const Guid,
    control: u32,
    level: u8,
    any: u64,
    all: u64,
    filter: *const c_void,
    context: *mut c_void,
);

/// `EVENT_CONTROL_CODE_DISABLE_PROVIDER` (evntcons.h).
pub(crate) const DISABLE: u32 = 0;
/// `EVENT_CONTROL_CODE_ENABLE_PROVIDER` (evntcons.h).
pub(crate) const ENABLE: u32 = 1;

/// `EventProviderSetTraits` of `EVENT_INFO_CLASS` (ne-evntprov-event_info_class).
pub(crate) const SET_TRAITS: i32 = 2;

// `EVENT_DESCRIPTOR` and `EVENT_DATA_DESCRIPTOR` (evntprov.h).
const _: () = {
    assert!(size_of::<Guid>() == 16);
    assert!(size_of::<EventDescriptor>() == 16);
    assert!(size_of::<EventDataDescriptor<'_>>() == 16);
};

#[cfg_attr(
    windows,
    link(name = "ntoskrnl.exe", kind = "raw-dylib", modifiers = "+verbatim")
)]
unsafe extern "system" {
    /// `EtwRegister` (nf-wdm-etwregister). `PASSIVE_LEVEL`.
    #[link_name = "EtwRegister"]
    pub(crate) fn etw_register(
        provider: *const Guid,
        callback: Option<EnableCallback>,
        context: *mut c_void,
        handle: *mut u64,
    ) -> i32;
    /// `EtwUnregister` (nf-wdm-etwunregister). `PASSIVE_LEVEL`.
    #[link_name = "EtwUnregister"]
    pub(crate) fn etw_unregister(handle: u64) -> i32;
    /// `EtwSetInformation` (nf-wdm-etwsetinformation). `PASSIVE_LEVEL`.
    #[link_name = "EtwSetInformation"]
    pub(crate) fn etw_set_information(
        handle: u64,
        class: i32,
        information: *const c_void,
        length: u32,
    ) -> i32;
    /// `EtwWriteTransfer` (nf-wdm-etwwritetransfer). Any IRQL; above `APC_LEVEL` the data must not be pageable.
    #[link_name = "EtwWriteTransfer"]
    pub(crate) fn etw_write_transfer(
        handle: u64,
        descriptor: *const EventDescriptor,
        activity: *const Guid,
        related: *const Guid,
        count: u32,
        data: *const EventDataDescriptor<'_>,
    ) -> i32;
}
