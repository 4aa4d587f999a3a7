//! Memory objects: pool of their own, memory of the driver's, or the buffers of a request.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        attributes::{Allowed, Attributes},
        state::{
            frame::WdfFrame,
            memory::{Backing, Memory},
            object::Kind,
            request::Major,
        },
    },
};

/// What memory of pool holds before the driver writes to it.
const UNINITIALIZED_BYTE: u8 = 0xCD;

/// Which buffer of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Input,
    Output,
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    pub(super) fn new_memory(
        &mut self,
        guest: &mut Guest,
        attributes: &Attributes,
        parent: u64,
        memory: Memory,
    ) -> Result<u64, Failure> {
        let handle = self.new_wdf_object(guest, Kind::Memory, parent, attributes)?;
        self.wdf.memories.insert(handle, memory);
        Ok(handle)
    }

    /// Makes a memory object over pool that holds `bytes`, writes its handle to `out`, and answers the buffer.
    ///
    /// The parent is that of the attributes, or else `parent`.
    pub(super) fn new_memory_of_pool(
        &mut self,
        guest: &mut Guest,
        (attributes, parent): (&Attributes, u64),
        bytes: &[u8],
        out: u64,
    ) -> Result<u64, Failure> {
        let parent = self.parent_of(attributes, parent)?;
        let size = bytes.len() as u64;
        let buffer = self.kernel.kernel_allocate(guest, size)?;
        guest.write(buffer, bytes)?;
        let memory = Memory {
            buffer,
            size,
            backing: Backing::Own,
        };
        let handle = self.new_memory(guest, attributes, parent, memory)?;
        guest.write_u64(out, handle)?;
        Ok(buffer)
    }

    /// `WdfMemoryCreate`.
    pub(crate) fn wdf_memory_create(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (attributes, kind) = (guest.argument(1)?, guest.argument_u32(2)?);
        let (size, out, buffer_out) = (guest.argument(4)?, guest.argument(5)?, guest.argument(6)?);
        if size == 0 {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        let attributes = match Attributes::read_for(guest, attributes, Allowed::Neither)? {
            Ok(attributes) => attributes,
            Err(status) => return Ok(Flow::status(status)),
        };
        // NonPagedPool, and that which cannot be executed.
        if ![0, 512].contains(&kind) {
            return Err(Failure::not_modelled(format!(
                "WdfMemoryCreate with the pool type {kind}"
            )));
        }
        let bytes = vec![UNINITIALIZED_BYTE; size as usize];
        let parent = self.wdf.driver.handle;
        let buffer = self.new_memory_of_pool(guest, (&attributes, parent), &bytes, out)?;
        if buffer_out != 0 {
            guest.write_u64(buffer_out, buffer)?;
        }
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfMemoryCreatePreallocated`.
    pub(crate) fn wdf_memory_create_preallocated(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (attributes, buffer) = (guest.argument(1)?, guest.argument(2)?);
        let (size, out) = (guest.argument(3)?, guest.argument(4)?);
        if size == 0 || buffer == 0 {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        let attributes = match Attributes::read_for(guest, attributes, Allowed::Neither)? {
            Ok(attributes) => attributes,
            Err(status) => return Ok(Flow::status(status)),
        };
        let parent = self.parent_of(&attributes, self.wdf.driver.handle)?;
        let memory = Memory {
            buffer,
            size,
            backing: Backing::Driver,
        };
        let handle = self.new_memory(guest, &attributes, parent, memory)?;
        guest.write_u64(out, handle)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfMemoryAssignBuffer`, for what was made with memory of the driver's.
    pub(crate) fn wdf_memory_assign_buffer(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Memory)?;
        let (buffer, size) = (guest.argument(2)?, guest.argument(3)?);
        if buffer == 0 || size == 0 {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        if self.wdf.memories[&handle].backing != Backing::Driver {
            return Err(Failure::new(
                Rule::BadHandle,
                "WdfMemoryAssignBuffer is given memory that WdfMemoryCreatePreallocated did not make",
            ));
        }
        let memory = Memory {
            buffer,
            size,
            backing: Backing::Driver,
        };
        self.wdf.memories.insert(handle, memory);
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfMemoryGetBuffer`.
    pub(crate) fn wdf_memory_get_buffer(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Memory)?;
        let size_out = guest.argument(2)?;
        let memory = self.wdf.memories[&handle];
        if size_out != 0 {
            guest.write_u64(size_out, memory.size)?;
        }
        Ok(Flow::Return(memory.buffer))
    }

    /// Copies between a memory object and a buffer of the driver's.
    fn copy_memory(&mut self, guest: &mut Guest, into_object: bool) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Memory)?;
        let (offset, buffer, length) = (guest.argument(2)?, guest.argument(3)?, guest.argument(4)?);
        let memory = self.wdf.memories[&handle];
        if length == 0 {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        if offset
            .checked_add(length)
            .is_none_or(|end| end > memory.size)
        {
            return Ok(Flow::status(Status::BUFFER_TOO_SMALL));
        }
        let inside = memory.buffer + offset;
        let (from, to) = if into_object {
            (buffer, inside)
        } else {
            (inside, buffer)
        };
        let bytes = guest.read_vec(from, length as usize)?;
        self.kernel.access_for_driver(from, length, false)?;
        self.kernel.access_for_driver(to, length, true)?;
        guest.write(to, &bytes)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfMemoryCopyToBuffer`.
    pub(crate) fn wdf_memory_copy_to_buffer(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.copy_memory(guest, false)
    }

    /// `WdfMemoryCopyFromBuffer`.
    pub(crate) fn wdf_memory_copy_from_buffer(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.copy_memory(guest, true)
    }

    /// The memory object of a request's buffer: the same one each time, which goes with the request.
    fn request_memory(&mut self, guest: &mut Guest, side: Side) -> Result<Flow<A>, Failure> {
        let request = self.owned_request(guest)?;
        let out = guest.argument(2)?;
        let found = &self.wdf.requests[&request];
        let (buffer, length, without) = match side {
            Side::Input => (found.buffers.input(), found.input_length, Major::Read),
            Side::Output => (found.buffers.output(), found.output_length, Major::Write),
        };
        let Some(buffer) = buffer.filter(|_| found.major != without) else {
            return Ok(Flow::status(Status::INVALID_DEVICE_REQUEST));
        };
        if length == 0 {
            return Ok(Flow::status(Status::BUFFER_TOO_SMALL));
        }
        let known = self.wdf.request_memories.get(&(request, side)).copied();
        let handle = if let Some(handle) = known {
            handle
        } else {
            let memory = Memory {
                buffer,
                size: length as u64,
                backing: Backing::Request,
            };
            let handle = self.new_memory(guest, &Attributes::default(), request, memory)?;
            self.wdf.request_memories.insert((request, side), handle);
            handle
        };
        guest.write_u64(out, handle)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfRequestRetrieveInputMemory`.
    pub(crate) fn wdf_request_retrieve_input_memory(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.request_memory(guest, Side::Input)
    }

    /// `WdfRequestRetrieveOutputMemory`.
    pub(crate) fn wdf_request_retrieve_output_memory(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.request_memory(guest, Side::Output)
    }

    /// Refuses to complete a request whose memory the driver still references (`m_IrpReferenceCount`).
    pub(super) fn check_request_memory(&self, request: u64) -> Result<(), Failure> {
        for side in [Side::Input, Side::Output] {
            let memory = self.wdf.request_memories.get(&(request, side));
            let object = memory.and_then(|memory| self.wdf.objects.get(memory));
            if let Some(object) = object
                && object.references > 0
            {
                return Err(Failure::new(
                    Rule::Bugcheck,
                    format!(
                        "WDF_VIOLATION: a request is completed while its memory is referenced {} times (WDF_VERIFIER_FATAL_ERROR)",
                        object.references
                    ),
                ));
            }
        }
        Ok(())
    }

    /// What a memory object has beside its contexts is gone.
    pub(super) fn free_memory(&mut self, guest: &mut Guest, handle: u64) -> Result<(), Failure> {
        if let Some(memory) = self.wdf.memories.remove(&handle)
            && memory.backing == Backing::Own
        {
            self.kernel.kernel_free(guest, memory.buffer)?;
        }
        self.wdf
            .request_memories
            .retain(|_, memory| *memory != handle);
        Ok(())
    }
}
