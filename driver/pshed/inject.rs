//! Injection through the plug-in, without WHEA.

use dirql::{Irql, Passive, pshed::Injection};
use dirql_ioctl::pshed::{InjectReply, InjectRequest};
use wdk_sys::NTSTATUS;

use super::registered::with_plugin;
use crate::{
    call::{Call, Immediate},
    device::Device,
};

/// `dirql_ioctl::code::PSHED_INJECT`.
pub(crate) enum Inject {}

impl Call for Inject {
    type Input = InjectRequest;
    type Reply = InjectReply;
    type Checked = Injection;

    fn check(input: InjectRequest) -> Option<Injection> {
        Some(Injection {
            error_type: input.error_type,
            parameters: input.parameters,
        })
    }
}

impl Immediate for Inject {
    fn serve(
        order: Injection,
        _device: &Device,
        irql: &mut Irql<'_, Passive>,
        reply: &mut InjectReply,
    ) -> Result<(), NTSTATUS> {
        with_plugin(irql, |registration, irql| {
            let plugin = registration.plugin();
            let injected = irql.raise_to_dispatch(|irql| plugin.inject_directly(irql, &order));
            reply.status = match injected {
                Ok(()) => 0,
                Err(refusal) => refusal.status().cast_unsigned(),
            };
            Ok(())
        })
    }
}
