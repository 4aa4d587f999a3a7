//! The simulated kernel's own state, one concept a module.

pub(crate) mod affinity;
pub(crate) mod bugcheck;
pub(crate) mod connection_kind;
pub(crate) mod delivery;
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
pub(crate) mod soft_state;
pub(crate) mod spin_lock;
pub(crate) mod synchronize;
pub(crate) mod thread;
pub(crate) mod time;
pub(crate) mod wait;

use crate::{config::Config, layout};

/// NTSTATUS values that the kernel's routines return.
pub(crate) mod status {
    pub(crate) const SUCCESS: u64 = 0;
    pub(crate) const TIMEOUT: u64 = 0x102;
    pub(crate) const INVALID_PARAMETER: u64 = 0xC000_000D;
    pub(crate) const INVALID_HANDLE: u64 = 0xC000_0008;
    pub(crate) const INVALID_DEVICE_REQUEST: u64 = 0xC000_0010;
    pub(crate) const NO_MORE_ENTRIES: u64 = 0x8000_001A;
    pub(crate) const BUFFER_TOO_SMALL: u64 = 0xC000_0023;
    pub(crate) const NOT_SUPPORTED: u64 = 0xC000_00BB;
    pub(crate) const INVALID_PARAMETER_1: u64 = 0xC000_00EF;
    pub(crate) const INVALID_PARAMETER_10: u64 = 0xC000_00F8;
    pub(crate) const INSUFFICIENT_RESOURCES: u64 = 0xC000_009A;
    pub(crate) const CANCELLED: u64 = 0xC000_0120;
    pub(crate) const NOT_FOUND: u64 = 0xC000_0225;
    pub(crate) const ACCESS_DENIED: u64 = 0xC000_0022;
}

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
