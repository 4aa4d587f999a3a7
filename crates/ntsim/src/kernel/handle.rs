//! Kernel handles.

use nt_model::{Failure, Status};

use crate::{
    guest::Guest,
    kernel::{Kernel, state::activation::Flow},
};

impl<A> Kernel<A> {
    /// `ZwClose`.
    pub(crate) fn zw_close(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = guest.argument(0)?;
        if self.file_system.open.contains_key(&handle) {
            self.file_system.open.remove(&handle);
        }
        Ok(Flow::status(match self.handles.open.remove(&handle) {
            Some(_) => Status::SUCCESS,
            None => Status::INVALID_HANDLE,
        }))
    }
}
