//! The PSHED plug-in: its registration, its callbacks, and closures that keep a handler out.
//!
//! Most of it needs a machine whose errors a test can order, so that it is skipped on a real one. There the
//! registration, the list of sources, injection and the bad inputs are seen.

mod callbacks;
mod inputs;
mod registration;
mod synchronize;

use dirql_ioctl::Status;
use dirql_ioctl::pshed::{
    AdoptRequest, PshedReply, Source, SourcesReply, SynchronizeSourceReply,
    SynchronizeSourceRequest,
};
use nt_model::{ErrorSourceKind, Order, Policy};

use super::suite;
use crate::check::{Stop, Verdict, fail};
use crate::fixture::Fixture;
use crate::message::{Pshed, PshedSources};
use crate::target::{EVERY_AREA, Setup, handler_policies};

use callbacks::{
    every_callback_is_counted, foreign_sources_stay_with_pshed, injections_are_counted_apart,
    records_are_kept_read_and_cleared, the_drivers_own_source_is_served,
};
use inputs::{bad_inputs_are_refused, rights_are_asked_for, unknown_sources_are_not_found};
use registration::{
    a_later_plugin_displaces_and_gives_back, adopting_is_off_by_default,
    an_empty_list_of_sources_is_success, no_area_is_no_registration, registered_for_injection_only,
    the_driver_unloads_while_errors_arrive, without_whea_the_device_is_served,
};
use synchronize::{
    a_claim_is_the_holders_while_its_source_changes, adopted_sources_are_let_go_of_under_fire,
    callers_above_passive_need_the_parameter, closures_keep_the_handler_out,
    contention_is_told_where_no_lock_is_held, each_handler_has_its_own_level,
    the_handler_of_another_source_is_not_excluded, under_the_lock_nothing_is_contended,
    what_nothing_masks_is_refused, who_finds_a_claim_taken_leaves_it_taken,
};

suite! { "pshed":
    registered_for_injection_only,
    an_empty_list_of_sources_is_success,
    without_whea_the_device_is_served,
    no_area_is_no_registration,
    adopting_is_off_by_default,
    a_later_plugin_displaces_and_gives_back,
    every_callback_is_counted,
    foreign_sources_stay_with_pshed,
    the_drivers_own_source_is_served,
    injections_are_counted_apart,
    records_are_kept_read_and_cleared,
    each_handler_has_its_own_level,
    callers_above_passive_need_the_parameter,
    what_nothing_masks_is_refused,
    closures_keep_the_handler_out,
    under_the_lock_nothing_is_contended,
    contention_is_told_where_no_lock_is_held needs Interleaving,
    who_finds_a_claim_taken_leaves_it_taken needs Interleaving,
    a_claim_is_the_holders_while_its_source_changes needs Interleaving,
    the_handler_of_another_source_is_not_excluded needs Interleaving,
    adopted_sources_are_let_go_of_under_fire,
    the_driver_unloads_while_errors_arrive,
    bad_inputs_are_refused,
    rights_are_asked_for,
    unknown_sources_are_not_found,
}

/// The number of the first source of a test's machine.
const FIRST: u32 = 7;
/// The number of the second one.
const SECOND: u32 = 8;

/// A machine with these sources, numbered from [`FIRST`], and a plug-in that takes part in everything.
fn machine(kinds: &[ErrorSourceKind]) -> Setup {
    Setup {
        parameters: vec![
            ("PshedAreas", EVERY_AREA),
            ("PshedAdopt", 1),
            ("PshedCallersAtDispatch", 1),
        ],
        sources: (FIRST..).zip(kinds.iter().copied()).collect(),
        ..Setup::default()
    }
}

/// The same under a policy.
fn machine_under(policy: Policy, kinds: &[ErrorSourceKind]) -> Setup {
    Setup {
        policy: Some(policy),
        ..machine(kinds)
    }
}

/// The policies that a test goes through: the target's, in every combination of what is open about handlers.
fn policies(fixture: &Fixture<'_>) -> impl Iterator<Item = Policy> + use<> {
    handler_policies(fixture.facts.policy.unwrap_or_default())
}

/// The one of them under which a handler holds no lock while the plug-in works, and runs on any processor.
fn unlocked(fixture: &Fixture<'_>) -> Policy {
    policies(fixture).next().unwrap_or_default()
}

/// What the driver says of its plug-in.
fn query(fixture: &mut Fixture<'_>) -> Result<PshedReply, Stop> {
    let asked = fixture.start(fixture.main, &Pshed)?;
    match fixture.outcome(asked)? {
        Ok(reply) => Ok(reply),
        Err(answer) if answer.is(Status::INVALID_DEVICE_REQUEST) => Err(Stop::Skipped(
            "the image was built without the feature pshed".to_owned(),
        )),
        Err(answer) => fail(format_args!("the query of the plug-in ends with {answer}")),
    }
}

/// The sources that the plug-in has seen.
fn sources(fixture: &mut Fixture<'_>) -> Result<SourcesReply, Stop> {
    query(fixture)?;
    fixture.ask(fixture.main, &PshedSources)
}

/// One of them.
fn source(fixture: &mut Fixture<'_>, id: u32) -> Result<Source, Stop> {
    let seen = sources(fixture)?;
    let found = seen.sources.into_iter().find(|source| source.id == id);
    match found {
        Some(source) => Ok(source),
        None => fail(format_args!("the plug-in has not seen source {id}")),
    }
}

/// Boots the machine and has PSHED show its sources to the plug-in.
fn boot(fixture: &mut Fixture<'_>, setup: &Setup) -> Verdict {
    query(fixture)?;
    fixture.boot(setup)?;
    for (id, _) in &setup.sources {
        fixture.order(Order::Set(*id))?;
    }
    Ok(())
}

/// The same, with every source adopted.
fn boot_and_adopt(fixture: &mut Fixture<'_>, setup: &Setup) -> Verdict {
    boot(fixture, setup)?;
    for (id, _) in &setup.sources {
        fixture.ask(fixture.main, &adopt(*id))?;
    }
    Ok(())
}

const fn adopt(source: u32) -> AdoptRequest {
    AdoptRequest { source, adopt: 1 }
}

const fn release(source: u32) -> AdoptRequest {
    AdoptRequest { source, adopt: 0 }
}

const fn closures(source: u32, repeat: u32) -> SynchronizeSourceRequest {
    SynchronizeSourceRequest {
        source,
        caller_irql: 0,
        repeat,
        reserved: 0,
        amount: 3,
    }
}

/// Runs closures on a source.
#[track_caller]
fn run(
    fixture: &mut Fixture<'_>,
    source: u32,
    repeat: u32,
) -> Result<SynchronizeSourceReply, Stop> {
    fixture.ask(fixture.main, &closures(source, repeat))
}
