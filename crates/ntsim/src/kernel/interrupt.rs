//! Interrupts: vectors, the objects connected to them, and the running of ISRs.
//!
//! A line is asserted by the device or by its neighbour on the same pin, and is delivered again as
//! long as it is asserted; while an ISR chain serves it, it is not delivered anywhere. A message is
//! an edge: one pending bit per vector and processor, so equal messages that meet coalesce.

use std::collections::BTreeMap;

use crate::{
    activation::{Flow, Frame},
    config::{Config, InterruptResource},
    failure::{Failure, rule},
    guest::Guest,
    kernel::{spin_lock::Attempt, wait::DispatcherObject},
    sim::Sim,
};

/// A connected interrupt: what NT keeps in a KINTERRUPT.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    /// The address that names it.
    pub(crate) object: u64,
    pub(crate) vector: u32,
    /// The connection type that it was connected by, as the caller got it back.
    pub(crate) version: u32,
    /// The processors that it may be delivered to.
    pub(crate) affinity: u64,
    pub(crate) synchronize_irql: u8,
    /// The address of its spin lock; of the object itself where the lock is internal.
    pub(crate) lock: u64,
    pub(crate) routine: u64,
    pub(crate) context: u64,
    /// The message's number, where the routine takes one.
    pub(crate) message: Option<u32>,
    /// The soft state.
    pub(crate) active: bool,
}

/// A vector of the device.
#[derive(Clone, Debug)]
pub(crate) struct Vector {
    pub(crate) number: u32,
    pub(crate) irql: u8,
    pub(crate) latched: bool,
    /// The processors that plug and play has assigned to it.
    pub(crate) affinity: u64,
    /// Connected objects, in the order of connection.
    pub(crate) chain: Vec<u64>,
    /// Latched: the processors on which a message waits.
    pub(crate) pending: u64,
    /// Level: an ISR chain serves it.
    in_service: bool,
    /// The neighbour on the line asserts it.
    pub(crate) neighbour: bool,
    /// Deliveries in a row after which the line was still asserted.
    undeasserted: u32,
}

/// How often in a row a line may be delivered without being deasserted before it is a storm.
const STORM: u32 = 1000;

/// The interrupts of the machine.
pub(crate) struct Interrupts {
    vectors: Vec<Vector>,
    objects: BTreeMap<u64, Interrupt>,
    /// Message tables that drivers hold, with the interrupt object of their entry.
    pub(crate) tables: BTreeMap<u64, u64>,
    /// Objects whose ISR is running, once for each processor that it runs on.
    running: Vec<u64>,
    /// Messages that nothing was connected, or active, to take.
    pub(crate) messages_lost: u64,
}

impl Interrupts {
    pub(crate) fn new(config: &Config) -> Self {
        // On x64 the IRQL is the vector's upper four bits.
        let (number, irql, latched) = match config.interrupt {
            InterruptResource::Line => (0x91, 9, false),
            InterruptResource::Message => (0xB2, 11, true),
        };
        let vector = Vector {
            number,
            irql,
            latched,
            affinity: (1 << config.cpus) - 1,
            chain: Vec::new(),
            pending: 0,
            in_service: false,
            neighbour: false,
            undeasserted: 0,
        };
        Self {
            vectors: vec![vector],
            objects: BTreeMap::new(),
            tables: BTreeMap::new(),
            running: Vec::new(),
            messages_lost: 0,
        }
    }

    pub(crate) fn get(&self, object: u64) -> Option<&Interrupt> {
        self.objects.get(&object)
    }

    pub(crate) fn get_mut(&mut self, object: u64) -> Option<&mut Interrupt> {
        self.objects.get_mut(&object)
    }

    /// The device's only vector.
    pub(crate) fn of_device(&self) -> &Vector {
        &self.vectors[0]
    }

    pub(crate) fn find(&self, number: u32) -> Option<&Vector> {
        self.vectors.iter().find(|vector| vector.number == number)
    }

    /// # Panics
    ///
    /// Where no vector has the number; numbers come from the table itself.
    pub(crate) fn vector(&self, number: u32) -> &Vector {
        self.find(number).expect("a vector's number names it")
    }

    pub(crate) fn vector_mut(&mut self, number: u32) -> &mut Vector {
        self.vectors
            .iter_mut()
            .find(|vector| vector.number == number)
            .expect("a vector's number names it")
    }

    pub(crate) fn connect(&mut self, interrupt: Interrupt) {
        self.vector_mut(interrupt.vector)
            .chain
            .push(interrupt.object);
        self.objects.insert(interrupt.object, interrupt);
    }

    pub(crate) fn disconnect(&mut self, object: u64) -> Option<Interrupt> {
        let interrupt = self.objects.remove(&object)?;
        self.vector_mut(interrupt.vector)
            .chain
            .retain(|other| *other != object);
        Some(interrupt)
    }

    /// The objects that are connected.
    pub(crate) fn connected(&self) -> impl Iterator<Item = &Interrupt> {
        self.objects.values()
    }

    /// The processors on which something active is connected to the vector; none while it is masked.
    fn unmasked(&self, vector: &Vector) -> u64 {
        let connected = vector.chain.iter().map(|object| &self.objects[object]);
        connected
            .filter(|interrupt| interrupt.active)
            .fold(0, |mask, interrupt| mask | interrupt.affinity)
    }
}

