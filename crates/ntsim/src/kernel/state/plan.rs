//! A plan: the schedule of a run, choice by choice.
//!
//! An exploration goes through schedules one after another. Each is told by its turns: the choices at which it does not
//! go on as it would by itself. What a run is offered on the way is recorded, and the schedules behind it follow from that.

use std::fmt;

use crate::kernel::state::{
    conflicts::Conflicts,
    priorities::{Among, Candidate, Priorities, Reach},
    scheduler::Step,
};

/// Where a schedule may take a turn although what runs could go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Points {
    /// Before every instruction of the driver, and inside every unlocked read-modify-write of memory.
    Instruction,
    /// Before every call of what is not the driver's, every change of IRQL or of the interrupt flag, every access to device
    /// registers, and every access to memory in the conflict set; inside an unlocked read-modify-write of such memory.
    Access,
    /// Before every call of what is not the driver's, and every change of IRQL or of the interrupt flag.
    Api,
}

impl Points {
    /// The word that names them.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Instruction => "instruction",
            Self::Access => "access",
            Self::Api => "api",
        }
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A choice that is not made as it would be by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Turn {
    /// Which choice of the run, counted from 0.
    pub at: u32,
    /// Which of its alternatives is taken; 0 is what would go on by itself.
    pub take: u8,
}

/// Choices of a run that follow on each other and are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The first of them, counted from 0.
    pub first: u32,
    /// How many they are.
    pub count: u32,
    /// How many alternatives each has, what would go on by itself included.
    pub alternatives: u8,
    /// What runs cannot go on: a choice that is no preemption.
    pub free: bool,
}

/// What the schedule of a run is.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where it may take turns.
    pub points: Points,
    /// The turns, in order.
    pub turns: Vec<Turn>,
    /// What the points depend on.
    pub conflicts: Conflicts,
}

/// What has come of a plan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    /// What was offered.
    pub(crate) offers: Vec<Offer>,
    /// The turns that were taken, as they are counted where every instruction is a point: so they depend on no conflict set.
    pub(crate) taken: Vec<Turn>,
    /// What it had of contexts and points, where it went by priorities.
    pub(crate) reach: Reach,
}

/// Where a run stands while the next step is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a routine of the kernel that goes on to the driver: what runs keeps its processor until the next instruction.
    Inside,
    /// Before an instruction that is no point of the plan.
    Instruction,
    /// At a point, or what ran does not go on.
    Point,
}

/// A plan on its way.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    plan: Plan,
    /// The next turn.
    next: usize,
    /// How many choices there were.
    met: u32,
    /// How many there were where every instruction is a point.
    fine: u32,
    taken: Vec<Turn>,
    offers: Vec<Offer>,
    /// The actors of the host's that have something to do, with the one that comes before.
    actors: Vec<(usize, Option<usize>)>,
    /// How many things could be done besides going on, when that was looked at last.
    others: u8,
    /// How many of those are no matter of the processor that goes on.
    elsewhere: u8,
    /// The steps that were there before an actor did something.
    before: Option<Vec<Step>>,
    /// The alternatives, while one is chosen; kept for its memory.
    order: Vec<Step>,
    /// What takes the turns in place of the plan.
    priorities: Option<Priorities>,
}

impl Course {
    pub(crate) fn new(plan: Plan, actors: Vec<Option<usize>>) -> Self {
        Self {
            plan,
            next: 0,
            met: 0,
            fine: 0,
            taken: Vec::new(),
            offers: Vec::new(),
            actors: actors.into_iter().enumerate().collect(),
            others: 1,
            elsewhere: 1,
            before: None,
            order: Vec::new(),
            priorities: None,
        }
    }

    /// What has come of it.
    pub(crate) fn into_record(self) -> Record {
        Record {
            offers: self.offers,
            taken: self.taken,
            reach: self.priorities.map_or_else(Reach::default, |it| it.reach()),
        }
    }

    /// Has turns be taken by priorities.
    pub(crate) fn prioritize(&mut self, priorities: Priorities) {
        self.priorities = Some(priorities);
    }

    pub(crate) const fn has_priorities(&self) -> bool {
        self.priorities.is_some()
    }

    /// The contexts of the steps that come next.
    pub(crate) fn tell_contexts(&mut self, candidates: Vec<Candidate>) {
        if let Some(priorities) = &mut self.priorities {
            priorities.tell(candidates);
        }
    }

    pub(crate) const fn points(&self) -> Points {
        self.plan.points
    }

    /// The turns that were taken so far.
    pub(crate) fn taken(&self) -> &[Turn] {
        &self.taken
    }

    /// Whether something could be done besides going on.
    pub(crate) const fn has_others(&self) -> bool {
        self.others > 0
    }

    /// Whether something could be done on another processor.
    pub(crate) const fn has_elsewhere(&self) -> bool {
        self.elsewhere > 0
    }

    /// What runs is about to execute an instruction, a point or not, and nothing has changed since it was last looked at what
    /// else could be done. Whether the plan has a turn here.
    #[inline]
    pub(crate) fn pass(&mut self, at_point: bool) -> bool {
        self.pass_beside(self.others, at_point)
    }

