//! Query: whether and how the plug-in is registered, and the error sources that it has seen.

use core::sync::atomic::Ordering::Relaxed;

use dirql::{Irql, Passive};
use dirql_ioctl::pshed::{PshedReply, SourcesReply, failure};
use wdk_sys::NTSTATUS;

use super::{
    own_source,
    registered::{FAILURE, PLUGIN, REFUSAL},
};
use crate::{
    call::{Call, Immediate},
    device::Device,
    request::Request,
};

/// `dirql_ioctl::code::PSHED`.
pub(crate) enum Query {}

impl Call for Query {
    type Input = ();
    type Reply = PshedReply;
    type Checked = ();

    fn check((): ()) -> Option<()> {
        Some(())
    }
}

impl Immediate for Query {
    fn serve(
        (): (),
        _device: &Device,
        _request: &Request,
        irql: &mut Irql<'_, Passive>,
    ) -> Result<PshedReply, NTSTATUS> {
        let (own_source, own_source_status) = own_source::status();
        let reply = PshedReply {
            failure: FAILURE.load(Relaxed),
            status: REFUSAL.load(Relaxed),
            own_source: u32::from(own_source),
            own_source_status,
            ..PshedReply::default()
        };
        let registered = PLUGIN.access(irql, |registration, _| {
            let plugin = registration.plugin();
            PshedReply {
                registered: 1,
                failure: failure::NONE,
                areas: registration.areas(),
                adopts: u32::from(plugin.adopts),
                callers_at_dispatch: u32::from(plugin.callers_at_dispatch),
                above_level: registration.above_level(),
                callbacks: plugin.callbacks(),
                ..reply
            }
        });
        Ok(registered.unwrap_or(reply))
    }
}

/// `dirql_ioctl::code::PSHED_SOURCES`.
pub(crate) enum Sources {}

impl Call for Sources {
    type Input = ();
    type Reply = SourcesReply;
    type Checked = ();

    fn check((): ()) -> Option<()> {
        Some(())
    }
}

impl Immediate for Sources {
    fn serve(
        (): (),
        _device: &Device,
        _request: &Request,
        irql: &mut Irql<'_, Passive>,
    ) -> Result<SourcesReply, NTSTATUS> {
        let mut reply = SourcesReply::default();
        // Without a plug-in nothing was seen, which is no error.
        let _ = PLUGIN.access(irql, |registration, _| {
            let seen = registration.plugin().sources.describe();
            for (place, source) in reply.sources.iter_mut().zip(seen) {
                *place = source;
                reply.count += 1;
            }
        });
        Ok(reply)
    }
}
