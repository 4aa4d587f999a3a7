//! The state that the service routine shares with the rest of the driver, and the service routine.
//!
//! A [`Shared`] lives inside of the interrupt ([`crate::interrupt`]): what holds a `&mut Shared` holds the interrupt
//! lock, so nothing here is atomic but what a control run of a stress test reaches without the lock.

use dirql::Serviced;

use crate::{
    board::BoardRef,
    dpc::Dpc,
    ledger::{Collected, Ledger},
    reach::ReachRef,
    registers::Registers,
};

/// How often one drain reads causes before it leaves the rest to the next. A device that raises
/// faster than this is served by the DPC in turns, and other interrupts get theirs.
const PASSES: u32 = 8;

/// The state behind the interrupt lock.
pub(crate) struct Shared {
    registers: Registers,
    dpc: Dpc,
    board: BoardRef,
    reach: ReachRef,
    /// Whether what the device raises is counted and handed on. While it is not, and the registers answer, it is
    /// acknowledged and forgotten.
    powered: bool,
    /// Whether the last drain ended at its bound. A message comes only when a cause is raised, so
    /// what is left would stay unserved.
    undrained: bool,
    /// The newest interrupt when the DPC last looked.
    collected: u64,
    /// What has been written down.
    pub(crate) ledger: Ledger,
}

/// What a drain found.
struct Drained {
    /// Every cause that it acknowledged.
    causes: u32,
    /// Whether it ended at its bound.
    left: bool,
}

impl Shared {
    /// The state of a device that is not powered.
    pub(crate) const fn new(
        registers: Registers,
        dpc: Dpc,
        board: BoardRef,
        reach: ReachRef,
        ledger: &Ledger,
    ) -> Self {
        Self {
            registers,
            dpc,
            board,
            reach,
            powered: false,
            undrained: false,
            collected: ledger.newest.sequence,
            ledger: *ledger,
        }
    }

    /// The accounts of a stress run, for the closures of its threads.
    pub(crate) const fn board(&self) -> &BoardRef {
        &self.board
    }

    /// Counts what the device raises from here on, after what it says from before is acknowledged and forgotten.
    pub(crate) fn power_up(&mut self) {
        self.registers.silence();
        self.undrained = false;
        self.powered = true;
    }

    /// Silences the device, which is in D0, and hands out a copy of the records. From here on nothing is counted, and
    /// the service routine silences what the device raises all the same.
    pub(crate) fn quiesce(&mut self) -> Ledger {
        self.registers.silence();
        self.powered = false;
        self.undrained = false;
        self.ledger
    }

    /// Raises `causes`, if the device may interrupt; says whether it did.
    pub(crate) fn raise(&mut self, causes: u32) -> bool {
        if self.powered {
            self.registers.raise(causes);
            self.ledger.raise();
        }
        self.powered
    }

    /// Serves the device of a live interrupt.
    fn serve(&mut self) -> Serviced {
        let drained = self.drain();
        if drained.causes == 0 {
            self.ledger.decline();
            return Serviced::NotMine;
        }
        self.undrained = drained.left;
        self.ledger.claim(drained.causes);
        self.board.check_in_isr();
        self.dpc.enqueue();
        Serviced::Claimed
    }

    /// Serves a device that nothing listens to: the line falls, and nothing is counted. Declined instead, a line that
    /// the device asserts would be delivered again and again, and whatever is to listen would never come to run.
    fn hush(&mut self) -> Serviced {
        match self.registers.causes() {
            Some(0) | None => {
                self.ledger.decline();
                Serviced::NotMine
            }
            Some(_) => {
                self.registers.silence();
                Serviced::Claimed
            }
        }
    }

    /// Goes on with a drain that reached its bound, and says what is new.
    pub(crate) fn collect(&mut self) -> Collected {
        if self.undrained && self.powered {
            let drained = self.drain();
            self.undrained = drained.left;
            // What is acknowledged here never reaches the service routine, so it is claimed here: a
            // request that waits for it sees the sequence move.
            if drained.causes != 0 {
                self.ledger.claim(drained.causes);
            }
        }
        let newest = self.ledger.newest;
        let batch = newest.sequence.wrapping_sub(self.collected);
        self.collected = newest.sequence;
        Collected {
            newest,
            batch,
            undrained: self.undrained,
        }
    }

    /// Acknowledges causes until none is raised, the device is gone or the bound is reached.
    ///
    /// What is read is what is acknowledged: a cause that is raised in between stays. After a partial
    /// acknowledgement a message-signalled device would not interrupt again, so the causes are read
    /// once more.
    fn drain(&mut self) -> Drained {
        let mut seen = 0;
        for _ in 0..PASSES {
            match self.registers.causes() {
                Some(0) | None => {
                    return Drained {
                        causes: seen,
                        left: false,
                    };
                }
                Some(causes) => {
                    self.registers.acknowledge(causes);
                    self.ledger.acknowledge(causes);
                    seen |= causes;
                }
            }
        }
        let left = !matches!(self.registers.causes(), Some(0) | None);
        if left {
            self.ledger.reach_bound();
        }
        Drained { causes: seen, left }
    }

    /// The service routine.
    pub(crate) fn attend(&mut self) -> Serviced {
        // The line may be shared, and a device that is not in D0 does not answer: not a single register is read unless
        // the device can have interrupted.
        let reach = self.reach;
        let served = reach.within(|| {
            if self.powered {
                self.serve()
            } else {
                self.hush()
            }
        });
        served.unwrap_or_else(|| {
            self.ledger.decline();
            Serviced::NotMine
        })
    }
}
