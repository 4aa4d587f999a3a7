//! What the driver remembers in memory, by the numbers in it: for a host that has a driver go on from a number that it
//! would take a driver years to reach.

use nt_model::Failure;

use crate::{guest::Guest, kernel::Kernel};

/// The size of a number, in bytes.
const WORD: usize = 8;

impl<A> Kernel<A> {
    /// The aligned words of live pool, contexts of objects among it, that hold `number`.
    pub(crate) fn words_holding(&self, guest: &Guest, number: u64) -> Result<Vec<u64>, Failure> {
        let mut found = Vec::new();
        for (address, allocation) in self.pool.live.iter() {
            let bytes = guest.read_vec(*address, allocation.length as usize)?;
            let words = bytes.chunks_exact(WORD).zip((*address..).step_by(WORD));
            found.extend(
                words
                    .filter(|(word, _)| **word == number.to_le_bytes())
                    .map(|(_, at)| at),
            );
        }
        Ok(found)
    }

    /// Puts `number` into such words, past the driver.
    pub(crate) fn put_into_words(
        &mut self,
        guest: &mut Guest,
        words: &[u64],
        number: u64,
    ) -> Result<(), Failure> {
        self.note(format!(
            "{} words of what the driver remembers are {number:#x} from here on",
            words.len()
        ));
        words
            .iter()
            .try_for_each(|word| guest.write_u64(*word, number))
    }
}
