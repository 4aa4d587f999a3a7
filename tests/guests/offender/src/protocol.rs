//! What clients use: the interface, and the codes of what they can ask for.
//!
//! Codes are `METHOD_BUFFERED` and ask for no access right. Input is ignored; an exhibit answers
//! with a little-endian `u32`.

/// The device interface: `{0FFE4DE2-5EED-4C1D-9A2B-2F6D3B1C7A56}` as its four fields.
pub(crate) const INTERFACE: (u32, u16, u16, [u8; 8]) = (
    0x0FFE_4DE2,
    0x5EED,
    0x4C1D,
    [0x9A, 0x2B, 0x2F, 0x6D, 0x3B, 0x1C, 0x7A, 0x56],
);

/// The rules that can be broken and kept, in the order of their codes.
pub(crate) const DEEDS: [&str; 101] = [
    "irql-of-export",
    "irql-of-framework",
    "irql-lowered-by-raise",
    "irql-lowered-in-dpc",
    "irql-not-restored",
    "irql-of-wait",
    "irql-of-paged-pool",
    "critical-region",
    "lock-recursion",
    "lock-not-held",
    "lock-not-initialised",
    "lock-only-zeroed",
    "lock-overwritten",
    "lock-held-below-dispatch",
    "lock-held-below-its-level",
    "lock-order",
    "framework-lock-recursion",
    "pool-leak",
    "pool-double-free",
    "pool-overrun",
    "pool-tag",
    "pool-use-after-free",
    "request-leak",
    "request-completed-twice",
    "request-used-after-completion",
    "request-information",
    "request-completed-cancelable",
    "handle-of-another-kind",
    "event-never-set",
    "event-not-initialised",
    "rundown-released-too-often",
    "rundown-never-released",
    "panic",
    "null",
    "opaque-object",
    "read-only-memory",
    "stack",
    "instruction",
    "handle-leak",
    "thread-outlives-driver",
    "thread-ends-raised",
    "storm",
    "interrupt-left-connected",
    "interrupt-disconnected-twice",
    "interrupt-reported-after-disconnect",
    "synchronize-above-its-irql",
    "synchronize-nested",
    "register-width",
    "register-after-unmap",
    "mapping-leak",
    "race",
    "race-with-isr",
    "race-undeclared",
    "dpc-watchdog",
    "pageable-pool",
    "pageable-code",
    "output-unwritten",
    "provider-left-registered",
    "provider-registered-raised",
    "event-after-unregister",
    "event-pageable",
    "event-of-user-space",
    "dirql-time",
    "extended-state",
    "closure-moves-out",
    "closure-empties-option",
    "closure-empties-cell",
    "closure-makes-box",
    "closure-empties-handler",
    "call-of-nothing",
    "synchronize-with-nothing",
    "connect-of-nothing",
    "thread-of-nothing",
    "canceled-asked-while-cancelable",
    "affinity-raised",
    "string-pageable",
    "connect-to-nowhere",
    "isr-lock-taken",
    "isr-lock-overwritten",
    "isr-lock-not-initialised",
    "critical-region-left-open",
    "closure-left-connected",
    "jump-into-pool",
    "fast-fail",
    "assertion",
    "uninitialized-argument",
    "uninitialized-stack",
    "uninitialized-register",
    "uninitialized-output",
    "uninitialized-branch",
    "uninitialized-address",
    "dpc-not-initialised",
    "dpc-initialised-while-queued",
    "dpc-overwritten",
    "dpc-freed-while-queued",
    "dpc-in-paged-pool",
    "dpc-flush-raised",
    "race-with-dpc",
    "device-deleted",
    "interrupt-inactive-unsilenced",
    "interrupt-disconnected-unsilenced",
];

/// The code that breaks a rule.
///
/// # Panics
///
/// Where no rule has the name.
pub(crate) const fn breaks(name: &str) -> u32 {
    code(0x800 + 2 * index(&DEEDS, name))
}

/// The code that does the same work and keeps the rule.
///
/// # Panics
///
/// Where no rule has the name.
pub(crate) const fn keeps(name: &str) -> u32 {
    code(0x801 + 2 * index(&DEEDS, name))
}

