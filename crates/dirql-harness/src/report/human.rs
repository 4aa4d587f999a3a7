//! The report for people: a grid while the run goes on, then failures, the table of IOCTLs and the
//! summary.

use std::io::{self, Write};
use std::time::Duration;

use anstyle::Style;

use super::again::Again;
use super::style::{BAD, BOLD, DIM, GOOD, UNSURE};
use crate::exit::Exit;
use crate::plan::Planned;
use crate::run::{ENDED, Outcome, Record, Run};
use crate::target::Variant;

/// The grid: a row for each test, a column for each variant.
#[derive(Debug)]
pub struct Grid {
    variants: Vec<Variant>,
    name_width: usize,
    suite: &'static str,
    row: Option<Row>,
    left: Vec<(&'static str, &'static str)>,
}

#[derive(Debug)]
struct Row {
    suite: &'static str,
    name: &'static str,
    cells: Vec<(Variant, Outcome)>,
    duration: Duration,
}

impl Grid {
    /// The grid of a plan.
    #[must_use]
    pub fn new(plan: &[Planned]) -> Self {
        let mut variants: Vec<Variant> = plan.iter().map(|planned| planned.variant).collect();
        variants.sort_unstable();
        variants.dedup();
        let widths = plan.iter().map(|planned| planned.test.name.len());
        Self {
            variants,
            name_width: widths.max().unwrap_or(0),
            suite: "",
            row: None,
            left: plan.iter().rev().map(key).collect(),
        }
    }

    /// Takes a record, and writes the row where that was its last.
    ///
    /// # Errors
    ///
    /// What `out` fails with.
    pub fn record(&mut self, out: &mut dyn Write, record: &Record) -> io::Result<()> {
        self.left.pop();
        let (suite, name) = key(&record.planned);
        let row = self.row.get_or_insert(Row {
            suite,
            name,
            cells: Vec::new(),
            duration: Duration::ZERO,
        });
        row.cells
            .push((record.planned.variant, record.outcome.clone()));
        row.duration += record.duration;
        if self.left.last() == Some(&(suite, name)) {
            return Ok(());
        }
        match self.row.take() {
            Some(row) => self.write_row(out, &row),
            None => Ok(()),
        }
    }

    fn write_row(&mut self, out: &mut dyn Write, row: &Row) -> io::Result<()> {
        let width = self.name_width;
        if self.suite != row.suite {
            self.suite = row.suite;
            let suite = row.suite;
            write!(out, "\n{BOLD}{suite:<0$}{BOLD:#}", width + 2)?;
            for variant in &self.variants {
                write!(out, "  {DIM}{:<12}{DIM:#}", variant.to_string())?;
            }
            writeln!(out)?;
        }
        write!(out, "  {:<width$}", row.name)?;
        for variant in &self.variants {
            let cell = row.cells.iter().find(|(column, _)| column == variant);
            let (style, mark) = match cell {
                Some((_, Outcome::Passed)) => (GOOD, "ok"),
                Some((_, Outcome::Failed(_))) => (BAD, "FAILED"),
                Some((_, Outcome::Skipped(_))) => (UNSURE, "skipped"),
                Some((_, Outcome::NoVerdict(_))) => (UNSURE, "no verdict"),
                None => (DIM, "-"),
            };
            write!(out, "  {style}{mark:<12}{style:#}")?;
        }
        writeln!(out, "{DIM}{:>9}{DIM:#}", time(row.duration))
    }
}

fn key(planned: &Planned) -> (&'static str, &'static str) {
    (planned.test.suite, planned.test.name)
}

