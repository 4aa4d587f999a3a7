//! Closures on the state of an adopted error source, while its handler is kept out.

use core::sync::atomic::Ordering::Relaxed;

use dirql::{Dispatch, Irql, Level, NotRun, Passive, pshed::AdoptedSource};
use dirql_ioctl::{
    Status,
    pshed::{REPEAT_MAX, SynchronizeSourceReply, SynchronizeSourceRequest},
};
use wdk_sys::{NTSTATUS, ntddk::KeGetCurrentIrql};

use super::{
    registered::with_plugin,
    sources::{Source, Sources},
};
use crate::{
    call::{Call, Immediate},
    device::Device,
    status::ntstatus,
};

/// `dirql_ioctl::code::PSHED_SYNCHRONIZE`.
pub(crate) enum Synchronize {}

/// The IRQL of the caller.
#[derive(Clone, Copy)]
pub(crate) enum Caller {
    Passive,
    Apc,
    Dispatch,
}

impl Call for Synchronize {
    type Input = SynchronizeSourceRequest;
    type Reply = SynchronizeSourceReply;
    type Checked = (SynchronizeSourceRequest, Caller);

    fn check(input: SynchronizeSourceRequest) -> Option<Self::Checked> {
        let caller = match input.caller_irql {
            0 => Caller::Passive,
            1 => Caller::Apc,
            2 => Caller::Dispatch,
            _ => return None,
        };
        let valid = (1..=REPEAT_MAX).contains(&input.repeat) && input.reserved == 0;
        valid.then_some((input, caller))
    }
}

impl Immediate for Synchronize {
    fn serve(
        (request, caller): Self::Checked,
        _device: &Device,
        irql: &mut Irql<'_, Passive>,
        reply: &mut SynchronizeSourceReply,
    ) -> Result<(), NTSTATUS> {
        with_plugin(irql, |registration, irql| {
            let sources = &registration.plugin().sources;
            let source = sources
                .find(request.source)
                .ok_or(ntstatus(Status::NOT_FOUND))?;
            let work = Work {
                sources,
                source,
                request,
            };
            let served = source.adopted.access(irql, |adopted, irql| match caller {
                Caller::Passive => work.repeat(irql, adopted, reply),
                Caller::Apc => irql.raise_to_apc(|irql| work.repeat(irql, adopted, reply)),
                Caller::Dispatch => irql.raise_to_dispatch(|irql: &mut Irql<'_, Dispatch>| {
                    work.repeat(irql, adopted, reply);
                }),
            });
            served.ok_or(ntstatus(Status::INVALID_DEVICE_STATE))
        })
    }
}

/// What a closure brings out.
struct Inside {
    irql: u8,
    left: u64,
    right: u64,
    errors: u64,
    balanced: bool,
    own: u64,
    all: u64,
}

struct Work<'a> {
    sources: &'a Sources,
    source: &'a Source,
    request: SynchronizeSourceRequest,
}

impl Work<'_> {
    fn repeat<L: Level>(
        &self,
        irql: &mut Irql<'_, L>,
        adopted: &AdoptedSource,
        reply: &mut SynchronizeSourceReply,
    ) {
        for _ in 0..self.request.repeat {
            self.once(irql, adopted, reply);
        }
    }

    fn once<L: Level>(
        &self,
        irql: &mut Irql<'_, L>,
        adopted: &AdoptedSource,
        reply: &mut SynchronizeSourceReply,
    ) {
        let amount = self.request.amount;
        reply.irql_before = u32::from(current_irql());
        let state = &self.source.state;
        let arrived = || (self.source.arrived.load(Relaxed), self.sources.arrived());
        let outcome = state.synchronize_observed(irql, adopted.source(), |state| {
            let (own, all) = arrived();
            let balanced = state.transfer(amount);
            let irql = current_irql();
            let (own_after, all_after) = arrived();
            Inside {
                irql,
                left: state.left,
                right: state.right,
                errors: state.errors,
                balanced,
                own: own_after.wrapping_sub(own),
                all: all_after.wrapping_sub(all),
            }
        });
        reply.irql_after = u32::from(current_irql());
        reply.raw_boolean = u32::from(outcome.raw);
        self.source.count(&outcome.result);
        match outcome.result {
            Ok(inside) => {
                reply.ran += 1;
                reply.irql_inside = u32::from(inside.irql);
                reply.left = inside.left;
                reply.right = inside.right;
                reply.errors = inside.errors;
                reply.own_inside += inside.own;
                reply.others_inside += inside.all.saturating_sub(inside.own);
                reply.violations += u64::from(!inside.balanced);
                self.source
                    .violations
                    .fetch_add(u64::from(!inside.balanced), Relaxed);
            }
            Err(NotRun::Contended) => reply.contended += 1,
            Err(NotRun::AbovePassive) => reply.above_level += 1,
            Err(_) => reply.not_run += 1,
        }
    }
}

fn current_irql() -> u8 {
    // SAFETY: At any IRQL (nf-wdm-kegetcurrentirql).
    unsafe { KeGetCurrentIrql() }
}
