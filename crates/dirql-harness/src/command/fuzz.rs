//! `dirql fuzz`.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

#[cfg(feature = "sim")]
use super::picture::{self, Shown};
use super::{Trouble, of_failure};
use crate::cli::{FuzzArgs, TargetKind};
use crate::exit::Exit;
use crate::fuzz::campaign::{Campaign, Crash, Outcome, Tally};
use crate::fuzz::file::{FileError, Saved, corpus};
use crate::report::Again;
use crate::target::{Asked, SelectError, Target, Variant, select};

impl From<FileError> for Trouble {
    fn from(error: FileError) -> Self {
        Self::Select(SelectError::Missing(error.to_string()))
    }
}

pub(super) fn fuzz(out: &mut dyn Write, program: &str, args: &FuzzArgs) -> Result<Exit, Trouble> {
    let rerun = std::env::var("DIRQL_RERUN").ok();
    let again = Again::fuzz(program, rerun.as_deref(), &args.place);
    if let Some(path) = &args.replay {
        return replay(out, args, path, &again);
    }
    if args.pictures.is_asked() {
        let message = "--perfetto and --html draw one program: give it by --replay";
        return Err(SelectError::Usage(message.to_owned()).into());
    }
    // What is written at the end of hours is tried before them.
    let written = [
        ("crashes", Some(&args.crashes)),
        ("collect", args.collect.as_ref()),
    ];
    for (option, folder) in written {
        if let Some(folder) = folder.filter(|folder| folder.exists() && !folder.is_dir()) {
            let message = format!("--{option}: {} is no folder", folder.display());
            return Err(SelectError::Usage(message).into());
        }
    }
    let target = select(&args.place, Asked::default())?;
    let mut campaign = Campaign::new(target.as_ref());
    if let Some(folder) = &args.corpus {
        let programs = corpus(folder)?;
        let progress = progress(programs.len() as u64, "programs of the corpus");
        for (path, saved) in programs {
            let variant = variant(target.as_ref(), &saved, &path)?;
            match campaign.run(variant, saved.seed, &saved.program) {
                Outcome::Held(_) => progress.inc(1),
                Outcome::Broke(crash) => {
                    progress.finish_and_clear();
                    writeln!(out, "{} of the corpus broke:", path.display())?;
                    return broke(out, args, &campaign, (&crash, variant), &again);
                }
                Outcome::Interrupted => break,
            }
        }
        progress.finish_and_clear();
        let programs = campaign.tally.programs;
        writeln!(out, "corpus      {programs} programs held")?;
    }
    let progress = progress(args.count, "requests");
    let mut index = 0;
    while campaign.tally.requests() < args.count && !target.interrupted() {
        let (variant, seed, program) = campaign.draw(args.seed, index);
        match campaign.run(variant, seed, &program) {
            Outcome::Broke(crash) => {
                progress.finish_and_clear();
                writeln!(out, "program {index} of seed {} broke:", args.seed)?;
                return broke(out, args, &campaign, (&crash, variant), &again);
            }
            Outcome::Held(new) => {
                if let Some(folder) = &args.collect {
                    for behaviour in new {
                        let found = (variant, seed, program.as_slice());
                        let specimen = campaign.shrink_specimen(found, &behaviour);
                        specimen.write(&folder.join(file_name(&behaviour.to_string())))?;
                    }
                }
            }
            Outcome::Interrupted => break,
        }
        index += 1;
        progress.set_position(campaign.tally.requests());
    }
    progress.finish_and_clear();
    account(out, &campaign.tally, args.seed)?;
    if target.interrupted() {
        let (requests, count) = (campaign.tally.requests(), args.count);
        writeln!(
            out,
            "interrupted after {requests} of {count} requests; what had run held"
        )?;
        return Ok(Exit::Interrupted);
    }
    Ok(Exit::Passed)
}

/// Runs one file again, and makes it smaller where it breaks and that is asked for.
fn replay(
    out: &mut dyn Write,
    args: &FuzzArgs,
    path: &Path,
    again: &Again,
) -> Result<Exit, Trouble> {
    #[cfg(feature = "sim")]
    picture::check(&args.pictures)?;
    let saved = Saved::read(path)?;
    // A token is the simulator's own.
    let token = (args.place.target == TargetKind::Sim).then_some(saved.token.as_deref());
    let asked = Asked {
        replay: token.flatten(),
        pictures: args.pictures.is_asked(),
        ..Asked::default()
    };
    let target = select(&args.place, asked)?;
    let variant = variant(target.as_ref(), &saved, path)?;
    let mut campaign = Campaign::new(target.as_ref());
    let steps = saved.program.len();
    let progress = progress(steps as u64, "steps");
    let outcome = campaign.run_watched(variant, saved.seed, &saved.program, &mut |run| {
        progress.set_position(run as u64);
    });
    progress.finish_and_clear();
    #[cfg(feature = "sim")]
    draw((args, again), target.as_ref(), path, &outcome)?;
    #[cfg(not(feature = "sim"))]
    let _ = again;
    match outcome {
        Outcome::Interrupted => {
            writeln!(out, "{}: interrupted before its end", path.display())?;
            Ok(Exit::Interrupted)
        }
        Outcome::Held(_) => {
            writeln!(out, "{}: {steps} steps, everything held", path.display())?;
            Ok(Exit::Passed)
        }
        Outcome::Broke(crash) => {
            tell(out, &crash)?;
            if args.shrink {
                let shrunk = shrunk(&campaign, &crash, variant);
                let smaller = path.with_extension("small.json");
                shrunk.saved.write(&smaller)?;
                writeln!(
                    out,
                    "shrunk from {steps} to {} steps: {}",
                    shrunk.saved.program.len(),
                    smaller.display()
                )?;
            }
            Ok(of_failure(&crash.failure))
        }
    }
}

