//! What the kernel remembers: what a copy of the machine copies. None of it reaches the kernel's routines.

pub(crate) mod activation;
pub(crate) mod dpc;
pub(crate) mod driver_object;
pub(crate) mod file_system;
pub(crate) mod frame;
pub(crate) mod handle;
pub(crate) mod injections;
pub(crate) mod interrupt;
pub(crate) mod io_space;
pub(crate) mod lock_order;
pub(crate) mod log;
pub(crate) mod origins;
pub(crate) mod plan;
pub(crate) mod pool;
pub(crate) mod processor;
pub(crate) mod scheduler;
pub(crate) mod shared;
pub(crate) mod sought;
pub(crate) mod spin_lock;
pub(crate) mod thread;
pub(crate) mod time;
pub(crate) mod trace_event;
pub(crate) mod traps;
pub(crate) mod uses;
pub(crate) mod variable;
pub(crate) mod wait;
