//! What the framework remembers. None of it reaches the framework's routines.

pub(crate) mod callback_lock;
pub(crate) mod device;
pub(crate) mod dma;
pub(crate) mod driver;
pub(crate) mod ending;
pub(crate) mod file;
pub(crate) mod frame;
pub(crate) mod interrupt;
pub(crate) mod memory;
pub(crate) mod object;
pub(crate) mod pnp;
pub(crate) mod queue;
pub(crate) mod queue_event;
pub(crate) mod queue_power;
pub(crate) mod registry;
pub(crate) mod release;
pub(crate) mod request;
pub(crate) mod resources;
pub(crate) mod self_managed;
pub(crate) mod wait_lock;
pub(crate) mod work_item;
