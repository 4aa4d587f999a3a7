//! The device's own accesses to memory, in the order of the bus.
//!
//! A device that masters the bus is a strand like another. What it transfers for a buffer races with the driver's accesses
//! to the same bytes unless something orders them:
//!
//! - A write of a register, from when the device takes it: the device knows all that came before.
//! - A read of a register: it pushes the device's writes before it, so who reads knows of them. So does the service routine of a
//!   message, which is a write of the device's as well.
//! - An access that the protocol of the device lets both sides make at any time ([`Transfer::shared`]): an index, a flag. It is
//!   atomic, on either side, and who sees a value knows what came before it was written.
//! - The way out of D0: the bus driver has waited for what was on its way.

use nt_model::Failure;

use crate::kernel::{
    Kernel,
    race::{
        Races,
        clock::Clock,
        edges::Edge,
        shadow::{Record, words},
        strand::{Strand, Who},
    },
    state::dma::Transfer,
};

impl Races {
    /// The strand of the device, which begins with its first transfer.
    fn device(&mut self) -> Strand {
        if let Some(device) = self.device {
            return device;
        }
        let device = self.strands.begin(Clock::default(), Who::Device, u8::MAX);
        self.device = Some(device);
        device
    }

    /// The bytes are ones that device and driver access at any time: from now on, and as long as they were there.
    fn share(&mut self, device: Strand, word: u64, mask: u8) {
        if self.shadow.is_atomic(word, mask) {
            return;
        }
        let writers = self.shadow.share(word, mask);
        for writer in writers {
            let known = self.strands.get(Strand(writer)).clock.clone();
            self.strands.get_mut(device).clock.join(&known);
        }
    }
}

impl<A> Kernel<A> {
    /// The device has made a transfer.
    pub(in crate::kernel) fn access_by_device(
        &mut self,
        transfer: Transfer,
    ) -> Result<(), Failure> {
        let at = self.instructions as u32;
        let Some(races) = self.races.as_mut() else {
            return Ok(());
        };
        let device = races.device();
        races.acquire(device, Edge::Device);
        let (mut met, shared) = (None, transfer.shared);
        for (word, mask) in words(transfer.address, transfer.length) {
            if shared {
                races.share(device, word, mask);
            }
            let place = word | u64::from(mask.trailing_zeros());
            if shared && !transfer.write {
                races.acquire(device, Edge::Atomic(place));
            }
            let state = races.strands.get(device);
            let new = Record {
                slot: device.0,
                count: state.clock.get(device.0),
                rva: 0,
                who: Who::Device,
                locks: 0,
                mask,
                write: transfer.write,
                atomic: shared,
                cpu: 0,
                irql: 0,
                at,
            };
            let earlier = races.shadow.record(word, new, &state.clock);
            met = met.or(earlier.map(|earlier| (word, earlier, new)));
            if shared && transfer.write {
                races.release_anew(device, Edge::Atomic(place));
            }
        }
        races.release(device, Edge::Device);
        match met {
            Some((word, earlier, new)) => {
                let failure = self.report_race(word, &earlier, &new);
                self.unless_off(failure)
            }
            None => Ok(()),
        }
    }

    /// The live strand has waited for what the device had on its way.
    pub(in crate::kernel) fn learns_of_transfers(&mut self) {
        let strand = self.strand();
        if let Some(races) = self.races.as_mut()
            && let Some(device) = races.device
        {
            let known = races.strands.get(device).clock.clone();
            races.strands.get_mut(strand).clock.join(&known);
        }
    }
}