fn time(duration: Duration) -> String {
    match duration.as_millis() {
        0 => format!("{} us", duration.as_micros()),
        ms @ 1..10_000 => format!("{ms} ms"),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

/// Everything that is said after the last test.
///
/// # Errors
///
/// What `out` fails with.
pub fn summary(out: &mut dyn Write, run: &Run, again: &Again) -> io::Result<()> {
    skipped(out, run)?;
    failures(out, run, again)?;
    table(out, run)?;
    last_line(out, run)
}

/// What is said of a run that was read back from its report.
///
/// # Errors
///
/// What `out` fails with.
pub fn retold(out: &mut dyn Write, run: &Run, again: &Again) -> io::Result<()> {
    skipped(out, run)?;
    failures(out, run, again)?;
    last_line(out, run)
}

fn skipped(out: &mut dyn Write, run: &Run) -> io::Result<()> {
    let mut left = 0;
    for record in &run.records {
        match &record.outcome {
            Outcome::Skipped(reason) if reason == ENDED => left += 1,
            Outcome::Skipped(reason) => {
                let id = &record.planned.id;
                writeln!(out, "\n{UNSURE}skipped{UNSURE:#} {id}\n  {reason}")?;
            }
            _ => {}
        }
    }
    if left > 0 {
        writeln!(out, "\n{UNSURE}skipped{UNSURE:#} {left} tests: {ENDED}")?;
    }
    Ok(())
}

/// What failed or met a limit, and the command that makes each happen again.
///
/// # Errors
///
/// What `out` fails with.
pub fn failures(out: &mut dyn Write, run: &Run, again: &Again) -> io::Result<()> {
    for record in &run.records {
        let (style, word, failure) = match &record.outcome {
            Outcome::Failed(failure) => (BAD, "FAILED".to_owned(), failure),
            Outcome::NoVerdict(failure) => {
                (UNSURE, failure.cause.heading().to_uppercase(), failure)
            }
            Outcome::Passed | Outcome::Skipped(_) => continue,
        };
        let id = &record.planned.id;
        writeln!(out, "\n{style}{word}{style:#} {BOLD}{id}{BOLD:#}")?;
        let mut line = |name: &str, text: &str| {
            let text = text.trim_end().replace('\n', "\n           ");
            writeln!(out, "  {DIM}{name:<8}{DIM:#} {text}")
        };
        line("what", &failure.message)?;
        if failure.is_verdict() {
            line("rule", failure.cause.name())?;
        }
        if let Some(place) = failure.place() {
            line("driver", &place)?;
        }
        if !failure.backtrace.is_empty() {
            line("calls", &failure.backtrace.join("\n"))?;
        }
        if let Some(check) = &failure.check {
            line("check", check)?;
        }
        line("again", &again.command(run, record))?;
    }
    Ok(())
}

/// A row for each IOCTL, so that nothing needs to believe that each was answered.
fn table(out: &mut dyn Write, run: &Run) -> io::Result<()> {
    writeln!(
        out,
        "\n{BOLD}{:<18}{:>10}{:>11}{:>23}{:>11}{:>14}{BOLD:#}",
        "IOCTL", "requests", "succeeded", "refused as documented", "cancelled", "undocumented"
    )?;
    for (name, account) in run.ledger.rows() {
        let wrong = account.undocumented + account.unanswered();
        let style = if wrong > 0 { BAD } else { Style::new() };
        writeln!(
            out,
            "{name:<18}{:>10}{:>11}{:>23}{:>11}{style}{wrong:>14}{style:#}",
            account.requests, account.succeeded, account.refused, account.cancelled
        )?;
    }
    writeln!(out, "{} interrupts taken", run.interrupts)
}

fn last_line(out: &mut dyn Write, run: &Run) -> io::Result<()> {
    let sum = run.summary();
    let (style, word) = match run.exit() {
        Exit::Failed => (BAD, "FAILED"),
        Exit::Interrupted => (UNSURE, "interrupted"),
        Exit::NoVerdict => (UNSURE, "no verdict"),
        _ => (GOOD, "passed"),
    };
    let no_verdict = match sum.no_verdict {
        0 => String::new(),
        tests => format!(", {tests} without a verdict"),
    };
    let version = run.driver_version();
    writeln!(
        out,
        "\n{style}{word}{style:#}: {} passed, {} failed, {} skipped{no_verdict} in {} \
         {DIM}(target {}, driver {}, seed {}){DIM:#}",
        sum.passed,
        sum.failed,
        sum.skipped,
        time(run.duration),
        run.target,
        version.as_deref().unwrap_or("unknown"),
        run.seed,
    )
}
