//! Running the guest `beacon`, and what the framework did with its interrupt.

use dirql_tests::{
    beacon,
    session::{Session, random, until_blocked},
};
use ntsim::{Config, EventKind, Failure, InterruptResource, Machine};

pub(crate) const RESOURCES: [InterruptResource; 2] =
    [InterruptResource::Line, InterruptResource::Message];

/// A schedule for each resource that lets processors run until they block, and some that do not.
pub(crate) fn configs() -> Vec<Config> {
    let mut all = Vec::new();
    for resource in RESOURCES {
        all.push(until_blocked(resource));
        all.extend((1..=3).map(|seed| random(resource, seed)));
    }
    all
}

/// Starts the guest, set up so, in every schedule, and lets `body` do the rest.
pub(crate) fn in_every_schedule(bits: u32, body: impl Fn(Session) -> Result<(), Failure>) {
    for config in configs() {
        let run = || body(beacon::start(&config, bits)?);
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}

/// The callbacks of the device's power, and those of its interrupt that belong to it, with what the framework did to the
/// connection, since `from`, in their order.
pub(crate) fn told(machine: &Machine, from: usize) -> Vec<String> {
    let ours = |what: &str| {
        what.starts_with("EvtDevice")
            || ["EvtInterruptEnable", "EvtInterruptDisable"].contains(&what)
            || ["EvtCleanupCallback", "EvtDestroyCallback"].contains(&what)
    };
    let events = machine.events().iter().skip(from);
    let told = events.filter_map(|event| match &event.kind {
        EventKind::Callback { what, .. } if ours(what) => Some((*what).to_owned()),
        EventKind::Note(note) => {
            let (_, what) = note.strip_prefix("interrupt ")?.split_once(": ")?;
            Some(what.to_owned())
        }
        _ => None,
    });
    told.map(|what| what.trim_start_matches("Evt").to_owned())
        .collect()
}

/// How many events there are.
pub(crate) fn now(machine: &Machine) -> usize {
    machine.events().iter().count()
}
