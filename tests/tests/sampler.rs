//! Direct memory access and the bus interface, by a driver of a virtio entropy device.

use dirql_tests::{
    sampler::{self, SAMPLE, report, sample, setup},
    session::{Session, random, until_blocked},
};
use ntsim::{Config, DeviceState, Failure, InterruptResource, Rule, Status, Transition};

const RESOURCES: [InterruptResource; 2] = [InterruptResource::Line, InterruptResource::Message];

/// A schedule for each resource that lets processors run until they block, and so many that do not.
fn configs(seeds: u64) -> Vec<Config> {
    let of = |resource| {
        let random = (1..=seeds).map(move |seed| random(resource, seed));
        core::iter::once(until_blocked(resource)).chain(random)
    };
    RESOURCES.into_iter().flat_map(of).collect()
}

fn in_every_schedule(seeds: u64, bits: u32, body: impl Fn(Session) -> Result<(), Failure>) {
    for config in configs(seeds) {
        let run = || body(sampler::start(&config, bits)?);
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}

/// Lets `body` break a rule, and says what is reported.
fn breaks(
    bits: u32,
    (rule, says): (Rule, &str),
    body: impl Fn(Session) -> Result<(), Failure>,
) -> Vec<Failure> {
    let broken = configs(2).into_iter().map(|config| {
        let run = || body(sampler::start(&config, bits)?);
        let failure = run().expect_err("a rule is broken");
        assert_eq!(failure.cause, rule, "{failure}");
        assert!(failure.message.contains(says), "{failure}");
        failure
    });
    broken.collect()
}

fn at_line(failures: &[Failure], name: &str) {
    let line = sampler::line_that_breaks(name);
    for failure in failures {
        let at = failure.location.as_deref();
        let is_there = at.is_some_and(|at| at.ends_with(&line));
        assert!(is_there, "at {line}: {failure}");
    }
}

fn take(session: &mut Session) -> Result<Vec<u8>, Failure> {
    let completion = sample(session, SAMPLE)?;
    assert_eq!(completion.status, Status::SUCCESS);
    Ok(completion.output[..completion.information].to_vec())
}

fn taken_once(mut session: Session) -> Result<(), Failure> {
    take(&mut session)?;
    session.remove().map(drop)
}

#[test]
fn a_device_reads_the_queue_fills_the_buffer_and_interrupts() {
    in_every_schedule(3, 0, |mut session| {
        let mut lengths = Vec::new();
        let mut samples = Vec::new();
        for _ in 0..24 {
            let bytes = take(&mut session)?;
            lengths.push(bytes.len());
            assert!(bytes.iter().any(|byte| *byte != 0), "{bytes:?}");
            assert!(!samples.contains(&bytes), "no sample comes twice");
            samples.push(bytes);
        }
        // The device may give less than there is room for.
        assert!(
            lengths.contains(&SAMPLE) && lengths.contains(&(SAMPLE / 2)),
            "{lengths:?}"
        );
        session.remove().map(drop)
    });
}

#[test]
fn a_device_that_was_asleep_or_stopped_is_set_up_anew() {
    in_every_schedule(20, 0, |mut session| {
        take(&mut session)?;
        let machine = |session: &mut Session, transition| session.machine.transition(transition);
        assert_eq!(
            machine(&mut session, Transition::PowerDown)?,
            DeviceState::LowPower
        );
        assert_eq!(
            machine(&mut session, Transition::PowerUp)?,
            DeviceState::Started
        );
        take(&mut session)?;
        machine(&mut session, Transition::Stop)?;
        let resource = session.machine.config().interrupt;
        machine(&mut session, Transition::Restart(resource))?;
        take(&mut session)?;
        session.remove().map(drop)
    });
}

#[test]
fn a_device_that_is_gone_reads_and_writes_no_memory_and_its_configuration_is_all_ones() {
    in_every_schedule(5, 0, |mut session| {
        take(&mut session)?;
        session.machine.unplug()?;
        session.machine.transition(Transition::SurpriseRemoval)?;
        session.remove().map(drop)
    });
}

#[test]
fn configuration_space_has_the_identity_the_windows_and_the_capabilities() {
    in_every_schedule(0, 0, |mut session| {
        let numbers = report(&mut session)?;
        assert_eq!(numbers["identity"], 0x1044_1AF4);
        // BAR4 stands above 4 GiB: 64 bits, and not prefetchable.
        assert_eq!(numbers["window"] & 0xF, 4);
        assert_eq!(numbers["window-high"], 1);
        assert_eq!(numbers["capabilities"], 5);
        assert_eq!(numbers["beyond"], 4, "four bytes are left at 0xFC");
        session.remove().map(drop)
    });
}

#[test]
fn a_register_of_configuration_space_that_nothing_acts_on_holds_what_is_written() {
    in_every_schedule(0, 0, |mut session| {
        let held = report(&mut session)?["held"];
        assert_eq!(held & 0xFF, 0x2B, "the interrupt line");
        assert_eq!(held >> 8, 0xF4, "the identity takes nothing");
        session.remove().map(drop)
    });
}

#[test]
fn the_bus_translates_the_addresses_of_the_functions_windows() {
    in_every_schedule(0, 0, |mut session| {
        assert_eq!(report(&mut session)?["translated"], 1);
        session.remove().map(drop)
    });
}

#[test]
fn an_interface_that_is_not_given_back_is_a_leak() {
    let broken = (Rule::ObjectLeak, "InterfaceDereference is owed 1 times");
    breaks(setup::KEEP_INTERFACE, broken, taken_once);
}

#[test]
fn an_interface_is_of_no_use_behind_its_last_dereference() {
    let broken = (Rule::BadArgument, "behind the last InterfaceDereference");
    let failures = breaks(setup::CALL_LATE, broken, taken_once);
    assert!(!failures.is_empty());
}

#[test]
fn a_common_buffer_is_aligned_and_stands_at_one_place_for_driver_and_device() {
    in_every_schedule(0, 0, |mut session| {
        let numbers = report(&mut session)?;
        assert_eq!(numbers["alignment"], 0x3F);
        assert_eq!(numbers["length"] as usize, SAMPLE);
        assert_eq!([numbers["aligned"], numbers["same-place"]], [1, 1]);
        session.remove().map(drop)
    });
}

#[test]
fn what_kmdf_refuses_of_enablers_and_common_buffers_makes_none() {
    in_every_schedule(0, 0, |mut session| {
        let numbers = report(&mut session)?;
        let refused = |name: &str| Status(numbers[name]);
        assert_eq!(refused("small-config"), Status::INFO_LENGTH_MISMATCH);
        assert_eq!(refused("no-profile"), Status::INVALID_PARAMETER);
        assert_eq!(refused("no-length"), Status::INVALID_PARAMETER);
        assert_eq!(refused("no-bytes"), Status::INVALID_PARAMETER);
        assert_eq!(refused("parent"), Status::WDF_PARENT_ASSIGNMENT_NOT_ALLOWED);
        assert_eq!(refused("far-parent"), Status::WDF_OBJECT_ATTRIBUTES_INVALID);
        session.remove().map(drop)
    });
}

#[test]
fn no_policy_of_remapping_is_noted_where_nothing_remaps() {
    in_every_schedule(0, 0, |mut session| {
        let property = Status(report(&mut session)?["property"]);
        assert_eq!(property, Status::OBJECT_NAME_NOT_FOUND);
        session.remove().map(drop)
    });
}

#[test]
fn a_buffer_that_is_the_devices_is_written_by_a_race() {
    let broken = (Rule::Race, "a write by the device itself");
    let failures = breaks(setup::TOUCH, broken, taken_once);
    at_line(&failures, "touch");
}

#[test]
fn a_buffer_that_is_deleted_while_the_device_has_it_is_used_after_it_was_freed() {
    let broken = (Rule::UseAfterFree, "the device, which was set to work");
    let failures = breaks(setup::DELETE_EARLY, broken, taken_once);
    at_line(&failures, "delete-early");
}

#[test]
fn a_common_buffer_is_freed_at_passive_level() {
    let broken = (Rule::Irql, "a common buffer is freed at IRQL 2");
    breaks(setup::DELETE_HIGH, broken, taken_once);
}

#[test]
fn a_device_that_is_set_to_work_against_its_specification_is_named() {
    let wrong_way = (Rule::BadMmio, "which an entropy device does not");
    breaks(setup::WRONG_WAY, wrong_way, taken_once);
    let nowhere = (
        Rule::BadMmio,
        "no memory that the driver has made for DMA answers",
    );
    breaks(setup::NO_MEMORY, nowhere, taken_once);
}

#[test]
fn a_chain_for_which_no_interrupt_is_wanted_leaves_the_device_silent() {
    in_every_schedule(10, setup::OFFER_LATE, |mut session| {
        take(&mut session)?;
        session.machine.transition(Transition::PowerDown)?;
        session.machine.transition(Transition::PowerUp)?;
        take(&mut session)?;
        session.remove().map(drop)
    });
    let broken = (Rule::Unsilenced, "EvtInterruptDisable has returned");
    breaks(setup::OFFER_LATE | setup::STAY_LOUD, broken, taken_once);
}
