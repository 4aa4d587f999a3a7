//! What a priority of `VideoPortSynchronizeExecution` excludes, where the sources disagree or are silent.

/// The choices. The defaults are what the routine's own page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoPolicy {
    /// Whether low priority raises to DISPATCH: "the highest noninterrupt-masking priority", which the page does
    /// not name. A peer implementation calls the routine where the caller stands.
    pub low_raises: bool,
    /// Whether medium priority is no more than low although an interrupt is connected. No page says so; none
    /// says what Windows does since it supports no miniport with hardware.
    pub medium_degrades: bool,
    /// What high priority is.
    pub high: High,
}

/// What high priority is, by source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum High {
    /// The routine's page: the same as medium.
    AsMedium,
    /// The guide: the interrupts of the system are masked too.
    Masked,
    /// A peer implementation: raised to the level of synchronization (12 on x64), without the lock of the
    /// interrupt.
    Unlocked,
}

impl High {
    const ALL: [Self; 3] = [Self::AsMedium, Self::Masked, Self::Unlocked];
}

impl VideoPolicy {
    /// Every combination of the choices.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        (0..12).filter_map(Self::from_number)
    }

    /// The choices as a number.
    pub(crate) fn number(self) -> u8 {
        u8::from(!self.low_raises) | u8::from(self.medium_degrades) << 1 | (self.high as u8) << 2
    }

    /// The choices that a number stands for.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Some(Self {
            low_raises: number & 1 == 0,
            medium_degrades: number & 2 != 0,
            high: *High::ALL.get(usize::from(number >> 2))?,
        })
    }
}

impl Default for VideoPolicy {
    fn default() -> Self {
        Self {
            low_raises: true,
            medium_degrades: false,
            high: High::AsMedium,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_names_one_combination() {
        let all: Vec<_> = VideoPolicy::all().collect();
        assert_eq!(all.len(), 12);
        for (number, policy) in (0..).zip(&all) {
            assert_eq!(policy.number(), number);
        }
        assert_eq!(all[0], VideoPolicy::default());
        assert_eq!(VideoPolicy::from_number(12), None);
    }
}
