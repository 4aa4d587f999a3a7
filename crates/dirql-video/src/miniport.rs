//! What a miniport is: the callbacks as a trait.

use dirql::{Dispatch, Irql, Passive, Serviced};

use crate::{
    Child, ChildQuery, DeviceId, Discovery, Found, InterruptContext, PowerState, VideoAdapter,
    VideoRequest, VpStatus, sys,
};

/// A video miniport driver.
///
/// A value of the implementing type is the resident part of one adapter: it lies in the device extension beside
/// [`State`](Self::State), is reached by every callback at the same time through `&self`, the service routine
/// included, and is never dropped. Neither part may own something with a destructor, which does not compile.
///
/// The methods are the callbacks of `VIDEO_HW_INITIALIZATION_DATA`. Those with a token may have closures run;
/// the service routine gets none.
///
/// # Examples
///
/// ```
/// use core::ptr;
///
/// use dirql::{Dispatch, Irql, Passive, Serviced};
/// use dirql_video::{
///     DeviceId, Discovery, Found, InterruptContext, Miniport, PowerState, VideoAdapter, VideoRequest,
///     VpStatus, initialize, mock::PortDriver,
/// };
///
/// /// A miniport whose state is a count of interrupts, which any request reads.
/// struct Counting;
///
/// impl Miniport for Counting {
///     type State = u32;
///     const HANDLES_INTERRUPTS: bool = true;
///
///     fn find_adapter(_: &mut Discovery<'_>) -> Result<Found<Self>, VpStatus> {
///         Ok(Found { miniport: Self, state: 0 })
///     }
///
///     fn initialize(&self, _: &VideoAdapter<u32>, _: &mut Irql<'_, Passive>) -> bool {
///         true
///     }
///
///     fn start_io(
///         &self,
///         adapter: &VideoAdapter<u32>,
///         irql: &mut Irql<'_, Dispatch>,
///         request: &mut VideoRequest<'_>,
///     ) -> Result<usize, VpStatus> {
///         // An interrupt is connected, or there is no witness and no way to the state.
///         let witness = adapter.witness().map_err(|_| VpStatus::INVALID_FUNCTION)?;
///         let count = witness.synchronize(irql, |count| *count).map_err(|_| VpStatus::BUSY)?;
///         request.reply(&count.to_le_bytes())
///     }
///
///     fn interrupt(&self, count: &mut u32, _: &InterruptContext<'_, Self>) -> Serviced {
///         *count += 1;
///         Serviced::Claimed
///     }
///
///     fn can_set_power(&self, _: DeviceId, _: PowerState) -> Result<(), VpStatus> {
///         Ok(())
///     }
///
///     fn set_power(&self, _: &VideoAdapter<u32>, _: &mut Irql<'_, Dispatch>, _: DeviceId, _: PowerState) {}
/// }
///
/// let port = PortDriver::new();
/// // SAFETY: This stands for DriverEntry, with the argument of a live port driver.
/// assert_eq!(unsafe { initialize::<Counting>(port.argument(), ptr::null_mut()) }, 0);
/// let adapter = port.add(9, 9);
/// assert_eq!(adapter.find(), 0);
/// assert!(adapter.initialize());
/// let _ = adapter.fire();
/// assert_eq!(adapter.request(0, &[], 4).output, 1_u32.to_le_bytes());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no video miniport",
    label = "it says nothing of its state and its service routine",
    note = "implement `dirql_video::Miniport`"
)]
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
