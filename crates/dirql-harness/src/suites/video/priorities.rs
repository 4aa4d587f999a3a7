//! Each priority by itself: what comes in between, what is turned away, and what is refused.

use dirql_ioctl::video::{self, ACCOUNTS_TOTAL, PRIORITY_HIGH, PRIORITY_LOW, PRIORITY_MEDIUM, vp};
use nt_model::{High, Strategy};
use zerocopy::IntoBytes;

use super::session::{Line, ROUTINE_MAX, Session, policies, raising, seeds, transfer};
use crate::check::{self, Verdict};
use crate::fixture::Fixture;

pub(super) fn low_priority_is_interleaved_by_the_service_routine(
    fixture: &mut Fixture<'_>,
) -> Verdict {
    let place = fixture.video()?;
    for policy in policies(&place) {
        let mut session = Session::start(&place, Line::Connected, policy, place.config.seed)?;
        let reply = session.synchronize(&raising(PRIORITY_LOW, 1, 64))?;
        session.check(check::equal("closures that ran", reply.ran, 64))?;
        session.check(check::that(
            reply.interrupts_inside > 0,
            "no interrupt was served inside of 64 closures, which low priority does not exclude",
        ))?;
        let mut inside = 0;
        for instruction in 0..ROUTINE_MAX {
            let request = raising(PRIORITY_LOW, 0, 1);
            let Some(reply) = session.interrupted_at(instruction, &request)? else {
                break;
            };
            inside += reply.interrupts_inside;
        }
        let expected = match place.config.strategy {
            // An interrupt is taken where it arrives.
            Strategy::RunUntilBlocked => inside > 0,
            Strategy::Random => true,
        };
        session.check(check::that(
            expected,
            "an interrupt at each instruction in turn was never served inside of the closure",
        ))?;
        session.finish(Line::Connected)?;
    }
    Ok(())
}

pub(super) fn medium_priority_is_not_interleaved_at_any_instruction(
    fixture: &mut Fixture<'_>,
) -> Verdict {
    let place = fixture.video()?;
    let excluding = policies(&place).into_iter();
    for policy in excluding.filter(|policy| !policy.medium_degrades) {
        for seed in seeds(&place, 8) {
            let mut session = Session::start(&place, Line::Connected, policy, seed)?;
            let mut reached = 0;
            for instruction in 0..ROUTINE_MAX {
                let Some(reply) = session.interrupted_at(instruction, &transfer(3, 1))? else {
                    break;
                };
                reached += 1;
                session.check(check::equal(
                    format!("interrupts inside, one at instruction {instruction}"),
                    (reply.ran, reply.interrupts_inside),
                    (1, 0),
                ))?;
                session.check(check::equal(
                    "the sum of the accounts inside",
                    reply.left.wrapping_add(reply.right),
                    ACCOUNTS_TOTAL,
                ))?;
                session.check(check::equal(
                    "interrupts served before",
                    reply.served,
                    instruction,
                ))?;
            }
            session.check(check::that(
                (10..ROUTINE_MAX).contains(&reached),
                format!("the routine has {reached} instructions"),
            ))?;
            let statistics = session.finish(Line::Connected)?;
            check::equal(
                "interrupts claimed, without the state, and contention",
                (
                    statistics.claimed,
                    statistics.served_without_state,
                    statistics.contended,
                ),
                (reached, 0, 0),
            )?;
        }
    }
    Ok(())
}

