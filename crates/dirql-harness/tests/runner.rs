//! What the runner makes of a target that misbehaves in known ways.

mod scripted;

use std::num::NonZero;

use dirql_harness::check::{self, Stop, Verdict, fail};
use dirql_harness::exit::Exit;
use dirql_harness::fixture::Fixture;
use dirql_harness::message::ResetStatistics;
use dirql_harness::run::{Extent, Outcome, Run};
use dirql_harness::seed::{Seeds, Sequence, derive};
use dirql_harness::suites::all;
use dirql_harness::target::Target;
use dirql_ioctl::interrupt::{SetActiveRequest, WaitRequest};
use dirql_ioctl::{ControlCode, Status, code};
use nt_model::{Cause, Failure, Finding, Limit, Rule};
use zerocopy::IntoBytes;

use scripted::{Script, Scripted, Unwatched, completion, failed};

fn failure(run: &Run) -> &Failure {
    match &run.records[0].outcome {
        Outcome::Failed(failure) => failure,
        other => panic!("expected a failure, got {other:?}"),
    }
}

#[test]
fn a_test_whose_checks_hold_passes() {
    let run = Scripted::new(Script::default()).run(|_| Ok(()));
    assert_eq!(run.records[0].outcome, Outcome::Passed);
    assert_eq!(run.driver_version().as_deref(), Some("1.2.3"));
    assert_eq!(
        run.records[0].planned.id,
        "scripted::phenomenon@intx/random"
    );
}

#[test]
fn a_driver_that_does_not_start_fails_the_test_by_rule() {
    let script = Script {
        begin: Some(failed(Rule::Bugcheck)),
        ..Script::default()
    };
    let run = Scripted::new(script).run(|_| Ok(()));
    assert_eq!(failure(&run).cause, Rule::Bugcheck);
    assert_eq!(failure(&run).location.as_deref(), Some("driver/isr.rs:12"));
    assert_eq!(run.driver_version(), None);
    assert!(
        run.records[0].token.is_some(),
        "the token is known without a session"
    );
}

#[test]
fn a_leak_at_the_end_fails_a_test_whose_checks_held() {
    let script = Script {
        finish: Some(failed(Rule::PoolLeak)),
        ..Script::default()
    };
    let run = Scripted::new(script.clone()).run(|_| Ok(()));
    assert_eq!(failure(&run).cause, Rule::PoolLeak);
    // A skipped test has had a driver, too.
    let run = Scripted::new(script).run(|_| Err(Stop::Skipped("no reason".to_owned())));
    assert_eq!(failure(&run).cause, Rule::PoolLeak);
}

#[test]
fn a_failed_check_is_not_hidden_by_the_end() {
    let script = Script {
        finish: Some(failed(Rule::PoolLeak)),
        ..Script::default()
    };
    let run = Scripted::new(script).run(|_| fail("the check"));
    assert_eq!(failure(&run).cause, Finding::Contract);
    assert_eq!(failure(&run).message, "the check");
    let check = failure(&run).check.as_deref().expect("a check has a place");
    assert!(check.contains("tests/runner.rs:"), "{check}");
}

#[test]
fn broken_accounts_fail_every_test() {
    let script = Script {
        accounts: Some(999_999),
        ..Script::default()
    };
    let run = Scripted::new(script).run(|_| Ok(()));
    assert!(
        failure(&run)
            .message
            .contains("expected 1000000, got 999999")
    );
}

#[test]
fn another_contract_is_told_apart() {
    let script = Script {
        contract_version: Some(2),
        ..Script::default()
    };
    let run = Scripted::new(script).run(|_| Ok(()));
    assert!(failure(&run).message.contains("contract version"));
}

#[test]
fn an_undocumented_status_fails_though_no_check_looks_at_it() {
    let wrong = completion(Status::BUFFER_TOO_SMALL, &[]);
    let script = Script {
        answers: vec![(code::SET_ACTIVE, wrong)],
        ..Script::default()
    };
    let run = Scripted::new(script).run(|fixture| {
        let request = SetActiveRequest {
            active: 1,
            reserved: 0,
        };
        fixture
            .request(fixture.main, code::SET_ACTIVE, request.as_bytes(), 0)
            .map(drop)
    });
    assert!(failure(&run).message.contains("BUFFER_TOO_SMALL"));
    let (_, account) = run
        .ledger
        .rows()
        .find(|(name, _)| *name == "set-active")
        .expect("every code has a row");
    assert_eq!((account.requests, account.undocumented), (1, 1));
}

