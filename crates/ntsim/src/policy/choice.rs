//! The choices by name: what a command line offers, and what a sweep goes through.

use std::fmt;

use super::{InactiveSynchronize, Policy, UnknownKind};
use crate::{
    config::Config,
    video_port::{High, VideoPolicy},
};

/// One choice: its name, its values, and what the sources leave open.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// The name, as a command line has it.
    pub name: &'static str,
    /// The names of its values.
    pub values: &'static [&'static str],
    /// What is open.
    pub open: &'static str,
    get: fn(&Config) -> usize,
    set: fn(&mut Config, usize),
}

/// Why no choice was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChoiceError {
    /// No choice has the name.
    Unknown(String),
    /// The choice of that name has no such value, or none was given.
    Value(&'static str, String),
    /// Two values of one choice were given.
    Twice {
        /// The choice.
        name: String,
        /// The values, in the order in which they were given.
        values: [String; 2],
    },
}

impl fmt::Display for ChoiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => {
                let names: Vec<&str> = Choice::ALL.iter().map(|choice| choice.name).collect();
                write!(
                    f,
                    "no policy is called '{name}'; the policies are {}",
                    names.join(", ")
                )
            }
            Self::Value(name, value) => {
                let choice = Choice::ALL.iter().find(|choice| choice.name == *name);
                let values = choice.map_or(&[][..], |choice| choice.values);
                write!(
                    f,
                    "'{value}' is no value of the policy {name}: give {name}=VALUE, one of {}",
                    values.join(", ")
                )
            }
            Self::Twice {
                name,
                values: [first, second],
            } => write!(
                f,
                "the policy {name} cannot be '{first}' and '{second}' in one run: give one of them"
            ),
        }
    }
}

impl std::error::Error for ChoiceError {}

/// The two parts of `NAME=VALUE`.
fn split(written: &str) -> (&str, &str) {
    written.split_once('=').unwrap_or((written, ""))
}

/// The values of a choice between two sides.
const SIDES: &[&str] = &["no", "yes"];

/// A choice between two sides.
macro_rules! side {
    ($name:literal, $part:ident.$field:ident, $open:literal) => {
        Choice {
            name: $name,
            values: SIDES,
            open: $open,
            get: |config| usize::from(config.$part.$field),
            set: |config, value| config.$part.$field = value != 0,
        }
    };
}

impl Choice {
    /// Every choice, those of interrupts first, then those of error sources and of the video port.
    pub const ALL: &'static [Self] = &[
        side!(
            "disconnect_waits",
            policy.disconnect_waits,
            "whether a disconnect waits for an ISR that runs on another processor"
        ),
        side!(
            "inactive_messages_kept",
            policy.inactive_messages_kept,
            "whether a message that arrives while the interrupt is inactive is delivered later"
        ),
        side!(
            "interrupt_in_connect",
            policy.interrupt_in_connect,
            "whether an interrupt arrives before the connect returns"
        ),
        side!(
            "synchronize_returns_true",
            policy.synchronize_returns_true,
            "whether KeSynchronizeExecution returns TRUE rather than what its routine returned"
        ),
        side!(
            "null_lock_shared",
            policy.null_lock_shared,
            "whether connections without a lock share one, rather than each having its own"
        ),
        side!(
            "above_level_stops",
            policy.above_level_stops,
            "whether a caller above SynchronizeIrql meets a bug check, rather than the rule irql alone"
        ),
        side!(
            "unknown_kind_not_supported",
            policy.unknown_kind_not_supported,
            "whether an unknown kind of connection is answered with STATUS_NOT_SUPPORTED"
        ),
        Self {
            name: "unknown_kind",
            values: &["none", "specified", "line", "message", "group"],
            open: "which kind of connection the system does not know",
            get: |config| config.policy.unknown_kind as usize,
            set: |config, value| config.policy.unknown_kind = UnknownKind::ALL[value],
        },
        Self {
            name: "inactive_synchronize",
            values: &["forbidden", "runs", "not-called"],
            open: "what KeSynchronizeExecution does with an inactive interrupt",
            get: |config| config.policy.inactive_synchronize as usize,
            set: |config, value| {
                config.policy.inactive_synchronize = InactiveSynchronize::ALL[value];
            },
        },
        side!(
            "lock_held_in_retrieval",
            policy.lock_held_in_retrieval,
            "whether an error handler holds its lock while a plug-in retrieves"
        ),
        side!(
            "lock_held_in_record",
            policy.lock_held_in_record,
            "whether it holds it while the record is finalized and cleared"
        ),
        side!(
            "descriptor_matched_by_id",
            policy.descriptor_matched_by_id,
            "whether PshedSynchronizeExecution finds a source by its number"
        ),
        side!(
            "errors_on_one_processor",
            policy.errors_on_one_processor,
            "whether errors arrive on the first processor only"
        ),
        side!(
            "unmaskable_runs",
            policy.unmaskable_runs,
            "whether PshedSynchronizeExecution runs its routine for a source that nothing masks"
        ),
        side!(
            "video.low_raises",
            video.low_raises,
            "whether low priority of the video port raises to DISPATCH_LEVEL"
        ),
        side!(
            "video.medium_degrades",
            video.medium_degrades,
            "whether medium priority excludes nothing although an interrupt is connected"
        ),
        Self {
            name: "video.high",
            values: &["as-medium", "masked", "unlocked"],
            open: "what high priority is",
            get: |config| config.video.high as usize,
            set: |config, value| {
                config.video.high = [High::AsMedium, High::Masked, High::Unlocked][value];
            },
        },
    ];

    /// The value that a configuration has chosen.
    #[must_use]
    pub fn value(&self, config: &Config) -> &'static str {
        self.values[(self.get)(config)]
    }

    /// The value that is chosen where nobody chooses.
    #[must_use]
    pub fn default_value(&self) -> &'static str {
        self.value(&Config::default())
    }

    /// Chooses a value by its name.
    ///
    /// # Errors
    ///
    /// [`ChoiceError::Value`] where it has no such value.
    pub fn choose(&self, config: &mut Config, value: &str) -> Result<(), ChoiceError> {
        let known = self.values.iter().position(|known| *known == value);
        let known = known.ok_or_else(|| ChoiceError::Value(self.name, value.to_owned()))?;
        (self.set)(config, known);
        Ok(())
    }
}

