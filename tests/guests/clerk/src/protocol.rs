//! What clients and tests use: the bits of `Setup`, and the codes of orders.
//!
//! Codes are `METHOD_BUFFERED` and ask for no access right; input is ignored but for `store`.

/// The device interface: `{7C1E52D4-90AB-4F3D-8E66-31B5A09F4C27}` as its four fields.
pub(crate) const INTERFACE: (u32, u16, u16, [u8; 8]) = (
    0x7C1E_52D4,
    0x90AB,
    0x4F3D,
    [0x8E, 0x66, 0x31, 0xB5, 0xA0, 0x9F, 0x4C, 0x27],
);

/// The value of the service's `Parameters` key that holds the bits.
pub(crate) const SETUP: &str = "Setup";

/// The desk is used without its lock.
pub(crate) const NO_LOCK: u32 = 1;
/// The data register is read by 16 bits.
pub(crate) const WIDE: u32 = 1 << 1;
/// The port behind the last one of the resource is read.
pub(crate) const BEYOND: u32 = 1 << 2;
/// The buffer is looked at before the device has said that it is done.
pub(crate) const LOOK_EARLY: u32 = 1 << 3;
/// The structure is written behind the write that sets the device to work.
pub(crate) const TOUCH: u32 = 1 << 4;
/// The device is sent to an address that was never made for it.
pub(crate) const NO_MEMORY: u32 = 1 << 5;
/// The ports are accessed in `EvtDeviceReleaseHardware`.
pub(crate) const ASLEEP: u32 = 1 << 6;
/// What is read goes to memory that is only read.
pub(crate) const INTO_CONSTANT: u32 = 1 << 7;
/// The common buffer is deleted while the device is at work.
pub(crate) const DELETE_EARLY: u32 = 1 << 8;
/// The state of the device is said to be that of one that has failed.
pub(crate) const SAY_FAILED: u32 = 1 << 9;
/// It is said by a value that is none.
pub(crate) const SAY_NOTHING: u32 = 1 << 10;
/// It is said by a structure of another size.
pub(crate) const SAY_SHORT: u32 = 1 << 11;

/// The bytes of the desk's buffer.
pub(crate) const ROOM: usize = 256;

/// What can be ordered, in the order of the codes:
/// - `resource` answers type, share and flags, and first port and length, of the raw resource and of the translated one;
/// - `features` answers what the item of features has, read byte by byte, and the signature of the DMA register;
/// - `directory` answers the beginning of the directory of files, by ports;
/// - `pass` writes as many bytes to the data register as are asked for, and answers what the selected item has next;
/// - `fetch` answers the beginning of the second file, by direct memory access;
/// - `store` writes its input to the second file, by direct memory access, and answers the word of control.
pub(crate) const ORDERS: [&str; 6] = [
    "resource",
    "features",
    "directory",
    "pass",
    "fetch",
    "store",
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
