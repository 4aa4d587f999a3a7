//! The command on guests that it has never heard of.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

#[path = "../../../tests/guests/offender/src/protocol.rs"]
#[expect(
    dead_code,
    reason = "the file is the guest's own, and this asks for one of its codes"
)]
mod protocol;

/// `IOCTL_COUNT` of the guest `doorbell`: four counters.
const COUNT: &str = "0x226008";

fn guest(name: &str) -> String {
    let guests = env::var_os("DIRQL_GUESTS").expect(
        "DIRQL_GUESTS names no folder: run these tests by `cargo xtask test`, or set it to the folder of the guests",
    );
    let image = Path::new(&guests).join(name).with_extension("sys");
    image.to_string_lossy().into_owned()
}

fn ntsim(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ntsim"))
        .args(arguments)
        .output()
        .expect("the command was built")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_driver_answers_on_every_seed_and_both_kinds_of_interrupt() {
    let output = ntsim(&[&guest("doorbell"), COUNT, "", "16", "--seeds", "2"]);
    let text = stdout(&output);
    assert!(output.status.success(), "{text}");
    assert_eq!(answers_of_many(&text), 4, "{text}");
    let (answers, counts) = text.trim_end().rsplit_once('\n').expect("two lines");
    for line in answers.lines() {
        let (_, reply) = line.split_once(": ").expect("a reply");
        let (bytes, _) = reply.split_once(' ').expect("how often");
        assert!(line.starts_with("0x00000000, 16 bytes: "), "{line}");
        assert_eq!(bytes.len(), 32, "{line}");
    }
    assert!(counts.starts_with("service routines ran "), "{counts}");
}

/// How many answers there were in all, as the last lines tell.
fn answers_of_many(text: &str) -> u32 {
    let times = text.lines().filter_map(|line| {
        let (_, times) = line.rsplit_once('(')?;
        times.strip_suffix(" times)")?.parse::<u32>().ok()
    });
    times.sum()
}

#[test]
fn several_control_codes_are_sent_one_behind_the_other() {
    let image = guest("doorbell");
    let then = format!("{COUNT},,16");
    let request = [&image, COUNT, "", "16", "--seeds", "1"];
    let output = ntsim(&[&request[..], &["--then", &then, "--then", &then]].concat());
    let text = stdout(&output);
    assert!(output.status.success(), "{text}{}", stderr(&output));
    assert_eq!(answers_of_many(&text), 6, "{text}");
    // A code that the driver refuses is the second request, and the first is answered all the same.
    let output = ntsim(&[&request[..], &["--then", "220000"]].concat());
    let text = stdout(&output);
    assert!(text.contains("0xc0000010, 0 bytes (2 times)"), "{text}");
    for wrong in ["", "x", "1,2", "1,00,-1", "1,00,99999999"] {
        let refused = ntsim(&[&request[..], &["--then", wrong]].concat());
        assert_eq!(refused.status.code(), Some(2), "{wrong}");
    }
}

#[test]
fn a_report_for_programs_has_every_run_and_what_was_broken() {
    let report = |arguments: &[&str]| -> (Option<i32>, serde_json::Value) {
        let output = ntsim(&[arguments, &["--seeds", "2", "--format", "json"]].concat());
        let report = serde_json::from_slice(&output.stdout).expect("it is JSON");
        (output.status.code(), report)
    };
    let (code, all) = report(&[&guest("doorbell"), COUNT, "", "16"]);
    assert_eq!(
        (code, &all["ended_well"], &all["asked"]),
        (Some(0), &4.into(), &4.into())
    );
    let runs = all["runs"].as_array().expect("it has runs");
    assert_eq!(runs.len(), 4);
    assert!(
        runs.iter()
            .all(|run| run["answer"] == "0x00000000, 16 bytes"),
        "{all}"
    );

    let leak = format!("{:x}", protocol::breaks("pool-leak"));
    let (code, all) = report(&[&guest("offender"), &leak]);
    assert_eq!((code, &all["ended_well"]), (Some(1), &0.into()));
    let failure = &all["runs"][0]["failure"];
    assert_eq!(
        (&failure["rule"], &failure["verdict"]),
        (&"pool-leak".into(), &true.into())
    );
    assert!(
        failure["location"]
            .as_str()
            .is_some_and(|place| place.contains("deeds/pool.rs")),
        "{all}"
    );
    assert!(
        failure["calls"]
            .as_array()
            .is_some_and(|calls| !calls.is_empty()),
        "{all}"
    );
}

#[test]
fn a_broken_rule_is_told_with_its_place_and_again_by_its_token() {
    let code = format!("{:x}", protocol::breaks("pool-leak"));
    let image = guest("offender");
    let output = ntsim(&[&image, &code]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("rule pool-leak: "), "{text}");
    let token = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("replay token "))
        .expect("a token");
    let again = ntsim(&[&image, &code, "--token", token]);
    assert_eq!(stdout(&again), text);
    // The command that it prints does the same.
    let command = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("again by `"))
        .and_then(|line| line.strip_suffix('`'))
        .expect("a command");
    let printed = Command::new("sh")
        .args(["-c", command])
        .output()
        .expect("there is a shell");
    assert_eq!(stdout(&printed), text);
}

