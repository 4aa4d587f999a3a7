//! The rules that a run checks of a driver: all of them, unless some are switched off.

use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::{fmt, str::FromStr};

/// Declares the rules once: a variant, its number in tokens, its name, and what breaks it.
macro_rules! rules {
    ($($rule:ident = $number:literal, $name:literal, $text:literal;)*) => {
        /// What a driver is held to. A broken rule ends the run.
        ///
        /// The name of a rule is part of the interface: command lines, reports and documents use it. Its number is the bit
        /// that stands for it in replay tokens.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Rule {
            $(#[doc = $text] $rule = $number,)*
        }

        impl Rule {
            /// Every rule, in the order of docs/rules.md.
            pub const ALL: &[Self] = &[$(Self::$rule),*];

            /// The name, a heading of docs/rules.md.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$rule => $name,)*
                }
            }

            /// What breaks it, as docs/rules.md begins.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$rule => $text,)*
                }
            }
        }
    };
}

// The numbers 20 and 22 are free. Tokens of version 1 were made when two limits of the simulator counted among the rules,
// and a number keeps its meaning.
rules! {
    Irql = 0, "irql",
        "A routine is called at an IRQL outside the range of its page. Or IRQL is raised to less, lowered to \
        more, or lowered below that at which the callback was entered.";
    IrqlNotRestored = 1, "irql-not-restored",
        "A callback returns, or a thread ends, at another IRQL than it was entered at.";
    LockRecursion = 2, "lock-recursion",
        "A processor acquires a spin lock that it holds, or a thread a lock of the framework's that it \
        holds.";
    LockMisuse = 3, "lock-misuse",
        "A spin lock is released without being held, taken without a `KeInitializeSpinLock` since its memory \
        was allocated, overwritten, or still held when a DPC returns. Or it is held below its level, which \
        is `SynchronizeIrql` for an interrupt lock and DISPATCH for others. A word of zero is no initialized \
        lock: NT's pool leaves zeros there, too.";
    BadArgument = 4, "bad-argument",
        "A routine gets an argument that its page forbids.";
    BadAccess = 5, "bad-access",
        "Memory is read, written or executed that is not there, not permitted, or an opaque object of the \
        kernel's.";
    BadMmio = 6, "bad-mmio",
        "A device register is accessed in a width or at an offset that the device does not decode. Or it is \
        accessed while the device is not in D0.";
    PoolMisuse = 7, "pool-misuse",
        "Pool is freed twice, with another tag, with a DPC in it that is queued, or is touched beside its allocation; an \
        allocation asks for the impossible.";
    PoolLeak = 8, "pool-leak",
        "Pool of the driver's is still allocated when it is unloaded.";
    ObjectLeak = 9, "object-leak",
        "The driver still holds a handle of a thread or a file, a mapping, an interrupt, a thread or a \
        reference. Hardware has to be gone when `EvtDeviceReleaseHardware` returns, the rest at unload.";
    RequestLeak = 10, "request-leak",
        "A request was presented and is never completed.";
    RequestMisuse = 11, "request-misuse",
        "A request is completed twice, while it can be cancelled, or with more Information than it has room \
        for. Or it is used after its completion, or without being owned.";
    BadHandle = 12, "bad-handle",
        "A framework function gets a handle of another kind, of a deleted object, or none.";
    MiniportCall = 13, "miniport-call",
        "A video miniport's service routine, or a routine under `VideoPortSynchronizeExecution`, calls what \
        it may not call there.";
    Hang = 14, "hang",
        "Nothing can go on and something still waits or spins, or a callback does not return.";
    Endless = 15, "endless",
        "Thousands of millions of instructions do not end what was asked. No deed breaks it, for it takes \
        minutes.";
    Storm = 16, "storm",
        "A level-triggered line is delivered a thousand times in a row and nothing makes the device deassert \
        it.";
    DpcWatchdog = 17, "dpc-watchdog",
        "A DPC runs for longer than the watchdog allows, in virtual time.";
    Bugcheck = 18, "bugcheck",
        "The driver calls `KeBugCheckEx`, or does what its page answers with a bug check. A Rust panic is \
        shown with its place.";
    Instruction = 19, "instruction",
        "An instruction traps, or is privileged and not modelled.";
    StartFailed = 21, "start-failed",
        "The driver's entry, `EvtDriverDeviceAdd` or the start of its device fails.";
    Race = 23, "race",
        "Two accesses to the same bytes, of which one writes and one is not atomic, are ordered by nothing.";
    LockOrder = 24, "lock-order",
        "Two spin locks are taken in both orders, in this run, on whatever processors.";
    Pageable = 25, "pageable",
        "Paged pool is touched, or a section whose name begins with `PAGE` is run or touched, at DISPATCH or \
        above; or a DPC stands in such memory.";
    UseAfterFree = 26, "use-after-free",
        "A pool block is read or written after it was freed, or a common buffer by the device that was set to use \
        it.";
    StackOverflow = 27, "stack-overflow",
        "The driver goes beyond the end of its kernel stack, 24 KiB on x64.";
    OutputUnwritten = 28, "output-unwritten",
        "A request is completed with bytes of output that neither the caller's input nor the driver has \
        written.";
    DirqlTime = 29, "dirql-time",
        "The driver stays above DISPATCH for more than 25 us of virtual time without a break: in a service \
        routine, in a routine under an interrupt lock, or by raising its own level. An instruction is a \
        cycle of 3 GHz; what interrupts it is not counted.";
    ExtendedState = 30, "extended-state",
        "The driver uses registers of x87, MMX or AVX. Those of SSE, which compilers use on x64, are its own \
        to use. Saving the state first (`KeSaveExtendedProcessorState`) is not modelled: an image that \
        imports it is refused by that name.";
    WdfVerifier = 31, "wdf-verifier",
        "A framework function is called where it has no effect or the wrong one, and where the framework's own \
        verifier breaks in.";
    Uninitialized = 32, "uninitialized",
        "What the driver passes, stores to the device, answers or does depends on what memory held that it \
        never wrote. The rule is checked where a run is compared with another of the same schedule (`dirql \
        run --uninitialized`). In that one stacks and uninitialized pool hold other bytes.";
    WdfIsCanceled = 33, "wdf-is-canceled",
        "`WdfRequestIsCanceled` is called for a request that was marked cancelable: in its `EvtRequestCancel`, or while \
        the mark is on it.";
    Unsilenced = 34, "unsilenced",
        "The device's interrupt is reported inactive or disconnected, or its `EvtInterruptDisable` has \
        returned, and the device is not silent. It asserts the interrupt, or may still raise one that its \
        driver has enabled.";
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No rule has the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRule(String);

impl fmt::Display for UnknownRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        write!(
            f,
            "no rule is called '{}'; the rules are {}",
            self.0,
            names.join(", ")
        )
    }
}

