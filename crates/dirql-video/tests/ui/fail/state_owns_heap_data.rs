//! The state lies in the device extension, which the port driver frees without a callback.

use dirql::{Dispatch, Irql, Passive, Serviced};
use dirql_video::{
        DeviceId, Discovery, Found, InterruptContext, Miniport, PowerState, VideoAdapter,
        VideoRequest, VpStatus, initialize,
    };

include!("../miniport.rs");

struct Probe;

miniport!(Probe, Vec<u32>, Found { miniport: Probe, state: Vec::new() });
