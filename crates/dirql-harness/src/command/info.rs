//! `dirql info`.

use std::io::Write;

use dirql_ioctl::connection::{Kind, MODE_LATCHED, QueryReply};
use nt_model::Strategy;

use super::{Trouble, of_failure};
use crate::check::Stop;
use crate::cli::InfoArgs;
use crate::exit::Exit;
use crate::fixture::Fixture;
use crate::run::version;
use crate::target::{Asked, select};

pub(super) fn info(out: &mut dyn Write, args: &InfoArgs) -> Result<Exit, Trouble> {
    let target = select(&args.place, Asked::default())?;
    let mut told = false;
    for variant in &target.facts().variants {
        if variant.schedule == Some(Strategy::Random) {
            // The driver says the same under any schedule.
            continue;
        }
        let (verdict, evidence) = Fixture::with(target.as_ref(), *variant, 0, |_| Ok(()));
        if let Err(Stop::Failed(failure)) = verdict {
            let (heading, exit) = (failure.cause.heading(), of_failure(&failure));
            let location = failure.location.map(|location| format!(" ({location})"));
            let calls = failure.backtrace.iter();
            let calls: String = calls.flat_map(|call| ["\n  in ", call]).collect();
            return Err(Trouble::Driver(
                format!(
                    "{variant}: {heading}: {}{}{calls}",
                    failure.message,
                    location.unwrap_or_default()
                ),
                exit,
            ));
        }
        let Some(query) = evidence.driver else {
            let message = format!("{variant}: no query was answered");
            return Err(Trouble::Driver(message, Exit::Failed));
        };
        if !told {
            told = true;
            writeln!(out, "target      {}", target.facts().name)?;
            writeln!(out, "driver      dirql_driver {}", version(&query))?;
            let (theirs, ours) = (query.contract_version, dirql_ioctl::CONTRACT_VERSION);
            writeln!(out, "contract    {theirs} (this dirql speaks {ours})")?;
            let device = query.device_identification;
            writeln!(out, "device      identification {device:#010x}")?;
        }
        connection(out, &query)?;
    }
    Ok(Exit::Passed)
}

fn connection(out: &mut dyn Write, query: &QueryReply) -> std::io::Result<()> {
    let now = &query.connection;
    let resource = if now.resource_is_message == 0 {
        "line (INTx)"
    } else {
        "message (MSI)"
    };
    let mode = if now.mode == MODE_LATCHED {
        "latched"
    } else {
        "level-sensitive"
    };
    let soft = if now.active == 0 {
        "inactive"
    } else {
        "active"
    };
    writeln!(out, "interrupt   {resource}")?;
    writeln!(
        out,
        "  connected by {}, got {}; generation {}, {soft}",
        kind(now.kind_asked),
        kind(now.kind_got),
        now.generation
    )?;
    writeln!(
        out,
        "  vector {:#x}, {mode}, {} messages",
        now.vector, now.message_count
    )?;
    writeln!(
        out,
        "  IRQL {}, SynchronizeIrql {}",
        now.irql, now.synchronize_irql
    )
}

fn kind(number: u32) -> String {
    match Kind::from_u32(number) {
        Some(Kind::FullySpecified) => "CONNECT_FULLY_SPECIFIED".to_owned(),
        Some(Kind::Line) => "CONNECT_LINE_BASED".to_owned(),
        Some(Kind::Message) => "CONNECT_MESSAGE_BASED".to_owned(),
        Some(Kind::FullySpecifiedGroup) => "CONNECT_FULLY_SPECIFIED_GROUP".to_owned(),
        Some(Kind::Framework) => "the framework".to_owned(),
        None => format!("unknown kind {number}"),
    }
}
