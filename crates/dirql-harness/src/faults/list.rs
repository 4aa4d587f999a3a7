//! The workloads: each way through the driver that may ask the system for something.

use dirql_ioctl::connection::{Kind, ReconnectRequest};
use dirql_ioctl::interrupt::{RaiseRequest, SetActiveRequest, WAITS_MAX, WaitRequest};
use dirql_ioctl::pshed::{AdoptRequest, InjectRequest, SynchronizeSourceRequest};
use dirql_ioctl::stress::{Mode, StressRequest, THREADS_MAX};
use dirql_ioctl::synchronize::{Operation, SynchronizeRequest};
use dirql_ioctl::video::{self, PRIORITY_HIGH, PRIORITY_LOW, PRIORITY_MEDIUM};
use nt_model::{ErrorSourceKind, Order, Severity, Transition};
use zerocopy::IntoBytes;

use super::workload::{Step, WaitEnd, Workload};
use crate::explore::scenarios::On;
use crate::explore::stage::SOURCE;
use crate::message::{Pshed, PshedSources, Query, ResetStatistics, Statistics};
use crate::target::{EVERY_AREA, Setup};

/// More often than anything can be held but a place for a wait.
const SOME: u32 = THREADS_MAX + 1;
/// More often than there are places for waits.
const OFTEN: u32 = WAITS_MAX + 1;

fn of(name: &'static str, repeats: u32, steps: Vec<Step>) -> Workload {
    Workload {
        name,
        on: On::Device(Setup::default()),
        listens: false,
        steps,
        repeats,
    }
}

fn closures(caller_irql: u32) -> Step {
    Step::ask(&SynchronizeRequest {
        operation: Operation::Add as u32,
        caller_irql,
        repeat: 3,
        argument: 5,
        ..SynchronizeRequest::default()
    })
}

fn closure(operation: Operation, argument: u64) -> Step {
    Step::ask(&SynchronizeRequest {
        operation: operation as u32,
        repeat: 1,
        argument,
        ..SynchronizeRequest::default()
    })
}

fn reconnect(kind: Kind) -> Step {
    Step::ask(&ReconnectRequest {
        kind: kind as u32,
        reserved: 0,
    })
}

fn active(active: u32) -> Step {
    Step::ask(&SetActiveRequest {
        active,
        reserved: 0,
    })
}

/// The requests of the contract, a workload each.
fn requests() -> Vec<Workload> {
    let raise = Step::ask(&RaiseRequest {
        causes: 2,
        count: 2,
        reserved: 0,
    });
    let stress = Step::ask(&StressRequest {
        mode: Mode::Locked as u32,
        threads: 2,
        transfers: 2,
        interrupts: 1,
        reserved: 0,
    });
    let served = Step::ask(&WaitRequest { after: 0 });
    vec![
        of("query", SOME, vec![Step::ask(&Query), Step::Open]),
        of("synchronize", SOME, {
            let operations = [
                (Operation::Transfer, 5),
                (Operation::Fill, 5),
                (Operation::Snapshot, 0),
                (Operation::ReturnFalse, 0),
                (Operation::Nothing, 0),
            ];
            let each = operations.map(|(operation, argument)| closure(operation, argument));
            [closures(0), closures(2)].into_iter().chain(each).collect()
        }),
        of("raise", SOME, vec![raise]),
        of("wait", OFTEN, vec![Step::Wait(WaitEnd::Interrupt)]),
        of("wait-served", OFTEN, vec![Step::Raise(1), served]),
        of("wait-cancelled", OFTEN, vec![Step::Wait(WaitEnd::Cancel)]),
        of("wait-closed", OFTEN, vec![Step::Wait(WaitEnd::Close)]),
        of("stress", SOME, vec![stress]),
        of(
            "reconnect",
            SOME,
            Kind::ALL
                .into_iter()
                .chain([Kind::Framework])
                .map(reconnect)
                .collect(),
        ),
        of("set-active", SOME, vec![active(0), active(1)]),
        of(
            "statistics",
            SOME,
            vec![Step::ask(&Statistics), Step::ask(&ResetStatistics)],
        ),
    ]
}

