//! The fuzzer: it finds what is broken and makes it small, and finds nothing in the driver.

#[cfg(feature = "sim")]
mod built;
mod scripted;

#[cfg(feature = "sim")]
use std::path::{Path, PathBuf};

#[cfg(feature = "sim")]
use dirql_harness::fuzz::Saved;
use dirql_harness::fuzz::Step;
use dirql_harness::fuzz::campaign::{Campaign, Crash, Outcome};
use dirql_harness::target::Target;
use dirql_ioctl::{Status, code};
use nt_model::{Finding, Rule};
use scripted::{Script, Scripted, VARIANTS, completion, failed};

fn broken(target: &Scripted, program: &[Step]) -> (Crash, Crash) {
    let mut campaign = Campaign::new(target);
    match campaign.run(VARIANTS[0], 3, program) {
        Outcome::Broke(crash) => {
            let shrunk = campaign.shrink_crash(&crash, VARIANTS[0], &mut |_| {});
            (*crash, shrunk)
        }
        Outcome::Held(_) | Outcome::Interrupted => panic!("the script breaks a rule"),
    }
}

/// Valid requests that the script serves, around `step`.
fn program(step: Step) -> Vec<Step> {
    let query = |handle| Step::Submit {
        handle,
        code: code::QUERY,
        input: Vec::new(),
        output_len: 56,
    };
    let open = Step::Open {
        read: true,
        write: true,
    };
    vec![
        open,
        query(0),
        Step::Advance { instructions: 70 },
        query(1),
        step,
        Step::Settle,
        query(1),
        Step::Close { handle: 1 },
    ]
}

#[test]
fn the_step_that_breaks_a_rule_is_what_is_left() {
    let raise = Step::Submit {
        handle: 0,
        code: code::RAISE,
        input: [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].into(),
        output_len: 16,
    };
    let undocumented = completion(Status::BUFFER_TOO_SMALL, &[]);
    let target = Scripted::new(Script {
        answers: vec![(code::RAISE, undocumented)],
        ..Script::default()
    });
    let (crash, shrunk) = broken(&target, &program(raise.clone()));
    assert_eq!(crash.failure.cause, Finding::Contract);
    assert!(crash.failure.message.contains("raise"), "{crash:?}");
    assert_eq!(shrunk.failure.cause, Finding::Contract);
    assert!(matches!(
        shrunk.saved.program.as_slice(),
        [Step::Submit {
            code: code::RAISE,
            ..
        }]
    ));
}

#[test]
fn what_needs_no_step_shrinks_to_none() {
    let target = Scripted::new(Script {
        finish: Some(failed(Rule::PoolLeak)),
        ..Script::default()
    });
    let (crash, shrunk) = broken(&target, &program(Step::Settle));
    assert_eq!(crash.failure.cause, Rule::PoolLeak, "{crash:?}");
    assert_eq!(shrunk.saved.program, []);
    assert_eq!(shrunk.saved.rule.as_deref(), Some("pool-leak"));
    assert_eq!(shrunk.saved.token, target.token(VARIANTS[0], 3.into()));
}

#[test]
fn programs_depend_on_seed_and_number_alone() {
    let target = Scripted::new(Script::default());
    let campaign = Campaign::new(&target);
    assert_eq!(campaign.draw(9, 4), campaign.draw(9, 4));
    assert_ne!(campaign.draw(9, 4), campaign.draw(9, 5));
    assert_ne!(campaign.draw(9, 4), campaign.draw(8, 4));
}

#[cfg(feature = "sim")]
fn fuzz(args: &[&str]) -> std::process::Output {
    let crashes = ["fuzz", "--crashes", env!("CARGO_TARGET_TMPDIR")];
    built::dirql(&[&crashes, args].concat())
}

#[cfg(feature = "sim")]
fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

#[test]
#[cfg(feature = "sim")]
fn the_corpus_and_a_slice_of_programs_hold_on_the_driver() {
    let corpus = corpus();
    let corpus = corpus.to_str().expect("the path of a checkout is text");
    let output = fuzz(&["--corpus", corpus, "--seed", "1", "--count", "30000"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.contains("programs held") && text.contains("behaviours"),
        "{text}"
    );
}

#[test]
#[cfg(feature = "sim")]
fn a_file_runs_again_alone() {
    let folder = std::env::temp_dir().join(format!("dirql-fuzz-{}", std::process::id()));
    let path = folder.join("one.json");
    let saved = Saved {
        format: dirql_harness::fuzz::file::FORMAT,
        rule: None,
        message: None,
        shows: None,
        variant: "msi/random".into(),
        token: Some("4-r-2-m-0000000000000005".into()),
        seed: 5,
        program: program(Step::Settle),
    };
    saved.write(&path).expect("a temporary folder");
    let replay = ["--replay", path.to_str().expect("a temporary path is text")];
    let output = fuzz(&replay);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("8 steps, everything held"), "{text}");
    std::fs::write(&path, "{}").expect("it is there");
    let output = fuzz(&replay);
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("is no program of dirql fuzz"), "{text}");
    std::fs::remove_dir_all(folder).expect("it was made above");
}
