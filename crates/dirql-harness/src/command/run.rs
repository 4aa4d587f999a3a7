//! `dirql run`.

use std::io::{self, Write};
use std::num::NonZero;
use std::thread::available_parallelism;

#[cfg(feature = "sim")]
use super::picture::{self, Shown};
use super::{Trouble, error, policies};
use crate::cli::{Format, RunArgs, TargetKind};
use crate::exit::Exit;
use crate::output::Output;
use crate::plan::{Planned, one_variant_each, plan};
use crate::progress::Progress;
use crate::report::{Again, Grid, json, junit, summary};
use crate::run::{Extent, Observer, Record, Run};
use crate::suites;
#[cfg(feature = "sim")]
use crate::target::SelectError;
use crate::target::{Asked, Target, Variant, advertised_variants, select};

pub(super) fn run(out: &mut dyn Write, program: &str, args: &RunArgs) -> Result<Exit, Trouble> {
    // Filters that match nothing are told without a driver.
    if args.replay.is_none()
        && let Ok(variants) = advertised_variants(args.place.target)
        && let Err(exit) = matched(
            &plan(&suites::all(), &variants, &args.filters),
            &args.filters,
            &variants,
        )
    {
        nothing(out, args)?;
        return Ok(exit);
    }
    if args.every_policy {
        return policies::sweep(out, program, args);
    }
    let asked = Asked {
        replay: args.replay.as_deref(),
        trace: args.trace,
        uninitialized: args.uninitialized,
        pictures: args.pictures.is_asked(),
    };
    #[cfg(feature = "sim")]
    picture::check(&args.pictures)?;
    let target = select(&args.place, asked)?;
    let variants = &target.facts().variants;
    let plan = plan(&suites::all(), variants, &args.filters);
    if let Err(exit) = matched(&plan, &args.filters, variants) {
        return Ok(exit);
    }
    let plan = if args.one_variant {
        one_variant_each(0, &plan)
    } else {
        plan
    };
    let rerun = std::env::var("DIRQL_RERUN").ok();
    let again = Again::new(program, rerun.as_deref(), &args.place).twice(args.uninitialized);
    let mut people = Output::new(anstream::stderr());
    #[cfg(feature = "sim")]
    let mut pictures = Pictures::new(args, target.as_ref(), &again);
    let mut behind = |record: &Record| {
        #[cfg(feature = "sim")]
        pictures.look(record);
        #[cfg(not(feature = "sim"))]
        let _ = record;
    };
    let run = drive(
        (out, &mut people),
        target.as_ref(),
        &plan,
        Extent {
            seed: args.seed,
            seeds: args.seeds,
            jobs: args.jobs.unwrap_or_else(processors),
        },
        args.format,
        &again,
        &mut behind,
    )?;
    #[cfg(feature = "sim")]
    pictures.write()?;
    Ok(run.exit())
}

/// The pictures that a run is asked for: of the first test that breaks something, else of the last that did anything.
#[cfg(feature = "sim")]
struct Pictures<'a> {
    args: &'a RunArgs,
    target: &'a dyn Target,
    again: &'a Again,
    found: Option<(Record, crate::target::Recorded)>,
}

#[cfg(feature = "sim")]
impl<'a> Pictures<'a> {
    fn new(args: &'a RunArgs, target: &'a dyn Target, again: &'a Again) -> Self {
        Self {
            args,
            target,
            again,
            found: None,
        }
    }

    fn look(&mut self, record: &Record) {
        let before = self.found.as_ref();
        if before.is_some_and(|(record, _)| record.outcome.failure().is_some()) {
            return;
        }
        if let Some(recorded) = self.target.recorded() {
            self.found = Some((record.clone(), recorded));
        }
    }

    fn write(&self) -> Result<(), Trouble> {
        if !self.args.pictures.is_asked() {
            return Ok(());
        }
        let Some((record, recorded)) = &self.found else {
            let message = "no test has run a machine, so there is nothing to draw";
            return Err(SelectError::Usage(message.to_owned()).into());
        };
        let run = Run::empty(self.target.facts().name, self.args.seed);
        let shown = Shown {
            title: &record.planned.id,
            failure: record.outcome.failure(),
            token: record.token.as_deref(),
            again: Some(&self.again.command(&run, record)),
        };
        picture::write(&self.args.pictures, recorded, &shown)
    }
}

/// How many processors there are.
fn processors() -> NonZero<usize> {
    available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

/// Writes the report of a run without tests, for the formats that a machine reads.
fn nothing(out: &mut dyn Write, args: &RunArgs) -> io::Result<()> {
    let name = match args.place.target {
        TargetKind::Sim => "sim",
        TargetKind::Device => "device",
    };
    let run = Run::empty(name, args.seed);
    match args.format {
        Format::Human => Ok(()),
        Format::Json => json(out, &run),
        Format::Junit => junit(out, &run, &Again::new("dirql", None, &args.place)),
    }
}

/// Says so where a filter matches nothing, be it one of several: a name with a slip in it would leave a
/// test out unseen. `variants` are those of the target.
///
/// # Errors
///
/// [`Exit::NoTestMatched`] then.
pub fn matched(plan: &[Planned], filters: &[String], variants: &[Variant]) -> Result<(), Exit> {
    let idle = |filter: &&String| !plan.iter().any(|planned| planned.id.contains(*filter));
    let idle: Vec<&str> = filters.iter().filter(idle).map(String::as_str).collect();
    if idle.is_empty() {
        return Ok(());
    }
    let variants: Vec<String> = variants.iter().map(Variant::to_string).collect();
    error(&format!(
        "no test of {} matches {}: `dirql list` prints the ids, and a filter is a part of an id",
        variants.join(", "),
        idle.join(", ")
    ));
    Err(Exit::NoTestMatched)
}

/// Runs a plan and writes its report: `out` gets the format that was asked for, and where that is
/// one for machines, `people` gets what people should see: failures and the summary. `behind` is told of each test behind it,
/// before the next one begins.
///
/// # Errors
///
/// What the streams fail with.
pub fn drive(
    (out, people): (&mut dyn Write, &mut dyn Write),
    target: &dyn Target,
    plan: &[Planned],
    extent: impl Into<Extent>,
    format: Format,
    again: &Again,
    behind: &mut dyn FnMut(&Record),
) -> io::Result<Run> {
    let mut watch = Watch {
        grid: (format == Format::Human).then(|| Grid::new(plan)),
        progress: Progress::new(plan.len()),
        out,
        behind,
        failed: Ok(()),
    };
    let run = crate::run::run(target, plan, extent, &mut watch);
    let Watch {
        progress,
        out,
        failed,
        ..
    } = watch;
    progress.end();
    failed?;
    match format {
        Format::Human => summary(out, &run, again)?,
        Format::Json => json(out, &run)?,
        Format::Junit => junit(out, &run, again)?,
    }
    if format != Format::Human {
        summary(people, &run, again)?;
    }
    Ok(run)
}

/// Draws progress, and the grid where there is one.
struct Watch<'o> {
    grid: Option<Grid>,
    progress: Progress,
    out: &'o mut dyn Write,
    behind: &'o mut dyn FnMut(&Record),
    failed: io::Result<()>,
}

impl Observer for Watch<'_> {
    fn started(&mut self, planned: &Planned) {
        self.progress.started(planned);
    }

    fn finished(&mut self, record: &Record) {
        let Self {
            grid,
            progress,
            out,
            behind,
            failed,
        } = self;
        behind(record);
        progress.finished(|| {
            if let (Some(grid), Ok(())) = (grid, &failed) {
                *failed = grid.record(&mut **out, record);
            }
        });
    }
}
