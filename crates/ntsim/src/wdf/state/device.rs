//! The device object and its callbacks.

use crate::wdf::{
    attributes::{Attributes, Constraints},
    state::{file::FileConfig, request::Method},
};

/// The callbacks of `WDF_PNPPOWER_EVENT_CALLBACKS` that the simulator calls, by their names without `EvtDevice`. Those of
/// usage notifications it never has cause to call: the machine puts no paging file on the device.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PnpCallbacks {
    pub(crate) d0_entry: u64,
    pub(crate) post_interrupts_enabled: u64,
    pub(crate) d0_exit: u64,
    pub(crate) pre_interrupts_disabled: u64,
    pub(crate) prepare_hardware: u64,
    pub(crate) release_hardware: u64,
    pub(crate) self_managed_cleanup: u64,
    pub(crate) self_managed_flush: u64,
    pub(crate) self_managed_init: u64,
    pub(crate) self_managed_suspend: u64,
    pub(crate) self_managed_restart: u64,
    pub(crate) surprise_removal: u64,
    pub(crate) query_remove: u64,
    pub(crate) query_stop: u64,
    pub(crate) relations_query: u64,
}

/// Whether it is a control device, and the driver has finished it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Control {
    #[default]
    No,
    Made,
    Finished,
}

impl Device {
    /// Whether programs can open it by some name.
    pub(crate) fn can_be_opened(&self) -> bool {
        self.interface_enabled
            && (self.interface.is_some() || self.link.as_deref().is_some_and(is_of_programs))
            && self.control != Control::Made
    }
}

/// Whether a program can say the name of a symbolic link.
fn is_of_programs(link: &str) -> bool {
    const DIRECTORIES: [&str; 3] = [r"\DosDevices\", r"\??\", r"\GLOBAL??\"];
    let begins = |with: &&str| {
        link.get(..with.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(with))
    };
    DIRECTORIES.iter().any(begins)
}

/// The device, and before it exists its `WDFDEVICE_INIT`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Device {
    /// The `WDFDEVICE_INIT`, while it is the driver's.
    pub(crate) init: Option<u64>,
    pub(crate) callbacks: PnpCallbacks,
    pub(crate) request_attributes: Attributes,
    /// What the driver asked of file objects.
    pub(in crate::wdf) files: Option<FileConfig>,
    /// What queues and other children inherit.
    pub(in crate::wdf) constraints: Constraints,
    /// The framework's handle, once the device is created.
    pub(crate) handle: u64,
    /// The functional device object.
    pub(in crate::wdf) functional: u64,
    /// The interface's GUID, once the driver has created one.
    pub(crate) interface: Option<[u8; 16]>,
    pub(in crate::wdf) control: Control,
    /// The alignment of what the device transfers, as a mask (`DEVICE_OBJECT.AlignmentRequirement`).
    pub(in crate::wdf) alignment: u32,
    /// How reads and writes transfer.
    pub(in crate::wdf) transfer: Method,
    /// `EvtIoInCallerContext`, 0 where the driver gave none.
    pub(in crate::wdf) in_caller_context: u64,
    /// Whether the driver has named it.
    pub(in crate::wdf) named: bool,
    /// The symbolic link, once the driver has created one.
    pub(crate) link: Option<String>,
    /// Whether there can be one handle at a time.
    pub(crate) exclusive: bool,
    /// Whether opens are let through.
    pub(crate) interface_enabled: bool,
}
