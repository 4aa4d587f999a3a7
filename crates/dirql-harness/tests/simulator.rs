//! The command on the built driver. These need an image: without one they fail and say how to get
//! it, for a test that does not run shows nothing.

#![cfg(feature = "sim")]

mod built;

use built::dirql;
use serde_json::Value;

fn json(args: &[&str]) -> Value {
    let output = dirql(&[&["run", "--format", "json"], args].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
    })
}

#[test]
fn the_driver_answers_a_query_in_every_variant() {
    let output = dirql(&["run", "query::reports_the_contract"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("4 passed, 0 failed, 0 skipped"), "{text}");
    assert!(
        !text.contains('\u{1b}'),
        "no colour where there is no terminal"
    );
    assert!(
        output.stderr.is_empty(),
        "no progress where there is no terminal"
    );
}

#[test]
fn info_tells_both_resources() {
    let output = dirql(&["info"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for part in [
        "line (INTx)",
        "message (MSI)",
        "SynchronizeIrql",
        "contract    1",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_token_boots_the_variant_and_the_seed_that_it_names() {
    let id = "wait::pending_until_next_interrupt@msi/random";
    let first = json(&[id]);
    let token = first["tests"][0]["token"]
        .as_str()
        .expect("the simulator has tokens");
    let again = json(&["wait::pending_until_next_interrupt", "--replay", token]);
    // The filter fits four variants; the token is of one.
    let tests = again["tests"].as_array().expect("an array");
    assert_eq!(tests.len(), 1);
    assert_eq!(tests[0]["name"], id);
    assert_eq!(tests[0]["token"], token);
    assert_eq!(tests[0]["outcome"], first["tests"][0]["outcome"]);
}

#[test]
fn seeds_give_other_tokens_and_the_same_seed_the_same() {
    let token = |seed: &str| {
        let run = json(&["query::two_queries_agree@msi/random", "--seed", seed]);
        run["tests"][0]["token"]
            .as_str()
            .expect("a token")
            .to_owned()
    };
    assert_eq!(token("5"), token("5"));
    assert_ne!(token("5"), token("6"));
}

#[test]
fn the_token_of_the_last_seed_is_one_behind_the_start_and_runs_again() {
    let id = "stress::lock_keeps_the_invariant@msi/random";
    let token = |run: &Value| run["tests"][0]["token"].as_str().map(ToOwned::to_owned);
    let first = token(&json(&[id])).expect("a token");
    let last = token(&json(&[id, "--seeds", "3"])).expect("a token");
    assert!(
        last.starts_with(&format!("{first}-s")),
        "the same start: {first}, {last}"
    );
    let again = json(&[id, "--replay", &last]);
    assert_eq!(again["summary"]["passed"], 1);
    assert_eq!(token(&again), Some(last));
}

#[test]
fn what_is_reported_does_not_hang_on_how_many_run_at_a_time() {
    let run = |jobs: &str| {
        let mut run = json(&["power::", "wait::", "--seeds", "2", "--jobs", jobs]);
        for test in run["tests"].as_array_mut().expect("an array") {
            assert!(test["duration_us"].take().is_u64());
        }
        run
    };
    let alone = run("1");
    assert!(alone["tests"].as_array().is_some_and(|all| all.len() > 80));
    assert_eq!(alone, run("3"));
}

#[test]
fn no_test_matches_is_code_4_with_an_image_too() {
    let output = dirql(&["run", "no-such-test"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(output.stdout.is_empty());
}

#[test]
fn a_traced_run_shows_what_the_driver_tells() {
    let output = dirql(&[
        "run",
        "query::reports_the_contract_and_a_driver_version@msi/blocked",
        "--trace",
    ]);
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8_lossy(&output.stderr);
    let names = [
        "Load", "Plugin", "Connect", "Start", "Request", "Stop", "Unload",
    ];
    let mut rest = &*told;
    for name in names {
        let event = format!("event Dirql.Driver/{name}");
        let Some((_, after)) = rest.split_once(&event) else {
            panic!("{event} comes next: {told}");
        };
        rest = after;
    }
    assert!(!String::from_utf8_lossy(&output.stdout).contains("Dirql.Driver"));
}

/// The second image of the driver. What both sides of a policy allow is tried at once; `policies.rs` goes through them one by one.
#[test]
fn every_suite_passes_on_an_interrupt_of_the_framework_s() {
    let variable = |name: &str| {
        std::env::var(name).unwrap_or_else(|_| {
            panic!("{name} is not set: `cargo xtask build` builds the image and prints its path")
        })
    };
    let (image, pdb) = (variable("DIRQL_WDF_IMAGE"), variable("DIRQL_WDF_PDB"));
    let place = ["--image", &image, "--pdb", &pdb, "--one-variant"];
    let others = [
        "disconnect_waits=yes",
        "inactive_messages_kept=yes",
        "interrupt_in_connect=no",
        "synchronize_returns_true=yes",
    ];
    let others: Vec<&str> = others
        .into_iter()
        .flat_map(|policy| ["--policy", policy])
        .collect();
    for policies in [&[][..], &others] {
        let run = json(&[&place, policies].concat());
        let count = |outcome: &str| {
            let tests = run["tests"].as_array().expect("an array");
            tests
                .iter()
                .filter(|test| test["outcome"] == outcome)
                .count()
        };
        assert_eq!(count("failed") + count("no-verdict"), 0, "{run}");
        assert!(count("passed") > 150, "{}", count("passed"));
        let skipped: Vec<_> = run["tests"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|test| test["outcome"] == "skipped")
            .collect();
        assert!(!skipped.is_empty(), "RECONNECT has one kind there");
        for test in skipped {
            let reason = test.to_string();
            assert!(reason.contains("the framework connects"), "{reason}");
        }
    }
}
