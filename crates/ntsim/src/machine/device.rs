//! What the host does to the system and the device under a running driver.

use std::any::Any;

use nt_model::{Failure, InjectedFailure};

use crate::{device::PciDevice, kernel::state::interrupt::Neighbour, machine::Machine};

impl Machine {
    /// The device, where it is a `D`, for what a program can do to hardware and a driver cannot.
    pub fn device<D: PciDevice>(&mut self) -> Option<&mut D> {
        let device: &mut dyn Any = self.system_mut().kernel.device.as_mut();
        device.downcast_mut()
    }

    /// Has the device raise causes by itself, at whatever moment this is: the driver may be anywhere in its work, its
    /// interrupt inactive or not connected, the device asleep.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub fn raise_device(&mut self, causes: u32) -> Result<(), Failure> {
        self.with(|system, _| {
            system.kernel.raise_device(causes);
            Ok(())
        })
    }

    /// Makes the second device on the line interrupt; of no effect where the device has messages.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub fn raise_neighbour(&mut self) -> Result<(), Failure> {
        self.with(|system, _| {
            system.kernel.raise_neighbour();
            Ok(())
        })
    }

    /// The device's line is at `PASSIVE_LEVEL`, as behind a controller that can be reached there only: NT serves it in a
    /// thread. Before the device is started, with a line.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub fn make_line_passive(&mut self) -> Result<(), Failure> {
        self.with(|system, _| {
            system.kernel.interrupts.make_line_passive();
            Ok(())
        })
    }

    /// The device's line is edge-triggered, as one of a general-purpose I/O controller may be: it interrupts once when it is
    /// asserted, and not again before it was let go. Before the device is started, with a line.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub fn make_line_edge_triggered(&mut self) -> Result<(), Failure> {
        self.with(|system, _| {
            system.kernel.interrupts.make_line_edge_triggered();
            Ok(())
        })
    }

    /// The IRQL at which the system has the device interrupt: the level of its translated resource.
    #[must_use]
    pub fn device_irql(&self) -> u8 {
        self.system().kernel.interrupts.of_device().irql
    }

    /// The second device on the line.
    #[must_use]
    pub fn neighbour(&self) -> Neighbour {
        self.system().kernel.interrupts.of_device().neighbour
    }

    /// Has the neighbour's driver connect before the device's, or after it.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub fn place_neighbour(&mut self, first: bool) -> Result<(), Failure> {
        self.with(|system, _| {
            system.kernel.interrupts.of_device_mut().neighbour.first = first;
            Ok(())
        })
    }

    /// How the device was not silent when its driver last left `EvtDeviceD0Exit`, in a clause; none where it was silent. For
    /// an invariant of a driver's own: the simulator has no rule for it.
    #[must_use]
    pub fn loud_behind_d0_exit(&self) -> Option<&str> {
        self.system().kernel.io_space.loud.as_deref()
    }

    /// Writes a register of the device past the driver, as firmware does that has left the device at work.
    ///
    /// # Errors
    ///
    /// Rule `bad-mmio`, where the device does not take the access.
    pub fn write_register(&mut self, bar: u8, offset: u64, value: u32) -> Result<(), Failure> {
        self.with(|system, _| system.kernel.write_past_driver(bar, offset, value))
    }

    /// Makes `times` calls meet `failure`, after `after` more calls of the same routine that do not.
    pub fn inject(&mut self, failure: InjectedFailure, after: u32, times: u32) {
        self.system_mut()
            .kernel
            .injections
            .plan(failure, after, times);
    }
}
