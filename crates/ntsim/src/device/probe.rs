//! An adapter that does nothing but interrupt: one window with four registers.
//!
//! | offset | register |
//! |---|---|
//! | 0x0 | read: [`IDENTIFICATION`] |
//! | 0x4 | read: the pending causes |
//! | 0x8 | write: causes to raise |
//! | 0xC | write: causes to dismiss |
//!
//! Its line is asserted while a cause is pending. One with messages sends that of the number of each cause that it raises, where its
//! messages are enabled. It is invented: no such thing was ever built.

use std::collections::VecDeque;

use crate::device::{
    access::{Access, AccessFault, AccessWidth},
    pci::{Bar, Identity, InterruptCapability, InterruptDelivery, PciDevice, Space},
    time::VirtualTime,
};

/// What the identification register holds.
pub const IDENTIFICATION: u32 = 0xD1E0_0001;
/// The offset of the register that raises causes.
pub const RAISE: u64 = 8;

const PENDING: u64 = 4;
const DISMISS: u64 = 12;
/// The window.
const WINDOW: Bar = Bar {
    index: 0,
    size: 0x1000,
    space: Space::Memory,
};

/// The adapter.
#[derive(Debug, Clone)]
pub struct Probe {
    line: bool,
    causes: u32,
    /// How many messages it can send.
    messages: u16,
    /// Whether it sends them.
    sends: bool,
    sent: VecDeque<u16>,
}

impl Probe {
    /// An adapter with an interrupt line.
    #[must_use]
    pub const fn new() -> Self {
        Self::made(true, 0)
    }

    /// An adapter with an interrupt line and so many messages, one for each cause.
    #[must_use]
    pub const fn with_messages(messages: u16) -> Self {
        Self::made(true, messages)
    }

    const fn made(line: bool, messages: u16) -> Self {
        Self {
            line,
            causes: 0,
            messages,
            sends: false,
            sent: VecDeque::new(),
        }
    }

    /// An adapter to which no interrupt is assigned.
    #[must_use]
    pub const fn without_interrupt() -> Self {
        Self::made(false, 0)
    }
}

impl Default for Probe {
    fn default() -> Self {
        Self::new()
    }
}

impl PciDevice for Probe {
    fn identity(&self) -> Option<Identity> {
        Some(Identity {
            vendor: 0x1234,
            device: 0xD1E0,
            revision: 1,
            class: 0x0003_8000,
        })
    }

    fn bars(&self) -> &[Bar] {
        &[WINDOW]
    }

    fn interrupts(&self) -> InterruptCapability {
        InterruptCapability {
            line: self.line,
            messages: self.messages,
        }
    }

    fn enable_interrupts(&mut self, delivery: InterruptDelivery) {
        self.sends = delivery == InterruptDelivery::Message;
        self.sent.clear();
    }

    fn take_message(&mut self) -> Option<u16> {
        self.sent.pop_front()
    }

    fn permits(&self, access: Access) -> Result<(), AccessFault> {
        let register = access.width == AccessWidth::Dword && access.offset.is_multiple_of(4);
        if register && WINDOW.holds(access) {
            Ok(())
        } else {
            Err(access.forbidden("the probe has one window, of 32-bit registers"))
        }
    }

    fn load(&mut self, _: u8, offset: u64, _: VirtualTime) -> u64 {
        match offset {
            0 => IDENTIFICATION.into(),
            PENDING => self.causes.into(),
            _ => 0,
        }
    }

    fn store(&mut self, _: u8, offset: u64, value: u64, _: VirtualTime) {
        let value = u32::try_from(value).unwrap_or_default();
        match offset {
            RAISE => self.raise(value),
            DISMISS => self.causes &= !value,
            _ => {}
        }
    }

    fn line_asserted(&self) -> bool {
        self.line && !self.sends && self.causes != 0
    }

    /// As a write to the raise register does it.
    fn raise(&mut self, causes: u32) {
        self.causes |= causes;
        if self.sends {
            let raised = (0..self.messages).filter(|message| causes >> message & 1 == 1);
            self.sent.extend(raised);
        }
    }

    fn clone_box(&self) -> Box<dyn PciDevice> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(probe: &mut Probe, offset: u64, value: u64) {
        let now = VirtualTime::from_nanos(0);
        probe
            .write(0, offset, AccessWidth::Dword, value, now)
            .expect("a register");
    }

    #[test]
    fn the_line_is_asserted_while_a_cause_is_pending() {
        let mut probe = Probe::new();
        assert!(!probe.line_asserted());
        write(&mut probe, RAISE, 3);
        assert!(probe.line_asserted());
        write(&mut probe, DISMISS, 1);
        assert!(probe.line_asserted());
        write(&mut probe, DISMISS, 2);
        assert!(!probe.line_asserted());
    }

    #[test]
    fn each_cause_sends_its_message_where_messages_are_enabled() {
        let mut probe = Probe::with_messages(3);
        write(&mut probe, RAISE, 1);
        assert!(probe.line_asserted() && probe.take_message().is_none());
        probe.enable_interrupts(InterruptDelivery::Message);
        write(&mut probe, RAISE, 0b1110);
        assert!(!probe.line_asserted());
        let sent = [probe.take_message(), probe.take_message()];
        assert_eq!(sent, [Some(1), Some(2)], "it has three");
        assert_eq!(probe.take_message(), None);
    }

    #[test]
    fn an_adapter_without_an_interrupt_asserts_nothing() {
        let mut probe = Probe::without_interrupt();
        write(&mut probe, RAISE, 3);
        assert!(!probe.line_asserted());
    }

    #[test]
    fn a_narrow_access_is_a_fault() {
        let now = VirtualTime::from_nanos(0);
        let mut probe = Probe::new();
        assert!(probe.read(0, 1, AccessWidth::Dword, now).is_err());
        assert!(probe.read(0, 0, AccessWidth::Byte, now).is_err());
        assert!(probe.read(0, WINDOW.size, AccessWidth::Dword, now).is_err());
    }
}
