//! Injected failures: how a call fails that the host has named.
//!
//! A run is a function of the image, the configuration and what the host asks for, and an injected failure is something the
//! host asks for: the token needs no mention of it, and a report names what failed.

use crate::{
    InjectedFailure, Status,
    activation::{Flow, Origin},
    kernel::{thread::ThreadId, time::CYCLES_PER_UNIT},
    sim::Sim,
};

/// What stands for the export where the failure is met by a service routine that reads a register.
pub(crate) const REGISTER_READ: &str = "a service routine's read of a register";

/// How long a processor is away, in NT's units of 100 ns: a millisecond.
const STALLED_FOR: u64 = 10_000;

/// How long a starved thread waits for a processor, in NT's units of 100 ns: a minute.
const STARVED_FOR: u64 = 60 * 10_000_000;

/// The export whose calls meet the failure.
const fn export_of(failure: InjectedFailure) -> &'static str {
    match failure {
        InjectedFailure::PoolExhausted => "ExAllocatePool2",
        InjectedFailure::MappingRefused => "MmMapIoSpaceEx",
        InjectedFailure::ConnectRefused | InjectedFailure::ConnectedNothing => {
            "IoConnectInterruptEx"
        }
        InjectedFailure::ThreadRefused | InjectedFailure::ThreadStarved => "PsCreateSystemThread",
        InjectedFailure::NotSynchronized => "KeSynchronizeExecution",
        InjectedFailure::DpcLate => "WdfDpcGetParentObject",
        InjectedFailure::DpcStalled => "WdfIoQueueFindRequest",
        InjectedFailure::ReadStalled => REGISTER_READ,
    }
}

/// What the call returns instead of what it would do; none where it does it, and something is wrong with
/// what comes of it.
fn answer_of(failure: InjectedFailure) -> Option<Flow> {
    match failure {
        // NULL, and FALSE.
        InjectedFailure::PoolExhausted
        | InjectedFailure::MappingRefused
        | InjectedFailure::NotSynchronized => Some(Flow::Return(0)),
        InjectedFailure::ConnectRefused | InjectedFailure::ThreadRefused => {
            Some(Flow::status(Status::INSUFFICIENT_RESOURCES))
        }
        InjectedFailure::ConnectedNothing => Some(Flow::status(Status::SUCCESS)),
        InjectedFailure::ThreadStarved
        | InjectedFailure::DpcLate
        | InjectedFailure::DpcStalled
        | InjectedFailure::ReadStalled => None,
    }
}

/// Whether only a call that a DPC makes meets it.
const fn is_of_dpcs(failure: InjectedFailure) -> bool {
    matches!(
        failure,
        InjectedFailure::DpcLate | InjectedFailure::DpcStalled
    )
}

/// A failure that the host has asked for.
#[derive(Clone, Debug)]
struct Planned {
    failure: InjectedFailure,
    /// How many calls go well before.
    after: u32,
    /// How many calls fail then.
    times: u32,
}

/// The failures that are to come, and those that have come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Injections {
    planned: Vec<Planned>,
    met: Vec<(InjectedFailure, u32)>,
}

impl Injections {
    /// Makes `times` calls meet `failure`, after `after` more that do not.
    pub(crate) fn plan(&mut self, failure: InjectedFailure, after: u32, times: u32) {
        self.planned.push(Planned {
            failure,
            after,
            times,
        });
    }

    /// The failure that this call of `export` meets.
    fn meet(&mut self, export: &str, in_dpc: bool) -> Option<InjectedFailure> {
        let planned = self.planned.iter_mut().find(|planned| {
            export_of(planned.failure) == export
                && planned.times > 0
                && (in_dpc || !is_of_dpcs(planned.failure))
        })?;
        if planned.after > 0 {
            planned.after -= 1;
            return None;
        }
        planned.times -= 1;
        let failure = planned.failure;
        match self.met.iter_mut().find(|(met, _)| *met == failure) {
            Some((_, times)) => *times += 1,
            None => self.met.push((failure, 1)),
        }
        Some(failure)
    }

    /// What has failed so far, for a report: a clause each.
    pub(crate) fn describe(&self) -> Vec<String> {
        self.met
            .iter()
            .map(|(failure, times)| {
                let export = export_of(*failure);
                format!("{export} met the fault {failure:?} ({times} times)")
            })
            .collect()
    }
}

impl Sim {
    /// Answers a call of `export` that meets an injected failure, instead of its routine.
    pub(crate) fn fail_call(&mut self, export: &str) -> Option<Flow> {
        let failure = self.injections.meet(export, self.cpu().in_dpc())?;
        self.note(format!("fault: {export} meets {failure:?}"));
        match failure {
            InjectedFailure::ThreadStarved => self.starve_next_thread = true,
            InjectedFailure::DpcLate
            | InjectedFailure::DpcStalled
            | InjectedFailure::ReadStalled => {
                self.cpu_mut().stalled_until = self.cycles + STALLED_FOR * CYCLES_PER_UNIT;
                self.attention = true;
            }
            _ => {}
        }
        answer_of(failure)
    }

    /// Lets a read of a register meet an injected failure, where a service routine reads.
    pub(crate) fn stall_register_read(&mut self) {
        let top = self.cpu().nested.last();
        if top.is_some_and(|activation| activation.origin == Origin::Isr) {
            let answer = self.fail_call(REGISTER_READ);
            debug_assert!(answer.is_none(), "the device has answered");
        }
    }

    /// Keeps a thread that was just made from running, where the call that made it met that failure.
    pub(crate) fn starve(&mut self, thread: ThreadId) {
        if core::mem::take(&mut self.starve_next_thread) {
            let until = self.cycles + STARVED_FOR * CYCLES_PER_UNIT;
            self.sleep_until(thread, until);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calls_that_were_named_meet_the_failure_and_no_others() {
        let mut injections = Injections::default();
        injections.plan(InjectedFailure::PoolExhausted, 1, 2);
        let mut call = |export| injections.meet(export, false);
        assert_eq!(call("ExAllocatePool2"), None);
        assert_eq!(call("IoConnectInterruptEx"), None);
        assert_eq!(
            call("ExAllocatePool2"),
            Some(InjectedFailure::PoolExhausted)
        );
        assert_eq!(
            call("ExAllocatePool2"),
            Some(InjectedFailure::PoolExhausted)
        );
        assert_eq!(call("ExAllocatePool2"), None);
        assert_eq!(
            injections.describe(),
            ["ExAllocatePool2 met the fault PoolExhausted (2 times)"]
        );
    }

    #[test]
    fn a_failure_of_dpcs_waits_for_the_call_of_one() {
        let mut injections = Injections::default();
        injections.plan(InjectedFailure::DpcStalled, 0, 1);
        assert_eq!(injections.meet("WdfIoQueueFindRequest", false), None);
        let met = injections.meet("WdfIoQueueFindRequest", true);
        assert_eq!(met, Some(InjectedFailure::DpcStalled));
    }
}