    /// The same between what its instruction reads and what it writes, where its processor does nothing else.
    #[inline]
    pub(crate) fn pass_inside(&mut self, at_point: bool) -> bool {
        self.pass_beside(self.elsewhere, at_point)
    }

    fn pass_beside(&mut self, others: u8, at_point: bool) -> bool {
        if others == 0 {
            return false;
        }
        if !at_point {
            self.fine += 1;
            return false;
        }
        let turn = match &mut self.priorities {
            Some(priorities) => priorities.decides_next(),
            None => self.turn().is_some(),
        };
        if turn {
            return true;
        }
        self.offer(others.saturating_add(1), false);
        false
    }

    /// What the plan takes at this choice, where it has a turn here.
    fn turn(&self) -> Option<usize> {
        let next = self.plan.turns.get(self.next);
        let turn = next.filter(|turn| turn.at == self.met)?;
        Some(usize::from(turn.take))
    }

    fn offer(&mut self, alternatives: u8, free: bool) {
        match self.offers.last_mut() {
            Some(last) if last.alternatives == alternatives && last.free == free => last.count += 1,
            _ => self.offers.push(Offer {
                first: self.met,
                count: 1,
                alternatives,
                free,
            }),
        }
        self.met += 1;
        self.fine += 1;
    }

    /// Chooses among so many.
    ///
    /// A turn to what is not there is none: the plan is of another run.
    pub(crate) fn pick(&mut self, alternatives: usize, free: bool) -> usize {
        let take = match &mut self.priorities {
            // What it is chosen among is no context.
            Some(priorities) => Some(priorities.any(alternatives)).filter(|take| *take > 0),
            None => self.turn(),
        };
        self.take(take, alternatives, free)
    }

    fn take(&mut self, take: Option<usize>, alternatives: usize, free: bool) -> usize {
        if alternatives < 2 {
            return 0;
        }
        self.offer(u8::try_from(alternatives).unwrap_or(u8::MAX), free);
        let Some(take) = take.filter(|take| *take < alternatives) else {
            return 0;
        };
        self.next += 1;
        self.taken.push(Turn {
            at: self.fine - 1,
            take: take as u8,
        });
        take
    }

    /// The next step. `last` is the processor that was live last, which may lose it at a point.
    pub(crate) fn choose(&mut self, steps: &[Step], last: usize, place: Place) -> Option<Step> {
        let goes_on = steps.contains(&Step::Run(last));
        let mut order = core::mem::take(&mut self.order);
        order.clear();
        let mut free = !goes_on;
        let mut among = Among::All;
        if let Some(before) = self.before.take() {
            order.extend(steps.iter().filter(|step| !before.contains(step)));
        }
        if order.is_empty() {
            order.extend(goes_on.then_some(Step::Run(last)));
            let others = order.len();
            order.extend(steps.iter().filter(|step| **step != Step::Run(last)));
            order[others..].sort_by_key(|step| (step.cpu() != last, step.rank()));
            order.extend(self.pending().map(Step::Host));
        } else {
            // What an actor did has come of it: it goes first, or, where that may wait, later.
            let may_wait = |step: &Step| !matches!(step, Step::Switch(_) | Step::Run(_));
            among = Among::Start;
            if goes_on && order.iter().all(may_wait) {
                order.push(Step::Run(last));
                among = Among::Arrival;
            }
            free = true;
        }
        let actors: Vec<usize> = match self.priorities {
            Some(_) => self.pending().collect(),
            None => Vec::new(),
        };
        let chosen = if goes_on && !free && place != Place::Point {
            self.fine += u32::from(place == Place::Instruction && order.len() > 1);
            if let Some(priorities) = &mut self.priorities {
                priorities.pass_over();
            }
            Some(Step::Run(last))
        } else if let Some(priorities) = &mut self.priorities {
            let index = priorities.choose(&order, among, &actors);
            let index = self.take(Some(index).filter(|it| *it > 0), order.len(), free);
            order.get(index).copied()
        } else {
            order.get(self.pick(order.len(), free)).copied()
        };
        self.order = order;
        let chosen = chosen?;
        if let Step::Host(actor) = chosen {
            self.actors.retain(|(other, _)| *other != actor);
            self.before = Some(steps.to_vec());
        }
        // Where a step is taken that is no more than going on, on this processor or another one, the rest stays possible.
        let pending = self.pending().count();
        let others = steps.len() - usize::from(matches!(chosen, Step::Run(_)));
        let elsewhere = steps.iter().filter(|step| step.cpu() != chosen.cpu());
        self.elsewhere = u8::try_from(elsewhere.count() + pending).unwrap_or(u8::MAX);
        self.others = u8::try_from(others + pending).unwrap_or(u8::MAX);
        Some(chosen)
    }

