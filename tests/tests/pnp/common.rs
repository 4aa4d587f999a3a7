//! Running a driver on edu, and the callbacks that it was called with.

use dirql_tests::session::{Device, Session, random, until_blocked};
use ntsim::{Config, EventKind, Failure, Image, InterruptResource, Machine};

/// A configuration for each resource that lets processors run until they block, and some that do not.
pub(crate) fn configs() -> Vec<Config> {
    let mut all = Vec::new();
    for resource in [InterruptResource::Line, InterruptResource::Message] {
        all.push(until_blocked(resource));
        all.extend((1..=3).map(|seed| random(resource, seed)));
    }
    all
}

/// Starts the driver in every configuration and lets `body` do the rest.
pub(crate) fn in_every_schedule(
    image: &Image,
    device: Device,
    body: impl Fn(Session) -> Result<(), Failure>,
) {
    for config in configs() {
        let run = || body(Session::start(&config, image, device)?);
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}

/// The framework's callbacks of a device since `from`, in their order: not those of requests, and
/// nothing that runs at a raised IRQL.
pub(crate) fn callbacks(machine: &Machine, from: usize) -> Vec<&'static str> {
    let of_device = |what: &str| what.starts_with("EvtDevice") || what == "EvtIoStop";
    let events = machine.events().iter().skip(from);
    let callbacks = events.filter_map(|event| match event.kind {
        EventKind::Callback { what, .. } if of_device(what) => Some(what),
        _ => None,
    });
    callbacks.collect()
}
