//! Interrupts: vectors, and the objects connected to them.
//!
//! A line is asserted by the device or by its neighbour on the same pin. Where it is level-triggered, it is delivered again as
//! long as it is asserted; while an ISR chain serves it, it is not delivered anywhere. Where it is edge-triggered, it is delivered
//! once when it rises, and stays silent until it has fallen: what rises while it is asserted, or while nothing takes it, is no
//! edge. A message is an edge, too: one pending bit per vector and processor, so equal ones that meet coalesce.

use std::collections::{BTreeMap, BTreeSet};

use nt_model::{Config, InterruptResource};

use super::thread::ThreadId;

/// What the bus calls the device's line: the level and the vector of the raw resource, which are the system's own
/// in no way. On PCI both are what the firmware has written into the interrupt line register.
pub(crate) const BUS_INTERRUPT: (u32, u32) = (11, 11);

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
    /// Whether the routine is told the interrupt object: a miniport's knows of none.
    pub(crate) names_itself: bool,
    /// The message's number, where the routine takes one.
    pub(crate) message: Option<u32>,
    /// The soft state.
    pub(crate) active: bool,
}

impl Interrupt {
    /// What the routine is called with: a miniport's knows of no interrupt object.
    pub(in crate::kernel) fn arguments(&self) -> Vec<u64> {
        if !self.names_itself {
            return vec![self.context];
        }
        let mut arguments = vec![self.object, self.context];
        arguments.extend(self.message.map(u64::from));
        arguments
    }
}

/// What has a vector delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// A line, as long as it is asserted.
    Level,
    /// A line, when it rises.
    Edge,
    /// A message.
    Message,
}

/// A vector of the device.
#[derive(Clone, Debug)]
pub(crate) struct Vector {
    pub(crate) number: u32,
    pub(crate) irql: u8,
    pub(crate) trigger: Trigger,
    /// The processors that plug and play has assigned to it.
    pub(crate) affinity: u64,
    /// Connected objects, in the order of connection.
    pub(crate) chain: Vec<u64>,
    /// Latched: the processors on which a message or an edge waits.
    pub(crate) pending: u64,
    /// Level, or in a thread: an ISR chain serves it.
    pub(in crate::kernel) in_service: bool,
    /// Edge: the line was asserted when it was last looked at.
    pub(in crate::kernel) high: bool,
    /// The other device on the line.
    pub(crate) neighbour: Neighbour,
    /// Deliveries in a row after which the line was still asserted, or passes through the chain of an edge in each of which an
    /// ISR claimed it.
    pub(in crate::kernel) undeasserted: u32,
}

/// A second device on the line, with an ISR of its own that the kernel plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Neighbour {
    /// Whether its driver connected before the device's: then its ISR is asked first.
    pub first: bool,
    /// Whether it asserts the line.
    pub asserted: bool,
    /// How often its ISR was called.
    pub calls: u64,
    /// How often its ISR claimed the interrupt.
    pub claimed: u64,
}

impl Neighbour {
    /// Its ISR: serves its device, and says whether that interrupted.
    pub(crate) fn serve(&mut self) -> bool {
        let claims = core::mem::take(&mut self.asserted);
        self.calls += 1;
        self.claimed += u64::from(claims);
        claims
    }
}

/// The interrupts of the machine.
#[derive(Clone)]
pub(crate) struct Interrupts {
    /// Every vector that the device has had; what runs of an earlier one may still end.
    pub(in crate::kernel) vectors: Vec<Vector>,
    /// The places of those that it is assigned: of its line, or of each message.
    assigned: Vec<usize>,
    /// What that is.
    pub(crate) resource: InterruptResource,
    objects: BTreeMap<u64, Interrupt>,
    /// Message tables that drivers hold, with the interrupt object of their entry.
    pub(crate) tables: BTreeMap<u64, u64>,
    /// Objects whose ISR is running, once for each processor that it runs on.
    pub(in crate::kernel) running: Vec<u64>,
    /// Messages, and edges of a line, that nothing was connected, or active, to take.
    pub(crate) messages_lost: u64,
    /// The events of passive-level interrupts that are held, each with its holder.
    pub(in crate::kernel) events: BTreeMap<u64, ThreadId>,
    /// Objects on which NT has not called a routine that it was to synchronize.
    pub(in crate::kernel) not_called: BTreeSet<u64>,
    /// The driver was unloaded.
    pub(crate) image_is_gone: bool,
    /// What stands for the lock of all connections that came without one, where they share it.
    pub(in crate::kernel) shared_lock: Option<u64>,
}

/// How many messages the machine has vectors for. Each has another level, from 11 down.
const MESSAGES_MAX: u16 = 4;

impl Vector {
    /// The vector of the line, or of the message of this number.
    fn new(resource: InterruptResource, message: u16, cpus: usize) -> Self {
        // On x64 the IRQL is the vector's upper four bits.
        let (number, irql, trigger) = match resource {
            InterruptResource::Line => (0x91, 9, Trigger::Level),
            InterruptResource::Message => {
                let below = message.min(MESSAGES_MAX - 1);
                let number = 0xB2 - 0x10 * u32::from(below);
                (number, 11 - below as u8, Trigger::Message)
            }
        };
        Self {
            number,
            irql,
            trigger,
            affinity: (1 << cpus) - 1,
            chain: Vec::new(),
            pending: 0,
            in_service: false,
            high: false,
            neighbour: Neighbour::default(),
            undeasserted: 0,
        }
    }
}

