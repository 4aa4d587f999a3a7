//! The video miniport: what each priority of `VideoPortSynchronizeExecution` excludes, with and without an
//! interrupt, under every reading of its documentation.
//!
//! In the simulator only: no Windows that is supported lets a miniport own an interrupt. Each test boots
//! machines of its own with `dirql_video.sys`, and goes through the policies of the port driver.

mod packets;
mod session;

use dirql_ioctl::video::{
    self, ACCOUNTS_TOTAL, PRIORITY_HIGH, PRIORITY_LOW, PRIORITY_MEDIUM, SynchronizeRequest, vp,
};
use ntsim::device::probe::IDENTIFICATION;
use ntsim::{High, Strategy, VideoPolicy};
use zerocopy::IntoBytes;

use crate::bench::Bench;
use crate::check::{self, Verdict};
use crate::suites::suite;
use packets::bad_packets_are_refused_and_change_nothing;
use session::{Line, Session, policies, raising, seeds, transfer};

suite! {
    "video":
    the_adapter_says_what_it_is needs Line,
    an_older_port_driver_takes_a_smaller_structure needs Line,
    low_priority_is_interleaved_by_the_service_routine needs Line,
    medium_priority_is_not_interleaved_at_any_instruction needs Line,
    an_interrupt_that_a_closure_raises_comes_after_it needs Line,
    where_medium_excludes_nothing_contention_is_reported needs Line,
    without_an_interrupt_nothing_synchronizes needs Line,
    high_priority_runs_whatever_it_is needs Line,
    requests_are_served_one_at_a_time needs Line,
    state_survives_requests_interrupts_and_dpcs needs Line,
    bad_packets_are_refused_and_change_nothing needs Line,
    one_token_is_one_run needs Line,
}

/// No routine of a closure is as long as this.
const ROUTINE_MAX: u64 = 400;

fn the_adapter_says_what_it_is(bench: &mut Bench<'_>) -> Verdict {
    let place = bench.video()?;
    for (line, connected) in [(Line::Connected, 1), (Line::Absent, 0)] {
        for policy in policies(&place) {
            let mut session = Session::start(&place, line, policy, place.config.seed)?;
            let query = session.query()?;
            session.check(check::equal(
                "the identification",
                query.device_identification,
                IDENTIFICATION,
            ))?;
            session.check(check::equal(
                "whether an interrupt is connected",
                query.interrupt_connected,
                connected,
            ))?;
            session.check(check::that(
                (query.interrupt_level != 0) == (line == Line::Connected),
                "the level does not tell whether there is an interrupt",
            ))?;
            session.finish(line)?;
        }
    }
    Ok(())
}

fn an_older_port_driver_takes_a_smaller_structure(bench: &mut Bench<'_>) -> Verdict {
    let place = bench.video()?;
    for size in [144, 140, 64] {
        let mut session = Session::on_older_port_driver(&place, size)?;
        let reply = session.synchronize(&transfer(1, 1))?;
        session.check(check::equal("closures that ran", reply.ran, 1))?;
        session.finish(Line::Connected)?;
    }
    Ok(())
}

fn low_priority_is_interleaved_by_the_service_routine(bench: &mut Bench<'_>) -> Verdict {
    let place = bench.video()?;
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

fn medium_priority_is_not_interleaved_at_any_instruction(bench: &mut Bench<'_>) -> Verdict {
    let place = bench.video()?;
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

fn an_interrupt_that_a_closure_raises_comes_after_it(bench: &mut Bench<'_>) -> Verdict {
    let place = bench.video()?;
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

fn where_medium_excludes_nothing_contention_is_reported(bench: &mut Bench<'_>) -> Verdict {
    let place = bench.video()?;
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

fn without_an_interrupt_nothing_synchronizes(bench: &mut Bench<'_>) -> Verdict {
    let place = bench.video()?;
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
            "interrupts, and the accounts that nobody can reach",
            (statistics.claimed, statistics.left, statistics.right),
            (0, 0, 0),
        )?;
    }
    Ok(())
}

fn high_priority_runs_whatever_it_is(bench: &mut Bench<'_>) -> Verdict {
    let place = bench.video()?;
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

fn requests_are_served_one_at_a_time(bench: &mut Bench<'_>) -> Verdict {
    let place = bench.video()?;
    for seed in seeds(&place, 4) {
        let mut session = Session::start(&place, Line::Connected, VideoPolicy::default(), seed)?;
        let mut submitted = Vec::new();
        for _ in 0..6 {
            submitted.push(session.submit(video::SYNCHRONIZE, transfer(5, 4).as_bytes(), 64)?);
        }
        for request in submitted {
            let answer = session.wait(request)?;
            session.check(check::equal("the VP_STATUS", answer.status, vp::NO_ERROR))?;
        }
        let statistics = session.finish(Line::Connected)?;
        check::equal("the right account", statistics.right, 6 * 4 * 5)?;
        check::equal("contention", statistics.contended, 0)?;
    }
    Ok(())
}

fn state_survives_requests_interrupts_and_dpcs(bench: &mut Bench<'_>) -> Verdict {
    let place = bench.video()?;
    for policy in policies(&place) {
        for seed in seeds(&place, 3) {
            let mut session = Session::start(&place, Line::Connected, policy, seed)?;
            let mut submitted = Vec::new();
            for _ in 0..4 {
                let request = SynchronizeRequest {
                    raise: 1,
                    ..transfer(7, 16)
                };
                submitted.push(session.submit(video::SYNCHRONIZE, request.as_bytes(), 64)?);
                session.raise(2)?;
            }
            for request in submitted {
                session.wait(request)?;
            }
            let statistics = session.finish(Line::Connected)?;
            if !policy.medium_degrades {
                check::equal("contention", statistics.contended, 0)?;
                check::equal("the right account", statistics.right, 4 * 16 * 7)?;
            }
        }
    }
    Ok(())
}

fn one_token_is_one_run(bench: &mut Bench<'_>) -> Verdict {
    let place = bench.video()?;
    let digest = || {
        let policy = VideoPolicy::default();
        let mut session = Session::start(&place, Line::Connected, policy, place.config.seed)?;
        session.synchronize(&raising(PRIORITY_LOW, 1, 8))?;
        session.synchronize(&transfer(1, 8))?;
        Ok::<_, check::Stop>(session.digest())
    };
    check::equal("the digest of the second run", digest()?, digest()?)
}
