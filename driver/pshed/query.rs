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
        irql: &mut Irql<'_, Passive>,
        reply: &mut PshedReply,
    ) -> Result<(), NTSTATUS> {
        let (own_source, own_source_status) = own_source::status();
        reply.failure = FAILURE.load(Relaxed);
        reply.status = REFUSAL.load(Relaxed);
        reply.own_source = u32::from(own_source);
        reply.own_source_status = own_source_status;
        // Without a plug-in that is all there is to say.
        let _ = PLUGIN.access(irql, |registration, _| {
            let plugin = registration.plugin();
            reply.registered = 1;
            reply.failure = failure::NONE;
            reply.areas = registration.areas();
            reply.adopts = u32::from(plugin.adopts);
            reply.callers_at_dispatch = u32::from(plugin.callers_at_dispatch);
            reply.above_level = registration.above_level();
            reply.callbacks = plugin.callbacks();
        });
        Ok(())
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
        irql: &mut Irql<'_, Passive>,
        reply: &mut SourcesReply,
    ) -> Result<(), NTSTATUS> {
        // Without a plug-in nothing was seen, which is no error.
        let _ = PLUGIN.access(irql, |registration, _| {
            reply.count = registration.plugin().sources.describe(&mut reply.sources);
        });
        Ok(())
    }
}
