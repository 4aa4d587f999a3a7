//! Injected failures: which calls meet them, and which have.

use nt_model::InjectedFailure;

/// What stands for the export where the failure is met by a service routine that reads a register.
pub(crate) const REGISTER_READ: &str = "a service routine's read of a register";
/// What stands for the export where the failure is met by a write to a register.
pub(in crate::kernel) const REGISTER_WRITE: &str = "a write to a register";
/// What stands for the export where the failure is met by a service routine that NT is about to call.
pub(in crate::kernel) const ISR_RUN: &str = "the run of a service routine";
/// What stands for the export where the failure is met by a DPC that begins.
pub(in crate::kernel) const DPC_RUN: &str = "the run of a DPC";
/// The export whose calls meet the failure.
pub(in crate::kernel) const fn export_of(failure: InjectedFailure) -> &'static str {
    match failure {
        InjectedFailure::PoolExhausted => "ExAllocatePool2",
        InjectedFailure::MappingRefused => "MmMapIoSpaceEx",
        InjectedFailure::ConnectRefused | InjectedFailure::ConnectedNothing => {
            "IoConnectInterruptEx"
        }
        InjectedFailure::ThreadRefused | InjectedFailure::ThreadStarved => "PsCreateSystemThread",
        InjectedFailure::NotSynchronized | InjectedFailure::SynchronizedTwice => {
            "KeSynchronizeExecution"
        }
        InjectedFailure::DpcLate => "WdfDpcGetParentObject",
        InjectedFailure::DpcStalled => "WdfIoQueueFindRequest",
        InjectedFailure::DpcHeldUp => DPC_RUN,
        InjectedFailure::IsrHeldUp => ISR_RUN,
        InjectedFailure::ReadStalled => REGISTER_READ,
        InjectedFailure::WriteHeldUp => REGISTER_WRITE,
    }
}
/// Whether only a call that a DPC makes meets it.
pub(in crate::kernel) const fn is_of_dpcs(failure: InjectedFailure) -> bool {
    matches!(
        failure,
        InjectedFailure::DpcLate | InjectedFailure::DpcStalled
    )
}
/// A failure that the host has asked for.
#[derive(Clone, Debug)]
pub(in crate::kernel) struct Planned {
    pub(in crate::kernel) failure: InjectedFailure,
    /// How many calls go well before.
    pub(in crate::kernel) after: u32,
    /// How many calls fail then.
    pub(in crate::kernel) times: u32,
}

/// The failures that are to come, and those that have come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Injections {
    pub(in crate::kernel) planned: Vec<Planned>,
    pub(in crate::kernel) met: Vec<(InjectedFailure, u32)>,
    /// The routine that is synchronized next is called twice.
    pub(in crate::kernel) calls_twice: bool,
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
    pub(in crate::kernel) fn meet(
        &mut self,
        export: &str,
        in_dpc: bool,
    ) -> Option<InjectedFailure> {
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
