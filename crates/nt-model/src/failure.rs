//! How a run ends badly: what ended it, where, on which calls, and how to see it again.

use alloc::{borrow::ToOwned, boxed::Box, format, string::String, vec::Vec};
use core::{fmt, str::FromStr};

use crate::rule::Rule;

/// Declares the limits once: a variant, its name, its heading in reports, and when a run meets it.
macro_rules! limits {
    ($($limit:ident, $name:literal, $heading:literal, $text:literal;)*) => {
        /// What ends a run and is no rule: the driver has done nothing wrong that the run could show, and nothing right.
        ///
        /// The names are part of the interface as those of [`Rule`] are.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Limit {
            $(#[doc = $text] $limit,)*
        }

        impl Limit {
            /// Every limit, in the order of docs/rules.md.
            pub const ALL: &[Self] = &[$(Self::$limit),*];

            /// The name, a heading of docs/rules.md.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$limit => $name,)*
                }
            }

            /// When a run meets it, as docs/rules.md begins.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$limit => $text,)*
                }
            }

            const fn heading(self) -> &'static str {
                match self {
                    $(Self::$limit => $heading,)*
                }
            }
        }
    };
}

limits! {
    NotModelled, "not-modelled", "not modelled",
        "The driver uses a routine, or a way to use one, that the simulator does not have; or goes on behind \
        a rule that is off.";
    Emulator, "emulator", "emulator error",
        "The processor emulator itself fails.";
    Interrupted, "interrupted", "interrupted",
        "The user ends the run, say by Ctrl-C, while the driver executes.";
}

/// What a harness finds by itself, whatever it is that runs the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The driver did not do what its contract promises.
    Contract,
    /// A request did not end in its time.
    Time,
    /// The device cannot be opened.
    Open,
    /// The operating system refused something that it has no reason to.
    OperatingSystem,
    /// The machine of a test cannot be set up.
    SetUp,
    /// The suite is wrong, not the driver.
    Suite,
}

impl Finding {
    /// Every finding.
    pub const ALL: [Self; 6] = [
        Self::Contract,
        Self::Time,
        Self::Open,
        Self::OperatingSystem,
        Self::SetUp,
        Self::Suite,
    ];

    /// The name, as reports have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contract => "contract",
            Self::Time => "time",
            Self::Open => "open",
            Self::OperatingSystem => "operating system",
            Self::SetUp => "set-up",
            Self::Suite => "suite",
        }
    }
}

/// What ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A broken rule.
    Rule(Rule),
    /// A limit of what ran the driver.
    Limit(Limit),
    /// What a harness found.
    Finding(Finding),
}

impl Cause {
    /// The name, as reports have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.name(),
            Self::Limit(limit) => limit.name(),
            Self::Finding(finding) => finding.name(),
        }
    }

    /// Whether it is a verdict on the driver. A [`Limit`] is none.
    #[must_use]
    pub const fn is_verdict(self) -> bool {
        !matches!(self, Self::Limit(_))
    }

    /// What stands before the message in a sentence: the rule by its name, or which limit was met.
    #[must_use]
    pub fn heading(self) -> String {
        match self {
            Self::Limit(limit) => limit.heading().to_owned(),
            cause => format!("rule {}", cause.name()),
        }
    }
}

impl From<Rule> for Cause {
    fn from(rule: Rule) -> Self {
        Self::Rule(rule)
    }
}

impl From<Limit> for Cause {
    fn from(limit: Limit) -> Self {
        Self::Limit(limit)
    }
}

impl From<Finding> for Cause {
    fn from(finding: Finding) -> Self {
        Self::Finding(finding)
    }
}

impl PartialEq<Rule> for Cause {
    fn eq(&self, rule: &Rule) -> bool {
        *self == Self::Rule(*rule)
    }
}

impl PartialEq<Limit> for Cause {
    fn eq(&self, limit: &Limit) -> bool {
        *self == Self::Limit(*limit)
    }
}

impl PartialEq<Finding> for Cause {
    fn eq(&self, finding: &Finding) -> bool {
        *self == Self::Finding(*finding)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Nothing that ends a run has the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCause(String);

impl fmt::Display for UnknownCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no rule {}", self.0)
    }
}

impl core::error::Error for UnknownCause {}

impl FromStr for Cause {
    type Err = UnknownCause;

