//! The trace, read by its messages, and by those of Perfetto's own package for Python.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use dirql_tests::session::{random, until_blocked};
use ntsim::{
    EventLog, InterruptResource,
    picture::message::{EventType, Trace, TracePacket},
};

use crate::runs::{Drawn, folder};

/// Both interrupts, without preemption and with it.
fn drawn() -> Vec<Drawn> {
    let mut all = Vec::new();
    for resource in [InterruptResource::Line, InterruptResource::Message] {
        all.push(Drawn::driver(&until_blocked(resource)));
        all.extend((1..4).map(|seed| Drawn::driver(&random(resource, seed))));
        all.push(Drawn::offender(&random(resource, 1), "race-with-isr"));
        all.push(Drawn::offender(&random(resource, 2), "lock-recursion"));
    }
    all
}

/// What a track has open, or its number.
#[derive(Default)]
struct Track {
    open: Vec<String>,
    number: i64,
}

/// What is wrong with a trace, held against the log of its run: nothing, if it is right.
fn judge(trace: &Trace, log: &EventLog) -> Result<BTreeMap<String, usize>, String> {
    let mut described = BTreeMap::new();
    let mut tracks: BTreeMap<u64, Track> = BTreeMap::new();
    let mut categories: BTreeMap<String, usize> = BTreeMap::new();
    let (mut events, mut now) = (log.iter(), 0);
    for TracePacket {
        timestamp,
        track_event,
        track_descriptor,
        ..
    } in &trace.packet
    {
        if let Some(track) = track_descriptor {
            described.insert(
                track.name.clone().unwrap_or_default(),
                track.uuid.unwrap_or_default(),
            );
        }
        let Some(event) = track_event else { continue };
        let time = timestamp.ok_or("an event without a time")?;
        if time < now {
            return Err(format!("{time} comes behind {now}"));
        }
        now = time;
        let uuid = event.track_uuid.unwrap_or_default();
        let name = event.name.clone().unwrap_or_default();
        for category in &event.categories {
            *categories.entry(category.clone()).or_default() += 1;
        }
        match event.event_type().ok_or("an event of no kind")? {
            EventType::SliceBegin => {
                tracks.entry(uuid).or_default().open.push(name);
            }
            EventType::SliceEnd => {
                let open = &mut tracks.entry(uuid).or_default().open;
                open.pop().ok_or("an end without a beginning")?;
            }
            EventType::Counter => {
                tracks.entry(uuid).or_default().number = event.counter_value.unwrap_or_default();
            }
            EventType::Instant if event.categories == ["event"] => {
                let logged = events.next().ok_or("more events than the log has")?;
                let said = (time / 1000, name);
                if said != (logged.cycles, logged.kind.to_string()) {
                    return Err(format!("{said:?} instead of {logged}"));
                }
                let uuid_of = |name: String| described.get(&name).copied().unwrap_or_default();
                if uuid != uuid_of(format!("CPU {}", logged.cpu)) {
                    return Err(format!("{logged} is on another track"));
                }
                let level = uuid_of(format!("CPU {} IRQL", logged.cpu));
                let level = tracks.get(&level).map(|track| track.number);
                if level != Some(logged.irql.into()) {
                    return Err(format!("{level:?} is the IRQL at {logged}"));
                }
            }
            EventType::Instant => {}
        }
    }
    if let Some(left) = events.next() {
        return Err(format!("{left} is not in the trace"));
    }
    match tracks.values().find(|it| !it.open.is_empty()) {
        Some(it) => Err(format!("{:?} never end", it.open)),
        None => Ok(categories),
    }
}

#[test]
fn spans_nest_and_every_processors_irql_is_that_of_the_log() {
    let mut all: BTreeMap<String, usize> = BTreeMap::new();
    for drawn in drawn() {
        let trace = drawn.picture().perfetto();
        let trace = Trace::decode(&trace).expect("the trace is of its own messages");
        let token = drawn.machine.config().token();
        let found = judge(&trace, drawn.machine.events())
            .unwrap_or_else(|error| panic!("{token}: {error}"));
        for (category, count) in found {
            *all.entry(category).or_default() += count;
        }
    }
    for category in [
        "thread",
        "callback",
        "isr",
        "dpc",
        "synchronize",
        "lock",
        "event",
        "choice",
        "access",
    ] {
        assert!(all.get(category) > Some(&0), "{category} in {all:?}");
    }
}

#[test]
fn a_trace_that_differs_from_the_log_is_told_from_one_that_does_not() {
    let drawn = Drawn::driver(&random(InterruptResource::Message, 1));
    let trace = drawn.picture().perfetto();
    let right = Trace::decode(&trace).expect("the trace is of its own messages");
    let log = drawn.machine.events();
    assert!(judge(&right, log).is_ok());
    let of = |wanted: EventType| {
        let packets = right.packet.iter();
        let mut of = packets.enumerate().filter(|(_, packet)| {
            let event = packet.track_event.as_ref();
            event.is_some_and(|event| event.event_type() == Some(wanted))
        });
        of.next_back().expect("there is one").0
    };
    for (left_out, complaint) in [
        (EventType::SliceEnd, "never end"),
        (EventType::SliceBegin, "without a beginning"),
        (EventType::Instant, "instead of"),
    ] {
        let mut wrong = right.clone();
        wrong.packet.remove(of(left_out));
        let said = judge(&wrong, log).expect_err("something is missing");
        let none_left = said.contains("is not in the trace");
        assert!(said.contains(complaint) || none_left, "{said}");
    }
    let mut wrong = right.clone();
    for packet in &mut wrong.packet {
        if let Some(event) = &mut packet.track_event
            && event.counter_value == Some(2)
        {
            event.counter_value = Some(3);
        }
    }
    let said = judge(&wrong, log).expect_err("a level is wrong");
    assert!(said.contains("is the IRQL at"), "{said}");
}

/// A Python that has Perfetto's package: the one that `cargo xtask setup --pictures` makes, or the system's.
fn python() -> Option<PathBuf> {
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("python/bin/python3");
    [made, "python3".into()].into_iter().find(|python| {
        Command::new(python)
            .args([
                "-c",
                "import perfetto.protos.perfetto.trace.perfetto_trace_pb2",
            ])
            .output()
            .is_ok_and(|output| output.status.success())
    })
}

#[test]
fn perfettos_own_package_reads_the_trace_and_finds_the_log_in_it() {
    let Some(python) = python() else {
        eprintln!(
            "SKIPPED: no Python has the package perfetto; `cargo xtask setup --pictures` brings it"
        );
        return;
    };
    let folder = folder("perfetto");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures/read.py");
    for (number, drawn) in drawn().iter().enumerate() {
        let trace = folder.join(format!("{number}.pftrace"));
        let log = folder.join(format!("{number}.log"));
        fs::write(&trace, drawn.picture().perfetto()).expect("the folder is there");
        fs::write(&log, drawn.machine.events().to_string()).expect("the folder is there");
        let read = |trace: &Path| {
            let output = Command::new(&python)
                .arg(&script)
                .args([trace, &log])
                .output();
            output.expect("Python starts")
        };
        let output = read(&trace);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", trace.display());
        // The script finds what is wrong, too: a level, here.
        let text = fs::read_to_string(&log).expect("it was written");
        fs::write(&log, text.replacen(" irql  0 ", " irql  1 ", 1)).expect("the folder is there");
        assert!(!read(&trace).status.success(), "another log is refused");
    }
}
