//! The command `dirql explore` on the driver of the project.

#![cfg(feature = "sim")]

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn dirql(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dirql"))
        .arg("explore")
        .args(arguments)
        .output()
        .expect("dirql starts")
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_report_for_programs_has_each_scenario_with_its_numbers() {
    let output = dirql(&["query+interrupt", "wait+close", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let scenarios = report["scenarios"].as_array().expect("it has scenarios");
    let names: Vec<_> = scenarios.iter().map(|it| it["name"].as_str()).collect();
    let (query, wait) = (Some("query+interrupt"), Some("wait+close"));
    assert_eq!(names, [query, query, wait, wait], "by line and by message");
    for scenario in scenarios {
        assert_eq!(scenario["complete"], true);
        assert_eq!(scenario["violations"].as_array().map(Vec::len), Some(0));
        let number = |field: &str| scenario[field].as_u64().unwrap_or(0);
        assert!(number("schedules") > 10 && number("choices") > number("schedules"));
        assert!(number("instructions") > number("choices"));
    }
}

#[test]
fn the_miniport_is_explored_by_its_line_at_every_instruction() {
    let output = dirql(&["video-medium+interrupt", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let scenarios = report["scenarios"].as_array().expect("it has scenarios");
    assert_eq!(scenarios.len(), 1, "it has no messages");
    let number = |field: &str| scenarios[0][field].as_u64().unwrap_or(0);
    assert_eq!(scenarios[0]["interrupt"], "line");
    assert_eq!(scenarios[0]["complete"], true);
    // Nothing is in conflict where no rule looks for it, and memory is a point all the same.
    assert!(number("conflicts") == 0 && number("points") > 150);
}

#[test]
fn scenarios_come_out_the_same_whether_one_or_several_are_explored_at_a_time() {
    let numbers = |jobs: &str| {
        let arguments = ["query+interrupt", "reset+interrupt", "--jobs", jobs];
        let text = printed(&dirql(
            &[&arguments[..], &["--interrupts", "line"]].concat(),
        ));
        // Names, choices, schedules and instructions; not the times.
        let rows = text.lines().skip(2).map(|line| {
            let words = line.split_whitespace().take(5);
            words.map(str::to_owned).collect::<Vec<_>>()
        });
        rows.collect::<Vec<_>>()
    };
    let one = numbers("1");
    assert_eq!(one.len(), 2, "{one:?}");
    assert_eq!(one, numbers("2"));
}

/// A schedule of a query that an interrupt meets.
fn token() -> String {
    let machine = nt_model::Config::default().token();
    format!("e2:query+interrupt:{machine}:40.1")
}

/// What a program prints of a schedule: the program, and what it is started by.
fn log(program: &Path, wrapper: &[&str], padding: usize) -> Option<String> {
    let (first, rest) = match wrapper {
        [first, rest @ ..] => (Path::new(first), rest),
        [] => (program, &[][..]),
    };
    let mut command = Command::new(first);
    command.args(rest);
    if !wrapper.is_empty() {
        command.arg(program);
    }
    let output = command
        .args(["explore", "--replay", &token()])
        // The environment lies above the stack, which begins elsewhere.
        .env("PADDING", "x".repeat(padding))
        .output()
        .ok()?;
    let text = printed(&output);
    (output.status.code() == Some(0) && text.contains("digest 0x")).then_some(text)
}

#[test]
fn a_schedule_is_the_same_in_two_processes() {
    let own = Path::new(env!("CARGO_BIN_EXE_dirql"));
    let first = log(own, &[], 0).expect("it runs");
    assert!(first.contains("interrupt vector"), "{first}");
    assert!(
        first.contains("-- the device raises 0x1"),
        "the actors: {first}"
    );
    for (wrapper, padding) in [
        (&[][..], 5000),
        // Linux of util-linux: other places in memory, and each of two processors.
        (&["setarch", "--addr-no-randomize"], 0),
        (&["taskset", "--cpu-list", "0"], 0),
        (&["taskset", "--cpu-list", "1"], 100),
    ] {
        let found = wrapper.first().is_none_or(|tool| {
            Command::new(tool)
                .args(&wrapper[1..])
                .arg("true")
                .status()
                .is_ok_and(|it| it.success())
        });
        if !found {
            eprintln!("skipped: {wrapper:?} is not possible here");
            continue;
        }
        let again = log(own, wrapper, padding);
        assert_eq!(again.as_deref(), Some(&*first), "{wrapper:?}");
    }
}

#[test]
#[ignore = "it builds the simulator once more, without optimisation"]
fn a_schedule_is_the_same_in_a_debug_build() {
    let mut cargo = Command::new(env!("CARGO"));
    let built = cargo
        .args(["build", "--locked", "--package", "dirql-harness"])
        .args(["--message-format", "json"])
        .output()
        .expect("cargo starts");
    assert!(built.status.success(), "{built:?}");
    let messages = printed(&built);
    let program = messages.lines().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        (message["target"]["name"] == "dirql")
            .then(|| message["executable"].as_str().map(PathBuf::from))?
    });
    let program = program.expect("cargo names the program");
    assert_ne!(program, Path::new(env!("CARGO_BIN_EXE_dirql")));
    let own = log(Path::new(env!("CARGO_BIN_EXE_dirql")), &[], 0);
    let other = log(&program, &[], 0);
    assert!(own.is_some() && own == other, "{own:?} {other:?}");
}

/// Schedules that are drawn: the text that is printed, and the tokens in it.
fn drawn(strategy: &str, seed: &str, besides: &[&str]) -> (String, Vec<String>) {
    let fixed = ["query+interrupt", "--interrupts", "line"];
    let drawn = ["--strategy", strategy, "--seed", seed];
    let arguments = [&fixed[..], &drawn, besides].concat();
    let output = dirql(&arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = printed(&output);
    let tokens = text.lines().map(str::trim);
    let tokens = tokens.filter(|line| line.starts_with("e2:"));
    let tokens = tokens.map(str::to_owned).collect();
    (text, tokens)
}

#[test]
fn schedules_that_are_drawn_are_printed_as_tokens_that_run_again() {
    for strategy in ["random", "pct"] {
        let six = ["--count", "6"];
        let (_, one) = drawn(strategy, "3", &six);
        assert_eq!(one.len(), 6, "{one:?}");
        assert_eq!(one, drawn(strategy, "3", &six).1);
        assert_ne!(one, drawn(strategy, "4", &six).1);
        assert!(
            drawn(strategy, "3", &["--count", "6", "--no-tokens"])
                .1
                .is_empty()
        );
        // The one with the most turns.
        let longest = one.iter().max_by_key(|token| token.matches(',').count());
        let longest = longest.expect("there are six");
        for option in ["--replay", "--shrink"] {
            let output = dirql(&[option, longest]);
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            assert!(printed(&output).contains("nothing is broken"), "{output:?}");
        }
    }
}

#[test]
fn the_bound_of_schedules_by_priorities_is_told_and_what_voids_it() {
    let (text, _) = drawn(
        "pct",
        "3",
        &["--count", "60", "--depth", "2", "--no-tokens"],
    );
    assert!(
        text.contains("drawn by priorities for bugs of depth 2 from seed 3"),
        "{text}"
    );
    let line = text.lines().find(|line| line.contains("contexts and"));
    let line = line.expect("what was measured is told");
    assert!(
        line.contains("finds a bug of depth 2 with a probability of"),
        "{line}"
    );
    assert!(
        !line.contains("voided 0 times"),
        "the first schedule is measured: {line}"
    );
    // The first has more than none before it.
    let (text, _) = drawn("pct", "3", &["--count", "1", "--no-tokens"]);
    assert!(text.contains("so no bound holds; voided 1 times"), "{text}");
}

#[test]
fn coverage_is_told_for_each_scenario_and_in_sum() {
    let arguments = ["query+interrupt", "reset+interrupt", "--interrupts", "line"];
    let output = dirql(&[&arguments[..], &["--format", "json"]].concat());
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let executed = |of: &serde_json::Value| of["coverage"]["executed"].as_u64().unwrap_or(0);
    let scenarios = report["scenarios"].as_array().expect("it has scenarios");
    let each: Vec<u64> = scenarios.iter().map(executed).collect();
    let all = report["coverage"]["instructions"].as_u64().unwrap_or(0);
    let sum = executed(&report);
    assert!(
        each.iter().all(|it| *it > 0 && *it <= sum) && sum < all,
        "{each:?} {sum} {all}"
    );
    let never = report["coverage"]["never_executed"]
        .as_array()
        .expect("a list");
    // The refusal of a request that no scenario of these two makes.
    let told = |file: &str| {
        never
            .iter()
            .any(|it| it.as_str().is_some_and(|it| it.starts_with(file)))
    };
    assert!(told("driver/call.rs:"), "{never:?}");
    let text = printed(&dirql(&[&arguments[..], &["--coverage"]].concat()));
    assert!(text.contains(&format!("{sum} in all of them")), "{text}");
    for scenario in scenarios {
        assert_eq!(
            scenario["offered"], scenario["taken"],
            "every alternative is taken"
        );
    }
}

#[test]
fn what_does_not_exist_is_refused_before_anything_runs() {
    for (arguments, says) in [
        (&["no+such"][..], "there is no scenario 'no+such'"),
        (&[][..], "no scenario"),
        (&["wait+close", "--but", "close"][..], "no scenario"),
        (
            &["wait+close", "--without", "race"][..],
            "found by the rule race",
        ),
        (
            &["--shrink", "e2:nonsense"][..],
            "is no token of a schedule",
        ),
        (
            &["--replay", "e2:nonsense"][..],
            "is no token of a schedule",
        ),
    ] {
        let output = dirql(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains(says), "{told}");
    }
}
