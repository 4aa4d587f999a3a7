//! Error sources that a driver adds for itself, and the reports at them.

use dirql_tests::plugin::{ANSWER, COUNT, NEWEST, Plugin};
use ntsim::{Config, DriverReport, ReportSection, Rule, Status};

use super::{broke, plugin};

/// What a callback answers.
const FAILED: u64 = Status::UNSUCCESSFUL.0 as u64;

/// Where a buffer set goes in the guest's memory, and other things after it.
const SET: usize = 128;
const OTHER: usize = 256;

/// Writes a good configuration at the beginning of the memory: sections of 16 bytes, two a report.
fn put_configuration(plugin: &mut Plugin) {
    plugin.put(0, &[0; 84]);
    plugin.put(0, &2_u32.to_le_bytes());
    let (initialize, uninitialize) = (plugin.callback(1), plugin.callback(2));
    plugin.put(28, &initialize.to_le_bytes());
    plugin.put(36, &uninitialize.to_le_bytes());
    plugin.put(44, &16_u32.to_le_bytes());
    plugin.put(48, &2_u32.to_le_bytes());
}

/// Adds a source with so many reports made ahead, and answers its number.
fn add(plugin: &mut Plugin, preallocated: u64) -> u64 {
    put_configuration(plugin);
    plugin.set(ANSWER, 0);
    let configuration = plugin.at(0);
    let added = plugin.status(
        "WheaAddErrorSourceDeviceDriver",
        &[0xC0DE, configuration, preallocated],
    );
    assert_eq!(added, Status::SUCCESS);
    let newest = [plugin.word(NEWEST), plugin.word(NEWEST + 1)];
    assert_eq!(newest, [1, 0xC0DE], "Initialize, with the context");
    plugin.word(NEWEST + 2)
}

fn create(plugin: &mut Plugin, irql: u8, source: u64) -> u64 {
    plugin
        .call("WheaCreateHwErrorReportDeviceDriver", irql, &[source, 0])
        .unwrap_or_else(|failure| panic!("{failure}"))
}

fn add_section(plugin: &mut Plugin, handle: u64, length: u64) -> Status {
    let set = plugin.at(SET as u64);
    plugin.status(
        "WheaAddHwErrorReportSectionDeviceDriver",
        &[handle, length, set],
    )
}

