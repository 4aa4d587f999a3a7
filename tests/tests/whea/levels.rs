//! The IRQLs of each routine: at the highest it may be called, and one above it may not.

use ntsim::Rule;

use super::{broke, plugin};

/// Each routine and the highest IRQL of its page, or of its header where that is lower.
const HIGHEST: [(&str, u8); 14] = [
    ("PshedRegisterPlugin", 0),
    ("PshedUnregisterPlugin", 0),
    ("PshedAllocateMemory", 2),
    ("PshedFreeMemory", 2),
    ("WheaAddErrorSource", 0),
    ("WheaRemoveErrorSource", 0),
    ("WheaAddErrorSourceDeviceDriver", 0),
    ("WheaRemoveErrorSourceDeviceDriver", 0),
    ("PshedIsSystemWheaEnabled", 15),
    ("WheaReportHwErrorDeviceDriver", 15),
    ("WheaCreateHwErrorReportDeviceDriver", 15),
    ("WheaHwErrorReportSetSeverityDeviceDriver", 15),
    ("WheaHwErrorReportSubmitDeviceDriver", 15),
    ("WheaHwErrorReportAbandonDeviceDriver", 15),
];

#[test]
fn one_level_above_its_highest_each_routine_breaks_the_rule() {
    for (routine, highest) in HIGHEST.into_iter().filter(|(_, highest)| *highest < 15) {
        let mut plugin = plugin();
        broke(
            plugin.call(routine, highest + 1, &[0; 7]),
            Rule::Irql,
            &format!("{routine} was called at IRQL {}", highest + 1),
        );
    }
}

#[test]
fn what_may_be_called_at_any_level_is_answered_there() {
    let mut plugin = plugin();
    for (routine, highest) in HIGHEST.into_iter().filter(|(_, highest)| *highest == 15) {
        let answered = plugin.call(routine, highest, &[0; 7]);
        assert!(answered.is_ok(), "{routine}: {answered:?}");
    }
}

#[test]
fn memory_of_pshed_is_taken_and_given_back_up_to_dispatch_level() {
    let mut plugin = plugin();
    for level in [0, 2] {
        let memory = plugin.call("PshedAllocateMemory", level, &[64]);
        let memory = memory.unwrap_or_else(|failure| panic!("{failure}"));
        assert_ne!(memory, 0);
        let freed = plugin.call("PshedFreeMemory", level, &[memory]);
        assert!(freed.is_ok(), "{freed:?}");
    }
    plugin
        .remove()
        .unwrap_or_else(|failure| panic!("{failure}"));
}
