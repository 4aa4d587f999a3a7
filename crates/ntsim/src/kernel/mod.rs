//! The simulated kernel's own state, one concept a module.

pub(crate) mod affinity;
pub(crate) mod bugcheck;
mod dirql_time;
pub(crate) mod dpc;
pub(crate) mod handle;
pub(crate) mod interrupt;
pub(crate) mod io_connect;
pub(crate) mod io_disconnect;
pub(crate) mod io_space;
pub(crate) mod isr;
pub(crate) mod level;
pub(crate) mod lock_order;
pub(crate) mod memory_routines;
pub(crate) mod pool;
pub(crate) mod pool_access;
pub(crate) mod pool_routines;
pub(crate) mod rundown;
pub(crate) mod spin_lock;
pub(crate) mod synchronize;
pub(crate) mod thread;
pub(crate) mod time;
pub(crate) mod wait;

use crate::{Config, layout};

/// The kernel's state.
pub(crate) struct Kernel {
    pub(crate) threads: thread::Threads,
    pub(crate) spin_locks: spin_lock::SpinLocks,
    pub(crate) lock_order: lock_order::LockOrder,
    pub(crate) outputs: pool_access::Outputs,
    pub(crate) interrupts: interrupt::Interrupts,
    pub(crate) dpcs: dpc::Dpcs,
    pub(crate) timers: time::Timers,
    pub(crate) pool: pool::Pool,
    pub(crate) io_space: io_space::IoSpace,
    pub(crate) handles: handle::Handles,
    next_object: u64,
}

impl Kernel {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            threads: thread::Threads::default(),
            spin_locks: spin_lock::SpinLocks::default(),
            lock_order: lock_order::LockOrder::default(),
            outputs: pool_access::Outputs::default(),
            interrupts: interrupt::Interrupts::new(config),
            dpcs: dpc::Dpcs::default(),
            timers: time::Timers::default(),
            pool: pool::Pool::default(),
            io_space: io_space::IoSpace::default(),
            handles: handle::Handles::default(),
            next_object: layout::OBJECT_BASE,
        }
    }

    /// The address of a new object that the driver may name and not look into.
    pub(crate) fn new_object(&mut self) -> u64 {
        self.next_object += layout::OBJECT_STRIDE;
        self.next_object
    }
}