#[test]
fn a_wrong_request_that_succeeds_is_a_failure() {
    let run = Scripted::new(Script::default()).run(|fixture| {
        let request = SetActiveRequest {
            active: 2,
            reserved: 0,
        };
        fixture.refuse(fixture.main, &request, Status::INVALID_PARAMETER)
    });
    assert!(failure(&run).message.contains("INVALID_PARAMETER"));
}

#[test]
fn a_cancellation_that_nothing_asked_for_is_a_failure() {
    let script = Script {
        answers: vec![(code::WAIT, completion(Status::CANCELLED, &[]))],
        ..Script::default()
    };
    let target = Scripted::new(script);
    let unasked = target.run(|fixture| {
        let wait = fixture.start(fixture.main, &WaitRequest { after: 0 })?;
        fixture.outcome(wait).map(drop)
    });
    assert!(failure(&unasked).message.contains("CANCELLED"));
    let asked = target.run(|fixture| {
        let wait = fixture.start(fixture.main, &WaitRequest { after: 0 })?;
        fixture.cancel(&wait)?;
        fixture.ends_with(wait, Status::CANCELLED)
    });
    assert_eq!(asked.records[0].outcome, Outcome::Passed);
}

#[test]
fn bytes_returned_with_an_error_are_a_failure() {
    let leaking = completion(Status::INVALID_DEVICE_STATE, &[0; 4]);
    let script = Script {
        answers: vec![(code::RESET_STATISTICS, leaking)],
        ..Script::default()
    };
    let run = Scripted::new(script).run(|fixture| {
        fixture.refuse(fixture.main, &ResetStatistics, Status::INVALID_DEVICE_STATE)
    });
    assert!(failure(&run).message.contains("still returned 4 bytes"));
}

#[test]
fn a_reply_of_another_length_is_a_failure() {
    let script = Script {
        answers: vec![(code::STATISTICS, completion(Status::SUCCESS, &[0; 8]))],
        ..Script::default()
    };
    let run = Scripted::new(script).run(|_| Ok(()));
    assert!(
        failure(&run)
            .message
            .contains("8 bytes, the contract says 832")
    );
}

#[test]
fn more_information_than_bytes_is_a_failure() {
    let mut lying = completion(Status::SUCCESS, &[0; 56]);
    lying.information = 64;
    let script = Script {
        answers: vec![(code::QUERY, lying)],
        ..Script::default()
    };
    let run = Scripted::new(script).run(|_| Ok(()));
    assert!(
        failure(&run)
            .message
            .contains("says it returned 64 bytes, 56 arrived")
    );
}

#[test]
fn a_refused_request_that_changes_a_counter_is_found() {
    let script = Script {
        sequences: [5, 5, 6].into(),
        ..Script::default()
    };
    let run = Scripted::new(script).run(|fixture| {
        let before = fixture.reported_state()?;
        fixture.refused_and_unchanged(
            &before,
            fixture.main,
            (ControlCode(0), &[], 0),
            Status::INVALID_DEVICE_REQUEST,
            "a code of 0",
        )
    });
    assert!(failure(&run).message.contains("sequence went from 5 to 6"));
}

#[test]
fn a_driver_that_lives_on_is_put_back_even_after_a_failure() {
    let script = Script {
        left_behind: true,
        ..Script::default()
    };
    let target = Scripted::new(script);
    let run = target.run(|_| fail("whatever"));
    assert_eq!(failure(&run).message, "whatever");
    let log = target.log.borrow();
    assert!(log.contains(&code::SET_ACTIVE), "{log:?}");
    assert!(log.contains(&code::RECONNECT), "{log:?}");
}

#[test]
fn a_dead_machine_is_not_asked_again() {
    let target = Scripted::new(Script::default());
    let run = target.run(|_| fail("whatever"));
    assert_eq!(failure(&run).message, "whatever");
    // What the beginning asks, and nothing after the failure.
    assert_eq!(*target.log.borrow(), [code::QUERY, code::STATISTICS]);
}

#[test]
fn a_skipped_test_is_neither_passed_nor_failed() {
    let run = Scripted::new(Script::default())
        .run(|_| Err(Stop::Skipped("nothing to conclude".to_owned())));
    let summary = run.summary();
    assert_eq!((summary.passed, summary.failed, summary.skipped), (0, 0, 1));
}

#[test]
fn a_test_keeps_its_seed_from_run_to_run() {
    let target = Scripted::new(Script::default());
    let tokens = [(); 2].map(|()| target.run(|_| Ok(())).records[0].token.clone());
    assert!(tokens[0].is_some());
    assert_eq!(tokens[0], tokens[1]);
}

/// What a test has drawn, and how often it fails: for a third of all seeds.
fn fails_for_some(fixture: &mut Fixture<'_>) -> Verdict {
    let drawn = fixture.choices.next_u64();
    check::that(!drawn.is_multiple_of(3), format_args!("drawn: {drawn}"))
}

