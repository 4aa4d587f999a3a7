//! From the load of a miniport to its adapter at work, and back: one call of the miniport after the other.

use nt_model::{Failure, Rule};

use crate::{
    guest::{Guest, layout},
    kernel::state::{
        activation::Flow,
        frame::{Frame, Holds},
    },
    video_port::{
        PortDriver,
        state::{
            frame::VideoFrame,
            miniport::Miniport,
            start::{Phase, Step},
        },
    },
};

/// `DISPLAY_ADAPTER_HW_ID`.
pub(super) const DISPLAY_ADAPTER: u64 = 0xFFFF_FFFF;
/// `VIDEO_ENUM_MORE_DEVICES` and `VIDEO_ENUM_INVALID_DEVICE`: the miniport is to be asked again.
const ASK_AGAIN: [u32; 2] = [1246, 123];
/// How many children a miniport may have here.
pub(super) const CHILDREN_MAX: u32 = 16;
/// `VideoPowerOff`.
const POWER_OFF: u32 = 4;

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

pub(super) fn failed(what: impl Into<String>) -> Failure {
    Failure::new(Rule::StartFailed, what)
}

pub(super) fn call<A: Holds<VideoFrame>>(
    what: &'static str,
    target: u64,
    arguments: Vec<u64>,
    step: Step,
) -> Flow<A> {
    Flow::Call {
        what,
        target,
        arguments,
        frame: Frame::above(VideoFrame::Start(step)),
    }
}

impl<A: Holds<VideoFrame>> PortDriver<'_, A> {
    /// Begins to load the miniport and to start its adapter.
    pub(crate) fn begin_video_start(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        let frame = Frame::above(VideoFrame::Start(Step::Load));
        self.kernel
            .spawn(guest, "video port start", frame)
            .map(drop)
    }

    /// Begins to remove the adapter.
    pub(crate) fn begin_video_remove(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        let frame = Frame::above(VideoFrame::Start(Step::BeginRemove));
        self.kernel
            .spawn(guest, "video port remove", frame)
            .map(drop)
    }

    /// Goes on with a transition; a start that fails is over.
    pub(super) fn go_on_starting(
        &mut self,
        guest: &mut Guest,
        step: Step,
        value: u64,
    ) -> Result<Flow<A>, Failure> {
        match self.resume_video_start(guest, step, value) {
            Err(failure) if failure.cause == Rule::StartFailed => {
                self.kernel.power_registers(false);
                self.video_port.start_failure = Some(failure);
                Ok(Flow::Finish)
            }
            flow => flow,
        }
    }

    /// Goes on with a transition.
    pub(super) fn resume_video_start(
        &mut self,
        guest: &mut Guest,
        step: Step,
        value: u64,
    ) -> Result<Flow<A>, Failure> {
        let extension = self.video_port.adapter.extension;
        match step {
            Step::Load => {
                let entry = layout::IMAGE_BASE + u64::from(self.kernel.image.entry());
                self.kernel.make_driver_object(guest, entry)?;
                self.video_port.phase = Phase::Entry;
                self.kernel.power_registers(true);
                let arguments = self.kernel.driver_object.entry_arguments();
                Ok(call("DriverEntry", entry, arguments, Step::Entry))
            }
            Step::Entry => self.find_adapter(guest, value as u32),
            Step::Find => {
                if value as i32 != 0 {
                    return Err(failed(format!(
                        "HwVidFindAdapter returned the VP_STATUS {}",
                        value as i32
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
                    let management = self.kernel.kernel_allocate(guest, 16)?;
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
                if value as i32 != 0 {
                    return Err(Failure::new(
                        Rule::BadArgument,
                        format!(
                            "HwVidSetPowerState returned the VP_STATUS {}; it always returns NO_ERROR",
                            value as i32
                        ),
                    ));
                }
                if let Some(interrupt) = self.video_port.adapter.interrupt.take() {
                    self.kernel.interrupts.disconnect(interrupt);
                }
                self.video_port.adapter.windows.clear();
                self.kernel.power_registers(false);
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
    pub(super) fn miniport(&self) -> Miniport {
        self.video_port
            .miniport
            .expect("the miniport was initialised")
    }
}
