//! A low-level hardware error handler: from an error to a cleared status.
//!
//! The handler fills an error packet and has the plug-in retrieve what it knows; the kernel makes a record
//! of it and has it finalized; an error that can be recovered from is, and is kept; then the status is
//! cleared. A fatal error is kept, and the machine stops. In which of these the handler's lock is held is a policy; a handler that no IRQL masks has none.

use nt_model::{Failure, Severity, Status};

use crate::{
    guest::Guest,
    kernel::{
        race::Edge,
        state::{
            activation::Flow,
            frame::{Frame, Holds},
            spin_lock::Attempt,
        },
    },
    whea::{
        HardwareErrors,
        state::{
            frame::{HandlerFrame, Step, WheaFrame},
            plugin::Callback,
            source::Source,
        },
    },
};

/// Bytes of the packet that a handler gives to the plug-in: the header, and room behind it.
const PACKET_SIZE: u64 = 256;
/// Bytes of the header.
const PACKET_HEADER: u32 = 80;
/// Bytes of the record: its header and nothing else.
const RECORD_SIZE: u64 = 128;

impl<A: Holds<WheaFrame>> HardwareErrors<'_, A> {
    /// The severity of the errors that wait at a source.
    pub(crate) fn severity_of(&self, source: usize) -> Severity {
        self.whea.sources[source].severity
    }

    /// Goes on with the handling of an error.
    pub(crate) fn resume_handler(
        &mut self,
        guest: &mut Guest,
        mut frame: HandlerFrame,
        value: u64,
    ) -> Result<Flow<A>, Failure> {
        if core::mem::take(&mut frame.called) {
            self.note_answer(&mut frame, value);
            frame.next = frame.next.after(frame.severity);
        }
        loop {
            if self.fit_lock(guest, &mut frame)? == Attempt::Busy {
                let lock = self.whea.sources[frame.source].lock;
                return Ok(Flow::Spin {
                    lock,
                    frame: Frame::above(WheaFrame::Handler(frame)),
                });
            }
            match frame.next {
                Step::End => return self.end_of_error(&frame),
                Step::Stop => return Err(self.stop_for(guest, &frame)?),
                _ => {}
            }
            if let Some(flow) = self.call_step(guest, &mut frame)? {
                return Ok(flow);
            }
            // No plug-in takes part: PSHED does it by itself.
            frame.next = frame.next.after(frame.severity);
        }
    }

    /// Holds the handler's lock, or not, as the policy has it for the next step.
    fn fit_lock(
        &mut self,
        guest: &mut Guest,
        frame: &mut HandlerFrame,
    ) -> Result<Attempt, Failure> {
        let source = &self.whea.sources[frame.source];
        let (lock, maskable) = (source.lock, source.kind.is_maskable());
        let wanted = maskable
            && match frame.next {
                Step::Retrieve => self.kernel.policy.lock_held_in_retrieval,
                Step::Finalize | Step::Recover | Step::Write | Step::Clear => {
                    self.kernel.policy.lock_held_in_record
                }
                Step::End | Step::Stop => false,
            };
        if wanted && !frame.locked {
            if self.kernel.try_lock(guest, lock)? == Attempt::Busy {
                return Ok(Attempt::Busy);
            }
            frame.locked = true;
        } else if frame.locked && !wanted {
            self.kernel.unlock(guest, lock)?;
            frame.locked = false;
        }
        Ok(Attempt::Acquired)
    }

    /// Calls the plug-in for the next step, if one takes part.
    fn call_step(
        &mut self,
        guest: &mut Guest,
        frame: &mut HandlerFrame,
    ) -> Result<Option<Flow<A>>, Failure> {
        let callback = match frame.next {
            Step::Retrieve => Callback::Retrieve,
            Step::Finalize => Callback::Finalize,
            Step::Recover => Callback::AttemptRecovery,
            Step::Write => Callback::Write,
            Step::Clear | Step::End | Step::Stop => Callback::ClearStatus,
        };
        let Some((target, context)) = self.plugin_callback(callback) else {
            return Ok(None);
        };
        self.kernel.acquires(Edge::IsrBegin(context));
        let packet = self.error_buffers(guest, frame.source)?;
        let record = packet + PACKET_SIZE;
        let descriptor = self.whea.sources[frame.source].descriptor;
        let arguments = match frame.next {
            Step::Retrieve => {
                self.fill_packet(guest, frame, packet)?;
                vec![context, descriptor, PACKET_SIZE, packet]
            }
            step => {
                self.fill_record(guest, frame, record)?;
                match step {
                    Step::Recover => vec![context, RECORD_SIZE, record],
                    Step::Write => vec![context, 0, RECORD_SIZE, record],
                    _ => vec![context, descriptor, RECORD_SIZE, record],
                }
            }
        };
        frame.called = true;
        Ok(Some(Flow::Call {
            what: callback.name(),
            target,
            arguments,
            frame: Frame::above(WheaFrame::Handler(frame.clone())),
        }))
    }

    /// The buffers of the source's handler on the current processor.
    fn error_buffers(&mut self, guest: &mut Guest, source: usize) -> Result<u64, Failure> {
        let cpu = self.kernel.cpu_index();
        if let Some(buffers) = self.whea.sources[source].buffers[cpu] {
            return Ok(buffers);
        }
        let buffers = self
            .kernel
            .kernel_allocate(guest, PACKET_SIZE + RECORD_SIZE)?;
        self.whea.sources[source].buffers[cpu] = Some(buffers);
        Ok(buffers)
    }

    fn fill_packet(
        &self,
        guest: &mut Guest,
        frame: &HandlerFrame,
        packet: u64,
    ) -> Result<(), Failure> {
        guest.write(packet, &[0; PACKET_SIZE as usize])?;
        guest.write(packet, b"WHEA")?;
        let source = &self.whea.sources[frame.source];
        let kind = guest.read_u32(source.descriptor + 8)?;
        for (offset, word) in [
            (4, 3),
            (8, PACKET_SIZE as u32),
            (20, severity(frame.severity)),
            (24, source.id),
            (28, kind),
            (72, PACKET_HEADER),
        ] {
            guest.write_u32(packet + offset, word)?;
        }
        Ok(())
    }

    fn fill_record(
        &self,
        guest: &mut Guest,
        frame: &HandlerFrame,
        record: u64,
    ) -> Result<(), Failure> {
        guest.write(record, &[0; RECORD_SIZE as usize])?;
        guest.write(record, b"CPER")?;
        guest.write(record + 4, &[0x10, 2, 0xFF, 0xFF, 0xFF, 0xFF])?;
        guest.write_u32(record + 12, severity(frame.severity))?;
        guest.write_u32(record + 20, RECORD_SIZE as u32)?;
        let number = self.whea.sources[frame.source].report.handled + 1;
        guest.write_u64(record + 96, number)
    }

    /// Notes what the plug-in answered.
    fn note_answer(&mut self, frame: &mut HandlerFrame, value: u64) {
        if frame.next == Step::Write {
            frame.written = Some(value as u32);
        }
        if matches!(frame.next, Step::Retrieve | Step::Finalize | Step::Clear) {
            note_service(
                &mut self.whea.sources[frame.source],
                Status::of_register(value),
            );
        }
    }

    /// Stops the machine for the error.
    fn stop_for(&mut self, guest: &mut Guest, frame: &HandlerFrame) -> Result<Failure, Failure> {
        let record = self.error_buffers(guest, frame.source)? + PACKET_SIZE;
        // Where no plug-in keeps records, none was filled for it.
        self.fill_record(guest, frame, record)?;
        let descriptor = self.whea.sources[frame.source].descriptor;
        let kind = guest.read_u32(descriptor + 8)?;
        Ok(self.uncorrectable(guest, kind, record, RECORD_SIZE as usize, frame.written))
    }

    /// The status is clear: the next error may come.
    fn end_of_error(&mut self, frame: &HandlerFrame) -> Result<Flow<A>, Failure> {
        let cpu = self.kernel.cpu_index();
        let source = &mut self.whea.sources[frame.source];
        source.active &= !(1 << cpu);
        source.report.handled += 1;
        self.postpone_error(frame.source);
        self.kernel.attention = true;
        Ok(Flow::Finish)
    }
}

/// Counts who has served a source, by the plug-in's answer.
pub(super) fn note_service(source: &mut Source, status: Status) {
    if status.is_success() {
        source.report.served_by_plugin += 1;
    } else {
        source.report.served_by_pshed += 1;
    }
}

/// `ErrorSeverity`.
const fn severity(severity: Severity) -> u32 {
    match severity {
        Severity::Recoverable => 0,
        Severity::Fatal => 1,
        Severity::Corrected => 2,
    }
}
