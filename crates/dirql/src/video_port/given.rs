//! What the callbacks of a miniport are given, and what they answer.

use core::{ffi::c_void, marker::PhantomData};

use super::{Miniport, callbacks, port, sys::ConfigInfo};

/// `DISPLAY_ADAPTER_HW_ID` of video.h: the adapter itself, among its children.
pub const DISPLAY_ADAPTER_HW_ID: u32 = 0xFFFF_FFFF;

/// The two parts of an adapter that was found.
#[derive(Debug)]
pub struct Found<M: Miniport> {
    /// The resident part.
    pub miniport: M,
    /// What the service routine shares.
    pub state: M::State,
}

/// What `HwVidFindAdapter` is told, and may change, about the adapter.
///
/// # Invariants
///
/// `config` is live and at least [`CONFIG_INFO_LENGTH_MIN`](super::sys::CONFIG_INFO_LENGTH_MIN) bytes long.
#[derive(Debug)]
pub struct Discovery<'call> {
    extension: *mut c_void,
    config: *mut ConfigInfo,
    _call: PhantomData<&'call mut ConfigInfo>,
}

impl Discovery<'_> {
    /// # Safety
    ///
    /// The extension is that of this call of `HwVidFindAdapter`, and so is the configuration, whose length was
    /// looked at.
    pub(super) const unsafe fn new(extension: *mut c_void, config: *mut ConfigInfo) -> Self {
        Self {
            extension,
            config,
            _call: PhantomData,
        }
    }

    /// The device extension, for the routines of the port driver that ask for it. It is not to be looked into.
    #[must_use]
    pub const fn extension(&self) -> *mut c_void {
        self.extension
    }

    /// `BusInterruptLevel` and `BusInterruptVector`, as they are now.
    ///
    /// Both are the bus's own numbers, for a PCI adapter its interrupt line, say 11 and 11: neither is the IRQL at
    /// which the service routine runs, nor a vector of the system. What they tell is whether there is an interrupt
    /// (`ns-video-_video_port_config_info`).
    #[must_use]
    pub fn interrupt(&self) -> (u32, u32) {
        // SAFETY: The configuration is live and long enough, by the invariant.
        let level = unsafe { (*self.config).interrupt_level };
        // SAFETY: As above.
        let vector = unsafe { (*self.config).interrupt_vector };
        (level, vector)
    }

    /// Sets level and vector to 0, so that the port driver connects no interrupt.
    pub fn decline_interrupt(&mut self) {
        // SAFETY: The configuration is live and long enough, by the invariant.
        unsafe { (*self.config).interrupt_level = 0 };
        // SAFETY: As above.
        unsafe { (*self.config).interrupt_vector = 0 };
    }
}

/// What `HwVidInterrupt` may do besides serving the device.
///
/// It holds no IRQL token: a closure cannot be run from here.
pub struct InterruptContext<'isr, M: Miniport> {
    extension: *mut c_void,
    _activation: PhantomData<&'isr M>,
}

impl<M: Miniport> InterruptContext<'_, M> {
    /// # Safety
    ///
    /// The caller is `HwVidInterrupt` of the adapter with this extension.
    pub(super) const unsafe fn new(extension: *mut c_void) -> Self {
        Self {
            extension,
            _activation: PhantomData,
        }
    }

    /// Has [`Miniport::dpc`] called soon; false where it is queued already.
    ///
    /// Wraps `VideoPortQueueDpc` (nf-video-videoportqueuedpc).
    pub fn queue_dpc(&self) -> bool {
        // SAFETY: The extension is the adapter's, IRQL is a device's and so above DISPATCH_LEVEL, the routine
        // is resident and expects no context (nf-video-videoportqueuedpc).
        unsafe { port::queue_dpc(self.extension, callbacks::dpc::<M>) }
    }
}

impl<M: Miniport> core::fmt::Debug for InterruptContext<'_, M> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("InterruptContext").finish_non_exhaustive()
    }
}

/// Which child of the adapter is asked for, and the room for its descriptor.
#[derive(Debug)]
pub struct ChildQuery<'call> {
    /// `ChildIndex`: a number from 0 up, or [`DISPLAY_ADAPTER_HW_ID`].
    pub index: u32,
    /// `ACPIHwId`, where the firmware has enumerated the child; else 0.
    pub acpi_id: u32,
    /// Where the child's descriptor goes; zeroed, and empty where the port driver gave no room.
    pub descriptor: &'call mut [u8],
}

/// What there is at an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    /// `VIDEO_ENUM_MORE_DEVICES`: this child.
    Found {
        /// What it is.
        kind: ChildKind,
        /// The number by which the port driver will speak of it.
        id: u32,
    },
    /// `VIDEO_ENUM_INVALID_DEVICE`: none, but ask on.
    Skip,
    /// `VIDEO_ENUM_NO_MORE_DEVICES`: none, and none after it.
    NoMore,
}

/// `VIDEO_CHILD_TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum ChildKind {
    /// A monitor.
    Monitor = 1,
    /// The graphics chip.
    VideoChip = 3,
    /// A device with a driver of its own.
    Other = 4,
}

/// Whose power is spoken of: a child's number, or [`DISPLAY_ADAPTER_HW_ID`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceId(pub u32);

/// `VIDEO_POWER_STATE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerState {
    /// `VideoPowerOn`.
    On,
    /// `VideoPowerStandBy`.
    StandBy,
    /// `VideoPowerSuspend`.
    Suspend,
    /// `VideoPowerOff`.
    Off,
    /// `VideoPowerHibernate`.
    Hibernate,
    /// `VideoPowerShutdown`.
    Shutdown,
    /// Another value of the enumeration.
    Other(u32),
}

impl PowerState {
    /// The state that `value` numbers in ntddvdeo.h.
    #[must_use]
    pub const fn from_u32(value: u32) -> Self {
        match value {
            1 => Self::On,
            2 => Self::StandBy,
            3 => Self::Suspend,
            4 => Self::Off,
            5 => Self::Hibernate,
            6 => Self::Shutdown,
            other => Self::Other(other),
        }
    }
}
