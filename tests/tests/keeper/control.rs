//! A driver without a device of the `PnP` manager's is opened by its control device, which goes with the driver object.

use dirql_tests::{classic, keeper::ask};
use ntsim::{EventKind, Rule};

use crate::common::{breaks, configs, in_every_schedule, start};

#[test]
fn a_control_device_is_opened_by_its_link_and_serves_requests() {
    in_every_schedule("keeper_control", |session| {
        assert_eq!(ask(session, "LEVEL")?, [0]);
        assert_eq!(ask(session, "FILES")?, [1, 0, 0, 0]);
        Ok(())
    });
}

#[test]
fn a_driver_that_sees_requests_before_its_queues_passes_each_on_once() {
    breaks("keeper_control_twice", Rule::RequestMisuse, "", |session| {
        ask(session, "LEVEL").map(drop)
    });
}

#[test]
fn a_driver_without_devices_of_its_own_is_not_called_for_any() {
    let Some(image) = classic::image("keeper_control") else {
        return;
    };
    for config in configs() {
        let mut session = start(&config, &image);
        if let Err(failure) = session.machine.unload() {
            panic!("{failure}");
        }
        let events = session.machine.events().iter();
        let called: Vec<_> = events
            .filter_map(|event| match event.kind {
                EventKind::Callback { what, .. } => Some(what),
                _ => None,
            })
            .collect();
        assert!(!called.contains(&"EvtDriverDeviceAdd"), "{called:?}");
        assert!(called.contains(&"EvtDriverUnload"), "{called:?}");
    }
}
