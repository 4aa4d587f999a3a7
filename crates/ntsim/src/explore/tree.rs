//! The tree of schedules: which of them follow from those that were run.

use crate::kernel::state::plan::{Offer, Turn};

/// A schedule that was run, and how far those are that follow from it.
struct Node {
    turns: Vec<Turn>,
    preemptions: u32,
    offers: Vec<Offer>,
    /// The offer, the choice in it and the alternative that come next.
    next: (usize, u32, u8),
}

impl Node {
    /// A schedule; those that follow from it take a turn behind its last one.
    fn new(turns: Vec<Turn>, preemptions: u32, mut offers: Vec<Offer>) -> Self {
        let behind = turns.last().map_or(0, |turn| turn.at + 1);
        offers.retain_mut(|offer| {
            let before = behind.saturating_sub(offer.first).min(offer.count);
            offer.first += before;
            offer.count -= before;
            offer.count > 0
        });
        Self {
            turns,
            preemptions,
            offers,
            next: (0, 0, 1),
        }
    }

    /// The next schedule that follows from this one and keeps the bound, and its preemptions.
    fn child(&mut self, most: u32) -> Option<(Vec<Turn>, u32)> {
        loop {
            let (index, choice, take) = self.next;
            let offer = self.offers.get(index)?;
            let cost = self.preemptions + u32::from(!offer.free);
            if choice == offer.count || cost > most {
                self.next = (index + 1, 0, 1);
            } else if take == offer.alternatives {
                self.next = (index, choice + 1, 1);
            } else {
                self.next = (index, choice, take + 1);
                let mut turns = self.turns.clone();
                let at = offer.first + choice;
                turns.push(Turn { at, take });
                return Some((turns, cost));
            }
        }
    }
}

/// The schedules on the way from the first one to the one that was run last.
pub(super) struct Tree {
    path: Vec<Node>,
    /// How many preemptions a schedule may have.
    most: u32,
}

impl Tree {
    pub(super) const fn new(most: u32) -> Self {
        Self {
            path: Vec::new(),
            most,
        }
    }

    /// A schedule of so many preemptions was run and offered this: the next one, depth first; none at the end.
    pub(super) fn next(
        &mut self,
        (turns, preemptions): (Vec<Turn>, u32),
        offers: Vec<Offer>,
    ) -> Option<(Vec<Turn>, u32)> {
        self.path.push(Node::new(turns, preemptions, offers));
        while let Some(last) = self.path.last_mut() {
            if let Some(child) = last.child(self.most) {
                return Some(child);
            }
            self.path.pop();
        }
        None
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

    fn children(mut node: Node, most: u32) -> Vec<(u32, u8, u32)> {
        std::iter::from_fn(|| node.child(most))
            .map(|(turns, cost)| {
                let last = turns.last().expect("a child has a turn");
                (last.at, last.take, cost)
            })
            .collect()
    }

    #[test]
    fn each_alternative_behind_the_last_turn_is_a_schedule() {
        let offers = vec![offer(0, 3, 2, false), offer(3, 1, 3, true)];
        let turns = vec![Turn { at: 1, take: 1 }];
        assert_eq!(
            children(Node::new(turns, 1, offers), 2),
            [(2, 1, 2), (3, 1, 1), (3, 2, 1)]
        );
    }

    #[test]
    fn what_is_no_preemption_is_free_at_the_bound() {
        let offers = vec![offer(0, 2, 2, false), offer(2, 1, 2, true)];
        assert_eq!(children(Node::new(Vec::new(), 0, offers), 0), [(2, 1, 0)]);
    }

    /// The schedules of a program that offers the same choices whatever its turns were.
    fn schedules(choices: &[Offer], most: u32) -> u64 {
        let mut tree = Tree::new(most);
        let (mut next, mut count) = (Some((Vec::new(), 0)), 0);
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
}
