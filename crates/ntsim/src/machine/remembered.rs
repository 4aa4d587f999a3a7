//! A driver that goes on from another number than it has reached.

use nt_model::Failure;

use crate::machine::Machine;

impl Machine {
    /// Where in the driver's pool, and in the contexts of its objects, a number of eight bytes stands.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the emulator's.
    pub fn words_holding(&mut self, number: u64) -> Result<Vec<u64>, Failure> {
        self.with(|system, guest| system.kernel.words_holding(guest, number))
    }

    /// Puts a number into such places, between two instructions of the driver's. What the driver makes of it is its own
    /// matter: a host does so where it knows that the driver might have come to that number by itself.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where a place is no memory.
    pub fn put_into_words(&mut self, words: &[u64], number: u64) -> Result<(), Failure> {
        self.with(|system, guest| system.kernel.put_into_words(guest, words, number))
    }
}
