//! `dirql explore --minutes`: a campaign, which goes on where the last one ended.
//!
//! It comes by each scenario in turn. First it searches all schedules, up to a number that is four times as high each time;
//! where they are more, it draws some by priorities, and goes on with the next number of the seed the next time.

use std::collections::BTreeMap;
use std::io::Write;
use std::num::NonZero;
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use ntsim::explore::{Bounds, Exploration, Explorer, Pct, Reach, Shard};

use super::json::{self, Origin, ScenarioReport};
use super::state::{CampaignOrigin, Key, Progress, State};
use super::{Explored, Work, human, merge};
use crate::cli::{ExploreArgs, ExploreFormat, SearchKind};
use crate::command::{Trouble, of_failure};
use crate::exit::Exit;
use crate::explore::images::Images;
use crate::interrupt;
use crate::target::SelectError;

/// How many schedules a scenario is searched for its end among, the first time.
const FIRST_SEARCH: u64 = 1000;

/// A campaign on its way.
struct Campaign<'a> {
    images: &'a Images,
    works: &'a [Work<'a>],
    bounds: Bounds,
    args: &'a ExploreArgs,
    again: &'a str,
    state: &'a State,
    deadline: Instant,
    /// By the works: how far each is, and whether one is at it.
    known: Mutex<Vec<Slot>>,
}

#[derive(Clone, Default)]
struct Slot {
    progress: Option<Progress>,
    busy: bool,
}

impl Slot {
    fn ended(&self) -> bool {
        self.progress.as_ref().is_some_and(|it| it.report.complete)
    }

    fn visits(&self) -> u32 {
        self.progress.as_ref().map_or(0, |it| it.visits)
    }
}

