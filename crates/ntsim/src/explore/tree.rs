//! The tree of schedules: which of them follow from those that were run.

use crate::{
    explore::shard::Shard,
    kernel::state::plan::{Offer, Turn},
};

/// A schedule that is to be run, or was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Schedule {
    pub(super) turns: Vec<Turn>,
    /// How many of its turns are preemptions.
    pub(super) preemptions: u32,
}

impl Schedule {
    /// The schedule with one turn more.
    fn then(&self, at: u32, take: u8, preemptions: u32) -> Self {
        let mut turns = self.turns.clone();
        turns.push(Turn { at, take });
        Self { turns, preemptions }
    }
}

/// A schedule that was run, and how far those are that follow from it.
#[derive(Clone, Debug)]
pub(super) struct Node {
    schedule: Schedule,
    /// What it was offered behind its last turn, as far as a turn there keeps the bound.
    offers: Vec<Offer>,
    /// The offer, the choice in it and the alternative that come next.
    next: (usize, u32, u8),
    /// How many schedules follow from it that are to be run, and how many of them were given out.
    width: u64,
    given: u64,
    /// Of a schedule without a preemption: how those of its alternatives are dealt out that are one.
    deal: Option<Deal>,
}

/// First preemptions that are dealt out to shares.
#[derive(Clone, Copy, Debug)]
struct Deal {
    shard: Shard,
    /// As which the next one is dealt out.
    next: u64,
}

impl Node {
    /// A schedule that may have `most` preemptions; those that follow from it take a turn behind its last one.
    pub(super) fn new(schedule: Schedule, most: u32, mut offers: Vec<Offer>) -> Self {
        let behind = schedule.turns.last().map_or(0, |turn| turn.at + 1);
        offers.retain_mut(|offer| {
            let before = behind.saturating_sub(offer.first).min(offer.count);
            offer.first += before;
            offer.count -= before;
            offer.count > 0 && schedule.preemptions + u32::from(!offer.free) <= most
        });
        let width = offers.iter().map(|offer| width(*offer)).sum();
        Self {
            schedule,
            offers,
            next: (0, 0, 1),
            width,
            given: 0,
            deal: None,
        }
    }

    /// The same, of which a share takes its own. `dealt` first preemptions were dealt out before those of this one.
    fn dealing(self, shard: Shard, dealt: u64) -> Self {
        if self.schedule.preemptions > 0 {
            return self;
        }
        let preempting = self.preempting();
        Self {
            width: self.width - preempting + shard.count(dealt, preempting),
            deal: Some(Deal { shard, next: dealt }),
            ..self
        }
    }

    /// How many alternatives are a preemption, whether they are to be run or not.
    fn preempting(&self) -> u64 {
        let offers = self.offers.iter().filter(|offer| !offer.free);
        offers.map(|offer| width(*offer)).sum()
    }

    /// How many are none.
    fn free(&self) -> u64 {
        let offers = self.offers.iter().filter(|offer| offer.free);
        offers.map(|offer| width(*offer)).sum()
    }

    /// How many schedules follow from this one by one turn.
    pub(super) const fn width(&self) -> u64 {
        self.width
    }

    /// The next schedule that follows from this one.
    fn child(&mut self) -> Option<Schedule> {
        loop {
            let (index, choice, take) = self.next;
            let offer = *self.offers.get(index)?;
            if choice == offer.count {
                self.next = (index + 1, 0, 1);
            } else if take == offer.alternatives {
                self.next = (index, choice + 1, 1);
            } else {
                self.next = (index, choice, take + 1);
                if let Some(deal) = self.deal.as_mut().filter(|_| !offer.free) {
                    deal.next += 1;
                    if !deal.shard.has(deal.next - 1) {
                        continue;
                    }
                }
                self.given += 1;
                return Some(self.taking(offer, choice, take));
            }
        }
    }

