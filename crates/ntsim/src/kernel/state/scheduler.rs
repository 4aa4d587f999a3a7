//! The scheduler: whatever the simulator chooses about the order of things, it chooses here.
//!
//! It chooses the next step among the legal ones, when the next preemption is due, and the processor that a message goes to. It also chooses when the next error of a
//! storm arrives, and for how long a write is on its way to the device. Its choices are a function of the strategy and the seed. A choice among one is none: nothing is
//! drawn for it, so that the schedule of a run does not hang on how often it had no choice.

use nt_model::{Config, Strategy};
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

use crate::kernel::state::{
    plan::{Course, Place, Plan, Points, Record},
    priorities::{Candidate, Priorities},
};

/// The mean number of instructions between two random decisions.
const GAP_MEAN: u64 = 24;

/// A legal next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The processor's innermost activation goes on.
    Run(usize),
    /// The processor takes an interrupt.
    Interrupt(usize, u32),
    /// The processor takes an error of a source.
    Error(usize, usize),
    /// The processor drains its DPC queue.
    Dpc(usize),
    /// The processor goes on with the next ready thread.
    Switch(usize),
    /// An actor of the host's does something.
    Host(usize),
}

impl Step {
    /// The processor that takes it; none takes what the host does.
    pub(crate) const fn cpu(self) -> usize {
        match self {
            Self::Host(_) => usize::MAX,
            Self::Run(cpu)
            | Self::Interrupt(cpu, _)
            | Self::Error(cpu, _)
            | Self::Dpc(cpu)
            | Self::Switch(cpu) => cpu,
        }
    }

    /// The order in which [`Strategy::RunUntilBlocked`] prefers the steps of one processor.
    pub(crate) const fn rank(self) -> u8 {
        match self {
            Self::Host(_) => 4,
            Self::Interrupt(..) | Self::Error(..) => 0,
            Self::Dpc(_) => 1,
            Self::Run(_) => 2,
            Self::Switch(_) => 3,
        }
    }
}

/// What chooses, and what it draws from.
#[derive(Clone, Debug)]
pub(crate) struct Scheduler {
    strategy: Strategy,
    rng: ChaCha8Rng,
    /// What the delays of writes are drawn from. How many writes there are changes nothing else that is drawn.
    posting: ChaCha8Rng,
    /// Instructions until the next random decision.
    gap: u64,
    /// The schedule, where it is planned.
    course: Option<Box<Course>>,
}

impl Scheduler {
    pub(crate) fn new(config: &Config) -> Self {
        let mut scheduler = Self {
            strategy: config.strategy,
            rng: ChaCha8Rng::seed_from_u64(config.seed),
            posting: ChaCha8Rng::seed_from_u64(config.seed),
            gap: 0,
            course: None,
        };
        scheduler.seed(config.seed);
        scheduler
    }

    /// Draws what comes from here on from this seed, whatever was drawn before.
    pub(in crate::kernel) fn seed(&mut self, seed: u64) {
        self.rng = ChaCha8Rng::seed_from_u64(seed);
        self.posting = ChaCha8Rng::seed_from_u64(seed);
        self.posting.set_stream(1);
        self.draw_gap();
    }

    /// Draws when the next preemption is due.
    pub(crate) fn draw_gap(&mut self) {
        self.gap = match self.strategy {
            Strategy::RunUntilBlocked => u64::MAX,
            Strategy::Random => 1 + self.rng.next_u64() % (2 * GAP_MEAN - 1),
        };
    }

    /// Goes by a plan from here on.
    pub(in crate::kernel) fn direct(&mut self, plan: Plan, actors: Vec<Option<usize>>) {
        self.course = Some(Box::new(Course::new(plan, actors)));
    }

    /// Takes the turns of the plan by priorities.
    pub(in crate::kernel) fn prioritize(&mut self, priorities: Priorities) {
        if let Some(course) = &mut self.course {
            course.prioritize(priorities);
        }
    }

    /// Whether it goes by priorities, for which it is told the contexts before a choice.
    pub(in crate::kernel) fn has_priorities(&self) -> bool {
        self.course
            .as_ref()
            .is_some_and(|course| course.has_priorities())
    }

    pub(in crate::kernel) fn tell_contexts(&mut self, candidates: Vec<Candidate>) {
        if let Some(course) = &mut self.course {
            course.tell_contexts(candidates);
        }
    }

