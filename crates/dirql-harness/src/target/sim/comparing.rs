//! The simulator, each test twice: what comes out of the driver may not depend on what uninitialized memory holds.

use std::cell::{Cell, RefCell};

use nt_model::Failure;
use ntsim::{Machine, Uses};

use super::{Recorded, SimTarget};
use crate::seed::Seeds;
use crate::target::{Facts, Session, Setup, Target, Variant, VideoPlace};

/// A watch over the machines of a test: what they let out the first time, and a comparison the second time.
#[derive(Debug, Default)]
pub struct Comparison {
    /// What each machine of the test has let out, in the order in which they were booted.
    uses: RefCell<Vec<Uses>>,
    /// How many were booted in the second pass; none in the first.
    second: Cell<Option<usize>>,
}

impl Comparison {
    fn begin_pass(&self, pass: u32) {
        if pass == 0 {
            self.uses.borrow_mut().clear();
            self.second.set(None);
        } else {
            self.second.set(Some(0));
        }
    }

    /// Watches a machine of which nothing has run.
    pub(crate) fn watch(&self, machine: &mut Machine) {
        let Some(booted) = self.second.get() else {
            self.uses.borrow_mut().push(machine.record());
            return;
        };
        // A test boots as many as before, until its machines part.
        if let Some(uses) = self.uses.borrow().get(booted) {
            machine.compare(uses);
        }
        self.second.set(Some(booted + 1));
    }
}

/// The simulator with such a watch.
pub(in crate::target) struct Comparing {
    sim: SimTarget,
    comparison: Comparison,
}

impl Comparing {
    pub(in crate::target) fn new(sim: SimTarget) -> Self {
        Self {
            sim,
            comparison: Comparison::default(),
        }
    }
}

impl Target for Comparing {
    fn video(&self, variant: Variant, seeds: Seeds) -> Result<VideoPlace<'_>, String> {
        Ok(VideoPlace {
            comparison: Some(&self.comparison),
            ..self.sim.video(variant, seeds)?
        })
    }

    fn interrupted(&self) -> bool {
        self.sim.interrupted()
    }

    fn facts(&self) -> &Facts {
        self.sim.facts()
    }

    fn token(&self, variant: Variant, seeds: Seeds) -> Option<String> {
        self.sim.token(variant, seeds)
    }

    fn recorded(&self) -> Option<Recorded> {
        self.sim.recorded()
    }

    fn passes(&self) -> u32 {
        2
    }

    fn begin_pass(&self, pass: u32) {
        self.comparison.begin_pass(pass);
    }

    fn begin(&self, variant: Variant, seeds: Seeds) -> Result<Box<dyn Session>, Failure> {
        let watch = |machine: &mut Machine| self.comparison.watch(machine);
        let session = self.sim.boot(variant, seeds, &Setup::default(), watch)?;
        Ok(Box::new(session))
    }

    fn begin_on(
        &self,
        variant: Variant,
        seeds: Seeds,
        setup: &Setup,
    ) -> Result<Option<Box<dyn Session>>, Failure> {
        let watch = |machine: &mut Machine| self.comparison.watch(machine);
        let session = self.sim.boot(variant, seeds, setup, watch)?;
        Ok(Some(Box::new(session)))
    }
}