    /// One of the schedules that follow from this one, by its number.
    pub(super) fn child_at(&self, number: u64) -> Option<Schedule> {
        let mut rest = number;
        for offer in &self.offers {
            let others = u64::from(offer.alternatives) - 1;
            if rest < width(*offer) {
                let (choice, take) = (rest / others, rest % others + 1);
                return Some(self.taking(*offer, choice as u32, take as u8));
            }
            rest -= width(*offer);
        }
        None
    }

    fn taking(&self, offer: Offer, choice: u32, take: u8) -> Schedule {
        let preemptions = self.schedule.preemptions + u32::from(!offer.free);
        self.schedule.then(offer.first + choice, take, preemptions)
    }
}

/// How many alternatives some choices have besides going on.
const fn width(offer: Offer) -> u64 {
    offer.count as u64 * (offer.alternatives as u64 - 1)
}

/// The schedules on the way from the first one to the one that was run last.
pub(super) struct Tree {
    path: Vec<Node>,
    /// How many preemptions a schedule may have.
    most: u32,
    shard: Shard,
    /// How many first preemptions were dealt out.
    dealt: u64,
    /// How many alternatives under the bound were offered that belong to the share.
    pub(super) offered: u64,
    /// How many of them were given out.
    pub(super) taken: u64,
}

impl Tree {
    pub(super) const fn new(most: u32, shard: Shard) -> Self {
        Self {
            path: Vec::new(),
            most,
            shard,
            dealt: 0,
            offered: 0,
            taken: 0,
        }
    }

    /// Whether a schedule that is to be run belongs to the share. Those without a preemption are run in every share, for what
    /// they offer is dealt out.
    pub(super) const fn has(&self, schedule: &Schedule) -> bool {
        schedule.preemptions > 0 || self.shard.is_first()
    }

    /// A schedule was run and offered this: the next one, depth first; none at the end.
    pub(super) fn next(&mut self, schedule: Schedule, offers: Vec<Offer>) -> Option<Schedule> {
        self.taken += u64::from(!schedule.turns.is_empty() && self.has(&schedule));
        let is_dealt = schedule.preemptions == 0;
        let node = Node::new(schedule, self.most, offers).dealing(self.shard, self.dealt);
        self.offered += node.width;
        if is_dealt {
            self.dealt += node.preempting();
            if !self.shard.is_first() {
                self.offered -= node.free();
            }
        }
        self.path.push(node);
        while let Some(last) = self.path.last_mut() {
            if let Some(child) = last.child() {
                return Some(child);
            }
            self.path.pop();
        }
        None
    }

