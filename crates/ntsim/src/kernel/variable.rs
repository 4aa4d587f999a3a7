//! The variables that NT exports.

use nt_model::Failure;

use crate::{
    guest::Guest,
    kernel::{Kernel, state::variable::Value},
};

impl<A> Kernel<A> {
    /// Makes a variable, and answers its address.
    pub(crate) fn make_variable(
        &mut self,
        guest: &mut Guest,
        value: Value,
    ) -> Result<u64, Failure> {
        let value = match value {
            Value::Number(value) => value,
            Value::Processors => self.cpus.len() as u64,
            Value::Opaque => self.new_object(),
        };
        let address = self.system_data(8);
        guest.write_u64(address, value)?;
        Ok(address)
    }
}
