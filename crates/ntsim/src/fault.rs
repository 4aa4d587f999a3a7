//! Faults: a call of the kernel fails, as its page says that it may.
//!
//! A simulated system has all the memory and all the time it wants, and what a driver does when a call fails
//! would never run. So the host names a fault, and the calls that meet it. A run is a function of the image, the
//! configuration and what the host asks for, and a fault is something the host asks for: the token needs no
//! mention of it, and a report names what failed.

use crate::{
    activation::{Flow, Origin},
    kernel::{status, thread::ThreadId, time::CYCLES_PER_UNIT},
    sim::Sim,
};

/// What fails, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// `ExAllocatePool2` has no memory and returns NULL (nf-wdm-exallocatepool2).
    PoolExhausted,
    /// `MmMapIoSpaceEx` has no addresses left and returns NULL (nf-wdm-mmmapiospaceex).
    MappingRefused,
    /// `IoConnectInterruptEx` returns `STATUS_INSUFFICIENT_RESOURCES`; nothing is connected
    /// (nf-wdm-ioconnectinterruptex).
    ConnectRefused,
    /// `IoConnectInterruptEx` returns `STATUS_SUCCESS`, and nothing is connected: no object comes back.
    ///
    /// A system does so that has not implemented a kind of connection and says success to it, as present `ReactOS` has
    /// it for the line- and the message-based kinds.
    ConnectedNothing,
    /// `PsCreateSystemThread` returns `STATUS_INSUFFICIENT_RESOURCES`; there is no thread
    /// (nf-wdm-pscreatesystemthread).
    ThreadRefused,
    /// The thread that `PsCreateSystemThread` makes gets no processor for a minute: no page says when a
    /// thread runs. A wait for it times out.
    ThreadStarved,
    /// `KeSynchronizeExecution` returns FALSE without having called the routine.
    ///
    /// No page says that NT does so; the pages leave open what else than the routine's own answer the BOOLEAN
    /// could be. It is injected for drivers that promise to notice.
    NotSynchronized,
    /// The processor on which a DPC calls `WdfDpcGetParentObject` executes nothing for a millisecond from there on, as
    /// firmware and hypervisors have it. The call itself does what it does.
    DpcLate,
    /// The same, where a DPC calls `WdfIoQueueFindRequest`.
    DpcStalled,
    /// The same, where a service routine reads a register: its processor has the value, and goes on a millisecond later.
    ReadStalled,
}

/// What stands for the export where the fault is met by a service routine that reads a register.
pub(crate) const REGISTER_READ: &str = "a service routine's read of a register";

/// How long a processor is away, in NT's units of 100 ns: a millisecond.
const STALLED_FOR: u64 = 10_000;

/// How long a starved thread waits for a processor, in NT's units of 100 ns: a minute.
const STARVED_FOR: u64 = 60 * 10_000_000;

impl Fault {
    /// The export whose calls meet the fault.
    const fn export(self) -> &'static str {
        match self {
            Self::PoolExhausted => "ExAllocatePool2",
            Self::MappingRefused => "MmMapIoSpaceEx",
            Self::ConnectRefused | Self::ConnectedNothing => "IoConnectInterruptEx",
            Self::ThreadRefused | Self::ThreadStarved => "PsCreateSystemThread",
            Self::NotSynchronized => "KeSynchronizeExecution",
            Self::DpcLate => "WdfDpcGetParentObject",
            Self::DpcStalled => "WdfIoQueueFindRequest",
            Self::ReadStalled => REGISTER_READ,
        }
    }

    /// What the call returns instead of what it would do; none where it does it, and something is wrong with
    /// what comes of it.
    const fn answer(self) -> Option<u64> {
        match self {
            // NULL, and FALSE.
            Self::PoolExhausted | Self::MappingRefused | Self::NotSynchronized => Some(0),
            Self::ConnectRefused | Self::ThreadRefused => Some(status::INSUFFICIENT_RESOURCES),
            Self::ConnectedNothing => Some(status::SUCCESS),
            Self::ThreadStarved | Self::DpcLate | Self::DpcStalled | Self::ReadStalled => None,
        }
    }

    /// Whether only a call that a DPC makes meets it.
    const fn is_of_dpcs(self) -> bool {
        matches!(self, Self::DpcLate | Self::DpcStalled)
    }
}

