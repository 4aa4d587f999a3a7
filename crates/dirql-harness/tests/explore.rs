//! The command `dirql explore` on the driver of the project.

#![cfg(feature = "sim")]

use std::process::{Command, Output};

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

#[test]
fn a_schedule_is_the_same_in_two_processes() {
    let token = format!(
        "e1:query+interrupt:{}:40.1",
        nt_model::Config::default().token()
    );
    let run = || {
        let output = dirql(&["--replay", &token]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        printed(&output)
    };
    let first = run();
    assert!(
        first.contains("interrupt vector") && first.contains("digest 0x"),
        "{first}"
    );
    assert_eq!(first, run());
}

#[test]
fn what_does_not_exist_is_refused_before_anything_runs() {
    for (arguments, says) in [
        (&["no+such"][..], "there is no scenario 'no+such'"),
        (&[][..], "no scenario"),
        (&["wait+close", "--but", "close"][..], "no scenario"),
        (
            &["--replay", "e1:nonsense"][..],
            "is no token of a schedule",
        ),
    ] {
        let output = dirql(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains(says), "{told}");
    }
}
