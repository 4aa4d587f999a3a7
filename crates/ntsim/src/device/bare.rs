//! A function without windows and interrupts: what a driver that needs no hardware is started on.

use super::{
    AccessFault, AccessWidth, Bar, Direction, Identity, InterruptCapability, PciDevice, VirtualTime,
};

/// A function that has nothing to access and nothing to say.
#[derive(Debug, Clone)]
pub struct Bare {
    identity: Identity,
}

impl Bare {
    /// A function that configuration space names so.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self { identity }
    }
}

fn no_window(bar: u8, offset: u64, width: AccessWidth, direction: Direction) -> AccessFault {
    AccessFault {
        bar,
        offset,
        width,
        direction,
        explanation: "the device has no memory window".to_owned(),
    }
}

impl PciDevice for Bare {
    fn identity(&self) -> Identity {
        self.identity
    }

    fn bars(&self) -> &[Bar] {
        &[]
    }

    fn interrupts(&self) -> InterruptCapability {
        InterruptCapability {
            line: false,
            messages: 0,
        }
    }

    fn permits(
        &self,
        bar: u8,
        offset: u64,
        width: AccessWidth,
        direction: Direction,
    ) -> Result<(), AccessFault> {
        Err(no_window(bar, offset, width, direction))
    }

    fn read(
        &mut self,
        bar: u8,
        offset: u64,
        width: AccessWidth,
        _: VirtualTime,
    ) -> Result<u64, AccessFault> {
        Err(no_window(bar, offset, width, Direction::Read))
    }

    fn write(
        &mut self,
        bar: u8,
        offset: u64,
        width: AccessWidth,
        _: u64,
        _: VirtualTime,
    ) -> Result<(), AccessFault> {
        Err(no_window(bar, offset, width, Direction::Write))
    }

    fn line_asserted(&self) -> bool {
        false
    }

    fn clone_box(&self) -> Box<dyn PciDevice> {
        Box::new(self.clone())
    }
}
