//! Errors: every documented refusal, and that a refused request changes nothing.
//!
//! After each refusal query and statistics are compared with what they were before. The table has no line for
//! the statuses that no request of a handle can provoke on its own: the suite `faults` has a system refuse the
//! driver what it asks for.

pub mod table;
pub mod valid;

use dirql_ioctl::interrupt::SetActiveRequest;
use dirql_ioctl::{Status, code};

use self::table::Case;
use self::valid::{ends_of_ranges, valid_requests, valid_requests_by};
use super::suite;
use crate::check::{Verdict, equal};
use crate::contract::{Documented, documented};
use crate::damage::damage;
use crate::fixture::Fixture;
use crate::message::{lengths, name};
use crate::target::OpenAccess;

suite! { "errors":
    codes_one_bit_away_are_unknown,
    codes_with_any_other_access_bits_are_unknown,
    inputs_of_another_length_are_refused,
    outputs_that_are_too_short_are_refused,
    outputs_that_are_longer_are_served_exactly,
    arguments_out_of_range_are_refused,
    arguments_at_the_ends_of_their_range_are_served,
    first_failed_check_decides,
    wrong_state_is_refused_after_wrong_arguments,
    read_only_handle_cannot_change_state,
    write_only_handle_cannot_look,
    handle_without_rights_can_do_nothing,
    random_requests_are_answered_as_documented,
    random_requests_while_inactive_are_answered_as_documented,
}

/// Every case is refused as its line says, and changes nothing.
///
/// # Errors
///
/// [`crate::check::Stop::Failed`] where one is not.
#[track_caller]
pub(super) fn refused(fixture: &mut Fixture<'_>, cases: Vec<Case>) -> Verdict {
    let before = fixture.reported_state()?;
    for case in cases {
        fixture.refused_and_unchanged(
            &before,
            fixture.main,
            (case.code, &case.input, case.output_len),
            case.status,
            &case.to_string(),
        )?;
    }
    Ok(())
}

fn codes_one_bit_away_are_unknown(fixture: &mut Fixture<'_>) -> Verdict {
    refused(fixture, table::unknown_codes())
}

fn codes_with_any_other_access_bits_are_unknown(fixture: &mut Fixture<'_>) -> Verdict {
    refused(fixture, table::other_access_bits())
}

fn inputs_of_another_length_are_refused(fixture: &mut Fixture<'_>) -> Verdict {
    let mut cases = table::lengths();
    cases.retain(|case| case.status == Status::INVALID_BUFFER_SIZE);
    refused(fixture, cases)
}

fn outputs_that_are_too_short_are_refused(fixture: &mut Fixture<'_>) -> Verdict {
    let mut cases = table::lengths();
    cases.retain(|case| case.status == Status::BUFFER_TOO_SMALL);
    refused(fixture, cases)
}

fn outputs_that_are_longer_are_served_exactly(fixture: &mut Fixture<'_>) -> Verdict {
    for (code, input, reply_len) in valid_requests_by(fixture.any_kind()) {
        for extra in [1, 8, 4096] {
            let completion = fixture.request(fixture.main, code, &input, reply_len + extra)?;
            let what = name(code);
            equal(
                format_args!("{what}: answer"),
                completion.answer.is_success(),
                true,
            )?;
            equal(
                format_args!("{what}: bytes"),
                completion.information,
                reply_len,
            )?;
        }
    }
    Ok(())
}

fn arguments_out_of_range_are_refused(fixture: &mut Fixture<'_>) -> Verdict {
    refused(fixture, table::arguments())
}

fn arguments_at_the_ends_of_their_range_are_served(fixture: &mut Fixture<'_>) -> Verdict {
    for (code, input) in ends_of_ranges() {
        let (_, reply_len) = lengths(code).unwrap_or_default();
        let completion = fixture.request(fixture.main, code, &input, reply_len)?;
        equal(
            format_args!("{} with {input:02x?}: answer", name(code)),
            completion.answer.is_success(),
            true,
        )?;
    }
    Ok(())
}

fn first_failed_check_decides(fixture: &mut Fixture<'_>) -> Verdict {
    refused(fixture, table::order_of_checks())
}

fn wrong_state_is_refused_after_wrong_arguments(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.set_active(false)?;
    refused(fixture, table::inactive())?;
    refused(fixture, table::arguments())?;
    refused(fixture, table::order_of_checks())
}

/// Every valid request whose code asks for a right that `access` lacks is denied, and the others
/// are served.
#[track_caller]
fn rights(fixture: &mut Fixture<'_>, access: OpenAccess) -> Verdict {
    let handle = fixture.open(access)?;
    for (code, input, reply_len) in valid_requests_by(fixture.any_kind()) {
        let before = fixture.reported_state()?;
        match documented(access, code, &input, reply_len) {
            Documented::Refused(status) | Documented::RefusedOrUnknown(status) => fixture
                .refused_and_unchanged(
                    &before,
                    handle,
                    (code, &input, reply_len),
                    status,
                    &format!("{} without the right to it", name(code)),
                )?,
            Documented::ServedOr(_) => {
                let completion = fixture.request(handle, code, &input, reply_len)?;
                equal(name(code), completion.answer.is_success(), true)?;
                // What was raised must not count as a change of the next refusal.
                fixture.settle()?;
            }
        }
    }
    Ok(())
}

fn read_only_handle_cannot_change_state(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.interrupt(0x1)?;
    rights(fixture, OpenAccess::READ)
}

fn write_only_handle_cannot_look(fixture: &mut Fixture<'_>) -> Verdict {
    rights(fixture, OpenAccess::WRITE)
}

fn handle_without_rights_can_do_nothing(fixture: &mut Fixture<'_>) -> Verdict {
    rights(fixture, OpenAccess::NONE)
}

fn random_requests_are_answered_as_documented(fixture: &mut Fixture<'_>) -> Verdict {
    random_requests(fixture)
}

fn random_requests_while_inactive_are_answered_as_documented(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.set_active(false)?;
    random_requests(fixture)
}

/// Valid requests, damaged at random. The judge of every completion knows what to expect.
fn random_requests(fixture: &mut Fixture<'_>) -> Verdict {
    const REQUESTS: usize = 300;
    let valid = valid_requests();
    for _ in 0..REQUESTS {
        let (mut code, mut input, mut output_len) =
            valid[fixture.choices.below(valid.len())].clone();
        for _ in 0..fixture.choices.below(3) {
            damage(&mut fixture.choices, &mut code, &mut input, &mut output_len);
        }
        // Whether these end soon, or ever, when they are served is for other suites to say.
        let may_last = [code::WAIT, code::STRESS, code::SET_ACTIVE].contains(&code);
        let judged = documented(OpenAccess::BOTH, code, &input, output_len);
        if may_last && matches!(judged, Documented::ServedOr(_)) {
            continue;
        }
        fixture.request(fixture.main, code, &input, output_len)?;
    }
    let active = fixture.connection()?.active;
    fixture.ask(
        fixture.main,
        &SetActiveRequest {
            active,
            reserved: 0,
        },
    )
}
