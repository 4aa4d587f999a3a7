//! What the host does to the system and the device under a running driver.

use std::any::Any;

use super::Machine;
use crate::{device::PciDevice, fault::Fault};

impl Machine {
    /// Makes `times` calls meet `fault`, after `after` more calls of the same routine that do not.
    pub fn inject(&mut self, fault: Fault, after: u32, times: u32) {
        self.sim_mut().faults.plan(fault, after, times);
    }

    /// The device, where it is a `D`, for what a program can do to hardware and a driver cannot.
    pub fn device<D: PciDevice>(&mut self) -> Option<&mut D> {
        let device: &mut dyn Any = self.sim_mut().device.as_mut();
        device.downcast_mut()
    }
}
