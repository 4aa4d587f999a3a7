//! The private requests: from a packet to a typed call and its reply.

use core::sync::atomic::Ordering::Relaxed;

use dirql::{Dispatch, Irql, NotRun};
use dirql_ioctl::{
    CONTRACT_VERSION,
    video::{
        self, QueryReply, RaiseRequest, StatisticsReply, SynchronizeReply, SynchronizeRequest,
    },
};
use dirql_video::{VideoAdapter, VideoRequest, VpStatus};
use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::{closure, probe::Probe, shared::Shared};

/// The version of the package, as the query answers it.
const VERSION: u32 = 1 << 8;

/// Carries one request out.
pub(crate) fn serve(
    probe: &Probe,
    adapter: &VideoAdapter<Shared>,
    irql: &mut Irql<'_, Dispatch>,
    request: &mut VideoRequest<'_>,
) -> Result<usize, VpStatus> {
    match request.code() {
        video::QUERY => {
            no_input(request)?;
            room_for::<QueryReply>(request)?;
            reply(request, &query(probe, adapter))
        }
        video::SYNCHRONIZE => {
            let asked: SynchronizeRequest = input(request)?;
            room_for::<SynchronizeReply>(request)?;
            reply(request, &closure::run(probe, adapter, irql, &asked)?)
        }
        video::RAISE => {
            let asked: RaiseRequest = input(request)?;
            if asked.causes == 0 || asked.causes == u32::MAX || asked.reserved != 0 {
                return Err(VpStatus::INVALID_PARAMETER);
            }
            probe.registers.raise(asked.causes);
            Ok(0)
        }
        video::STATISTICS => {
            no_input(request)?;
            room_for::<StatisticsReply>(request)?;
            reply(request, &statistics(probe, adapter, irql))
        }
        _ => Err(VpStatus::INVALID_FUNCTION),
    }
}

fn query(probe: &Probe, adapter: &VideoAdapter<Shared>) -> QueryReply {
    QueryReply {
        contract_version: CONTRACT_VERSION,
        driver_version: VERSION,
        device_identification: probe.registers.identification(),
        interrupt_connected: u32::from(adapter.witness().is_ok()),
        interrupt_level: probe.interrupt.0,
        interrupt_vector: probe.interrupt.1,
    }
}

fn statistics(
    probe: &Probe,
    adapter: &VideoAdapter<Shared>,
    irql: &mut Irql<'_, Dispatch>,
) -> StatisticsReply {
    let looked = adapter
        .witness()
        .and_then(|witness| witness.synchronize(irql, |state| state.look()));
    let (left, right, _) = looked.unwrap_or_default();
    let counters = &probe.counters;
    StatisticsReply {
        claimed: counters.claimed.load(Relaxed),
        not_mine: counters.not_mine.load(Relaxed),
        served_without_state: counters.without_state.load(Relaxed),
        contended: adapter.contended(),
        dpcs: counters.dpcs.load(Relaxed),
        violations: counters.violations.load(Relaxed),
        causes: counters.causes.load(Relaxed).into(),
        left,
        right,
        reserved: 0,
    }
}

/// What the request's input says; its length is exact.
fn input<T: FromBytes>(request: &VideoRequest<'_>) -> Result<T, VpStatus> {
    T::read_from_bytes(request.input()).map_err(|_| VpStatus::INVALID_PARAMETER)
}

fn no_input(request: &VideoRequest<'_>) -> Result<(), VpStatus> {
    if request.input().is_empty() {
        Ok(())
    } else {
        Err(VpStatus::INVALID_PARAMETER)
    }
}

/// Looked at before anything is done, so that a refused request changes nothing.
fn room_for<T>(request: &mut VideoRequest<'_>) -> Result<(), VpStatus> {
    if request.output().len() < size_of::<T>() {
        Err(VpStatus::INSUFFICIENT_BUFFER)
    } else {
        Ok(())
    }
}

fn reply<T: IntoBytes + Immutable>(
    request: &mut VideoRequest<'_>,
    answer: &T,
) -> Result<usize, VpStatus> {
    request.reply(answer.as_bytes())
}

/// The status of a request that needs the shared state, where there is none.
pub(crate) fn refused(_: NotRun) -> VpStatus {
    VpStatus::DEV_NOT_EXIST
}
