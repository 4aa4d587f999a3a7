//! Keeping an error source beyond its callbacks, and letting it go.

use dirql::{Irql, Passive};
use dirql_ioctl::{Status, pshed::AdoptRequest};
use wdk_sys::NTSTATUS;

use super::registered::with_plugin;
use crate::{
    call::{Call, Immediate},
    device::Device,
    status::ntstatus,
};

/// `dirql_ioctl::code::PSHED_ADOPT`.
pub(crate) enum Adopt {}

impl Call for Adopt {
    type Input = AdoptRequest;
    type Reply = ();
    type Checked = (u32, bool);

    fn check(input: AdoptRequest) -> Option<(u32, bool)> {
        (input.adopt <= 1).then_some((input.source, input.adopt == 1))
    }
}

impl Immediate for Adopt {
    fn serve(
        (source, adopt): (u32, bool),
        _device: &Device,
        irql: &mut Irql<'_, Passive>,
        (): &mut (),
    ) -> Result<(), NTSTATUS> {
        with_plugin(irql, |registration, irql| {
            let plugin = registration.plugin();
            if !plugin.adopts {
                return Err(ntstatus(Status::NOT_SUPPORTED));
            }
            let source = plugin.sources.find(source);
            source
                .ok_or(ntstatus(Status::NOT_FOUND))?
                .adopt(irql, adopt)
        })
    }
}
