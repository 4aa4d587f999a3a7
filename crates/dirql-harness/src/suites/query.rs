//! Query: what the driver says of itself and of its connection.

use core::iter::zip;

use dirql_ioctl::connection::{Kind, MODE_LATCHED, MODE_LEVEL_SENSITIVE};
use nt_model::InterruptResource;

use super::suite;
use crate::check::{Verdict, equal, that, within};
use crate::fixture::Fixture;

suite! { "query":
    reports_the_contract_and_a_driver_version,
    reads_the_identification_of_the_edu_device,
    connection_fits_the_interrupt_resource,
    interrupt_is_active_after_start,
    first_connection_is_generation_one,
    synchronize_irql_is_a_device_irql_that_covers_the_interrupt,
    two_queries_agree,
}

/// Device interrupts occupy the IRQLs between DISPATCH (2) and CLOCK (13) of x64.
const DEVICE_IRQLS: core::ops::RangeInclusive<u32> = 3..=12;

fn reports_the_contract_and_a_driver_version(fixture: &mut Fixture<'_>) -> Verdict {
    let query = fixture.query()?;
    equal(
        "contract version",
        query.contract_version,
        dirql_ioctl::CONTRACT_VERSION,
    )?;
    that(query.driver_version != 0, "the driver's version is 0")?;
    equal(
        "byte 3 of the driver version, which has major, minor and patch in bytes 2 to 0",
        query.driver_version >> 24,
        0,
    )
}

fn reads_the_identification_of_the_edu_device(fixture: &mut Fixture<'_>) -> Verdict {
    let identification = fixture.query()?.device_identification;
    equal(
        "the device's identification register",
        identification,
        0x0100_00ED,
    )
}

fn connection_fits_the_interrupt_resource(fixture: &mut Fixture<'_>) -> Verdict {
    let connection = fixture.connection()?;
    let message = fixture.variant.resource == InterruptResource::Message;
    equal(
        "resource_is_message",
        connection.resource_is_message,
        message.into(),
    )?;
    for (field, kind) in zip(
        ["kind_asked", "kind_got"],
        [connection.kind_asked, connection.kind_got],
    ) {
        that(
            Kind::from_u32(kind).is_some(),
            format_args!("{field} is {kind}, which numbers no kind"),
        )?;
    }
    that(connection.vector != 0, "the vector is 0")?;
    if message {
        equal("mode of a message", connection.mode, MODE_LATCHED)?;
        within(
            "messages of a message resource",
            connection.message_count,
            1..=2048,
        )
    } else {
        equal("mode of a line", connection.mode, MODE_LEVEL_SENSITIVE)?;
        equal("messages of a line", connection.message_count, 0)
    }
}

fn interrupt_is_active_after_start(fixture: &mut Fixture<'_>) -> Verdict {
    equal("active", fixture.connection()?.active, 1)
}

fn first_connection_is_generation_one(fixture: &mut Fixture<'_>) -> Verdict {
    let generation = fixture.connection()?.generation;
    if fixture.facts.fresh_per_test {
        equal("generation of a fresh driver", generation, 1)
    } else {
        that(generation != 0, "a connected interrupt has generation 0")
    }
}

fn synchronize_irql_is_a_device_irql_that_covers_the_interrupt(
    fixture: &mut Fixture<'_>,
) -> Verdict {
    let connection = fixture.connection()?;
    within("IRQL of the interrupt", connection.irql, DEVICE_IRQLS)?;
    within(
        "SynchronizeIrql",
        connection.synchronize_irql,
        connection.irql..=*DEVICE_IRQLS.end(),
    )
}

fn two_queries_agree(fixture: &mut Fixture<'_>) -> Verdict {
    let first = fixture.query()?;
    let second = fixture.query()?;
    equal("the second query", second, first)
}
