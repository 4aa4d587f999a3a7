//! So does the resident part.

use dirql::{Dispatch, Irql, Passive, Serviced};
use dirql_video::{
        DeviceId, Discovery, Found, InterruptContext, Miniport, PowerState, VideoAdapter,
        VideoRequest, VpStatus, initialize,
    };

include!("../miniport.rs");

struct Probe(Box<u32>);

miniport!(Probe, u32, Found { miniport: Probe(Box::new(1)), state: 1 });
