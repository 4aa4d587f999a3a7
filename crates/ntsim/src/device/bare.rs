//! A function without windows and interrupts: what a driver that needs no hardware is started on.

use crate::device::{
    access::{Access, AccessFault},
    pci::{Bar, Identity, InterruptCapability, PciDevice},
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

impl PciDevice for Bare {
    fn identity(&self) -> Option<Identity> {
        Some(self.identity)
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

    fn permits(&self, access: Access) -> Result<(), AccessFault> {
        Err(access.forbidden("the device has no memory window"))
    }

    fn line_asserted(&self) -> bool {
        false
    }

    fn clone_box(&self) -> Box<dyn PciDevice> {
        Box::new(self.clone())
    }
}
