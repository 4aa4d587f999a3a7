//! A moment of a run whose calls are wanted, as one finds them out who runs it again.

/// The moment, and what was found there.
#[derive(Clone, Debug)]
pub(crate) struct Sought {
    /// How many instructions of the run there were when it comes; none where nothing is wanted.
    at: u64,
    /// The driver's calls there, innermost first.
    pub(in crate::kernel) calls: Vec<String>,
}

impl Default for Sought {
    fn default() -> Self {
        Self {
            at: u64::MAX,
            calls: Vec::new(),
        }
    }
}

impl Sought {
    /// The calls are wanted when there were so many instructions.
    pub(in crate::kernel) const fn of(at: u64) -> Self {
        Self {
            at,
            calls: Vec::new(),
        }
    }

    pub(in crate::kernel) const fn is_here(&self, instructions: u64) -> bool {
        self.at == instructions
    }

    /// How many instructions behind this one come before it.
    pub(in crate::kernel) const fn ahead(&self, instructions: u64) -> u64 {
        match self.at.checked_sub(instructions) {
            Some(distance) => distance.saturating_sub(1),
            // It is past.
            None => u64::MAX,
        }
    }
}
