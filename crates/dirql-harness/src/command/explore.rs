//! `dirql explore`.

use std::io::{self, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use nt_model::{Cause, Config, Failure, InterruptResource, Limit, Rules};
use ntsim::device::edu::Edu;
use ntsim::explore::{Bounds, Exploration, Explorer};
use ntsim::{Conflicts, Image, Machine, Plan, Points, Turn};
use serde::Serialize;

use super::{Trouble, of_failure};
use crate::cli::{ExploreArgs, ExploreFormat};
use crate::exit::Exit;
use crate::explore::scenarios::{self, Listed};
use crate::explore::stage::SOURCE;
use crate::explore::token::ScheduleToken;
use crate::interrupt;
use crate::report::Again;
use crate::target::{SelectError, load_image};

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
    let image = load_image(&args.place)?;
    if let Some(token) = &args.replay {
        return replay(out, &image, &all, token);
    }
    let named = |listed: &&Listed| args.all || args.scenarios.contains(&listed.drama.name);
    let chosen: Vec<&Listed> = all.iter().filter(named).collect();
    let known = |name: &&String| all.iter().any(|listed| listed.drama.name == **name);
    if let Some(unknown) = args.scenarios.iter().find(|name| !known(name)) {
        let message = format!("there is no scenario '{unknown}'; --list prints all of them");
        return Err(SelectError::Usage(message).into());
    }
    if chosen.is_empty() {
        let message = "no scenario: name some, or give --all; --list prints them".to_owned();
        return Err(SelectError::Usage(message).into());
    }
    let bounds = Bounds {
        points: args.points.into(),
        preemptions: args.preemptions,
    };
    let rules = Rules::ALL
        .without_named(&args.place.without)
        .map_err(|error| SelectError::Usage(format!("--without: {error}")))?;
    if args.format == ExploreFormat::Human {
        heading(out, bounds)?;
    }
    let rerun = std::env::var("DIRQL_RERUN").ok();
    let again = Again::explore(program, rerun.as_deref(), &args.place).start();
    let mut explored = Vec::new();
    let mut exit = Exit::Passed;
    for listed in chosen {
        for interrupt in args.interrupts.resources() {
            let mut config = Config {
                interrupt: *interrupt,
                rules,
                ..Config::default()
            };
            config
                .choose_all(&args.place.policy)
                .map_err(|error| SelectError::Usage(format!("--policy: {error}")))?;
            let shown = format!("{} by {}", listed.drama.name, resource(*interrupt));
            match search(&image, listed, &config, bounds, (&shown, args.first)) {
                Ok(found) => {
                    let it = Explored {
                        name: listed.drama.name.clone(),
                        config,
                        found,
                    };
                    if args.format == ExploreFormat::Human {
                        row(out, &it)?;
                    }
                    explored.push(it);
                }
                Err(failure) => {
                    let exit = of_failure(&failure);
                    return Err(Trouble::Driver(format!("{shown}: {failure}"), exit));
                }
            }
            if interrupt::interrupted() {
                exit = Exit::Interrupted;
            }
        }
        if exit == Exit::Interrupted {
            break;
        }
    }
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

fn boot(image: &Image, listed: &Listed, config: &Config) -> Result<Machine, Failure> {
    let mut machine = Machine::new(config.clone(), image, Box::new(Edu::new()))
        .map_err(|error| Failure::new(Limit::Emulator, error.to_string()))?;
    if let Some(kind) = listed.source {
        machine.add_error_source(SOURCE, kind)?;
    }
    machine.start()?;
    Ok(machine)
}

fn search(
    image: &Image,
    listed: &Listed,
    config: &Config,
    bounds: Bounds,
    (shown, first): (&str, bool),
) -> Result<Exploration, Failure> {
    let mut machine = boot(image, listed, config)?;
    let bar = ProgressBar::new_spinner().with_style(style());
    bar.set_prefix(shown.to_owned());
    bar.enable_steady_tick(SHOW_EVERY);
    let mut explorer = Explorer::new(&mut machine, &listed.drama)?;
    let found = explorer.explore(bounds, |found| {
        bar.set_position(found.schedules);
        !(interrupt::interrupted() || first && !found.violations.is_empty())
    });
    bar.finish_and_clear();
    let found = found?;
    drop(explorer);
    machine.recycle();
    Ok(found)
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
            Ok(match failure.cause {
                Cause::Limit(_) => Exit::NoVerdict,
                _ => Exit::Failed,
            })
        }
    }
}
