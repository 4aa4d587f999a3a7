//! The changes of the device's life that are possible where it stands.

use crate::bench::Bench;
use crate::check::Stop;
use crate::target::{Change, Resource, Stand};

/// Where the device of a program stands, as far as the program has brought it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Device {
    stand: Stand,
    changing: bool,
    /// It was taken away, or is about to be given up.
    going: bool,
}

impl Device {
    pub(super) const NEW: Self = Self {
        stand: Stand::Started,
        changing: false,
        going: false,
    };

    /// Whether the system would let anybody open it.
    pub(super) const fn opens(self) -> bool {
        !self.going && !matches!(self.stand, Stand::Failed | Stand::Gone)
    }

    /// Ends the change that is under way, else begins one that is possible.
    pub(super) fn step(&mut self, bench: &mut Bench<'_>, which: usize) -> Result<(), Stop> {
        if self.changing {
            return self.end(bench);
        }
        if let Some(change) = self.possible(which) {
            self.going = change == Change::SurpriseRemoval;
            bench.begin_change(change)?;
            self.changing = true;
        }
        Ok(())
    }

    fn possible(self, which: usize) -> Option<Change> {
        let resource = match which % 2 {
            0 => Resource::Line,
            _ => Resource::Message,
        };
        match self.stand {
            // What ends the device's life is rare: little can be seen afterwards.
            Stand::Started if which % 32 == 31 => Some(Change::SurpriseRemoval),
            Stand::Started if which % 4 == 3 => Some(Change::Stop),
            Stand::Started => Some(Change::PowerDown),
            Stand::Asleep => Some(Change::PowerUp),
            Stand::Stopped => Some(Change::Restart(resource)),
            Stand::Failed | Stand::Gone => None,
        }
    }

    fn end(&mut self, bench: &mut Bench<'_>) -> Result<(), Stop> {
        self.changing = false;
        self.stand = bench.end_any_change()?;
        Ok(())
    }

    /// Brings the device to where it serves, where it can be; says whether it does.
    pub(super) fn serve(&mut self, bench: &mut Bench<'_>) -> Result<bool, Stop> {
        if self.changing {
            self.end(bench)?;
        }
        while matches!(self.stand, Stand::Asleep | Stand::Stopped) {
            self.step(bench, 0)?;
            self.end(bench)?;
        }
        Ok(self.stand == Stand::Started)
    }
}
