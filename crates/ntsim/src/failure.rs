//! How a run ends badly: the rule that was broken, what broke it, where, and how to see it again.

use std::fmt;

/// The rules that end a run.
///
/// The name of a rule is part of the interface: reports, tests and documents use it.
pub mod rule {
    /// A routine was called at an IRQL outside its documented range.
    pub const IRQL: &str = "irql";
    /// A callback returned at another IRQL than it was entered at.
    pub const IRQL_NOT_RESTORED: &str = "irql-not-restored";
    /// A spin lock was acquired by the processor that holds it already.
    pub const LOCK_RECURSION: &str = "lock-recursion";
    /// A spin lock was released by who does not hold it, taken without having been initialised, overwritten, held below its
    /// level, or still held when a DPC returned.
    pub const LOCK_MISUSE: &str = "lock-misuse";
    /// A routine was given an argument that its page forbids.
    pub const BAD_ARGUMENT: &str = "bad-argument";
    /// Memory was accessed that is not there, not writable, or not the driver's.
    pub const BAD_ACCESS: &str = "bad-access";
    /// A device register was accessed in a way that the device does not decode, or outside of D0.
    pub const BAD_MMIO: &str = "bad-mmio";
    /// Pool was freed twice, with another tag, or touched beside its allocation; or the impossible was asked of it.
    pub const POOL_MISUSE: &str = "pool-misuse";
    /// Pool was still allocated when the driver was unloaded.
    pub const POOL_LEAK: &str = "pool-leak";
    /// A handle, a mapping, an interrupt, a thread or a reference was still held when it had to be gone: the hardware when
    /// `EvtDeviceReleaseHardware` returned, the rest at unload.
    pub const OBJECT_LEAK: &str = "object-leak";
    /// A request was never completed.
    pub const REQUEST_LEAK: &str = "request-leak";
    /// A request was completed twice, used after that or without being owned, completed while it could be cancelled, or with
    /// more Information than it has room for.
    pub const REQUEST_MISUSE: &str = "request-misuse";
    /// A framework handle is not one, is of another kind, or is of a deleted object.
    pub const BAD_HANDLE: &str = "bad-handle";
    /// A video miniport's service routine, or a routine under `VideoPortSynchronizeExecution`, called what it may
    /// not call.
    pub const MINIPORT_CALL: &str = "miniport-call";
    /// Nothing can go on and something still waits or spins, or a callback did not return.
    pub const HANG: &str = "hang";
    /// A run went on for longer than any driver needs.
    pub const ENDLESS: &str = "endless";
    /// A level-triggered line was delivered a thousand times in a row and nobody made the device deassert it.
    pub const STORM: &str = "storm";
    /// A DPC ran for longer than any DPC may.
    pub const DPC_WATCHDOG: &str = "dpc-watchdog";
    /// The driver called `KeBugCheckEx`, or did what its page answers with a bug check.
    pub const BUGCHECK: &str = "bugcheck";
    /// The driver executed an instruction that traps, or that is privileged and not modelled.
    pub const INSTRUCTION: &str = "instruction";
    /// The driver's entry, `EvtDriverDeviceAdd` or the start of its device failed, or the framework refused to bind.
    pub const START_FAILED: &str = "start-failed";
    /// Two accesses to the same bytes, of which one writes and one is not atomic, are ordered by nothing.
    pub const RACE: &str = "race";
    /// Two spin locks are taken in both orders.
    pub const LOCK_ORDER: &str = "lock-order";
    /// Pageable memory was touched, or pageable code run, at DISPATCH or above.
    pub const PAGEABLE: &str = "pageable";
    /// Pool was read or written after it was freed.
    pub const USE_AFTER_FREE: &str = "use-after-free";
    /// The driver went beyond the end of its kernel stack.
    pub const STACK_OVERFLOW: &str = "stack-overflow";
    /// A request was completed with bytes of output that neither the caller's input nor the driver had written.
    pub const OUTPUT_UNWRITTEN: &str = "output-unwritten";
    /// An interrupt service routine, or what else ran above DISPATCH, did so for longer than it may.
    pub const DIRQL_TIME: &str = "dirql-time";
    /// The driver used registers of x87, MMX or AVX, which NT does not keep for it.
    pub const EXTENDED_STATE: &str = "extended-state";

