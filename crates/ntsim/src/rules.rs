//! Which rules are checked: all of them, unless one is switched off by its name.

use std::fmt;

use crate::failure::rule;

/// The rules that a run checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// A bit for each rule that is off, in the order of [`rule::ALL`].
    off: u64,
}

const _: () = assert!(rule::ALL.len() <= 64, "a bit for each rule");

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
    /// [`UnknownRule`], which lists the names that there are. The simulator's own limits,
    /// `not-modelled` and `emulator`, are none that can be switched off.
    pub fn without(self, name: &str) -> Result<Self, UnknownRule> {
        let index = rule::ALL.iter().position(|rule| *rule == name);
        let index = index.filter(|_| ![rule::NOT_MODELLED, rule::EMULATOR].contains(&name));
        let index = index.ok_or_else(|| UnknownRule(name.to_owned()))?;
        Ok(Self {
            off: self.off | 1 << index,
        })
    }

    /// Whether the rule of that name is checked.
    #[must_use]
    pub fn checks(self, name: &str) -> bool {
        let index = rule::ALL.iter().position(|rule| *rule == name);
        index.is_some_and(|index| self.off >> index & 1 == 0)
    }

    /// The rules that are off, a bit each.
    pub(crate) const fn off_bits(self) -> u64 {
        self.off
    }

    /// The rules that are left where those of `bits` are off.
    pub(crate) fn from_off_bits(bits: u64) -> Option<Self> {
        let known = (1_u64 << rule::ALL.len()) - 1;
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

    #[test]
    fn a_rule_is_switched_off_by_its_name_alone() {
        for name in rule::ALL {
            if [rule::NOT_MODELLED, rule::EMULATOR].contains(name) {
                Rules::ALL.without(name).expect_err("a limit stays");
                continue;
            }
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
}
