//! Closures against handlers: what is excluded, what is told, and what is refused.

use dirql_ioctl::Status;
use dirql_ioctl::pshed::{ACCOUNTS_TOTAL, SynchronizeSourceReply, SynchronizeSourceRequest};
use nt_model::{ErrorSourceKind, Policy, Severity};

use super::{
    FIRST, SECOND, adopt, boot, boot_and_adopt, closures, machine, machine_under, policies,
    release, run, source, unlocked,
};
use crate::check::{Stop, Verdict, equal, that};
use crate::fixture::Fixture;
use crate::target::Setup;

/// How many closures race how many errors.
const CLOSURES: u32 = 120;
const ERRORS: u32 = 40;

pub(super) fn each_handler_has_its_own_level(fixture: &mut Fixture<'_>) -> Verdict {
    boot_and_adopt(fixture, &machine(&ErrorSourceKind::MASKABLE))?;
    for (id, level) in (FIRST..).zip([5, 2, 2, 8, 9, 10]) {
        for caller_irql in 0..=2 {
            let request = SynchronizeSourceRequest {
                caller_irql,
                ..closures(id, 4)
            };
            let reply = fixture.ask(fixture.main, &request)?;
            equal("ran", reply.ran, 4)?;
            equal("raw BOOLEAN", reply.raw_boolean, 1)?;
            equal(
                "IRQL before, inside and after",
                (reply.irql_before, reply.irql_inside, reply.irql_after),
                (caller_irql, level, caller_irql),
            )?;
        }
        equal("synchronized", source(fixture, id)?.synchronized, 12)?;
    }
    Ok(())
}

pub(super) fn callers_above_passive_need_the_parameter(fixture: &mut Fixture<'_>) -> Verdict {
    let mut setup = machine(&[ErrorSourceKind::PciExpress]);
    setup
        .parameters
        .retain(|(name, _)| *name != "PshedCallersAtDispatch");
    boot_and_adopt(fixture, &setup)?;
    for (caller_irql, refused) in [(0, 0), (1, 6), (2, 6)] {
        let request = SynchronizeSourceRequest {
            caller_irql,
            ..closures(FIRST, 6)
        };
        let reply = fixture.ask(fixture.main, &request)?;
        equal("above their level", reply.above_level, refused)?;
        equal("ran", reply.ran, 6 - refused)?;
    }
    equal("not run", source(fixture, FIRST)?.not_run, 12)
}

pub(super) fn what_nothing_masks_is_refused(fixture: &mut Fixture<'_>) -> Verdict {
    boot(fixture, &machine(&ErrorSourceKind::UNMASKABLE))?;
    for (id, kind) in (FIRST..).zip(ErrorSourceKind::UNMASKABLE) {
        let seen = source(fixture, id)?;
        equal(format_args!("{kind:?} is maskable"), seen.maskable, 0)?;
        fixture.refuse(fixture.main, &adopt(id), Status::NOT_SUPPORTED)?;
        let state = Status::INVALID_DEVICE_STATE;
        fixture.refuse(fixture.main, &closures(id, 1), state)?;
        fixture.raise_errors(id, 3, Severity::Corrected)?;
        fixture.handle_errors()?;
        // Nothing masks one of its errors against another's handler, which may be in the state.
        let after = source(fixture, id)?;
        equal(
            "errors counted or left to PSHED",
            after.errors + after.refused,
            3,
        )?;
        that(after.errors > 0, "one of the handlers finds the state free")?;
    }
    Ok(())
}

/// What a storm of errors of the first source came to.
struct Storm {
    reply: SynchronizeSourceReply,
    contended: u64,
    refused: u64,
}

/// Runs closures on the first source while errors of every source arrive, and judges what must hold
/// whatever PSHED does.
fn storm(fixture: &mut Fixture<'_>, setup: &Setup, caller_irql: u32) -> Result<Storm, Stop> {
    boot(fixture, setup)?;
    fixture.ask(fixture.main, &adopt(FIRST))?;
    for (id, _) in &setup.sources {
        fixture.raise_errors(*id, ERRORS, Severity::Corrected)?;
    }
    let request = SynchronizeSourceRequest {
        caller_irql,
        ..closures(FIRST, CLOSURES)
    };
    let reply = fixture.ask(fixture.main, &request)?;
    fixture.handle_errors()?;

    equal(
        "closures that ran or were told of contention",
        reply.ran + reply.contended,
        CLOSURES,
    )?;
    equal("violations inside closures", reply.violations, 0)?;
    equal(
        "the sum of the accounts",
        reply.left.wrapping_add(reply.right),
        if reply.ran == 0 { 0 } else { ACCOUNTS_TOTAL },
    )?;
    let (mut contended, mut refused) = (0, 0);
    for (id, _) in &setup.sources {
        let seen = source(fixture, *id)?;
        let report = fixture.error_source(*id)?;
        equal("errors that still wait", report.waiting, 0)?;
        equal("handled", report.handled, ERRORS.into())?;
        equal(
            "counted or refused",
            seen.errors + seen.refused,
            report.handled,
        )?;
        equal("violations", seen.violations, 0)?;
        if *id == FIRST {
            (contended, refused) = (seen.contended, seen.refused);
            equal(
                "contention, as each side was told",
                seen.contended,
                u64::from(reply.contended) + seen.refused,
            )?;
        }
    }
    Ok(Storm {
        reply,
        contended,
        refused,
    })
}

pub(super) fn closures_keep_the_handler_out(fixture: &mut Fixture<'_>) -> Verdict {
    let kinds = [
        ErrorSourceKind::CorrectedMachineCheck,
        ErrorSourceKind::GenericV2,
        ErrorSourceKind::Nmi,
    ];
    for policy in policies(fixture) {
        let storm = storm(fixture, &machine_under(policy, &kinds), 0)?;
        if policy.lock_held_in_retrieval {
            equal("errors inside closures", storm.reply.own_inside, 0)?;
        }
    }
    Ok(())
}