    /// Goes on by itself, and says what the plan was offered.
    pub(in crate::kernel) fn end_plan(&mut self) -> Record {
        self.course
            .take()
            .map_or_else(Record::default, |course| course.into_record())
    }

    /// An instruction is about to be executed, at a point of a plan or not: whether a preemption is due at it.
    #[inline]
    pub(crate) fn count(&mut self, at_point: bool) -> bool {
        if let Some(course) = &mut self.course {
            return course.pass(at_point);
        }
        self.gap = self.gap.saturating_sub(1);
        self.gap == 0
    }

    /// How many instructions can pass before a preemption is due, or one of them may be a point of a plan.
    #[inline]
    pub(crate) fn passes(&self) -> u64 {
        match &self.course {
            Some(course) if course.has_others() || course.has_elsewhere() => 0,
            Some(_) => u64::MAX,
            None => self.gap.saturating_sub(1),
        }
    }

    /// One of those has passed.
    #[inline]
    pub(crate) fn pass_one(&mut self) {
        if self.course.is_none() {
            self.gap -= 1;
        }
    }

    /// What runs is in the middle of an instruction, at a point of a plan or not: whether something is to go on there on
    /// another processor.
    #[inline]
    pub(crate) fn count_inside(&mut self, at_point: bool) -> bool {
        self.course
            .as_mut()
            .is_some_and(|course| course.pass_inside(at_point))
    }

    /// Whether something could be done on another processor while what runs is in the middle of an instruction.
    #[inline]
    pub(crate) fn has_elsewhere(&self) -> bool {
        self.course
            .as_ref()
            .is_some_and(|course| course.has_elsewhere())
    }

    /// Whether the schedule is planned.
    pub(crate) const fn is_planned(&self) -> bool {
        self.course.is_some()
    }

    /// The points of a plan at which something besides going on could be done; none where there is nothing.
    #[inline]
    pub(crate) fn points(&self) -> Option<Points> {
        let course = self.course.as_ref()?;
        course.has_others().then(|| course.points())
    }

    /// How many turns of a plan were taken.
    pub(crate) fn turns(&self) -> usize {
        self.course
            .as_ref()
            .map_or(0, |course| course.taken().len())
    }

    /// The turn of a plan that was taken behind the first `before` ones, if one was.
    pub(crate) fn turn_behind(&self, before: usize) -> Option<(u32, u8)> {
        let turn = self.course.as_ref()?.taken().get(before)?;
        Some((turn.at, turn.take))
    }

    /// Whether a thread may lose its processor to another that is ready.
    pub(crate) fn preempts_threads(&self) -> bool {
        self.strategy == Strategy::Random || self.course.is_some()
    }

    /// A number below `bound`, which is not 0.
    fn random(&mut self, bound: usize) -> usize {
        match bound {
            1 => 0,
            bound => (self.rng.next_u64() % bound as u64) as usize,
        }
    }

    /// The next step; none where none is legal. `last` is the processor that was live last; `place` says where
    /// it stands for a plan.
    pub(crate) fn choose(&mut self, steps: &[Step], last: usize, place: Place) -> Option<Step> {
        if let Some(course) = &mut self.course {
            return course.choose(steps, last, place);
        }
        match self.strategy {
            Strategy::RunUntilBlocked => {
                let steps = steps.iter().copied();
                steps.min_by_key(|step| (step.cpu() != last, step.rank()))
            }
            Strategy::Random if steps.is_empty() => None,
            Strategy::Random => Some(steps[self.random(steps.len())]),
        }
    }

    /// The processor that a message goes to, of those that it may go to.
    ///
    /// # Panics
    ///
    /// Where it may go to none.
    pub(crate) fn target(&mut self, candidates: &[usize], last: usize) -> usize {
        if let Some(course) = &mut self.course {
            let first = candidates.iter().position(|cpu| *cpu == last);
            let mut order = candidates.to_vec();
            order.swap(0, first.unwrap_or(0));
            return order[course.pick(order.len(), true)];
        }
        match self.strategy {
            // It arrives as soon as it can: where a processor is at work already.
            Strategy::RunUntilBlocked if candidates.contains(&last) => last,
            Strategy::RunUntilBlocked => candidates[0],
            Strategy::Random => candidates[self.random(candidates.len())],
        }
    }

