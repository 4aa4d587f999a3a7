//! The table of offences: what the guest's deeds break, and what the reports have to say.

use ntsim::Rule;

/// What breaks a rule, and what the report has to say.
pub(crate) struct Offence {
    pub(crate) name: &'static str,
    pub(crate) rule: Rule,
    pub(crate) says: &'static str,
}

const fn offence(name: &'static str, rule: Rule, says: &'static str) -> Offence {
    Offence { name, rule, says }
}

/// One for each of the guest's deeds, in their order.
pub(crate) const OFFENCES: &[Offence] = &[
    offence(
        "irql-of-export",
        Rule::Irql,
        "ZwClose was called at IRQL 2; it may be called at IRQL 0 only",
    ),
    offence(
        "irql-of-framework",
        Rule::Irql,
        "WdfDeviceCreateDeviceInterface was called at IRQL 2",
    ),
    offence("irql-lowered-by-raise", Rule::Irql, "from IRQL 2 to 0"),
    offence(
        "irql-lowered-in-dpc",
        Rule::Irql,
        "to go to IRQL 0 in a callback that was entered at 2",
    ),
    offence(
        "irql-not-restored",
        Rule::IrqlNotRestored,
        "entered at IRQL 0 and returned at IRQL 2",
    ),
    offence("irql-of-wait", Rule::Irql, "wait that may block"),
    offence(
        "irql-of-paged-pool",
        Rule::Irql,
        "paged pool was allocated above APC",
    ),
    offence(
        "critical-region",
        Rule::BadArgument,
        "in no critical region",
    ),
    offence("lock-recursion", Rule::LockRecursion, "already"),
    offence("lock-not-held", Rule::LockMisuse, "which it does not hold"),
    offence(
        "lock-not-initialised",
        Rule::LockMisuse,
        "is taken and was not initialised",
    ),
    offence(
        "lock-only-zeroed",
        Rule::LockMisuse,
        "is taken and was not initialised",
    ),
    offence("lock-overwritten", Rule::LockMisuse, "it was overwritten"),
    offence(
        "lock-held-below-dispatch",
        Rule::LockMisuse,
        "to go to IRQL 0 with the spin lock",
    ),
    offence(
        "lock-held-below-its-level",
        Rule::LockMisuse,
        "held, whose level is 9",
    ),
    offence("lock-order", Rule::LockOrder, "in the opposite order"),
    offence("framework-lock-recursion", Rule::LockRecursion, "already"),
    offence("pool-leak", Rule::PoolLeak, "24 bytes with the tag 'Offd'"),
    offence(
        "pool-double-free",
        Rule::PoolMisuse,
        "is no allocation of the driver's",
    ),
    offence(
        "pool-overrun",
        Rule::PoolMisuse,
        "beside every pool allocation",
    ),
    offence(
        "pool-tag",
        Rule::PoolMisuse,
        "tag 'Offd' was freed with the tag 'Oops'",
    ),
    offence(
        "pool-use-after-free",
        Rule::UseAfterFree,
        "in a pool block that was freed",
    ),
    offence("request-leak", Rule::RequestLeak, "never completed"),
    offence(
        "request-completed-twice",
        Rule::RequestMisuse,
        "used after it was completed",
    ),
    offence(
        "request-used-after-completion",
        Rule::RequestMisuse,
        "used after it was completed",
    ),
    offence(
        "request-information",
        Rule::RequestMisuse,
        "Information 65536",
    ),
    offence(
        "request-completed-cancelable",
        Rule::RequestMisuse,
        "still marked cancelable",
    ),
    offence(
        "handle-of-another-kind",
        Rule::BadHandle,
        "names a Request, where a Device is needed",
    ),
    offence("event-never-set", Rule::Hang, "waits for Event"),
    offence(
        "event-not-initialised",
        Rule::BadArgument,
        "is no initialised event",
    ),
    offence(
        "rundown-released-too-often",
        Rule::BadArgument,
        "more often than",
    ),
    offence("rundown-never-released", Rule::Hang, "waits for Rundown"),
    offence("panic", Rule::Bugcheck, "a Rust panic at "),
    offence(
        "null",
        Rule::BadAccess,
        "read 4 bytes at 0x0, next to a null pointer",
    ),
    offence("opaque-object", Rule::BadAccess, "inside an opaque object"),
    offence(
        "read-only-memory",
        Rule::BadAccess,
        "in the image, where that is not permitted",
    ),
    offence("stack", Rule::StackOverflow, "beyond a kernel stack"),
    offence("instruction", Rule::Instruction, "ud2"),
    offence("handle-leak", Rule::ObjectLeak, "is still open"),
    offence("thread-outlives-driver", Rule::ObjectLeak, "still runs"),
    offence(
        "thread-ends-raised",
        Rule::Irql,
        "PsTerminateSystemThread was called at IRQL 2",
    ),
    offence("storm", Rule::Storm, "no ISR made its device deassert it"),
    offence(
        "interrupt-left-connected",
        Rule::ObjectLeak,
        "is still connected",
    ),
    offence(
        "interrupt-disconnected-twice",
        Rule::Bugcheck,
        "bug check 0xca",
    ),
    offence(
        "interrupt-reported-after-disconnect",
        Rule::BadArgument,
        "IoReportInterruptInactive was given the connection context",
    ),
    offence(
        "synchronize-above-its-irql",
        Rule::Irql,
        "at IRQL 15, above the interrupt's SynchronizeIrql 9",
    ),
    offence("synchronize-nested", Rule::LockRecursion, "already"),
    offence(
        "register-width",
        Rule::BadMmio,
        "16-bit read at BAR0 offset 0x0",
    ),
    offence(
        "register-after-unmap",
        Rule::BadAccess,
        "not, or no longer, mapped",
    ),
    offence("mapping-leak", Rule::ObjectLeak, "are still mapped"),
    offence("race", Rule::Race, "definite race at "),
    offence("race-with-isr", Rule::Race, "definite race at "),
    offence(
        "race-undeclared",
        Rule::Race,
        "on memory that the driver does not declare atomic",
    ),
    offence("dpc-watchdog", Rule::DpcWatchdog, "a DPC has run for 10 ms"),
    offence("pageable-pool", Rule::Pageable, "bytes of paged pool"),
    offence(
        "pageable-code",
        Rule::Pageable,
        "in a pageable section of its image",
    ),
    offence(
        "output-unwritten",
        Rule::OutputUnwritten,
        "nothing has written byte 4",
    ),
    offence(
        "provider-left-registered",
        Rule::ObjectLeak,
        "is still registered",
    ),
    offence(
        "provider-registered-raised",
        Rule::Irql,
        "EtwRegister was called at IRQL 2; it may be called at IRQL 0 only",
    ),
    offence(
        "event-after-unregister",
        Rule::BadArgument,
        "which is no registration, or no more",
    ),
    offence("event-pageable", Rule::Pageable, "which are pageable"),
    offence(
        "event-of-user-space",
        Rule::BadArgument,
        "which is not in system space",
    ),
    offence(
        "dirql-time",
        Rule::DirqlTime,
        "for more than 25 us without a break",
    ),
    offence(
        "extended-state",
        Rule::ExtendedState,
        "uses registers of x87, MMX or AVX",
    ),
    offence(
        "closure-moves-out",
        Rule::Irql,
        "ExFreePoolWithTag was called at IRQL 9",
    ),
    offence(
        "closure-empties-option",
        Rule::Irql,
        "ExFreePoolWithTag was called at IRQL 9",
    ),
    offence(
        "closure-empties-cell",
        Rule::Irql,
        "ExFreePoolWithTag was called at IRQL 9",
    ),
    offence(
        "closure-makes-box",
        Rule::Irql,
        "ExAllocatePool2 was called at IRQL 9",
    ),
    offence(
        "closure-empties-handler",
        Rule::Irql,
        "ExFreePoolWithTag was called at IRQL 9",
    ),
    offence(
        "call-of-nothing",
        Rule::BadAccess,
        "called or jumped to 0x0, next to a null pointer",
    ),
    offence(
        "synchronize-with-nothing",
        Rule::BadArgument,
        "KeSynchronizeExecution was given NULL for SynchronizeRoutine",
    ),
    offence(
        "connect-of-nothing",
        Rule::BadArgument,
        "IoConnectInterruptEx was given NULL for MessageServiceRoutine",
    ),
    offence(
        "thread-of-nothing",
        Rule::BadArgument,
        "PsCreateSystemThread was given NULL for StartRoutine",
    ),
    offence(
        "canceled-asked-while-cancelable",
        Rule::WdfIsCanceled,
        "for a request that was marked cancelable",
    ),
    offence(
        "affinity-raised",
        Rule::Irql,
        "KeSetSystemGroupAffinityThread was called at IRQL 2; it may be called from IRQL 0 to 1",
    ),
    offence("string-pageable", Rule::Pageable, "of paged pool"),
    offence(
        "connect-to-nowhere",
        Rule::BadAccess,
        "IoConnectInterruptEx was told to write 8 bytes to 0x0, where no memory is: ConnectionContext leads there",
    ),
    offence(
        "isr-lock-taken",
        Rule::LockRecursion,
        "it is taken to call the ISR that was connected at src/deeds/interrupt/connection.rs:",
    ),
    offence(
        "isr-lock-overwritten",
        Rule::LockMisuse,
        "since it was initialised at src/deeds/lock.rs:",
    ),
    offence(
        "isr-lock-not-initialised",
        Rule::LockMisuse,
        "was not initialised; it is taken to call the ISR that was connected at src/deeds/interrupt/connection.rs:",
    ),
    offence(
        "critical-region-left-open",
        Rule::BadArgument,
        "ended inside a critical region",
    ),
    offence(
        "closure-left-connected",
        Rule::ObjectLeak,
        "is still connected",
    ),
    offence(
        "jump-into-pool",
        Rule::BadAccess,
        "in pool, which is not executable",
    ),
    offence(
        "fast-fail",
        Rule::Instruction,
        "the code 3, FAST_FAIL_CORRUPT_LIST_ENTRY (int 29h",
    ),
    offence(
        "assertion",
        Rule::Instruction,
        "an assertion of the driver failed (int 2Ch)",
    ),
    offence(
        "uninitialized-argument",
        Rule::Uninitialized,
        "with 0x00 in stacks and 0xcd in pool `MicroSeconds` of KeStallExecutionProcessor is 0xc; with 0xff and 0x32 `MicroSeconds` of KeStallExecutionProcessor is 0x3",
    ),
    offence(
        "uninitialized-stack",
        Rule::Uninitialized,
        "with 0xff and 0x32 `MicroSeconds` of KeStallExecutionProcessor is 0xf",
    ),
    offence(
        "uninitialized-register",
        Rule::Uninitialized,
        "0xcdcdcdcd goes to the register at 0x4 of BAR 0; with 0xff and 0x32 0x32323232 goes to the register at 0x4 of BAR 0",
    ),
    offence(
        "uninitialized-output",
        Rule::Uninitialized,
        "is 0xcd; with 0xff and 0x32 byte 4 of the output of request 1 is 0x32",
    ),
    offence(
        "uninitialized-branch",
        Rule::Uninitialized,
        "the driver goes on at",
    ),
    offence(
        "uninitialized-address",
        Rule::Uninitialized,
        "a rule is broken with what uninitialized memory holds in this run, and not with what it holds in another: rule bad-access: the driver read 8 bytes at",
    ),
    offence(
        "dpc-not-initialised",
        Rule::BadArgument,
        "which is no initialised DPC",
    ),
    offence(
        "dpc-initialised-while-queued",
        Rule::BadArgument,
        "which is in a queue",
    ),
    offence(
        "dpc-overwritten",
        Rule::BadArgument,
        "was overwritten while it was in a queue",
    ),
    offence(
        "dpc-freed-while-queued",
        Rule::PoolMisuse,
        "in it, which is in a queue",
    ),
    offence(
        "dpc-in-paged-pool",
        Rule::Pageable,
        "whose memory is pageable",
    ),
    offence(
        "dpc-flush-raised",
        Rule::Irql,
        "KeFlushQueuedDpcs was called at IRQL 2; it may be called at IRQL 0 only",
    ),
    offence("race-with-dpc", Rule::Race, "a DPC"),
    offence(
        "device-deleted",
        Rule::WdfVerifier,
        "WdfObjectDelete is called for a Device",
    ),
    offence(
        "interrupt-inactive-unsilenced",
        Rule::Unsilenced,
        "IoReportInterruptInactive was called while the device is not silent: a source that the driver has enabled",
    ),
    offence(
        "interrupt-disconnected-unsilenced",
        Rule::Unsilenced,
        "IoDisconnectInterruptEx was called while the device is not silent: a source that the driver has enabled",
    ),
];

/// Rules that no driver's deed breaks, or none that ends in time.
pub(crate) const NOT_OFFENCES: &[Rule] = &[
    // Two thousand million instructions take minutes.
    Rule::Endless,
    // The offender is no video miniport.
    Rule::MiniportCall,
    // Another test starts a driver on hardware that it refuses.
    Rule::StartFailed,
];