#[test]
fn a_source_is_initialised_with_its_number_and_uninitialised_when_it_is_removed() {
    let mut plugin = plugin();
    let source = add(&mut plugin, 0);
    let other = add(&mut plugin, 0);
    assert_ne!(source, other);
    for removed in [source, other] {
        let status = plugin.status("WheaRemoveErrorSourceDeviceDriver", &[removed]);
        assert_eq!(status, Status::SUCCESS);
        let newest = [plugin.word(NEWEST), plugin.word(NEWEST + 1)];
        assert_eq!(newest, [2, 0xC0DE], "Uninitialize, with the context");
    }
    let again = plugin.status("WheaRemoveErrorSourceDeviceDriver", &[source]);
    assert_eq!(again, Status::INVALID_PARAMETER);
    plugin
        .remove()
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn a_configuration_that_is_wrong_calls_nothing_back() {
    let mut plugin = plugin();
    for (what, offset, status) in [
        ("version 0", 0, Status::INVALID_PARAMETER_2),
        ("no Initialize", 28, Status::INVALID_PARAMETER),
        ("no Uninitialize", 36, Status::INVALID_PARAMETER),
    ] {
        put_configuration(&mut plugin);
        plugin.put(offset, &vec![0; if offset == 0 { 4 } else { 8 }]);
        let configuration = plugin.at(0);
        let answer = plugin.status("WheaAddErrorSourceDeviceDriver", &[0, configuration, 0]);
        assert_eq!(answer, status, "{what}");
    }
    assert_eq!(plugin.word(COUNT), 0, "callbacks");
    plugin
        .remove()
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn a_source_whose_initialize_fails_is_not_added() {
    let mut plugin = plugin();
    put_configuration(&mut plugin);
    plugin.set(ANSWER, FAILED);
    let configuration = plugin.at(0);
    let answer = plugin.status("WheaAddErrorSourceDeviceDriver", &[0, configuration, 0]);
    assert_eq!(u64::from(answer), FAILED);
    let source = plugin.word(NEWEST + 2);
    assert_eq!(create(&mut plugin, 0, source), 0, "no report at it");
    plugin
        .remove()
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn without_whea_no_source_is_added() {
    let mut plugin = Plugin::start(&Config::default(), ntsim::Machine::disable_whea);
    put_configuration(&mut plugin);
    let configuration = plugin.at(0);
    let answer = plugin.status("WheaAddErrorSourceDeviceDriver", &[0, configuration, 0]);
    assert_eq!(answer, Status::INSUFFICIENT_RESOURCES);
}

#[test]
fn a_submitted_report_has_what_was_put_into_its_sections() {
    let mut plugin = plugin();
    let source = add(&mut plugin, 0);
    let handle = create(&mut plugin, 0, source);
    assert_ne!(handle, 0);
    assert_eq!(add_section(&mut plugin, handle, 16), Status::SUCCESS);
    let set = |plugin: &Plugin, offset, bytes| plugin.number(SET + offset, bytes);
    assert_eq!(
        (set(&plugin, 0, 4), set(&plugin, 12, 4)),
        (1, 16),
        "version and length"
    );
    for pointer in [4, 16, 24, 32] {
        assert_ne!(set(&plugin, pointer, 8), 0);
    }
    plugin.put(OTHER, b"bank 3");
    let (buffers, name) = (plugin.at(SET as u64), plugin.at(OTHER as u64));
    let named = "WheaHwErrorReportSetSectionNameDeviceDriver";
    assert_eq!(
        plugin.status(named, &[buffers, 21, name]),
        Status::INVALID_PARAMETER
    );
    assert_eq!(plugin.status(named, &[buffers, 6, name]), Status::SUCCESS);
    let severity = "WheaHwErrorReportSetSeverityDeviceDriver";
    assert_eq!(
        plugin.status(severity, &[handle, 4]),
        Status::INVALID_PARAMETER
    );
    assert_eq!(plugin.status(severity, &[handle, 2]), Status::SUCCESS);
    let submitted = plugin.status("WheaHwErrorReportSubmitDeviceDriver", &[handle]);
    assert_eq!(submitted, Status::SUCCESS);
    let expected = DriverReport {
        source: u32::try_from(source).expect("a number of 32 bits"),
        severity: 2,
        sections: vec![ReportSection {
            kind: [0; 16],
            data: vec![0; 16],
            name: b"bank 3".to_vec(),
        }],
    };
    assert_eq!(plugin.machine.take_driver_reports(), [expected]);
    let removed = plugin.status("WheaRemoveErrorSourceDeviceDriver", &[source]);
    assert_eq!(removed, Status::SUCCESS);
    plugin
        .remove()
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn sections_are_as_long_and_as_many_as_the_configuration_says() {
    let mut plugin = plugin();
    let source = add(&mut plugin, 0);
    let handle = create(&mut plugin, 0, source);
    let empty = plugin.status("WheaHwErrorReportSubmitDeviceDriver", &[handle]);
    assert_eq!(
        empty,
        Status::BUFFER_TOO_SMALL,
        "a report without a section"
    );
    assert_eq!(
        add_section(&mut plugin, handle, 17),
        Status::INSUFFICIENT_RESOURCES
    );
    assert_eq!(add_section(&mut plugin, handle, 16), Status::SUCCESS);
    assert_eq!(add_section(&mut plugin, handle, 0), Status::SUCCESS);
    assert_eq!(
        add_section(&mut plugin, handle, 1),
        Status::BUFFER_TOO_SMALL
    );
    // The refusals have left the report as it was.
    let removed = plugin.status("WheaRemoveErrorSourceDeviceDriver", &[source]);
    assert_eq!(removed, Status::RESOURCE_IN_USE);
    let abandoned = plugin.status("WheaHwErrorReportAbandonDeviceDriver", &[handle]);
    assert_eq!(abandoned, Status::SUCCESS);
    assert_eq!(plugin.machine.take_driver_reports(), []);
    let removed = plugin.status("WheaRemoveErrorSourceDeviceDriver", &[source]);
    assert_eq!(removed, Status::SUCCESS);
    plugin
        .remove()
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn a_handle_ends_when_its_report_does() {
    let mut plugin = plugin();
    let source = add(&mut plugin, 0);
    for end in [
        "WheaHwErrorReportSubmitDeviceDriver",
        "WheaHwErrorReportAbandonDeviceDriver",
    ] {
        let handle = create(&mut plugin, 0, source);
        assert_eq!(add_section(&mut plugin, handle, 1), Status::SUCCESS);
        assert_eq!(plugin.status(end, &[handle]), Status::SUCCESS);
        assert_eq!(add_section(&mut plugin, handle, 1), Status::INVALID_HANDLE);
        for routine in [
            "WheaHwErrorReportSetSeverityDeviceDriver",
            "WheaHwErrorReportSubmitDeviceDriver",
            "WheaHwErrorReportAbandonDeviceDriver",
        ] {
            assert_eq!(
                plugin.status(routine, &[handle]),
                Status::INVALID_HANDLE,
                "{routine}"
            );
        }
    }
}

#[test]
fn at_dispatch_level_there_are_as_many_reports_as_were_made_ahead() {
    let mut plugin = plugin();
    let source = add(&mut plugin, 1);
    let first = create(&mut plugin, 9, source);
    assert_ne!(first, 0);
    assert_eq!(create(&mut plugin, 2, source), 0, "the one is taken");
    assert_ne!(
        create(&mut plugin, 0, source),
        0,
        "memory is allocated here"
    );
    let abandoned = plugin.status("WheaHwErrorReportAbandonDeviceDriver", &[first]);
    assert_eq!(abandoned, Status::SUCCESS);
}

#[test]
fn one_call_reports_one_section() {
    let mut plugin = plugin();
    let source = add(&mut plugin, 0);
    plugin.put(OTHER, b"sixteen bytes ..");
    plugin.put(OTHER + 16, b"its kind, a guid");
    plugin.put(OTHER + 32, b"card 1\0");
    plugin.put(OTHER + 64, &[b'x'; 20]);
    let at = |plugin: &Plugin, offset: usize| plugin.at((OTHER + offset) as u64);
    let (data, guid) = (at(&plugin, 0), at(&plugin, 16));
    let (name, unended) = (at(&plugin, 32), at(&plugin, 64));
    let report = "WheaReportHwErrorDeviceDriver";
    for (what, arguments) in [
        ("another source", [source + 1, 0, data, 16, guid, 2, name]),
        (
            "more than a section has",
            [source, 0, data, 17, guid, 2, name],
        ),
        ("no severity", [source, 0, data, 16, guid, 4, name]),
        (
            "a name without an end",
            [source, 0, data, 16, guid, 2, unended],
        ),
    ] {
        assert_eq!(
            plugin.status(report, &arguments),
            Status::INVALID_PARAMETER,
            "{what}"
        );
    }
    assert_eq!(plugin.machine.take_driver_reports(), []);
    let good = [source, 0, data, 16, guid, 2, name];
    assert_eq!(plugin.status(report, &good), Status::SUCCESS);
    let reports = plugin.machine.take_driver_reports();
    let [DriverReport { sections, .. }] = &reports[..] else {
        panic!("{reports:?}");
    };
    let expected = ReportSection {
        kind: *b"its kind, a guid",
        data: b"sixteen bytes ..".to_vec(),
        name: b"card 1".to_vec(),
    };
    assert_eq!(sections[..], [expected]);
}

#[test]
fn what_is_left_of_it_is_found_at_unload() {
    let mut source_left = plugin();
    let source = add(&mut source_left, 0);
    let says = format!("the driver's error source {source} was not removed");
    broke(source_left.remove().map(|_| 0), Rule::ObjectLeak, &says);

    let mut report_left = plugin();
    let source = add(&mut report_left, 0);
    let _ = create(&mut report_left, 0, source);
    broke(
        report_left.remove().map(|_| 0),
        Rule::ObjectLeak,
        "is neither submitted nor abandoned",
    );
}

#[test]
fn a_fatal_report_stops_the_machine() {
    let mut plugin = plugin();
    let source = add(&mut plugin, 0);
    let (data, guid) = (plugin.at(OTHER as u64), plugin.at(OTHER as u64 + 16));
    broke(
        plugin.call(
            "WheaReportHwErrorDeviceDriver",
            0,
            &[source, 0, data, 4, guid, 1, 0],
        ),
        Rule::Bugcheck,
        "WHEA_UNCORRECTABLE_ERROR (0x124, 0x10, ",
    );
}