impl core::error::Error for UnknownRule {}

impl FromStr for Rule {
    type Err = UnknownRule;

    fn from_str(name: &str) -> Result<Self, UnknownRule> {
        let known = Self::ALL.iter().find(|rule| rule.name() == name);
        known.copied().ok_or_else(|| UnknownRule(name.to_owned()))
    }
}

/// The rules that a run checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// A bit for each rule that is off, at its number.
    off: u64,
}

impl Rules {
    /// Every rule.
    pub const ALL: Self = Self { off: 0 };

    /// These rules without one.
    #[must_use]
    pub const fn without(self, rule: Rule) -> Self {
        Self {
            off: self.off | 1 << rule as u8,
        }
    }

    /// These rules without those of the names.
    ///
    /// # Errors
    ///
    /// [`UnknownRule`], which lists the names that there are. A limit of the simulator's is no rule, and cannot be switched
    /// off.
    pub fn without_named(self, names: &[impl AsRef<str>]) -> Result<Self, UnknownRule> {
        names.iter().try_fold(
            self,
            |rules, name| Ok(rules.without(name.as_ref().parse()?)),
        )
    }

    /// Whether a rule is checked.
    #[must_use]
    pub const fn checks(self, rule: Rule) -> bool {
        self.off >> rule as u8 & 1 == 0
    }

    /// The rules that are off, a bit each.
    pub(crate) const fn off_bits(self) -> u64 {
        self.off
    }

    /// The rules that are left where those of `bits` are off.
    pub(crate) fn from_off_bits(bits: u64) -> Option<Self> {
        let known = Rule::ALL
            .iter()
            .fold(0, |known, rule| known | 1 << *rule as u8);
        (bits & !known == 0).then_some(Self { off: bits })
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::ALL
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::failure::Limit;

    #[test]
    fn a_rule_is_switched_off_by_its_name_alone() {
        for rule in Rule::ALL {
            let rules = Rules::ALL.without_named(&[rule.name()]);
            let rules = rules.expect("the rule is known");
            assert_eq!(rules, Rules::ALL.without(*rule));
            for other in Rule::ALL {
                assert_eq!(
                    rules.checks(*other),
                    other != rule,
                    "{other} without {rule}"
                );
            }
        }
        let unknown = Rules::ALL.without_named(&["race", "gravity"]);
        let unknown = unknown.expect_err("no such rule");
        assert!(unknown.to_string().contains("'gravity'"));
        assert!(unknown.to_string().contains("pool-leak"));
    }

    #[test]
    fn a_limit_is_no_rule_and_stays() {
        for limit in Limit::ALL {
            let unknown = Rules::ALL.without_named(&[limit.name()]);
            let rules = unknown.expect_err("a limit stays").to_string();
            let (_, listed) = rules.split_once("the rules are ").expect("a list");
            assert!(!listed.contains(limit.name()), "{rules}");
        }
    }

    #[test]
    fn a_number_keeps_its_meaning_in_tokens() {
        for (name, bit) in [
            ("irql", 0),
            ("start-failed", 21),
            ("race", 23),
            ("extended-state", 30),
            ("wdf-verifier", 31),
            ("uninitialized", 32),
            ("wdf-is-canceled", 33),
            ("unsilenced", 34),
        ] {
            let rules = Rules::ALL.without_named(&[name]).expect("a rule");
            assert_eq!(rules.off_bits(), 1 << bit, "{name}");
            assert_eq!(Rules::from_off_bits(1 << bit), Some(rules));
        }
        for free in [20, 22, 35] {
            assert_eq!(Rules::from_off_bits(1 << free), None);
        }
    }
}
