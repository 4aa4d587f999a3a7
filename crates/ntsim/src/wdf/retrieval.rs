//! Taking requests out of a queue by the driver's own hand (`FxIoQueue::GetRequest`, `FxIoQueue::PeekRequest`).

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::{
        race::Edge,
        state::{activation::Flow, frame::Holds},
    },
    wdf::{
        Framework,
        state::{
            frame::WdfFrame, object::Kind, queue::DispatchType, queue_power::QueuePower,
            request::State,
        },
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfIoQueueFindRequest`: looks, and references what it finds.
    pub(crate) fn wdf_io_queue_find_request(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let queue = self.wdf_handle(guest, 1, Kind::Queue)?;
        let (previous, file) = (guest.argument(2)?, guest.argument(3)?);
        let (parameters, out) = (guest.argument(4)?, guest.argument(5)?);
        if parameters != 0 {
            return Err(Failure::not_modelled(
                "WdfIoQueueFindRequest with parameters",
            ));
        }
        let file = self.file_argument(file)?;
        if self.wdf.queues[&queue].dispatch != DispatchType::Manual {
            self.verifier_breaks("WdfIoQueueFindRequest", "on a manual queue")?;
            return Ok(Flow::status(Status::INVALID_DEVICE_REQUEST));
        }
        let waiting = &self.wdf.queues[&queue].waiting;
        let first = if previous == 0 {
            0
        } else {
            match waiting.iter().position(|request| *request == previous) {
                Some(place) => place + 1,
                None => return Ok(Flow::status(Status::NOT_FOUND)),
            }
        };
        let fits =
            |request: &&u64| file.is_none_or(|file| self.wdf.requests[*request].file == file);
        let Some(found) = waiting.iter().skip(first).find(fits).copied() else {
            return Ok(Flow::status(Status::NO_MORE_ENTRIES));
        };
        self.wdf
            .objects
            .get_mut(&found)
            .expect("a queued request is an object")
            .references += 1;
        self.kernel.acquires(Edge::Request(found));
        guest.write_u64(out, found)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// What keeps a queue from handing requests to the driver at its wish; they may be had in the middle of a
    /// change of power.
    fn refuses_retrieval(&mut self, queue: u64) -> Result<Option<Status>, Failure> {
        let queue = &self.wdf.queues[&queue];
        let (dispatch, given) = (queue.dispatch, queue.io_count);
        let paused = queue.power == QueuePower::Off || !queue.gives;
        if dispatch == DispatchType::Sequential && given == 0 {
            self.kernel.unless_off(Failure::new(
                Rule::WdfVerifier,
                "WdfIoQueueRetrieveNextRequest is called on a sequential queue of which the driver owns no request: it races with the queue, which presents the next by itself",
            ))?;
        }
        Ok(match dispatch {
            DispatchType::Parallel(_) => Some(Status::INVALID_DEVICE_STATE),
            _ if paused => Some(Status::WDF_PAUSED),
            _ => None,
        })
    }

    fn hand_out(
        &mut self,
        guest: &mut Guest,
        handle: u64,
        request: u64,
        out: u64,
    ) -> Result<Flow<A>, Failure> {
        let queue = self.queue_mut(handle);
        queue.waiting.retain(|waiting| *waiting != request);
        queue.give(request);
        let found = self
            .wdf
            .requests
            .get_mut(&request)
            .expect("a queued request exists");
        found.state = State::Owned(handle);
        found.presented = true;
        self.kernel.acquires(Edge::Request(request));
        guest.write_u64(out, request)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfIoQueueRetrieveFoundRequest`.
    pub(crate) fn wdf_io_queue_retrieve_found_request(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let queue = self.wdf_handle(guest, 1, Kind::Queue)?;
        let (found, out) = (guest.argument(2)?, guest.argument(3)?);
        if !self.wdf.objects.contains_key(&found) {
            return Err(Failure::new(
                Rule::BadHandle,
                format!("{found:#x} is retrieved and was not found before"),
            ));
        }
        if self.wdf.queues[&queue].dispatch != DispatchType::Manual {
            self.verifier_breaks("WdfIoQueueRetrieveFoundRequest", "on a manual queue")?;
            return Ok(Flow::status(Status::INVALID_DEVICE_REQUEST));
        }
        if let Some(status) = self.refuses_retrieval(queue)? {
            return Ok(Flow::status(status));
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
    ) -> Result<Flow<A>, Failure> {
        let queue = self.wdf_handle(guest, 1, Kind::Queue)?;
        let out = guest.argument(2)?;
        self.retrieve_next(guest, queue, None, out)
    }

    /// `WdfIoQueueRetrieveRequestByFileObject`.
    pub(crate) fn wdf_io_queue_retrieve_request_by_file_object(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let queue = self.wdf_handle(guest, 1, Kind::Queue)?;
        let file = self.wdf_handle(guest, 2, Kind::File)?;
        let (file, out) = (self.file_argument(file)?, guest.argument(3)?);
        self.retrieve_next(guest, queue, file, out)
    }

    fn retrieve_next(
        &mut self,
        guest: &mut Guest,
        queue: u64,
        file: Option<u32>,
        out: u64,
    ) -> Result<Flow<A>, Failure> {
        if let Some(status) = self.refuses_retrieval(queue)? {
            return Ok(Flow::status(status));
        }
        loop {
            let fits =
                |request: &&u64| file.is_none_or(|file| self.wdf.requests[*request].file == file);
            let mut waiting = self.wdf.queues[&queue].waiting.iter();
            let Some(request) = waiting.find(fits).copied() else {
                return Ok(Flow::status(Status::NO_MORE_ENTRIES));
            };
            if !self.is_completed_by_length(queue, request) {
                return self.hand_out(guest, queue, request, out);
            }
            self.queue_mut(queue)
                .waiting
                .retain(|waiting| *waiting != request);
            self.finish_request(guest, request, Status::SUCCESS, 0)?;
        }
    }
}
