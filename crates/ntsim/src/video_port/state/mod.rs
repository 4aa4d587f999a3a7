//! What the port driver remembers. None of it reaches its routines.

pub(crate) mod adapter;
pub(crate) mod frame;
pub(crate) mod miniport;
pub(crate) mod request;
pub(crate) mod runs;
pub(crate) mod start;
pub(crate) mod stimulus;
pub(crate) mod synchronize;
