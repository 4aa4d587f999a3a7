//! The service routine reaches the state from any processor.

use dirql::{Dispatch, Irql, Passive, Serviced};
use dirql_video::{
        DeviceId, Discovery, Found, InterruptContext, Miniport, PowerState, VideoAdapter,
        VideoRequest, VpStatus, initialize,
    };

include!("../miniport.rs");

struct Probe;

miniport!(Probe, *mut u32, Found { miniport: Probe, state: core::ptr::null_mut() });