#[test]
fn a_run_is_repeated_by_the_program_that_started_the_command() {
    let code = format!("{:x}", protocol::breaks("pool-leak"));
    let image = guest("offender");
    let output = Command::new(env!("CARGO_BIN_EXE_ntsim"))
        .args([&image, &code, "--seeds", "3"])
        .env("NTSIM_CALLED_AS", "cargo ntdriver run --")
        .output()
        .expect("the command was built");
    let text = stdout(&output);
    let command = format!("again by `cargo ntdriver run -- {code} --token ");
    assert!(text.contains(&command), "{text}");
}

#[test]
fn the_run_that_breaks_a_rule_is_drawn_and_what_it_prints_is_the_same() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("drawn");
    fs::create_dir_all(&folder).expect("the folder of test data can be written");
    let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (trace, page) = (file("run.pftrace"), file("run.html"));
    let code = format!("{:x}", protocol::breaks("pool-leak"));
    let image = guest("offender");
    let drawn = ntsim(&[&image, &code, "--perfetto", &trace, "--html", &page]);
    assert_eq!(stdout(&drawn), stdout(&ntsim(&[&image, &code])));
    let page = fs::read_to_string(page).expect("the page was written");
    assert!(page.contains("<title>rule pool-leak: "), "what it is about");
    let again = format!("{image} {code} --token ");
    assert!(page.contains(&again), "the command that runs it again");
    assert!(page.contains("deeds/pool.rs"), "the place");
    assert!(fs::metadata(trace).is_ok_and(|file| file.len() > 1000));

    let nowhere = file("no/such/folder.html");
    let refused = ntsim(&[&image, &code, "--html", &nowhere]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&refused.stderr).contains(&nowhere));
}

