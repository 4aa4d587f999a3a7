//! The C runtime's memory routines, which ntoskrnl exports, and strings.

use nt_model::{Failure, Rule};

use crate::{
    guest::{Guest, layout},
    kernel::{Kernel, state::activation::Flow},
};

/// A single call that moves more than this is a length gone wrong.
const LENGTH_MAX: u64 = 1 << 24;

fn length_argument(guest: &Guest, index: usize) -> Result<usize, Failure> {
    let length = guest.argument(index)?;
    if length > LENGTH_MAX {
        return Err(Failure::new(
            Rule::BadAccess,
            format!("a memory routine was given the length {length:#x}"),
        ));
    }
    Ok(length as usize)
}

impl<A> Kernel<A> {
    /// `memcpy` and `memmove`.
    pub(crate) fn memmove(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (to, from, length) = (
            guest.argument(0)?,
            guest.argument(1)?,
            length_argument(guest, 2)?,
        );
        if layout::is_shared_data(from) {
            self.show_shared_data(guest, from, length as u64)?;
        }
        self.access_for_driver(from, length as u64, false)?;
        let bytes = guest.read_vec(from, length)?;
        self.access_for_driver(to, length as u64, true)?;
        guest.write(to, &bytes)?;
        Ok(Flow::Return(to))
    }

    /// `memset`.
    pub(crate) fn memset(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (to, value, length) = (
            guest.argument(0)?,
            guest.argument_u8(1)?,
            length_argument(guest, 2)?,
        );
        self.access_for_driver(to, length as u64, true)?;
        guest.write(to, &vec![value; length])?;
        Ok(Flow::Return(to))
    }

    /// `memcmp`.
    pub(crate) fn memcmp(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (left, right, length) = (
            guest.argument(0)?,
            guest.argument(1)?,
            length_argument(guest, 2)?,
        );
        for address in [left, right] {
            self.access_for_driver(address, length as u64, false)?;
        }
        let order = guest
            .read_vec(left, length)?
            .cmp(&guest.read_vec(right, length)?);
        Ok(Flow::Return(u64::from((order as i32).cast_unsigned())))
    }

    /// `RtlCopyUnicodeString`.
    ///
    /// "Any level", and both buffers "must be resident if the caller is running at IRQL >= `DISPATCH_LEVEL`"
    /// (nf-wdm-rtlcopyunicodestring).
    pub(crate) fn rtl_copy_unicode_string(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (to, from) = (guest.argument(0)?, guest.argument(1)?);
        let length = if from == 0 { 0 } else { guest.read_u16(from)? };
        let (room, buffer) = (guest.read_u16(to + 2)?, guest.read_u64(to + 8)?);
        let copied = length.min(room);
        if copied > 0 {
            let source = guest.read_u64(from + 8)?;
            let bytes = guest.read_vec(source, usize::from(copied))?;
            self.access_for_driver(source, u64::from(copied), false)?;
            self.access_for_driver(buffer, u64::from(copied), true)?;
            guest.write(buffer, &bytes)?;
        }
        guest.write(to, &copied.to_le_bytes())?;
        Ok(Flow::Return(0))
    }
}
