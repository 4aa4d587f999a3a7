//! Finding the adapter: its extension and configuration, its interrupt, its children.

use nt_model::{Failure, InterruptResource};

use crate::{
    guest::Guest,
    kernel::state::{
        activation::Flow,
        frame::Holds,
        interrupt::{BUS_INTERRUPT, Interrupt},
    },
    video_port::{
        PortDriver,
        start::{CHILDREN_MAX, DISPLAY_ADAPTER, call, failed},
        state::{
            adapter::config,
            frame::VideoFrame,
            start::{Phase, Step},
        },
    },
};

/// `PCIBus`.
const INTERFACE_PCI: u32 = 5;
/// What `Interrupt::version` is where no driver has connected it, but the port driver.
pub(crate) const OF_PORT_DRIVER: u32 = 0;

impl<A: Holds<VideoFrame>> PortDriver<'_, A> {
    pub(super) fn find_adapter(
        &mut self,
        guest: &mut Guest,
        status: u32,
    ) -> Result<Flow<A>, Failure> {
        if status != 0 {
            return Err(failed(format!(
                "DriverEntry returned the status {status:#010x}"
            )));
        }
        if self.video_port.miniport.is_none() {
            return Err(failed("DriverEntry has not called VideoPortInitialize"));
        }
        let miniport = self.miniport();
        let size = u64::from(miniport.extension_size).max(8);
        let extension = self.kernel.kernel_allocate(guest, size)?;
        guest.write(extension, &vec![0; size as usize])?;
        let config = self.kernel.kernel_allocate(guest, config::SIZE)?;
        guest.write(config, &[0; config::SIZE as usize])?;
        guest.write_u32(config, config::SIZE as u32)?;
        guest.write_u32(config + config::INTERFACE, INTERFACE_PCI)?;
        if self.kernel.device.interrupts().line {
            // Bus-relative both (ns-video-_video_port_config_info): what the system makes of them, the IRQL and the vector
            // of its own, no miniport is told.
            let (level, vector) = BUS_INTERRUPT;
            let latched = self.kernel.config.interrupt == InterruptResource::Message;
            guest.write_u32(config + config::LEVEL, level)?;
            guest.write_u32(config + config::VECTOR, vector)?;
            guest.write_u32(config + config::MODE, u32::from(latched))?;
        }
        let again = self.kernel.kernel_allocate(guest, 8)?;
        let adapter = &mut self.video_port.adapter;
        adapter.extension = extension;
        adapter.config = config;
        self.video_port.phase = Phase::Finding;
        let arguments = vec![extension, 0, 0, config, again];
        Ok(call(
            "HwVidFindAdapter",
            miniport.find_adapter,
            arguments,
            Step::Find,
        ))
    }

    /// Connects the interrupt, unless the miniport has no routine or level and vector are both 0.
    pub(super) fn connect_video_interrupt(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        let config = self.video_port.adapter.config;
        let (level, vector) = (
            guest.read_u32(config + config::LEVEL)?,
            guest.read_u32(config + config::VECTOR)?,
        );
        let routine = self.miniport().interrupt;
        if routine == 0 || (level == 0 && vector == 0) {
            self.kernel.note("no interrupt is connected");
            return Ok(());
        }
        if (level, vector) != BUS_INTERRUPT {
            let (bus_level, bus_vector) = BUS_INTERRUPT;
            return Err(failed(format!(
                "HwVidFindAdapter asks for an interrupt of level {level} and vector {vector:#x}, which is not the adapter's: the bus has level {bus_level} and vector {bus_vector:#x}"
            )));
        }
        let device = self.kernel.interrupts.of_device();
        let (affinity, irql, vector) = (device.affinity, device.irql, device.number);
        let object = self.kernel.new_object();
        self.kernel.interrupts.connect(Interrupt {
            object,
            vector,
            version: OF_PORT_DRIVER,
            affinity,
            synchronize_irql: irql,
            lock: object,
            routine,
            context: self.video_port.adapter.extension,
            names_itself: false,
            message: None,
            active: true,
        });
        self.video_port.adapter.interrupt = Some(object);
        if self.kernel.policy.interrupt_in_connect {
            // A line may be shared, and the other device interrupts when it likes.
            self.kernel.raise_neighbour();
        }
        Ok(())
    }

    /// Calls `HwVidGetVideoChildDescriptor`: first for the adapter itself, then for its children.
    pub(super) fn ask_for_child(
        &mut self,
        guest: &mut Guest,
        asked: u32,
    ) -> Result<Flow<A>, Failure> {
        let child = self.miniport().child;
        if child == 0 {
            return self.resume_video_start(guest, Step::Children(CHILDREN_MAX), 0);
        }
        let index = match asked {
            0 => DISPLAY_ADAPTER as u32,
            number => number - 1,
        };
        let info = self.kernel.kernel_allocate(guest, 24)?;
        guest.write(info, &[0; 24])?;
        guest.write_u32(info, 24)?;
        guest.write_u32(info + 4, 256)?;
        guest.write_u32(info + 8, index)?;
        let descriptor = self.kernel.kernel_allocate(guest, 256)?;
        let (kind, id, unused) = (
            self.kernel.kernel_allocate(guest, 8)?,
            self.kernel.kernel_allocate(guest, 8)?,
            self.kernel.kernel_allocate(guest, 8)?,
        );
        let arguments = vec![
            self.video_port.adapter.extension,
            info,
            kind,
            descriptor,
            id,
            unused,
        ];
        Ok(call(
            "HwVidGetVideoChildDescriptor",
            child,
            arguments,
            Step::Children(asked + 1),
        ))
    }
}
