//! A driver without a device of the `PnP` manager's is opened by its control device, which goes with the driver object.

use dirql_tests::{
    classic,
    keeper::ask,
    session::{Device, Session},
};
use ntsim::{EventKind, Rule};

use crate::common::{breaks, configs, in_every_schedule, start, unopened};

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

/// A program here has every right, whatever the device's security descriptor says.
#[test]
fn a_control_device_that_is_the_kernels_alone_is_opened_all_the_same() {
    in_every_schedule("keeper_control_kernel", |session| {
        assert_eq!(ask(session, "LEVEL")?, [0]);
        Ok(())
    });
}

#[test]
fn a_control_device_without_a_name_has_no_link() {
    let Some(image) = classic::image("keeper_control_unnamed") else {
        return;
    };
    for config in configs() {
        let failure = Session::start(&config, &image, Device::Bare).expect_err("it has no name");
        assert_eq!(failure.cause, Rule::StartFailed, "{failure}");
        assert!(failure.message.contains("0xc0000184"), "{failure}");
    }
}

#[test]
fn a_driver_that_keeps_its_dispatch_table_is_not_called_for_a_device() {
    let Some(image) = classic::image("keeper_port") else {
        return;
    };
    for config in configs() {
        let machine = unopened(&config, &image);
        let events = machine.events().iter();
        let called: Vec<_> = events
            .filter_map(|event| match event.kind {
                EventKind::Callback { what, .. } => Some(what),
                _ => None,
            })
            .collect();
        assert!(called.contains(&"DriverUnload"), "{called:?}");
        assert!(called.contains(&"EvtCleanupCallback"), "{called:?}");
        for of_the_framework in ["EvtDriverDeviceAdd", "EvtDriverUnload"] {
            assert!(!called.contains(&of_the_framework), "{called:?}");
        }
    }
}