/// The running of a vector's ISRs between two of its steps.
#[derive(Clone, Debug)]
pub(crate) struct IsrFrame {
    vector: u32,
    /// The objects that were connected when the interrupt arrived.
    chain: Option<Vec<u64>>,
    position: usize,
    /// Whether any ISR of this pass claimed it.
    claimed: bool,
    /// The lock and the object whose ISR is running.
    running: Option<(u64, u64)>,
}

impl IsrFrame {
    pub(crate) fn new(vector: u32) -> Self {
        Self {
            vector,
            chain: None,
            position: 0,
            claimed: false,
            running: None,
        }
    }
}

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
            !vector.in_service && (vector.neighbour || self.device.line_asserted())
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
                rule::STORM,
                format!(
                    "the line of vector {number:#x} was delivered {STORM} times in a row, and no ISR made its device deassert it"
                ),
            );
            let isr = isr.and_then(|object| self.kernel.interrupts.get(object));
            return Err(failure.at(isr.and_then(|isr| self.locate_function(isr.routine))));
        }
        Ok(())
    }

    /// Takes the messages that the device has sent and routes each to a processor.
    pub(crate) fn collect_device_interrupts(&mut self) {
        self.attention = true;
        while self.device.take_message().is_some() {
            self.route_message();
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
            crate::config::Strategy::RunUntilBlocked => targets[0],
            crate::config::Strategy::Random => targets[self.random(targets.len())],
        };
        self.kernel.interrupts.vector_mut(number).pending |= 1 << target;
    }

    /// Goes on with the ISRs of a vector.
    pub(crate) fn resume_isr(
        &mut self,
        guest: &mut Guest,
        mut frame: IsrFrame,
        value: u64,
    ) -> Result<Flow, Failure> {
        let (level, latched) = {
            let vector = self.kernel.interrupts.vector(frame.vector);
            (vector.irql, vector.latched)
        };
        if frame.chain.is_none() {
            frame.chain = Some(self.kernel.interrupts.vector(frame.vector).chain.clone());
        }
        if let Some((lock, object)) = frame.running.take() {
            self.unlock(guest, lock)?;
            self.isr_ended(object);
            self.cpu_mut().irql = level;
            let claimed = value & 0xFF != 0;
            frame.claimed |= claimed;
            frame.position += 1;
            if claimed && !latched {
                return self.end_of_interrupt(&frame);
            }
        }
        let chain = frame.chain.clone().unwrap_or_default();
        while let Some(object) = chain.get(frame.position) {
            let Some(interrupt) = self
                .kernel
                .interrupts
                .get(*object)
                .filter(|interrupt| interrupt.active)
            else {
                // Disconnected, or made inactive, since the interrupt arrived.
                frame.position += 1;
                continue;
            };
            let interrupt = interrupt.clone();
            self.cpu_mut().irql = interrupt.synchronize_irql;
            if self.try_lock(guest, interrupt.lock)? == Attempt::Busy {
                return Ok(Flow::Spin {
                    lock: interrupt.lock,
                    frame: Frame::Isr(frame),
                });
            }
            frame.running = Some((interrupt.lock, interrupt.object));
            self.kernel.interrupts.running.push(interrupt.object);
            let mut arguments = vec![interrupt.object, interrupt.context];
            arguments.extend(interrupt.message.map(u64::from));
            return Ok(Flow::Call {
                what: "ISR",
                target: interrupt.routine,
                arguments,
                frame: Frame::Isr(frame),
            });
        }
        if latched && frame.claimed && chain.len() > 1 {
            // A latched chain is gone through until a pass finds nothing: an edge of one device
            // that came while another's ISR ran is seen only so.
            frame.claimed = false;
            frame.position = 0;
            return self.resume_isr(guest, frame, 0);
        }
        self.end_of_interrupt(&frame)
    }

    /// An ISR has returned: a disconnect that waits for it goes on.
    fn isr_ended(&mut self, object: u64) {
        let running = &mut self.kernel.interrupts.running;
        if let Some(place) = running.iter().position(|other| *other == object) {
            running.swap_remove(place);
        }
        if !self.isr_is_running(object) {
            self.wake_waiters(DispatcherObject::Isr(object), 0, usize::MAX);
        }
    }

    /// Whether the object's ISR runs on some processor.
    pub(crate) fn isr_is_running(&self, object: u64) -> bool {
        self.kernel.interrupts.running.contains(&object)
    }

    /// The end of interrupt: the neighbour on the line serves its device, and the line may be
    /// delivered again.
    fn end_of_interrupt(&mut self, frame: &IsrFrame) -> Result<Flow, Failure> {
        let asserted = self.device.line_asserted();
        let vector = self.kernel.interrupts.vector_mut(frame.vector);
        if !vector.latched {
            vector.in_service = false;
            if !frame.claimed {
                vector.neighbour = false;
            }
            if !asserted && !vector.neighbour {
                vector.undeasserted = 0;
            }
        }
        self.attention = true;
        Ok(Flow::Finish)
    }
}
