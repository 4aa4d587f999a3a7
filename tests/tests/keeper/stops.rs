//! A queue that is stopped keeps what comes, and one that is purged does not; who waits for either gets there.

use dirql_tests::keeper::{ask, leave};
use ntsim::{Rule, Status};

use crate::common::{breaks, in_every_schedule};

#[test]
fn a_stopped_queue_gives_nothing_out_until_it_is_started() {
    in_every_schedule("keeper", |session| {
        // The driver was told once, and then a call has waited.
        assert_eq!(ask(session, "STOP_SECOND")?, [1]);
        let request = leave(session, "HAND_ON")?;
        assert_eq!(session.machine.poll(request)?, None);
        ask(session, "START_SECOND")?;
        assert_eq!(session.machine.wait(request)?.status, Status::SUCCESS);
        Ok(())
    });
}

#[test]
fn what_waits_in_a_queue_is_cancelled_before_a_purge_that_waits_returns() {
    in_every_schedule("keeper", |session| {
        ask(session, "STOP_SECOND")?;
        let request = leave(session, "HAND_ON")?;
        assert_eq!(session.machine.poll(request)?, None);
        ask(session, "PURGE_SECOND")?;
        assert_eq!(session.machine.wait(request)?.status, Status::CANCELLED);
        Ok(())
    });
}

#[test]
fn a_callback_that_waits_until_its_own_queue_has_stopped_waits_for_ever() {
    for variant in ["keeper", "keeper_queue_passive"] {
        breaks(variant, Rule::Hang, "QueueIdle", |session| {
            ask(session, "STOP_SELF").map(drop)
        });
    }
}
