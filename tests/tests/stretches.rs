//! A run passes stretches of instructions without looking at everything before each. It is the run in which everything is looked
//! at before every instruction, as it is where a timeline is recorded.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::AtomicBool},
};

use dirql_ioctl::{
    code,
    stress::{Mode, StressReply, StressRequest},
    synchronize::Operation,
};
use dirql_tests::{
    dirql, images, offender,
    session::{Device, Session, random, until_blocked},
};
use ntsim::{Config, Failure, Image, InterruptResource, Transition};
use zerocopy::IntoBytes;

/// What can be told of a run: its events, how many instructions it had, and how it ended.
#[derive(Debug, PartialEq)]
struct Account {
    events: String,
    instructions: u64,
    end: Option<String>,
}

/// Runs the driver, with every instruction looked at or not.
fn account(
    config: &Config,
    image: &Image,
    every: bool,
    talk: impl Fn(&mut Session) -> Result<(), Failure>,
) -> Account {
    let mut machine = Session::make(config, image, Device::Edu);
    if every {
        machine.record_timeline();
    }
    let mut session = Session::begin(machine).expect("the device starts");
    let end = talk(&mut session);
    Account {
        events: session.machine.events().to_string(),
        instructions: session.machine.instructions(),
        end: end.err().map(|failure| failure.to_string()),
    }
}

/// Runs it in both ways, and compares.
fn same(
    config: &Config,
    image: &Image,
    name: &str,
    talk: impl Fn(&mut Session) -> Result<(), Failure>,
) -> Account {
    let passed = account(config, image, false, &talk);
    let looked_at = account(config, image, true, &talk);
    assert_eq!(passed.end, looked_at.end, "{name}, {config:?}");
    assert_eq!(
        passed.instructions, looked_at.instructions,
        "{name}, {config:?}"
    );
    assert!(passed.events == looked_at.events, "{name}, {config:?}");
    passed
}

/// Requests, some at once, interrupts, and changes of power and resources.
fn talk(session: &mut Session) -> Result<(), Failure> {
    let stress = StressRequest {
        mode: Mode::Locked as u32,
        threads: 2,
        transfers: 20,
        interrupts: 3,
        reserved: 0,
    };
    let stressed = session.submit(code::STRESS.0, stress.as_bytes(), size_of::<StressReply>())?;
    for operation in [Operation::Add, Operation::Fill, Operation::Transfer] {
        dirql::synchronize(session, operation, 3, 2)?;
    }
    let raised = dirql::raise(session, 0b101, 2)?;
    dirql::wait(session, raised.sequence_before)?;
    session.machine.wait(stressed)?;
    session.machine.transition(Transition::PowerDown)?;
    session.machine.raise_device(1)?;
    session.machine.transition(Transition::PowerUp)?;
    dirql::query(session).map(drop)
}

#[test]
fn the_driver_does_the_same_under_every_schedule() {
    let image = images::driver();
    let mut events = BTreeSet::new();
    for interrupt in [InterruptResource::Line, InterruptResource::Message] {
        same(&until_blocked(interrupt), &image, "until blocked", talk);
        for seed in 1..=20 {
            let run = same(&random(interrupt, seed), &image, "random", talk);
            assert_eq!(run.end, None);
            events.insert(run.events);
        }
    }
    assert_eq!(events.len(), 40, "the seeds give different runs");
}

#[test]
fn a_broken_rule_is_told_at_the_same_instruction() {
    let image = images::guest("offender");
    let mut broken = 0;
    for &name in offender::DEEDS {
        for code in [offender::breaks(name), offender::keeps(name)] {
            for config in [
                until_blocked(InterruptResource::Line),
                random(InterruptResource::Message, 7),
            ] {
                let run = same(&config, &image, name, |session| {
                    // Some deeds never end.
                    session.machine.limit_instructions(50_000);
                    session.control(code, &[0xAB; 0x100], 0x100)?;
                    session.machine.unload().map(drop)
                });
                broken += usize::from(run.end.is_some());
            }
        }
    }
    assert!(broken > offender::DEEDS.len(), "{broken} runs broke a rule");
}

/// More than 20,000 instructions without a call.
fn busy(session: &mut Session) -> Result<(), Failure> {
    offender::exhibit(session, "busy").map(drop)
}

#[test]
fn the_bound_of_a_run_ends_it_at_the_instruction_behind_the_last_one_that_it_has() {
    let image = images::guest("offender");
    let config = until_blocked(InterruptResource::Line);
    for most in [1_000, 1_001, 7_919, 10_000] {
        let run = same(&config, &image, "busy", |session| {
            session.machine.limit_instructions(most);
            let before = session.machine.instructions();
            let end = busy(session);
            assert_eq!(session.machine.instructions() - before, most + 1);
            end
        });
        let end = run.end.expect("it has more instructions");
        let says = format!("the driver executed {most} instructions");
        assert!(end.contains(&says), "{end}");
    }
}

#[test]
fn the_user_s_interruption_comes_where_it_is_looked_for() {
    let image = images::guest("offender");
    for interrupt in [InterruptResource::Line, InterruptResource::Message] {
        let run = same(&until_blocked(interrupt), &image, "busy", |session| {
            let ended = Arc::new(AtomicBool::new(true));
            session.machine.end_on(ended);
            (0..10).try_for_each(|_| busy(session))
        });
        let end = run.end.expect("more instructions than between two looks");
        assert!(end.contains("the user ended the run"), "{end}");
    }
}