#[test]
fn a_test_under_several_seeds_ends_at_the_first_that_fails_and_names_that() {
    let extent = |seed, seeds| Extent {
        seeds: NonZero::new(seeds).expect("it is not 0"),
        ..Extent::from(seed)
    };
    let message = |run: &Run| run.records[0].outcome.failure().map(ToString::to_string);
    let (mut later, mut never) = (0, 0);
    for seed in 0..30 {
        let target = Scripted::new(Script::default());
        let one = target.run_as(seed, fails_for_some);
        let run = target.run_as(extent(seed, 4), fails_for_some);
        let first: Seeds = derive(seed, &run.records[0].planned.id).into();
        let drawn = |seeds: &Seeds| Sequence::new(seeds.beside()).next_u64();
        let fails = |seeds: &Seeds| drawn(seeds).is_multiple_of(3);
        let all: Vec<Seeds> = (0..4).map(|number| first.of_run(number)).collect();
        let told = all.iter().find(|seeds| fails(seeds));
        assert_eq!(message(&run).is_some(), told.is_some());
        let last = told.unwrap_or(&all[3]);
        let variant = run.records[0].planned.variant;
        assert_eq!(run.records[0].token, target.token(variant, *last));
        later += u32::from(message(&run).is_some() && message(&one).is_none());
        never += u32::from(message(&run).is_none());
        // The token's seeds are the run's own.
        let mut again = Scripted::new(Script::default());
        again.facts.replayed = Some(*last);
        assert_eq!(
            message(&again.run_as(extent(1, 4), fails_for_some)),
            message(&run)
        );
    }
    assert!(later > 5 && never > 0, "{later}, {never}");
}

#[test]
fn interrupts_are_those_between_the_first_and_the_last_sequence() {
    let script = Script {
        sequences: [100, 107].into(),
        accounts: None,
        ..Script::default()
    };
    let run = Scripted::new(script).run(|fixture| fixture.statistics().map(drop));
    assert_eq!(run.interrupts, 7);
}

#[test]
fn no_suite_passes_on_a_driver_that_only_says_yes() {
    // The script has no interrupts, no state and no refusals. Were a suite to pass on it, that
    // suite would check nothing.
    let target = Scripted::new(Script::default());
    let plan = dirql_harness::plan::plan(&all(), &target.facts().variants, &[]);
    let run = dirql_harness::run::run(&target, &plan, 1, &mut Unwatched);
    let passed: Vec<&str> = run
        .records
        .iter()
        .filter(|record| record.outcome == Outcome::Passed)
        .map(|record| record.planned.id.as_str())
        .collect();
    // In these the script is right: it knows its contract and no other code, its interrupt is
    // active, its processor is number 0, and nothing ever happens to it.
    let may_pass = [
        "query::reports_the_contract_and_a_driver_version",
        "query::interrupt_is_active_after_start",
        "query::two_queries_agree",
        "synchronize::processor_is_one_of_the_machine",
        "statistics::looking_changes_nothing",
        "handles::opened_and_closed_many_times",
        "errors::codes_one_bit_away_are_unknown",
        "errors::codes_with_any_other_access_bits_are_unknown",
    ];
    let wrong: Vec<&&str> = passed
        .iter()
        .filter(|id| !may_pass.iter().any(|name| id.starts_with(name)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_run_ends_by_what_is_worst_in_it() {
    let run_of = |cause: Cause| {
        Scripted::new(Script {
            begin: Some(failed(cause)),
            ..Script::default()
        })
        .run(|_| Ok(()))
    };
    assert_eq!(
        Scripted::new(Script::default()).run(|_| Ok(())).exit(),
        Exit::Passed
    );
    assert_eq!(run_of(Rule::PoolLeak.into()).exit(), Exit::Failed);
    assert_eq!(run_of(Limit::NotModelled.into()).exit(), Exit::NoVerdict);
    assert_eq!(run_of(Limit::Emulator.into()).exit(), Exit::NoVerdict);
    let interrupted = run_of(Limit::Interrupted.into());
    assert!(matches!(
        interrupted.records[0].outcome,
        Outcome::Skipped(_)
    ));
    assert_eq!(interrupted.exit(), Exit::Interrupted);

    // A broken rule is one whatever else there is; an interrupted run is not complete.
    let mut both = run_of(Limit::NotModelled.into());
    both.interrupted = true;
    assert_eq!(both.exit(), Exit::Interrupted);
    both.records.extend(run_of(Rule::PoolLeak.into()).records);
    assert_eq!(both.exit(), Exit::Failed);
}
