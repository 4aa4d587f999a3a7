//! What clients and tests use: the bits of `Setup`, the codes of orders, and the report.
//!
//! Codes are `METHOD_BUFFERED` and ask for no access right; input is ignored. Each order but `report` answers a number.

/// The device interface: `{7D3B1E0C-52AF-4C0E-9E36-0F7C8A1B54D2}` as its four fields.
pub(crate) const INTERFACE: (u32, u16, u16, [u8; 8]) = (
    0x7D3B_1E0C,
    0x52AF,
    0x4C0E,
    [0x9E, 0x36, 0x0F, 0x7C, 0x8A, 0x1B, 0x54, 0xD2],
);

/// The value of the service's `Parameters` key that holds the bits.
pub(crate) const SETUP: &str = "Setup";

/// The framework's interrupt is made in `EvtDevicePrepareHardware`, and not in `EvtDriverDeviceAdd`.
pub(crate) const IN_PREPARE: u32 = 1;
/// It is reported inactive where the device sleeps.
pub(crate) const SOFT: u32 = 1 << 1;
/// `enable` of the handler fails, or `EvtDeviceD0EntryPostInterruptsEnabled`, from the first time on.
pub(crate) const FAIL_ENABLE: u32 = 1 << 2;
pub(crate) const FAIL_POST: u32 = 1 << 3;
/// As before, from when `fail-from-now` was ordered on.
pub(crate) const LATER: u32 = 1 << 4;
/// The driver connects the interrupt itself, by `dirql::Interrupt`.
pub(crate) const DIRECT: u32 = 1 << 5;
/// The same, by `dirql::PassiveInterrupt::connect_lines`.
pub(crate) const PASSIVE: u32 = 1 << 6;
/// The framework's interrupt is handled at `PASSIVE_LEVEL`.
pub(crate) const FRAMEWORK_PASSIVE: u32 = 1 << 7;
/// A closure of a `loop` runs only where nothing has to be waited for, if there is such a kind of closures.
pub(crate) const TRIES: u32 = 1 << 8;

/// Each message of the device is an interrupt that the driver connects itself, and all share a lock: the device is a
/// [probe](../../../../crates/ntsim/src/device/probe.rs).
pub(crate) const SHARED: u32 = 1 << 9;

/// What follows the service routine of the framework's interrupt is a work item, and no DPC.
pub(crate) const WORK_ITEM: u32 = 1 << 10;

/// With [`FRAMEWORK_PASSIVE`]: two interrupts of the framework's share a state behind a wait lock, and a work item follows each. The second one is
/// assigned nothing.
pub(crate) const WAIT_LOCK: u32 = 1 << 11;

/// What can be ordered, in the order of the codes:
/// - `report` answers a [`NUMBERS`] of them;
/// - `raise` has the device raise a cause;
/// - `count` counts in a closure, and answers how often that ran, 1 or 0;
/// - `loop` does so many times, and answers how often it ran;
/// - `disable` and `enable` disconnect and connect the framework's interrupt, and answer whether that was done;
/// - `fail-from-now` has callbacks fail.
pub(crate) const ORDERS: [&str; 7] = [
    "report",
    "raise",
    "count",
    "loop",
    "disable",
    "enable",
    "fail-from-now",
];

/// How many closures a `loop` tries to run.
pub(crate) const TIMES: u32 = 60;

/// The numbers of a report, in its order.
pub(crate) const NUMBERS: [&str; 6] = [
    "served", "followed", "runs", "counted", "enabled", "disabled",
];

/// The code of an order.
///
/// # Panics
///
/// Where no order has the name.
pub(crate) const fn order(name: &str) -> u32 {
    const FILE_DEVICE_UNKNOWN: u32 = 0x22;
    let mut at = 0;
    while !same(ORDERS[at], name) {
        at += 1;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the index is that of a short table"
    )]
    let function = 0x800 + at as u32;
    (FILE_DEVICE_UNKNOWN << 16) | (function << 2)
}

/// Whether two names are the same; `==` is not const.
const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}
