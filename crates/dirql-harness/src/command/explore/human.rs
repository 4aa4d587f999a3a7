//! The report of an exploration for people.

use std::io::{self, Write};

use ntsim::Coverage;
use ntsim::explore::{Bounds, Violation};

use super::json::{CoverageReport, ScenarioReport};
use super::{Explored, MODEL, resource};
use crate::cli::{ExploreArgs, SearchKind};
use crate::explore::images::Images;
use crate::explore::scenarios::Subject;

/// What stands above the table.
pub(super) fn heading(out: &mut dyn Write, bounds: Bounds, args: &ExploreArgs) -> io::Result<()> {
    let what = match (args.strategy, args.shard) {
        (SearchKind::Pct, _) => format!(
            "{} schedules each, drawn by priorities for bugs of depth {} from seed {}",
            args.count, args.depth, args.seed
        ),
        (_, Some(shard)) => format!("share {shard}, {} preemptions at most", bounds.preemptions),
        (_, None) => format!("{} preemptions at most", bounds.preemptions),
    };
    writeln!(out, "{what}, at {} points; {MODEL}", bounds.points)?;
    writeln!(
        out,
        "{:32} {:7} {:>7} {:>9} {:>12} {:>8} {:>7}  outcome",
        "scenario", "by", "choices", "schedules", "instructions", "a second", "resets"
    )
}

/// A scenario's line in the table, and, below it, the tokens of schedules that were drawn.
pub(super) fn row(out: &mut dyn Write, it: &Explored) -> io::Result<()> {
    let found = &it.found;
    let seconds = found.elapsed.as_secs_f64().max(1e-9);
    let (broken, drawn) = (
        found.violations.len(),
        it.strategy != SearchKind::Exhaustive,
    );
    let end = match (found.complete, drawn) {
        (true, _) => "",
        (false, true) => "; drawn from a seed",
        (false, false) => "; ended before its end",
    };
    let outcome = match (broken, found.complete) {
        (0, true) => format!("{} choices, all taken", found.taken),
        (0, false) => format!("nothing broken so far{end}"),
        (broken, _) => format!("{broken} broken{end}"),
    };
    #[expect(
        clippy::cast_precision_loss,
        reason = "a rate is told with a few digits"
    )]
    let rate = found.schedules as f64 / seconds;
    let resets = 100.0 * found.reset.as_secs_f64() / seconds;
    writeln!(
        out,
        "{:32} {:7} {:>7} {:>9} {:>12} {rate:>8.0} {resets:>6.0}%  {outcome}",
        it.name,
        resource(it.config.interrupt),
        found.points,
        found.schedules,
        found.instructions,
    )?;
    if let Some(pct) = it.pct() {
        let found = &it.found;
        let holds = match pct.under {
            0 => "the last schedule had more than those before it, so no bound holds".to_owned(),
            under => format!(
                "each of the last {under} finds a bug of depth {} with a probability of {:.1e} at least",
                pct.depth, pct.bound
            ),
        };
        writeln!(
            out,
            "  {} contexts and {} points at most in {} schedules: {holds}; voided {} times",
            pct.contexts, pct.points, found.schedules, pct.voided
        )?;
    }
    for token in it.tokens() {
        writeln!(out, "  {token}")?;
    }
    out.flush()
}

/// What was broken in all of them.
pub(super) fn violations(
    out: &mut dyn Write,
    again: &str,
    explored: &[Explored],
) -> io::Result<()> {
    for it in explored {
        for violation in &it.found.violations {
            let token = it.token(&violation.turns);
            writeln!(out)?;
            writeln!(
                out,
                "{} by {}, {} schedules:",
                it.name,
                resource(it.config.interrupt),
                violation.schedules
            )?;
            let acted: Vec<&str> = it.names(&violation.acted).collect();
            tell(out, violation, &acted)?;
            writeln!(out, "  again: {again} --replay '{token}'")?;
        }
    }
    Ok(())
}

/// What is broken: the rule, the actors in their order, and each place with the calls that led there.
pub(super) fn tell(out: &mut dyn Write, violation: &Violation, acted: &[&str]) -> io::Result<()> {
    let failure = &violation.failure;
    writeln!(out, "  {}: {}", failure.cause.heading(), failure.message)?;
    if !acted.is_empty() {
        writeln!(out, "  in this order: {}", acted.join("; "))?;
    }
    for (index, site) in violation.sites.iter().enumerate() {
        let which = if index == 0 {
            "at"
        } else {
            "and, before that, at"
        };
        writeln!(out, "  {which} {}", site.place)?;
        for call in &site.calls {
            writeln!(out, "    in {call}")?;
        }
    }
    if violation.sites.is_empty() {
        for call in &failure.backtrace {
            writeln!(out, "    in {call}")?;
        }
    }
    Ok(())
}

