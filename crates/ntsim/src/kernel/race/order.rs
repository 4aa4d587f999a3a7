//! Order as it comes about: strands that begin and end, and what they release and acquire.

use crate::kernel::{
    Kernel, irql,
    race::{
        edges::Edge,
        strand::{HOST, Strand, Who},
    },
    state::{activation::Origin, wait::DispatcherObject},
};

impl<A> Kernel<A> {
    /// The processor holds other locks than before.
    pub(crate) fn locks_changed(&mut self, cpu: usize) {
        if let Some(races) = self.races.as_mut() {
            races.set_held(cpu, self.spin_locks.held_by(cpu).collect());
        }
    }

    /// A new strand, for an activation of the live one's making, or of the host's.
    pub(crate) fn begin_strand(&mut self, who: Who, stack_top: u64) -> Strand {
        let parent = self.strand();
        let Some(races) = self.races.as_mut() else {
            return HOST;
        };
        races.forget_stack(stack_top);
        let clock = races.strands.get(parent).clock.clone();
        races.strands.tick(parent);
        races.strands.begin(clock, who, irql::APC)
    }

    /// A new strand on top of what `cpu` runs, at `level`: what interrupts knows nothing of what it
    /// interrupts, and all of those that it could not interrupt.
    pub(crate) fn begin_nested_strand(
        &mut self,
        cpu: usize,
        origin: Origin,
        level: u8,
        stack_top: u64,
    ) -> Strand {
        let who = match origin {
            Origin::Isr => Who::Isr,
            _ => Who::Dpc,
        };
        let Some(races) = self.races.as_mut() else {
            return HOST;
        };
        races.forget_stack(stack_top);
        let clock = races.levels[cpu][usize::from(level)].clone();
        let strand = races.strands.begin(clock, who, level - 1);
        races.follow_irql(strand, cpu, level);
        strand
    }

    /// The live activation has ended.
    pub(crate) fn end_strand(&mut self, cpu: usize, strand: Strand) {
        let nested = self.cpus[cpu].nested.last().is_some();
        if let Some(races) = self.races.as_mut() {
            races.follow_irql(strand, cpu, 0);
            if nested {
                races.release(strand, Edge::Processor(cpu));
            }
            races.strands.end(strand);
        }
    }

    /// Notes which strand's accesses the coming ones are; none while the kernel decides.
    pub(crate) fn strand_is_live(&mut self, live: Option<(Strand, u64)>) {
        let cpu = self.cpu_index();
        let level = self.cpus[cpu].irql;
        if let Some(races) = self.races.as_mut() {
            if let Some((strand, _)) = races.live
                && live.is_none()
            {
                races.follow_irql(strand, cpu, level);
            }
            races.live = live;
        }
    }

    /// The strand on whose behalf the kernel works.
    pub(crate) fn strand(&self) -> Strand {
        let live = self.races.as_ref().and_then(|races| races.live);
        live.map_or(HOST, |(strand, _)| strand)
    }

    /// Memory becomes something else.
    pub(crate) fn forget_memory(&mut self, address: u64, length: u64) {
        if let Some(races) = self.races.as_mut() {
            races.shadow.clear(address, length);
        }
    }
}

impl<A> Kernel<A> {
    /// The live strand learns what was released to `edge`.
    pub(crate) fn acquires(&mut self, edge: Edge) {
        let strand = self.strand();
        self.acquires_as(strand, edge);
    }

    /// Another strand does.
    pub(crate) fn acquires_as(&mut self, strand: Strand, edge: Edge) {
        if let Some(races) = self.races.as_mut() {
            races.acquire(strand, edge);
        }
    }

    /// Another strand does, at the end of its wait for `object`.
    pub(crate) fn acquires_wait(&mut self, strand: Strand, object: DispatcherObject) {
        self.acquires_as(strand, Edge::of_wait(object));
    }

    /// The live strand releases to `edge`.
    pub(crate) fn releases(&mut self, edge: Edge) {
        let strand = self.strand();
        self.releases_as(strand, edge);
    }

    /// Another strand releases to `edge`.
    pub(crate) fn releases_as(&mut self, strand: Strand, edge: Edge) {
        if let Some(races) = self.races.as_mut() {
            races.release(strand, edge);
        }
    }

    /// The host learns what was released to `edge`.
    pub(crate) fn host_acquires(&mut self, edge: Edge) {
        self.acquires_as(HOST, edge);
    }
}
