//! A forward and a purge call the driver back on the caller's stack, at the caller's IRQL, and under the caller's locks.

use dirql_tests::relay::{give, leave, report};
use ntsim::{Rule, Status};

use crate::common::{breaks_in_every_schedule, calls_of, in_every_schedule};

const PASSIVE: u32 = 0;
const DISPATCH: u32 = 2;

#[test]
fn a_forward_under_the_lock_that_the_nested_callback_takes_is_a_deadlock() {
    breaks_in_every_schedule(Rule::LockRecursion, "already", |session| {
        give(session, "forward-gated").map(drop)
    });
}

#[test]
fn a_forward_presents_at_the_irql_of_its_caller() {
    in_every_schedule(|session| {
        assert_eq!(give(session, "forward-raised")?, Status::SUCCESS);
        assert_eq!(report(session)?.forwarded_at, DISPATCH);
        assert_eq!(give(session, "forward")?, Status::SUCCESS);
        assert_eq!(report(session)?.forwarded_at, PASSIVE);
        Ok(())
    });
}

#[test]
fn a_purge_under_the_lock_that_the_cancel_callback_takes_is_a_deadlock() {
    breaks_in_every_schedule(Rule::LockRecursion, "already", |session| {
        leave(session, "mark")?;
        give(session, "purge-gated").map(drop)
    });
}

#[test]
fn a_purge_cancels_at_the_irql_of_its_caller() {
    in_every_schedule(|session| {
        for (how, level) in [("purge-raised", DISPATCH), ("purge", PASSIVE)] {
            let requests = [leave(session, "mark")?, leave(session, "mark")?];
            assert_eq!(give(session, how)?, Status::SUCCESS);
            for request in requests {
                assert_eq!(session.machine.wait(request)?.status, Status::CANCELLED);
            }
            assert_eq!(report(session)?.cancelled_at, level, "{how}");
        }
        // What nothing marks is not cancelled, and a purge of nothing calls nothing back.
        let before = calls_of(session, "EvtRequestCancel");
        assert_eq!(give(session, "purge-gated")?, Status::SUCCESS);
        assert_eq!(calls_of(session, "EvtRequestCancel"), before);
        Ok(())
    });
}