pub(super) fn an_interrupt_that_a_closure_raises_comes_after_it(
    fixture: &mut Fixture<'_>,
) -> Verdict {
    let place = fixture.video()?;
    let excluding = policies(&place).into_iter();
    for policy in excluding.filter(|policy| !policy.medium_degrades) {
        let mut session = Session::start(&place, Line::Connected, policy, place.config.seed)?;
        let reply = session.synchronize(&raising(PRIORITY_MEDIUM, 4, 32))?;
        session.check(check::equal(
            "closures that ran, interrupts inside, contention, the raw BOOLEAN",
            (
                reply.ran,
                reply.interrupts_inside,
                reply.contended,
                reply.raw_boolean,
            ),
            (32, 0, 0, 1),
        ))?;
        let statistics = session.finish(Line::Connected)?;
        check::within("interrupts claimed", statistics.claimed, 1..=32)?;
        check::within("runs of the DPC", statistics.dpcs, 1..=32)?;
        check::equal("causes dismissed", statistics.causes, 4)?;
    }
    Ok(())
}

pub(super) fn where_medium_excludes_nothing_contention_is_reported(
    fixture: &mut Fixture<'_>,
) -> Verdict {
    let place = fixture.video()?;
    let degraded = policies(&place).into_iter();
    for policy in degraded.filter(|policy| policy.medium_degrades) {
        let (mut contended, mut without_state) = (0, 0);
        for seed in seeds(&place, 4) {
            let mut session = Session::start(&place, Line::Connected, policy, seed)?;
            for instruction in 0..ROUTINE_MAX {
                let request = transfer(3, 1);
                let Some(reply) = session.interrupted_at(instruction, &request)? else {
                    break;
                };
                session.check(check::equal(
                    "closures that ran or were turned away",
                    reply.ran + reply.contended,
                    1,
                ))?;
                if reply.ran == 1 {
                    session.check(check::equal(
                        "the sum of the accounts inside",
                        reply.left.wrapping_add(reply.right),
                        ACCOUNTS_TOTAL,
                    ))?;
                }
            }
            let statistics = session.finish(Line::Connected)?;
            contended += statistics.contended;
            without_state += statistics.served_without_state;
        }
        check::that(
            contended > 0 && without_state > 0,
            format!(
                "under {policy:?} an interrupt at each instruction met the closure {contended} times, and was \
                 served without the state {without_state} times"
            ),
        )?;
    }
    Ok(())
}

pub(super) fn without_an_interrupt_nothing_synchronizes(fixture: &mut Fixture<'_>) -> Verdict {
    let place = fixture.video()?;
    for policy in policies(&place) {
        let mut session = Session::start(&place, Line::Absent, policy, place.config.seed)?;
        for request in [transfer(1, 1), raising(PRIORITY_MEDIUM, 1, 1)] {
            let answer = session.ask(video::SYNCHRONIZE, request.as_bytes(), 64)?;
            session.check(check::equal(
                "the VP_STATUS of medium priority without an interrupt",
                answer.status,
                vp::DEV_NOT_EXIST,
            ))?;
        }
        for priority in [PRIORITY_LOW, PRIORITY_HIGH] {
            let reply = session.synchronize(&raising(priority, 1, 3))?;
            session.check(check::equal(
                "closures that ran, interrupts inside",
                (reply.ran, reply.interrupts_inside),
                (3, 0),
            ))?;
        }
        let statistics = session.finish(Line::Absent)?;
        check::equal(
            "interrupts, and the accounts that nothing can reach",
            (statistics.claimed, statistics.left, statistics.right),
            (0, 0, 0),
        )?;
    }
    Ok(())
}

pub(super) fn high_priority_runs_whatever_it_is(fixture: &mut Fixture<'_>) -> Verdict {
    let place = fixture.video()?;
    for policy in policies(&place) {
        let mut session = Session::start(&place, Line::Connected, policy, place.config.seed)?;
        let reply = session.synchronize(&raising(PRIORITY_HIGH, 2, 32))?;
        session.check(check::equal("closures that ran", reply.ran, 32))?;
        let locked = !policy.medium_degrades && policy.high != High::Unlocked;
        if locked {
            session.check(check::equal(
                "interrupts inside",
                reply.interrupts_inside,
                0,
            ))?;
        }
        let statistics = session.finish(Line::Connected)?;
        check::within("interrupts claimed", statistics.claimed, 1..=32)?;
    }
    Ok(())
}
