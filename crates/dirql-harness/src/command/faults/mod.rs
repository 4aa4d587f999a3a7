//! `dirql faults`.

mod human;
mod json;

use std::collections::BTreeMap;
use std::io::Write;
use std::num::NonZero;
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};
use nt_model::Failure;
use ntsim::{CallSite, Image};

use super::{Trouble, of_failure};
use crate::cli::{ExploreFormat, FaultsArgs};
use crate::exit::Exit;
use crate::explore::images::Images;
use crate::explore::scenarios::Subject;
use crate::faults::list;
use crate::faults::sweep::{Extent, Swept, Tried, sweep};
use crate::interrupt;
use crate::target::{SelectError, sim};

pub(super) fn faults(out: &mut dyn Write, args: &FaultsArgs) -> Result<Exit, Trouble> {
    let mut workloads = list::all();
    if args.list {
        for workload in &workloads {
            writeln!(out, "{}", workload.name)?;
        }
        return Ok(Exit::Passed);
    }
    let known = |name: &&String| workloads.iter().any(|it| it.name == **name);
    if let Some(unknown) = args.workloads.iter().find(|name| !known(name)) {
        let message = format!("there is no workload '{unknown}'; --list prints all of them");
        return Err(SelectError::Usage(message).into());
    }
    let images = Images::load(&args.place)?;
    let is_named = |name: &str| args.workloads.iter().any(|it| it == name);
    workloads.retain(|it| {
        let is_there = images.of(crate::faults::sweep::subject(it)).is_some();
        (args.workloads.is_empty() && is_there) || is_named(it.name)
    });
    let config = sim::config(&args.place)?;
    let extent = if args.short {
        Extent::Short
    } else {
        Extent::Whole
    };
    let jobs = args.jobs.or_else(|| thread::available_parallelism().ok());
    let bar = ProgressBar::new(0).with_style(style());
    let swept = sweep(
        &images,
        &workloads,
        &config,
        extent,
        jobs.map_or(1, NonZero::get),
        |done, all| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        },
    );
    bar.finish_and_clear();
    let swept =
        swept.map_err(|failure| Trouble::Driver(failure.to_string(), of_failure(&failure)))?;
    match args.format {
        ExploreFormat::Human => human::write(out, &images, &swept, args.workloads.is_empty())?,
        ExploreFormat::Json => json::write(out, &images, &swept)?,
    }
    Ok(exit(&swept))
}

fn style() -> ProgressStyle {
    let line = "{spinner} {pos} of {len} refusals, {per_sec}, {elapsed}";
    ProgressStyle::with_template(line).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn exit(swept: &Swept) -> Exit {
    let failures = || {
        swept
            .tried
            .iter()
            .filter_map(|tried| tried.failure.as_ref())
    };
    if failures().any(Failure::is_verdict) || !swept.unlisted.is_empty() {
        Exit::Failed
    } else if interrupt::interrupted() {
        Exit::Interrupted
    } else if failures().next().is_some() {
        Exit::NoVerdict
    } else {
        Exit::Passed
    }
}

/// Where an instruction is: its function, and its line.
fn place(image: &Image, rva: u32) -> (String, String) {
    let location = image.symbols().resolve(rva);
    let frames = location.frames();
    let named = |frame: Option<&image::symbols::Frame>| {
        let function = frame.and_then(|frame| frame.function.clone());
        function.unwrap_or_else(|| "?".to_owned())
    };
    let (inner, outer) = (named(frames.first()), named(frames.last()));
    let function = if inner == outer {
        inner
    } else {
        format!("{inner}, in {outer}")
    };
    let line = location.file_line();
    let line = line.unwrap_or_else(|| format!("{}+{rva:#x}", image.symbols().module()));
    (function, line)
}

/// What was tried of one instruction, by the refusal.
type OfSite<'a> = BTreeMap<String, Vec<&'a Tried>>;

/// What was tried, by the image and the instruction; none for what the framework calls on the driver's behalf.
fn by_site(swept: &Swept, subject: Subject) -> BTreeMap<(&'static str, Option<u32>), OfSite<'_>> {
    let mut sites: BTreeMap<_, OfSite<'_>> = BTreeMap::new();
    for tried in swept.tried.iter().filter(|it| it.subject == subject) {
        let at = (tried.call.routine, tried.call.calls.first().copied());
        let of_site = sites.entry(at).or_default();
        let with = tried.refusal.answer.to_string();
        of_site.entry(with).or_default().push(tried);
    }
    sites
}

/// The instructions that no workload has come to, and whether one does behind a refusal of another call.
fn unreached(swept: &Swept, subject: Subject) -> Vec<(&CallSite, bool)> {
    let is_reached = |site: &&CallSite| {
        let mut tried = swept.tried.iter().filter(|it| it.subject == subject);
        tried.any(|it| it.call.calls.first() == Some(&site.rva))
    };
    let behind = swept.behind.get(&subject);
    let is_behind = |site: &CallSite| behind.is_some_and(|all| all.contains(&site.rva));
    let sites = swept.sites.get(&subject).into_iter().flatten();
    sites
        .filter(|site| !is_reached(site))
        .map(|site| (site, is_behind(site)))
        .collect()
}

/// How the driver answered, each way with how often.
fn answers(tried: &[&Tried]) -> BTreeMap<String, usize> {
    let mut answers = BTreeMap::new();
    for it in tried {
        let answer = match &it.failure {
            Some(failure) => format!("BROKEN: {}", failure.cause.heading()),
            None => it.answer.clone(),
        };
        *answers.entry(answer).or_default() += 1;
    }
    answers
}
