//! A test thread as a processor: its IRQL, its critical regions, and the service routines that are on
//! some processor now.

use core::cell::Cell;
use std::{collections::BTreeSet, sync::Mutex, thread};

use super::bugcheck::{require, require_at_most, require_raise};
use crate::platform::{APC_LEVEL, PASSIVE_LEVEL};

std::thread_local! {
    static IRQL: Cell<u8> = const { Cell::new(PASSIVE_LEVEL) };
    static CRITICAL_REGIONS: Cell<u32> = const { Cell::new(0) };
}

/// The service routines that keep a processor above `DISPATCH_LEVEL`, from their dispatch on.
static ON_A_PROCESSOR: Mutex<(u64, BTreeSet<u64>)> = Mutex::new((0, BTreeSet::new()));

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
pub fn at_irql<R>(irql: u8, body: impl FnOnce() -> R) -> R {
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

/// Waits for every service routine that is on a processor now, as running there would.
pub(crate) unsafe fn run_on_every_processor() {
    require_at_most(APC_LEVEL);
    let now = lock().1.clone();
    while !lock().1.is_disjoint(&now) {
        thread::yield_now();
    }
}

/// A processor that is taken by a service routine until this is dropped.
pub(super) struct Occupied(u64);

impl Occupied {
    pub(super) fn occupy() -> Self {
        let mut table = lock();
        table.0 += 1;
        let number = table.0;
        table.1.insert(number);
        Self(number)
    }
}

impl Drop for Occupied {
    fn drop(&mut self) {
        lock().1.remove(&self.0);
    }
}

fn lock() -> std::sync::MutexGuard<'static, (u64, BTreeSet<u64>)> {
    ON_A_PROCESSOR
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
