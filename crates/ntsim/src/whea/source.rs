//! Error sources: their descriptors, the IRQL and the lock of their handlers, and the errors that wait.

use nt_model::{ErrorSourceKind, ErrorSourceReport, Failure, Severity};

use crate::{
    guest::Guest,
    kernel::{
        irql,
        state::{frame::Holds, scheduler::Step},
    },
    whea::{
        HardwareErrors,
        state::{frame::WheaFrame, source::Source},
    },
};

/// The IRQL of the handler of a source. No page maps kinds to IRQLs; these follow the names of the levels.
const fn irql_of(kind: ErrorSourceKind) -> u8 {
    match kind {
        ErrorSourceKind::Polled | ErrorSourceKind::GenericPolled => irql::DISPATCH,
        ErrorSourceKind::CorrectedMachineCheck => 5,
        ErrorSourceKind::Generic => 8,
        ErrorSourceKind::GenericV2 => 9,
        ErrorSourceKind::PciExpress => 10,
        ErrorSourceKind::MachineCheck | ErrorSourceKind::Nmi | ErrorSourceKind::GenericByNmi => {
            irql::HIGH
        }
    }
}

/// `Type`, the tag of the information, and where in it how the source notifies.
const fn numbers_of(kind: ErrorSourceKind) -> (u32, u16, Option<(u64, u8)>) {
    match kind {
        ErrorSourceKind::MachineCheck => (0, 0, None),
        ErrorSourceKind::CorrectedMachineCheck => (1, 1, Some((8, 5))),
        ErrorSourceKind::Polled => (1, 1, Some((8, 0))),
        ErrorSourceKind::Nmi => (3, 2, None),
        ErrorSourceKind::PciExpress => (4, 6, None),
        ErrorSourceKind::GenericPolled => (5, 9, Some((24, 0))),
        ErrorSourceKind::Generic => (5, 9, Some((24, 1))),
        ErrorSourceKind::GenericByNmi => (5, 9, Some((24, 4))),
        ErrorSourceKind::GenericV2 => (12, 10, Some((24, 3))),
    }
}

/// The kind that a descriptor describes, of those that a machine can have.
fn described(kind: u32, tag: u16, notification: impl Fn(u64) -> u8) -> Option<ErrorSourceKind> {
    ErrorSourceKind::ALL.into_iter().find(|candidate| {
        let (its_kind, its_tag, notifies) = numbers_of(*candidate);
        its_kind == kind && its_tag == tag && notifies.is_none_or(|(at, by)| notification(at) == by)
    })
}

/// Bytes of a descriptor.
pub(super) const DESCRIPTOR_SIZE: u64 = 972;
/// Where the information begins.
const INFO: u64 = 40;
/// The mean of the cycles between two errors of a storm.
const GAP: usize = 600;

impl super::Whea {
    /// The place of a source among the sources.
    pub(crate) fn error_source(&self, id: u32) -> Option<usize> {
        self.sources.iter().position(|source| source.id == id)
    }
}

impl<A: Holds<WheaFrame>> HardwareErrors<'_, A> {
    /// Makes PSHED's own descriptor of a source.
    pub(crate) fn add_error_source(
        &mut self,
        guest: &mut Guest,
        id: u32,
        kind: ErrorSourceKind,
    ) -> Result<(), Failure> {
        let descriptor = self.kernel.kernel_allocate(guest, DESCRIPTOR_SIZE)?;
        let (number, tag, notifies) = numbers_of(kind);
        for (offset, word) in [
            (0, DESCRIPTOR_SIZE as u32),
            (4, 11),
            (8, number),
            (12, 1),
            (16, 256),
            (20, 1),
            (24, 3),
            (28, id),
            (32, 0x5000 + id),
        ] {
            guest.write_u32(descriptor + offset, word)?;
        }
        guest.write(descriptor + INFO, &tag.to_le_bytes())?;
        if let Some((at, by)) = notifies {
            guest.write_u8(descriptor + INFO + at, by)?;
        }
        self.insert_error_source(id, kind, descriptor, false);
        Ok(())
    }

    pub(super) fn insert_error_source(
        &mut self,
        id: u32,
        kind: ErrorSourceKind,
        descriptor: u64,
        of_driver: bool,
    ) {
        let lock = self.kernel.new_object();
        let buffers = vec![None; self.kernel.cpus.len()];
        self.whea.sources.push(Source {
            id,
            kind,
            irql: irql_of(kind),
            descriptor,
            lock,
            of_driver,
            waiting: 0,
            severity: Severity::Corrected,
            not_before: 0,
            active: 0,
            buffers,
            report: ErrorSourceReport::default(),
        });
    }

    /// The kind of source that the driver's descriptor describes.
    pub(super) fn described_kind(
        guest: &Guest,
        descriptor: u64,
    ) -> Result<Option<ErrorSourceKind>, Failure> {
        let kind = guest.read_u32(descriptor + 8)?;
        let tag = guest.read_u16(descriptor + INFO)?;
        let info = guest.read_vec(descriptor + INFO, 32)?;
        Ok(described(kind, tag, |at| info[at as usize]))
    }

    /// Has the hardware report errors, one after another.
    pub(crate) fn raise_errors(&mut self, source: usize, count: u32, severity: Severity) {
        self.whea.sources[source].waiting += count;
        self.whea.sources[source].severity = severity;
        self.postpone_error(source);
        self.kernel.attention = true;
    }

    /// Draws when the next error of a storm arrives.
    pub(super) fn postpone_error(&mut self, source: usize) {
        let gap = self.kernel.scheduler.delay(2 * GAP);
        self.whea.sources[source].not_before = self.kernel.cycles + gap;
    }

    /// Whether nothing but errors is left to happen.
    fn is_idle(&self) -> bool {
        self.kernel
            .cpus
            .iter()
            .all(|cpu| cpu.nested.is_empty() && cpu.thread.is_none())
            && (0..self.kernel.cpus.len()).all(|cpu| self.kernel.threads.next_ready(cpu).is_none())
    }

    /// The errors that the processor could take.
    pub(crate) fn find_errors(&self, cpu: usize, steps: &mut Vec<Step>) {
        let sources = self.whea.sources.iter().enumerate();
        steps.extend(
            sources
                .filter(|(_, source)| source.waiting != 0 && self.can_deliver_error(cpu, source))
                .map(|(place, _)| Step::Error(cpu, place)),
        );
    }

    fn can_deliver_error(&self, cpu: usize, source: &Source) -> bool {
        let due = source.not_before <= self.kernel.cycles || self.is_idle();
        let here = cpu == 0 || !self.kernel.policy.errors_on_one_processor;
        let open = if source.kind.is_maskable() {
            self.kernel.cpus[cpu].irql < source.irql
        } else {
            // A second one waits until the first has returned.
            let here = |other: &Source| !other.kind.is_maskable() && other.active >> cpu & 1 == 1;
            !self.whea.sources.iter().any(here)
        };
        due && here && open
    }

    /// The processor takes an error of the source.
    pub(crate) fn accept_error(&mut self, cpu: usize, source: usize) {
        let source = &mut self.whea.sources[source];
        source.waiting -= 1;
        source.active |= 1 << cpu;
    }
}
