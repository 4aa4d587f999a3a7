//! Bad inputs: a clear answer, and nothing changes.

use dirql_ioctl::pshed::{AdoptRequest, REPEAT_MAX, SynchronizeSourceRequest};
use dirql_ioctl::{Status, code};
use nt_model::ErrorSourceKind;

use super::{FIRST, adopt, boot_and_adopt, closures, machine, query, sources};
use crate::check::{Verdict, equal, that};
use crate::fixture::Fixture;
use crate::message::lengths;
use crate::target::OpenAccess;

pub(super) fn bad_inputs_are_refused(fixture: &mut Fixture<'_>) -> Verdict {
    let before = query(fixture)?;
    for (name, code) in code::OF_PSHED {
        let (input, output) = lengths(code).unwrap_or_default();
        for wrong in [0, 1, input / 2, input + 1, input + 8, 4096] {
            if wrong != input {
                let answer = fixture.request(fixture.main, code, &vec![0; wrong], output)?;
                that(
                    answer.answer.is(Status::INVALID_BUFFER_SIZE),
                    format_args!("{name} with {wrong} bytes ends with {}", answer.answer),
                )?;
            }
        }
        for short in [0, output / 2, output.saturating_sub(1)] {
            if short < output {
                let answer = fixture.request(fixture.main, code, &vec![0; input], short)?;
                that(
                    answer.answer.is(Status::BUFFER_TOO_SMALL),
                    format_args!("{name} into {short} bytes ends with {}", answer.answer),
                )?;
            }
        }
    }
    let good = closures(FIRST, 1);
    for bad in [
        SynchronizeSourceRequest { repeat: 0, ..good },
        SynchronizeSourceRequest {
            repeat: REPEAT_MAX + 1,
            ..good
        },
        SynchronizeSourceRequest {
            caller_irql: 3,
            ..good
        },
        SynchronizeSourceRequest {
            reserved: 1,
            ..good
        },
    ] {
        fixture.refuse(fixture.main, &bad, Status::INVALID_PARAMETER)?;
    }
    for value in [2, u32::MAX] {
        let bad = AdoptRequest {
            source: FIRST,
            adopt: value,
        };
        fixture.refuse(fixture.main, &bad, Status::INVALID_PARAMETER)?;
    }
    equal(
        "what the driver says of its plug-in",
        query(fixture)?,
        before,
    )
}

pub(super) fn rights_are_asked_for(fixture: &mut Fixture<'_>) -> Verdict {
    query(fixture)?;
    let (reads, writes) = (
        fixture.open(OpenAccess::READ)?,
        fixture.open(OpenAccess::WRITE)?,
    );
    for (name, code) in code::OF_PSHED {
        let (input, output) = lengths(code).unwrap_or_default();
        let denied = if code.0 >> 14 & 1 == 1 { writes } else { reads };
        let answer = fixture.request(denied, code, &vec![0; input], output)?;
        that(
            answer.answer.is(Status::ACCESS_DENIED),
            format_args!("{name} without its right ends with {}", answer.answer),
        )?;
    }
    Ok(())
}

pub(super) fn unknown_sources_are_not_found(fixture: &mut Fixture<'_>) -> Verdict {
    boot_and_adopt(fixture, &machine(&[ErrorSourceKind::CorrectedMachineCheck]))?;
    for id in [0, FIRST + 1, u32::MAX] {
        fixture.refuse(fixture.main, &closures(id, 1), Status::NOT_FOUND)?;
        fixture.refuse(fixture.main, &adopt(id), Status::NOT_FOUND)?;
    }
    equal("sources", sources(fixture)?.count, 1)
}
