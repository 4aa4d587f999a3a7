//! Taking requests out of a queue by the driver's own hand.

use crate::{
    Failure, Rule, Status,
    activation::Flow,
    guest::Guest,
    race::Edge,
    sim::Sim,
    wdf::{object::Kind, request::State},
};

/// `STATUS_WDF_PAUSED`: the queue does not give requests out.
const WDF_PAUSED: u64 = 0xC020_0203;

impl Sim {
    /// `WdfIoQueueFindRequest`: looks, and references what it finds.
    pub(crate) fn wdf_io_queue_find_request(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let queue = self.wdf_handle(guest, 1, Kind::Queue)?;
        let (previous, file) = (guest.argument(2)?, guest.argument(3)?);
        let (parameters, out) = (guest.argument(4)?, guest.argument(5)?);
        if file != 0 || parameters != 0 {
            return Err(Failure::not_modelled(
                "WdfIoQueueFindRequest with a file object or parameters",
            ));
        }
        let waiting = &self.wdf.queues[&queue].waiting;
        let found = if previous == 0 {
            waiting.front()
        } else {
            let Some(place) = waiting.iter().position(|request| *request == previous) else {
                return Ok(Flow::status(Status::NOT_FOUND));
            };
            waiting.get(place + 1)
        };
        let Some(found) = found.copied() else {
            return Ok(Flow::status(Status::NO_MORE_ENTRIES));
        };
        self.wdf
            .objects
            .get_mut(&found)
            .expect("a queued request is an object")
            .references += 1;
        self.acquires(Edge::Request(found));
        guest.write_u64(out, found)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    fn hand_out(
        &mut self,
        guest: &mut Guest,
        queue: u64,
        request: u64,
        out: u64,
    ) -> Result<Flow, Failure> {
        self.wdf
            .queues
            .get_mut(&queue)
            .expect("still there")
            .waiting
            .retain(|waiting| *waiting != request);
        self.wdf
            .requests
            .get_mut(&request)
            .expect("a queued request exists")
            .state = State::Owned(queue);
        self.acquires(Edge::Request(request));
        guest.write_u64(out, request)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfIoQueueRetrieveFoundRequest`.
    pub(crate) fn wdf_io_queue_retrieve_found_request(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let queue = self.wdf_handle(guest, 1, Kind::Queue)?;
        let (found, out) = (guest.argument(2)?, guest.argument(3)?);
        if !self.wdf.objects.contains_key(&found) {
            return Err(Failure::new(
                Rule::BadHandle,
                format!("{found:#x} is retrieved and was not found before"),
            ));
        }
        if !self.gives(queue) {
            return Ok(Flow::Return(WDF_PAUSED));
        }
        if !self.wdf.queues[&queue].waiting.contains(&found) {
            return Ok(Flow::status(Status::NOT_FOUND));
        }
        self.hand_out(guest, queue, found, out)
    }

    /// `WdfIoQueueRetrieveNextRequest`.
    pub(crate) fn wdf_io_queue_retrieve_next_request(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let queue = self.wdf_handle(guest, 1, Kind::Queue)?;
        let out = guest.argument(2)?;
        if !self.gives(queue) {
            return Ok(Flow::Return(WDF_PAUSED));
        }
        match self.wdf.queues[&queue].waiting.front().copied() {
            Some(request) => self.hand_out(guest, queue, request, out),
            None => Ok(Flow::status(Status::NO_MORE_ENTRIES)),
        }
    }
}
