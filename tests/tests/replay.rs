//! A token is the whole run: the same one gives the same event log, byte for byte, in another
//! process.

use std::process::Command;

use dirql_tests::{
    images,
    offender::keeps,
    scripts,
    session::{Device, Session, random, until_blocked},
};
use ntsim::{Config, EventKind, InterruptResource, TokenError};

/// Runs a script in a process of its own.
fn in_another_process(driver: &str, token: &str) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_replay"));
    command.args([driver, token]);
    // A folder elsewhere must not show in a report.
    command.current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.output().expect("the program can be started")
}

/// The lines at which two logs part.
fn difference(one: &str, other: &str) -> Option<String> {
    let mut lines = one.lines().zip(other.lines()).enumerate();
    let found = lines.find(|(_, (a, b))| a != b);
    match found {
        Some((index, (a, b))) => Some(format!("line {}:\n{a}\n{b}", index + 1)),
        None if one == other => None,
        None => Some("one log is longer".to_owned()),
    }
}

#[test]
fn the_same_token_gives_the_same_log_in_another_process() {
    for driver in scripts::DRIVERS {
        for interrupt in [InterruptResource::Line, InterruptResource::Message] {
            let mut configs = vec![until_blocked(interrupt)];
            configs.extend([1, 0xDEAD_BEEF].map(|seed| random(interrupt, seed)));
            for config in configs {
                let here = scripts::run(driver, &config);
                assert!(
                    here.contains("digest") && here.contains("Summary"),
                    "{driver} runs to its end: {here}"
                );
                let there = in_another_process(driver, &config.token());
                assert!(there.status.success(), "{there:?}");
                let there = String::from_utf8(there.stdout).expect("a log is text");
                let parted = difference(&here, &there);
                assert_eq!(parted, None, "{driver} with {}", config.token());
            }
        }
    }
}

#[test]
fn an_emulator_that_has_run_other_machines_runs_this_one_the_same() {
    for driver in scripts::DRIVERS {
        let config = random(InterruptResource::Message, 7);
        // A thread has emulators of its own.
        let cold = std::thread::scope(|scope| {
            let run = scope.spawn(|| scripts::run(driver, &config));
            run.join().expect("a script does not panic")
        });
        for seed in 0..4 {
            let other = scripts::run(driver, &random(InterruptResource::Line, seed));
            assert!(
                other.contains("Summary"),
                "{driver} runs to its end: {other}"
            );
        }
        let warm = scripts::run(driver, &config);
        assert_eq!(difference(&cold, &warm), None, "{driver}");
    }
}

#[test]
fn another_seed_gives_another_log() {
    for driver in scripts::DRIVERS {
        let [one, other] =
            [1, 2].map(|seed| scripts::run(driver, &random(InterruptResource::Line, seed)));
        assert!(difference(&one, &other).is_some(), "{driver}");
    }
}

#[test]
fn a_seed_means_nothing_where_nothing_is_random() {
    let config = until_blocked(InterruptResource::Line);
    let other = Config {
        seed: 2,
        ..config.clone()
    };
    for driver in scripts::DRIVERS {
        let [one, other] = [&config, &other].map(|config| scripts::run(driver, config));
        assert_eq!(difference(&one, &other), None, "{driver}");
    }
}

#[test]
fn a_failure_carries_the_token_and_comes_back_with_it() {
    use dirql_tests::{
        images, offender,
        session::{Device, Session},
    };
    let image = images::guest("offender");
    let commit = |config: &Config| {
        let mut session = Session::start(config, &image, Device::Edu).expect("the guest starts");
        session
            .control(offender::breaks("null"), &[], 0)
            .expect_err("a null pointer is noticed")
    };
    let failure = commit(&random(InterruptResource::Message, 0x0123_4567_89AB_CDEF));
    assert_eq!(failure.token.as_deref(), Some("4-r-2-m-0123456789abcdef"));
    let again = Config::from_token(failure.token.as_deref().expect("it has one"))
        .expect("a report's token is good");
    assert_eq!(commit(&again), failure);
}

#[test]
fn a_damaged_token_is_refused_before_anything_runs() {
    for (token, version) in [
        ("", false),
        ("4-r-2-l", false),
        ("4-r-2-l-000000000000001", false),
        ("4-r-2-l-00000000000000010", false),
        ("4-r-2-l-000000000000000G", false),
        ("4-r-2-l-000000000000000A", false),
        ("4-x-2-l-0000000000000001", false),
        ("4-r-0-l-0000000000000001", false),
        ("4-r-9-l-0000000000000001", false),
        ("4-r-2-x-0000000000000001", false),
        ("1-r-2-l-0000000000000001", true),
        ("2-r-2-l-0000000000000001", true),
        ("3-r-2-l-0000000000000001", true),
    ] {
        let error = Config::from_token(token).expect_err(token);
        assert_eq!(matches!(error, TokenError::Version(_)), version, "{token}");
        let output = in_another_process("doorbell", token);
        assert_eq!(output.status.code(), Some(2), "{token}");
        assert!(output.stdout.is_empty(), "{token}: {output:?}");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(&error.to_string()), "{token}: {told}");
    }
}

#[test]
fn the_log_has_the_arguments_of_a_call_and_nothing_else_of_its_registers() {
    let config = Config::default();
    let image = images::guest("offender");
    let mut session = Session::start(&config, &image, Device::Edu).expect("the guest starts");
    for deed in ["race", "dpc-watchdog"] {
        let kept = session.control(keeps(deed), &[], 16);
        kept.expect("it keeps the rule");
    }
    let arguments = |routine: &str| -> Vec<Vec<(u64, u8, bool)>> {
        let calls = session.machine.events().iter();
        let calls = calls.filter_map(|event| match &event.kind {
            EventKind::Call { name, arguments } if *name == routine => Some(arguments),
            _ => None,
        });
        let of_each = calls.map(|arguments| {
            let arguments = arguments.iter();
            arguments
                .map(|argument| (argument.bits, argument.bytes, argument.is_signed))
                .collect()
        });
        of_each.collect()
    };
    let stalls = arguments("KeStallExecutionProcessor");
    assert!(!stalls.is_empty());
    assert!(
        stalls.iter().all(|call| *call == [(50, 4, false)]),
        "{stalls:?}"
    );
    // The framework's globals and the request, and then the status and the length.
    let completions = arguments("WdfRequestCompleteWithInformation");
    assert_eq!(completions.len(), 2);
    for completion in completions {
        assert_eq!(completion.len(), 4);
        assert_eq!(completion[2], (0, 4, true));
        assert_eq!(completion[3].1, 8);
    }
    // The fifth and those behind it are on the stack: the routine of the thread is one of the driver's.
    let threads = arguments("PsCreateSystemThread");
    assert!(!threads.is_empty());
    for thread in threads {
        assert_eq!(thread.len(), 7);
        assert!(thread[5].0 > 0xFFFF_8000_0000_0000, "{thread:?}");
    }
}