    /// Every rule.
    pub const ALL: &[&str] = &[
        IRQL,
        IRQL_NOT_RESTORED,
        LOCK_RECURSION,
        LOCK_MISUSE,
        BAD_ARGUMENT,
        BAD_ACCESS,
        BAD_MMIO,
        POOL_MISUSE,
        POOL_LEAK,
        OBJECT_LEAK,
        REQUEST_LEAK,
        REQUEST_MISUSE,
        BAD_HANDLE,
        MINIPORT_CALL,
        HANG,
        ENDLESS,
        STORM,
        DPC_WATCHDOG,
        BUGCHECK,
        INSTRUCTION,
        START_FAILED,
        RACE,
        LOCK_ORDER,
        PAGEABLE,
        USE_AFTER_FREE,
        STACK_OVERFLOW,
        OUTPUT_UNWRITTEN,
        DIRQL_TIME,
        EXTENDED_STATE,
    ];
}

/// What ends a run and is no rule: the driver has done nothing wrong that the run could show, and nothing right.
///
/// The names are part of the interface as those of [`rule`] are.
pub mod limit {
    /// The driver used a routine, or a way to use one, that the simulator does not model.
    pub const NOT_MODELLED: &str = "not-modelled";
    /// The processor emulator itself failed.
    pub const EMULATOR: &str = "emulator";
    /// The user ended the run.
    pub const INTERRUPTED: &str = "interrupted";

    /// Every limit.
    pub const ALL: &[&str] = &[NOT_MODELLED, EMULATOR, INTERRUPTED];
}

/// How a run ended that did not end well: by a broken rule, or by a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The name of the rule, one of [`rule`], or of the [`limit`].
    pub rule: &'static str,
    /// What happened, in a sentence.
    pub message: String,
    /// `file:line` of the driver's code, where the symbols know it.
    pub location: Option<String>,
    /// The driver's calls that led there, innermost first.
    pub backtrace: Vec<String>,
    /// The token that replays the run.
    pub token: String,
}

impl Failure {
    /// A broken rule whose place and token are filled in where the run is stopped.
    pub(crate) fn new(rule: &'static str, message: impl Into<String>) -> Self {
        Self {
            rule,
            message: message.into(),
            location: None,
            backtrace: Vec::new(),
            token: String::new(),
        }
    }

    /// [`limit::NOT_MODELLED`] with what is missing.
    pub(crate) fn not_modelled(what: impl Into<String>) -> Self {
        Self::new(limit::NOT_MODELLED, what)
    }

    /// Whether a rule was broken. What ended at a [`limit`] is no verdict on the driver.
    #[must_use]
    pub fn is_verdict(&self) -> bool {
        !limit::ALL.contains(&self.rule)
    }

    /// What stands before the message: the rule by its name, or which limit was met.
    pub(crate) fn heading(&self) -> String {
        match self.rule {
            limit::NOT_MODELLED => "not modelled".to_owned(),
            limit::EMULATOR => "emulator error".to_owned(),
            limit::INTERRUPTED => "interrupted".to_owned(),
            rule => format!("rule {rule}"),
        }
    }
}

/// Refuses a routine that is NULL, where the page of what takes it has no status for that: NT would call it.
pub(crate) fn given(routine: &str, parameter: &str, target: u64) -> Result<(), Failure> {
    if target != 0 {
        return Ok(());
    }
    Err(Failure::new(
        rule::BAD_ARGUMENT,
        format!("{routine} was given NULL for {parameter}, which it calls"),
    ))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.heading(), self.message)?;
        if let Some(location) = &self.location {
            write!(f, "\n  at {location}")?;
        }
        for frame in &self.backtrace {
            write!(f, "\n  in {frame}")?;
        }
        write!(f, "\n  replay token {}", self.token)
    }
}

impl std::error::Error for Failure {}
