//! What is explored.

use std::fmt;

use nt_model::Failure;

use crate::machine::Machine;

/// What a host does with a machine and what it keeps of a run.
pub type Act<S> = Box<dyn Fn(&mut Machine, &mut S) -> Result<(), Failure> + Send + Sync>;

/// What a host does with a started machine before a scenario, and what it begins with.
pub type Before<S> = Box<dyn Fn(&mut Machine) -> Result<S, Failure> + Send + Sync>;

/// What a host does at one moment of a scenario: it asks the machine for something and waits for nothing.
pub struct Actor<S> {
    /// What it does, as reports call it.
    pub name: String,
    /// The actor, by its place, that must have acted before.
    pub behind: Option<usize>,
    /// Does it.
    pub act: Act<S>,
}

/// A few things that happen to a driver in every order. `S` is what the host keeps of one run.
pub struct Scenario<S> {
    /// A short word.
    pub name: String,
    /// What happens, in a sentence.
    pub says: String,
    /// What comes before it, the same in every run: the machine has been started.
    pub before: Before<S>,
    /// What may happen in every order.
    pub actors: Vec<Actor<S>>,
    /// What holds behind it, in whichever order it happened. Nothing is explored here.
    pub after: Act<S>,
}

impl<S> fmt::Debug for Scenario<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scenario")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for Actor<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Actor")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
