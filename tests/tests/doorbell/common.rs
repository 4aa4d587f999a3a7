//! The driver under several schedules.

use dirql_tests::{
    doorbell::RING,
    images,
    session::{Device, Session, random, until_blocked},
};
use ntsim::{Completion, Config, Failure, InterruptResource, RequestId, Status};

/// Starts the driver under several schedules, lets `body` talk to it, and removes it.
pub(crate) fn in_every_schedule(body: impl Fn(&mut Session) -> Result<(), Failure>) {
    let image = images::guest("doorbell");
    let mut configs = vec![until_blocked(InterruptResource::Line)];
    configs.extend((1..=6).map(|seed| random(InterruptResource::Line, seed)));
    configs.push(Config {
        cpus: 1,
        ..random(InterruptResource::Line, 7)
    });
    for config in configs {
        let run = || {
            let mut session = Session::start(&config, &image, Device::Bare)?;
            body(&mut session)?;
            session.remove()
        };
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}

pub(crate) fn read(session: &mut Session, length: usize) -> Result<RequestId, Failure> {
    session.machine.read(session.file, length)
}

pub(crate) fn write(session: &mut Session, bytes: &[u8]) -> Result<Completion, Failure> {
    let request = session.machine.write(session.file, bytes)?;
    session.machine.wait(request)
}

pub(crate) fn ring(session: &mut Session) -> Result<(), Failure> {
    assert_eq!(session.control(RING, &[], 0)?.status, Status::SUCCESS);
    Ok(())
}

pub(crate) fn heard(chime: &[u8]) -> Completion {
    Completion {
        status: Status::SUCCESS,
        information: chime.len(),
        output: chime.to_vec(),
    }
}

pub(crate) fn refused(status: Status) -> Completion {
    Completion {
        status,
        information: 0,
        output: Vec::new(),
    }
}
