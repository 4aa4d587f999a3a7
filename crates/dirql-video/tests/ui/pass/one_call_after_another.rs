//! One closure after another at every priority, with captures by reference.

use dirql::{Dispatch, Irql, Passive, Serviced};
use dirql_video::{
        DeviceId, Discovery, Found, InterruptContext, Miniport, PowerState, VideoAdapter,
        VideoRequest, VpStatus, initialize,
    };

include!("../miniport.rs");

struct Probe(u32);

miniport!(Probe, u32, Found { miniport: Probe(1), state: 1 });

fn use_it(adapter: &VideoAdapter<u32>, irql: &mut Irql<'_, Dispatch>) -> Vec<u32> {
    let amount = 3;
    let mut seen = Vec::new();
    if let Ok(witness) = adapter.witness() {
        seen.push(witness.synchronize(irql, |state| *state + amount).unwrap_or_default());
        let _ = witness.synchronize(irql, |state| *state += amount);
    }
    seen.push(adapter.run_low(irql, || amount).unwrap_or_default());
    let _ = adapter.run_high(irql, || seen[0] = amount);
    seen
}

const _: fn(&VideoAdapter<u32>, &mut Irql<'_, Dispatch>) -> Vec<u32> = use_it;
