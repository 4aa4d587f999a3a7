//! What clients use: the interface, the orders, and what the report says.
//!
//! Codes are `METHOD_BUFFERED` and ask for no access right; an order has no input.

/// The device interface: `{2E1A7C0D-5EED-4C1D-9A2B-2F6D3B1C7A57}` as its four fields.
pub(crate) const INTERFACE: (u32, u16, u16, [u8; 8]) = (
    0x2E1A_7C0D,
    0x5EED,
    0x4C1D,
    [0x9A, 0x2B, 0x2F, 0x6D, 0x3B, 0x1C, 0x7A, 0x57],
);

/// The orders:
/// - `forward` goes to a parallel queue, whose callback takes the gate and completes; `forward-raised` does so with another
///   spin lock held, and `forward-gated` with the gate held, where the callback waits for what its own caller holds;
/// - `mark` goes to a queue whose callback marks it cancelable; its `EvtRequestCancel` takes the gate and completes;
/// - `purge` purges that queue and starts it again, `purge-raised` with another spin lock held, and `purge-gated` with the
///   gate held;
/// - `park-first` and `park-second` go to two power-managed queues, the second made after the first, and are kept there;
///   `park-blind` goes to the first whether its handle is closed or not;
/// - `release` completes what is kept;
/// - `stop-completes`, `stop-keeps`, `stop-requeues` and `stop-left` say what `EvtIoStop` does with what is kept: it
///   completes it, acknowledges it, acknowledges it with a requeue, or leaves what is in the first queue to the
///   `EvtIoStop` of the second;
/// - `purge-first` purges the first queue with a callback at its end, and `start-first` starts it;
/// - `shelve` goes to a manual queue with a ready notification; `put-back` takes the next from there and puts it back, and
///   `take` completes it;
/// - `power-plain` has the callbacks of power count what they are called for without a lock;
/// - `drain` calls a function of the framework that the simulator does not model;
/// - `report` answers with [`Report`].
pub(crate) const ORDERS: [&str; 23] = [
    "forward",
    "forward-raised",
    "forward-gated",
    "mark",
    "purge",
    "purge-raised",
    "purge-gated",
    "park-first",
    "park-second",
    "park-blind",
    "release",
    "stop-completes",
    "stop-keeps",
    "stop-requeues",
    "stop-left",
    "purge-first",
    "start-first",
    "shelve",
    "put-back",
    "take",
    "power-plain",
    "drain",
    "report",
];

/// The code of an order.
///
/// # Panics
///
/// Where no order has the name.
pub(crate) const fn order(name: &str) -> u32 {
    let mut index = 0;
    while index < ORDERS.len() {
        if equal(ORDERS[index].as_bytes(), name.as_bytes()) {
            #[expect(clippy::cast_possible_truncation, reason = "there are few orders")]
            return code(0x800 + index as u32);
        }
        index += 1;
    }
    panic!("no order has the name")
}

const fn equal(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// `CTL_CODE(FILE_DEVICE_UNKNOWN, function, METHOD_BUFFERED, FILE_ANY_ACCESS)`.
const fn code(function: u32) -> u32 {
    const FILE_DEVICE_UNKNOWN: u32 = 0x22;
    (FILE_DEVICE_UNKNOWN << 16) | (function << 2)
}

/// `EvtDeviceD0Entry` is running.
pub(crate) const IN_ENTRY: u32 = 1;
/// `EvtDeviceD0Exit` is running.
pub(crate) const IN_EXIT: u32 = 2;
/// `EvtIoStop` is running.
pub(crate) const IN_STOP: u32 = 4;

/// What happened so far: on the wire as little-endian numbers, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// The IRQL of the last callback that was forwarded to.
    pub(crate) forwarded_at: u32,
    /// The IRQL of the last `EvtRequestCancel`.
    pub(crate) cancelled_at: u32,
    /// How often the manual queue said that it is ready.
    pub(crate) ready: u32,
    /// How often the first queue said that its purge is complete.
    pub(crate) purged: u32,
    /// How often a request was presented to be kept.
    pub(crate) presented: u32,
    /// How often `EvtIoStop` was called.
    pub(crate) stopped: u32,
    /// How often `EvtIoResume` was called.
    pub(crate) resumed: u32,
    /// What was running when `EvtDeviceSurpriseRemoval` was called.
    pub(crate) overlapped: u32,
    /// How often a callback of power was called, where it counts.
    pub(crate) counted: u32,
}

impl Report {
    /// The bytes on the wire.
    pub(crate) const LEN: usize = 36;

    /// As on the wire.
    pub(crate) fn words(self) -> [u32; 9] {
        [
            self.forwarded_at,
            self.cancelled_at,
            self.ready,
            self.purged,
            self.presented,
            self.stopped,
            self.resumed,
            self.overlapped,
            self.counted,
        ]
    }
}
