//! Interrupts: vectors, and the objects connected to them.
//!
//! A line is asserted by the device or by its neighbour on the same pin, and is delivered again as
//! long as it is asserted; while an ISR chain serves it, it is not delivered anywhere. A message is
//! an edge: one pending bit per vector and processor, so equal messages that meet coalesce.

use std::collections::BTreeMap;

use crate::config::{Config, InterruptResource};

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
    pub(super) in_service: bool,
    /// The neighbour on the line asserts it.
    pub(crate) neighbour: bool,
    /// Deliveries in a row after which the line was still asserted.
    pub(super) undeasserted: u32,
}

/// The interrupts of the machine.
pub(crate) struct Interrupts {
    pub(super) vectors: Vec<Vector>,
    objects: BTreeMap<u64, Interrupt>,
    /// Message tables that drivers hold, with the interrupt object of their entry.
    pub(crate) tables: BTreeMap<u64, u64>,
    /// Objects whose ISR is running, once for each processor that it runs on.
    pub(super) running: Vec<u64>,
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
    pub(super) fn unmasked(&self, vector: &Vector) -> u64 {
        let connected = vector.chain.iter().map(|object| &self.objects[object]);
        connected
            .filter(|interrupt| interrupt.active)
            .fold(0, |mask, interrupt| mask | interrupt.affinity)
    }
}
