//! Questions to an event log.

use ntsim::{Event, EventKind, EventLog, TraceEvent, TraceValue};

/// The events of a log, for looking at more than once.
#[must_use]
pub fn events(log: &EventLog) -> Vec<Event> {
    log.iter().cloned().collect()
}

/// Whether the event is the driver's call of a routine.
#[must_use]
pub fn is_call(event: &Event, routine: &str) -> bool {
    matches!(&event.kind, EventKind::Call { name, .. } if *name == routine)
}

/// Whether the event is the kernel's call of a callback of the driver.
#[must_use]
pub fn is_callback(event: &Event, name: &str) -> bool {
    matches!(&event.kind, EventKind::Callback { what, .. } if *what == name)
}

/// The events that the driver wrote and something heard, in their order.
#[must_use]
pub fn heard(log: &EventLog) -> Vec<TraceEvent> {
    let events = log.iter().filter_map(|event| match &event.kind {
        EventKind::Trace(event) => Some(TraceEvent::clone(event)),
        _ => None,
    });
    events.collect()
}

/// An unsigned field of an event.
///
/// # Panics
///
/// Where the event has no such field, or it is of another type.
#[must_use]
pub fn number(event: &TraceEvent, field: &str) -> u64 {
    match event.field(field) {
        Some(TraceValue::Unsigned(value)) => *value,
        other => panic!("{event}: {field} is {other:?}"),
    }
}

/// Whether the event is the delivery of an interrupt.
#[must_use]
pub fn is_interrupt(event: &Event) -> bool {
    matches!(event.kind, EventKind::Interrupt { .. })
}

/// Where each call of a routine stands, and where it returns: the places of the two events. What the
/// kernel runs on top of the call, on the same processor, is between them.
///
/// A routine that blocks is not looked for: its thread may return on another processor.
#[must_use]
pub fn spans(events: &[Event], routine: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (start, event) in events.iter().enumerate() {
        if !is_call(event, routine) {
            continue;
        }
        // Calls and returns nest on a processor; a callback's own return is no event.
        let mut depth = 0_u32;
        let end = (start..events.len()).find(|at| {
            let other = &events[*at];
            if other.cpu != event.cpu {
                return false;
            }
            match other.kind {
                EventKind::Call { .. } => depth += 1,
                EventKind::Return { .. } => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        found.extend(end.map(|end| (start, end)));
    }
    found
}
