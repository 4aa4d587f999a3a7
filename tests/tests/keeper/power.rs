//! The order in which a driver is called when its device is started, sleeps, wakes, stops and goes, and what a refusal or a
//! failure leads to.

use dirql_tests::{
    classic,
    keeper::ask,
    session::{Device, Session},
};
use ntsim::{
    DeviceState, EventKind, Failure, InterruptResource, Machine, Rule, Transition, device::Edu,
};

use crate::common::{breaks_on, configs};

const START: [&str; 7] = [
    "EvtDriverDeviceAdd",
    "EvtDevicePrepareHardware",
    "EvtDeviceD0Entry",
    "EvtDeviceD0EntryPostInterruptsEnabled",
    "EvtDeviceSelfManagedIoInit",
    "EvtDeviceRelationsQuery",
    "EvtDeviceFileCreate",
];
const DOWN: [&str; 3] = [
    "EvtDeviceSelfManagedIoSuspend",
    "EvtDeviceD0ExitPreInterruptsDisabled",
    "EvtDeviceD0Exit",
];
const UP: [&str; 3] = [
    "EvtDeviceD0Entry",
    "EvtDeviceD0EntryPostInterruptsEnabled",
    "EvtDeviceSelfManagedIoRestart",
];
const RELEASE: &str = "EvtDeviceReleaseHardware";
/// The last callbacks of a driver.
const END: [&str; 2] = ["DriverUnload", "EvtDriverUnload"];

/// The callbacks of a machine from the first event after `from` on, without those of files and timers, and those at the ends of
/// objects.
fn callbacks(machine: &Machine, from: u64) -> Vec<&'static str> {
    let skip = usize::try_from(from).expect("a run is short");
    let events = machine.events().iter().skip(skip);
    let called = events.filter_map(|event| match event.kind {
        EventKind::Callback { what, .. } => Some(what),
        _ => None,
    });
    let of_others = [
        "DPC",
        "EvtFileCleanup",
        "EvtFileClose",
        "EvtCleanupCallback",
        "EvtDestroyCallback",
    ];
    called.filter(|what| !of_others.contains(what)).collect()
}

/// Runs a variant of the guest through transitions in every schedule: each ends in its state, and has called the driver for
/// these. At the end the device is removed; `end` says for what the driver is called before it is unloaded.
#[track_caller]
fn lives(variant: &str, life: &[(Transition, DeviceState, &[&str])], end: &[&str]) {
    let Some(image) = classic::image(variant) else {
        return;
    };
    let run = |config| -> Result<(), Failure> {
        let mut session = Session::start(&config, &image, Device::Edu)?;
        let machine = &mut session.machine;
        assert_eq!(callbacks(machine, 0)[1..], START, "{variant}");
        for (transition, state, called) in life {
            let from = machine.events().total();
            assert_eq!(machine.transition(*transition)?, *state, "{variant}");
            assert_eq!(
                callbacks(machine, from),
                *called,
                "{variant}: {transition:?}"
            );
        }
        let from = machine.events().total();
        machine.unload()?;
        assert_eq!(callbacks(machine, from), [end, &END].concat(), "{variant}");
        Ok(())
    };
    for config in configs() {
        if let Err(failure) = run(config) {
            panic!("{variant}: {failure}");
        }
    }
}

#[test]
fn callbacks_come_in_the_order_of_kmdf() {
    let stop = [&["EvtDeviceQueryStop"], &DOWN[..], &[RELEASE]].concat();
    let restart = [&["EvtDevicePrepareHardware"], &UP[..]].concat();
    let remove = [
        &["EvtDeviceQueryRemove"],
        &DOWN[..],
        &[
            RELEASE,
            "EvtDeviceSelfManagedIoFlush",
            "EvtDeviceSelfManagedIoCleanup",
        ],
    ]
    .concat();
    let resource = InterruptResource::Line;
    lives("keeper_power", &[], &remove);
    lives(
        "keeper_power",
        &[
            (Transition::PowerDown, DeviceState::LowPower, &DOWN),
            (Transition::PowerUp, DeviceState::Started, &UP),
            (Transition::Stop, DeviceState::Stopped, &stop),
            (
                Transition::Restart(resource),
                DeviceState::Started,
                &restart,
            ),
        ],
        &remove,
    );
    let surprise = [
        &["EvtDeviceSurpriseRemoval"],
        &DOWN[..],
        &[RELEASE, "EvtDeviceSelfManagedIoFlush"],
    ]
    .concat();
    lives(
        "keeper_power",
        &[(
            Transition::SurpriseRemoval,
            DeviceState::SurpriseRemoved,
            &surprise,
        )],
        &["EvtDeviceSelfManagedIoCleanup"],
    );
}

/// Self-managed I/O is suspended once on the way to D3, and not again when the device is gone there.
#[test]
fn a_device_that_goes_in_d3_is_not_suspended_again() {
    lives(
        "keeper_power",
        &[
            (Transition::PowerDown, DeviceState::LowPower, &DOWN),
            (
                Transition::SurpriseRemoval,
                DeviceState::SurpriseRemoved,
                &[
                    "EvtDeviceSurpriseRemoval",
                    RELEASE,
                    "EvtDeviceSelfManagedIoFlush",
                ],
            ),
        ],
        &["EvtDeviceSelfManagedIoCleanup"],
    );
}

