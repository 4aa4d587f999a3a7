//! A device extension is aligned to 8 bytes, as far as anybody promises.

use dirql::{Dispatch, Irql, Passive, Serviced};
use dirql_video::{
        DeviceId, Discovery, Found, InterruptContext, Miniport, PowerState, VideoAdapter,
        VideoRequest, VpStatus, initialize,
    };

include!("../miniport.rs");

struct Probe;

#[repr(align(16))]
struct Wide(u32);

miniport!(Probe, Wide, Found { miniport: Probe, state: Wide(0) });
