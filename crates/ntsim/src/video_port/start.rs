//! From the load of a miniport to its adapter at work, and back: one call of the miniport after the other.

use crate::{
    activation::{Flow, Frame},
    config::InterruptResource,
    failure::{Failure, rule},
    guest::Guest,
    kernel::interrupt::Interrupt,
    layout,
    sim::Sim,
};

use super::{VideoFrame, adapter::config};

/// Where the adapter stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    #[default]
    NotLoaded,
    /// `DriverEntry` runs.
    Entry,
    /// `HwVidFindAdapter` runs.
    Finding,
    /// The adapter was found; its children are asked for, and it is initialised.
    Found,
    Started,
    Removed,
}

/// What a transition has just called.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Load,
    Entry,
    Find,
    /// `HwVidGetVideoChildDescriptor` was called for this many children.
    Children(u32),
    Initialize,
    BeginRemove,
    PowerOff,
}

/// `PCIBus`.
const INTERFACE_PCI: u32 = 5;
/// `DISPLAY_ADAPTER_HW_ID`.
const DISPLAY_ADAPTER: u64 = 0xFFFF_FFFF;
/// `VIDEO_ENUM_MORE_DEVICES` and `VIDEO_ENUM_INVALID_DEVICE`: the miniport is to be asked again.
const ASK_AGAIN: [u32; 2] = [1246, 123];
/// How many children a miniport may have here.
const CHILDREN_MAX: u32 = 16;
/// `VideoPowerOff`.
const POWER_OFF: u32 = 4;
/// What `Interrupt::version` is where no driver has connected it, but the port driver.
pub(crate) const OF_PORT_DRIVER: u32 = 0;

impl super::VideoPort {
    /// Whether `DriverEntry` runs.
    pub(super) fn in_driver_entry(&self) -> bool {
        self.phase == Phase::Entry
    }

    /// Whether `HwVidFindAdapter` runs.
    pub(super) fn in_find_adapter(&self) -> bool {
        self.phase == Phase::Finding
    }

    /// Whether requests may be submitted.
    pub(crate) fn is_started(&self) -> bool {
        self.phase == Phase::Started
    }

    /// Whether the adapter is gone in good order.
    pub(crate) fn is_removed(&self) -> bool {
        self.phase == Phase::Removed
    }
}

fn failed(what: impl Into<String>) -> Failure {
    Failure::new(rule::START_FAILED, what)
}

fn call(what: &'static str, target: u64, arguments: Vec<u64>, step: Step) -> Flow {
    Flow::Call {
        what,
        target,
        arguments,
        frame: Frame::VideoPort(VideoFrame::Start(step)),
    }
}

impl Sim {
    /// Begins to load the miniport and to start its adapter.
    pub(crate) fn begin_video_start(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        let frame = Frame::VideoPort(VideoFrame::Start(Step::Load));
        self.spawn(guest, "video port start", frame).map(drop)
    }

    /// Begins to remove the adapter.
    pub(crate) fn begin_video_remove(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        let frame = Frame::VideoPort(VideoFrame::Start(Step::BeginRemove));
        self.spawn(guest, "video port remove", frame).map(drop)
    }

    /// Goes on with a transition.
    pub(super) fn resume_video_start(
        &mut self,
        guest: &mut Guest,
        step: Step,
        value: u64,
    ) -> Result<Flow, Failure> {
        let extension = self.video_port.adapter.extension;
        match step {
            Step::Load => {
                let entry = layout::IMAGE_BASE + u64::from(self.image.entry());
                self.make_driver_object(guest, entry)?;
                self.video_port.phase = Phase::Entry;
                self.power_registers(true);
                let arguments = vec![self.wdf.driver.object, self.wdf.driver.registry_path];
                Ok(call("DriverEntry", entry, arguments, Step::Entry))
            }
            Step::Entry => self.find_adapter(guest, value as u32),
            Step::Find => {
                if value as u32 != 0 {
                    return Err(failed(format!(
                        "HwVidFindAdapter returned the VP_STATUS {}",
                        value as u32
                    )));
                }
                self.video_port.phase = Phase::Found;
                self.connect_video_interrupt(guest)?;
                self.ask_for_child(guest, 0)
            }
            Step::Children(asked) => {
                if ASK_AGAIN.contains(&(value as u32)) && asked < CHILDREN_MAX {
                    return self.ask_for_child(guest, asked);
                }
                let initialize = self.miniport().initialize;
                Ok(call(
                    "HwVidInitialize",
                    initialize,
                    vec![extension],
                    Step::Initialize,
                ))
            }
            Step::Initialize => {
                if value as u8 == 0 {
                    return Err(failed("HwVidInitialize returned FALSE"));
                }
                self.video_port.phase = Phase::Started;
                Ok(Flow::Finish)
            }
            Step::BeginRemove => match self.miniport().set_power {
                0 => self.resume_video_start(guest, Step::PowerOff, 0),
                set_power => {
                    let management = self.kernel_allocate(guest, 16)?;
                    guest.write_u32(management, 12)?;
                    guest.write_u32(management + 4, 1)?;
                    guest.write_u32(management + 8, POWER_OFF)?;
                    let arguments = vec![extension, DISPLAY_ADAPTER, management];
                    Ok(call(
                        "HwVidSetPowerState",
                        set_power,
                        arguments,
                        Step::PowerOff,
                    ))
                }
            },
            Step::PowerOff => {
                if value as u32 != 0 {
                    return Err(Failure::new(
                        rule::BAD_ARGUMENT,
                        format!(
                            "HwVidSetPowerState returned the VP_STATUS {}; it always returns NO_ERROR",
                            value as u32
                        ),
                    ));
                }
                if let Some(interrupt) = self.video_port.adapter.interrupt.take() {
                    self.kernel.interrupts.disconnect(interrupt);
                }
                self.video_port.adapter.windows.clear();
                self.power_registers(false);
                self.video_port.phase = Phase::Removed;
                Ok(Flow::Finish)
            }
        }
    }

