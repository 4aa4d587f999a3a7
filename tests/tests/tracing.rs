//! The driver's events, as a listener hears them: by name and field.

use std::{fs, path::Path};

use dirql_ioctl::{code, synchronize::Operation};
use dirql_tests::{
    dirql, images,
    session::{Device, Session, random, until_blocked},
    trace::{events, heard, is_call, number},
};
use ntsim::{
    Config, Failure, InjectedFailure, InterruptResource, Machine, Status, TraceEvent, TraceSession,
    TraceValue, device::Edu,
};

const WARNING: u8 = 3;
const VERBOSE: u8 = 5;
const SYNCHRONIZE: u64 = 4;

/// A machine with the driver, where nothing has run yet.
fn machine(config: &Config) -> Machine {
    match Machine::new(config.clone(), &images::driver(), Box::new(Edu::new())) {
        Ok(machine) => machine,
        Err(error) => panic!("{error}"),
    }
}

/// Starts the driver with something listening, lets `body` talk to it, unloads it, and gives what was heard.
fn listened(
    config: &Config,
    session: TraceSession,
    body: impl FnOnce(&mut Session) -> Result<(), Failure>,
) -> Vec<TraceEvent> {
    let run = || {
        let mut machine = machine(config);
        machine.listen(Some(session))?;
        machine.start()?;
        let file = machine.open(true, true)?;
        let mut open = Session { machine, file };
        body(&mut open)?;
        open.machine.unload()?;
        Ok(heard(open.machine.events()))
    };
    run().unwrap_or_else(|failure: Failure| panic!("{failure}"))
}

fn names(events: &[TraceEvent]) -> Vec<&str> {
    events.iter().map(|event| event.name.as_str()).collect()
}

fn named<'a>(events: &'a [TraceEvent], name: &str) -> Vec<&'a TraceEvent> {
    events.iter().filter(|event| event.name == name).collect()
}

#[test]
fn the_recorder_s_profile_names_the_driver_s_provider() {
    let config = until_blocked(InterruptResource::Line);
    let heard = listened(&config, TraceSession::ALL, |_| Ok(()));
    let profile = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/dirql.wprp");
    let profile = fs::read_to_string(profile).expect("the profile is there");
    let provider = format!("Name=\"{}\" NonPagedMemory=\"true\"", heard[0].provider_id);
    assert!(profile.contains(&provider), "{provider}");
}

const SUCCESS: Option<&TraceValue> = Some(&TraceValue::Status(Status::SUCCESS));

#[test]
fn the_life_of_a_driver_is_told_from_loading_to_unloading() {
    let session = TraceSession {
        level: VERBOSE - 1,
        ..TraceSession::ALL
    };
    let config = until_blocked(InterruptResource::Message);
    let heard = listened(&config, session, |_| Ok(()));
    let expected = [
        "Load",
        "Plugin",
        "Connect",
        "Start",
        "Stop",
        "PluginGone",
        "Unload",
    ];
    assert_eq!(names(&heard), expected);
    assert!(heard.iter().all(|event| event.provider == "Dirql.Driver"));
    let version = TraceValue::Text(env!("CARGO_PKG_VERSION").to_owned());
    assert_eq!(heard[0].field("Version"), Some(&version));
    assert_eq!(number(&heard[1], "Failure"), 0);
    assert_eq!(heard[1].field("Status"), SUCCESS);
    // CONNECT_FULLY_SPECIFIED_GROUP, which reaches every processor group.
    assert_eq!(number(&heard[2], "Kind"), 4);
    assert_eq!(number(&heard[2], "Generation"), 1);
    assert_eq!(heard[3].field("Status"), SUCCESS);
}

#[test]
fn a_synchronize_request_tells_how_often_its_closure_ran() {
    let session = TraceSession {
        any: SYNCHRONIZE,
        ..TraceSession::ALL
    };
    let heard = listened(
        &until_blocked(InterruptResource::Line),
        session,
        |session| {
            dirql::synchronize(session, Operation::Add, 3, 5)?;
            dirql::synchronize(session, Operation::Nothing, 0, 1).map(drop)
        },
    );
    assert_eq!(names(&heard), ["Synchronize"; 2]);
    assert_eq!(heard[0].level, VERBOSE);
    for (event, operation, ran) in [
        (&heard[0], Operation::Add, 5),
        (&heard[1], Operation::Nothing, 1),
    ] {
        assert_eq!(number(event, "Operation"), u64::from(operation as u32));
        assert_eq!(number(event, "CallerIrql"), 0);
        assert_eq!(number(event, "Ran"), ran);
        assert_eq!(number(event, "NotRun"), 0);
    }
}

