//! Running a driver, and looking at its ISRs.

use dirql_tests::{
    offender::exhibit,
    session::{Device, Session},
    trace,
};
use ntsim::{Config, Event, Failure, Image, InterruptResource, Policy};

pub(crate) const RESOURCES: [InterruptResource; 2] =
    [InterruptResource::Line, InterruptResource::Message];

/// Starts a driver on edu, lets `body` talk to it, removes it, and gives what `body` gave.
pub(crate) fn with_driver<R>(
    config: &Config,
    policy: Policy,
    image: &Image,
    body: impl FnOnce(&mut Session) -> Result<R, Failure>,
) -> R {
    let run = || {
        let mut session = Session::with_policy(config, policy, image, Device::Edu)?;
        let result = body(&mut session)?;
        session.remove()?;
        Ok(result)
    };
    match run() {
        Ok(result) => result,
        Err::<R, Failure>(failure) => panic!("{failure}"),
    }
}

/// What an exhibit of the offender answers, and the events of its request.
pub(crate) fn show(config: &Config, image: &Image, name: &str) -> (u32, Vec<Event>) {
    show_under(config, Policy::default(), image, name)
}

pub(crate) fn show_under(
    config: &Config,
    policy: Policy,
    image: &Image,
    name: &str,
) -> (u32, Vec<Event>) {
    with_driver(config, policy, image, |session| {
        let before = session.machine.events().total();
        let answer = exhibit(session, name)?;
        let log = session.machine.events();
        let new = log.total() - before;
        let new = usize::try_from(new).expect("a short log");
        let events = trace::events(log);
        Ok((answer, events[events.len() - new..].to_vec()))
    })
}

/// The places of the ISRs in a log.
pub(crate) fn isrs(events: &[Event]) -> Vec<usize> {
    let places = 0..events.len();
    places
        .filter(|at| trace::is_callback(&events[*at], "ISR"))
        .collect()
}
