//! `dirql explore`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use nt_model::{Config, Failure, InterruptResource, Limit};
use ntsim::device::edu::Edu;
use ntsim::explore::{Bounds, Exploration, Explorer};
use ntsim::{Conflicts, Image, Machine, Plan, Points, Turn};
use serde::Serialize;

use super::{Trouble, of_failure};
use crate::cli::{ExploreArgs, ExploreFormat};
use crate::exit::Exit;
use crate::explore::scenarios::{self, Listed};
use crate::explore::token::ScheduleToken;
use crate::interrupt;
use crate::report::Again;
use crate::target::{SelectError, sim};

/// What the numbers of a report mean.
const MODEL: &str = "the model: sequential consistency, indivisible instructions; x64 store buffers are not explored, races are reported by happens-before";

/// How often a search tells where it is.
const SHOW_EVERY: Duration = Duration::from_millis(200);

#[derive(Serialize)]
struct JsonReport<'a> {
    model: &'a str,
    points: &'a str,
    preemptions: u32,
    scenarios: Vec<JsonScenario>,
}

#[derive(Serialize)]
struct JsonScenario {
    name: String,
    interrupt: &'static str,
    points: u32,
    schedules: u64,
    choices: u64,
    instructions: u64,
    conflicts: usize,
    restarts: u32,
    complete: bool,
    seconds: f64,
    seconds_of_resets: f64,
    violations: Vec<JsonViolation>,
}

#[derive(Serialize)]
struct JsonViolation {
    rule: String,
    sites: Vec<String>,
    message: String,
    schedules: u64,
    token: String,
}

/// A scenario on one machine, and what came of it.
struct Explored {
    name: String,
    config: Config,
    found: Exploration,
}

impl Explored {
    fn token(&self, turns: &[Turn]) -> ScheduleToken {
        ScheduleToken {
            scenario: self.name.clone(),
            config: self.config.clone(),
            turns: turns.to_vec(),
        }
    }

    fn json(&self) -> JsonScenario {
        let found = &self.found;
        JsonScenario {
            name: self.name.clone(),
            interrupt: resource(self.config.interrupt),
            points: found.points,
            schedules: found.schedules,
            choices: found.choices,
            instructions: found.instructions,
            conflicts: found.conflicts,
            restarts: found.restarts,
            complete: found.complete,
            seconds: found.elapsed.as_secs_f64(),
            seconds_of_resets: found.reset.as_secs_f64(),
            violations: found
                .violations
                .iter()
                .map(|violation| JsonViolation {
                    rule: violation.failure.cause.name().to_owned(),
                    sites: sites(&violation.failure),
                    message: violation.failure.message.clone(),
                    schedules: violation.schedules,
                    token: self.token(&violation.turns).to_string(),
                })
                .collect(),
        }
    }
}

fn sites(failure: &Failure) -> Vec<String> {
    failure.location.iter().map(ToString::to_string).collect()
}

const fn resource(interrupt: InterruptResource) -> &'static str {
    match interrupt {
        InterruptResource::Line => "line",
        InterruptResource::Message => "message",
    }
}

pub(super) fn explore(
    out: &mut dyn Write,
    program: &str,
    args: &ExploreArgs,
) -> Result<Exit, Trouble> {
    let all = scenarios::all();
    if args.list {
        for listed in &all {
            writeln!(out, "{:32} {}", listed.drama.name, listed.drama.says)?;
        }
        return Ok(Exit::Passed);
    }
    let image = sim::load(&args.place)?;
    if let Some(token) = &args.replay {
        return replay(out, &image, &all, token);
    }
    let works = works(args, &all)?;
    let bounds = Bounds {
        points: args.points.into(),
        preemptions: args.preemptions,
    };
    if args.format == ExploreFormat::Human {
        heading(out, bounds)?;
    }
    let rerun = std::env::var("DIRQL_RERUN").ok();
    let again = Again::explore(program, rerun.as_deref(), &args.place).start();
    let explored = search_all(&image, &works, bounds, args, |it| match args.format {
        ExploreFormat::Human => row(out, it),
        ExploreFormat::Json => Ok(()),
    })?;
    let mut exit = if interrupt::interrupted() {
        Exit::Interrupted
    } else {
        Exit::Passed
    };
    match args.format {
        ExploreFormat::Json => {
            let report = JsonReport {
                model: MODEL,
                points: bounds.points.name(),
                preemptions: bounds.preemptions,
                scenarios: explored.iter().map(Explored::json).collect(),
            };
            serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        ExploreFormat::Human => violations(out, &again, &explored)?,
    }
    if explored.iter().any(|it| !it.found.violations.is_empty()) {
        exit = Exit::Failed;
    }
    Ok(exit)
}

/// A scenario on a machine, to be explored.
struct Work<'a> {
    listed: &'a Listed,
    config: Config,
}

