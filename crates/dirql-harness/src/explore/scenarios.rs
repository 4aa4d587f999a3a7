//! The scenarios of the shipped driver. A new one is a few lines here; [docs/exploring.md] says how.
//!
//! [docs/exploring.md]: https://github.com/dirql/dirql/blob/main/docs/exploring.md

use dirql_ioctl::connection::{Kind, ReconnectRequest};
use dirql_ioctl::interrupt::{RaiseRequest, SetActiveRequest, WaitRequest};
use dirql_ioctl::pshed::{AdoptRequest, InjectRequest, SynchronizeSourceRequest};
use dirql_ioctl::stress::{Mode, StressRequest};
use dirql_ioctl::synchronize::{Operation, SynchronizeRequest};
use nt_model::{ErrorSourceKind, Order, Severity, Transition};

use crate::target::{EVERY_AREA, Setup};

use super::stage::{Builder, Drama, Message, SOURCE};
use crate::message::{Pshed, PshedSources, Query, Request, ResetStatistics, Statistics};

/// A cause that the device raises.
const CAUSE: u32 = 1;

/// A scenario with the machine that it takes.
#[derive(Debug)]
pub struct Listed {
    /// The scenario.
    pub drama: Drama,
    /// What its machine has besides the device.
    pub setup: Setup,
}

fn add() -> SynchronizeRequest {
    SynchronizeRequest {
        operation: Operation::Add as u32,
        repeat: 1,
        argument: 3,
        ..SynchronizeRequest::default()
    }
}

fn transfer() -> SynchronizeRequest {
    SynchronizeRequest {
        operation: Operation::Transfer as u32,
        argument: 5,
        ..add()
    }
}

fn raise() -> RaiseRequest {
    RaiseRequest {
        causes: 2,
        count: 1,
        reserved: 0,
    }
}

fn stress() -> StressRequest {
    StressRequest {
        mode: Mode::Locked as u32,
        threads: 1,
        transfers: 1,
        interrupts: 1,
        reserved: 0,
    }
}

fn reconnect() -> ReconnectRequest {
    ReconnectRequest {
        kind: Kind::FullySpecified as u32,
        reserved: 0,
    }
}

fn active(active: u32) -> SetActiveRequest {
    SetActiveRequest {
        active,
        reserved: 0,
    }
}

