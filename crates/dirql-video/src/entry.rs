//! `DriverEntry` of a miniport: it fills `VIDEO_HW_INITIALIZATION_DATA` and calls `VideoPortInitialize`.

use core::ffi::c_void;

use crate::{
    Miniport, callbacks,
    extension::Admissible,
    port,
    sys::{HwInitializationData, StartIo},
};

/// How much of `VIDEO_HW_INITIALIZATION_DATA` a port driver knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum InitDataSize {
    /// Windows XP and later: the whole structure.
    Xp = 144,
    /// Windows 2000: up to `Reserved`.
    Windows2000 = 140,
    /// Windows NT 4.0: up to `HwStartDma`, without power and children.
    Nt4 = 64,
}

impl InitDataSize {
    /// Every size, in the order in which [`initialize`] offers them.
    pub const ALL: [Self; 3] = [Self::Xp, Self::Windows2000, Self::Nt4];
}

/// Makes `M` known to the video port driver, and answers what `DriverEntry` returns.
///
/// The structure is offered in the size of Windows XP first. Where the port driver refuses it, as an older one
/// does, the smaller ones follow; the last answer counts. Whatever the size is, the members behind it are 0.
///
/// Wraps `VideoPortInitialize` (nf-video-videoportinitialize).
///
/// # Safety
///
/// The caller is `DriverEntry` of a video miniport driver, with the two arguments that the system has given it.
///
/// # IRQL
///
/// `PASSIVE_LEVEL`.
///
/// # Errors
///
/// The status of the port driver, where it is not 0.
#[must_use]
pub unsafe fn initialize<M: Miniport>(argument1: *mut c_void, argument2: *mut c_void) -> u32 {
    let admissible = const { Admissible::<M>::assert() };
    let mut status = 0;
    for size in InitDataSize::ALL {
        let mut data = data(size, &admissible);
        // SAFETY: The arguments are DriverEntry's and the structure is complete, by the caller and by `data`;
        // the context must be null, which the routine below sees to (nf-video-videoportinitialize).
        status = unsafe { port::initialize(argument1, argument2, &mut data) };
        if status == 0 {
            break;
        }
    }
    status
}

/// The structure in one of its sizes.
fn data<M: Miniport>(size: InitDataSize, _: &Admissible<M>) -> HwInitializationData {
    let pnp = size != InitDataSize::Nt4;
    let start_io: StartIo = callbacks::start_io::<M>;
    HwInitializationData {
        size: size as u32,
        interface: M::INTERFACE,
        find_adapter: Some(callbacks::find_adapter::<M>),
        initialize: Some(callbacks::initialize::<M>),
        interrupt: if M::HANDLES_INTERRUPTS {
            Some(callbacks::interrupt::<M>)
        } else {
            None
        },
        start_io: Some(start_io),
        extension_size: Admissible::<M>::SIZE,
        starting_device_number: 0,
        reset_hw: 0,
        timer: 0,
        start_dma: 0,
        set_power_state: if pnp {
            Some(callbacks::set_power::<M>)
        } else {
            None
        },
        get_power_state: if pnp {
            Some(callbacks::get_power::<M>)
        } else {
            None
        },
        get_child_descriptor: if pnp {
            Some(callbacks::child::<M>)
        } else {
            None
        },
        query_interface: 0,
        child_extension_size: 0,
        legacy_resource_list: 0,
        legacy_resource_count: 0,
        get_legacy_resources: 0,
        allow_early_enumeration: 0,
        reserved: 0,
    }
}
