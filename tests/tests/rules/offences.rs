//! The table of offences: what the guest's deeds break, and what the reports have to say.

use ntsim::rule;

/// What breaks a rule, and what the report has to say.
pub(crate) struct Offence {
    pub(crate) name: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) says: &'static str,
}

const fn offence(name: &'static str, rule: &'static str, says: &'static str) -> Offence {
    Offence { name, rule, says }
}

/// One for each of the guest's deeds, in their order.
pub(crate) const OFFENCES: &[Offence] = &[
    offence(
        "irql-of-export",
        rule::IRQL,
        "ZwClose was called at IRQL 2; it may be called at IRQL 0 only",
    ),
    offence(
        "irql-of-framework",
        rule::IRQL,
        "WdfDeviceCreateDeviceInterface was called at IRQL 2",
    ),
    offence("irql-lowered-by-raise", rule::IRQL, "from IRQL 2 to 0"),
    offence(
        "irql-lowered-in-dpc",
        rule::IRQL,
        "to go to IRQL 0 in a callback that was entered at 2",
    ),
    offence(
        "irql-not-restored",
        rule::IRQL_NOT_RESTORED,
        "entered at IRQL 0 and returned at IRQL 2",
    ),
    offence("irql-of-wait", rule::IRQL, "wait that may block"),
    offence(
        "irql-of-paged-pool",
        rule::IRQL,
        "paged pool was allocated above APC",
    ),
    offence(
        "critical-region",
        rule::BAD_ARGUMENT,
        "in no critical region",
    ),
    offence("lock-recursion", rule::LOCK_RECURSION, "already"),
    offence("lock-not-held", rule::LOCK_MISUSE, "which it does not hold"),
    offence(
        "lock-not-initialised",
        rule::LOCK_MISUSE,
        "is taken and was not initialised",
    ),
    offence(
        "lock-only-zeroed",
        rule::LOCK_MISUSE,
        "is taken and was not initialised",
    ),
    offence("lock-overwritten", rule::LOCK_MISUSE, "it was overwritten"),
    offence(
        "lock-held-below-dispatch",
        rule::LOCK_MISUSE,
        "to go to IRQL 0 with the spin lock",
    ),
    offence(
        "lock-held-below-its-level",
        rule::LOCK_MISUSE,
        "held, whose level is 9",
    ),
    offence("lock-order", rule::LOCK_ORDER, "in the opposite order"),
    offence("framework-lock-recursion", rule::LOCK_RECURSION, "already"),
    offence("pool-leak", rule::POOL_LEAK, "24 bytes with the tag 'Offd'"),
    offence(
        "pool-double-free",
        rule::POOL_MISUSE,
        "is no allocation of the driver's",
    ),
    offence(
        "pool-overrun",
        rule::POOL_MISUSE,
        "beside every pool allocation",
    ),
    offence(
        "pool-tag",
        rule::POOL_MISUSE,
        "tag 'Offd' was freed with the tag 'Oops'",
    ),
    offence(
        "pool-use-after-free",
        rule::USE_AFTER_FREE,
        "in a pool block that was freed",
    ),
    offence("request-leak", rule::REQUEST_LEAK, "never completed"),
    offence(
        "request-completed-twice",
        rule::REQUEST_MISUSE,
        "used after it was completed",
    ),
    offence(
        "request-used-after-completion",
        rule::REQUEST_MISUSE,
        "used after it was completed",
    ),
    offence(
        "request-information",
        rule::REQUEST_MISUSE,
        "Information 65536",
    ),
    offence(
        "request-completed-cancelable",
        rule::REQUEST_MISUSE,
        "still marked cancelable",
    ),
    offence(
        "handle-of-another-kind",
        rule::BAD_HANDLE,
        "names a Request, where a Device is needed",
    ),
    offence("event-never-set", rule::HANG, "waits for Event"),
    offence(
        "event-not-initialised",
        rule::BAD_ARGUMENT,
        "is no initialised event",
    ),
    offence(
        "rundown-released-too-often",
        rule::BAD_ARGUMENT,
        "more often than",
    ),
    offence("rundown-never-released", rule::HANG, "waits for Rundown"),
    offence("panic", rule::BUGCHECK, "a Rust panic at "),
    offence(
        "null",
        rule::BAD_ACCESS,
        "read 4 bytes at 0x0, next to a null pointer",
    ),
    offence("opaque-object", rule::BAD_ACCESS, "inside an opaque object"),
    offence(
        "read-only-memory",
        rule::BAD_ACCESS,
        "in the image, where that is not permitted",
    ),
    offence("stack", rule::STACK_OVERFLOW, "beyond a kernel stack"),
    offence("instruction", rule::INSTRUCTION, "ud2"),
    offence("handle-leak", rule::OBJECT_LEAK, "is still open"),
    offence("thread-outlives-driver", rule::OBJECT_LEAK, "still runs"),
    offence(
        "thread-ends-raised",
        rule::IRQL,
        "PsTerminateSystemThread was called at IRQL 2",
    ),
    offence("storm", rule::STORM, "no ISR made its device deassert it"),
    offence(
        "interrupt-left-connected",
        rule::OBJECT_LEAK,
        "is still connected",
    ),
    offence(
        "interrupt-disconnected-twice",
        rule::BUGCHECK,
        "bug check 0xca",
    ),
    offence(
        "interrupt-reported-after-disconnect",
        rule::BAD_ARGUMENT,
        "IoReportInterruptInactive was given the connection context",
    ),
    offence(
        "synchronize-above-its-irql",
        rule::IRQL,
        "at IRQL 15, above the interrupt's SynchronizeIrql 9",
    ),
    offence("synchronize-nested", rule::LOCK_RECURSION, "already"),
    offence(
        "register-width",
        rule::BAD_MMIO,
        "16-bit read at BAR0 offset 0x0",
    ),
    offence(
        "register-after-unmap",
        rule::BAD_ACCESS,
        "not, or no longer, mapped",
    ),
    offence("mapping-leak", rule::OBJECT_LEAK, "are still mapped"),
    offence("race", rule::RACE, "definite race at "),
    offence("race-with-isr", rule::RACE, "definite race at "),
    offence(
        "race-undeclared",
        rule::RACE,
        "on memory that the driver does not declare atomic",
    ),
    offence(
        "dpc-watchdog",
        rule::DPC_WATCHDOG,
        "a DPC has run for 10 ms",
    ),
    offence("pageable-pool", rule::PAGEABLE, "bytes of paged pool"),
    offence(
        "pageable-code",
        rule::PAGEABLE,
        "in a pageable section of its image",
    ),
    offence(
        "output-unwritten",
        rule::OUTPUT_UNWRITTEN,
        "nobody has written byte 4",
    ),
    offence(
        "provider-left-registered",
        rule::OBJECT_LEAK,
        "is still registered",
    ),
    offence(
        "provider-registered-raised",
        rule::IRQL,
        "EtwRegister was called at IRQL 2; it may be called at IRQL 0 only",
    ),
    offence(
        "event-after-unregister",
        rule::BAD_ARGUMENT,
        "which is no registration, or no more",
    ),
    offence("event-pageable", rule::PAGEABLE, "which are pageable"),
    offence(
        "event-of-user-space",
        rule::BAD_ARGUMENT,
        "which is not in system space",
    ),
    offence(
        "dirql-time",
        rule::DIRQL_TIME,
        "for more than 25 us without a break",
    ),
    offence(
        "extended-state",
        rule::EXTENDED_STATE,
        "uses registers of x87, MMX or AVX",
    ),
    offence(
        "closure-moves-out",
        rule::IRQL,
        "ExFreePoolWithTag was called at IRQL 9",
    ),
    offence(
        "closure-empties-option",
        rule::IRQL,
        "ExFreePoolWithTag was called at IRQL 9",
    ),
    offence(
        "closure-empties-cell",
        rule::IRQL,
        "ExFreePoolWithTag was called at IRQL 9",
    ),
    offence(
        "closure-makes-box",
        rule::IRQL,
        "ExAllocatePool2 was called at IRQL 9",
    ),
    offence(
        "closure-empties-handler",
        rule::IRQL,
        "ExFreePoolWithTag was called at IRQL 9",
    ),
    offence(
        "call-of-nothing",
        rule::BAD_ACCESS,
        "called or jumped to 0x0, next to a null pointer",
    ),
    offence(
        "synchronize-with-nothing",
        rule::BAD_ARGUMENT,
        "KeSynchronizeExecution was given NULL for SynchronizeRoutine",
    ),
    offence(
        "connect-of-nothing",
        rule::BAD_ARGUMENT,
        "IoConnectInterruptEx was given NULL for MessageServiceRoutine",
    ),
    offence(
        "thread-of-nothing",
        rule::BAD_ARGUMENT,
        "PsCreateSystemThread was given NULL for StartRoutine",
    ),
];

/// Rules that no driver's deed breaks, or none that ends in time.
pub(crate) const NOT_OFFENCES: &[&str] = &[
    // Two thousand million instructions take minutes.
    rule::ENDLESS,
    // The offender is no video miniport.
    rule::MINIPORT_CALL,
    // Another test starts a driver on hardware that it refuses.
    rule::START_FAILED,
];
