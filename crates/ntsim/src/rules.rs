//! Which rules are checked: all of them, unless one is switched off by its name.

use std::fmt;

use crate::failure::rule;

/// The rules that a run checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// A bit for each rule that is off, at its [`number`].
    off: u64,
}

/// Numbers that no rule has. Tokens of version 1 were made when two limits of the simulator counted among the rules, and
/// a number keeps its meaning.
const FREE: [usize; 2] = [20, 22];

const _: () = assert!(rule::ALL.len() + FREE.len() <= 64, "a bit for each rule");

/// The number of a rule: its place in [`rule::ALL`], where the free numbers are passed over.
fn number(name: &str) -> Option<usize> {
    let index = rule::ALL.iter().position(|rule| *rule == name)?;
    (0..64).filter(|number| !FREE.contains(number)).nth(index)
}

/// No rule has the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRule(String);

impl fmt::Display for UnknownRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no rule is called '{}'; the rules are {}",
            self.0,
            rule::ALL.join(", ")
        )
    }
}

impl std::error::Error for UnknownRule {}

impl Rules {
    /// Every rule.
    pub const ALL: Self = Self { off: 0 };

    /// These rules without the one of that name.
    ///
    /// # Errors
    ///
    /// [`UnknownRule`], which lists the names that there are. A limit of the simulator's is no rule, and
    /// cannot be switched off.
    pub fn without(self, name: &str) -> Result<Self, UnknownRule> {
        let number = number(name).ok_or_else(|| UnknownRule(name.to_owned()))?;
        Ok(Self {
            off: self.off | 1 << number,
        })
    }

    /// Whether the rule of that name is checked.
    #[must_use]
    pub fn checks(self, name: &str) -> bool {
        number(name).is_some_and(|number| self.off >> number & 1 == 0)
    }

    /// The rules that are off, a bit each.
    pub(crate) const fn off_bits(self) -> u64 {
        self.off
    }

    /// The rules that are left where those of `bits` are off.
    pub(crate) fn from_off_bits(bits: u64) -> Option<Self> {
        let numbers = rule::ALL.iter().filter_map(|rule| number(rule));
        let known = numbers.fold(0, |known, number| known | 1 << number);
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
    use super::*;
    use crate::failure::limit;

    #[test]
    fn a_rule_is_switched_off_by_its_name_alone() {
        for name in rule::ALL {
            let rules = Rules::ALL.without(name).expect("the rule is known");
            for other in rule::ALL {
                assert_eq!(rules.checks(other), other != name, "{other} without {name}");
            }
        }
        let unknown = Rules::ALL.without("gravity").expect_err("no such rule");
        assert!(unknown.to_string().contains("'gravity'"));
        assert!(unknown.to_string().contains("pool-leak"));
        assert!(!Rules::ALL.checks("gravity"));
    }

    #[test]
    fn a_limit_is_no_rule_and_stays() {
        for name in limit::ALL {
            let unknown = Rules::ALL.without(name).expect_err("a limit stays");
            let rules = unknown.to_string();
            let (_, listed) = rules.split_once("the rules are ").expect("a list");
            assert!(!listed.contains(name), "{rules}");
        }
    }

    #[test]
    fn a_number_keeps_its_meaning_in_tokens() {
        for (name, bit) in [
            ("irql", 0),
            ("start-failed", 21),
            ("race", 23),
            ("extended-state", 30),
        ] {
            let rules = Rules::ALL.without(name).expect("a rule");
            assert_eq!(rules.off_bits(), 1 << bit, "{name}");
            assert_eq!(Rules::from_off_bits(1 << bit), Some(rules));
        }
        for free in FREE {
            assert_eq!(Rules::from_off_bits(1 << free), None);
        }
    }
}