impl Vector {
    /// Whether NT serves the line in a thread.
    pub(crate) const fn is_passive(&self) -> bool {
        self.irql == 0
    }

    /// Whether it is delivered once for what has it delivered: NT's `Latched`.
    pub(crate) fn is_latched(&self) -> bool {
        self.trigger != Trigger::Level
    }

    /// Whether it is a line's, which the device has to share.
    pub(crate) fn is_line(&self) -> bool {
        self.trigger != Trigger::Message
    }
}

impl Interrupts {
    /// Whether any vector is at `PASSIVE_LEVEL`.
    pub(in crate::kernel) fn any_passive(&self) -> bool {
        self.vectors.iter().any(Vector::is_passive)
    }

    /// The device's line, where it is one, is at `PASSIVE_LEVEL` from now on.
    pub(crate) fn make_line_passive(&mut self) {
        let vector = self.of_device_mut();
        if vector.is_line() {
            vector.irql = 0;
        }
    }

    /// The device's line, where it is one, is edge-triggered from now on.
    pub(crate) fn make_line_edge_triggered(&mut self) {
        let vector = self.of_device_mut();
        if vector.is_line() {
            vector.trigger = Trigger::Edge;
        }
    }

    /// The interrupts of a machine whose device can send so many messages.
    pub(crate) fn new(config: &Config, messages: u16) -> Self {
        let mut interrupts = Self {
            vectors: Vec::new(),
            assigned: Vec::new(),
            resource: config.interrupt,
            objects: BTreeMap::new(),
            tables: BTreeMap::new(),
            running: Vec::new(),
            messages_lost: 0,
            events: BTreeMap::new(),
            not_called: BTreeSet::new(),
            image_is_gone: false,
            shared_lock: None,
        };
        interrupts.assign(config.interrupt, messages, config.cpus.into());
        interrupts
    }

    /// Assigns an interrupt of the given kind instead of the present one, which nothing is connected
    /// to any more.
    pub(crate) fn assign(&mut self, resource: InterruptResource, messages: u16, cpus: usize) {
        let count = match resource {
            InterruptResource::Line => 1,
            InterruptResource::Message => messages.clamp(1, MESSAGES_MAX),
        };
        self.assigned.clear();
        for message in 0..count {
            let wanted = Vector::new(resource, message, cpus);
            let mut known = self.vectors.iter();
            let known = known.position(|vector| vector.number == wanted.number);
            let place = known.unwrap_or(self.vectors.len());
            if known.is_none() {
                self.vectors.push(wanted);
            }
            // Messages that were on their way to the old connection are not the new one's.
            self.vectors[place].pending = 0;
            self.assigned.push(place);
        }
        self.resource = resource;
    }

    pub(crate) fn get(&self, object: u64) -> Option<&Interrupt> {
        self.objects.get(&object)
    }

    pub(crate) fn get_mut(&mut self, object: u64) -> Option<&mut Interrupt> {
        self.objects.get_mut(&object)
    }

    /// The vector that the device is assigned: that of the first message, where there are several.
    pub(crate) fn of_device(&self) -> &Vector {
        &self.vectors[self.assigned[0]]
    }

    pub(crate) fn of_device_mut(&mut self) -> &mut Vector {
        let place = self.assigned[0];
        &mut self.vectors[place]
    }

    /// All vectors that the device is assigned, in the order of its messages.
    pub(crate) fn all_of_device(&self) -> impl ExactSizeIterator<Item = &Vector> {
        self.assigned.iter().map(|place| &self.vectors[*place])
    }

    /// The device's vector of this number, if it has one.
    pub(crate) fn find(&self, number: u32) -> Option<&Vector> {
        self.all_of_device().find(|vector| vector.number == number)
    }

    /// # Panics
    ///
    /// Where no vector has the number; numbers come from the table itself.
    pub(crate) fn vector(&self, number: u32) -> &Vector {
        self.vectors
            .iter()
            .find(|vector| vector.number == number)
            .expect("a vector's number names it")
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

    /// NT does not call a routine that it was to synchronize, on whichever of the objects.
    pub(in crate::kernel) fn note_not_called(&mut self) {
        self.not_called.extend(self.objects.keys());
    }

    /// The objects that are connected.
    pub(crate) fn connected(&self) -> impl Iterator<Item = &Interrupt> {
        self.objects.values()
    }

    /// The processors on which something active is connected to the vector; none while it is masked.
    pub(in crate::kernel) fn unmasked(&self, vector: &Vector) -> u64 {
        let connected = vector.chain.iter().map(|object| &self.objects[object]);
        connected
            .filter(|interrupt| interrupt.active)
            .fold(0, |mask, interrupt| mask | interrupt.affinity)
    }
}

/// The connection types of the `Version` field.
pub(crate) mod version {
    pub(crate) const FULLY_SPECIFIED: u32 = 1;
    pub(crate) const LINE_BASED: u32 = 2;
    pub(crate) const MESSAGE_BASED: u32 = 3;
    pub(crate) const FULLY_SPECIFIED_GROUP: u32 = 4;
}