/// A request with the word that names it in a scenario.
type Named = (&'static str, Message);

fn named<R: Request>(name: &'static str, request: &R) -> Named {
    (name, Message::of(request))
}

/// What changes the driver's state.
fn changing() -> Vec<Named> {
    vec![
        named("synchronize", &add()),
        named("raise", &raise()),
        named("wait", &WaitRequest::default()),
        named("stress", &stress()),
        named("reconnect", &reconnect()),
        named("inactive", &active(0)),
        named("reset", &ResetStatistics),
    ]
}

/// What only looks at it.
fn looking() -> Vec<Named> {
    vec![named("query", &Query), named("statistics", &Statistics)]
}

fn plain(drama: Drama) -> Listed {
    Listed {
        drama,
        setup: Setup::default(),
    }
}

/// Each request, while the device interrupts.
fn one_and_an_interrupt() -> impl Iterator<Item = Listed> {
    changing()
        .into_iter()
        .chain(looking())
        .map(|(name, message)| {
            let says = format!("{name}, and the device interrupts");
            let builder = Builder::new(format!("{name}+interrupt"), says);
            plain(builder.message(message).raise(CAUSE).build())
        })
}

/// Each two requests that change something, while the device interrupts.
fn two_and_an_interrupt() -> Vec<Listed> {
    let all = changing();
    let mut found = Vec::new();
    for (index, (one, first)) in all.iter().enumerate() {
        for (other, second) in &all[index..] {
            let says = format!("{one} and {other} on two processors, and the device interrupts");
            let builder = Builder::new(format!("pair/{one}+{other}+interrupt"), says);
            let builder = builder.message(first.clone()).message(second.clone());
            found.push(plain(builder.raise(CAUSE).build()));
        }
    }
    found
}

/// Each request, while the device changes its state.
fn one_and_a_change() -> Vec<Listed> {
    let changes = [
        ("down", Transition::PowerDown),
        ("stop", Transition::Stop),
        ("surprise", Transition::SurpriseRemoval),
    ];
    let mut found = Vec::new();
    for (word, transition) in changes {
        for (name, message) in changing().into_iter().chain(looking()) {
            let says = format!("{name} against {transition:?}");
            let builder = Builder::new(format!("{name}+{word}"), says);
            found.push(plain(builder.message(message).change(transition).build()));
        }
        let says = format!("an interrupt against {transition:?}");
        let builder = Builder::new(format!("interrupt+{word}"), says);
        found.push(plain(builder.raise(CAUSE).change(transition).build()));
        let says = format!("a wait and the interrupt that ends it against {transition:?}");
        let builder = Builder::new(format!("wait+interrupt+{word}"), says);
        let builder = builder.send(&WaitRequest::default()).raise(CAUSE);
        found.push(plain(builder.change(transition).build()));
    }
    found
}

/// What is not a pair of the above.
fn windows() -> Vec<Listed> {
    let wait = WaitRequest::default();
    let list = [
        Builder::new(
            "wait+cancel",
            "a wait is cancelled at any moment, and must end",
        )
        .send(&wait)
        .cancel(0),
        Builder::new(
            "wait+close",
            "the handle of a wait is closed at any moment, and the wait must end",
        )
        .send(&wait)
        .close(0),
        Builder::new(
            "wait+cancel+interrupt",
            "a wait is cancelled while the interrupt that ends it arrives",
        )
        .send(&wait)
        .cancel(0)
        .raise(CAUSE),
        Builder::new(
            "wait+close+interrupt",
            "the handle of a wait is closed while the interrupt that ends it arrives",
        )
        .send(&wait)
        .close(0)
        .raise(CAUSE),
        Builder::new("stress+cancel", "a stress run is cancelled at any moment")
            .send(&stress())
            .cancel(0),
        Builder::new(
            "stress+close",
            "the handle of a stress run is closed at any moment",
        )
        .send(&stress())
        .close(0),
        Builder::new(
            "inactive+interrupt+neighbour",
            "the interrupt is reported inactive while the device and its neighbour interrupt",
        )
        .send(&active(0))
        .raise(CAUSE)
        .neighbour(),
        Builder::new(
            "active+interrupt",
            "the interrupt is reported active again while the device interrupts",
        )
        .first(&active(0))
        .send(&active(1))
        .raise(CAUSE),
        Builder::new(
            "interrupt+interrupt+transfer",
            "the device interrupts twice during a transfer",
        )
        .send(&transfer())
        .raise(CAUSE)
        .raise(4),
        Builder::new(
            "down+surprise",
            "the bus finds the device gone while it goes to D3",
        )
        .change(Transition::PowerDown)
        .change_behind(Transition::SurpriseRemoval, Some(0))
        .raise(CAUSE),
        Builder::new(
            "unplug+interrupt+synchronize",
            "the device goes away under a closure and its interrupt",
        )
        .send(&add())
        .raise(CAUSE)
        .unplug(),
    ];
    list.into_iter()
        .map(|builder| plain(builder.build()))
        .collect()
}

/// A machine with one error source, whose handler is the plug-in's while it has adopted it.
fn with_a_source() -> Setup {
    Setup {
        parameters: vec![("PshedAreas", EVERY_AREA), ("PshedAdopt", 1)],
        sources: vec![(SOURCE, ErrorSourceKind::CorrectedMachineCheck)],
        ..Setup::default()
    }
}

/// Each code of the plug-in, while an error is handled.
fn errors() -> Vec<Listed> {
    let adopt = |adopt| AdoptRequest {
        source: SOURCE,
        adopt,
    };
    let requests = [
        named("pshed", &Pshed),
        named("pshed-sources", &PshedSources),
        named("pshed-let-go", &adopt(0)),
        named(
            "pshed-synchronize",
            &SynchronizeSourceRequest {
                source: SOURCE,
                amount: 1,
                repeat: 1,
                ..SynchronizeSourceRequest::default()
            },
        ),
        named("pshed-inject", &InjectRequest::default()),
    ];
    let listed = requests.into_iter().map(|(name, message)| {
        let says = format!("{name}, and an error is handled at the source");
        let builder = Builder::new(format!("{name}+error"), says);
        Listed {
            drama: builder.message(message).error(Severity::Corrected).build(),
            setup: with_a_source(),
        }
    });
    let let_go = Builder::new(
        "pshed-adopt+error",
        "pshed-adopt, and an error is handled at the source",
    )
    .first_order(Order::Set(SOURCE))
    .send(&adopt(1))
    .error(Severity::Corrected);
    let twice = Builder::new(
        "pshed-synchronize+pshed-let-go+error",
        "a closure for an error source that is let go, and an error is handled at it",
    )
    .first_order(Order::Set(SOURCE))
    .first(&adopt(1))
    .send(&SynchronizeSourceRequest {
        source: SOURCE,
        amount: 1,
        repeat: 1,
        ..SynchronizeSourceRequest::default()
    })
    .send(&adopt(0))
    .error(Severity::Corrected);
    let more = [let_go, twice].map(|builder| Listed {
        drama: builder.build(),
        setup: with_a_source(),
    });
    listed.chain(more).collect()
}

/// Every scenario, in the order of the list.
#[must_use]
pub fn all() -> Vec<Listed> {
    let mut all: Vec<Listed> = one_and_an_interrupt().collect();
    all.extend(windows());
    all.extend(errors());
    all.extend(one_and_a_change());
    all.extend(two_and_an_interrupt());
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_scenario_has_a_name_of_its_own() {
        let all = all();
        let names: BTreeSet<&str> = all.iter().map(|it| it.drama.name.as_str()).collect();
        assert_eq!(names.len(), all.len());
        assert!(names.iter().all(|name| !name.contains([':', ' '])));
    }
}
