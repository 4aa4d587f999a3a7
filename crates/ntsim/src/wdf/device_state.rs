//! What a driver tells the `PnP` manager of its device's state.

use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        state::{frame::WdfFrame, object::Kind},
    },
};

/// `sizeof(WDF_DEVICE_STATE)` up to 1.27, and since 1.31.
const SIZES: [u32; 2] = [28, 32];
/// The release that has the longer one.
const LONGER_SINCE: u32 = 31;
/// The fields behind `Size`, and whether the `PnP` manager does something where one is true.
const FIELDS: [(&str, bool); 7] = [
    ("Disabled", true),
    ("DontDisplayInUI", false),
    ("Failed", true),
    ("NotDisableable", true),
    ("Removed", true),
    ("ResourcesChanged", true),
    ("AssignedToGuest", true),
];
const TRUE: u32 = 1;
const USE_DEFAULT: u32 = 2;

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfDeviceSetDeviceState`: the `PnP` manager asks for the state, and does nothing about one that is no other.
    pub(crate) fn wdf_device_set_device_state(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Device)?;
        let at = guest.argument(2)?;
        let size = guest.read_u32(at)?;
        let [shorter, longer] = SIZES;
        let known = size == shorter || size == longer && self.wdf.release.minor() >= LONGER_SINCE;
        if !known {
            self.kernel.unless_off(Failure::new(
                Rule::BadArgument,
                format!(
                    "WdfDeviceSetDeviceState was given a WDF_DEVICE_STATE whose Size is {size}"
                ),
            ))?;
            return Ok(Flow::Return(0));
        }
        let mut set = Vec::new();
        for ((name, acted_on), place) in FIELDS.into_iter().zip((4..size).step_by(4)) {
            let value = guest.read_u32(at + u64::from(place))?;
            if value > USE_DEFAULT {
                self.kernel.unless_off(Failure::new(
                    Rule::WdfVerifier,
                    format!(
                        "WdfDeviceSetDeviceState was given {value} for {name}, which is no WDF_TRI_STATE"
                    ),
                ))?;
                return Ok(Flow::Return(0));
            }
            if value == TRUE && acted_on {
                set.push(name);
            }
        }
        if set.is_empty() {
            return Ok(Flow::Return(0));
        }
        Err(Failure::not_modelled(format!(
            "WdfDeviceSetDeviceState with {} true",
            set.join(" and ")
        )))
    }
}