/// The changes of the device.
fn changes() -> Vec<Workload> {
    use Transition::{PowerDown, PowerUp, Stop, SurpriseRemoval};
    vec![
        of("start", 0, Vec::new()),
        of(
            "power",
            SOME,
            vec![
                Step::Raise(1),
                Step::Change(PowerDown),
                Step::Change(PowerUp),
            ],
        ),
        of(
            "stop",
            SOME,
            vec![
                Step::Wait(WaitEnd::Later),
                Step::Change(Stop),
                Step::Restart,
            ],
        ),
        of(
            "power-waiting",
            SOME,
            vec![
                Step::Wait(WaitEnd::Later),
                Step::Change(PowerDown),
                Step::Change(PowerUp),
                Step::Raise(1),
            ],
        ),
        of(
            "surprise-removal",
            0,
            vec![Step::Wait(WaitEnd::Later), Step::Change(SurpriseRemoval)],
        ),
    ]
}

/// The plug-in, with a source of the platform's and one of the driver's own.
fn plugin() -> Vec<Workload> {
    let setup = Setup {
        parameters: vec![
            ("PshedAreas", EVERY_AREA),
            ("PshedAdopt", 1),
            ("PshedCallersAtDispatch", 1),
            ("PshedOwnSource", 1),
        ],
        sources: vec![(SOURCE, ErrorSourceKind::CorrectedMachineCheck)],
        ..Setup::default()
    };
    let adopt = |adopt| {
        Step::ask(&AdoptRequest {
            source: SOURCE,
            adopt,
        })
    };
    let closure = |caller_irql| {
        Step::ask(&SynchronizeSourceRequest {
            source: SOURCE,
            amount: 1,
            repeat: 2,
            caller_irql,
            ..SynchronizeSourceRequest::default()
        })
    };
    let steps = vec![
        Step::ask(&Pshed),
        Step::Order(Order::Set(SOURCE)),
        adopt(1),
        closure(0),
        closure(2),
        Step::Error(Severity::Corrected),
        Step::ask(&InjectRequest::default()),
        Step::ask(&PshedSources),
        adopt(0),
    ];
    vec![Workload {
        on: On::Device(setup),
        ..of("plug-in", SOME, steps)
    }]
}

/// What listens to the driver's events hears each kind of them.
fn traced() -> Workload {
    let refused = SynchronizeRequest::default();
    Workload {
        listens: true,
        ..of(
            "traced",
            SOME,
            vec![
                closures(0),
                Step::ask(&refused),
                Step::Wait(WaitEnd::Interrupt),
                reconnect(Kind::FullySpecified),
                reconnect(Kind::Framework),
                Step::Change(Transition::PowerDown),
                Step::Change(Transition::PowerUp),
                Step::Change(Transition::Stop),
                Step::Restart,
            ],
        )
    }
}

/// The miniport.
fn miniport() -> Workload {
    let closure = |priority, operation| {
        Step::video_closure(&video::SynchronizeRequest {
            priority,
            operation: operation as u32,
            repeat: 2,
            raise: 0,
            argument: u64::from(operation == video::Operation::Transfer),
            reserved: 0,
        })
    };
    let raise = video::RaiseRequest {
        causes: 1,
        reserved: 0,
    };
    Workload {
        on: On::Adapter,
        ..of(
            "miniport",
            SOME,
            vec![
                Step::video::<video::QueryReply>(video::QUERY, &[]),
                closure(PRIORITY_LOW, video::Operation::Nothing),
                closure(PRIORITY_MEDIUM, video::Operation::Transfer),
                closure(PRIORITY_HIGH, video::Operation::Nothing),
                Step::video::<()>(video::RAISE, raise.as_bytes()),
                Step::video::<video::StatisticsReply>(video::STATISTICS, &[]),
            ],
        )
    }
}

/// Every workload, in the order of reports.
#[must_use]
pub fn all() -> Vec<Workload> {
    let mut all = changes();
    all.extend(requests());
    all.extend(plugin());
    all.push(traced());
    all.push(miniport());
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_workload_has_a_name_of_its_own() {
        let all = all();
        let names: BTreeSet<&str> = all.iter().map(|it| it.name).collect();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn every_code_of_the_contract_is_asked() {
        let all = all();
        let steps = all.iter().flat_map(|it| &it.steps);
        let asked: BTreeSet<u32> = steps
            .filter_map(|step| match step {
                Step::Ask(message) => Some(message.code().0),
                _ => None,
            })
            .collect();
        let codes = dirql_ioctl::code::ALL.into_iter();
        let codes = codes.chain(dirql_ioctl::code::OF_PSHED);
        assert_eq!(asked, codes.map(|(_, code)| code.0).collect());
    }
}
