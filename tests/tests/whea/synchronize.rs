//! `PshedSynchronizeExecution`, the memory that PSHED gives, and sources that `WheaAddErrorSource` adds.

use dirql_tests::plugin::{ANSWER, NEWEST, Plugin};
use ntsim::{Config, ErrorSourceKind, EventKind, Order, Policy, Rule, Severity, Status, Strategy};

use super::{broke, plugin, register, unregister};

const SOURCE: u32 = 7;
const CONTROL: u32 = 0x02;

/// The guest as a plug-in that controls sources, on a machine with one; the handle, and the source's descriptor.
fn with_source(config: &Config, kind: ErrorSourceKind) -> (Plugin, u64, u64) {
    let mut plugin = Plugin::start(config, |machine| {
        let added = machine.add_error_source(SOURCE, kind);
        assert!(added.is_ok(), "{added:?}");
    });
    let handle = register(&mut plugin, CONTROL);
    let order = plugin.machine.begin_order(Order::Set(SOURCE));
    let outcome = order.and_then(|order| plugin.machine.wait_order(order));
    assert!(outcome.is_ok_and(|outcome| outcome.by_plugin));
    plugin.look().unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(plugin.word(NEWEST + 1), 0xC0DE, "the plug-in's context");
    let descriptor = plugin.word(NEWEST + 2);
    (plugin, handle, descriptor)
}

#[test]
fn the_routine_runs_once_at_the_level_of_the_handler_and_its_boolean_is_returned() {
    for (kind, level) in [
        (ErrorSourceKind::Polled, 2),
        (ErrorSourceKind::CorrectedMachineCheck, 5),
        (ErrorSourceKind::PciExpress, 10),
    ] {
        let (mut plugin, handle, descriptor) = with_source(&Config::default(), kind);
        for (said, returned) in [(1, 1), (0, 0), (0x100, 0), (0x1FF, 0xFF)] {
            plugin.set(ANSWER, said);
            let routine = plugin.callback(3);
            let result = plugin.value("PshedSynchronizeExecution", &[descriptor, routine, 0xABC]);
            assert_eq!(result, returned, "a routine that answers {said:#x}");
            let newest = [plugin.word(NEWEST), plugin.word(NEWEST + 1)];
            assert_eq!(newest, [3, 0xABC], "which routine, and its context");
        }
        let levels: Vec<u8> = plugin
            .machine
            .events()
            .iter()
            .filter(|event| {
                matches!(event.kind, EventKind::Callback { what, .. } if what == "synchronize routine")
            })
            .map(|event| event.irql)
            .collect();
        assert_eq!(levels, [level; 4], "{kind:?}");
        unregister(&mut plugin, handle);
        plugin
            .remove()
            .unwrap_or_else(|failure| panic!("{failure}"));
    }
}

#[test]
fn a_copy_of_the_descriptor_is_as_good_only_where_sources_are_found_by_number() {
    for by_id in [false, true] {
        let config = Config {
            policy: Policy {
                descriptor_matched_by_id: by_id,
                ..Policy::default()
            },
            ..Config::default()
        };
        let (mut plugin, _, _) = with_source(&config, ErrorSourceKind::PciExpress);
        // As much of a copy as a number needs.
        plugin.put(0, &[0; 40]);
        plugin.put(28, &SOURCE.to_le_bytes());
        plugin.set(ANSWER, 1);
        let (copy, routine) = (plugin.at(0), plugin.callback(3));
        let result = plugin.call("PshedSynchronizeExecution", 0, &[copy, routine, 0]);
        if by_id {
            assert_eq!(result.ok(), Some(1));
        } else {
            broke(
                result,
                Rule::BadArgument,
                "which is no descriptor that PSHED has handed over",
            );
        }
    }
}

#[test]
fn above_the_level_of_the_handler_the_call_breaks_the_rule() {
    let kind = ErrorSourceKind::CorrectedMachineCheck;
    for (level, allowed) in [(5, true), (6, false)] {
        let (mut plugin, _, descriptor) = with_source(&Config::default(), kind);
        plugin.set(ANSWER, 1);
        let routine = plugin.callback(3);
        let result = plugin.call(
            "PshedSynchronizeExecution",
            level,
            &[descriptor, routine, 0],
        );
        if allowed {
            assert_eq!(result.ok(), Some(1));
        } else {
            broke(
                result,
                Rule::Irql,
                "above that of the handler of error source 7, 5",
            );
        }
    }
}

#[test]
fn a_source_that_nothing_masks_is_no_argument() {
    for kind in [
        ErrorSourceKind::MachineCheck,
        ErrorSourceKind::Nmi,
        ErrorSourceKind::GenericByNmi,
    ] {
        let (mut plugin, _, descriptor) = with_source(&Config::default(), kind);
        let routine = plugin.callback(3);
        broke(
            plugin.call("PshedSynchronizeExecution", 0, &[descriptor, routine, 0]),
            Rule::BadArgument,
            "whose handler no IRQL masks",
        );
    }
}

