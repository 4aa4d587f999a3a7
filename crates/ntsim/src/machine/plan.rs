//! Runs by a plan: the host's actors do something where the plan has them cut in.

use nt_model::Failure;

use crate::{
    kernel::state::{
        plan::{Plan, Record},
        priorities::Priorities,
    },
    machine::Machine,
    system::{Goal, Stop},
};

impl Machine {
    /// Schedules by a plan from here on, with actors of which each has one thing to do, some of them behind another.
    pub(crate) fn direct(&mut self, plan: Plan, actors: Vec<Option<usize>>) {
        self.at_rest = false;
        self.system_mut().kernel.direct(plan, actors);
    }

    /// Takes the turns of the plan by priorities.
    pub(crate) fn prioritize(&mut self, priorities: Priorities) {
        self.system_mut().kernel.prioritize(priorities);
    }

    /// Runs the guests until an actor is to do its thing, and names it; none where nothing can go on and all have.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the driver's.
    pub(crate) fn proceed(&mut self) -> Result<Option<usize>, Failure> {
        match self.run(Goal::Quiescence)? {
            Stop::Host(actor) => Ok(Some(actor)),
            _ => Ok(None),
        }
    }

    /// Has the driver's calls be kept that there are once so many of its instructions were executed.
    pub(crate) fn seek(&mut self, instructions: u64) {
        self.system_mut().kernel.seek(instructions);
    }

    /// The calls that were sought, innermost first.
    pub(crate) fn sought(&self) -> Vec<String> {
        self.system().kernel.sought().to_vec()
    }

    /// Of the race that was reported last: how many instructions had been executed at the earlier access, and where both
    /// are, the later one first.
    pub(crate) fn race_met(&self) -> Option<(u64, [String; 2])> {
        self.system().kernel.race_met()
    }

    /// Schedules by itself again, and says what the plan has come to.
    pub(crate) fn end_plan(&mut self) -> Record {
        self.at_rest = false;
        self.system_mut().kernel.end_plan()
    }
}
