//! A test thread as a processor: its IRQL, its critical regions, and the service routines on any
//! of them.

use core::{cell::Cell, ops::Range};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    vec::Vec,
};

use super::{
    bugcheck::{require, require_at_most, require_raise},
    dpc,
};
use crate::kernel::platform::{APC_LEVEL, PASSIVE_LEVEL};

std::thread_local! {
    static IRQL: Cell<u8> = const { Cell::new(PASSIVE_LEVEL) };
    static CRITICAL_REGIONS: Cell<u32> = const { Cell::new(0) };
}

/// The service routines and DPCs that keep a processor at `DISPATCH_LEVEL` or above, each with the address of what the
/// driver gave it to work on: from the dispatch until NT has released the lock, or the DPC has returned.
static DISPATCHED: Mutex<Table> = Mutex::new(Table {
    last: 0,
    routines: BTreeMap::new(),
});

struct Table {
    last: u64,
    routines: BTreeMap<u64, usize>,
}

/// The IRQL of this thread.
#[must_use]
pub fn irql() -> u8 {
    IRQL.get()
}

/// How many critical regions this thread is in.
#[must_use]
pub fn critical_regions() -> u32 {
    CRITICAL_REGIONS.get()
}

/// Runs `body` with the IRQL of this thread set to `irql`, behind the back of any token.
///
/// That is what a driver does whose code raises IRQL through another crate.
///
/// DPCs that were queued here meanwhile run at the end, where the IRQL has fallen below `DISPATCH_LEVEL`.
pub fn at_irql<R>(irql: u8, body: impl FnOnce() -> R) -> R {
    let result = raised(irql, body);
    dpc::run_queued();
    result
}

/// Runs `body` with the IRQL of this thread set to `irql`, and no DPC afterwards.
pub(super) fn raised<R>(irql: u8, body: impl FnOnce() -> R) -> R {
    struct Restore(u8);
    impl Drop for Restore {
        fn drop(&mut self) {
            IRQL.set(self.0);
        }
    }
    let _restore = Restore(IRQL.replace(irql));
    body()
}

pub(crate) fn current_irql() -> u8 {
    irql()
}

pub(crate) unsafe fn raise_irql(irql: u8) -> u8 {
    require_raise(irql);
    IRQL.replace(irql)
}

pub(crate) unsafe fn lower_irql(irql: u8) {
    require(irql <= IRQL.get(), "KeLowerIrql raises");
    IRQL.set(irql);
    dpc::run_queued();
}

pub(crate) unsafe fn enter_critical_region() {
    require_at_most(APC_LEVEL);
    CRITICAL_REGIONS.set(CRITICAL_REGIONS.get() + 1);
}

pub(crate) unsafe fn leave_critical_region() {
    require_at_most(APC_LEVEL);
    require(
        CRITICAL_REGIONS.get() > 0,
        "KeLeaveCriticalRegion without an entry",
    );
    CRITICAL_REGIONS.set(CRITICAL_REGIONS.get() - 1);
}

pub(crate) unsafe fn delay() {
    require_at_most(APC_LEVEL);
    thread::yield_now();
}

/// Waits for every service routine and every DPC that is on a processor now, as running there would.
pub(crate) unsafe fn run_on_every_processor() {
    require_at_most(APC_LEVEL);
    let now: Vec<u64> = table().routines.keys().copied().collect();
    while table().routines.keys().any(|number| now.contains(number)) {
        thread::yield_now();
    }
}

/// Whether a service routine or a DPC is on a processor that works on this memory.
pub(super) fn serves(memory: Range<usize>) -> bool {
    table()
        .routines
        .values()
        .any(|context| memory.contains(context))
}

/// A service routine or a DPC on a processor, until this is dropped.
pub(super) struct Dispatched(u64);

impl Dispatched {
    pub(super) fn new(context: usize) -> Self {
        let mut table = table();
        table.last += 1;
        let number = table.last;
        table.routines.insert(number, context);
        Self(number)
    }
}

impl Drop for Dispatched {
    fn drop(&mut self) {
        table().routines.remove(&self.0);
    }
}

fn table() -> MutexGuard<'static, Table> {
    DISPATCHED.lock().unwrap_or_else(PoisonError::into_inner)
}