/// What can be looked at, in the order of the codes:
/// - `busy` spends 20 000 instructions and more without a call, and answers 0;
/// - `race` counts 50 times in two threads each, by a relaxed load and a store, and answers what was
///   counted; `race-locked` does so under a spin lock;
/// - `relaxed-counters` adds 50 times in two threads each, to a counter of its own and to one of both,
///   and answers the sum of all three;
/// - `acquire-release-flag` writes a plain number in one thread and then a flag, reads the number in
///   another where the flag is set, and answers the number, 7;
/// - `statistics-unlocked` reads what ISRs count while they do, and answers it, 3 or more;
/// - `isr-not-mine` connects and answers how many ISRs found nothing of their device's;
/// - `acknowledge-what-was-read` raises three causes, lets the ISR write down what it acknowledges, looks
///   under the lock until it is all, and answers the causes, 7;
/// - `lazy-line` raises one cause, acknowledges it in the third ISR, and answers how many ISRs
///   claimed it;
/// - `masked-raises` raises three causes at `HIGH_LEVEL`, one after the other, and answers how many
///   ISRs claimed them; `open-raises` raises them at `PASSIVE_LEVEL`;
/// - `long-synchronize` calls `KeSynchronizeExecution` with a routine that raises a cause and stays
///   for a thousand instructions, and answers how many ISRs had claimed it when the routine ended;
/// - `returns-false` calls `KeSynchronizeExecution` with a routine that returns FALSE, and answers what came back;
/// - `inactive-synchronize` does so with one that returns 7 while the interrupt is reported inactive, and answers how
///   often the routine ran and, times 256, what came back;
/// - `null-locks` connects the interrupt twice without a lock, calls `KeSynchronizeExecution` on the one from
///   a routine under the other, and answers how often a routine ran;
/// - `disconnect-while-isr-spins` takes the interrupt lock, raises a cause, gives the lock up and
///   disconnects at once, waits until the ISR that may have been left behind has ended, and answers 0;
/// - `edge-in-service` raises a cause, whose ISR acknowledges it and raises another, and answers how
///   many ISRs claimed one;
/// - `two-objects` connects the interrupt twice, raises a cause, and answers how many ISRs claimed it;
/// - `slow-service` raises causes while an ISR takes long, and answers how many ISRs claimed one;
///   each ends with a call of `KeGetCurrentProcessorNumberEx`;
/// - `dpc-requeued` has a DPC queue itself while it runs, and answers how often that was taken;
/// - `dpc-overlap` queues a DPC again and again, and answers how many of its runs met;
/// - `line-of-message` connects by the line whatever the device has, and answers the status; where it is connected, it
///   raises a cause and waits for its ISR;
/// - `own-dpc-removed` queues a DPC of its own memory twice at `DISPATCH_LEVEL`, takes it out twice and queues it
///   again, and answers the sum of its arguments and, times 65536, what the five calls said;
/// - `own-dpc-flushed` queues it in two threads, waits for what is queued, and answers how many runs came later.
pub(crate) const EXHIBITS: [&str; 24] = [
    "busy",
    "race",
    "race-locked",
    "relaxed-counters",
    "acquire-release-flag",
    "statistics-unlocked",
    "isr-not-mine",
    "acknowledge-what-was-read",
    "lazy-line",
    "masked-raises",
    "open-raises",
    "long-synchronize",
    "disconnect-while-isr-spins",
    "edge-in-service",
    "two-objects",
    "slow-service",
    "dpc-requeued",
    "dpc-overlap",
    "returns-false",
    "inactive-synchronize",
    "null-locks",
    "line-of-message",
    "own-dpc-removed",
    "own-dpc-flushed",
];

/// The code of an exhibit.
///
/// # Panics
///
/// Where no exhibit has the name.
pub(crate) const fn exhibit(name: &str) -> u32 {
    code(0xC00 + index(&EXHIBITS, name))
}

/// What is done with programs, in the order of the codes: `first` and `second` run what a test has put in their place,
/// `connect` connects an interrupt whose ISR does, too, until `disconnect`, `sum` answers a number that tells what they have
/// left, and `branch` takes a branch where they have left something.
pub(crate) const PROGRAMS: [&str; 6] =
    ["first", "second", "connect", "disconnect", "sum", "branch"];

/// The code of what is done with programs.
///
/// # Panics
///
/// Where nothing has the name.
pub(crate) const fn program(name: &str) -> u32 {
    code(0xE00 + index(&PROGRAMS, name))
}

/// `CTL_CODE(FILE_DEVICE_UNKNOWN, function, METHOD_BUFFERED, FILE_ANY_ACCESS)`.
const fn code(function: u32) -> u32 {
    const FILE_DEVICE_UNKNOWN: u32 = 0x22;
    (FILE_DEVICE_UNKNOWN << 16) | (function << 2)
}

const fn index(names: &[&str], name: &str) -> u32 {
    let mut at = 0;
    while !same(names[at as usize], name) {
        at += 1;
    }
    at
}

/// Whether two names are the same; `==` is not const.
pub(crate) const fn same(a: &str, b: &str) -> bool {
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
