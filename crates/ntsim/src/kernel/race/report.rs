//! The report of a race: both accesses, and how sure it is.

use nt_model::{Failure, Rule};

use crate::{
    guest::layout,
    kernel::{
        Kernel,
        race::{shadow::Record, strand::Who},
    },
};

/// Where the Rust library's atomic operations are, which are compiled into their callers.
const ATOMIC_OPERATIONS: &str = "core/src/sync/atomic.rs";

impl<A> Kernel<A> {
    /// Of the race that was reported last: when the earlier access was made, in instructions of the run, and where both
    /// are, the later one first.
    pub(crate) fn race_met(&self) -> Option<(u64, [String; 2])> {
        let met = self.races.as_ref()?.met?;
        let place = |rva: u32| self.place(layout::IMAGE_BASE + u64::from(rva));
        Some((met.earlier_at.into(), met.rvas.map(place)))
    }

    /// Of the same race, the earlier access: its processor, when it was made, and its instruction.
    pub(crate) fn earlier_access(&self) -> Option<(u8, u64, u64)> {
        let met = self.races.as_ref()?.met?;
        let [_, rva] = met.rvas;
        let instruction = layout::IMAGE_BASE + u64::from(rva);
        Some((met.earlier_cpu, met.earlier_at.into(), instruction))
    }

    /// `file:line` of an address in the driver, or its module and offset where no line is known.
    fn place(&self, address: u64) -> String {
        self.locate(address).unwrap_or_else(|| {
            let module = self.image.symbols().module();
            format!("{module}+{:#x}", address - layout::IMAGE_BASE)
        })
    }

    pub(super) fn report_race(&self, word: u64, earlier: &Record, new: &Record) -> Failure {
        let both = earlier.mask & new.mask;
        let address = word + u64::from(both.trailing_zeros());
        // A plain instruction may be what became of an atomic operation. The symbols show it; they
        // may be wrong about an instruction that several lines share, so they excuse nothing.
        let of_driver = [new, earlier]
            .into_iter()
            .filter(|access| access.who != Who::Device);
        let undeclared = of_driver
            .clone()
            .any(|access| !access.atomic && self.looks_atomic(access.rva));
        let (grade, advice) = if undeclared {
            (
                "possible",
                "; the source makes an atomic operation of one of them, on memory that the driver does not declare atomic: the section `.atomics` declares it, which in Rust `dirql::atomics` makes",
            )
        } else {
            ("definite", "")
        };
        let message = format!(
            "{grade} race at {address:#x}: {}, and {}, with nothing that orders one before the other{advice}",
            self.describe_access(new),
            self.describe_access(earlier),
        );
        let mut places = of_driver.map(|access| layout::IMAGE_BASE + u64::from(access.rva));
        let place = places.next().and_then(|place| self.locate(place));
        Failure::new(Rule::Race, message).at(place)
    }

    fn looks_atomic(&self, rva: u32) -> bool {
        let place = self.image.symbols().resolve(rva);
        place
            .frames()
            .iter()
            .filter_map(|frame| frame.file.as_deref())
            .any(|file| file.ends_with(ATOMIC_OPERATIONS))
    }

    fn describe_access(&self, access: &Record) -> String {
        let kind = match (access.write, access.atomic) {
            (true, true) => "an atomic write",
            (true, false) => "a write",
            (false, true) => "an atomic read",
            (false, false) => "a read",
        };
        if access.who == Who::Device {
            return format!("{kind} by the device itself");
        }
        let locks = self.races.as_ref().map(|races| {
            let locks = &races.lock_sets[access.locks as usize];
            locks.iter().map(|lock| format!("{lock:#x}")).collect()
        });
        let locks: Vec<String> = locks.unwrap_or_default();
        let locks = match &locks[..] {
            [] => "no lock held".to_owned(),
            [one] => format!("the lock {one} held"),
            more => format!("the locks {} held", more.join(", ")),
        };
        let place = self.place(layout::IMAGE_BASE + u64::from(access.rva));
        format!(
            "{kind} by {} at {place} on processor {} at IRQL {} with {locks}",
            access.who, access.cpu, access.irql
        )
    }
}
