//! What is done to the machine of a session besides its requests.

use std::time::Duration;

use dirql_ioctl::ControlCode;
use nt_model::{
    DeviceState, ErrorSourceReport, Failure, InjectedFailure, Order, OrderOutcome, Severity,
    Transition,
};
use ntsim::device::edu::{Edu, STATUS_RAISE_WHEN_DONE, register};

use super::session::{SimSession, misuse};
use crate::target::{Handle, Session, Simulated, Ticket};

impl Simulated for SimSession {
    fn begin_transition(&mut self, transition: Transition) -> Result<(), Failure> {
        self.machine.begin_transition(transition)
    }

    fn end_transition(&mut self) -> Result<DeviceState, Failure> {
        match self.machine.end_transition()? {
            DeviceState::NotAdded | DeviceState::Removed => {
                Err(misuse("the device is not there any more"))
            }
            state => Ok(state),
        }
    }

    fn submit_after_close(
        &mut self,
        handle: Handle,
        code: ControlCode,
        input: &[u8],
        output_len: usize,
    ) -> Result<Ticket, Failure> {
        let file = self.file(handle)?;
        let sender = self.machine.begin_sending(file)?;
        self.close(handle)?;
        let request = self
            .machine
            .submit_late(sender, code.0, input, output_len)?;
        Ok(self.keep(request))
    }

    fn unplug(&mut self) -> Result<(), Failure> {
        self.machine.unplug()
    }

    fn may_be_removed(&self) -> bool {
        self.machine.may_be_removed()
    }

    fn completed_at(&self, ticket: Ticket, failure: Failure) -> Failure {
        match self.submitted.get(ticket.0) {
            Some(request) => self.machine.completed_at(*request, failure),
            None => failure,
        }
    }

    fn dpcs(&self) -> usize {
        self.machine.dpcs()
    }

    fn threads(&self) -> usize {
        self.machine.system_threads()
    }

    fn loud_behind_d0_exit(&self) -> Option<String> {
        self.machine.loud_behind_d0_exit().map(str::to_owned)
    }

    fn compute(&mut self, nanoseconds: u32) -> Result<(), Failure> {
        let status = register::STATUS;
        self.machine
            .write_register(0, status, STATUS_RAISE_WHEN_DONE)?;
        // A multiplication takes a nanosecond.
        self.machine
            .write_register(0, register::FACTORIAL, nanoseconds)
    }

    fn words_holding(&mut self, number: u64) -> Result<Vec<u64>, Failure> {
        self.machine.words_holding(number)
    }

    fn put_into_words(&mut self, words: &[u64], number: u64) -> Result<(), Failure> {
        self.machine.put_into_words(words, number)
    }

    fn now(&self) -> Duration {
        self.machine.now()
    }

    fn inject(&mut self, failure: InjectedFailure, after: u32, times: u32) {
        self.machine.inject(failure, after, times);
    }

    fn neighbour_interrupts(&mut self) -> Result<(), Failure> {
        self.machine.raise_neighbour()
    }

    fn raise_causes(&mut self, causes: u32) -> Result<(), Failure> {
        self.machine.raise_device(causes)
    }

    fn join_causes(&mut self, first: u32, reads: u32) {
        if let Some(edu) = self.machine.device::<Edu>() {
            edu.join_causes(first, reads);
        }
    }

    fn raise_errors(&mut self, source: u32, count: u32, severity: Severity) -> Result<(), Failure> {
        self.machine.raise_errors(source, count, severity)
    }

    fn settle(&mut self) -> Result<(), Failure> {
        self.machine.settle()
    }

    fn error_source(&mut self, source: u32) -> Result<ErrorSourceReport, Failure> {
        self.machine.error_source(source)
    }

    fn order(&mut self, order: Order) -> Result<OrderOutcome, Failure> {
        let begun = self.machine.begin_order(order)?;
        self.machine.wait_order(begun)
    }

    fn other_plugin(&mut self, areas: u32) {
        match areas {
            0 => self.machine.unregister_other_plugin(),
            areas => self.machine.register_other_plugin(areas),
        }
    }
}