pub(super) fn under_the_lock_nothing_is_contended(fixture: &mut Fixture<'_>) -> Verdict {
    let held = Policy {
        lock_held_in_retrieval: true,
        ..unlocked(fixture)
    };
    for kind in ErrorSourceKind::MASKABLE {
        for caller_irql in [0, 2] {
            let kinds = [kind, ErrorSourceKind::PciExpress];
            let storm = storm(fixture, &machine_under(held, &kinds), caller_irql)?;
            equal(format_args!("{kind:?}: contended"), storm.contended, 0)?;
            equal("ran", storm.reply.ran, CLOSURES)?;
            equal("errors inside closures", storm.reply.own_inside, 0)?;
        }
    }
    Ok(())
}

pub(super) fn contention_is_told_where_no_lock_is_held(fixture: &mut Fixture<'_>) -> Verdict {
    let mut told = (0, 0);
    for kind in ErrorSourceKind::MASKABLE.into_iter().cycle().take(96) {
        let setup = machine_under(unlocked(fixture), &[kind]);
        let storm = storm(fixture, &setup, 0)?;
        told = (
            told.0 + u64::from(storm.reply.contended),
            told.1 + storm.refused,
        );
        if told.0 != 0 && told.1 != 0 {
            return Ok(());
        }
    }
    that(
        false,
        format_args!(
            "handlers ran without their lock on two processors, and contention was told {} closures and {} handlers",
            told.0, told.1
        ),
    )
}

/// Errors come in bursts, so that a second handler finds what the first one left of a claim that neither got.
pub(super) fn who_finds_a_claim_taken_leaves_it_taken(fixture: &mut Fixture<'_>) -> Verdict {
    for kind in ErrorSourceKind::MASKABLE {
        for caller_irql in [0, 2] {
            let setup = machine_under(unlocked(fixture), &[kind]);
            storm(fixture, &setup, caller_irql)?;
        }
    }
    Ok(())
}

/// The same between the handlers of two sources and the closures of one, which is let go of and adopted again.
pub(super) fn a_claim_is_the_holders_while_its_source_changes(
    fixture: &mut Fixture<'_>,
) -> Verdict {
    let setup = machine_under(
        unlocked(fixture),
        &[
            ErrorSourceKind::CorrectedMachineCheck,
            ErrorSourceKind::Generic,
        ],
    );
    boot(fixture, &setup)?;
    for round in 0..6 {
        fixture.ask(fixture.main, &adopt(FIRST))?;
        for id in [FIRST, SECOND] {
            fixture.raise_errors(id, ERRORS, Severity::Corrected)?;
        }
        let reply = fixture.ask(fixture.main, &closures(FIRST, CLOSURES / 2 + round))?;
        equal("violations inside closures", reply.violations, 0)?;
        fixture.handle_errors()?;
        fixture.ask(fixture.main, &release(FIRST))?;
        equal("violations", source(fixture, FIRST)?.violations, 0)?;
    }
    Ok(())
}

pub(super) fn the_handler_of_another_source_is_not_excluded(fixture: &mut Fixture<'_>) -> Verdict {
    let held = Policy {
        lock_held_in_retrieval: true,
        lock_held_in_record: true,
        ..unlocked(fixture)
    };
    let kinds = [
        ErrorSourceKind::CorrectedMachineCheck,
        ErrorSourceKind::PciExpress,
    ];
    for _ in 0..20 {
        let storm = storm(fixture, &machine_under(held, &kinds), 0)?;
        equal("errors of the source inside", storm.reply.own_inside, 0)?;
        if storm.reply.others_inside != 0 {
            return Ok(());
        }
    }
    that(
        false,
        "no handler of the other source ran while a closure was inside",
    )
}

pub(super) fn adopted_sources_are_let_go_of_under_fire(fixture: &mut Fixture<'_>) -> Verdict {
    let kinds = [
        ErrorSourceKind::CorrectedMachineCheck,
        ErrorSourceKind::Generic,
    ];
    boot(fixture, &machine(&kinds))?;
    for round in 0..6 {
        for id in [FIRST, SECOND] {
            fixture.ask(fixture.main, &adopt(id))?;
            fixture.refuse(fixture.main, &adopt(id), Status::INVALID_DEVICE_STATE)?;
            fixture.raise_errors(id, 20, Severity::Corrected)?;
        }
        let request = closures(FIRST, 20 + round);
        let running = fixture.start(fixture.main, &request)?;
        let letting_go = fixture.start(fixture.main, &release(FIRST))?;
        fixture.reply(letting_go)?;
        // It was served before the source was let go of, or refused after.
        if let Err(answer) = fixture.outcome(running)? {
            that(
                answer.is(Status::INVALID_DEVICE_STATE),
                format_args!("closures on a source that is let go of end with {answer}"),
            )?;
        }
        fixture.refuse(fixture.main, &request, Status::INVALID_DEVICE_STATE)?;
        run(fixture, SECOND, 10)?;
        fixture.ask(fixture.main, &release(SECOND))?;
        fixture.refuse(fixture.main, &release(SECOND), Status::INVALID_DEVICE_STATE)?;
    }
    fixture.handle_errors()?;
    for id in [FIRST, SECOND] {
        let seen = source(fixture, id)?;
        equal("adopted", seen.adopted, 0)?;
        equal("violations", seen.violations, 0)?;
        equal("counted or refused", seen.errors + seen.refused, 120)?;
    }
    Ok(())
}
