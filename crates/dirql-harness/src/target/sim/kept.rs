//! Machines whose sessions have ended, and which go back to the end of their start for another one.
//!
//! A test under many seeds boots the driver under the first of them, and once more for all others, which differ behind the
//! start alone.

use std::cell::RefCell;

use nt_model::{Config, Failure};
use ntsim::{Image, Machine, Started};

use crate::target::Setup;

/// How many machines a thread keeps: a test has few kinds, and at most two at a time of one.
const KEPT_MAX: usize = 4;

thread_local! {
    static KEPT: RefCell<Vec<(Machine, Start)>> = const { RefCell::new(Vec::new()) };
}

/// What machines have in common that have one start.
#[derive(Debug)]
pub(super) struct Kind {
    image: Image,
    /// Without a seed behind the start.
    config: Config,
    setup: Setup,
}

impl Kind {
    pub(super) fn new(image: &Image, config: &Config, setup: &Setup) -> Self {
        Self {
            image: image.clone(),
            config: Config {
                behind: None,
                ..config.clone()
            },
            setup: setup.clone(),
        }
    }

    fn is(&self, other: &Self) -> bool {
        self.image.is_the_same(&other.image)
            && self.config == other.config
            && self.setup == other.setup
    }
}

/// The end of a machine's start.
#[derive(Debug)]
pub(crate) struct Start {
    kind: Kind,
    started: Started,
}

impl Start {
    /// That of a machine which has just started.
    pub(super) fn keep(machine: &mut Machine, kind: Kind) -> Result<Self, Failure> {
        let started = machine.keep_start()?;
        Ok(Self { kind, started })
    }
}

/// A machine of the kind where its start has ended, if one is kept; what comes is drawn from `seed`.
pub(super) fn take(kind: &Kind, seed: u64) -> Result<Option<(Machine, Start)>, Failure> {
    let found = KEPT.with_borrow_mut(|kept| {
        let at = kept.iter().position(|(_, start)| start.kind.is(kind))?;
        Some(kept.remove(at))
    });
    let Some((mut machine, start)) = found else {
        return Ok(None);
    };
    machine.begin_again(&start.started, seed)?;
    Ok(Some((machine, start)))
}

/// Keeps a machine whose session has ended well.
pub(super) fn put(machine: Machine, start: Start) {
    let most = KEPT.with_borrow_mut(|kept| {
        kept.push((machine, start));
        (kept.len() > KEPT_MAX).then(|| kept.remove(0))
    });
    if let Some((machine, _)) = most {
        machine.recycle();
    }
}

/// How many are kept.
#[cfg(test)]
pub(super) fn count() -> usize {
    KEPT.with_borrow(Vec::len)
}

/// Keeps none any more. Their emulators go on to machines of other kinds.
pub(super) fn release() {
    for (machine, _) in KEPT.take() {
        machine.recycle();
    }
}
