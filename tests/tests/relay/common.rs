//! The guest under several schedules.

use dirql_tests::{
    images,
    session::{Device, Session, random, until_blocked},
};
use ntsim::{Config, EventKind, Failure, InterruptResource, Rule};

pub(crate) fn configs() -> Vec<Config> {
    let mut all = vec![until_blocked(InterruptResource::Line)];
    all.extend((1..=6).map(|seed| random(InterruptResource::Line, seed)));
    all.push(Config {
        cpus: 1,
        ..random(InterruptResource::Line, 7)
    });
    all
}

/// A guest that is started.
pub(crate) fn start(config: &Config) -> Session {
    match Session::start(config, &images::guest("relay"), Device::Bare) {
        Ok(session) => session,
        Err(failure) => panic!("{failure}"),
    }
}

/// Lets `body` talk to the guest in every schedule, and removes it: no rule is broken.
#[track_caller]
pub(crate) fn in_every_schedule(body: impl Fn(&mut Session) -> Result<(), Failure>) {
    for config in configs() {
        let mut session = start(&config);
        let ended = body(&mut session).and_then(|()| session.remove());
        if let Err(failure) = ended {
            panic!("{failure}");
        }
    }
}

/// Lets `body` talk to the guest in every schedule: each time a rule is broken, the same one, and the report says this.
#[track_caller]
pub(crate) fn breaks_in_every_schedule(
    rule: Rule,
    says: &str,
    body: impl Fn(&mut Session) -> Result<(), Failure>,
) {
    for config in configs() {
        let mut session = start(&config);
        let failure = body(&mut session)
            .and_then(|()| session.remove())
            .expect_err("a rule is broken");
        assert_eq!(failure.cause, rule, "{failure}");
        assert!(failure.message.contains(says), "{failure}");
    }
}

/// How often the kernel has called this callback.
pub(crate) fn calls_of(session: &Session, callback: &str) -> usize {
    let events = session.machine.events().iter();
    events
        .filter(|event| matches!(event.kind, EventKind::Callback { what, .. } if what == callback))
        .count()
}
