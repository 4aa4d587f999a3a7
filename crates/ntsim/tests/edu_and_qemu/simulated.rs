//! The simulator's device, under the script.

use ntsim::device::{
    AccessWidth, Edu, InterruptDelivery, NoSystemMemory, PciDevice, VirtualTime, edu::register,
};

use crate::{After, Step};

/// The simulator's device.
pub(crate) struct Simulated {
    device: Edu,
    now: VirtualTime,
    asserted: bool,
}

impl Simulated {
    pub(crate) fn new(delivery: InterruptDelivery) -> Self {
        let mut device = Edu::new();
        device.enable_interrupts(delivery);
        Self {
            device,
            now: VirtualTime::START,
            asserted: false,
        }
    }

    pub(crate) fn step(&mut self, step: Step) -> After {
        match step {
            Step::Write(offset, value) => {
                let (width, now) = (AccessWidth::Dword, self.now);
                self.device
                    .write(0, offset, width, value.into(), now)
                    .unwrap();
            }
            Step::Compute(operand) => {
                let (width, now) = (AccessWidth::Dword, self.now);
                let offset = register::FACTORIAL;
                self.device
                    .write(0, offset, width, operand.into(), now)
                    .unwrap();
                while let Some(due) = self.device.next_event() {
                    self.now = due;
                    self.device.tick(due, &mut NoSystemMemory).unwrap();
                }
            }
        }
        let asserted = self.device.line_asserted();
        let line = match (self.asserted, asserted) {
            (false, true) => (1, 0),
            (true, false) => (0, 1),
            _ => (0, 0),
        };
        self.asserted = asserted;
        let mut messages = 0;
        while self.device.take_message().is_some() {
            messages += 1;
        }
        let mut read = |offset| {
            let value = self.device.read(0, offset, AccessWidth::Dword, self.now);
            u32::try_from(value.unwrap()).unwrap()
        };
        After {
            identification: read(register::IDENTIFICATION),
            liveness: read(register::LIVENESS),
            factorial: read(register::FACTORIAL),
            status: read(register::STATUS),
            causes: read(register::INTERRUPT_STATUS),
            line,
            messages,
        }
    }
}