    /// For how many cycles a write to the device is on its way, where nothing pushes it: half of them arrive at once, the
    /// others after a time of any order of magnitude, up to some ten microseconds.
    pub(crate) fn post(&mut self) -> u64 {
        /// The most binary digits of a delay, less one.
        const DIGITS: u64 = 15;
        if self.strategy == Strategy::RunUntilBlocked || self.course.is_some() {
            return 0;
        }
        let draw = self.posting.next_u64();
        match draw & 1 {
            0 => 0,
            _ => (draw >> 32) & ((2 << ((draw >> 1 & 0xFF) % (DIGITS + 1))) - 1),
        }
    }

    /// For how many cycles something is put off that need not come at once: fewer than `most`, which is not 0.
    pub(crate) fn delay(&mut self, most: usize) -> u64 {
        match self.strategy {
            Strategy::RunUntilBlocked => 0,
            Strategy::Random => self.random(most) as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(seed: u64) -> Scheduler {
        Scheduler::new(&Config {
            strategy: Strategy::Random,
            seed,
            ..Config::default()
        })
    }

    #[test]
    fn a_choice_among_one_draws_nothing() {
        let (mut one, mut other) = (random(7), random(7));
        for _ in 0..10 {
            assert_eq!(
                one.choose(&[Step::Run(1)], 0, Place::Point),
                Some(Step::Run(1))
            );
            assert_eq!(one.target(&[1], 0), 1);
        }
        let steps = [Step::Run(0), Step::Run(1), Step::Dpc(0), Step::Switch(1)];
        let many = |scheduler: &mut Scheduler| -> Vec<_> {
            (0..20)
                .map(|_| scheduler.choose(&steps, 0, Place::Point))
                .collect()
        };
        assert_eq!(many(&mut one), many(&mut other));
    }

    #[test]
    fn a_write_arrives_at_once_or_after_a_time_of_any_magnitude() {
        let mut scheduler = random(1);
        let delays: Vec<u64> = (0..400).map(|_| scheduler.post()).collect();
        assert!(delays.iter().filter(|delay| **delay == 0).count() > 150);
        for magnitude in [1..16, 16..256, 256..4_096, 4_096..65_536] {
            let some = delays.iter().any(|delay| magnitude.contains(delay));
            assert!(some, "{magnitude:?} in {delays:?}");
        }
        assert!(delays.iter().all(|delay| *delay < 1 << 16));
        assert_eq!(Scheduler::new(&Config::default()).post(), 0);
    }

    #[test]
    fn behind_another_seed_nothing_is_left_of_the_one_before() {
        let steps = [Step::Run(0), Step::Run(1), Step::Dpc(0), Step::Switch(1)];
        let drawn = |scheduler: &mut Scheduler| -> Vec<_> {
            let draw = |_| {
                let due = (1..100).find(|_| scheduler.count(false));
                scheduler.draw_gap();
                let step = scheduler.choose(&steps, 0, Place::Point);
                (due, step, scheduler.post(), scheduler.delay(1_000))
            };
            (0..30).map(draw).collect()
        };
        let (mut scheduler, mut fresh) = (random(7), random(9));
        let before = drawn(&mut scheduler);
        scheduler.seed(9);
        let behind = drawn(&mut scheduler);
        assert_ne!(before, behind);
        assert_eq!(behind, drawn(&mut fresh));
    }

    #[test]
    fn every_step_is_chosen_at_some_time() {
        let steps = [Step::Run(0), Step::Run(1), Step::Dpc(0), Step::Switch(1)];
        let mut scheduler = random(1);
        let chosen: Vec<_> = (0..100)
            .filter_map(|_| scheduler.choose(&steps, 0, Place::Point))
            .collect();
        assert!(steps.iter().all(|step| chosen.contains(step)));
    }

    #[test]
    fn until_it_blocks_the_processor_at_work_goes_on_unless_it_is_interrupted() {
        let mut scheduler = Scheduler::new(&Config::default());
        let steps = [Step::Run(0), Step::Run(1), Step::Interrupt(1, 9)];
        assert_eq!(
            scheduler.choose(&steps[..2], 1, Place::Point),
            Some(Step::Run(1))
        );
        assert_eq!(
            scheduler.choose(&steps, 1, Place::Point),
            Some(Step::Interrupt(1, 9))
        );
        assert_eq!(scheduler.choose(&[], 1, Place::Point), None);
    }
}
