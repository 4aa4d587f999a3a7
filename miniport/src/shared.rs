//! The state that the service routine shares with requests and with the DPC.

use core::sync::atomic::{Ordering::SeqCst, compiler_fence};

use dirql_ioctl::video::ACCOUNTS_TOTAL;

/// Two accounts with a constant sum, and what the service routine has served.
///
/// Everybody who is let in finds the sum as it should be, unless something else is in the middle of a transfer.
pub(crate) struct Shared {
    left: u64,
    right: u64,
    served: u64,
}

impl Shared {
    /// The state of an adapter that was found just now.
    pub(crate) const fn new() -> Self {
        Self {
            left: ACCOUNTS_TOTAL,
            right: 0,
            served: 0,
        }
    }

    /// Moves an amount from left to right, in two steps that an onlooker could come between.
    #[inline]
    pub(crate) fn transfer(&mut self, amount: u64) {
        self.left = self.left.wrapping_sub(amount);
        // Without it the compiler could make one of the two steps: the fence is for what interrupts.
        compiler_fence(SeqCst);
        self.right = self.right.wrapping_add(amount);
    }

    /// Counts an interrupt, and says whether the sum of the accounts is right.
    #[inline]
    pub(crate) fn serve(&mut self) -> bool {
        self.served = self.served.wrapping_add(1);
        self.left.wrapping_add(self.right) == ACCOUNTS_TOTAL
    }

    /// The left account, the right one, and how many interrupts were served.
    #[inline]
    pub(crate) const fn look(&self) -> (u64, u64, u64) {
        (self.left, self.right, self.served)
    }
}
