//! The choices by name: what a command line offers, and what a sweep goes through.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};
use core::fmt;

use crate::config::Config;

/// What a choice can be: values with names and numbers.
pub(crate) trait Value: Copy {
    /// The names, in the order of the numbers.
    const NAMES: &'static [&'static str];

    /// The number of the value.
    fn index(self) -> usize;

    /// The value of a number.
    fn of_index(index: usize) -> Option<Self>;
}

/// One choice: its name, its values, and what the sources leave open.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// The name, as a command line has it.
    pub name: &'static str,
    /// The names of its values.
    pub values: &'static [&'static str],
    /// What is open.
    pub open: &'static str,
    pub(crate) get: fn(&Config) -> usize,
    pub(crate) set: fn(&mut Config, usize),
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

impl core::error::Error for ChoiceError {}

/// The two parts of `NAME=VALUE`.
fn split(written: &str) -> (&str, &str) {
    written.split_once('=').unwrap_or((written, ""))
}

impl Choice {
    /// The value that a configuration has chosen.
    #[must_use]
    pub fn value(&self, config: &Config) -> &'static str {
        self.values[(self.get)(config)]
    }

    /// The value that is chosen where nothing chooses.
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

#[cfg(test)]
mod tests {
    use alloc::{string::ToString, vec};

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