/// What the command line asks for, in the order of the list.
fn works<'a>(args: &ExploreArgs, all: &'a [Listed]) -> Result<Vec<Work<'a>>, Trouble> {
    let named = |name: &String| args.all || args.scenarios.contains(name);
    let left_out = |name: &String| args.but.iter().any(|word| name.contains(word.as_str()));
    let known = |name: &&String| all.iter().any(|listed| listed.drama.name == **name);
    if let Some(unknown) = args.scenarios.iter().find(|name| !known(name)) {
        let message = format!("there is no scenario '{unknown}'; --list prints all of them");
        return Err(SelectError::Usage(message).into());
    }
    let base = sim::config(&args.place)?;
    let mut works = Vec::new();
    for listed in all {
        let name = &listed.drama.name;
        if !named(name) || left_out(name) {
            continue;
        }
        for interrupt in args.interrupts.resources() {
            let config = Config {
                interrupt: *interrupt,
                ..base.clone()
            };
            works.push(Work { listed, config });
        }
    }
    if works.is_empty() {
        let message = "no scenario: name some, or give --all; --list prints them".to_owned();
        return Err(SelectError::Usage(message).into());
    }
    Ok(works)
}

/// Explores all of them, several at a time, and tells what came of each in their order.
fn search_all(
    image: &Image,
    works: &[Work<'_>],
    bounds: Bounds,
    args: &ExploreArgs,
    mut tell: impl FnMut(&Explored) -> io::Result<()>,
) -> Result<Vec<Explored>, Trouble> {
    let jobs = args.jobs.or_else(|| thread::available_parallelism().ok());
    let (next, bars) = (AtomicUsize::new(0), MultiProgress::new());
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs.map_or(1, NonZero::get).min(works.len()) {
            let (sender, next, bars) = (sender.clone(), &next, &bars);
            scope.spawn(move || {
                while !interrupt::interrupted()
                    && let at = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(work) = works.get(at)
                    && sender
                        .send((at, search(image, work, bounds, args.first, bars)))
                        .is_ok()
                {}
            });
        }
        drop(sender);
        let (mut early, mut explored) = (BTreeMap::new(), Vec::new());
        for (at, found) in receiver {
            early.insert(at, found?);
            while let Some(it) = early.remove(&explored.len()) {
                bars.suspend(|| tell(&it))?;
                explored.push(it);
            }
        }
        // Where the user has ended the run, some are missing.
        explored.extend(early.into_values());
        Ok(explored)
    })
}

fn boot(image: &Image, listed: &Listed, config: &Config) -> Result<Machine, Failure> {
    let mut machine = Machine::new(config.clone(), image, Box::new(Edu::new()))
        .map_err(|error| Failure::new(Limit::Emulator, error.to_string()))?;
    sim::set_up(&mut machine, &listed.setup)?;
    machine.start()?;
    Ok(machine)
}