/// A fault that the host has asked for.
#[derive(Clone, Debug)]
struct Planned {
    fault: Fault,
    /// How many calls go well before.
    after: u32,
    /// How many calls fail then.
    times: u32,
}

/// The faults that are to come, and those that have come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    planned: Vec<Planned>,
    met: Vec<(Fault, u32)>,
}

impl Faults {
    /// Makes `times` calls meet `fault`, after `after` more that do not.
    pub(crate) fn plan(&mut self, fault: Fault, after: u32, times: u32) {
        self.planned.push(Planned {
            fault,
            after,
            times,
        });
    }

    /// The fault that this call of `export` meets.
    fn meet(&mut self, export: &str, in_dpc: bool) -> Option<Fault> {
        let planned = self.planned.iter_mut().find(|planned| {
            planned.fault.export() == export
                && planned.times > 0
                && (in_dpc || !planned.fault.is_of_dpcs())
        })?;
        if planned.after > 0 {
            planned.after -= 1;
            return None;
        }
        planned.times -= 1;
        let fault = planned.fault;
        match self.met.iter_mut().find(|(met, _)| *met == fault) {
            Some((_, times)) => *times += 1,
            None => self.met.push((fault, 1)),
        }
        Some(fault)
    }

    /// What has failed so far, for a report: a clause each.
    pub(crate) fn describe(&self) -> Vec<String> {
        self.met
            .iter()
            .map(|(fault, times)| {
                format!("{} met the fault {fault:?} ({times} times)", fault.export())
            })
            .collect()
    }
}

impl Sim {
    /// Answers a call of `export` that meets a fault, instead of its routine.
    pub(crate) fn fail_call(&mut self, export: &str) -> Option<Flow> {
        let fault = self.faults.meet(export, self.cpu().in_dpc())?;
        self.note(format!("fault: {export} meets {fault:?}"));
        match fault {
            Fault::ThreadStarved => self.starve_next_thread = true,
            Fault::DpcLate | Fault::DpcStalled | Fault::ReadStalled => {
                self.cpu_mut().stalled_until = self.cycles + STALLED_FOR * CYCLES_PER_UNIT;
                self.attention = true;
            }
            _ => {}
        }
        fault.answer().map(Flow::Return)
    }

    /// Lets a read of a register meet a fault, where a service routine reads.
    pub(crate) fn stall_register_read(&mut self) {
        let top = self.cpu().nested.last();
        if top.is_some_and(|activation| activation.origin == Origin::Isr) {
            let answer = self.fail_call(REGISTER_READ);
            debug_assert!(answer.is_none(), "the device has answered");
        }
    }

    /// Keeps a thread that was just made from running, where the call that made it met that fault.
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
    fn the_calls_that_were_named_meet_the_fault_and_no_others() {
        let mut faults = Faults::default();
        faults.plan(Fault::PoolExhausted, 1, 2);
        let mut call = |export| faults.meet(export, false);
        assert_eq!(call("ExAllocatePool2"), None);
        assert_eq!(call("IoConnectInterruptEx"), None);
        assert_eq!(call("ExAllocatePool2"), Some(Fault::PoolExhausted));
        assert_eq!(call("ExAllocatePool2"), Some(Fault::PoolExhausted));
        assert_eq!(call("ExAllocatePool2"), None);
        assert_eq!(
            faults.describe(),
            ["ExAllocatePool2 met the fault PoolExhausted (2 times)"]
        );
    }

    #[test]
    fn a_fault_of_dpcs_waits_for_the_call_of_one() {
        let mut faults = Faults::default();
        faults.plan(Fault::DpcStalled, 0, 1);
        assert_eq!(faults.meet("WdfIoQueueFindRequest", false), None);
        let met = faults.meet("WdfIoQueueFindRequest", true);
        assert_eq!(met, Some(Fault::DpcStalled));
    }
}