pub(super) fn campaign(
    out: &mut dyn Write,
    images: &Images,
    works: &[Work<'_>],
    bounds: Bounds,
    args: &ExploreArgs,
    again: &str,
    minutes: f64,
) -> Result<Exit, Trouble> {
    let deadline = Instant::now() + Duration::from_secs_f64(60.0 * minutes);
    let of = CampaignOrigin {
        search: Origin::of(images, bounds),
        depth: args.depth,
        seed: args.seed,
    };
    let (state, mut before) = State::open(&args.state, of, args.anew)?;
    let campaign = Campaign {
        images,
        works,
        bounds,
        args,
        again,
        state: &state,
        deadline,
        known: Mutex::new(slots(works, &mut before)),
    };
    let shows = args.format == ExploreFormat::Human;
    if shows {
        let names = slots_of(&campaign);
        writeln!(out, "{}", standing(&names))?;
    }
    campaign.run(|progress| {
        if shows {
            human::visit(out, &progress.report, progress.drawn)?;
        }
        Ok(())
    })?;
    let slots = slots_of(&campaign);
    let reports = slots.iter().filter_map(|it| it.progress.as_ref());
    let reports: Vec<ScenarioReport> = reports.map(|it| it.report.clone()).collect();
    let broken = reports.iter().any(|it| !it.violations.is_empty());
    if shows {
        writeln!(out, "{}", standing(&slots))?;
        let sums = merge::coverage(&reports).map_err(SelectError::Usage)?;
        human::covered(out, &sums)?;
        for report in &reports {
            human::broken(out, report)?;
        }
    } else {
        let report = json::report(images, bounds, None, reports).map_err(SelectError::Usage)?;
        json::write(out, &report)?;
    }
    Ok(if broken {
        Exit::Failed
    } else if interrupt::interrupted() {
        Exit::Interrupted
    } else {
        Exit::Passed
    })
}

fn slots(works: &[Work<'_>], before: &mut BTreeMap<Key, Progress>) -> Vec<Slot> {
    let slot = |work: &Work<'_>| {
        let key = (work.listed.drama.name.clone(), work.config.token());
        Slot {
            progress: before.remove(&key),
            busy: false,
        }
    };
    works.iter().map(slot).collect()
}

fn slots_of(campaign: &Campaign<'_>) -> Vec<Slot> {
    let known = campaign.known.lock();
    known.map_or_else(|it| it.into_inner().clone(), |it| it.clone())
}

/// What a campaign has covered, in a line.
fn standing(slots: &[Slot]) -> String {
    let ended = slots.iter().filter(|it| it.ended()).count();
    let open = slots.iter().filter(|it| !it.ended());
    let begun: Vec<&Progress> = open.filter_map(|it| it.progress.as_ref()).collect();
    let drawn: u64 = begun.iter().map(|it| it.drawn).sum();
    let rest = slots.len() - ended - begun.len();
    format!(
        "of {} scenarios {ended} are searched to their end; {drawn} schedules were drawn for {} others; {rest} are not begun",
        slots.len(),
        begun.len()
    )
}

impl Campaign<'_> {
    fn is_over(&self) -> bool {
        interrupt::interrupted() || Instant::now() >= self.deadline
    }

    /// Comes by scenarios until the time is over or all are searched to their end, several at a time.
    fn run(&self, mut tell: impl FnMut(&Progress) -> Result<(), Trouble>) -> Result<(), Trouble> {
        let jobs = self
            .args
            .jobs
            .or_else(|| thread::available_parallelism().ok());
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..jobs.map_or(1, NonZero::get).min(self.works.len()) {
                let sender = sender.clone();
                scope.spawn(move || {
                    while !self.is_over()
                        && let Some(at) = self.take()
                        && sender.send(self.visit(at)).is_ok()
                    {}
                });
            }
            drop(sender);
            receiver.into_iter().try_for_each(|it| tell(&it?))
        })
    }

    /// The scenario that the campaign has come by least often, of those that are not searched to their end.
    fn take(&self) -> Option<usize> {
        let mut known = self.known.lock().ok()?;
        let open = (0..known.len()).filter(|at| !known[*at].busy && !known[*at].ended());
        let at = open.min_by_key(|at| (known[*at].visits(), *at))?;
        known[at].busy = true;
        Some(at)
    }

    /// Comes by a scenario, and keeps what has come of it.
    fn visit(&self, at: usize) -> Result<Progress, Trouble> {
        let before = slots_of(self)[at].progress.clone();
        let (report, drawn) = self.search(&self.works[at], before.as_ref())?;
        let visits = before.map_or(0, |it| it.visits) + 1;
        let progress = self.state.keep(visits, drawn, report)?;
        if let Ok(mut known) = self.known.lock() {
            known[at] = Slot {
                progress: Some(progress.clone()),
                busy: false,
            };
        }
        Ok(progress)
    }

    /// Searches a scenario, and draws schedules where there are too many. What was found before is in the report.
    fn search(
        &self,
        work: &Work<'_>,
        before: Option<&Progress>,
    ) -> Result<(ScenarioReport, u64), Trouble> {
        let visits = before.map_or(0, |it| it.visits);
        let most = FIRST_SEARCH.saturating_mul(4_u64.saturating_pow(visits));
        let bounds = work.listed.bounds(self.bounds);
        let report = before.map(|it| &it.report);
        let known = report.and_then(|it| it.share.as_ref());
        let known = known.map_or_else(Vec::new, |share| share.conflict_set.clone());
        let reach = report.and_then(|it| it.pct);
        let reach = reach.map_or_else(Reach::default, |it| Reach {
            contexts: it.contexts,
            points: it.points,
        });
        let first = before.map_or(0, |it| it.drawn);
        let booted = self.images.boot(work.listed, &work.config);
        let found = booted.and_then(|mut machine| {
            let mut explorer = Explorer::new(&mut machine, &work.listed.drama)?;
            let goes_on = |found: &Exploration| {
                found.schedules - found.before_anew.schedules < most && !self.is_over()
            };
            let searched = explorer.explore_share(bounds, Shard::WHOLE, &known, goes_on)?;
            let drawn = if searched.complete || self.is_over() {
                None
            } else {
                let pct = Pct {
                    depth: self.args.depth,
                    seed: self.args.seed,
                    first,
                    count: self.args.count,
                    reach,
                };
                let goes_on = |_: &Exploration| !self.is_over();
                let known = &searched.conflict_set;
                Some(explorer.draw_by_priorities(bounds.points, pct, known, goes_on)?)
            };
            machine.recycle();
            Ok((searched, drawn))
        });
        let title = format!(
            "{} by {}",
            work.listed.drama.name,
            super::resource(work.config.interrupt)
        );
        let (searched, drawn) = found.map_err(|failure| {
            Trouble::Driver(format!("{title}: {failure}"), of_failure(&failure))
        })?;
        let number = first + drawn.as_ref().map_or(0, |it| it.schedules);
        let (complete, pct) = (searched.complete, report.and_then(|it| it.pct));
        let mut sum = self.report(work, searched, SearchKind::Exhaustive);
        sum.pct = pct;
        if let Some(drawn) = drawn {
            let drawn = self.report(work, drawn, SearchKind::Pct);
            merge::add(&mut sum, &drawn).map_err(SelectError::Usage)?;
            sum.pct = drawn.pct.or(sum.pct);
        }
        if let Some(before) = report {
            merge::add(&mut sum, before).map_err(SelectError::Usage)?;
        }
        sum.complete = complete;
        Ok((sum, number))
    }

    fn report(&self, work: &Work<'_>, found: Exploration, strategy: SearchKind) -> ScenarioReport {
        let explored = Explored::of(work, found, strategy, self.args, Vec::new());
        json::scenario(&explored, self.images, self.again)
    }
}
