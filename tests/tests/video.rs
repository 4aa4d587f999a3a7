//! The rules of the video port driver: the miniport that breaks one is stopped, and told where; the one that does
//! the same work and keeps it is not.

use dirql_tests::{
    images,
    video::{ask, machine, start},
};
use ntsim::{Config, Failure, Limit, Policy, Rule, VideoPolicy};

/// What the guest does, by its number; which rule that breaks, and what the report has to say.
const OFFENCES: &[(u32, Rule, &str)] = &[
    (
        10,
        Rule::MiniportCall,
        "VideoPortSynchronizeExecution was called in a routine",
    ),
    (
        11,
        Rule::MiniportCall,
        "VideoPortSynchronizeExecution was called in a routine",
    ),
    (
        12,
        Rule::MiniportCall,
        "VideoPortSynchronizeExecution was called in a routine",
    ),
    (
        13,
        Rule::MiniportCall,
        "VideoPortWaitForSingleObject was called in a routine",
    ),
    (
        14,
        Rule::MiniportCall,
        "VideoPortAllocatePool was called in a routine",
    ),
    (
        15,
        Rule::MiniportCall,
        "VideoPortAcquireSpinLock was called in a routine",
    ),
    (
        16,
        Rule::MiniportCall,
        "VideoPortGetDeviceBase was called in a routine",
    ),
    (17, Rule::BadArgument, "1000 microseconds"),
    (18, Rule::BadArgument, "which is pageable"),
    (19, Rule::BadArgument, "the priority 3"),
    (20, Rule::BadArgument, "which is not the device extension"),
    (21, Rule::Irql, "VideoPortQueueDpc was called at IRQL 0"),
    (
        22,
        Rule::Irql,
        "VideoPortWaitForSingleObject was called at DISPATCH",
    ),
    (23, Rule::Irql, "paged pool at DISPATCH"),
    (30, Rule::RequestMisuse, "it must return TRUE"),
    (31, Rule::RequestMisuse, "has not written the status"),
    (
        32,
        Rule::RequestMisuse,
        "4096 bytes, and there was room for 8",
    ),
];

/// What the guest does within the rules.
const KEPT: [u32; 3] = [0, 1, 99];

fn deed(config: &Config, deed: u32) -> Result<i32, Failure> {
    let mut machine = start(config, &images::guest("trespasser"))?;
    let status = ask(&mut machine, deed, 8)?.status;
    machine.remove_video()?;
    Ok(status)
}

#[test]
fn each_rule_is_broken_once_and_found() {
    for (number, rule, says) in OFFENCES {
        let failure = deed(&Config::default(), *number).expect_err("a broken rule is found");
        assert_eq!(failure.cause, *rule, "deed {number}: {failure}");
        assert!(failure.message.contains(says), "deed {number}: {failure}");
        let location = failure.location.as_deref().unwrap_or_default();
        assert!(
            ["deeds.rs:", "entry.rs:"]
                .iter()
                .any(|file| location.contains(file)),
            "deed {number} is not located: {failure}"
        );
    }
}

/// Both calls are within the rules, and as far as the simulator goes.
#[test]
fn a_dpc_may_look_at_an_event_and_allocate_nonpaged_pool() {
    for number in [24, 25] {
        let failure = deed(&Config::default(), number).expect_err("it is known by name only");
        assert_eq!(
            failure.cause,
            Limit::NotModelled,
            "deed {number}: {failure}"
        );
    }
}

#[test]
fn who_keeps_the_rules_is_left_alone() {
    for policy in VideoPolicy::all().filter(|policy| policy.low_raises) {
        let config = Config {
            video: policy,
            ..Config::default()
        };
        for number in KEPT {
            let status = deed(&config, number).unwrap_or_else(|failure| panic!("{failure}"));
            assert_eq!(status, i32::from(number == 99), "deed {number}");
        }
    }
}

#[test]
fn a_dpc_from_a_routine_at_low_priority_rests_on_one_reading() {
    // The page of VideoPortQueueDpc asks for DISPATCH_LEVEL, and that low priority is there is only one reading.
    let config = Config {
        video: VideoPolicy {
            low_raises: false,
            ..VideoPolicy::default()
        },
        ..Config::default()
    };
    let failure = deed(&config, 1).expect_err("the call is below DISPATCH_LEVEL");
    assert_eq!(failure.cause, Rule::Irql);
}

#[test]
fn a_miniport_finds_an_older_port_driver() {
    for (size, works) in [(144, true), (140, true), (64, true), (40, false)] {
        let image = images::miniport();
        let mut machine = machine(&Config::default(), &image);
        machine.limit_video_initialization(size);
        let started = machine.start_video();
        assert_eq!(started.is_ok(), works, "{size}: {started:?}");
        if let Err(failure) = started {
            assert_eq!(failure.cause, Rule::StartFailed);
            assert!(failure.message.contains("0xc0000059"), "{failure}");
        }
    }
}

#[test]
fn a_guest_that_asks_for_the_newest_structure_alone_is_refused_by_an_older_port_driver() {
    let image = images::guest("trespasser");
    let mut machine = machine(&Config::default(), &image);
    machine.limit_video_initialization(140);
    let failure = machine.start_video().expect_err("refused");
    assert_eq!(failure.cause, Rule::StartFailed);
}

#[test]
fn a_shared_line_interrupts_before_the_adapter_is_initialised() {
    let text = |interrupt_in_connect| {
        let config = Config {
            policy: Policy {
                interrupt_in_connect,
                ..Policy::default()
            },
            ..Config::default()
        };
        let machine = start(&config, &images::miniport()).unwrap_or_else(|error| panic!("{error}"));
        machine.events().to_string()
    };
    let isr_first = |log: &str| {
        let isr = log.find("callback ISR");
        let initialize = log.find("callback HwVidInitialize").expect("initialised");
        isr.is_some_and(|isr| isr < initialize)
    };
    assert!(isr_first(&text(true)));
    assert!(!isr_first(&text(false)));
}
