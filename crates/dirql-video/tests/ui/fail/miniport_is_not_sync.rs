//! The resident part is reached by every callback at the same time.

use dirql::{Dispatch, Irql, Passive, Serviced};
use dirql_video::{
        DeviceId, Discovery, Found, InterruptContext, Miniport, PowerState, VideoAdapter,
        VideoRequest, VpStatus, initialize,
    };

include!("../miniport.rs");

struct Probe(core::cell::Cell<u32>);

miniport!(Probe, u32, Found { miniport: Probe(core::cell::Cell::new(0)), state: 1 });
