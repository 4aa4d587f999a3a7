//! The status word, and how it reaches the system.

use std::collections::VecDeque;

use super::super::InterruptDelivery;

/// The pending causes and the messages that were sent for them.
#[derive(Debug, Clone)]
pub(super) struct Interrupt {
    causes: u32,
    delivery: InterruptDelivery,
    messages: VecDeque<u16>,
}

impl Default for Interrupt {
    fn default() -> Self {
        Self {
            causes: 0,
            delivery: InterruptDelivery::Line,
            messages: VecDeque::new(),
        }
    }
}

impl Interrupt {
    pub(super) fn causes(&self) -> u32 {
        self.causes
    }

    pub(super) fn enable(&mut self, delivery: InterruptDelivery) {
        self.delivery = delivery;
        self.messages.clear();
    }

    /// Adds causes. Every raise is an event of its own, also one that adds none: by message it is
    /// sent as long as any cause is pending.
    pub(super) fn raise(&mut self, causes: u32) {
        self.causes |= causes;
        if self.causes != 0 && self.delivery == InterruptDelivery::Message {
            self.messages.push_back(0);
        }
    }

    /// Removes causes; what remains sends no message.
    pub(super) fn acknowledge(&mut self, causes: u32) {
        self.causes &= !causes;
    }

    pub(super) fn line_asserted(&self) -> bool {
        self.causes != 0 && self.delivery == InterruptDelivery::Line
    }

    pub(super) fn take_message(&mut self) -> Option<u16> {
        self.messages.pop_front()
    }
}
