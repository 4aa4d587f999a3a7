//! `KeBugCheckEx`: the driver stops the machine itself.

use image::PanicSite;
use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::{Kernel, state::activation::Flow},
};

impl<A> Kernel<A> {
    /// `KeBugCheck`.
    pub(crate) fn ke_bug_check(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let code = guest.argument_u32(0)?;
        Err(Failure::new(
            Rule::Bugcheck,
            format!("the driver called KeBugCheck({code:#x})"),
        ))
    }

    /// `KeBugCheckEx`.
    pub(crate) fn ke_bug_check_ex(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let code = guest.argument_u32(0)?;
        let mut parameters = [0; 4];
        for (index, parameter) in parameters.iter_mut().enumerate() {
            *parameter = guest.argument(index + 1)?;
        }
        let [a, b, c, d] = parameters;
        let mut message =
            format!("the driver called KeBugCheckEx({code:#x}, {a:#x}, {b:#x}, {c:#x}, {d:#x})");
        let mut location = None;
        if let Some(panic) = PanicSite::decode(code, parameters, |address, length| {
            guest.read_vec(address, length).ok()
        }) {
            message = format!("a Rust panic at {panic}");
            location = Some(format!(
                "{}:{}",
                self.image.symbols().shorten(&panic.file),
                panic.line
            ));
        }
        Err(Failure::new(Rule::Bugcheck, message).at(location))
    }
}
