//! Changes of the device under requests, interrupts and DPCs.

use dirql_ioctl::interrupt::WaitRequest;
use nt_model::Transition;

use super::requests::{CAUSE, add, every};
use super::{Listed, plain};
use crate::explore::stage::Builder;

/// How the device comes to the change that is explored, and that change.
#[derive(Clone, Copy)]
enum Change {
    /// Out of D0, or away.
    Leaves(Transition),
    /// Back to D0 from D3.
    Wakes,
    /// Its hardware is prepared and its interrupt connected again, after a stop.
    Restarts,
}

impl Change {
    const ALL: [(&'static str, Self, &'static str); 5] = [
        (
            "down",
            Self::Leaves(Transition::PowerDown),
            "the device goes to D3",
        ),
        (
            "stop",
            Self::Leaves(Transition::Stop),
            "the device is stopped",
        ),
        (
            "surprise",
            Self::Leaves(Transition::SurpriseRemoval),
            "the bus finds the device gone",
        ),
        ("up", Self::Wakes, "the device comes back from D3"),
        (
            "restart",
            Self::Restarts,
            "the device is started again after a stop",
        ),
    ];

    /// Adds it as an actor.
    fn to(self, builder: Builder) -> Builder {
        match self {
            Self::Leaves(transition) => builder.change(transition),
            Self::Wakes => builder
                .first_change(Transition::PowerDown)
                .change(Transition::PowerUp),
            Self::Restarts => builder.first_change(Transition::Stop).restart_behind(None),
        }
    }
}

/// Each request, an interrupt, a wait with the interrupt that ends it, and a closure with one, against a change.
fn against((word, change, says): (&str, Change, &str)) -> impl Iterator<Item = Builder> {
    let scenario = |name: &str, what: &str| {
        Builder::new(format!("{name}+{word}"), format!("{what} while {says}"))
    };
    let requests = every()
        .map(|(name, message)| scenario(name, name).message(message))
        .collect::<Vec<_>>();
    let more = [
        scenario("interrupt", "an interrupt").raise(CAUSE),
        scenario(
            "interrupt+neighbour",
            "interrupts of both devices on the line",
        )
        .raise(CAUSE)
        .neighbour(),
        scenario("wait+interrupt", "a wait and the interrupt that ends it")
            .send(&WaitRequest::default())
            .raise(CAUSE),
        scenario("synchronize+interrupt", "a closure and an interrupt")
            .send(&add())
            .raise(CAUSE),
    ];
    requests
        .into_iter()
        .chain(more)
        .map(move |builder| change.to(builder))
}

/// One change behind another, and beside it.
fn chained() -> [Builder; 7] {
    let wait = WaitRequest::default();
    let asleep = |builder: Builder| builder.first_change(Transition::PowerDown);
    [
        Builder::new(
            "interrupt+down+up",
            "the device goes to D3 and comes back, and the DPC of an interrupt is late",
        )
        .change(Transition::PowerDown)
        .change_behind(Transition::PowerUp, Some(0))
        .raise(CAUSE),
        Builder::new(
            "wait+interrupt+down+up",
            "the device goes to D3 and comes back under a wait, and the DPC of its interrupt is late",
        )
        .send(&wait)
        .raise(CAUSE)
        .change(Transition::PowerDown)
        .change_behind(Transition::PowerUp, Some(2)),
        Builder::new(
            "interrupt+stop+restart",
            "the device is stopped and started again, and the DPC of an interrupt is late",
        )
        .change(Transition::Stop)
        .restart_behind(Some(0))
        .raise(CAUSE),
        Builder::new(
            "down+surprise",
            "the bus finds the device gone while it goes to D3",
        )
        .change(Transition::PowerDown)
        .change_behind(Transition::SurpriseRemoval, Some(0))
        .raise(CAUSE),
        Builder::new(
            "wait+down+surprise",
            "the bus finds the device gone while it goes to D3 under a wait",
        )
        .send(&wait)
        .change(Transition::PowerDown)
        .change_behind(Transition::SurpriseRemoval, Some(1)),
        asleep(Builder::new(
            "up+surprise",
            "the bus finds the device gone while it comes back from D3",
        ))
        .change(Transition::PowerUp)
        .change_behind(Transition::SurpriseRemoval, Some(0))
        .raise(CAUSE),
        Builder::new(
            "unplug+interrupt+synchronize",
            "the device goes away under a closure and its interrupt",
        )
        .send(&add())
        .raise(CAUSE)
        .unplug(),
    ]
}

pub(super) fn all() -> Vec<Listed> {
    let changes = Change::ALL.into_iter().flat_map(against);
    changes.chain(chained()).map(plain).collect()
}