impl Config {
    /// Makes several choices, each written `NAME=VALUE`. The same choice twice is no error where the value is the same.
    ///
    /// # Errors
    ///
    /// [`ChoiceError`]: as [`Self::choose`], and where two values of one choice contradict each other. Nothing is chosen
    /// then.
    pub fn choose_all(&mut self, written: &[impl AsRef<str>]) -> Result<(), ChoiceError> {
        let mut config = self.clone();
        let mut made: Vec<(&str, &str)> = Vec::new();
        for written in written {
            config.choose(written.as_ref())?;
            let (name, value) = split(written.as_ref());
            match made.iter().find(|(other, _)| *other == name) {
                Some((_, first)) if *first != value => {
                    return Err(ChoiceError::Twice {
                        name: name.to_owned(),
                        values: [(*first).to_owned(), value.to_owned()],
                    });
                }
                _ => made.push((name, value)),
            }
        }
        *self = config;
        Ok(())
    }

    /// Makes a choice that is written `NAME=VALUE`.
    ///
    /// # Errors
    ///
    /// [`ChoiceError`], which lists the names or the values that there are.
    pub fn choose(&mut self, written: &str) -> Result<(), ChoiceError> {
        let (name, value) = split(written);
        let choice = Choice::ALL.iter().find(|choice| choice.name == name);
        let choice = choice.ok_or_else(|| ChoiceError::Unknown(name.to_owned()))?;
        choice.choose(self, value)
    }

    /// The choices that are not the default ones, each as `NAME=VALUE`.
    #[must_use]
    pub fn chosen(&self) -> Vec<String> {
        let other = Choice::ALL
            .iter()
            .filter(|choice| choice.value(self) != choice.default_value());
        other
            .map(|choice| format!("{}={}", choice.name, choice.value(self)))
            .collect()
    }
}

/// A field that is added is to have a name: this does not compile without it.
const _: fn(Policy, VideoPolicy) = |policy, video| {
    let Policy {
        disconnect_waits: _,
        inactive_messages_kept: _,
        interrupt_in_connect: _,
        lock_held_in_retrieval: _,
        lock_held_in_record: _,
        descriptor_matched_by_id: _,
        errors_on_one_processor: _,
        unmaskable_runs: _,
        synchronize_returns_true: _,
        null_lock_shared: _,
        above_level_stops: _,
        unknown_kind_not_supported: _,
        unknown_kind: _,
        inactive_synchronize: _,
    } = policy;
    let VideoPolicy {
        low_raises: _,
        medium_degrades: _,
        high: _,
    } = video;
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_every_choice_is_another_token() {
        let mut tokens = vec![Config::default().token()];
        for choice in Choice::ALL {
            for value in choice.values {
                let mut config = Config::default();
                let written = format!("{}={value}", choice.name);
                config.choose(&written).expect("a choice");
                assert_eq!(choice.value(&config), *value);
                if *value == choice.default_value() {
                    assert_eq!(config, Config::default());
                    continue;
                }
                assert_eq!(config.chosen(), [written]);
                let token = config.token();
                assert_eq!(Config::from_token(&token), Ok(config));
                assert!(!tokens.contains(&token), "{}", choice.name);
                tokens.push(token);
            }
        }
        // Sides have one value more than the default one, and there are three choices of more than two.
        assert_eq!(tokens.len(), 1 + (Choice::ALL.len() - 3) + 4 + 2 + 2);
    }

    #[test]
    fn what_cannot_be_chosen_says_what_can() {
        let mut config = Config::default();
        let unknown = config
            .choose("disconnect-waits=yes")
            .expect_err("no such name");
        assert!(unknown.to_string().contains("disconnect_waits, "));
        for written in ["unknown_kind", "unknown_kind=", "unknown_kind=both"] {
            let error = config.choose(written).expect_err("no such value");
            assert!(
                error.to_string().contains("specified, line, message"),
                "{error}"
            );
        }
        assert_eq!(config, Config::default());
    }

    #[test]
    fn a_choice_made_twice_is_refused_where_the_values_differ() {
        let mut config = Config::default();
        let both = [
            "null_lock_shared=yes",
            "disconnect_waits=yes",
            "disconnect_waits=no",
        ];
        let error = config
            .choose_all(&both)
            .expect_err("they contradict each other");
        assert_eq!(
            error.to_string(),
            "the policy disconnect_waits cannot be 'yes' and 'no' in one run: give one of them"
        );
        assert_eq!(config, Config::default(), "nothing is chosen");
        config
            .choose_all(&["disconnect_waits=yes", "disconnect_waits=yes"])
            .expect("they agree");
        assert_eq!(config.chosen(), ["disconnect_waits=yes"]);
    }
}
