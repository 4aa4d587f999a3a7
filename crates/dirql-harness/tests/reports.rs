//! The three reports, over runs whose outcome is known.

mod scripted;

use dirql_harness::check::{Stop, Verdict, fail};
use dirql_harness::cli::{Format, PlaceArgs, TargetKind};
use dirql_harness::command::drive;
use dirql_harness::fixture::Fixture;
use dirql_harness::plan::plan;
use dirql_harness::report::Again;
use dirql_harness::run::Outcome;
use dirql_harness::suites::{Needs, Test};
use nt_model::{Limit, Rule};
use serde_json::Value;

use scripted::{Script, Scripted, VARIANTS, failed};

/// A run of three tests in two variants: one passes, one fails, one is skipped in one variant and
/// does not apply to the other.
fn report(format: Format, script: Script) -> (String, String) {
    let tests = [
        (
            "passes",
            Needs::Nothing,
            (|_| Ok(())) as fn(&mut Fixture<'_>) -> Verdict,
        ),
        ("fails", Needs::Nothing, |_| fail("expected \"<1>\" & more")),
        ("says_nothing", Needs::Line, |_| {
            Err(Stop::Skipped("inconclusive here".to_owned()))
        }),
    ]
    .map(|(name, needs, body)| Test {
        suite: "scripted",
        name,
        needs,
        body,
    });
    let place = PlaceArgs {
        without: Vec::new(),
        policy: Vec::new(),
        target: TargetKind::DEFAULT,
        image: Some("driver.sys".into()),
        pdb: None,
    };
    let (mut out, mut people) = (Vec::new(), Vec::new());
    drive(
        (&mut out, &mut people),
        &Scripted::new(script),
        &plan(&tests, &VARIANTS, &[]),
        7,
        format,
        &Again::new("dirql", None, &place),
        &mut |_| (),
    )
    .expect("a vector takes everything");
    let text = |bytes: Vec<u8>| anstream_stripped(&bytes);
    (text(out), text(people))
}

fn anstream_stripped(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).expect("reports are text");
    anstream::adapter::strip_str(&text).to_string()
}

#[test]
fn json_is_one_object_of_the_promised_shape() {
    let (out, people) = report(Format::Json, Script::default());
    assert_eq!(out.lines().count(), 1, "one object on one line");
    let object: Value = serde_json::from_str(&out).expect("valid JSON");
    let keys = |value: &Value| {
        let object = value.as_object().expect("an object");
        let mut keys: Vec<String> = object.keys().cloned().collect();
        keys.sort();
        keys.join(" ")
    };
    assert_eq!(
        keys(&object),
        "driver interrupted schema seed summary target tests"
    );
    assert_eq!(object["schema"], dirql_harness::report::SCHEMA);
    assert_eq!(object["target"], "scripted");
    assert_eq!(object["driver"], "1.2.3");
    assert_eq!(object["seed"], 7);
    assert_eq!(
        object["summary"],
        serde_json::json!({"passed": 2, "failed": 2, "skipped": 1, "no_verdict": 0})
    );
    let tests = object["tests"].as_array().expect("an array");
    assert_eq!(tests.len(), 5);
    for test in tests {
        assert_eq!(
            keys(test),
            "backtrace duration_us message name outcome token"
        );
        assert!(test["duration_us"].is_u64());
        assert!(
            test["token"]
                .as_str()
                .is_some_and(|token| token.starts_with("token-"))
        );
    }
    assert_eq!(tests[0]["name"], "scripted::passes@intx/random");
    assert_eq!(tests[0]["outcome"], "passed");
    assert_eq!(tests[0]["message"], Value::Null);
    assert_eq!(tests[2]["outcome"], "failed");
    let message = tests[2]["message"]
        .as_str()
        .expect("a failure has a message");
    assert!(
        message.starts_with("contract: expected \"<1>\" & more (check "),
        "{message}"
    );
    assert_eq!(tests[4]["outcome"], "skipped");
    assert_eq!(tests[4]["message"], "inconclusive here");
    // People are told too, on the other stream.
    assert!(
        people.contains("FAILED scripted::fails@msi/random"),
        "{people}"
    );
}

#[test]
fn json_tells_rule_and_place_in_the_driver() {
    let script = Script {
        finish: Some(failed(Rule::PoolLeak)),
        ..Script::default()
    };
    let (out, _) = report(Format::Json, script);
    let object: Value = serde_json::from_str(&out).expect("valid JSON");
    assert_eq!(
        object["tests"][0]["message"],
        "pool-leak: the script breaks pool-leak (driver driver/isr.rs:12)"
    );
}

#[test]
fn json_of_a_driver_that_never_answered_has_no_version() {
    let script = Script {
        begin: Some(failed(Rule::StartFailed)),
        ..Script::default()
    };
    let (out, _) = report(Format::Json, script);
    let object: Value = serde_json::from_str(&out).expect("valid JSON");
    assert_eq!(object["driver"], Value::Null);
}

