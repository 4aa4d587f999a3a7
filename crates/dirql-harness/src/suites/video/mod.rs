//! The video miniport: what each priority of `VideoPortSynchronizeExecution` excludes, with and without an
//! interrupt, under every reading of its documentation.
//!
//! In the simulator only: no Windows that is supported lets a miniport own an interrupt. Each test boots
//! machines of its own with `dirql_video.sys`, and goes through the policies of the port driver.

mod matrix;
mod packets;
mod priorities;
mod readings;
mod session;

use dirql_ioctl::video::{self, PRIORITY_LOW, SynchronizeRequest, vp};
use nt_model::VideoPolicy;
use ntsim::device::probe::IDENTIFICATION;
use zerocopy::IntoBytes;

use crate::check::{self, Verdict};
use crate::fixture::Fixture;
use crate::suites::suite;
use matrix::every_priority_is_what_its_reading_says;
use packets::{
    bad_packets_are_refused_and_change_nothing, more_room_than_the_reply_has_stays_as_it_was,
};
use priorities::{
    an_interrupt_that_a_closure_raises_comes_after_it, high_priority_runs_whatever_it_is,
    low_priority_is_interleaved_by_the_service_routine,
    medium_priority_is_not_interleaved_at_any_instruction,
    where_medium_excludes_nothing_contention_is_reported,
    without_an_interrupt_nothing_synchronizes,
};
use session::{Line, Session, policies, raising, seeds, transfer};

suite! {
    "video":
    the_adapter_says_what_it_is needs Line,
    an_older_port_driver_takes_a_smaller_structure needs Line,
    every_priority_is_what_its_reading_says needs Line,
    low_priority_is_interleaved_by_the_service_routine needs Line,
    medium_priority_is_not_interleaved_at_any_instruction needs Line,
    an_interrupt_that_a_closure_raises_comes_after_it needs Line,
    where_medium_excludes_nothing_contention_is_reported needs Line,
    without_an_interrupt_nothing_synchronizes needs Line,
    high_priority_runs_whatever_it_is needs Line,
    requests_are_served_one_at_a_time needs Line,
    state_survives_requests_interrupts_and_dpcs needs Line,
    bad_packets_are_refused_and_change_nothing needs Line,
    more_room_than_the_reply_has_stays_as_it_was needs Line,
    an_adapter_that_interrupts_by_itself_is_served needs Line,
    one_token_is_one_run needs Line,
}

fn the_adapter_says_what_it_is(fixture: &mut Fixture<'_>) -> Verdict {
    let place = fixture.video()?;
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
            // As the bus has them, and not as the system does: of a PCI adapter the line that the firmware has chosen.
            let bus = match line {
                Line::Connected => (11, 11),
                Line::Absent => (0, 0),
            };
            session.check(check::equal(
                "BusInterruptLevel and BusInterruptVector",
                (query.interrupt_level, query.interrupt_vector),
                bus,
            ))?;
            session.finish(line)?;
        }
    }
    Ok(())
}

fn an_older_port_driver_takes_a_smaller_structure(fixture: &mut Fixture<'_>) -> Verdict {
    let place = fixture.video()?;
    for size in [144, 140, 64] {
        let mut session = Session::on_older_port_driver(&place, size)?;
        let reply = session.synchronize(&transfer(1, 1))?;
        session.check(check::equal("closures that ran", reply.ran, 1))?;
        session.finish(Line::Connected)?;
    }
    Ok(())
}

fn requests_are_served_one_at_a_time(fixture: &mut Fixture<'_>) -> Verdict {
    let place = fixture.video()?;
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

fn state_survives_requests_interrupts_and_dpcs(fixture: &mut Fixture<'_>) -> Verdict {
    let place = fixture.video()?;
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

/// Before it is initialised, as soon as its interrupt is connected, and between requests.
fn an_adapter_that_interrupts_by_itself_is_served(fixture: &mut Fixture<'_>) -> Verdict {
    let place = fixture.video()?;
    for seed in seeds(&place, 4) {
        let mut session = Session::on_asserted_line(&place, seed, 0x10)?;
        let statistics = session.statistics()?;
        session.check(check::equal("causes", statistics.causes, 0x10))?;
        session.check(check::equal("claimed", statistics.claimed, 1))?;
        for (causes, all) in [(0x1, 0x11), (0x8000_0000, 0x8000_0011)] {
            let request = session.submit(video::SYNCHRONIZE, transfer(1, 2).as_bytes(), 64)?;
            session.adapter_raises(causes)?;
            session.wait(request)?;
            let statistics = session.statistics()?;
            session.check(check::equal("causes", statistics.causes, all))?;
        }
        let statistics = session.finish(Line::Connected)?;
        check::equal("claimed", statistics.claimed, 3)?;
        if !place.config.video.medium_degrades {
            check::equal("contention", statistics.contended, 0)?;
        }
    }
    Ok(())
}

fn one_token_is_one_run(fixture: &mut Fixture<'_>) -> Verdict {
    let place = fixture.video()?;
    let digest = || {
        let policy = VideoPolicy::default();
        let mut session = Session::start(&place, Line::Connected, policy, place.config.seed)?;
        session.synchronize(&raising(PRIORITY_LOW, 1, 8))?;
        session.synchronize(&transfer(1, 8))?;
        Ok::<_, check::Stop>(session.digest())
    };
    check::equal("the digest of the second run", digest()?, digest()?)
}
