//! Requests: from the display driver's `EngDeviceIoControl` to `HwVidStartIO`, one at a time
//! (nc-video-pvideo_hw_start_io).

use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::state::{
        activation::Flow,
        frame::{Frame, Holds},
    },
    video_port::{
        PortDriver,
        state::{
            frame::VideoFrame,
            request::{Packet, Step, VideoCompletion, VideoRequestId, Waiting},
        },
    },
};

/// What a status block holds before the miniport writes it.
const UNWRITTEN: u64 = 0xCDCD_CDCD_CDCD_CDCD;

impl super::VideoPort {
    /// The completion of a request, once.
    pub(crate) fn take_completed(&mut self, request: VideoRequestId) -> Option<VideoCompletion> {
        self.requests.done.remove(&request.0)
    }

    /// How many requests there were.
    pub(crate) fn request_count(&self) -> u32 {
        self.requests.last
    }
}

impl<A: Holds<VideoFrame>> PortDriver<'_, A> {
    /// The port driver takes a request.
    pub(crate) fn submit_video_request(
        &mut self,
        guest: &mut Guest,
        code: u32,
        input: &[u8],
        output_length: u32,
    ) -> Result<VideoRequestId, Failure> {
        let requests = &mut self.video_port.requests;
        requests.last += 1;
        let number = requests.last;
        requests.waiting.push_back(Waiting {
            number,
            code,
            input: input.to_vec(),
            output_length,
        });
        self.kernel.note(format!(
            "video request {number}: code {code:#010x}, {} bytes in, {output_length} out",
            input.len()
        ));
        self.begin_next_request(guest)?;
        Ok(VideoRequestId(number))
    }

    /// Hands the oldest request to the miniport, if that has none.
    fn begin_next_request(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        let requests = &mut self.video_port.requests;
        if requests.busy || requests.waiting.is_empty() {
            return Ok(());
        }
        requests.busy = true;
        let frame = Frame::above(VideoFrame::Request(Step::Begin));
        self.kernel.spawn(guest, "video request", frame).map(drop)
    }

    /// Goes on with a request.
    pub(super) fn resume_video_request(
        &mut self,
        guest: &mut Guest,
        step: Step,
        value: u64,
    ) -> Result<Flow<A>, Failure> {
        match step {
            Step::Begin => self.call_start_io(guest),
            Step::StartIo(packet) => {
                self.complete_video_request(guest, packet, value)?;
                self.video_port.requests.busy = false;
                self.begin_next_request(guest)?;
                Ok(Flow::Finish)
            }
        }
    }

    fn call_start_io(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let request = self
            .video_port
            .requests
            .waiting
            .pop_front()
            .expect("a thread of a request has one");
        let input_length = request.input.len() as u32;
        let length = u64::from(input_length.max(request.output_length));
        // One buffer for both, as for METHOD_BUFFERED; none where there is neither.
        let buffer = match length {
            0 => 0,
            length => self.kernel.kernel_allocate(guest, length)?,
        };
        if buffer != 0 {
            let input = request.input.len();
            self.kernel.outputs.add(buffer, input, length as usize);
            let room = vec![self.kernel.uninitialized_pool(); length as usize];
            guest.write(buffer, &room)?;
            guest.write(buffer, &request.input)?;
        }
        let status = self.kernel.kernel_allocate(guest, 16)?;
        guest.write_u64(status, UNWRITTEN)?;
        guest.write_u64(status + 8, UNWRITTEN)?;
        let packet = self.kernel.kernel_allocate(guest, 48)?;
        guest.write(packet, &[0; 48])?;
        guest.write_u32(packet, request.code)?;
        guest.write_u64(packet + 8, status)?;
        guest.write_u64(packet + 16, if input_length == 0 { 0 } else { buffer })?;
        guest.write_u32(packet + 24, input_length)?;
        let output = if request.output_length == 0 {
            0
        } else {
            buffer
        };
        guest.write_u64(packet + 32, output)?;
        guest.write_u32(packet + 40, request.output_length)?;
        Ok(Flow::Call {
            what: "HwVidStartIO",
            target: self.miniport().start_io,
            arguments: vec![self.video_port.adapter.extension, packet],
            frame: Frame::above(VideoFrame::Request(Step::StartIo(Packet {
                number: request.number,
                address: packet,
                status,
                buffer,
                output_length: request.output_length,
            }))),
        })
    }

    fn complete_video_request(
        &mut self,
        guest: &mut Guest,
        packet: Packet,
        returned: u64,
    ) -> Result<(), Failure> {
        let misuse = |what: String| {
            let place = self.kernel.locate_function(self.miniport().start_io);
            Err(Failure::new(Rule::RequestMisuse, what).at(place))
        };
        if returned & 0xFF != 1 {
            return misuse(format!(
                "HwVidStartIO returned {}; it must return TRUE",
                returned & 0xFF
            ));
        }
        let (status, information) = (
            // Of the union with a pointer, a VP_STATUS is the lower half.
            guest.read_u32(packet.status)?,
            guest.read_u64(packet.status + 8)?,
        );
        if status == UNWRITTEN as u32 || information == UNWRITTEN {
            return misuse(
                "HwVidStartIO returned and has not written the status of the request".to_owned(),
            );
        }
        if information > u64::from(packet.output_length) {
            return misuse(format!(
                "HwVidStartIO says that it returned {information} bytes, and there was room for {}",
                packet.output_length
            ));
        }
        self.check_video_output(&packet, information as usize)?;
        let output = match information {
            0 => Vec::new(),
            length => guest.read_vec(packet.buffer, length as usize)?,
        };
        if let Err(failure) = self.kernel.watch_output(packet.number, &output) {
            let place = self.kernel.locate_function(self.miniport().start_io);
            return Err(failure.at(place));
        }
        self.kernel.outputs.remove(packet.buffer);
        for memory in [packet.address, packet.status, packet.buffer] {
            if memory != 0 {
                self.kernel.kernel_free(guest, memory)?;
            }
        }
        let completion = VideoCompletion {
            status: status.cast_signed(),
            output,
        };
        self.kernel.note(format!(
            "video request {} is complete: VP_STATUS {}, {information} bytes",
            packet.number, completion.status
        ));
        self.video_port
            .requests
            .done
            .insert(packet.number, completion);
        Ok(())
    }

    /// Checks that each byte of output was written: what was not is whatever the pool held.
    fn check_video_output(&mut self, packet: &Packet, length: usize) -> Result<(), Failure> {
        let Some(byte) = self.kernel.outputs.first_unwritten(packet.buffer, length) else {
            return Ok(());
        };
        let place = self.kernel.locate_function(self.miniport().start_io);
        let failure = Failure::new(
            Rule::OutputUnwritten,
            format!(
                "video request {} was completed with {length} bytes of output, and nothing has written byte {byte}: on Windows it is what the pool held before",
                packet.number
            ),
        );
        self.kernel.unless_off(failure.at(place))
    }
}
