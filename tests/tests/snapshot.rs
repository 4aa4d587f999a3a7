//! A machine that goes back to a snapshot goes on as it did the first time, and as a machine does that came there by itself.

use dirql_ioctl::{
    code,
    stress::{Mode, StressReply, StressRequest},
    synchronize::Operation,
};
use dirql_tests::{
    dirql, images, offender,
    programs::image_with,
    session::{Device, Session, random, until_blocked},
};
use ntsim::{Config, Failure, InterruptResource, Machine, Transition};
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

/// Goes back over `then`, and compares all of the guest's memory with what it was.
fn goes_back_over(session: &mut Session, then: impl FnOnce(&mut Session) -> Result<(), Failure>) {
    let before = session.machine.snapshot().expect("nothing runs");
    then(session).expect("no rule is broken");
    let behind = session.machine.snapshot().expect("nothing runs");
    assert!(!before.has_memory_of(&behind), "nothing was written");
    let restored = session.machine.restore(&before);
    restored.expect("it is of the machine");
    let again = session.machine.snapshot().expect("nothing runs");
    assert!(before.has_memory_of(&again) && again.has_memory_of(&before));
}

#[test]
fn memory_that_only_the_kernel_writes_goes_back() {
    let image = images::guest("offender");
    let config = until_blocked(InterruptResource::Line);
    let mut session = Session::start(&config, &image, Device::Edu).expect("the device starts");
    // The kernel fills the request's buffer when it frees it, and the driver does not touch it.
    let request = session.submit(offender::keeps("stack"), &[0xAB; 0x3000], 0);
    let request = request.expect("the handle is open");
    goes_back_over(&mut session, |session| {
        session.machine.wait(request).map(drop)
    });
}

#[test]
fn memory_that_only_the_driver_writes_goes_back() {
    // The ISR counts in a word, and keeps the number deep in its stack, where the kernel writes nothing.
    let count = [
        0x48, 0x8B, 0x41, 0x20, // mov rax, [rcx+32]
        0x48, 0x83, 0xC0, 0x01, // add rax, 1
        0x48, 0x89, 0x41, 0x20, // mov [rcx+32], rax
        0x48, 0x89, 0x84, 0x24, 0x00, 0xD0, 0xFF, 0xFF, // mov [rsp-0x3000], rax
        0xC3, // ret
    ];
    let image = image_with(&[("I", &count)]);
    let config = until_blocked(InterruptResource::Line);
    let mut session = Session::start(&config, &image, Device::Edu).expect("the device starts");
    let interrupt = |session: &mut Session| {
        session.machine.raise_device(1)?;
        session.machine.settle()
    };
    let connected = session.control(offender::program("connect"), &[], 0);
    connected.expect("it is connected");
    // The first one has its stack made.
    interrupt(&mut session).expect("no rule is broken");
    goes_back_over(&mut session, interrupt);
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
fn a_machine_begins_again_behind_its_start_as_one_that_was_switched_on_with_both_seeds() {
    let driver = images::driver();
    for interrupt in [InterruptResource::Line, InterruptResource::Message] {
        let behind = |seed| Config {
            behind: Some(seed),
            ..random(interrupt, 5)
        };
        let started = |config: &Config| {
            let mut machine = Session::make(config, &driver, Device::Edu);
            machine.start().expect("the device starts");
            machine
        };
        let run = |mut machine: Machine| {
            let token = machine.config().token();
            let file = machine.open(true, true).expect("it is open");
            let mut session = Session { machine, file };
            go_on(&mut session).expect("the driver keeps the rules");
            machine = session.machine;
            machine.unload().expect("nothing is left");
            assert_eq!(machine.config().token(), token);
            (token, machine.events().to_string(), machine)
        };
        let mut machine = started(&behind(70));
        let start = machine.keep_start().expect("it has started");
        let mut logs = Vec::new();
        for seed in 71..=76 {
            (.., machine) = run(machine);
            machine.begin_again(&start, seed).expect("it goes back");
            let (token, log, other) = run(started(&behind(seed)));
            assert_eq!(token, behind(seed).token());
            other.recycle();
            let (again, restored, ended) = run(machine);
            machine = ended;
            assert_eq!((again, &restored), (token, &log));
            logs.push(log);
            machine.begin_again(&start, seed).expect("it goes back");
        }
        // What it breaks names the seed behind the start as well.
        machine.limit_instructions(1);
        let broken = machine.open(true, true).and_then(|file| {
            let mut session = Session { machine, file };
            go_on(&mut session)
        });
        let token = broken.expect_err("an instruction is too few").token;
        assert_eq!(token.as_deref(), Some(&*behind(76).token()));
        logs.sort_unstable();
        logs.dedup();
        assert_eq!(logs.len(), 6, "each seed draws another schedule");
    }
}

#[test]
#[should_panic(expected = "nothing else")]
fn a_start_is_kept_before_anything_is_asked_for() {
    let mut session = started(&random(InterruptResource::Line, 5));
    let _ = session.machine.keep_start();
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
