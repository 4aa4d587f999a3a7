//! A fatal error: the plug-in takes part in handling it and keeps its record, and the machine stops.

use dirql_tests::images;
use ntsim::{Config, ErrorSourceKind, FatalStop, InterruptResource, Machine, Policy, Strategy};
use ntsim::{EventKind, device::Edu};

const SOURCE: u32 = 7;

/// Starts the project's driver with these areas, and stops the machine; how, and which callbacks there were.
fn stop(config: &Config, kind: ErrorSourceKind, areas: u32) -> (FatalStop, Vec<&'static str>) {
    let mut machine = match Machine::new(config.clone(), &images::driver(), Box::new(Edu::new())) {
        Ok(machine) => machine,
        Err(error) => panic!("{error}"),
    };
    machine.set_parameter("PshedAreas", areas);
    let stop = machine
        .add_error_source(SOURCE, kind)
        .and_then(|()| machine.start())
        .and_then(|()| machine.stop_by_fatal_error(SOURCE))
        .unwrap_or_else(|failure| panic!("{failure}"));
    let events = machine.events().iter();
    let of_whea = events.filter_map(|event| match event.kind {
        EventKind::Callback { what, .. } if what.contains("Error") => Some(what),
        _ => None,
    });
    let callbacks = of_whea.collect();
    (stop, callbacks)
}

#[test]
fn the_record_is_kept_before_the_machine_stops() {
    for (kind, number) in [
        (ErrorSourceKind::MachineCheck, 0),
        (ErrorSourceKind::Nmi, 3),
        (ErrorSourceKind::PciExpress, 4),
        (ErrorSourceKind::Generic, 5),
        (ErrorSourceKind::GenericV2, 12),
    ] {
        for held in [false, true] {
            let policy = Policy {
                lock_held_in_retrieval: held,
                lock_held_in_record: held,
                errors_on_one_processor: held,
                ..Policy::default()
            };
            let config = Config {
                policy,
                interrupt: InterruptResource::Line,
                strategy: Strategy::Random,
                seed: number + 1,
                ..Config::default()
            };
            let (stop, callbacks) = stop(&config, kind, 0x3E);
            assert_eq!(
                callbacks,
                [
                    "RetrieveErrorInfo",
                    "FinalizeErrorRecord",
                    "WriteErrorRecord"
                ],
                "{kind:?} under {policy:?}: nothing recovers from it, and its status stays"
            );
            assert_eq!(stop.code, 0x124);
            let [of, record, high, low] = stop.parameters;
            assert_eq!((of, high, low), (number, 0, 0), "{kind:?}");
            assert_ne!(record, 0);
            assert_eq!(stop.written, Some(0), "the plug-in has kept it");
            assert_eq!(&stop.record[..4], b"CPER");
            assert_eq!(stop.record[12..16], 1_u32.to_le_bytes(), "WheaErrSevFatal");
            assert_eq!(stop.record[20..24], 128_u32.to_le_bytes(), "its length");
        }
    }
}

#[test]
fn without_a_plugin_for_records_the_machine_stops_all_the_same() {
    let (stop, callbacks) = stop(&Config::default(), ErrorSourceKind::PciExpress, 0x28);
    assert_eq!(callbacks, ["RetrieveErrorInfo", "FinalizeErrorRecord"]);
    assert_eq!(stop.written, None);
    assert_eq!(&stop.record[..4], b"CPER");
}
