//! One schedule by its token: running it again, and shrinking it.

use std::io::Write;

use nt_model::Failure;
use ntsim::explore::{Explorer, Violation};
use ntsim::{Conflicts, Machine, Plan, Points};

use super::super::picture::{self, Shown};
use super::super::{Trouble, of_failure};
use super::human;
use crate::cli::PictureArgs;
use crate::exit::Exit;
use crate::explore::images::Images;
use crate::explore::scenarios::Listed;
use crate::explore::token::ScheduleToken;
use crate::target::{Recorded, SelectError};

fn driver(failure: &Failure) -> Trouble {
    Trouble::Driver(failure.to_string(), of_failure(failure))
}

/// A token that an option was given, and its scenario.
fn read<'a>(
    option: &str,
    text: &str,
    all: &'a [Listed],
) -> Result<(ScheduleToken, &'a Listed), Trouble> {
    let token: ScheduleToken = text
        .parse()
        .map_err(|error| SelectError::Usage(format!("--{option}: {error}")))?;
    let Some(listed) = all.iter().find(|it| it.drama.name == token.scenario) else {
        let message = format!("--{option}: there is no scenario '{}'", token.scenario);
        return Err(SelectError::Usage(message).into());
    };
    Ok((token, listed))
}

fn begun(images: &Images, listed: &Listed, token: &ScheduleToken) -> Result<Machine, Trouble> {
    images
        .boot(listed, &token.config)
        .map_err(|failure| driver(&failure))
}

/// Runs one schedule again, and prints what happens in it.
pub(super) fn replay(
    out: &mut dyn Write,
    images: &Images,
    all: &[Listed],
    text: &str,
    (pictures, again): (&PictureArgs, &str),
) -> Result<Exit, Trouble> {
    let (token, listed) = read("replay", text, all)?;
    let mut machine = begun(images, listed, &token)?;
    if pictures.is_asked() {
        machine.record_timeline();
    }
    let before = machine.events().total();
    let mut explorer =
        Explorer::new(&mut machine, &listed.drama).map_err(|failure| driver(&failure))?;
    let outcome = explorer
        .run(Plan {
            points: Points::Instruction,
            turns: token.turns.clone(),
            conflicts: Conflicts::default(),
        })
        .map_err(|failure| driver(&failure))?;
    let log = explorer.machine().events();
    let mut acted = outcome.acted.iter().peekable();
    let mut tell = |out: &mut dyn Write, events: u64| {
        while let Some(act) = acted.next_if(|act| act.events <= events) {
            writeln!(out, "-- {}", listed.drama.actors[act.actor].name)?;
        }
        Ok::<_, std::io::Error>(())
    };
    for (number, event) in (before..).zip(log.iter().skip(usize::try_from(before).unwrap_or(0))) {
        tell(out, number)?;
        writeln!(out, "{event}")?;
    }
    tell(out, u64::MAX)?;
    writeln!(out, "digest {:#018x}", log.digest())?;
    let violation = explorer
        .judge(&token.turns)
        .map_err(|failure| driver(&failure))?;
    let timeline = explorer.machine().timeline();
    if let (Some(timeline), Some(image)) = (timeline, images.of(listed.subject())) {
        let recorded = Recorded {
            timeline,
            image: image.clone(),
        };
        let shown = Shown {
            title: &listed.drama.name,
            failure: violation.as_ref().map(|violation| &violation.failure),
            token: Some(text),
            again: Some(&format!("{again} --replay '{text}'")),
        };
        picture::write(pictures, &recorded, &shown)?;
    }
    match violation {
        None => {
            writeln!(out, "nothing is broken")?;
            Ok(Exit::Passed)
        }
        Some(violation) => broken(out, listed, &violation),
    }
}

/// Takes the turns out of a schedule without which the same is broken, and prints what is left of it.
pub(super) fn shrink(
    out: &mut dyn Write,
    images: &Images,
    all: &[Listed],
    token: &str,
    again: &str,
) -> Result<Exit, Trouble> {
    let (token, listed) = read("shrink", token, all)?;
    let mut machine = begun(images, listed, &token)?;
    let mut explorer =
        Explorer::new(&mut machine, &listed.drama).map_err(|failure| driver(&failure))?;
    let turns = explorer
        .shrink(&token.turns)
        .map_err(|failure| driver(&failure))?;
    let Some(violation) = explorer.judge(&turns).map_err(|failure| driver(&failure))? else {
        writeln!(out, "nothing is broken, and nothing was taken out")?;
        return Ok(Exit::Passed);
    };
    let count = token.turns.len();
    writeln!(out, "{} of {count} turns are left:", turns.len())?;
    let exit = broken(out, listed, &violation)?;
    let least = ScheduleToken { turns, ..token };
    writeln!(out, "  again: {again} --replay '{least}'")?;
    Ok(exit)
}

fn broken(out: &mut dyn Write, listed: &Listed, violation: &Violation) -> Result<Exit, Trouble> {
    let actors = &listed.drama.actors;
    let acted = violation.acted.iter();
    let acted: Vec<&str> = acted.map(|actor| actors[*actor].name.as_str()).collect();
    human::tell(out, violation, &acted)?;
    Ok(of_failure(&violation.failure))
}