#[test]
fn batches_of_interrupts_add_up_to_what_the_service_routine_claimed() {
    for resource in [InterruptResource::Line, InterruptResource::Message] {
        for seed in 1..=8 {
            let mut claimed = 0;
            let heard = listened(&random(resource, seed), TraceSession::ALL, |session| {
                for cause in 0..6 {
                    let raised = dirql::raise(session, 1 << cause, 2)?;
                    dirql::wait(session, raised.sequence_before)?;
                }
                session.machine.settle()?;
                claimed = dirql::statistics(session)?.claimed;
                Ok(())
            });
            let batches = named(&heard, "Interrupts");
            let told: u64 = batches.iter().map(|event| number(event, "Count")).sum();
            assert!(claimed > 0);
            assert_eq!(told, claimed, "{resource:?}, seed {seed}");
            let newest = batches.last().map(|event| number(event, "Newest"));
            assert_eq!(newest, Some(claimed), "{resource:?}, seed {seed}");
        }
    }
}

#[test]
fn nothing_is_written_while_nothing_listens() {
    let run = || {
        let config = until_blocked(InterruptResource::Message);
        let mut session = Session::start(&config, &images::driver(), Device::Edu)?;
        let raised = dirql::raise(&mut session, 1, 1)?;
        dirql::wait(&mut session, raised.sequence_before)?;
        dirql::synchronize(&mut session, Operation::Add, 1, 1)?;
        session.machine.unload()?;
        Ok(events(session.machine.events()))
    };
    let events = run().unwrap_or_else(|failure: Failure| panic!("{failure}"));
    let calls = |routine| {
        events
            .iter()
            .filter(|event| is_call(event, routine))
            .count()
    };
    assert_eq!(calls("EtwRegister"), 1);
    assert_eq!(calls("EtwSetInformation"), 1);
    assert_eq!(calls("EtwWriteTransfer"), 0);
    assert_eq!(calls("EtwUnregister"), 1);
}

#[test]
fn what_a_session_does_not_ask_for_is_not_written() {
    let session = TraceSession {
        level: WARNING,
        ..TraceSession::ALL
    };
    let config = until_blocked(InterruptResource::Line);
    let heard = listened(&config, session, |session| {
        dirql::synchronize(session, Operation::Add, 1, 1)?;
        // No request is this long.
        let refused = session.control(code::QUERY.0, &[0; 3], 64)?;
        assert_ne!(refused.status, Status::SUCCESS);
        Ok(())
    });
    assert_eq!(names(&heard), ["Refuse"]);
    assert_eq!(heard[0].level, WARNING);
    assert!(
        matches!(heard[0].field("Status"), Some(TraceValue::Status(status)) if *status != Status::SUCCESS)
    );
}

#[test]
fn a_connection_that_is_refused_is_an_error_by_name() {
    let mut machine = machine(&until_blocked(InterruptResource::Message));
    machine.inject(InjectedFailure::ConnectRefused, 0, 1);
    let mut run = || {
        machine.listen(Some(TraceSession::ALL))?;
        machine.start()
    };
    run().expect_err("the device does not start");
    let heard = heard(machine.events());
    let insufficient_resources = TraceValue::Status(Status::INSUFFICIENT_RESOURCES);
    let errors = named(&heard, "Error");
    let places: Vec<_> = errors.iter().map(|event| event.field("Where")).collect();
    let place = |name: &str| TraceValue::Text(name.to_owned());
    assert_eq!(places, [Some(&place("Connect")), Some(&place("Start"))]);
    for event in errors {
        assert_eq!(event.field("Status"), Some(&insufficient_resources));
    }
}

#[test]
fn a_session_may_begin_and_stop_whatever_the_driver_is_doing() {
    for seed in 1..=12 {
        let run = || {
            let config = random(InterruptResource::Message, seed);
            let mut session = Session::start(&config, &images::driver(), Device::Edu)?;
            let mut heard_before = 0;
            for round in 0..6 {
                let raised = dirql::begin_raise(&mut session, 1 << round, 2)?;
                let listening = round % 2 == 0;
                session
                    .machine
                    .listen(listening.then_some(TraceSession::ALL))?;
                session.machine.wait(raised)?;
                session.machine.settle()?;
                let heard = heard(session.machine.events()).len();
                if !listening {
                    // What was under way when the session stopped went nowhere.
                    assert_eq!(heard, heard_before, "seed {seed}, round {round}");
                }
                heard_before = heard;
            }
            session.machine.unload()
        };
        run().unwrap_or_else(|failure: Failure| panic!("{failure}"));
    }
}
