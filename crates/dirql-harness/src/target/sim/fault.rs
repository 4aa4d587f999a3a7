//! What is done to the simulated system and device.

use ntsim::device::edu::Edu;

use super::SimSession;
use crate::target::{Fault, Refusal, Simulated};

impl Simulated for SimSession {
    fn refuse(&mut self, refusal: Refusal, after: u32, times: u32) {
        let fault = match refusal {
            Refusal::Pool => ntsim::Fault::PoolExhausted,
            Refusal::Mapping => ntsim::Fault::MappingRefused,
            Refusal::Connect => ntsim::Fault::ConnectRefused,
            Refusal::Thread => ntsim::Fault::ThreadRefused,
            Refusal::Processor => ntsim::Fault::ThreadStarved,
            Refusal::Synchronize => ntsim::Fault::NotSynchronized,
            Refusal::DpcBegins => ntsim::Fault::DpcLate,
            Refusal::DpcLooks => ntsim::Fault::DpcStalled,
            Refusal::ServiceReads => ntsim::Fault::ReadStalled,
        };
        self.machine.inject(fault, after, times);
    }

    fn raise_causes(&mut self, causes: u32) -> Result<(), Fault> {
        Ok(self.machine.raise_device(causes)?)
    }

    fn join_causes(&mut self, first: u32, reads: u32) {
        if let Some(edu) = self.machine.device::<Edu>() {
            edu.join_causes(first, reads);
        }
    }
}
