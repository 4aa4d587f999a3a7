//! Priorities: a schedule of probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010).
//!
//! Every context has a priority that is drawn when it is first seen, and of those that could go on the one with the highest
//! does. At a few points of the run, the change points, it gets a priority below all that were drawn. A thread is a context,
//! and so is the delivery of an interrupt or of an error from when it is pending to the end of its service routine, a DPC
//! queue from when it could be drained to its end, and an actor of the host's with the thread that it brings.

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

use crate::kernel::state::scheduler::Step;

/// What has a priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    /// A thread, by its number.
    Thread(u32),
    /// What runs on top of a processor's thread, by how many of it there are.
    Nested(usize, usize),
    /// An interrupt that is pending, by its vector.
    Delivery(u32),
    /// An error that is pending, by its source.
    Error(usize),
    /// A processor's DPC queue that could be drained.
    Dpc(usize),
    Actor(usize),
}

/// A step, the context that goes on by it, and what that is from then on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub(crate) step: Step,
    pub(crate) context: Context,
    pub(crate) becomes: Context,
}

/// What steps are chosen among.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Among {
    /// All that could be done.
    All,
    /// What an actor has brought, which may wait, and going on, which comes last.
    Arrival,
    /// What an actor has brought, which goes first.
    Start,
}

/// The contexts and points of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// The contexts that a priority was drawn for.
    pub contexts: u32,
    /// The points at which more than one context could go on.
    pub points: u32,
}

impl Reach {
    /// The least probability with which a schedule finds a bug of a depth, where no schedule has more contexts and points.
    #[must_use]
    pub fn bound(self, depth: u32) -> f64 {
        let points = f64::from(self.points.max(1));
        let changes = i32::try_from(depth.saturating_sub(1)).unwrap_or(i32::MAX);
        1.0 / (f64::from(self.contexts.max(1)) * points.powi(changes))
    }

    /// Whether another run has no more than this.
    pub(crate) fn has(self, other: Self) -> bool {
        self.contexts >= other.contexts && self.points >= other.points
    }

    /// The most of both.
    pub(crate) fn most(self, other: Self) -> Self {
        Self {
            contexts: self.contexts.max(other.contexts),
            points: self.points.max(other.points),
        }
    }
}

/// The least priority that is drawn. Those that change points give are lower.
const DRAWN: u64 = 1 << 63;

/// The priorities of a run.
#[derive(Clone, Debug)]
pub(crate) struct Priorities {
    rng: ChaCha8Rng,
    /// The change points, counted from 1; the first gives the lowest priority.
    changes: Vec<u32>,
    known: Vec<(Context, u64)>,
    reach: Reach,
    /// The steps that the next choice is among, but for what actors do.
    candidates: Vec<Candidate>,
    /// The priority of the actor that has just acted.
    actor: Option<u64>,
    /// What runs was chosen among all, and nothing has changed since.
    settled: bool,
}