    fn pending(&self) -> impl Iterator<Item = usize> {
        let acts_later = |actor| self.actors.iter().any(|(later, _)| *later == actor);
        let ready = self.actors.iter();
        ready
            .filter(move |(_, behind)| !behind.is_some_and(acts_later))
            .map(|(actor, _)| *actor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(turns: &[(u32, u8)], actors: &[Option<usize>]) -> Course {
        let turns = turns.iter().map(|(at, take)| Turn {
            at: *at,
            take: *take,
        });
        let plan = Plan {
            points: Points::Instruction,
            turns: turns.collect(),
            conflicts: Conflicts::default(),
        };
        Course::new(plan, actors.to_vec())
    }

    #[test]
    fn what_runs_goes_on_until_the_plan_has_a_turn() {
        let mut course = course(&[(1, 1)], &[]);
        let steps = [Step::Run(0), Step::Interrupt(0, 5)];
        let mut chosen = || course.choose(&steps, 0, Place::Point);
        assert_eq!(chosen(), Some(Step::Run(0)));
        assert_eq!(chosen(), Some(Step::Interrupt(0, 5)));
        assert_eq!(chosen(), Some(Step::Run(0)));
        let alike = Offer {
            first: 0,
            count: 3,
            alternatives: 2,
            free: false,
        };
        assert_eq!(course.into_record().offers, [alike]);
    }

    #[test]
    fn what_runs_loses_its_processor_at_points_only() {
        let mut course = course(&[(0, 1)], &[]);
        let steps = [Step::Run(0), Step::Run(1)];
        assert_eq!(course.choose(&steps, 0, Place::Inside), Some(Step::Run(0)));
        assert_eq!(course.choose(&steps, 0, Place::Point), Some(Step::Run(1)));
    }

    #[test]
    fn turns_are_told_as_if_every_instruction_were_a_point() {
        let mut course = course(&[(1, 1)], &[]);
        let steps = [Step::Run(0), Step::Run(1)];
        course.choose(&steps, 0, Place::Point);
        course.choose(&steps, 0, Place::Instruction);
        course.choose(&steps, 0, Place::Inside);
        assert!(!course.pass(false));
        assert!(course.pass(true), "the turn is here");
        assert_eq!(course.choose(&steps, 0, Place::Point), Some(Step::Run(1)));
        assert_eq!(course.into_record().taken, [Turn { at: 3, take: 1 }]);
    }

    #[test]
    fn inside_an_instruction_only_what_is_elsewhere_can_go_on() {
        let mut course = course(&[(3, 1)], &[]);
        let steps = [Step::Run(0), Step::Interrupt(0, 5), Step::Run(1)];
        course.choose(&steps, 0, Place::Point);
        assert!(!course.pass_inside(true) && !course.pass(true));
        assert!(course.pass_inside(true), "the turn is here");
        let elsewhere = [Step::Run(0), Step::Run(1)];
        let chosen = course.choose(&elsewhere, 0, Place::Point);
        assert_eq!(chosen, Some(Step::Run(1)));
        let record = course.into_record();
        let widths = record.offers.iter().map(|offer| offer.alternatives);
        assert_eq!(widths.collect::<Vec<_>>(), [3, 2, 3, 2]);
        assert_eq!(record.taken, [Turn { at: 3, take: 1 }]);

        let mut course = self::course(&[], &[]);
        course.choose(&[Step::Run(0), Step::Interrupt(0, 5)], 0, Place::Point);
        assert!(!course.pass_inside(true));
        assert_eq!(course.into_record().offers.len(), 1, "there is none");
    }

    #[test]
    fn a_choice_among_one_is_none() {
        let mut course = course(&[], &[]);
        assert_eq!(
            course.choose(&[Step::Run(0)], 0, Place::Point),
            Some(Step::Run(0))
        );
        assert!(!course.has_others());
        assert!(course.into_record().offers.is_empty());
    }

    #[test]
    fn what_an_actor_brings_comes_first_and_may_wait_only_if_it_is_an_interrupt() {
        let mut course = course(&[(0, 1)], &[None]);
        assert_eq!(
            course.choose(&[Step::Run(0)], 0, Place::Point),
            Some(Step::Host(0)),
            "the actor cuts in"
        );
        let steps = [Step::Run(0), Step::Interrupt(0, 5)];
        assert_eq!(
            course.choose(&steps, 0, Place::Inside),
            Some(Step::Interrupt(0, 5)),
            "at once"
        );
        let offers = course.into_record().offers;
        assert_eq!(offers.len(), 2);
        assert!(!offers[0].free && offers[1].free && offers[1].alternatives == 2);

        let mut course = self::course(&[(0, 1)], &[None]);
        course.choose(&[Step::Run(0)], 0, Place::Point);
        let steps = [Step::Run(0), Step::Switch(1)];
        assert_eq!(
            course.choose(&steps, 0, Place::Inside),
            Some(Step::Switch(1))
        );
        assert_eq!(
            course.into_record().offers.len(),
            1,
            "a thread that waits comes later"
        );
    }

    #[test]
    fn actors_come_one_after_another_where_nothing_else_can_go_on() {
        let mut course = course(&[], &[Some(1), None]);
        assert_eq!(course.choose(&[], 0, Place::Inside), Some(Step::Host(1)));
        assert_eq!(course.choose(&[], 0, Place::Inside), Some(Step::Host(0)));
        assert_eq!(course.choose(&[], 0, Place::Inside), None);
    }
}