fn search(
    image: &Image,
    work: &Work<'_>,
    bounds: Bounds,
    first: bool,
    bars: &MultiProgress,
) -> Result<Explored, Trouble> {
    let Work { listed, config } = work;
    let shown = format!("{} by {}", listed.drama.name, resource(config.interrupt));
    let bar = bars.add(ProgressBar::new_spinner().with_style(style()));
    bar.set_prefix(shown.clone());
    bar.enable_steady_tick(SHOW_EVERY);
    let found = boot(image, listed, config).and_then(|mut machine| {
        let mut explorer = Explorer::new(&mut machine, &listed.drama)?;
        let found = explorer.explore(bounds, |found| {
            bar.set_position(found.schedules);
            !(interrupt::interrupted() || first && !found.violations.is_empty())
        })?;
        machine.recycle();
        Ok(found)
    });
    bar.finish_and_clear();
    match found {
        Ok(found) => Ok(Explored {
            name: listed.drama.name.clone(),
            config: config.clone(),
            found,
        }),
        Err(failure) => Err(Trouble::Driver(
            format!("{shown}: {failure}"),
            of_failure(&failure),
        )),
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {prefix}: {pos} schedules, {per_sec}, {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn heading(out: &mut dyn Write, bounds: Bounds) -> io::Result<()> {
    writeln!(
        out,
        "{} preemptions at most, at {} points; {MODEL}",
        bounds.preemptions, bounds.points
    )?;
    writeln!(
        out,
        "{:32} {:7} {:>7} {:>9} {:>12} {:>8} {:>7}  outcome",
        "scenario", "by", "choices", "schedules", "instructions", "a second", "resets"
    )
}

fn row(out: &mut dyn Write, it: &Explored) -> io::Result<()> {
    let found = &it.found;
    let seconds = found.elapsed.as_secs_f64().max(1e-9);
    let outcome = match (found.violations.len(), found.complete) {
        (0, true) => format!("{} choices, all taken", found.choices),
        (0, false) => "ended before its end; nothing broken so far".to_owned(),
        (broken, true) => format!("{broken} broken"),
        (broken, false) => format!("{broken} broken; ended before its end"),
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
    out.flush()
}

fn violations(out: &mut dyn Write, again: &str, explored: &[Explored]) -> io::Result<()> {
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
            tell(out, &violation.failure)?;
            writeln!(out, "  again: {again} --replay '{token}'")?;
        }
    }
    Ok(())
}

/// What is broken, and by which calls.
fn tell(out: &mut dyn Write, failure: &Failure) -> io::Result<()> {
    let place = failure
        .location
        .as_ref()
        .map_or_else(String::new, |place| format!(" at {place}"));
    writeln!(
        out,
        "  {}{place}: {}",
        failure.cause.heading(),
        failure.message
    )?;
    for call in &failure.backtrace {
        writeln!(out, "    {call}")?;
    }
    Ok(())
}

/// Runs one schedule again, and prints what happens in it.
fn replay(
    out: &mut dyn Write,
    image: &Image,
    all: &[Listed],
    token: &str,
) -> Result<Exit, Trouble> {
    let token: ScheduleToken = token
        .parse()
        .map_err(|error| SelectError::Usage(format!("--replay: {error}")))?;
    let Some(listed) = all.iter().find(|it| it.drama.name == token.scenario) else {
        let message = format!("--replay: there is no scenario '{}'", token.scenario);
        return Err(SelectError::Usage(message).into());
    };
    let driver = |failure: Failure| Trouble::Driver(failure.to_string(), of_failure(&failure));
    let mut machine = boot(image, listed, &token.config).map_err(driver)?;
    let before = machine.events().total();
    let mut explorer = Explorer::new(&mut machine, &listed.drama).map_err(driver)?;
    let turns = token.turns.clone();
    let outcome = explorer
        .run(Plan {
            points: Points::Instruction,
            turns,
            conflicts: Conflicts::default(),
        })
        .map_err(driver)?;
    let events = explorer.machine().events();
    for event in events.iter().skip(usize::try_from(before).unwrap_or(0)) {
        writeln!(out, "{event}")?;
    }
    writeln!(out, "digest {:#018x}", events.digest())?;
    match outcome.failure {
        None => {
            writeln!(out, "nothing is broken")?;
            Ok(Exit::Passed)
        }
        Some(failure) => {
            tell(out, &failure)?;
            Ok(of_failure(&failure))
        }
    }
}