/// What was executed of each image that was explored, in each scenario and in all of them.
pub(super) fn coverage(
    out: &mut dyn Write,
    images: &Images,
    explored: &[Explored],
) -> io::Result<()> {
    for subject in Subject::ALL {
        let (Some(sum), Some(image)) = (super::sum(explored, subject), images.of(subject)) else {
            continue;
        };
        let all = Coverage::instructions_of(image);
        writeln!(out)?;
        writeln!(out, "of {all} instructions of the {subject} were executed:")?;
        for it in explored.iter().filter(|it| it.subject == subject) {
            let count = it.found.coverage.instructions();
            let by = resource(it.config.interrupt);
            writeln!(out, "  {count:>7} in {} by {by}", it.name)?;
        }
        writeln!(out, "  {:>7} in all of them", sum.instructions())?;
        writeln!(out, "branches of the {subject} that none of them executed:")?;
        for branch in sum.never_executed(image) {
            writeln!(out, "  {branch}")?;
        }
    }
    Ok(())
}

/// A campaign has come by a scenario.
pub(super) fn visit(out: &mut dyn Write, report: &ScenarioReport, drawn: u64) -> io::Result<()> {
    let outcome = if report.complete {
        "searched to its end".to_owned()
    } else {
        format!("{drawn} drawn so far")
    };
    writeln!(
        out,
        "{:32} {:7} {:>9} schedules, {outcome}, {} broken",
        report.name,
        report.interrupt,
        report.schedules,
        report.violations.len()
    )?;
    out.flush()
}

/// How much of each image several runs have executed.
pub(super) fn covered(out: &mut dyn Write, sums: &[Option<CoverageReport>; 2]) -> io::Result<()> {
    for (subject, sum) in Subject::ALL.iter().zip(sums) {
        if let Some(sum) = sum {
            writeln!(
                out,
                "of {} instructions of the {subject} {} were executed",
                sum.instructions, sum.executed
            )?;
        }
    }
    Ok(())
}

/// What was broken in a scenario, by its report.
pub(super) fn broken(out: &mut dyn Write, report: &ScenarioReport) -> io::Result<()> {
    for violation in &report.violations {
        writeln!(out)?;
        writeln!(
            out,
            "{}, {} schedules:",
            report.title(),
            violation.schedules
        )?;
        writeln!(out, "  {}: {}", violation.rule, violation.message)?;
        if !violation.acted.is_empty() {
            writeln!(out, "  in this order: {}", violation.acted.join("; "))?;
        }
        for site in &violation.sites {
            writeln!(out, "  at {site}")?;
        }
        writeln!(out, "  again: {}", violation.again)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use nt_model::{Failure, Rule};
    use ntsim::explore::Site;

    use super::*;

    #[test]
    fn a_race_is_told_with_its_actors_and_both_places_and_their_calls() {
        let site = |place: &str, calls: &[&str]| Site {
            place: place.to_owned(),
            calls: calls.iter().map(|call| (*call).to_owned()).collect(),
        };
        let violation = Violation {
            failure: Failure::new(Rule::Race, "two accesses"),
            sites: vec![
                site(
                    "a.rs:1",
                    &["driver!one+0x4 (a.rs:1)", "driver!caller+0x9 (c.rs:3)"],
                ),
                site("b.rs:2", &["driver!isr+0x8 (b.rs:2)"]),
            ],
            turns: Vec::new(),
            acted: vec![0, 1],
            schedules: 3,
        };
        let mut out = Vec::new();
        tell(&mut out, &violation, &["query", "the device raises 0x1"]).expect("a vector takes it");
        assert_eq!(
            String::from_utf8_lossy(&out),
            "  rule race: two accesses\n  in this order: query; the device raises 0x1\n  at a.rs:1\n    in driver!one+0x4 (a.rs:1)\n    in driver!caller+0x9 (c.rs:3)\n  and, before that, at b.rs:2\n    in driver!isr+0x8 (b.rs:2)\n"
        );
    }
}