/// Draws the program that was replayed, where that is asked for.
#[cfg(feature = "sim")]
fn draw(
    (args, again): (&FuzzArgs, &Again),
    target: &dyn Target,
    path: &Path,
    outcome: &Outcome,
) -> Result<(), Trouble> {
    let Some(recorded) = target.recorded() else {
        return Ok(());
    };
    let crash = match outcome {
        Outcome::Broke(crash) => Some(crash),
        Outcome::Held(_) | Outcome::Interrupted => None,
    };
    let shown = Shown {
        title: &path.display().to_string(),
        failure: crash.map(|crash| &crash.failure),
        token: crash.and_then(|crash| crash.saved.token.as_deref()),
        again: Some(&again.file(path)),
    };
    picture::write(&args.pictures, &recorded, &shown)
}

/// The way of the target that a file names.
fn variant(target: &dyn Target, saved: &Saved, path: &Path) -> Result<Variant, Trouble> {
    let variants = &target.facts().variants;
    let named = variants
        .iter()
        .find(|variant| variant.to_string() == saved.variant);
    // A device offers one way and no schedule: a program of the simulator runs there as well.
    match (named, variants.as_slice()) {
        (Some(variant), _) => Ok(*variant),
        (None, [only]) => Ok(*only),
        (None, _) => Err(SelectError::Missing(format!(
            "{} ran in the way {}, which this target does not have",
            path.display(),
            saved.variant
        ))
        .into()),
    }
}

fn broke(
    out: &mut dyn Write,
    args: &FuzzArgs,
    campaign: &Campaign<'_>,
    (crash, variant): (&Crash, Variant),
    again: &Again,
) -> Result<Exit, Trouble> {
    let path = args
        .crashes
        .join(format!("crash-{:016x}.json", crash.saved.seed));
    // The whole program first: to make it smaller takes a while, and may be interrupted.
    crash.saved.write(&path)?;
    let shrunk = shrunk(campaign, crash, variant);
    shrunk.saved.write(&path)?;
    tell(out, &shrunk)?;
    let (from, to) = (crash.saved.program.len(), shrunk.saved.program.len());
    writeln!(out, "  shrunk from {from} to {to} steps")?;
    writeln!(out, "  again: {}", again.file(&path))?;
    Ok(of_failure(&crash.failure))
}

fn tell(out: &mut dyn Write, crash: &Crash) -> io::Result<()> {
    let failure = &crash.failure;
    writeln!(out, "  {}: {}", failure.cause.heading(), failure.message)?;
    for (what, place) in [
        ("driver", failure.place().as_deref()),
        ("check", failure.check.as_deref()),
    ] {
        if let Some(place) = place {
            writeln!(out, "  {what} {place}")?;
        }
    }
    for call in &failure.backtrace {
        writeln!(out, "  in {call}")?;
    }
    if let Some(token) = &crash.saved.token {
        writeln!(out, "  token {token}")?;
    }
    Ok(())
}

fn account(out: &mut dyn Write, tally: &Tally, seed: u64) -> io::Result<()> {
    let requests = tally.requests();
    writeln!(out, "seed        {seed}")?;
    writeln!(out, "programs    {}", tally.programs)?;
    writeln!(out, "requests    {requests}")?;
    for (name, account) in tally.ledger.rows() {
        writeln!(
            out,
            "  {name:<18} {:>9} served {:>9} refused {:>9} cancelled",
            account.succeeded, account.refused, account.cancelled
        )?;
    }
    writeln!(out, "behaviours  {}", tally.behaviours.len())?;
    let rate = |time: Duration| u128::from(requests) * 1000 / time.as_millis().max(1);
    write!(
        out,
        "rate        {} requests a second",
        rate(tally.duration)
    )?;
    match tally.processor_time {
        Some(time) => writeln!(out, ", {} a second of processor time", rate(time)),
        None => writeln!(out),
    }
}

/// A file name that says what the file shows.
fn file_name(behaviour: &str) -> String {
    let words = behaviour
        .to_lowercase()
        .replace(|letter: char| !letter.is_ascii_alphanumeric(), " ");
    words.split_whitespace().collect::<Vec<_>>().join("-") + ".json"
}

/// The shortest program that breaks the same, with progress meanwhile.
fn shrunk(campaign: &Campaign<'_>, crash: &Crash, variant: Variant) -> Crash {
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} shrinking: {msg} {elapsed}");
    bar.set_style(style.expect("the template is a constant"));
    bar.enable_steady_tick(TICK);
    let mut trials = 0_u32;
    let shrunk = campaign.shrink_crash(crash, variant, &mut |steps| {
        bar.set_message(format!("{steps} steps, {trials} trials"));
        trials += 1;
    });
    bar.finish_and_clear();
    shrunk
}

/// How often progress is drawn anew while one program runs.
const TICK: Duration = Duration::from_millis(200);

fn progress(count: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::new(count);
    let style = ProgressStyle::with_template(&format!(
        "{{bar:24}} {{pos}}/{{len}} {what} {{elapsed}} eta {{eta}}"
    ));
    bar.set_style(style.expect("the template is made of constants"));
    bar.enable_steady_tick(TICK);
    bar
}