#[test]
fn what_depends_on_uninitialized_memory_is_told_where_runs_are_compared() {
    let image = guest("offender");
    let code = format!("{:x}", protocol::breaks("uninitialized-output"));
    let request = [&image, &code, "", "8", "--seeds", "1"];
    assert!(ntsim(&request).status.success());
    let compared = ntsim(&[&request[..], &["--uninitialized"]].concat());
    let text = stdout(&compared);
    assert_eq!(compared.status.code(), Some(1), "{text}");
    for part in [
        "rule uninitialized: ",
        "byte 4 of the output of request 1 is 0x32",
        "uninitialized.rs:",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let kept = format!("{:x}", protocol::keeps("uninitialized-output"));
    let request = [&image, &kept, "", "8", "--seeds", "2"];
    let once = ntsim(&request);
    assert!(once.status.success());
    let compared = ntsim(&[&request[..], &["--uninitialized"]].concat());
    assert_eq!(stdout(&compared), stdout(&once));
}

#[test]
fn the_events_of_a_run_are_told_where_they_are_wanted() {
    let image = guest("doorbell");
    let without = stdout(&ntsim(&[&image, "--seeds", "1"])).lines().count();
    let with = stdout(&ntsim(&[&image, "--seeds", "1", "--events"]));
    assert!(with.lines().count() > without + 20, "{with}");
    assert!(with.contains("WdfDriverCreate("), "{with}");
}

#[test]
fn a_wrong_command_line_is_explained() {
    for arguments in [
        &[][..],
        &["a.sys", "xyz"],
        &["a.sys", "1", "123"],
        &["a.sys", "1", "", "-1"],
        &["a.sys", "--seeds", "0"],
        &["a.sys", "--limit", "0"],
        &["a.sys", "+1"],
        &["a.sys", "1", "+1"],
        &["a.sys", "1", "", "99999999999"],
        &["a.sys", "--policy", "gravity=no"],
        &["a.sys", "--policy", "disconnect_waits=perhaps"],
        &[
            "a.sys",
            "--policy",
            "disconnect_waits=yes",
            "--policy",
            "disconnect_waits=no",
        ],
        &["a.sys", "--without", "gravity"],
        &["a.sys", "--without", "not-modelled"],
        &["a.sys", "--token", "no token"],
        &[
            "a.sys",
            "--token",
            "4-r-2-l-0000000000000001",
            "--without",
            "race",
        ],
        &[
            "a.sys",
            "--token",
            "4-r-2-l-0000000000000001",
            "--policy",
            "disconnect_waits=yes",
        ],
    ] {
        let output = ntsim(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_missing_image_is_named() {
    let output = ntsim(&["no-such.sys"]);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("no-such.sys"), "{said}");
}

/// A folder of this test, with a copy of the guest `doorbell` under the name `renamed.sys`.
fn renamed(folder: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("a folder of an earlier run goes");
    }
    fs::create_dir_all(&folder).expect("a folder for the copy");
    let image = folder.join("renamed.sys");
    fs::copy(guest("doorbell"), &image).expect("the guest was built");
    image
}

fn pdb_of(name: &str) -> PathBuf {
    Path::new(&guest(name)).with_extension("pdb")
}

/// What the command says at the end of one seed with both kinds of interrupt.
const WELL: &str = "2 of 2 runs ended well\n";

/// What the command says beside the run of an image.
fn said(image: &Path) -> (Option<i32>, String) {
    let output = ntsim(&[&image.to_string_lossy(), "--seeds", "1"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), said)
}

#[test]
fn a_pdb_that_is_not_there_is_missed_at_each_place() {
    let image = renamed("no-pdb");
    let (code, said) = said(&image);
    assert_eq!(code, Some(0), "{said}");
    let own = image.with_extension("pdb");
    let linked = image.with_file_name("doorbell.pdb");
    let expected = format!(
        "note: reports have no lines: the PDB of the image is not at {} nor at {}; copy it there\n{WELL}",
        own.display(),
        linked.display()
    );
    assert_eq!(said, expected);
}

#[test]
fn a_pdb_is_found_under_the_name_that_the_linker_recorded() {
    let image = renamed("linked-pdb");
    fs::copy(pdb_of("doorbell"), image.with_file_name("doorbell.pdb")).expect("a copy");
    assert_eq!(said(&image), (Some(0), WELL.to_owned()));
}

#[test]
fn a_pdb_of_another_build_is_refused_with_both_identities() {
    let image = renamed("foreign-pdb");
    fs::copy(pdb_of("offender"), image.with_extension("pdb")).expect("a copy");
    let (code, said) = said(&image);
    assert_eq!(code, Some(3), "{said}");
    assert!(
        said.contains("belongs to another build: the image was linked with "),
        "{said}"
    );
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_page_of_the_exit_codes_has_those_of_the_help() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/exit-codes.md");
    let text = std::fs::read_to_string(page).expect("docs/exit-codes.md is there");
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let number: u8 = cells.get(1)?.parse().ok()?;
        (cells[3] != "-").then(|| format!("  {number:<3}  {}", cells[3]))
    });
    let help = stdout(&ntsim(&["--help"]));
    let (_, codes) = help.split_once("Exit codes:\n").expect("they are told");
    let rows: Vec<String> = rows.collect();
    let codes: Vec<&str> = codes.lines().collect();
    assert_eq!(rows, codes);
}

