//! The callbacks: what PSHED calls for, and what the plug-in leaves to it.

use dirql_ioctl::pshed::{Callbacks, InjectRequest, OWN_SOURCE};
use nt_model::{ErrorSourceKind, Order, Severity, Status};

use super::{FIRST, boot, machine, query, source};
use crate::check::{Verdict, equal, that};
use crate::fixture::Fixture;
use crate::target::Setup;

/// The kinds of error that hardware corrects.
const CORRECTABLE: u64 = 0x249;

pub(super) fn every_callback_is_counted(fixture: &mut Fixture<'_>) -> Verdict {
    boot(fixture, &machine(&[ErrorSourceKind::PciExpress]))?;
    fixture.order(Order::Enable(FIRST))?;
    fixture.order(Order::Disable(FIRST))?;
    // One after the other: two at a time, on two processors, may find each other in the state.
    for _ in 0..3 {
        fixture.raise_errors(FIRST, 1, Severity::Recoverable)?;
        fixture.handle_errors()?;
    }
    fixture.order(Order::WriteDummy)?;
    fixture.order(Order::Read(1, 128))?;
    fixture.order(Order::Clear(9))?;
    let capabilities = fixture.order(Order::Capabilities)?;
    equal("capabilities", capabilities.value, CORRECTABLE)?;
    fixture.order(Order::Inject {
        error_type: 0x1,
        parameters: [1, 2, 3, 4],
    })?;
    let reply = query(fixture)?;
    equal(
        "callbacks",
        reply.callbacks,
        Callbacks {
            set: 1,
            enable: 1,
            disable: 1,
            retrieve: 3,
            finalize: 3,
            clear_status: 3,
            // Three records and a dummy.
            write: 4,
            read: 1,
            clear_record: 1,
            recover: 3,
            capabilities: 1,
            inject: 1,
            inject_direct: 0,
        },
    )?;
    equal("callbacks above their level", reply.above_level, 0)?;
    let seen = source(fixture, FIRST)?;
    equal("errors", seen.errors, 3)?;
    equal("violations", seen.violations, 0)
}

pub(super) fn foreign_sources_stay_with_pshed(fixture: &mut Fixture<'_>) -> Verdict {
    boot(fixture, &machine(&ErrorSourceKind::MASKABLE))?;
    for (id, _) in (FIRST..).zip(ErrorSourceKind::MASKABLE) {
        for (order, enabled) in [
            (Order::Enable(id), true),
            (Order::Disable(id), false),
            (Order::Enable(id), true),
        ] {
            let outcome = fixture.order(order)?;
            equal("status", outcome.status, Status::SUCCESS)?;
            that(
                !outcome.by_plugin,
                "the plug-in says that it controls a source that is not its own",
            )?;
            equal(
                "enabled by PSHED",
                fixture.error_source(id)?.enabled,
                enabled,
            )?;
        }
        for _ in 0..4 {
            fixture.raise_errors(id, 1, Severity::Corrected)?;
            fixture.handle_errors()?;
        }
        let report = fixture.error_source(id)?;
        equal("handled", report.handled, 4)?;
        equal("served by the plug-in", report.served_by_plugin, 0)?;
        equal("seen errors", source(fixture, id)?.errors, 4)?;
    }
    Ok(())
}

pub(super) fn the_drivers_own_source_is_served(fixture: &mut Fixture<'_>) -> Verdict {
    let mut setup = machine(&[]);
    setup.parameters.push(("PshedOwnSource", 1));
    boot(fixture, &setup)?;
    let reply = query(fixture)?;
    equal("status of adding it", reply.own_source_status, 0)?;
    equal("own source", reply.own_source, 1)?;
    fixture.handle_errors()?;
    for _ in 0..2 {
        fixture.raise_errors(OWN_SOURCE, 1, Severity::Corrected)?;
        fixture.handle_errors()?;
    }
    let report = fixture.error_source(OWN_SOURCE)?;
    equal("handled", report.handled, 2)?;
    // It is configured and enabled, and of each error retrieved, finalized and cleared.
    equal("served by the plug-in", report.served_by_plugin, 8)?;
    equal("served by PSHED", report.served_by_pshed, 0)?;
    equal("errors", source(fixture, OWN_SOURCE)?.errors, 2)
}

