//! `dirql explore`.

mod campaign;
mod executed;
mod human;
mod json;
mod known;
mod merge;
mod one;
mod state;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressStyle};
use nt_model::{Config, InterruptResource, Rule};
use ntsim::explore::{Bounds, Exploration, Explorer, Pct, Reach, Shard};
use ntsim::{Coverage, Turn};

use self::json::{Origin, PctReport, ScenarioReport};
use self::known::{Before, Known};
use super::{Trouble, of_failure, picture};
use crate::cli::{ExploreArgs, ExploreFormat, PointsKind, SearchKind};
use crate::exit::Exit;
use crate::explore::images::Images;
use crate::explore::scenarios::{self, Listed, Subject};
use crate::explore::token::ScheduleToken;
use crate::interrupt;
use crate::report::Again;
use crate::target::{SelectError, sim};

pub(super) use merge::merge;

/// What the numbers of a report mean.
const MODEL: &str = "the model: sequential consistency, instruction by instruction, an unlocked read-modify-write in two for another processor; x64 store buffers are not explored, races are reported by happens-before";

/// How often a search tells where it is.
const SHOW_EVERY: Duration = Duration::from_millis(200);

/// A scenario on one machine, and what came of it.
struct Explored {
    name: String,
    config: Config,
    /// The names of its actors.
    actors: Vec<String>,
    /// The image that it is about.
    subject: Subject,
    found: Exploration,
    /// Which schedules were run.
    strategy: SearchKind,
    /// The depth and the seed of schedules that are drawn by priorities.
    depth: u32,
    seed: u64,
    /// The schedules that were drawn.
    drawn: Vec<Vec<Turn>>,
}

impl Explored {
    fn of(
        work: &Work<'_>,
        found: Exploration,
        strategy: SearchKind,
        args: &ExploreArgs,
        drawn: Vec<Vec<Turn>>,
    ) -> Self {
        let drama = &work.listed.drama;
        Self {
            name: drama.name.clone(),
            config: work.config.clone(),
            actors: drama.actors.iter().map(|it| it.name.clone()).collect(),
            subject: work.listed.subject(),
            found,
            strategy,
            depth: args.depth,
            seed: args.seed,
            drawn,
        }
    }

    fn token(&self, turns: &[Turn]) -> ScheduleToken {
        ScheduleToken {
            scenario: self.name.clone(),
            config: self.config.clone(),
            turns: turns.to_vec(),
        }
    }

    /// The tokens of the schedules that were drawn.
    fn tokens(&self) -> impl Iterator<Item = String> {
        let drawn = self.drawn.iter();
        drawn.map(|turns| self.token(turns).to_string())
    }

    /// What schedules by priorities were drawn for.
    fn pct(&self) -> Option<PctReport> {
        let drawn = self.found.drawn?;
        Some(PctReport {
            depth: self.depth,
            seed: self.seed,
            contexts: drawn.reach.contexts,
            points: drawn.reach.points,
            bound: drawn.reach.bound(self.depth),
            under: drawn.under,
            voided: drawn.voided,
        })
    }

    /// What actors are called.
    fn names<'a>(&'a self, actors: &'a [usize]) -> impl Iterator<Item = &'a str> {
        actors.iter().map(|actor| self.actors[*actor].as_str())
    }
}

/// What all of them that are about `subject` have executed of it; none where none is.
fn sum(explored: &[Explored], subject: Subject) -> Option<Coverage> {
    let mut about = explored.iter().filter(|it| it.subject == subject);
    let mut sum = Coverage::default();
    sum.add(&about.next()?.found.coverage);
    for it in about {
        sum.add(&it.found.coverage);
    }
    Some(sum)
}

pub(super) const fn resource(interrupt: InterruptResource) -> &'static str {
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
    let images = Images::load(&args.place)?;
    let rerun = std::env::var("DIRQL_RERUN").ok();
    let again = Again::explore(program, rerun.as_deref(), &args.place).start();
    picture::check(&args.pictures)?;
    if let Some(token) = &args.replay {
        return one::replay(out, &images, &all, token, (&args.pictures, &again));
    }
    if args.pictures.is_asked() {
        let message = "--perfetto and --html draw one schedule: give it by --replay";
        return Err(SelectError::Usage(message.to_owned()).into());
    }
    if let Some(token) = &args.shrink {
        return one::shrink(out, &images, &all, token, &again);
    }
    let bounds = Bounds {
        points: args.points.into(),
        preemptions: args.preemptions,
    };
    let works = works(args, &all, &Origin::of(&images, bounds))?;
    if let Some(minutes) = args.minutes {
        return campaign::campaign(out, &images, &works, bounds, args, &again, minutes);
    }
    if args.format == ExploreFormat::Human {
        human::heading(out, bounds, args)?;
    }
    let explored = search_all(&images, &works, bounds, args, |it| match args.format {
        ExploreFormat::Human => human::row(out, it),
        ExploreFormat::Json => Ok(()),
    })?;
    let mut exit = if interrupt::interrupted() {
        Exit::Interrupted
    } else {
        Exit::Passed
    };
    match args.format {
        ExploreFormat::Json => {
            let reports = works
                .iter()
                .filter_map(|work| work.report(&images, &explored, &again));
            let report = json::report(&images, bounds, args.shard, reports.collect())
                .map_err(SelectError::Usage)?;
            json::write(out, &report)?;
        }
        ExploreFormat::Human => {
            human::violations(out, &again, &explored)?;
            if args.coverage {
                human::coverage(out, &images, &explored)?;
            }
        }
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
    /// What other shares have found.
    before: Before,
}