#[test]
fn junit_has_a_case_for_each_test_and_escapes_messages() {
    let (out, _) = report(Format::Junit, Script::default());
    assert!(out.starts_with("<?xml"), "{out}");
    let report = quick_junit::Report::deserialize_from_str(&out).expect("valid JUnit");
    assert_eq!((report.tests, report.failures, report.errors), (5, 2, 0));
    let suite = &report.test_suites[0];
    assert_eq!(suite.name.as_str(), "scripted");
    let names: Vec<&str> = suite
        .test_cases
        .iter()
        .map(|case| case.name.as_str())
        .collect();
    assert!(names.contains(&"scripted::fails@msi/random"), "{names:?}");
    assert!(out.contains("&lt;1&gt;"), "{out}");
    assert!(out.contains("--replay token-"), "{out}");
}

#[test]
fn people_see_a_grid_the_failure_and_the_command_to_run_it_again() {
    let (out, people) = report(Format::Human, Script::default());
    assert!(people.is_empty(), "everything is on one stream");
    let line = |start: &str| {
        out.lines()
            .find(|line| line.trim_start().starts_with(start))
            .unwrap_or_else(|| panic!("no line starts with {start}:\n{out}"))
            .split_whitespace()
            .collect::<Vec<_>>()
    };
    assert_eq!(line("scripted")[1..], ["intx/random", "msi/random"]);
    assert_eq!(line("passes")[1..3], ["ok", "ok"]);
    assert_eq!(line("fails")[1..3], ["FAILED", "FAILED"]);
    assert_eq!(line("says_nothing")[1..3], ["skipped", "-"]);
    assert_eq!(line("what").join(" "), "what expected \"<1>\" & more");
    assert_eq!(line("rule"), ["rule", "contract"]);
    assert!(line("check")[1].contains("tests/reports.rs:"));
    let again = line("again").join(" ");
    assert!(
        again.starts_with(
            "again dirql run --image driver.sys scripted::fails@intx/random --replay token-"
        ),
        "{again}"
    );
    assert!(out.contains("inconclusive here"));
}

#[test]
fn people_see_that_each_ioctl_was_answered() {
    let script = Script {
        sequences: [3, 5].into(),
        ..Script::default()
    };
    let (out, _) = report(Format::Human, script);
    for (name, _) in dirql_ioctl::code::ALL {
        assert!(
            out.lines().any(|line| line.starts_with(name)),
            "{name} has no row"
        );
    }
    let query = out
        .lines()
        .find(|line| line.starts_with("query "))
        .expect("a row");
    let cells: Vec<&str> = query.split_whitespace().collect();
    assert_eq!(cells[1], cells[2], "every query was answered: {query}");
    assert!(out.contains("interrupts taken"));
    assert!(
        out.contains("FAILED: 2 passed, 2 failed, 1 skipped"),
        "{out}"
    );
}

#[test]
fn every_report_tells_the_calls_of_the_driver() {
    let script = || Script {
        finish: Some(failed(Rule::PoolLeak)),
        ..Script::default()
    };
    let calls = failed(Rule::PoolLeak).backtrace;
    assert_eq!(calls.len(), 2);

    let (human, _) = report(Format::Human, script());
    let block =
        "  calls    acknowledge at driver/isr.rs:12\n           service at driver/isr.rs:40\n";
    assert!(human.contains(block), "{human}");

    let (json, _) = report(Format::Json, script());
    let object: Value = serde_json::from_str(&json).expect("valid JSON");
    assert_eq!(
        object["tests"][0]["backtrace"],
        serde_json::json!(calls.as_slice())
    );

    let (xml, _) = report(Format::Junit, script());
    assert!(
        xml.contains(
            "in acknowledge at driver/isr.rs:12\nin service at driver/isr.rs:40\ndirql run"
        ),
        "{xml}"
    );
    // What `dirql report` reads back are the same calls; it reads tests that exist.
    let xml = ["passes", "fails", "says_nothing"]
        .iter()
        .fold(xml, |xml, name| {
            xml.replace(
                &format!("scripted::{name}"),
                "wait::pending_until_next_interrupt",
            )
        });
    let run = dirql_harness::report::read(&xml).expect("a report");
    let Outcome::Failed(failure) = &run.records[0].outcome else {
        panic!("{:?}", run.records[0].outcome);
    };
    assert_eq!(failure.backtrace, calls);
}

#[test]
fn a_limit_of_the_simulator_is_no_failure_in_any_report() {
    for (limit, heading) in [
        (Limit::NotModelled, "NOT MODELLED"),
        (Limit::Emulator, "EMULATOR ERROR"),
    ] {
        let script = || Script {
            begin: Some(failed(limit)),
            ..Script::default()
        };
        let (human, _) = report(Format::Human, script());
        assert!(
            human.contains(&format!("{heading} scripted::passes@")),
            "{human}"
        );
        assert!(!human.contains("FAILED scripted"), "{human}");
        assert!(!human.contains("  rule "), "{human}");
        let last = "no verdict: 0 passed, 0 failed, 0 skipped, 5 without a verdict";
        assert!(human.contains(last), "{human}");

        let (json, _) = report(Format::Json, script());
        let object: Value = serde_json::from_str(&json).expect("valid JSON");
        assert_eq!(object["tests"][0]["outcome"], "no-verdict");
        assert_eq!(object["summary"]["no_verdict"], 5);
        assert_eq!(object["summary"]["failed"], 0);

        let (xml, _) = report(Format::Junit, script());
        let report = quick_junit::Report::deserialize_from_str(&xml).expect("valid JUnit");
        assert_eq!((report.failures, report.errors), (0, 5));
    }
}
