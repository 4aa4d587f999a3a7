//! What clients and tests use: the bits of `Setup`, the codes of orders, and the report.
//!
//! Codes are `METHOD_BUFFERED` and ask for no access right; input is ignored.

/// The device interface: `{1C0D6A53-9E57-4B0F-8E2A-6D4B7F21C93E}` as its four fields.
pub(crate) const INTERFACE: (u32, u16, u16, [u8; 8]) = (
    0x1C0D_6A53,
    0x9E57,
    0x4B0F,
    [0x8E, 0x2A, 0x6D, 0x4B, 0x7F, 0x21, 0xC9, 0x3E],
);

/// The value of the service's `Parameters` key that holds the bits.
pub(crate) const SETUP: &str = "Setup";

/// The interrupt is created in `EvtDevicePrepareHardware`, and not in `EvtDriverDeviceAdd`.
pub(crate) const IN_PREPARE: u32 = 1;
/// It is reported inactive where the device sleeps.
pub(crate) const SOFT: u32 = 1 << 1;
/// Its lock is a WDFSPINLOCK, or a WDFWAITLOCK at `PASSIVE_LEVEL`, which a second interrupt has too.
pub(crate) const OWN_LOCK: u32 = 1 << 2;
/// It has a work item, and no DPC.
pub(crate) const WORK_ITEM: u32 = 1 << 3;
/// It has neither `EvtInterruptEnable` nor `EvtInterruptDisable`.
pub(crate) const UNTOLD: u32 = 1 << 4;
/// There is a second interrupt, which is assigned nothing.
pub(crate) const SECOND: u32 = 1 << 5;
/// Creates that KMDF refuses come first.
pub(crate) const REFUSALS: u32 = 1 << 6;
/// The callback fails, from the first time on.
pub(crate) const FAIL_ENABLE: u32 = 1 << 7;
pub(crate) const FAIL_POST: u32 = 1 << 8;
pub(crate) const FAIL_DISABLE: u32 = 1 << 9;
pub(crate) const FAIL_PRE: u32 = 1 << 10;
/// As the four before, from when `fail-from-now` was ordered on.
pub(crate) const LATER: u32 = 1 << 11;
/// `EvtDeviceD0Exit` does not synchronize with a disconnected interrupt, as it should not; with this it does.
pub(crate) const SYNCHRONIZE_IN_EXIT: u32 = 1 << 12;
/// The interrupt is handled at `PASSIVE_LEVEL`.
pub(crate) const PASSIVE: u32 = 1 << 13;

/// What can be ordered, in the order of the codes:
/// - `report` answers a `Report`;
/// - `raise` has the device raise a cause;
/// - `synchronize` counts in a routine of `WdfInterruptSynchronize`, and answers what came back;
/// - `lock` counts with the lock held by `WdfInterruptAcquireLock`;
/// - `disable` and `enable` call `WdfInterruptDisable` and `WdfInterruptEnable`;
/// - `inactive` and `active` report the interrupt so;
/// - `policy` sets the policy of the interrupt in both ways;
/// - `stay` counts in a routine that stays until the device is gone, or a while;
/// - `lock-of-interrupt` takes the interrupt's WDFSPINLOCK by `WdfSpinLockAcquire`;
/// - `try-lock` calls `WdfInterruptTryToAcquireLock`, and answers whether the lock was free;
/// - `queue-nothing` queues what the interrupt does not have;
/// - `release-only` gives a lock up that was not taken;
/// - `fail-from-now` has the callbacks of `Setup` fail;
/// - `spin-lock` takes the spin lock of NT's interrupt object, which one at `PASSIVE_LEVEL` does not have;
/// - `hold-wait-lock` counts with the interrupt's WDFWAITLOCK held by `WdfWaitLockAcquire`, for a while;
/// - `delete-wait-lock` deletes it, while the interrupt has it.
pub(crate) const ORDERS: [&str; 18] = [
    "report",
    "raise",
    "synchronize",
    "lock",
    "disable",
    "enable",
    "inactive",
    "active",
    "policy",
    "stay",
    "lock-of-interrupt",
    "try-lock",
    "queue-nothing",
    "release-only",
    "fail-from-now",
    "spin-lock",
    "hold-wait-lock",
    "delete-wait-lock",
];

/// The numbers of a report, in its order.
pub(crate) const NUMBERS: [&str; 21] = [
    "served",
    "not-mine",
    "outside",
    "deferred",
    "worked",
    "enabled",
    "disabled",
    "post",
    "pre",
    "synchronized",
    "locked",
    "cleaned",
    "destroyed",
    "refused",
    "vector",
    "level",
    "flags",
    "number",
    "object-in-entry",
    "object-in-post",
    "overlapped",
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
