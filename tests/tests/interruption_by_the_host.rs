//! A host that stops the guests in the middle of the driver's work and lets them go on changes
//! nothing but the moment at which it looks.

use dirql_ioctl::{
    code,
    synchronize::{Operation, SynchronizeReply, SynchronizeRequest},
};
use dirql_tests::{
    images,
    session::{Device, Session, random, until_blocked},
};
use ntsim::{Completion, Config, Failure, InterruptResource, Status};
use zerocopy::IntoBytes;

const LINE: InterruptResource = InterruptResource::Line;

/// One request of each operation, from each IRQL, with the guests stopped after every `step`
/// instructions, or never.
fn replies(config: &Config, step: Option<u32>) -> Result<Vec<Completion>, Failure> {
    let mut session = Session::start(config, &images::driver(), Device::Edu)?;
    let mut replies = Vec::new();
    for operation in Operation::ALL {
        for caller_irql in 0..3 {
            let request = SynchronizeRequest {
                operation: operation as u32,
                caller_irql,
                repeat: 2,
                reserved: 0,
                argument: 0,
            };
            let reply_len = size_of::<SynchronizeReply>();
            let ticket = session.submit(code::SYNCHRONIZE.0, request.as_bytes(), reply_len)?;
            if let Some(step) = step {
                for _ in 0..4000 / step {
                    session.machine.advance(step)?;
                }
            }
            replies.push(session.machine.wait(ticket)?);
        }
    }
    session.remove()?;
    Ok(replies)
}

#[test]
fn a_driver_that_is_stopped_after_every_instruction_answers_the_same() {
    let config = until_blocked(LINE);
    let unbroken = replies(&config, None).unwrap_or_else(|failure| panic!("{failure}"));
    for step in [1, 2, 7, 97] {
        let broken = replies(&config, Some(step)).unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(broken, unbroken, "stopped after every {step} instructions");
    }
}

#[test]
fn requests_that_preempt_each_other_survive_it_too() {
    for seed in 0..30 {
        let config = random(LINE, seed);
        let run = || -> Result<Vec<Completion>, Failure> {
            let mut session = Session::start(&config, &images::driver(), Device::Edu)?;
            let mut tickets = Vec::new();
            for operation in Operation::ALL {
                let request = SynchronizeRequest {
                    operation: operation as u32,
                    caller_irql: 0,
                    repeat: 2,
                    reserved: 0,
                    argument: 0,
                };
                let reply_len = size_of::<SynchronizeReply>();
                tickets.push(session.submit(code::SYNCHRONIZE.0, request.as_bytes(), reply_len)?);
                tickets.push(session.submit(code::STATISTICS.0, &[], 832)?);
                for step in 1..40 {
                    session.machine.advance(step)?;
                }
            }
            let replies = tickets
                .into_iter()
                .map(|ticket| session.machine.wait(ticket))
                .collect::<Result<_, _>>()?;
            session.remove()?;
            Ok(replies)
        };
        for completion in run().unwrap_or_else(|failure| panic!("{failure}")) {
            assert_eq!(completion.status, Status::SUCCESS, "{}", config.token());
        }
    }
}

#[test]
fn a_stop_comes_after_the_instructions_that_were_asked_for() {
    let config = until_blocked(LINE);
    let mut session = Session::start(&config, &images::driver(), Device::Edu)
        .unwrap_or_else(|failure| panic!("{failure}"));
    let ticket = session
        .submit(code::STATISTICS.0, &[], 832)
        .unwrap_or_else(|failure| panic!("{failure}"));
    for step in [1, 5, 50] {
        let before = session.machine.instructions();
        session
            .machine
            .advance(step)
            .unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(session.machine.instructions() - before, u64::from(step));
    }
    let completion = session.machine.wait(ticket);
    assert_eq!(
        completion.map(|completion| completion.status),
        Ok(Status::SUCCESS)
    );
}
