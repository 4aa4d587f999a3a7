//! The timelines of machines, kept beyond the machines: a test ends its session before its verdict is known.

use std::mem;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ntsim::{Image, Machine, Timeline};

use super::kept::{self, Start};

/// What the machine did that was started last, and the image that it ran.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// What it did.
    pub timeline: Timeline,
    /// What it ran.
    pub image: Image,
}

/// Where it is kept.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// How many machines were started.
    started: u64,
    /// The number of the one that is kept: a test of the miniport's ends its machines within a session of the driver's.
    number: u64,
    recorded: Option<Recorded>,
}

impl Recorder {
    /// Takes what that machine did.
    pub(crate) fn take(&self) -> Option<Recorded> {
        mem::take(&mut self.lock().recorded)
    }

    /// The number of a machine that starts.
    fn begin(&self) -> u64 {
        let mut kept = self.lock();
        kept.started += 1;
        kept.started
    }

    fn keep(&self, number: u64, recorded: Option<Recorded>) {
        let mut kept = self.lock();
        if number >= kept.number {
            kept.number = number;
            kept.recorded = recorded;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A machine of a session. Where something records, what it did is kept when the session is over, however it ends.
pub(crate) struct Booted {
    /// None once its emulator was given back.
    machine: Option<Machine>,
    recorded: Option<(Recorder, u64, Image)>,
    /// Where its start has ended, if another session begins there.
    start: Option<Start>,
}

impl Booted {
    /// A machine of which nothing has run, with the image in it.
    pub(crate) fn new(mut machine: Machine, recorder: Option<&Recorder>, image: &Image) -> Self {
        if recorder.is_some() {
            machine.record_timeline();
        }
        Self {
            machine: Some(machine),
            start: None,
            recorded: recorder.map(|recorder| (recorder.clone(), recorder.begin(), image.clone())),
        }
    }

    /// Has another session begin where its start has ended.
    pub(super) fn begins_again_from(&mut self, start: Start) {
        self.start = Some(start);
    }

    /// A machine whose start has ended, which goes back there for another session.
    pub(super) fn behind(machine: Machine, start: Start) -> Self {
        Self {
            machine: Some(machine),
            recorded: None,
            start: Some(start),
        }
    }

    /// Has the next machine of the image take the emulator with its translations, which cost more than a test does; or the
    /// next session this very machine. For a machine that has been unloaded.
    pub(crate) fn recycle(mut self) {
        if self.recorded.is_none()
            && let Some(machine) = self.machine.take()
        {
            match self.start.take() {
                Some(start) => kept::put(machine, start),
                None => machine.recycle(),
            }
        }
    }
}

impl Drop for Booted {
    fn drop(&mut self) {
        if let (Some(machine), Some((recorder, number, image))) = (&self.machine, &self.recorded) {
            let recorded = machine.timeline().map(|timeline| Recorded {
                timeline,
                image: image.clone(),
            });
            recorder.keep(*number, recorded);
        }
    }
}

impl Deref for Booted {
    type Target = Machine;

    fn deref(&self) -> &Machine {
        self.machine.as_ref().expect("the session has not ended")
    }
}

impl DerefMut for Booted {
    fn deref_mut(&mut self) -> &mut Machine {
        self.machine.as_mut().expect("the session has not ended")
    }
}
