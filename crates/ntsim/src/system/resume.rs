//! Going on with what was left: by the floor whose frame it is.

use nt_model::Failure;

use crate::{
    guest::Guest,
    system::{Flow, Frame, System, frames::Above},
};

impl System {
    /// Goes on with the innermost frame of the live activation.
    pub(super) fn resume(&mut self, guest: &mut Guest, value: u64) -> Result<Flow, Failure> {
        match self.kernel.pop_frame(guest)? {
            Frame::Above(Above::Wdf(frame)) => self.framework().resume_wdf(guest, frame, value),
            Frame::Above(Above::Etw(frame)) => Ok(self.tracing().resume_etw(frame)),
            Frame::Above(Above::Whea(frame)) => {
                self.hardware_errors().resume_whea(guest, frame, value)
            }
            Frame::Above(Above::VideoPort(frame)) => {
                self.port_driver().resume_video_port(guest, frame, value)
            }
            Frame::Isr(frame) => {
                let flow = self.kernel.resume_isr(guest, frame, value)?;
                if matches!(flow, Flow::Call { .. }) {
                    self.port_driver().video_service_begins();
                }
                Ok(flow)
            }
            Frame::Dpc(frame) => self.kernel.resume_dpc(guest, frame),
            Frame::Synchronize(frame) => self.kernel.resume_synchronize(guest, frame, value),
            Frame::Connect(frame) => self.kernel.resume_connect(guest, &frame),
            Frame::CallThread { routine, context } => Ok(Flow::Call {
                what: "system thread",
                target: routine,
                arguments: vec![context],
                frame: Frame::ThreadStart,
            }),
            Frame::ReturnAfter(result) => Ok(Flow::Return(result)),
            Frame::ThreadStart => Ok(Flow::Finish),
        }
    }
}
