//! A machine that goes back to a snapshot goes on as it did the first time, and as a machine does that came there by itself.

use dirql_ioctl::{
    code,
    stress::{Mode, StressReply, StressRequest},
    synchronize::Operation,
};
use dirql_tests::{
    dirql, images, offender,
    session::{Device, Session, random, until_blocked},
};
use ntsim::{Config, Failure, InterruptResource, Transition};
use zerocopy::IntoBytes;

/// Everything that is done after the snapshot: requests, an interrupt, sleep, which unmaps the registers, and the wake.
fn go_on(session: &mut Session) -> Result<(), Failure> {
    for operation in [Operation::Add, Operation::Fill, Operation::Transfer] {
        dirql::synchronize(session, operation, 3, 2)?;
    }
    let raised = dirql::raise(session, 0b101, 2)?;
    dirql::wait(session, raised.sequence_before)?;
    session.machine.transition(Transition::Stop)?;
    session
        .machine
        .transition(Transition::Restart(InterruptResource::Line))?;
    session.machine.transition(Transition::PowerDown)?;
    session.machine.raise_device(1)?;
    session.machine.transition(Transition::PowerUp)?;
    dirql::query(session)?;
    let other = session.machine.open(true, true)?;
    session.machine.close(other)
}

fn started(config: &Config) -> Session {
    Session::start(config, &images::driver(), Device::Edu).expect("the device starts")
}

fn configurations() -> Vec<Config> {
    let mut all = Vec::new();
    for interrupt in [InterruptResource::Line, InterruptResource::Message] {
        all.push(until_blocked(interrupt));
        all.extend((1..=4).map(|seed| random(interrupt, seed)));
    }
    all
}

fn log(session: &Session) -> String {
    session.machine.events().to_string()
}

#[test]
fn memory_goes_back_whether_the_driver_or_the_kernel_has_written_it() {
    let image = images::guest("offender");
    let config = until_blocked(InterruptResource::Line);
    let mut session = Session::start(&config, &image, Device::Edu).expect("the device starts");
    // The driver goes down on its stack, where the kernel writes nothing; the kernel fills the request's buffer when it frees
    // it, which the driver does not touch.
    let request = session.submit(offender::keeps("stack"), &[0xAB; 0x3000], 0);
    let request = request.expect("the handle is open");
    let before = session.machine.snapshot().expect("nothing runs");
    session
        .machine
        .wait(request)
        .expect("the deed keeps the rule");
    let behind = session.machine.snapshot().expect("nothing runs");
    assert!(!before.has_memory_of(&behind), "nothing was written");
    session
        .machine
        .restore(&before)
        .expect("it is of the machine");
    let again = session.machine.snapshot().expect("nothing runs");
    assert!(before.has_memory_of(&again) && again.has_memory_of(&before));
}

#[test]
fn a_restored_machine_goes_on_as_one_that_came_there_from_the_start() {
    for config in configurations() {
        let mut straight = started(&config);
        go_on(&mut straight).expect("the driver keeps the rules");
        let wanted = log(&straight);

        let mut session = started(&config);
        let snapshot = session.machine.snapshot().expect("a machine at rest");
        let there = log(&session);
        for round in 0..3 {
            go_on(&mut session).expect("the driver keeps the rules");
            assert_eq!(
                log(&session),
                wanted,
                "round {round} with {}",
                config.token()
            );
            session.machine.restore(&snapshot).expect("it goes back");
            assert_eq!(
                log(&session),
                there,
                "round {round} with {}",
                config.token()
            );
        }
        go_on(&mut session).expect("the driver keeps the rules");
        let (one, other) = (session.remove(), straight.remove());
        assert_eq!(one, other, "{}", config.token());
    }
}

#[test]
fn a_snapshot_in_the_middle_of_the_drivers_work_is_as_good() {
    for config in configurations() {
        for instructions in [1, 40, 200, 333] {
            let begin = || {
                let mut session = started(&config);
                let request = StressRequest {
                    mode: Mode::Locked as u32,
                    threads: 2,
                    transfers: 3,
                    interrupts: 2,
                    reserved: 0,
                };
                let length = size_of::<StressReply>();
                let run = session
                    .submit(code::STRESS.0, request.as_bytes(), length)
                    .expect("it is open");
                session
                    .machine
                    .advance(instructions)
                    .expect("the driver keeps the rules");
                (session, run)
            };
            let (mut straight, run) = begin();
            let first = straight.machine.wait(run).expect("the run ends");
            let (mut session, run) = begin();
            let snapshot = session
                .machine
                .snapshot()
                .expect("a machine between two runs");
            for _ in 0..2 {
                let again = session.machine.wait(run).expect("the run ends");
                assert_eq!(again, first, "{}", config.token());
                assert_eq!(log(&session), log(&straight), "{}", config.token());
                session.machine.restore(&snapshot).expect("it goes back");
            }
        }
    }
}

#[test]
#[should_panic(expected = "its own snapshots")]
fn a_snapshot_of_another_machine_is_refused() {
    let config = until_blocked(InterruptResource::Line);
    let snapshot = started(&config)
        .machine
        .snapshot()
        .expect("a machine at rest");
    let _ = started(&config).machine.restore(&snapshot);
}
