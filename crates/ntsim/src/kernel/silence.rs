//! Whether the device is silent where its interrupt is given up: no line that it asserts is left without a handler, and
//! nothing that its driver has enabled raises a cause that no handler is there for.
//!
//! What a device raises by itself, and no register masks, is its own doing ([`PciDevice::asserts`]). A device that is not
//! in D0, or gone, asserts nothing.

use nt_model::{Failure, Rule};

use crate::{
    device::PciDevice,
    guest::Guest,
    kernel::{Kernel, state::io_space::Presence},
};

/// How a device is not silent, in a clause.
fn loudness(
    device: &mut dyn PciDevice,
    may_raise: impl Fn(&dyn PciDevice) -> bool,
) -> Option<&'static str> {
    let mut sends = false;
    while device.take_message().is_some() {
        sends = true;
    }
    if sends {
        Some("it sends a message")
    } else if device.asserts() {
        Some("it asserts its line")
    } else if may_raise(device) {
        Some("a source that the driver has enabled may raise a cause at any time")
    } else {
        None
    }
}

impl<A> Kernel<A> {
    /// How the device is not silent, whenever it takes what is on its way to it; none where it is silent.
    pub(crate) fn loudness_of_device(&self, guest: &Guest) -> Option<String> {
        if self.io_space.presence != Presence::On {
            return None;
        }
        let mut device = self.device.clone();
        let may_raise = |device: &dyn PciDevice| self.may_raise(guest, device);
        if let Some(how) = loudness(device.as_mut(), may_raise) {
            return Some(how.to_owned());
        }
        let now = self.device_time();
        self.io_space.posted.iter().find_map(|write| {
            device.store(write.bar, write.offset, write.value, now);
            loudness(device.as_mut(), may_raise).map(|how| {
                format!(
                    "{how} as soon as it takes the write of {:#x} to BAR{} offset {:#x}, and the driver has read none of its registers since",
                    write.value, write.bar, write.offset
                )
            })
        })
    }

    /// Checks that the device is silent where its interrupt `object` is given up, as `deed` says.
    pub(crate) fn check_silent(
        &self,
        guest: &Guest,
        object: u64,
        deed: &str,
    ) -> Result<(), Failure> {
        let interrupts = &self.interrupts;
        let Some(interrupt) = interrupts.get(object) else {
            return Ok(());
        };
        let vector = interrupts.of_device();
        // While another of its handlers is there, it is served; one whose routine NT has not called could not silence it.
        let others = vector.chain.iter().filter(|other| **other != object);
        let mut others = others.filter_map(|other| interrupts.get(*other));
        if interrupt.vector != vector.number
            || others.any(|other| other.active)
            || interrupts.not_called.contains(&object)
        {
            return Ok(());
        }
        match self.loudness_of_device(guest) {
            Some(how) => Err(Failure::new(
                Rule::Unsilenced,
                format!("{deed} while the device is not silent: {how}"),
            )),
            None => Ok(()),
        }
    }
}