#[test]
fn a_device_whose_driver_refuses_the_stop_goes_on() {
    lives(
        "keeper_power_query_stop",
        &[(
            Transition::Stop,
            DeviceState::Started,
            &["EvtDeviceQueryStop"],
        )],
        &[
            &["EvtDeviceQueryRemove"],
            &DOWN[..],
            &[
                RELEASE,
                "EvtDeviceSelfManagedIoFlush",
                "EvtDeviceSelfManagedIoCleanup",
            ],
        ]
        .concat(),
    );
}

/// The machine ends all the same: the device is taken out of it.
#[test]
fn a_device_whose_driver_refuses_the_removal_goes_by_surprise() {
    let surprise = [
        &["EvtDeviceQueryRemove", "EvtDeviceSurpriseRemoval"],
        &DOWN[..],
        &[
            RELEASE,
            "EvtDeviceSelfManagedIoFlush",
            "EvtDeviceSelfManagedIoCleanup",
        ],
    ];
    lives("keeper_power_query_remove", &[], &surprise.concat());
}

#[test]
fn a_failure_on_the_way_out_of_d0_gives_the_device_up_when_it_is_there() {
    for variant in ["keeper_power_suspend", "keeper_power_pre_interrupts"] {
        let down = [&DOWN[..], &[RELEASE, "EvtDeviceSelfManagedIoFlush"]].concat();
        lives(
            variant,
            &[(Transition::PowerDown, DeviceState::Failed, &down)],
            &["EvtDeviceSelfManagedIoCleanup"],
        );
    }
}

#[test]
fn a_failure_of_the_restart_takes_the_device_out_of_d0_again() {
    let up = [
        &UP[..],
        &["EvtDeviceD0ExitPreInterruptsDisabled", "EvtDeviceD0Exit"],
        &[RELEASE, "EvtDeviceSelfManagedIoFlush"],
    ];
    lives(
        "keeper_power_restart",
        &[
            (Transition::PowerDown, DeviceState::LowPower, &DOWN),
            (Transition::PowerUp, DeviceState::Failed, &up.concat()),
        ],
        &["EvtDeviceSelfManagedIoCleanup"],
    );
}

#[test]
fn a_failure_of_the_first_start_is_undone() {
    for (variant, called) in [
        (
            "keeper_power_post_interrupts",
            &[
                "EvtDeviceD0EntryPostInterruptsEnabled",
                "EvtDeviceD0Exit",
                RELEASE,
            ][..],
        ),
        (
            "keeper_power_init",
            &[
                "EvtDeviceD0EntryPostInterruptsEnabled",
                "EvtDeviceSelfManagedIoInit",
                "EvtDeviceD0ExitPreInterruptsDisabled",
                "EvtDeviceD0Exit",
                RELEASE,
                "EvtDeviceSelfManagedIoFlush",
                "EvtDeviceSelfManagedIoCleanup",
            ],
        ),
    ] {
        let Some(image) = classic::image(variant) else {
            return;
        };
        for config in configs() {
            let mut machine =
                Machine::new(config, &image, Box::new(Edu::new())).expect("it is set up");
            let failure = machine.start().expect_err("a callback fails");
            assert_eq!(failure.cause, Rule::StartFailed, "{failure}");
            let expected = [&START[..3], called, &END].concat();
            assert_eq!(callbacks(&machine, 0)[1..], expected, "{variant}");
        }
    }
}

#[test]
fn what_goes_on_by_itself_when_the_device_has_left_d0_breaks_a_rule() {
    breaks_on(
        Device::Edu,
        "keeper_power_forgets",
        Rule::BadMmio,
        "",
        |session| {
            session.machine.transition(Transition::PowerDown)?;
            session.machine.settle()
        },
    );
    let life = [
        (Transition::PowerDown, DeviceState::LowPower, &DOWN[..]),
        (Transition::PowerUp, DeviceState::Started, &UP),
    ];
    lives(
        "keeper_power",
        &life,
        &[
            &["EvtDeviceQueryRemove"],
            &DOWN[..],
            &[
                RELEASE,
                "EvtDeviceSelfManagedIoFlush",
                "EvtDeviceSelfManagedIoCleanup",
            ],
        ]
        .concat(),
    );
}

/// The framework copies a descriptor each time it is asked for, to the same place.
#[test]
fn a_resource_is_as_it_was_whatever_the_driver_writes_to_its_copy() {
    let Some(image) = classic::image("keeper_power") else {
        return;
    };
    for config in configs() {
        let run = || -> Result<(), Failure> {
            let mut session = Session::start(&config, &image, Device::Edu)?;
            assert_eq!(ask(&mut session, "DESCRIPTOR")?, [1, 1]);
            session.remove().map(drop)
        };
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}
