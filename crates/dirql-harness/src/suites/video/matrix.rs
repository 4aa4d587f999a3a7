//! Every priority, with and without an interrupt, under every policy: what runs, at which IRQL, and what is kept out.
//!
//! [`readings`](super::readings) has the table that the simulator is held to. What is seen comes from both sides: the
//! port driver wrote each routine down, and the miniport counted in its closures.

use dirql_ioctl::video::{self, PRIORITY_HIGH, PRIORITY_LOW, PRIORITY_MEDIUM, vp};
use nt_model::{Strategy, VideoPolicy};
use ntsim::VideoRun;
use zerocopy::IntoBytes;

use super::readings::{Comes, Excludes, comes};
use super::session::{Line, ROUTINE_MAX, Session, policies, raising, seeds, transfer};
use crate::check::{self, Verdict};
use crate::fixture::Fixture;
use crate::target::VideoPlace;

/// What was seen of the routines of one cell, over every instruction and the seeds.
#[derive(Default)]
struct Seen {
    routines: u32,
    interrupted: u32,
    alongside: u32,
}

pub(super) fn every_priority_is_what_its_reading_says(fixture: &mut Fixture<'_>) -> Verdict {
    let place = fixture.video()?;
    let mut cells = 0;
    for policy in policies(&place) {
        for line in [Line::Connected, Line::Absent] {
            for priority in [PRIORITY_LOW, PRIORITY_MEDIUM, PRIORITY_HIGH] {
                let comes = comes(priority, line, policy)?;
                cell(&place, policy, line, priority, comes)
                    .map_err(|stop| stop.about(&format!("priority {priority}, which {comes:?}")))?;
                cells += 1;
            }
        }
    }
    check::equal("cells", cells, policies(&place).len() * 6)
}

/// One cell.
fn cell(
    place: &VideoPlace<'_>,
    policy: VideoPolicy,
    line: Line,
    priority: u32,
    comes: Comes,
) -> Verdict {
    let Comes::Runs(level, locked, excludes) = comes else {
        return refused(place, policy, line);
    };
    let mut seen = Seen::default();
    // Without an interrupt one instruction is like the other.
    let instructions = match line {
        Line::Connected => ROUTINE_MAX,
        Line::Absent => 2,
    };
    for seed in seeds(place, 2) {
        let mut session = Session::start(place, line, policy, seed)?;
        let device = session.device_irql();
        session.take_runs();
        for instruction in 0..instructions {
            let request = match priority {
                PRIORITY_MEDIUM => transfer(3, 1),
                _ => raising(priority, 0, 1),
            };
            let Some(reply) = session.interrupted_at(instruction, &request)? else {
                break;
            };
            let runs: Vec<VideoRun> = session.take_runs();
            let asked = runs.iter().filter(|run| run.caller < 2);
            session.check(check::equal(
                "routines of one request, those of the DPC aside",
                asked.clone().count(),
                1,
            ))?;
            session.check(check::equal(
                "closures that ran or were turned away",
                reply.ran + reply.contended,
                1,
            ))?;
            for run in asked {
                session.check(check::equal(
                    format!("priority, IRQL and lock, interrupted at instruction {instruction}"),
                    (run.priority, u32::from(run.irql), run.locked),
                    (priority, level.irql(run.caller, device), locked),
                ))?;
                session.check(kept_out(run, excludes))?;
                // The closure is a part of the routine.
                session.check(check::that(
                    reply.interrupts_inside <= u64::from(run.interrupted + run.alongside),
                    "the closure has counted more interrupts than there were",
                ))?;
                seen.routines += 1;
                seen.interrupted += run.interrupted;
                seen.alongside += run.alongside;
            }
            if locked {
                session.check(check::equal("contention", reply.contended, 0))?;
            }
        }
        session.finish(line)?;
    }
    check::within("routines", seen.routines, 2..=800)?;
    not_kept_out(place, line, excludes, &seen)
}

/// Without a witness the port driver is not called.
fn refused(place: &VideoPlace<'_>, policy: VideoPolicy, line: Line) -> Verdict {
    let mut session = Session::start(place, line, policy, place.config.seed)?;
    for request in [transfer(1, 1), raising(PRIORITY_MEDIUM, 1, 1)] {
        let answer = session.ask(video::SYNCHRONIZE, request.as_bytes(), 64)?;
        session.check(check::equal(
            "the VP_STATUS",
            answer.status,
            vp::DEV_NOT_EXIST,
        ))?;
    }
    let runs = session.take_runs();
    session.check(check::equal("routines", runs.len(), 0))?;
    session.finish(line).map(drop)
}

/// What must not have come in between did not.
fn kept_out(run: &VideoRun, excludes: Excludes) -> Verdict {
    let came = (run.interrupted, run.alongside);
    match excludes {
        Excludes::ServiceRoutine => check::equal("service routines in between", came, (0, 0)),
        Excludes::OnItsProcessor => {
            check::equal("service routines on its processor", run.interrupted, 0)
        }
        Excludes::Nothing => Ok(()),
    }
}

/// What may come in between was seen to: on this processor at its instruction, on another as chance has it.
fn not_kept_out(place: &VideoPlace<'_>, line: Line, excludes: Excludes, seen: &Seen) -> Verdict {
    if line == Line::Absent {
        return check::equal(
            "service routines without an interrupt",
            (seen.interrupted, seen.alongside),
            (0, 0),
        );
    }
    let random = place.config.strategy == Strategy::Random;
    match excludes {
        Excludes::OnItsProcessor if random => check::that(
            seen.alongside > 0,
            "no service routine ran on another processor meanwhile",
        ),
        Excludes::ServiceRoutine | Excludes::OnItsProcessor => Ok(()),
        Excludes::Nothing => check::that(
            seen.interrupted > 0,
            "no service routine ran in the middle of any routine",
        ),
    }
}