#[test]
fn a_policy_and_a_rule_that_is_off_stand_in_the_token_and_are_obeyed() {
    let code = format!("{:x}", protocol::breaks("pool-leak"));
    let image = guest("offender");
    let off = ["--without", "pool-leak", "--policy", "null_lock_shared=yes"];
    let output = ntsim(&[&[image.as_str(), &code, "--seeds", "1"], &off[..]].concat());
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    let told = stdout(&ntsim(
        &[
            &[image.as_str(), &code, "--seeds", "1", "--format", "json"],
            &off[..],
        ]
        .concat(),
    ));
    let report: serde_json::Value = serde_json::from_str(&told).expect("it is JSON");
    let token = report["runs"][0]["token"].as_str().expect("a token");
    assert!(token.contains("-p") && token.contains("-x"), "{token}");
    let again = ntsim(&[&image, &code, "--token", token]);
    assert_eq!(again.status.code(), Some(0), "{}", stdout(&again));
}

#[test]
fn a_limit_ends_what_takes_longer() {
    let output = ntsim(&[&guest("doorbell"), "--limit", "100"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("rule endless: the driver executed 100 instructions"),
        "{text}"
    );
    let output = ntsim(&[&guest("doorbell"), "--limit", "1000000", "--seeds", "1"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}

#[test]
fn what_is_not_modelled_has_its_own_heading_and_exit_code() {
    // Behind a null pointer nothing sensible can follow, where the rule that sees it is off.
    let code = format!("{:x}", protocol::breaks("call-of-nothing"));
    let output = ntsim(&[&guest("offender"), &code, "--without", "bad-access"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(5), "{text}");
    assert!(text.contains(": not modelled: "), "{text}");
    assert!(!text.contains("rule not-modelled"), "{text}");
    assert!(
        stderr(&output).contains("no verdict"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn an_image_that_is_no_regular_file_is_refused_and_not_waited_for() {
    for image in [env!("CARGO_MANIFEST_DIR"), "/dev/zero"] {
        let output = ntsim(&[image]);
        assert_eq!(output.status.code(), Some(3), "{image}");
        let said = stderr(&output);
        assert!(said.contains(&format!("{image}: ")), "{said}");
    }
}

#[test]
fn a_reader_that_leaves_early_leaves_the_verdict() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ntsim"))
        .args([&guest("doorbell"), "--seeds", "2"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the command was built");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "4 of 4 runs ended well\n");
}

#[test]
fn imports_are_listed_and_nothing_runs() {
    let output = ntsim(&["--imports", &guest("doorbell")]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    let bind = "modelled: WDFLDR.SYS!WdfVersionBind(DriverObject: PDRIVER_OBJECT, ";
    assert!(text.lines().any(|line| line.starts_with(bind)), "{text}");
    let imports = text.lines().count() - 1;
    let summary = format!("{imports} of {imports} imports are modelled");
    assert_eq!(text.lines().last(), Some(summary.as_str()), "{text}");
    assert!(!stderr(&output).contains("ended well"), "nothing ran");
}

#[test]
fn a_request_is_sent_on_several_handles_and_again_after_each_change() {
    let changes = ["--pnp", "down,up,stop,restart,surprise"];
    let several = ["--repeat", "2", "--parallel", "3", "--seeds", "2"];
    let image = guest("doorbell");
    let output = ntsim(&[&[&image, COUNT, "", "16"][..], &several, &changes].concat());
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}{}", stderr(&output));
    // At the start, after `up` and after `restart`.
    let text = stdout(&ntsim(
        &[
            &[&image, COUNT, "", "16", "--events", "--seeds", "1"][..],
            &several[..4],
            &changes,
        ]
        .concat(),
    ));
    let retrieved = text.matches("WdfRequestRetrieveOutputBuffer(").count();
    // Two kinds of interrupt.
    assert_eq!(retrieved, 2 * 3 * 2 * 3, "{text}");
}

#[test]
fn a_driver_without_an_interface_is_started_and_unloaded() {
    let image = guest("classic_closed");
    if !Path::new(&image).exists() {
        eprintln!(
            "skipped: the guests in C were not built (`cargo xtask setup --c` brings clang and lld)"
        );
        return;
    }
    let output = ntsim(&[&image, COUNT, "", "16", "--seeds", "2"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}{}", stderr(&output));
    let line = "started, nothing to open: the driver made no interface (4 times)";
    assert!(text.contains(line), "{text}");
    let changes = ["--pnp", "down,up", "--events", "--seeds", "1"];
    let text = stdout(&ntsim(&[&[&image[..]], &changes[..]].concat()));
    assert_eq!(text.matches("power up").count(), 2, "{text}");
}

#[test]
fn a_change_that_cannot_be_is_refused() {
    for changes in ["up", "down,stop", "surprise,up", "sideways"] {
        let output = ntsim(&["a.sys", "--pnp", changes]);
        assert_eq!(output.status.code(), Some(2), "{changes}");
    }
    for arguments in [
        &["a.sys", "1", "--read", "4"][..],
        &["a.sys", "1", "--write", "00"],
        &["a.sys", "--name", "a.txt"],
        &["a.sys", "--registry", "user:Name=1"],
        &["a.sys", "--kmdf", "2.33"],
        &["a.sys", "--parallel", "0"],
    ] {
        assert_eq!(ntsim(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_read_and_a_write_are_sent_instead_of_a_control_code() {
    let image = guest("doorbell");
    let output = ntsim(&[&image, "--write", "0102", "--seeds", "1"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.starts_with("0x00000000, 2 bytes (2 times)\n"),
        "{text}"
    );
    // A read waits for a ring, and nothing rings.
    let output = ntsim(&[&image, "--read", "8", "--seeds", "1"]);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(
        stdout(&output).contains("rule hang: "),
        "{}",
        stdout(&output)
    );
}

/// The guest is built where clang and lld are.
#[test]
fn a_name_reaches_the_driver_and_a_write_comes_before_a_read() {
    let image = guest("keeper");
    if !Path::new(&image).exists() {
        return;
    }
    // The length of the name, and its two characters.
    let output = ntsim(&[
        &image, "2220b8", "", "128", "--name", r"\k", "--device", "bare", "--seeds", "1",
    ]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.starts_with("0x00000000, 24 bytes: "), "{text}");
    assert_eq!(answers_of_many(&text), 2, "{text}");
    // It has no callback for a write.
    let output = ntsim(&[
        &image, "--write", "00", "--read", "32", "--device", "bare", "--seeds", "1",
    ]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("0xc0000010, 0 bytes (2 times)\n"), "{text}");
    assert!(text.contains("0x00000000, 32 bytes: "), "{text}");
    assert_eq!(answers_of_many(&text), 4, "{text}");
}

#[cfg(target_os = "linux")]
mod on_linux {
    use std::process::Stdio;

    use super::*;

    /// Presses Ctrl-C once the command has been at work for a while.
    fn interrupted(arguments: &[&str]) -> Output {
        let child = Command::new(env!("CARGO_BIN_EXE_ntsim"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command was built");
        let signal = format!("sleep 2; kill -INT {}", child.id());
        let sent = Command::new("sh").args(["-c", &signal]).spawn();
        let mut sent = sent.expect("a shell");
        let output = child.wait_with_output().expect("it ends");
        assert!(
            sent.wait().expect("it ends").success(),
            "it was still at work"
        );
        output
    }

    #[test]
    fn many_seeds_that_are_interrupted_tell_what_has_run() {
        let output = interrupted(&[&guest("doorbell"), "--seeds", "10000000"]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(130), "{said}");
        let summary = said.lines().last().expect("a line");
        let (well, rest) = summary.split_once(' ').expect("words");
        assert!(well.parse::<u64>().expect("a number") > 0, "{said}");
        let wanted = "of 20000000 runs ended well, then the user ended them";
        assert_eq!(rest, wanted);
    }

    #[test]
    fn one_run_that_does_not_end_is_interrupted_in_its_middle() {
        let code = format!("{:x}", protocol::breaks("storm"));
        let output = interrupted(&[&guest("offender"), &code, "--without", "storm"]);
        let text = stdout(&output);
        assert_eq!(output.status.code(), Some(130), "{text}{}", stderr(&output));
        assert!(
            text.contains(": interrupted: the user ended the run"),
            "{text}"
        );
    }

    #[test]
    fn progress_is_shown_on_a_terminal_and_nowhere_else() {
        let line = format!(
            "{} {} --seeds 3",
            env!("CARGO_BIN_EXE_ntsim"),
            guest("doorbell")
        );
        let shown = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .stdin(Stdio::null())
            .output()
            .expect("script is of util-linux");
        assert!(stdout(&shown).contains("/6 runs"), "{}", stdout(&shown));
        let piped = ntsim(&[&guest("doorbell"), "--seeds", "3"]);
        assert_eq!(stderr(&piped), "6 of 6 runs ended well\n");
    }
}
