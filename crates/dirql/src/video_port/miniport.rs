//! What a miniport is: the callbacks as a trait, and what each of them is given and answers.

use core::{ffi::c_void, marker::PhantomData};

use super::{
    VideoAdapter, VideoRequest, VpStatus, callbacks, port,
    sys::{self, ConfigInfo},
};
use crate::{Dispatch, Irql, Passive, Serviced};

/// `DISPLAY_ADAPTER_HW_ID` of video.h: the adapter itself, among its children.
pub const DISPLAY_ADAPTER_HW_ID: u32 = 0xFFFF_FFFF;

/// A video miniport driver.
///
/// A value of the implementing type is the resident part of one adapter: it lies in the device extension beside
/// [`State`](Self::State), is reached by every callback at the same time through `&self`, the service routine
/// included, and is never dropped. Neither part may own something with a destructor, which does not compile.
///
/// The methods are the callbacks of `VIDEO_HW_INITIALIZATION_DATA`. Those with a token may have closures run;
/// the service routine gets none.
pub trait Miniport: Sync + Sized + 'static {
    /// What the service routine shares with the rest of the miniport.
    type State: Send + 'static;

    /// Whether there is an `HwVidInterrupt`. Where there is none, no interrupt is ever connected.
    const HANDLES_INTERRUPTS: bool;

    /// `AdapterInterfaceType`: the `INTERFACE_TYPE` of the bus.
    const INTERFACE: i32 = sys::INTERFACE_PCI;

    /// `HwVidFindAdapter`: finds out about the adapter, and answers the two parts of it, complete: an
    /// interrupt may come as soon as this has returned.
    ///
    /// The adapter is not initialised here (nc-video-pvideo_hw_find_adapter).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// `DEV_NOT_EXIST` where there is no such adapter, `INVALID_PARAMETER` where it cannot be configured.
    /// Nothing was changed then, and what was mapped is unmapped.
    fn find_adapter(discovery: &mut Discovery<'_>) -> Result<Found<Self>, VpStatus>;

    /// `HwVidFindAdapter` of an adapter that was found before.
    ///
    /// What was found stays: service routine and requests may be at work on it. Whether an interrupt is
    /// connected is looked at anew.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// `INVALID_PARAMETER`, unless the miniport can go on with what it has.
    fn found_again(&self, discovery: &mut Discovery<'_>) -> Result<(), VpStatus> {
        let _ = discovery;
        Err(VpStatus::INVALID_PARAMETER)
    }

    /// `HwVidInitialize`: sets the adapter up, once; from here on it may interrupt. Answers whether it could.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    fn initialize(&self, adapter: &VideoAdapter<Self::State>, irql: &mut Irql<'_, Passive>)
    -> bool;

    /// `HwVidStartIO`: carries one request out, and answers how many bytes of output there are. The port driver
    /// makes one such call at a time (nc-video-pvideo_hw_start_io).
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`; the page says no more than that it should be pageable.
    ///
    /// # Errors
    ///
    /// The status of the request; there is no output then.
    fn start_io(
        &self,
        adapter: &VideoAdapter<Self::State>,
        irql: &mut Irql<'_, Dispatch>,
        request: &mut VideoRequest<'_>,
    ) -> Result<usize, VpStatus>;

    /// `HwVidInterrupt`: serves one interrupt, as quickly as possible, or says that it is another device's
    /// (nc-video-pvideo_hw_interrupt).
    ///
    /// # IRQL
    ///
    /// The level of the interrupt.
    fn interrupt(&self, state: &mut Self::State, cx: &InterruptContext<'_, Self>) -> Serviced;

    /// `HwVidInterrupt` while a closure is on the state, because the port driver did not exclude it.
    ///
    /// Where the port driver keeps to its page, this is never called. Without the state a miniport can still
    /// keep a level-triggered line from interrupting for ever: dismiss, and leave a note in an atomic of
    /// `self`.
    ///
    /// # IRQL
    ///
    /// The level of the interrupt.
    fn interrupt_contended(&self, cx: &InterruptContext<'_, Self>) -> Serviced {
        let _ = cx;
        Serviced::NotMine
    }

    /// The DPC that [`InterruptContext::queue_dpc`] asks for.
    ///
    /// # IRQL
    ///
    /// `DISPATCH_LEVEL`.
    fn dpc(&self, adapter: &VideoAdapter<Self::State>, irql: &mut Irql<'_, Dispatch>) {
        let _ = (adapter, irql);
    }

    /// `HwVidGetVideoChildDescriptor`: one child of the adapter.
    ///
    /// # IRQL
    ///
    /// Below `DISPATCH_LEVEL`: the page says that it should be pageable.
    fn child(&self, query: &mut ChildQuery<'_>) -> Child {
        let _ = query;
        Child::NoMore
    }

    /// `HwVidGetPowerState`: whether the device can be put into that state.
    ///
    /// # IRQL
    ///
    /// Below `DISPATCH_LEVEL`.
    ///
    /// # Errors
    ///
    /// A status, where it cannot.
    fn can_set_power(&self, device: DeviceId, state: PowerState) -> Result<(), VpStatus>;

    /// `HwVidSetPowerState`: puts the device into that state, which always succeeds
    /// (nc-video-pvideo_hw_power_set).
    ///
    /// # IRQL
    ///
    /// Below `DISPATCH_LEVEL`; the token says at most that.
    fn set_power(
        &self,
        adapter: &VideoAdapter<Self::State>,
        irql: &mut Irql<'_, Dispatch>,
        device: DeviceId,
        state: PowerState,
    );
}

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
/// `config` is live and at least [`sys::CONFIG_INFO_LENGTH_MIN`] bytes long.
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
