//! The accounts of a stress run, and what threads and service routine found in them.
//!
//! A transfer is a read-modify-write of two words that keeps their sum. Under the interrupt lock nothing
//! sees it half done. The control run makes the same transfers without the lock: the words are atomic
//! and each access is relaxed, so that nothing is undefined, but nothing is excluded either, and the
//! sum breaks. Both are judged by the same check.

use core::{
    ptr::NonNull,
    sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
};

use dirql::atomics::Field;
use dirql_ioctl::{
    stress::{Mode, StressReply},
    synchronize::ACCOUNTS_TOTAL,
};

/// The board of a device. Zero bytes are a board on which no run is on.
pub(crate) struct Board {
    left: AtomicU64,
    right: AtomicU64,
    /// Whether the service routine checks the accounts.
    watched: AtomicBool,
    /// Whether the threads are to end.
    stop: AtomicBool,
    unlocked: AtomicBool,
    transfers_each: AtomicU32,
    transfers: AtomicU64,
    not_run: AtomicU64,
    violations_in_thread: AtomicU64,
    violations_in_isr: AtomicU64,
    checks_in_isr: AtomicU64,
}

/// What one thread did.
#[derive(Default)]
pub(crate) struct Tally {
    /// Transfers that were made.
    pub(crate) transfers: u64,
    /// Transfers that came back as `NotRun`.
    pub(crate) not_run: u64,
    /// Transfers that found a broken sum.
    pub(crate) violations: u64,
}

impl Board {
    /// What is atomic in it, for the table in the image.
    pub(crate) const ATOMICS: [Field; 11] = dirql::atomic_fields!(Self:
        left, right, watched, stop, unlocked, transfers_each, transfers, not_run,
        violations_in_thread, violations_in_isr, checks_in_isr
    );

    /// Sets the board up for a run. No run is on: its owner is the caller.
    pub(crate) fn begin(&self, mode: Mode, transfers_each: u32) {
        self.left.store(ACCOUNTS_TOTAL, Relaxed);
        self.right.store(0, Relaxed);
        self.stop.store(false, Relaxed);
        self.unlocked.store(mode == Mode::Control, Relaxed);
        self.transfers_each.store(transfers_each, Relaxed);
        let counts = [
            &self.transfers,
            &self.not_run,
            &self.violations_in_thread,
            &self.violations_in_isr,
            &self.checks_in_isr,
        ];
        for count in counts {
            count.store(0, Relaxed);
        }
    }

    /// How many transfers each thread makes.
    pub(crate) fn transfers_each(&self) -> u32 {
        self.transfers_each.load(Relaxed)
    }

    /// Whether the run bypasses the lock.
    pub(crate) fn is_unlocked(&self) -> bool {
        self.unlocked.load(Relaxed)
    }

    /// Tells the threads to end.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Relaxed);
    }

    /// Whether the threads are to end.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Relaxed)
    }

    /// Makes the service routine check the accounts, or leave them alone.
    ///
    /// Called under the interrupt lock, so that no service routine is in the middle of a check.
    pub(crate) fn watch(&self, watched: bool) {
        self.watched.store(watched, Relaxed);
    }

    /// Moves `amount` from the left account to the right; says whether their sum was right before.
    pub(crate) fn transfer(&self, amount: u64) -> bool {
        let kept = self.withdraw(amount);
        self.deposit(amount);
        kept
    }

    /// The first half of a transfer; says whether the sum was right before.
    pub(crate) fn withdraw(&self, amount: u64) -> bool {
        let left = self.left.load(Relaxed);
        let kept = left.wrapping_add(self.right.load(Relaxed)) == ACCOUNTS_TOTAL;
        self.left.store(left.wrapping_sub(amount), Relaxed);
        kept
    }

    /// The second half of a transfer.
    pub(crate) fn deposit(&self, amount: u64) {
        let right = self.right.load(Relaxed);
        self.right.store(right.wrapping_add(amount), Relaxed);
    }

    /// The sum of the accounts.
    fn total(&self) -> u64 {
        let left = self.left.load(Relaxed);
        left.wrapping_add(self.right.load(Relaxed))
    }

    /// Adds what one thread did.
    pub(crate) fn add(&self, tally: &Tally) {
        self.transfers.fetch_add(tally.transfers, Relaxed);
        self.not_run.fetch_add(tally.not_run, Relaxed);
        self.violations_in_thread
            .fetch_add(tally.violations, Relaxed);
    }

    /// The reply of a run whose threads have ended.
    pub(crate) fn report(&self, interrupts_raised: u64) -> StressReply {
        StressReply {
            transfers: self.transfers.load(Relaxed),
            not_run: self.not_run.load(Relaxed),
            violations_in_thread: self.violations_in_thread.load(Relaxed),
            violations_in_isr: self.violations_in_isr.load(Relaxed),
            checks_in_isr: self.checks_in_isr.load(Relaxed),
            interrupts_raised,
            final_total: self.total(),
            reserved: 0,
        }
    }
}

/// A board as the service routine reaches it.
///
/// # Invariants
///
/// The board is live as long as the value is used.
pub(crate) struct BoardRef(NonNull<Board>);

// SAFETY: Everything on a board is atomic, so a reference to it may be used in any thread and on any
// processor.
unsafe impl Send for BoardRef {}

impl BoardRef {
    /// Lets the service routine reach a board.
    ///
    /// # Safety
    ///
    /// As the type's invariant says.
    pub(crate) const unsafe fn new(board: &Board) -> Self {
        Self(NonNull::from_ref(board))
    }

    /// The board.
    pub(crate) const fn get(&self) -> &Board {
        // SAFETY: The board is live (the type's invariant), and only shared references to it exist.
        unsafe { self.0.as_ref() }
    }

    /// Checks the accounts, if a run is on. The service routine calls this with the lock held.
    pub(crate) fn check_in_isr(&self) {
        let board = self.get();
        if board.watched.load(Relaxed) {
            board.checks_in_isr.fetch_add(1, Relaxed);
            if board.total() != ACCOUNTS_TOTAL {
                board.violations_in_isr.fetch_add(1, Relaxed);
            }
        }
    }
}