pub(super) fn injections_are_counted_apart(fixture: &mut Fixture<'_>) -> Verdict {
    let before = query(fixture)?;
    if before.registered == 0 {
        return Err(crate::check::Stop::Skipped(
            "the plug-in is not registered here".to_owned(),
        ));
    }
    let direct = |error_type| InjectRequest {
        error_type,
        parameters: [1, 2, 3, u64::MAX],
    };
    let mut sent = 0;
    for (error_type, status) in [
        (0x1, Status::SUCCESS),
        (0x8, Status::SUCCESS),
        (0x40, Status::SUCCESS),
        (0x200, Status::SUCCESS),
        (0x2, Status::NOT_SUPPORTED),
        (0x800, Status::NOT_SUPPORTED),
        (0, Status::INVALID_PARAMETER),
        (0x9, Status::INVALID_PARAMETER),
        // The header gives the type 64 bits; a 32-bit reading would take this for none.
        (1 << 32, Status::INVALID_PARAMETER),
        (1 << 32 | 1, Status::INVALID_PARAMETER),
    ] {
        let reply = fixture.ask(fixture.main, &direct(error_type))?;
        let answered = Status(reply.status);
        equal(format_args!("type {error_type:#x}"), answered, status)?;
        sent += 1;
    }
    let after = query(fixture)?.callbacks;
    equal(
        "direct",
        after.inject_direct - before.callbacks.inject_direct,
        sent,
    )?;
    equal("by WHEA", after.inject, before.callbacks.inject)?;
    if !fixture.facts.fresh_per_test {
        return Ok(());
    }
    for (error_type, status) in [
        (0x8, Status::SUCCESS),
        (0x20, Status::NOT_SUPPORTED),
        (1 << 32, Status::INVALID_PARAMETER),
    ] {
        let outcome = fixture.order(Order::Inject {
            error_type,
            parameters: [0; 4],
        })?;
        equal(format_args!("type {error_type:#x}"), outcome.status, status)?;
        that(outcome.by_plugin, "the plug-in was not called")?;
    }
    let now = query(fixture)?.callbacks;
    equal("by WHEA", now.inject - after.inject, 3)?;
    equal("direct", now.inject_direct, after.inject_direct)
}

pub(super) fn records_are_kept_read_and_cleared(fixture: &mut Fixture<'_>) -> Verdict {
    let setup = Setup {
        sources: vec![(FIRST, ErrorSourceKind::GenericV2)],
        ..machine(&[])
    };
    boot(fixture, &setup)?;
    let status =
        |fixture: &mut Fixture<'_>, order| fixture.order(order).map(|outcome| outcome.status);
    equal(
        "before any",
        status(fixture, Order::Read(1, 128))?,
        Status::OBJECT_NAME_NOT_FOUND,
    )?;
    fixture.raise_errors(FIRST, 1, Severity::Recoverable)?;
    fixture.handle_errors()?;
    let short = fixture.order(Order::Read(1, 100))?;
    equal("into too little", short.status, Status::BUFFER_TOO_SMALL)?;
    equal("bytes that it needs", short.value, 128)?;
    equal(
        "the record",
        status(fixture, Order::Read(1, 128))?,
        Status::SUCCESS,
    )?;
    equal(
        "another",
        status(fixture, Order::Read(2, 128))?,
        Status::OBJECT_NAME_NOT_FOUND,
    )?;
    equal(
        "another cleared",
        status(fixture, Order::Clear(2))?,
        Status::OBJECT_NAME_NOT_FOUND,
    )?;
    equal(
        "cleared",
        status(fixture, Order::Clear(1))?,
        Status::SUCCESS,
    )?;
    equal(
        "after that",
        status(fixture, Order::Read(1, 128))?,
        Status::OBJECT_NAME_NOT_FOUND,
    )
}