impl Work<'_> {
    /// What came of it, in this round or in the one before; none where it was not run to its end.
    fn report(
        &self,
        images: &Images,
        explored: &[Explored],
        again: &str,
    ) -> Option<ScenarioReport> {
        if let Some(own) = &self.before.own {
            return Some(own.clone());
        }
        let of = |it: &&Explored| it.name == self.listed.drama.name && it.config == self.config;
        let explored = explored.iter().find(of)?;
        Some(json::scenario(explored, images, again))
    }
}

/// What the command line asks for, in the order of the list.
fn works<'a>(
    args: &ExploreArgs,
    all: &'a [Listed],
    origin: &Origin,
) -> Result<Vec<Work<'a>>, Trouble> {
    if args.shard.is_some() && args.strategy != SearchKind::Exhaustive {
        let message = "shares are of the exhaustive search; of schedules that are drawn give each run a seed of its own";
        return Err(SelectError::Usage(message.to_owned()).into());
    }
    let others = match args.shard {
        Some(shard) if !args.conflicts.is_empty() => {
            Some(Known::read(&args.conflicts, origin, shard)?)
        }
        _ => None,
    };
    let named = |name: &String| args.all || args.scenarios.contains(name);
    let left_out = |name: &String| args.but.iter().any(|word| name.contains(word.as_str()));
    let known = |name: &&String| all.iter().any(|listed| listed.drama.name == **name);
    if let Some(unknown) = args.scenarios.iter().find(|name| !known(name)) {
        let message = format!("there is no scenario '{unknown}'; --list prints all of them");
        return Err(SelectError::Usage(message).into());
    }
    let base = sim::config(&args.place)?;
    if args.points == PointsKind::Access && !base.rules.checks(Rule::Race) {
        let message = "points of access are found by the rule race: without it take --points api or --points instruction";
        return Err(SelectError::Usage(message.to_owned()).into());
    }
    let mut works = Vec::new();
    for listed in all {
        let name = &listed.drama.name;
        if !named(name) || left_out(name) {
            continue;
        }
        let resources = args.interrupts.resources().iter();
        for interrupt in resources.filter(|it| listed.takes(**it)) {
            let config = Config {
                interrupt: *interrupt,
                ..base.clone()
            };
            let before = others.as_ref();
            let before = before.map(|known| known.of(name, &config.token()));
            works.push(Work {
                listed,
                config,
                before: before.unwrap_or_default(),
            });
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
    images: &Images,
    works: &[Work<'_>],
    bounds: Bounds,
    args: &ExploreArgs,
    mut tell: impl FnMut(&Explored) -> io::Result<()>,
) -> Result<Vec<Explored>, Trouble> {
    let works: Vec<&Work<'_>> = works.iter().filter(|it| it.before.own.is_none()).collect();
    let works = &works[..];
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
                        .send((at, search(images, work, bounds, args, bars)))
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

fn search(
    images: &Images,
    work: &Work<'_>,
    bounds: Bounds,
    args: &ExploreArgs,
    bars: &MultiProgress,
) -> Result<Explored, Trouble> {
    let Work {
        listed,
        config,
        before,
    } = work;
    let shown = format!("{} by {}", listed.drama.name, resource(config.interrupt));
    let bar = bars.add(ProgressBar::new_spinner().with_style(style()));
    bar.set_prefix(shown.clone());
    bar.enable_steady_tick(SHOW_EVERY);
    let keeps = args.strategy != SearchKind::Exhaustive && !args.no_tokens;
    let mut drawn = Vec::new();
    let tell = |found: &Exploration| {
        bar.set_position(found.schedules);
        if found.schedules.is_multiple_of(64) {
            bar.set_message(time_left(found));
        }
        if keeps {
            drawn.push(found.last.clone());
        }
        !(interrupt::interrupted() || args.first && !found.violations.is_empty())
    };
    let found = images.boot(listed, config).and_then(|mut machine| {
        let mut explorer = Explorer::new(&mut machine, &listed.drama)?;
        let bounds = listed.bounds(bounds);
        let found = match args.strategy {
            SearchKind::Exhaustive => {
                let shard = args.shard.unwrap_or(Shard::WHOLE);
                explorer.explore_share(bounds, shard, &before.conflicts, tell)?
            }
            SearchKind::Random => explorer.draw(bounds, args.seed, args.count, tell)?,
            SearchKind::Pct => {
                let pct = Pct {
                    depth: args.depth,
                    seed: args.seed,
                    first: 0,
                    count: args.count,
                    reach: Reach::default(),
                };
                explorer.draw_by_priorities(bounds.points, pct, &[], tell)?
            }
        };
        machine.recycle();
        Ok(found)
    });
    bar.finish_and_clear();
    match found {
        Ok(found) => Ok(Explored::of(work, found, args.strategy, args, drawn)),
        Err(failure) => Err(Trouble::Driver(
            format!("{shown}: {failure}"),
            of_failure(&failure),
        )),
    }
}

fn style() -> ProgressStyle {
    let line = "{spinner} {prefix}: {pos} schedules, {per_sec}, {elapsed}{msg}";
    ProgressStyle::with_template(line).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// How far a search is, and how long the rest of it takes.
fn time_left(found: &Exploration) -> String {
    if found.progress <= 0.0 {
        return String::new();
    }
    let rest = found.elapsed.as_secs_f64() * (1.0 / found.progress - 1.0);
    let left = Duration::try_from_secs_f64(rest).map_or_else(
        |_| "years".to_owned(),
        |left| HumanDuration(left).to_string(),
    );
    format!(", {:.0} % done, some {left} left", 100.0 * found.progress)
}