impl Priorities {
    /// The schedule `number` of a seed, for bugs of a depth, in runs of so many points.
    pub(crate) fn new(depth: u32, seed: u64, number: u64, points: u32) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(number);
        let points = u64::from(points.max(1));
        let changes = (1..depth).map(|_| 1 + (rng.next_u64() % points) as u32);
        Self {
            changes: changes.collect(),
            rng,
            known: Vec::new(),
            reach: Reach::default(),
            candidates: Vec::new(),
            actor: None,
            settled: false,
        }
    }

    pub(crate) const fn reach(&self) -> Reach {
        self.reach
    }

    /// One of so many, where it is not by priority: the processor that something goes to.
    pub(crate) fn any(&mut self, count: usize) -> usize {
        (self.rng.next_u64() % count as u64) as usize
    }

    pub(crate) fn tell(&mut self, candidates: Vec<Candidate>) {
        self.candidates = candidates;
    }

    /// At a point where nothing has changed since steps were last looked at: whether they are to be chosen among. Where not,
    /// what runs goes on, for it has the highest priority.
    pub(crate) fn decides_next(&mut self) -> bool {
        if !self.settled || self.changes.contains(&(self.reach.points + 1)) {
            return true;
        }
        self.reach.points += 1;
        false
    }

    /// What runs goes on where there is no point: something may have come that has a higher priority.
    pub(crate) fn pass_over(&mut self) {
        self.settled = false;
    }

    /// Which of the steps is taken.
    pub(crate) fn choose(&mut self, order: &[Step], among: Among, actors: &[usize]) -> usize {
        let contexts: Vec<Context> = order
            .iter()
            .filter_map(|step| self.context(*step))
            .collect();
        // Steps and contexts are in the same order: each step that is none of an actor's was told.
        debug_assert_eq!(contexts.len(), order.len());
        let actor = self.actor.take();
        if among == Among::Start {
            let mut new = contexts.iter().filter(|it| self.priority(**it).is_none());
            if let Some(thread @ Context::Thread(_)) = new.next().copied()
                && let Some(priority) = actor
            {
                self.set(thread, priority);
            }
        }
        let Some(mut top) = self.top(contexts.iter().copied()) else {
            return 0;
        };
        match among {
            Among::All if contexts.iter().any(|it| *it != top) => {
                // Behind a change it is chosen again, which is a point of its own: that one may have a change, too.
                loop {
                    self.reach.points += 1;
                    let change = self.changes.iter().position(|at| *at == self.reach.points);
                    let Some(change) = change else {
                        break;
                    };
                    self.set(top, change as u64);
                    top = self.top(contexts.iter().copied()).unwrap_or(top);
                }
            }
            Among::Arrival => {
                let others = self.candidates.iter().map(|it| it.context);
                let all: Vec<Context> = others
                    .chain(actors.iter().map(|actor| Context::Actor(*actor)))
                    .collect();
                if self.top(all.into_iter()) != Some(top) {
                    // It waits: something else goes first, and what runs is at a point before long.
                    self.settled = false;
                    return order.len() - 1;
                }
            }
            Among::All | Among::Start => {}
        }
        let same: Vec<usize> = (0..contexts.len())
            .filter(|index| contexts[*index] == top)
            .collect();
        let index = match same[..] {
            [one] => one,
            _ => same[self.any(same.len())],
        };
        self.begin(order[index], top);
        self.settled = among == Among::All && matches!(order[index], Step::Run(_));
        index
    }

    /// A context goes on by a step.
    fn begin(&mut self, step: Step, context: Context) {
        let priority = self.priority(context);
        let candidate = self.candidates.iter().find(|it| it.step == step);
        match candidate.map(|it| it.becomes) {
            Some(becomes) if becomes != context => {
                self.known.retain(|(known, _)| *known != context);
                self.set(becomes, priority.unwrap_or(0));
            }
            Some(_) => {}
            None => self.actor = priority,
        }
    }

    fn context(&self, step: Step) -> Option<Context> {
        if let Step::Host(actor) = step {
            return Some(Context::Actor(actor));
        }
        let candidate = self.candidates.iter().find(|it| it.step == step);
        candidate.map(|it| it.context)
    }

    /// The one with the highest priority; a priority is drawn for those that have none.
    fn top(&mut self, contexts: impl Iterator<Item = Context>) -> Option<Context> {
        contexts.max_by_key(|context| self.drawn(*context))
    }

    fn drawn(&mut self, context: Context) -> u64 {
        if let Some(priority) = self.priority(context) {
            return priority;
        }
        let priority = DRAWN | self.rng.next_u64();
        self.reach.contexts += 1;
        self.known.push((context, priority));
        priority
    }

    fn priority(&self, context: Context) -> Option<u64> {
        let known = self.known.iter().find(|(known, _)| *known == context);
        known.map(|(_, priority)| *priority)
    }

    fn set(&mut self, context: Context, priority: u64) {
        self.known.retain(|(known, _)| *known != context);
        self.known.push((context, priority));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Step = Step::Run(0);
    const OTHER: Step = Step::Run(1);

    fn told(priorities: &mut Priorities) {
        let candidate = |step, thread| Candidate {
            step,
            context: Context::Thread(thread),
            becomes: Context::Thread(thread),
        };
        priorities.tell(vec![candidate(ONE, 1), candidate(OTHER, 2)]);
    }

    /// What goes on at each of some points between two threads.
    fn chosen(priorities: &mut Priorities, points: u32) -> Vec<usize> {
        let choose = |_| {
            told(priorities);
            priorities.choose(&[ONE, OTHER], Among::All, &[])
        };
        (0..points).map(choose).collect()
    }

    #[test]
    fn what_has_the_highest_priority_goes_on_and_every_schedule_draws_its_own() {
        let first: Vec<usize> = (0..40)
            .map(|number| {
                let all = chosen(&mut Priorities::new(1, 7, number, 10), 10);
                assert!(all.windows(2).all(|two| two[0] == two[1]), "{all:?}");
                all[0]
            })
            .collect();
        let ones = first.iter().filter(|it| **it == 0).count();
        assert!((10..30).contains(&ones), "{first:?}");
    }

    #[test]
    fn what_is_at_a_change_point_goes_behind_all_others() {
        for number in 0..40 {
            let mut priorities = Priorities::new(2, 7, number, 10);
            let change = priorities.changes[0] as usize;
            let all = chosen(&mut priorities, 10);
            let (before, behind) = all.split_at(change - 1);
            assert!(before.iter().all(|it| *it != behind[0]), "{change} {all:?}");
            assert!(behind.iter().all(|it| *it == behind[0]), "{change} {all:?}");
            assert_eq!(
                priorities.reach(),
                Reach {
                    contexts: 2,
                    points: 11
                },
                "what is chosen again is a point more"
            );
        }
    }

    #[test]
    fn changes_of_two_contexts_at_one_place_are_two_points() {
        let mut priorities = Priorities::new(3, 7, 0, 10);
        // The one that is first gets the higher priority of both, and is last but one.
        priorities.changes = vec![2, 1];
        let mut plain = priorities.clone();
        plain.changes.clear();
        let first = chosen(&mut plain, 1)[0];
        assert_eq!(chosen(&mut priorities, 3), [first; 3]);
        let priority = |of: u32| priorities.priority(Context::Thread(of));
        assert!(priority(1).is_some_and(|it| it < 2) && priority(2).is_some_and(|it| it < 2));
        assert_eq!(priorities.reach().points, 5);
    }

    /// Each of `counts` is what a fair draw among them makes of their sum, within five standard deviations.
    fn assert_fair(counts: &[u32], what: &str) {
        let sum: u32 = counts.iter().sum();
        let share = 1.0 / f64::from(u32::try_from(counts.len()).expect("they are few"));
        let expected = f64::from(sum) * share;
        let most = 5.0 * (expected * (1.0 - share)).sqrt();
        let fair = |count: &u32| (f64::from(*count) - expected).abs() <= most;
        assert!(counts.iter().all(fair), "{what}: {counts:?}");
    }

    #[test]
    fn change_points_are_drawn_alike_from_all_points_and_each_for_itself() {
        const POINTS: u32 = 6;
        let mut pairs = [0; (POINTS * POINTS) as usize];
        let mut last = [0; POINTS as usize];
        for number in 0..12_000 {
            let changes = Priorities::new(4, 7, number, POINTS).changes;
            let [first, second, third] = changes[..] else {
                panic!("one less than the depth: {changes:?}");
            };
            let all = 1..=POINTS;
            assert!(changes.iter().all(|at| all.contains(at)), "{changes:?}");
            pairs[((first - 1) * POINTS + second - 1) as usize] += 1;
            last[third as usize - 1] += 1;
        }
        assert_fair(&pairs, "the first two");
        assert_fair(&last, "the third");
    }

    #[test]
    fn every_order_of_contexts_is_drawn_alike() {
        let mut orders = [0; 6];
        for number in 0..6_000 {
            let mut priorities = Priorities::new(1, 7, number, 10);
            let mut drawn = [1, 2, 3].map(|it| (priorities.drawn(Context::Thread(it)), it));
            assert!(drawn.iter().all(|(priority, _)| *priority >= DRAWN));
            drawn.sort_unstable();
            let order = drawn.map(|(_, it)| it);
            let all = [
                [1, 2, 3],
                [1, 3, 2],
                [2, 1, 3],
                [2, 3, 1],
                [3, 1, 2],
                [3, 2, 1],
            ];
            let at = all.iter().position(|it| *it == order);
            orders[at.expect("they differ")] += 1;
        }
        assert_fair(&orders, "the orders");
    }

    #[test]
    fn a_seed_draws_the_same_schedules_and_another_one_others() {
        let drawn = |seed| -> Vec<_> {
            let schedule = |number| {
                let mut priorities = Priorities::new(3, seed, number, 1_000);
                let priority = priorities.drawn(Context::Dpc(0));
                (priorities.changes, priority)
            };
            (0..50).map(schedule).collect()
        };
        assert_eq!(drawn(7), drawn(7));
        let (one, other) = (drawn(7), drawn(8));
        assert!(one.iter().all(|schedule| !other.contains(schedule)));
    }

    #[test]
    fn the_place_where_a_context_goes_on_is_drawn() {
        let deliver = [Step::Interrupt(0, 5), Step::Interrupt(1, 5), ONE];
        let mut places = [0; 2];
        for number in 0..2_000 {
            let mut priorities = Priorities::new(1, 7, number, 10);
            let candidate = |step, context| Candidate {
                step,
                context,
                becomes: context,
            };
            let delivery = Context::Delivery(5);
            let of = [delivery, delivery, Context::Thread(1)];
            priorities.tell(
                deliver
                    .into_iter()
                    .zip(of)
                    .map(|(step, of)| candidate(step, of))
                    .collect(),
            );
            priorities.set(delivery, u64::MAX);
            places[priorities.choose(&deliver, Among::All, &[])] += 1;
        }
        assert_fair(&places, "the places");
    }

    #[test]
    fn what_goes_on_without_a_choice_is_looked_at_again_at_the_next_point() {
        let mut priorities = Priorities::new(1, 7, 0, 10);
        assert!(priorities.decides_next(), "nothing was chosen yet");
        chosen(&mut priorities, 1);
        assert!(!priorities.decides_next());
        assert_eq!(priorities.reach().points, 2, "it is a point nevertheless");
        priorities.pass_over();
        assert!(priorities.decides_next());
        assert_eq!(priorities.reach().points, 2, "and no other one is");
    }

    #[test]
    fn what_an_actor_brings_waits_where_something_else_has_a_higher_priority() {
        let deliver = Step::Interrupt(0, 5);
        let contexts = [Context::Delivery(5), Context::Thread(1), Context::Thread(2)];
        for first in 0..3 {
            let mut priorities = Priorities::new(1, 7, 0, 10);
            let candidates = [deliver, ONE, OTHER].into_iter().zip(contexts);
            let candidates = candidates.map(|(step, context)| Candidate {
                step,
                context,
                becomes: context,
            });
            priorities.tell(candidates.collect());
            for (at, context) in contexts.into_iter().enumerate() {
                let priority = if at == first { 2 } else { u64::from(at == 0) };
                priorities.set(context, DRAWN + priority);
            }
            // It may come at once, or what runs goes on until the next point.
            let taken = priorities.choose(&[deliver, ONE], Among::Arrival, &[]);
            assert_eq!(taken, usize::from(first != 0), "{first}");
            assert!(priorities.decides_next(), "{first}");
        }
    }

    #[test]
    fn an_interrupt_that_is_pending_keeps_its_priority_when_it_is_served() {
        let mut priorities = Priorities::new(1, 1, 0, 10);
        let deliver = Step::Interrupt(0, 5);
        let delivery = Candidate {
            step: deliver,
            context: Context::Delivery(5),
            becomes: Context::Nested(0, 1),
        };
        priorities.tell(vec![delivery]);
        assert_eq!(priorities.choose(&[deliver], Among::Start, &[]), 0);
        let priority = priorities.priority(Context::Nested(0, 1));
        assert!(priority.is_some_and(|it| it >= DRAWN));
        assert_eq!(
            priorities.priority(Context::Delivery(5)),
            None,
            "the next is another one"
        );
    }

    #[test]
    fn a_thread_has_the_priority_of_the_actor_that_brings_it() {
        let mut priorities = Priorities::new(1, 1, 0, 10);
        priorities.choose(&[Step::Host(3)], Among::All, &[3]);
        let actor = priorities.priority(Context::Actor(3));
        told(&mut priorities);
        priorities.choose(&[ONE], Among::Start, &[]);
        assert!(actor.is_some());
        assert_eq!(priorities.priority(Context::Thread(1)), actor);
        assert_eq!(priorities.reach().contexts, 1);
    }
}