#[test]
fn where_such_a_source_is_taken_its_handler_comes_in_all_the_same() {
    let config = Config {
        policy: Policy {
            unmaskable_runs: true,
            errors_on_one_processor: true,
            ..Policy::default()
        },
        strategy: Strategy::Random,
        cpus: 1,
        ..Config::default()
    };
    let mut inside = 0;
    for seed in 1..=16 {
        let config = Config {
            seed,
            ..config.clone()
        };
        let (mut plugin, _, descriptor) = with_source(&config, ErrorSourceKind::Nmi);
        plugin
            .machine
            .raise_errors(SOURCE, 40, Severity::Corrected)
            .unwrap_or_else(|failure| panic!("{failure}"));
        plugin.set(ANSWER, 1);
        let routine = plugin.callback(3);
        for _ in 0..4 {
            let result = plugin.value("PshedSynchronizeExecution", &[descriptor, routine, 0]);
            assert_eq!(result, 1);
        }
        inside += errors_inside_routines(&plugin);
    }
    assert!(inside > 0, "no error came in the middle of a routine");
}

/// How many errors arrived between the beginning of a routine at `HIGH_LEVEL` and the end of its call, on the one
/// processor.
fn errors_inside_routines(plugin: &Plugin) -> usize {
    let (mut inside, mut errors) = (false, 0);
    for event in plugin.machine.events().iter() {
        match &event.kind {
            EventKind::Callback { what, .. } if *what == "synchronize routine" => {
                assert_eq!(event.irql, 15);
                inside = true;
            }
            EventKind::Return { .. } => inside = false,
            EventKind::Note(text) if inside && text.starts_with("error of source") => errors += 1,
            _ => {}
        }
    }
    errors
}

#[test]
fn a_driver_that_is_no_plugin_any_more_may_not_call() {
    let (mut plugin, handle, descriptor) =
        with_source(&Config::default(), ErrorSourceKind::PciExpress);
    unregister(&mut plugin, handle);
    let routine = plugin.callback(3);
    broke(
        plugin.call("PshedSynchronizeExecution", 0, &[descriptor, routine, 0]),
        Rule::BadArgument,
        "a driver that is no registered plug-in",
    );
}

#[test]
fn memory_of_pshed_is_freed_once_and_not_left_behind() {
    let mut twice = plugin();
    let memory = twice.call("PshedAllocateMemory", 0, &[64]);
    let memory = memory.unwrap_or_else(|failure| panic!("{failure}"));
    let _ = twice.status("PshedFreeMemory", &[memory]);
    broke(
        twice.call("PshedFreeMemory", 0, &[memory]),
        Rule::PoolMisuse,
        "",
    );
    let mut left = plugin();
    let _ = left.status("PshedAllocateMemory", &[64]);
    broke(left.remove().map(|_| 0), Rule::PoolLeak, "");
}

/// Writes the descriptor of a polled generic source at the beginning of the memory.
fn put_descriptor(plugin: &mut Plugin, id: u32) {
    plugin.put(0, &[0; 972]);
    for (offset, word) in [(0, 972_u32), (4, 11), (8, 5), (12, 1), (28, id)] {
        plugin.put(offset, &word.to_le_bytes());
    }
    plugin.put(40, &[9, 0]);
}

#[test]
fn a_source_is_added_configured_and_removed() {
    let mut plugin = plugin();
    let handle = register(&mut plugin, CONTROL);
    put_descriptor(&mut plugin, 9);
    let given = plugin.at(0);
    assert_eq!(
        plugin.status("WheaAddErrorSource", &[given, 0]),
        Status::SUCCESS
    );
    plugin
        .machine
        .settle()
        .unwrap_or_else(|failure| panic!("{failure}"));
    plugin.look().unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(
        plugin.word(dirql_tests::plugin::COUNT),
        2,
        "set and enabled"
    );
    assert_ne!(
        plugin.word(NEWEST + 2),
        given,
        "the system keeps a descriptor of its own"
    );
    put_descriptor(&mut plugin, 9);
    let again = plugin.status("WheaAddErrorSource", &[given, 0]);
    assert_eq!(again, Status::INVALID_PARAMETER, "a number is one source's");
    // It answers nothing: that the number is free again shows that the source is gone, and there is none to remove.
    for _ in 0..2 {
        let nothing = plugin.call("WheaRemoveErrorSource", 0, &[9]);
        assert_eq!(nothing.unwrap_or_else(|failure| panic!("{failure}")), 0);
    }
    let anew = plugin.status("WheaAddErrorSource", &[given, 0]);
    assert_eq!(anew, Status::SUCCESS, "the number is free again");
    let _ = plugin.call("WheaRemoveErrorSource", 0, &[9]);
    unregister(&mut plugin, handle);
    plugin
        .remove()
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn descriptors_that_are_wrong_add_nothing() {
    let mut plugin = plugin();
    for (what, offset, bytes) in [
        ("a length", 0, [0xCB, 3, 0, 0]),
        ("number 0", 28, [0; 4]),
        ("a type that does not fit its tag", 8, [4, 0, 0, 0]),
    ] {
        put_descriptor(&mut plugin, 9);
        plugin.put(offset, &bytes);
        let given = plugin.at(0);
        let status = plugin.status("WheaAddErrorSource", &[given, 0]);
        assert_eq!(status, Status::INVALID_PARAMETER, "{what}");
    }
    plugin
        .remove()
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn a_source_that_stays_is_found_at_unload() {
    let mut plugin = plugin();
    put_descriptor(&mut plugin, 9);
    let given = plugin.at(0);
    assert_eq!(
        plugin.status("WheaAddErrorSource", &[given, 0]),
        Status::SUCCESS
    );
    broke(
        plugin.remove().map(|_| 0),
        Rule::ObjectLeak,
        "the driver's error source 9 was not removed",
    );
}
