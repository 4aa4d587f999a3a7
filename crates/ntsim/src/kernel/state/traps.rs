//! Traps: the addresses that stand for what a driver can call.
//!
//! An instruction fetch from one is a call of an export of the kernel or of a function of the framework, or the return of
//! a callback. What the call does is the matter of the floor that has the routine.

use std::{collections::BTreeMap, fmt};

use crate::guest::layout;

use super::shared::Shared;

/// What a fetch from a trap address means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trap {
    /// A callback returned.
    Return,
    /// The routine of this number was called.
    Call(usize),
    /// A routine of control-flow guard was called.
    Guard(Guard),
}

/// The routines that an image with control-flow guard calls before it calls through a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// The target is in RCX; it is checked.
    Check,
    /// The target is in RAX; it is checked, and entered.
    Dispatch,
}

impl Guard {
    const ALL: [Self; 2] = [Self::Check, Self::Dispatch];

    /// Its address, in the last page of the room for traps: at the page's beginning, because the emulator translates a
    /// while ahead.
    pub(crate) const fn address(self) -> u64 {
        let number = match self {
            Self::Check => 0,
            Self::Dispatch => 1,
        };
        layout::TRAP_BASE + layout::TRAP_SIZE - layout::PAGE + number * layout::TRAP_STRIDE
    }
}

/// What a module of NT exports, or may export, and nothing here models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) module: String,
    pub(crate) name: String,
    /// It is known to be data.
    pub(crate) variable: bool,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}!{}", self.module, self.name)
    }
}

/// The routines that have an address, in the order in which they got it. Trap 0 is the return of a callback.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traps {
    routines: Shared<Vec<(&'static str, &'static str)>>,
    numbers: Shared<BTreeMap<(&'static str, &'static str), usize>>,
    missing: Shared<Vec<Missing>>,
}

impl Traps {
    /// The address of a module's routine, which it gets on first use.
    pub(crate) fn address_of(&mut self, module: &'static str, name: &'static str) -> u64 {
        let number = *self.numbers.entry((module, name)).or_insert_with(|| {
            self.routines.push((module, name));
            self.routines.len() - 1
        });
        layout::TRAP_BASE + layout::TRAP_STRIDE * (number as u64 + 1)
    }

    /// An address for what is not modelled: nothing is mapped there.
    pub(crate) fn address_of_missing(&mut self, missing: Missing) -> u64 {
        let known = self.missing.iter().position(|known| *known == missing);
        let number = known.unwrap_or_else(|| {
            self.missing.push(missing);
            self.missing.len() - 1
        });
        layout::MISSING_BASE + layout::MISSING_STRIDE * number as u64
    }

    /// What is not modelled and has this address.
    pub(crate) fn missing_at(&self, address: u64) -> Option<&Missing> {
        let offset = address.checked_sub(layout::MISSING_BASE)?;
        let number = usize::try_from(offset / layout::MISSING_STRIDE).ok()?;
        self.missing.get(number)
    }

    /// How many routines have an address.
    pub(crate) fn count(&self) -> usize {
        self.routines.len()
    }

    /// Module and name of a routine by its number.
    pub(crate) fn routine(&self, number: usize) -> (&'static str, &'static str) {
        self.routines[number]
    }

    /// What a fetch from `pc` means; none where `pc` is no trap.
    pub(crate) fn at(&self, pc: u64) -> Option<Trap> {
        let index = pc
            .checked_sub(layout::TRAP_BASE)
            .filter(|offset| *offset < layout::TRAP_SIZE)?
            / layout::TRAP_STRIDE;
        match index {
            0 => Some(Trap::Return),
            index => {
                let number = index as usize - 1;
                if number < self.routines.len() {
                    return Some(Trap::Call(number));
                }
                let mut guards = Guard::ALL.into_iter();
                guards.find(|guard| guard.address() == pc).map(Trap::Guard)
            }
        }
    }
}
