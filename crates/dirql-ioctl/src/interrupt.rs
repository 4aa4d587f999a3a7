//! Raising causes, waiting for interrupts, and the soft state of the interrupt.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The largest number of raises of one request.
pub const RAISE_COUNT_MAX: u32 = 1024;
/// How many requests may wait for an interrupt of one device. Requests that arrive at the same moment
/// are each counted against the others, so one may be refused although a place is left.
pub const WAITS_MAX: u32 = 256;

/// The request of [`crate::code::RAISE`]. 16 bytes.
///
/// The device ORs `causes` into its interrupt status `count` times. Raises that the ISR has not
/// yet seen coalesce: what is promised is that every cause is acknowledged, not one interrupt each.
///
/// # Errors
///
/// `INVALID_PARAMETER` where `causes` is 0 or all ones: a removed device reads all ones, so the
/// ISR could not tell them apart. The same where `count` is outside `1..=RAISE_COUNT_MAX`, or
/// the reserved field is not 0. `INVALID_DEVICE_STATE` while the interrupt is soft-inactive or
/// being reconnected.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct RaiseRequest {
    /// The causes to raise, a bit each.
    pub causes: u32,
    /// How many times to raise them.
    pub count: u32,
    /// Must be 0.
    pub reserved: u64,
}

/// The reply of [`crate::code::RAISE`]. 16 bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct RaiseReply {
    /// The interrupt sequence before the first raise: wait for one after it.
    pub sequence_before: u64,
    /// How many raises reached the device.
    pub raised: u32,
    /// Always 0.
    pub reserved: u32,
}

/// The request of [`crate::code::WAIT`]. 8 bytes.
///
/// Completes as soon as the interrupt sequence is greater than `after`, at once if it is already.
/// Each claimed interrupt raises the sequence by one. Where the causes of one are more than the ISR reads
/// in its bounded passes, the DPC claims the rest, once for each time that it goes on.
///
/// # Errors
///
/// `CANCELLED` where the request is cancelled, its handle is closed or the device is stopped.
/// `INVALID_DEVICE_STATE` while the interrupt is being reconnected. `INSUFFICIENT_RESOURCES` where
/// [`WAITS_MAX`] requests wait already, or will when those that come at the same time do; one that need not wait is answered
/// all the same. A wait may start and go on while the interrupt is soft-inactive.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct WaitRequest {
    /// The sequence to wait past.
    pub after: u64,
}

/// The reply of [`crate::code::WAIT`]. 16 bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct WaitReply {
    /// The interrupt sequence when the wait was answered.
    pub sequence: u64,
    /// The causes of the newest claimed interrupt.
    pub causes: u32,
    /// Always 0.
    pub reserved: u32,
}

/// The request of [`crate::code::SET_ACTIVE`]. 8 bytes; no reply. Setting the state that already
/// holds is refused like any other (below), and otherwise succeeds and changes nothing. What the device has raised by
/// itself while the interrupt was inactive is acknowledged when it is active again, and is no interrupt.
///
/// # Errors
///
/// `INVALID_PARAMETER` where `active` is neither 0 nor 1, or the reserved field is not 0.
/// `INVALID_DEVICE_STATE` while a stress run or a reconnect is on.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct SetActiveRequest {
    /// 1 to report the interrupt active, 0 to report it inactive.
    pub active: u32,
    /// Must be 0.
    pub reserved: u32,
}

const _: () = assert!(size_of::<RaiseRequest>() == 16);
const _: () = assert!(size_of::<RaiseReply>() == 16);
const _: () = assert!(size_of::<WaitRequest>() == 8);
const _: () = assert!(size_of::<WaitReply>() == 16);
const _: () = assert!(size_of::<SetActiveRequest>() == 8);
