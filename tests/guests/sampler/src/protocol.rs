//! What clients and tests use: the bits of `Setup`, the codes of orders, and the report.
//!
//! Codes are `METHOD_BUFFERED` and ask for no access right; input is ignored.

/// The device interface: `{5B8D9A1E-3C47-4E62-9F10-2A7C64D1E8B3}` as its four fields.
pub(crate) const INTERFACE: (u32, u16, u16, [u8; 8]) = (
    0x5B8D_9A1E,
    0x3C47,
    0x4E62,
    [0x9F, 0x10, 0x2A, 0x7C, 0x64, 0xD1, 0xE8, 0xB3],
);

/// The value of the service's `Parameters` key that holds the bits.
pub(crate) const SETUP: &str = "Setup";

/// The bus driver's interface is not given back.
pub(crate) const KEEP_INTERFACE: u32 = 1;
/// It is used behind the last dereference.
pub(crate) const CALL_LATE: u32 = 1 << 1;
/// The driver writes to the buffer while it is the device's.
pub(crate) const TOUCH: u32 = 1 << 2;
/// The buffer is deleted while the device has its address.
pub(crate) const DELETE_EARLY: u32 = 1 << 3;
/// A common buffer is deleted at `DISPATCH_LEVEL`.
pub(crate) const DELETE_HIGH: u32 = 1 << 4;
/// The chain that is offered is one that the device may only read.
pub(crate) const WRONG_WAY: u32 = 1 << 5;
/// `EvtInterruptDisable` leaves the device as it is.
pub(crate) const STAY_LOUD: u32 = 1 << 6;
/// The device is reached for at an address that was never made for it.
pub(crate) const NO_MEMORY: u32 = 1 << 7;

/// A chain is offered right before the interrupt is disabled.
pub(crate) const OFFER_LATE: u32 = 1 << 8;

/// The bytes that a sample has at most.
pub(crate) const SAMPLE: usize = 64;

/// What can be ordered, in the order of the codes:
/// - `sample` answers with what the device gives;
/// - `report` answers the numbers below.
pub(crate) const ORDERS: [&str; 2] = ["sample", "report"];

/// The numbers of a report, in its order.
pub(crate) const NUMBERS: [&str; 18] = [
    "identity",
    "window",
    "window-high",
    "capabilities",
    "held",
    "beyond",
    "translated",
    "alignment",
    "length",
    "aligned",
    "same-place",
    "small-config",
    "no-profile",
    "no-length",
    "no-bytes",
    "parent",
    "far-parent",
    "property",
];

/// The code of an order.
///
/// # Panics
///
/// Where no order has the name.
pub(crate) fn order(name: &str) -> u32 {
    const FILE_DEVICE_UNKNOWN: u32 = 0x22;
    let at = ORDERS.iter().position(|order| *order == name);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the index is that of a short table"
    )]
    let function = 0x800 + at.unwrap_or(ORDERS.len()) as u32;
    (FILE_DEVICE_UNKNOWN << 16) | (function << 2)
}