    fn from_str(name: &str) -> Result<Self, UnknownCause> {
        let rules = Rule::ALL.iter().copied().map(Self::Rule);
        let limits = Limit::ALL.iter().copied().map(Self::Limit);
        let findings = Finding::ALL.into_iter().map(Self::Finding);
        let mut causes = rules.chain(limits).chain(findings);
        causes
            .find(|cause| cause.name() == name)
            .ok_or_else(|| UnknownCause(name.to_owned()))
    }
}

/// How a run ended that did not end well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What ended it.
    pub cause: Cause,
    /// What happened, in a sentence.
    pub message: String,
    /// `file:line` of the driver's code, where it is known.
    pub location: Option<Box<str>>,
    /// `file:line` at which the driver's own code called what the place lies in, where that is another file: a helper's own
    /// line, or an adapter's, tells little of the code that used it wrongly.
    pub caller: Option<Box<str>>,
    /// The driver's calls that led there, innermost first, where they are known.
    pub backtrace: Vec<String>,
    /// The token that replays the run, where one does.
    pub token: Option<Box<str>>,
    /// The check of a suite that met it, as `file:line`, where one did.
    pub check: Option<Box<str>>,
}

impl Failure {
    /// A failure of which nothing more is known than what happened.
    #[must_use]
    pub fn new(cause: impl Into<Cause>, message: impl Into<String>) -> Self {
        Self {
            cause: cause.into(),
            message: message.into(),
            location: None,
            caller: None,
            backtrace: Vec::new(),
            token: None,
            check: None,
        }
    }

    /// [`Limit::NotModelled`] with what is missing.
    #[must_use]
    pub fn not_modelled(what: impl Into<String>) -> Self {
        Self::new(Limit::NotModelled, what)
    }

    /// With a place, where one is known.
    #[must_use]
    pub fn at(mut self, location: Option<String>) -> Self {
        self.location = location.map(String::into_boxed_str);
        self
    }

    /// The place, with that of its caller, where they are known.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        let location = self.location.as_ref()?;
        Some(match &self.caller {
            Some(caller) => format!("{location}, called at {caller}"),
            None => location.clone().into_string(),
        })
    }

    /// Whether something is wrong with the driver. What ended at a [`Limit`] is no verdict on it.
    #[must_use]
    pub const fn is_verdict(&self) -> bool {
        self.cause.is_verdict()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.cause.heading(), self.message)?;
        if let Some(place) = self.place() {
            write!(f, "\n  at {place}")?;
        }
        for frame in &self.backtrace {
            write!(f, "\n  in {frame}")?;
        }
        if let Some(token) = &self.token {
            write!(f, "\n  replay token {token}")?;
        }
        Ok(())
    }
}

impl core::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn each_cause_has_a_name_of_its_own() {
        let rules = Rule::ALL.iter().map(|rule| Cause::from(*rule));
        let limits = Limit::ALL.iter().map(|limit| Cause::from(*limit));
        let findings = Finding::ALL.iter().map(|finding| Cause::from(*finding));
        for cause in rules.chain(limits).chain(findings) {
            assert_eq!(cause.name().parse(), Ok(cause));
            assert_eq!(cause.is_verdict(), !matches!(cause, Cause::Limit(_)));
        }
        let unknown = "gravity".parse::<Cause>().expect_err("no such rule");
        assert_eq!(unknown.to_string(), "there is no rule gravity");
    }

    #[test]
    fn a_failure_tells_what_ended_the_run_and_where() {
        let mut failure = Failure::new(Rule::BadAccess, "the driver read 8 bytes");
        assert_eq!(
            failure.to_string(),
            "rule bad-access: the driver read 8 bytes"
        );
        failure = failure.at(Some("driver/isr.rs:12".to_owned()));
        failure.backtrace = ["driver!service+0x12".to_owned()].into();
        failure.token = Some("4-r-2-l-0000000000000001".into());
        assert_eq!(
            failure.to_string(),
            "rule bad-access: the driver read 8 bytes\n  at driver/isr.rs:12\n  in driver!service+0x12\n  \
             replay token 4-r-2-l-0000000000000001"
        );
        failure.caller = Some("driver/wait.rs:7".into());
        let called = "\n  at driver/isr.rs:12, called at driver/wait.rs:7\n";
        assert!(failure.to_string().contains(called), "{failure}");
        let limit = Failure::not_modelled("no such routine");
        assert_eq!(limit.to_string(), "not modelled: no such routine");
        assert!(!limit.is_verdict());
    }
}
