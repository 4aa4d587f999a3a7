//! Running the guest `sentry`.

use dirql_tests::{
    sentry,
    session::{Session, random, until_blocked},
};
use ntsim::{Config, Failure, InterruptResource};

/// A schedule for each resource that lets processors run until they block, and some that do not.
pub(crate) fn configs(seeds: u64) -> Vec<Config> {
    let mut all = Vec::new();
    for resource in [InterruptResource::Line, InterruptResource::Message] {
        all.push(until_blocked(resource));
        all.extend((1..=seeds).map(|seed| random(resource, seed)));
    }
    all
}

/// Starts the guest, set up so, in every schedule, and lets `body` do the rest.
pub(crate) fn in_every_schedule(
    bits: u32,
    seeds: u64,
    body: impl Fn(Session) -> Result<(), Failure>,
) {
    in_every_config(&configs(seeds), bits, body);
}

/// The same in schedules of the caller's.
pub(crate) fn in_every_config(
    configs: &[Config],
    bits: u32,
    body: impl Fn(Session) -> Result<(), Failure>,
) {
    for config in configs {
        let run = || body(sentry::start(config, bits)?);
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}
