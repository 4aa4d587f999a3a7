//! Exploration: schedules are as many as their formula says, each is what its turns say, and a driver that is none of the
//! project's is explored like any other.

mod counts;
mod coverage;
mod depth;
mod doorbell;
mod drawn;
mod programs;
mod replay;
mod split;

use dirql_ioctl::code;
use dirql_tests::{images, session::Device};
use ntsim::{
    Config, Failure, Machine, RequestId,
    explore::{Act, Actor, Scenario},
};

/// What the host keeps: the request that was sent.
type Sent = Option<RequestId>;

fn started(config: Config) -> Machine {
    let mut machine =
        Machine::new(config, &images::driver(), Device::Edu.make()).expect("the image is loaded");
    machine.start().expect("the device starts");
    machine
}

fn actor<S>(
    name: &str,
    act: impl Fn(&mut Machine, &mut S) -> Result<(), Failure> + Send + Sync + 'static,
) -> Actor<S> {
    Actor {
        name: name.to_owned(),
        behind: None,
        act: Box::new(act),
    }
}

/// A query and an interrupt of the device.
fn query_and_interrupt() -> Scenario<(ntsim::FileId, Sent)> {
    let after: Act<(ntsim::FileId, Sent)> = Box::new(|machine, (_, sent)| {
        let request = sent.expect("the request was sent");
        let completion = machine.wait(request)?;
        assert!(completion.status.is_success(), "{}", completion.status);
        Ok(())
    });
    Scenario {
        name: "query and interrupt".to_owned(),
        says: String::new(),
        before: Box::new(|machine| Ok((machine.open(true, true)?, None))),
        actors: vec![
            actor("query", |machine, (file, sent)| {
                *sent = Some(machine.submit(*file, code::QUERY.0, &[], 56)?);
                Ok(())
            }),
            actor("interrupt", |machine, _| machine.raise_device(1)),
        ],
        after,
    }
}
