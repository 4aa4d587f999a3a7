//! The miniport, as `VideoPortInitialize` takes it.

/// What a miniport has told the port driver.
#[derive(Clone, Copy, Debug)]
pub(in crate::video_port) struct Miniport {
    pub(in crate::video_port) find_adapter: u64,
    pub(in crate::video_port) initialize: u64,
    pub(in crate::video_port) interrupt: u64,
    pub(in crate::video_port) start_io: u64,
    pub(in crate::video_port) extension_size: u32,
    pub(in crate::video_port) set_power: u64,
    pub(in crate::video_port) get_power: u64,
    pub(in crate::video_port) child: u64,
}
