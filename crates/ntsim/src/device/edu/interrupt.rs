//! The status word, and how it reaches the system.

use std::collections::VecDeque;

use crate::device::pci::InterruptDelivery;

/// The pending causes and the messages that were sent for them.
#[derive(Debug, Clone)]
pub(super) struct Interrupt {
    causes: u32,
    /// Those of them that the device has raised by itself alone.
    untold: u32,
    delivery: InterruptDelivery,
    messages: VecDeque<u16>,
    /// Causes that join pending ones, and after how many more reads of the status word they do.
    joining: Joining,
}

/// Causes that the device raises by itself, right after the status word was read.
#[derive(Debug, Clone, Copy, Default)]
struct Joining {
    next: u32,
    reads: u32,
}

impl Default for Interrupt {
    fn default() -> Self {
        Self {
            causes: 0,
            untold: 0,
            delivery: InterruptDelivery::Line,
            messages: VecDeque::new(),
            joining: Joining::default(),
        }
    }
}

impl Interrupt {
    /// A read of the status word.
    pub(super) fn read(&mut self) -> u32 {
        let read = self.causes;
        if read != 0 && self.joining.reads > 0 {
            self.joining.reads -= 1;
            // They join causes that are pending: the line stays asserted, and a device that sends a message when
            // its status leaves zero sends none.
            self.untold |= self.joining.next & !self.causes;
            self.causes |= self.joining.next;
            self.joining.next = self.joining.next.rotate_left(1);
        }
        read
    }

    /// Lets causes join the pending ones right after each of the next `reads` reads that find any: `first`, then
    /// the bit above it, and so on.
    pub(super) fn join(&mut self, first: u32, reads: u32) {
        self.joining = Joining { next: first, reads };
    }

    pub(super) fn enable(&mut self, delivery: InterruptDelivery) {
        self.delivery = delivery;
        self.messages.clear();
    }

    /// Whether it sends messages.
    pub(super) fn sends(&self) -> bool {
        self.delivery == InterruptDelivery::Message
    }

    /// Adds causes for which nothing has asked.
    pub(super) fn raise_untold(&mut self, causes: u32) {
        let told = self.causes & !self.untold;
        self.raise(causes);
        self.untold = self.causes & !told;
    }

    /// Adds causes. Every raise is an event of its own, also one that adds none: by message it is
    /// sent as long as any cause is pending.
    pub(super) fn raise(&mut self, causes: u32) {
        self.causes |= causes;
        self.untold &= !causes;
        if self.causes != 0 && self.delivery == InterruptDelivery::Message {
            self.messages.push_back(0);
        }
    }

    /// Removes causes; what remains sends no message.
    pub(super) fn acknowledge(&mut self, causes: u32) {
        self.causes &= !causes;
        self.untold &= !causes;
    }

    /// Whether the line is asserted for a cause that a driver has raised.
    pub(super) fn asserted_when_told(&self) -> bool {
        self.line_asserted() && self.causes & !self.untold != 0
    }

    pub(super) fn line_asserted(&self) -> bool {
        self.causes != 0 && self.delivery == InterruptDelivery::Line
    }

    pub(super) fn take_message(&mut self) -> Option<u16> {
        self.messages.pop_front()
    }
}