    /// The part of the tree that is done, as far as can be told: all that follow from one schedule count alike.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a part is told with a few digits"
    )]
    pub(super) fn progress(&self) -> f64 {
        if self.path.is_empty() {
            return 1.0;
        }
        let (mut done, mut part) = (0.0, 1.0);
        for node in &self.path {
            if node.given == 0 {
                break;
            }
            part /= node.width as f64;
            done += part * (node.given - 1) as f64;
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(first: u32, count: u32, alternatives: u8, free: bool) -> Offer {
        Offer {
            first,
            count,
            alternatives,
            free,
        }
    }

    fn children(mut node: Node) -> Vec<(u32, u8, u32)> {
        let all: Vec<Schedule> = std::iter::from_fn(|| node.child()).collect();
        let numbered: Vec<Schedule> = (0..).map_while(|number| node.child_at(number)).collect();
        assert_eq!(all, numbered, "by their numbers they are the same");
        assert_eq!(all.len() as u64, node.width());
        all.iter()
            .map(|child| {
                let last = child.turns.last().expect("a child has a turn");
                (last.at, last.take, child.preemptions)
            })
            .collect()
    }

    fn schedule(turns: Vec<Turn>, preemptions: u32) -> Schedule {
        Schedule { turns, preemptions }
    }

    #[test]
    fn each_alternative_behind_the_last_turn_is_a_schedule() {
        let offers = vec![offer(0, 3, 2, false), offer(3, 1, 3, true)];
        let turns = vec![Turn { at: 1, take: 1 }];
        assert_eq!(
            children(Node::new(schedule(turns, 1), 2, offers)),
            [(2, 1, 2), (3, 1, 1), (3, 2, 1)]
        );
    }

    #[test]
    fn what_is_no_preemption_is_free_at_the_bound() {
        let offers = vec![offer(0, 2, 2, false), offer(2, 1, 2, true)];
        assert_eq!(
            children(Node::new(Schedule::default(), 0, offers)),
            [(2, 1, 0)]
        );
    }

    /// The schedules of a program that offers the same choices whatever its turns were.
    fn schedules(choices: &[Offer], most: u32) -> u64 {
        let mut tree = Tree::new(most, Shard::WHOLE);
        let (mut next, mut count) = (Some(Schedule::default()), 0);
        while let Some(schedule) = next {
            count += 1;
            next = tree.next(schedule, choices.to_vec());
        }
        count
    }

    #[test]
    fn schedules_under_a_bound_are_as_many_as_their_formula_says() {
        // Of n choices between two, at most k are taken: the sum of n over i, for i up to k.
        let choices = |n| [offer(0, n, 2, false)];
        assert_eq!(schedules(&choices(10), 0), 1);
        assert_eq!(schedules(&choices(10), 1), 1 + 10);
        assert_eq!(schedules(&choices(10), 2), 1 + 10 + 45);
        assert_eq!(schedules(&choices(10), 3), 1 + 10 + 45 + 120);
        assert_eq!(schedules(&choices(9), 2), 1 + 9 + 36, "a choice less");
    }

    #[test]
    fn free_choices_multiply_whatever_the_bound() {
        let choices = [
            offer(0, 1, 3, true),
            offer(1, 4, 2, false),
            offer(5, 1, 2, true),
        ];
        assert_eq!(schedules(&choices, 0), 3 * 2);
        assert_eq!(schedules(&choices, 1), 3 * (1 + 4) * 2);
    }

    #[test]
    fn what_is_done_of_a_search_grows_and_what_was_offered_was_taken() {
        let choices = [offer(0, 20, 3, false), offer(20, 2, 2, true)];
        let mut tree = Tree::new(2, Shard::WHOLE);
        let (mut next, mut before) = (Some(Schedule::default()), 0.0);
        while let Some(schedule) = next {
            next = tree.next(schedule, choices.to_vec());
            let done = tree.progress();
            assert!(done >= before && done <= 1.0, "{before} {done}");
            before = done;
        }
        assert!(tree.offered > 100, "{}", tree.offered);
        assert_eq!(tree.offered, tree.taken);
    }

    /// The schedules of a share, and what was offered of it and taken.
    fn share(choices: &[Offer], most: u32, shard: Shard) -> (Vec<Vec<Turn>>, [u64; 2]) {
        let mut tree = Tree::new(most, shard);
        let (mut next, mut all) = (Some(Schedule::default()), Vec::new());
        while let Some(schedule) = next {
            if tree.has(&schedule) {
                all.push(schedule.turns.clone());
            }
            next = tree.next(schedule, choices.to_vec());
        }
        (all, [tree.offered, tree.taken])
    }

    #[test]
    fn shares_are_disjoint_and_are_the_whole_together() {
        let choices = [
            offer(0, 1, 3, true),
            offer(1, 7, 3, false),
            offer(8, 2, 2, true),
            offer(10, 5, 2, false),
        ];
        for most in 0..3 {
            let (mut whole, numbers) = share(&choices, most, Shard::WHOLE);
            whole.sort();
            for of in 1..6 {
                let (mut together, mut sums) = (Vec::new(), [0, 0]);
                for number in 1..=of {
                    let shard = Shard::new(number, of).expect("there is one");
                    let (own, numbers) = share(&choices, most, shard);
                    assert!(
                        most == 0 || own.len() > whole.len() / of as usize / 2,
                        "{shard}"
                    );
                    together.extend(own);
                    sums = [sums[0] + numbers[0], sums[1] + numbers[1]];
                }
                together.sort();
                assert_eq!(together, whole, "{of} shares with {most} preemptions");
                assert_eq!(sums, numbers);
            }
        }
    }
}
