//! What NT's documentation leaves open, in every combination of the choices: each driver starts,
//! serves, and is removed.

use dirql_ioctl::{
    code,
    connection::{ConnectionInfo, Kind, ReconnectRequest},
    interrupt::{SetActiveRequest, WaitRequest},
    synchronize::Operation,
};
use dirql_tests::{
    dirql, doorbell, images,
    offender::{DEEDS, keeps},
    session::{Device, Session, random, until_blocked},
};
use ntsim::{Config, Failure, Image, InterruptResource, Policy, Summary};
use zerocopy::IntoBytes;

const RESOURCES: [InterruptResource; 2] = [InterruptResource::Line, InterruptResource::Message];
const CANCELLED: u32 = 0xC000_0120;

fn configs() -> Vec<Config> {
    let mut all = Vec::new();
    for resource in RESOURCES {
        all.push(until_blocked(resource));
        all.extend((1..=3).map(|seed| random(resource, seed)));
    }
    all
}

/// Runs `body` on a started driver under every policy and every schedule, and removes the driver.
fn under_every_policy(
    image: &Image,
    device: Device,
    body: impl Fn(&mut Session, Policy, InterruptResource) -> Result<(), Failure>,
) {
    for policy in Policy::all() {
        for config in configs() {
            let config = Config { policy, ..config };
            let run = || -> Result<Summary, Failure> {
                let mut session = Session::start(&config, image, device)?;
                body(&mut session, policy, config.interrupt)?;
                session.remove()
            };
            if let Err(failure) = run() {
                panic!("{policy:?}: {failure}");
            }
        }
    }
}

#[test]
fn the_choices_are_all_there_are() {
    // A field that is added must be varied above: this pattern does not compile without it.
    let Policy {
        disconnect_waits: _,
        inactive_messages_kept: _,
        interrupt_in_connect: _,
        lock_held_in_retrieval: _,
        lock_held_in_record: _,
        descriptor_matched_by_id: _,
        errors_on_one_processor: _,
    } = Policy::default();
    assert_eq!(Policy::all().count(), (1 << 3) + (1 << 4) - 1);
}

#[test]
fn the_dirql_driver_serves_under_every_policy() {
    under_every_policy(
        &images::driver(),
        Device::Edu,
        |session, policy, resource| {
            let query = dirql::query(session)?;
            let by_message = resource == InterruptResource::Message;
            assert_eq!(query.connection.resource_is_message, u32::from(by_message));
            let spurious = dirql::statistics(session)?.not_mine;
            assert_eq!(spurious, u64::from(policy.interrupt_in_connect));
            let reply = dirql::synchronize(session, Operation::Add, 2, 5)?;
            assert_eq!((reply.ran, reply.value), (5, 10));
            let raised = dirql::raise(session, 0b11, 3)?;
            assert_eq!(raised.raised, 3);
            let waited = dirql::wait(session, raised.sequence_before)?;
            assert!(waited.sequence > raised.sequence_before);
            let statistics = dirql::statistics(session)?;
            assert!(statistics.claimed >= 1);
            // One request waits while the device is removed.
            let after = WaitRequest {
                after: statistics.sequence + 1000,
            };
            let waiting = session.submit(code::WAIT.0, after.as_bytes(), 16)?;
            assert_eq!(session.machine.poll(waiting)?, None);
            session.machine.cancel(waiting)?;
            assert_eq!(session.machine.wait(waiting)?.status, CANCELLED);
            session.submit(code::WAIT.0, after.as_bytes(), 16)?;
            Ok(())
        },
    );
}

#[test]
fn the_dirql_driver_reconnects_under_every_policy() {
    under_every_policy(&images::driver(), Device::Edu, |session, _, _| {
        for kind in [
            Kind::Message,
            Kind::FullySpecified,
            Kind::FullySpecifiedGroup,
        ] {
            let request = ReconnectRequest {
                kind: kind as u32,
                reserved: 0,
            };
            let info: ConnectionInfo = dirql::control(session, code::RECONNECT, &request)?;
            assert_eq!(info.kind_asked, kind as u32);
            let raised = dirql::raise(session, 1, 2)?;
            let waited = dirql::wait(session, raised.sequence_before)?;
            assert_eq!(waited.causes, 1);
        }
        Ok(())
    });
}

#[test]
fn the_dirql_driver_survives_a_pause_under_every_policy() {
    under_every_policy(&images::driver(), Device::Edu, |session, _, _| {
        for active in [0, 1] {
            let request = SetActiveRequest {
                active,
                reserved: 0,
            };
            let done = session.control(code::SET_ACTIVE.0, request.as_bytes(), 0)?;
            assert_eq!(done.status, 0);
        }
        let raised = dirql::raise(session, 4, 1)?;
        let waited = dirql::wait(session, raised.sequence_before)?;
        assert_eq!(waited.causes, 4);
        Ok(())
    });
}

#[test]
fn a_driver_without_hardware_serves_under_every_policy() {
    under_every_policy(&images::guest("doorbell"), Device::Bare, |session, _, _| {
        let reader = session.machine.read(session.file, 16)?;
        session.control(doorbell::RING, &[], 0)?;
        assert_eq!(session.machine.wait(reader)?.output, b"ding");
        assert_eq!(doorbell::counts(session)?.answered, 1);
        session.machine.read(session.file, 16)?;
        Ok(())
    });
}

#[test]
fn a_driver_that_keeps_the_rules_is_left_in_peace_under_every_policy() {
    under_every_policy(&images::guest("offender"), Device::Edu, |session, _, _| {
        for name in DEEDS {
            let completion = session.control(keeps(name), &[], 16)?;
            assert_eq!(completion.status, 0, "{name}");
        }
        Ok(())
    });
}
