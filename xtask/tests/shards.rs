//! The files that run an exploration in shares: a Job of Kubernetes and a workflow of GitHub's.
//!
//! The types of Kubernetes' API are the crate's `k8s-openapi`, made from its `OpenAPI` document. A field that they do not know
//! is passed over by them, so the file must be what they write.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, process::Command};

use k8s_openapi::api::{batch::v1::Job, core::v1::Container};
use serde_json::Value;

fn text(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(file);
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

const JOB: &str = ".ci/explore-job.yaml";

/// The Job, where the text is one, field by field.
fn job(text: &str) -> Result<Job, String> {
    let written: Value = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    let job: Job = serde_json::from_value(written.clone()).map_err(|error| error.to_string())?;
    let read = serde_json::to_value(&job).map_err(|error| error.to_string())?;
    if read == written {
        Ok(job)
    } else {
        Err(format!("the API has {read:#}, and the file {written:#}"))
    }
}

fn container(job: &Job) -> &Container {
    let spec = job
        .spec
        .as_ref()
        .and_then(|spec| spec.template.spec.as_ref());
    let [container] = &spec.expect("it has pods").containers[..] else {
        panic!("it has one container");
    };
    container
}

fn variable(container: &Container, name: &str) -> String {
    let variables = container.env.iter().flatten();
    let mut values = variables.filter(|it| it.name == name);
    let value = values.next().and_then(|it| it.value.clone());
    value.unwrap_or_else(|| panic!("{name} has a value"))
}

#[test]
fn the_job_is_one_of_kubernetes_and_has_an_index_for_each_share() {
    let job = job(&text(JOB)).unwrap();
    let spec = job.spec.as_ref().unwrap();
    assert_eq!(spec.completion_mode.as_deref(), Some("Indexed"));
    let shares: i32 = variable(container(&job), "SHARES").parse().unwrap();
    assert!(shares > 1);
    assert_eq!(spec.completions, Some(shares));
    assert_eq!(spec.parallelism, Some(shares));
    let pod = spec.template.spec.as_ref().unwrap();
    assert_eq!(pod.restart_policy.as_deref(), Some("Never"));
}

#[test]
fn a_field_that_kubernetes_does_not_have_is_told() {
    let good = text(JOB);
    for (field, wrong) in [
        ("completionMode:", "completionmode:"),
        (
            "restartPolicy: Never",
            "restartPolicy: Never\n      shards: 8",
        ),
        ("completions: 8", "completions: eight"),
        ("kind: Job", "kind: CronJob"),
        ("apiVersion: batch/v1", "apiVersion: batch/v2"),
    ] {
        assert!(good.contains(field), "{field}");
        assert!(job(&good.replace(field, wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn each_pod_explores_the_share_of_its_index_and_goes_on_from_the_round_before() {
    let job = job(&text(JOB)).unwrap();
    let container = container(&job);
    let folder = std::env::temp_dir().join(format!("dirql-job-{}", std::process::id()));
    let reports = folder.join("reports");
    fs::create_dir_all(&folder).unwrap();
    let stand_in = folder.join("dirql");
    // As dirql does where something is broken: it prints its report, and ends by 1.
    fs::write(&stand_in, "#!/bin/sh\necho \"$@\"\nexit ${CODE:-1}\n").unwrap();
    fs::set_permissions(&stand_in, fs::Permissions::from_mode(0o755)).unwrap();
    let [shell, flags] = &container.command.as_ref().unwrap()[..] else {
        panic!("it is a shell's");
    };
    let run = |index: &str, round: &str, code: &str| {
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
        let run = Command::new(shell)
            .arg(flags)
            .args(container.args.as_ref().unwrap())
            .env("PATH", path)
            .env("JOB_COMPLETION_INDEX", index)
            .env("SHARES", variable(container, "SHARES"))
            .env("ROUND", round)
            .env("REPORTS", &reports)
            .env("CODE", code)
            .status();
        run.unwrap().success()
    };
    let report = |round: &str, share: &str| {
        fs::read_to_string(reports.join(round).join(format!("{share}.json"))).ok()
    };
    assert!(run("0", "1", "1") && run("7", "1", "0") && run("7", "2", "0"));
    let first = "explore --all --shard 1/8 --format json\n";
    assert_eq!(report("1", "1").as_deref(), Some(first));
    let last = report("1", "8").unwrap();
    assert!(last.contains("--shard 8/8"), "{last}");
    let before = reports.join("1");
    let again = format!(
        "explore --all --shard 8/8 --format json --conflicts {0}/1.json {0}/8.json\n",
        before.display()
    );
    assert_eq!(report("2", "8"), Some(again));
    // One that could not run leaves no report.
    assert!(!run("3", "1", "3") && report("1", "4").is_none());
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_workflow_has_a_machine_for_each_share_in_both_rounds() {
    let workflow: Value = serde_saphyr::from_str(&text(".github/workflows/explore.yaml")).unwrap();
    for job in ["first", "second"] {
        let job = &workflow["jobs"][job];
        let shares: Vec<u64> = job["strategy"]["matrix"]["share"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_u64)
            .collect();
        let last = shares.last().copied().unwrap();
        assert_eq!(shares, (1..=last).collect::<Vec<_>>());
        let steps = job["steps"].as_array().unwrap();
        let runs: Vec<&str> = steps
            .iter()
            .filter_map(|step| step["run"].as_str())
            .collect();
        let share = format!("--shard ${{{{ matrix.share }}}}/{last} ");
        assert!(runs.iter().any(|run| run.contains(&share)), "{runs:?}");
    }
}
