//! String objects: a copy of a `UNICODE_STRING` behind a handle.

use nt_model::{Failure, Status};

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
        },
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfStringCreate`: without a string, one of no length.
    pub(crate) fn wdf_string_create(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (from, attributes, out) = (guest.argument(1)?, guest.argument(2)?, guest.argument(3)?);
        let attributes = match Attributes::read_for(guest, attributes, Allowed::Neither)? {
            Ok(attributes) => attributes,
            Err(status) => return Ok(Flow::status(status)),
        };
        let text = if from == 0 {
            Vec::new()
        } else {
            let (length, buffer) = (guest.read_u16(from)?, guest.read_u64(from + 8)?);
            if length % 2 != 0 {
                return Ok(Flow::status(Status::INVALID_PARAMETER));
            }
            self.kernel
                .access_for_driver(buffer, length.into(), false)?;
            guest.read_vec(buffer, length.into())?
        };
        let parent = self.parent_of(&attributes, self.wdf.driver.handle)?;
        // `FxDuplicateUnicodeString` ends the copy with a null.
        let buffer = self.kernel.kernel_allocate(guest, text.len() as u64 + 2)?;
        guest.write(buffer, &text)?;
        guest.write(buffer + text.len() as u64, &[0, 0])?;
        let handle = self.new_wdf_object(guest, Kind::String, parent, &attributes)?;
        let memory = Memory {
            buffer,
            size: text.len() as u64,
            backing: Backing::Own,
        };
        self.wdf.memories.insert(handle, memory);
        guest.write_u64(out, handle)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfStringGetUnicodeString`.
    pub(crate) fn wdf_string_get_unicode_string(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::String)?;
        let out = guest.argument(2)?;
        let memory = self.wdf.memories[&handle];
        let length = memory.size as u16;
        guest.write(out, &length.to_le_bytes())?;
        guest.write(out + 2, &(length + 2).to_le_bytes())?;
        guest.write_u64(out + 8, memory.buffer)?;
        Ok(Flow::Return(0))
    }
}
