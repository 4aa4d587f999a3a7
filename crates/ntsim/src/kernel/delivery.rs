//! The delivery of interrupts: which vector a processor could take, and where a message goes.

use crate::{
    Failure, InterruptResource, Rule,
    device::InterruptDelivery,
    kernel::{interrupt::Vector, io_space::Presence},
    sim::Sim,
};

/// How often in a row a line may be delivered without being deasserted before it is a storm.
const STORM: u32 = 1000;

impl Sim {
    /// The vectors that hardware could deliver on `cpu` right now.
    pub(crate) fn deliverable(&self, cpu: usize) -> impl Iterator<Item = u32> {
        self.kernel
            .interrupts
            .vectors
            .iter()
            .filter(move |vector| self.can_deliver(cpu, vector))
            .map(|vector| vector.number)
    }

    fn can_deliver(&self, cpu: usize, vector: &Vector) -> bool {
        let waits = if vector.latched {
            vector.pending >> cpu & 1 == 1
        } else {
            !vector.in_service && (vector.neighbour.asserted || self.device_asserts())
        };
        waits
            && self.cpus[cpu].irql < vector.irql
            && self.kernel.interrupts.unmasked(vector) >> cpu & 1 == 1
    }

    /// The processor takes the interrupt.
    pub(crate) fn accept(&mut self, cpu: usize, number: u32) -> Result<(), Failure> {
        let vector = self.kernel.interrupts.vector_mut(number);
        if vector.latched {
            vector.pending &= !(1 << cpu);
            return Ok(());
        }
        vector.in_service = true;
        vector.undeasserted += 1;
        if vector.undeasserted > STORM {
            let isr = vector.chain.last().copied();
            let failure = Failure::new(
                Rule::Storm,
                format!(
                    "the line of vector {number:#x} was delivered {STORM} times in a row, and no ISR made its device deassert it"
                ),
            );
            let isr = isr.and_then(|object| self.kernel.interrupts.get(object));
            let place = isr.and_then(|isr| self.locate_function(isr.routine));
            self.unless_off(failure.at(place))?;
        }
        Ok(())
    }

    /// The second device on the line interrupts. Where nothing of the driver's is connected to the
    /// line, its ISR serves it out of the driver's sight.
    pub(crate) fn raise_neighbour(&mut self) {
        let interrupts = &mut self.kernel.interrupts;
        let unmasked = interrupts.unmasked(interrupts.of_device());
        let vector = interrupts.of_device_mut();
        if vector.latched {
            return;
        }
        vector.neighbour.asserted = true;
        if unmasked == 0 {
            vector.neighbour.serve();
        }
        self.attention = true;
    }

    /// The `PnP` manager decides for another interrupt of the device.
    pub(crate) fn reassign_interrupt(&mut self, resource: InterruptResource) {
        let cpus = self.cpus.len();
        self.kernel.interrupts.assign(resource, cpus);
        self.device.enable_interrupts(match resource {
            InterruptResource::Line => InterruptDelivery::Line,
            InterruptResource::Message => InterruptDelivery::Message,
        });
    }

    /// Takes the messages that the device has sent and routes each to a processor.
    pub(crate) fn collect_device_interrupts(&mut self) {
        self.attention = true;
        while self.device.take_message().is_some() {
            // A function outside D0 masters no bus, so it sends nothing.
            if self.kernel.io_space.presence == Presence::On {
                self.route_message();
            }
        }
    }

    /// Routes one message of the device.
    pub(crate) fn route_message(&mut self) {
        let interrupts = &self.kernel.interrupts;
        let vector = interrupts.of_device();
        let (number, unmasked) = (vector.number, interrupts.unmasked(vector));
        let kept = !vector.chain.is_empty() && self.policy.inactive_messages_kept;
        let affinity = match unmasked {
            0 if kept => vector.affinity,
            mask => mask,
        };
        if !vector.latched || affinity == 0 {
            self.kernel.interrupts.messages_lost += 1;
            return;
        }
        let targets: Vec<usize> = (0..self.cpus.len())
            .filter(|cpu| affinity >> cpu & 1 == 1)
            .collect();
        let target = match self.config.strategy {
            // It arrives as soon as it can: where a processor is at work already.
            crate::Strategy::RunUntilBlocked if targets.contains(&self.last) => self.last,
            crate::Strategy::RunUntilBlocked => targets[0],
            crate::Strategy::Random => targets[self.random(targets.len())],
        };
        self.kernel.interrupts.vector_mut(number).pending |= 1 << target;
    }
}