    /// The miniport.
    ///
    /// # Panics
    ///
    /// Before `VideoPortInitialize` has taken it; no step comes to that.
    pub(super) fn miniport(&self) -> super::initialize::Miniport {
        self.video_port
            .miniport
            .expect("the miniport was initialised")
    }

    fn find_adapter(&mut self, guest: &mut Guest, status: u32) -> Result<Flow, Failure> {
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
        let extension = self.kernel_allocate(guest, size)?;
        guest.write(extension, &vec![0; size as usize])?;
        let config = self.kernel_allocate(guest, config::SIZE)?;
        guest.write(config, &[0; config::SIZE as usize])?;
        guest.write_u32(config, config::SIZE as u32)?;
        guest.write_u32(config + config::INTERFACE, INTERFACE_PCI)?;
        if self.device.interrupts().line {
            let vector = self.kernel.interrupts.of_device();
            let (level, number) = (u32::from(vector.irql), vector.number);
            let latched = self.config.interrupt == InterruptResource::Message;
            guest.write_u32(config + config::LEVEL, level)?;
            guest.write_u32(config + config::VECTOR, number)?;
            guest.write_u32(config + config::MODE, u32::from(latched))?;
        }
        let again = self.kernel_allocate(guest, 8)?;
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
    fn connect_video_interrupt(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        let config = self.video_port.adapter.config;
        let (level, vector) = (
            guest.read_u32(config + config::LEVEL)?,
            guest.read_u32(config + config::VECTOR)?,
        );
        let routine = self.miniport().interrupt;
        if routine == 0 || (level == 0 && vector == 0) {
            self.note("no interrupt is connected");
            return Ok(());
        }
        let device = self.kernel.interrupts.of_device();
        if level != u32::from(device.irql) || vector != device.number {
            return Err(failed(format!(
                "HwVidFindAdapter asks for an interrupt of level {level} and vector {vector:#x}, which is not the adapter's"
            )));
        }
        let (affinity, irql) = (device.affinity, device.irql);
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
            message: None,
            active: true,
        });
        self.video_port.adapter.interrupt = Some(object);
        if self.policy.interrupt_in_connect {
            // A line may be shared, and the other device interrupts when it likes.
            self.raise_neighbour();
        }
        Ok(())
    }

    /// Calls `HwVidGetVideoChildDescriptor`: first for the adapter itself, then for its children.
    fn ask_for_child(&mut self, guest: &mut Guest, asked: u32) -> Result<Flow, Failure> {
        let child = self.miniport().child;
        if child == 0 {
            return self.resume_video_start(guest, Step::Children(CHILDREN_MAX), 0);
        }
        let index = match asked {
            0 => DISPLAY_ADAPTER as u32,
            number => number - 1,
        };
        let info = self.kernel_allocate(guest, 24)?;
        guest.write(info, &[0; 24])?;
        guest.write_u32(info, 24)?;
        guest.write_u32(info + 4, 256)?;
        guest.write_u32(info + 8, index)?;
        let descriptor = self.kernel_allocate(guest, 256)?;
        let (kind, id, unused) = (
            self.kernel_allocate(guest, 8)?,
            self.kernel_allocate(guest, 8)?,
            self.kernel_allocate(guest, 8)?,
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
