//! Registration: what the plug-in takes part in, what it does without, and how it ends.

use dirql_ioctl::Status;
use dirql_ioctl::pshed::{InjectRequest, failure};
use nt_model::{ErrorSourceKind, Order, Severity};

use super::{
    FIRST, SECOND, adopt, boot, boot_and_adopt, closures, machine, policies, query, run, source,
    sources,
};
use crate::check::{Verdict, equal, that};
use crate::fixture::Fixture;
use crate::target::Setup;

const INJECTION: u32 = 0x20;

pub(super) fn registered_for_injection_only(fixture: &mut Fixture<'_>) -> Verdict {
    let reply = query(fixture)?;
    if fixture.facts.fresh_per_test {
        equal("registered", reply.registered, 1)?;
    }
    if reply.registered == 1 {
        equal("failure", reply.failure, failure::NONE)?;
        that(
            reply.areas != 0,
            "a registered plug-in takes part in nothing",
        )?;
        if fixture.facts.fresh_per_test {
            equal("areas", reply.areas, INJECTION)?;
            equal("adopts", reply.adopts, 0)?;
            equal("callers at DISPATCH_LEVEL", reply.callers_at_dispatch, 0)?;
        }
    } else {
        that(
            reply.failure != failure::NONE,
            "a plug-in that is not registered has no reason",
        )?;
    }
    equal("callbacks above their level", reply.above_level, 0)
}

pub(super) fn an_empty_list_of_sources_is_success(fixture: &mut Fixture<'_>) -> Verdict {
    let seen = sources(fixture)?;
    if fixture.facts.fresh_per_test {
        equal("sources", seen.count, 0)?;
    }
    let filled = seen.sources.iter().filter(|source| source.id != 0).count();
    equal("filled entries", filled, seen.count as usize)
}

pub(super) fn without_whea_the_device_is_served(fixture: &mut Fixture<'_>) -> Verdict {
    query(fixture)?;
    fixture.boot(&Setup {
        whea: false,
        ..machine(&[])
    })?;
    let reply = query(fixture)?;
    equal("registered", reply.registered, 0)?;
    equal("failure", reply.failure, failure::NO_WHEA)?;
    equal("sources", sources(fixture)?.count, 0)?;
    let none = Status::NOT_SUPPORTED;
    fixture.refuse(fixture.main, &closures(FIRST, 1), none)?;
    fixture.refuse(fixture.main, &adopt(FIRST), none)?;
    fixture.refuse(fixture.main, &InjectRequest::default(), none)?;
    fixture.interrupt(0x1).map(drop)
}

pub(super) fn no_area_is_no_registration(fixture: &mut Fixture<'_>) -> Verdict {
    query(fixture)?;
    // Discovery is not for a plug-in that can be unloaded, and is left out.
    for areas in [0, 1] {
        fixture.boot(&Setup {
            parameters: vec![("PshedAreas", areas)],
            ..Setup::default()
        })?;
        let reply = query(fixture)?;
        equal("registered", reply.registered, 0)?;
        equal("failure", reply.failure, failure::NOT_WANTED)?;
        fixture.interrupt(0x1)?;
    }
    Ok(())
}

pub(super) fn adopting_is_off_by_default(fixture: &mut Fixture<'_>) -> Verdict {
    let mut setup = machine(&[ErrorSourceKind::CorrectedMachineCheck]);
    setup.parameters = vec![("PshedAreas", crate::target::EVERY_AREA)];
    boot(fixture, &setup)?;
    equal("maskable", source(fixture, FIRST)?.maskable, 1)?;
    fixture.refuse(fixture.main, &adopt(FIRST), Status::NOT_SUPPORTED)?;
    let state = Status::INVALID_DEVICE_STATE;
    fixture.refuse(fixture.main, &closures(FIRST, 1), state)
}

pub(super) fn a_later_plugin_displaces_and_gives_back(fixture: &mut Fixture<'_>) -> Verdict {
    // An earlier plug-in is displaced by the driver's.
    let setup = Setup {
        earlier_plugin: INJECTION,
        ..machine(&[])
    };
    boot(fixture, &setup)?;
    let inject = Order::Inject {
        error_type: 0x8,
        parameters: [0; 4],
    };
    that(
        fixture.order(inject)?.by_plugin,
        "the last registrant is not called",
    )?;
    equal("injections", query(fixture)?.callbacks.inject, 1)?;
    // A later one displaces the driver's, in its areas only.
    fixture.other_plugin(INJECTION)?;
    that(
        !fixture.order(inject)?.by_plugin,
        "an earlier registrant is called",
    )?;
    equal("injections", query(fixture)?.callbacks.inject, 1)?;
    equal(
        "answer of a dummy",
        fixture.order(Order::WriteDummy)?.status,
        Status::SUCCESS,
    )?;
    equal("records", query(fixture)?.callbacks.write, 1)?;
    fixture.other_plugin(0)?;
    that(
        fixture.order(inject)?.by_plugin,
        "the last registrant is not called",
    )?;
    equal("injections", query(fixture)?.callbacks.inject, 2)
}

pub(super) fn the_driver_unloads_while_errors_arrive(fixture: &mut Fixture<'_>) -> Verdict {
    let kinds = [ErrorSourceKind::CorrectedMachineCheck, ErrorSourceKind::Nmi];
    for policy in policies(fixture) {
        let mut setup = machine(&kinds);
        setup.policy = Some(policy);
        boot(fixture, &setup)?;
        fixture.ask(fixture.main, &adopt(FIRST))?;
        for id in [FIRST, SECOND] {
            fixture.raise_errors(id, 200, Severity::Corrected)?;
        }
        run(fixture, FIRST, 5)?;
        // The next boot removes the device and unloads the driver, with errors still to come.
    }
    boot_and_adopt(fixture, &machine(&kinds[..1]))
}
