//! A schedule from a snapshot and the same schedule from a machine that was just switched on are one run: their logs are the
//! same, byte for byte, in every scenario.

#![cfg(feature = "sim")]

use std::{env, path::PathBuf, sync::Mutex, thread};

use dirql_harness::{
    cli::{PlaceArgs, TargetKind},
    explore::{
        images::Images,
        scenarios::{self, Listed},
    },
};
use nt_model::{Config, InterruptResource};
use ntsim::{
    Conflicts, Plan, Points, Turn,
    explore::{Bounds, Explorer},
};

/// How many schedules of a scenario are drawn before those that are compared, and how many are compared.
const DRAWN: u64 = 12;
const COMPARED: usize = 2;

fn images() -> Images {
    let path = |variable| {
        let value = env::var_os(variable);
        PathBuf::from(
            value.unwrap_or_else(|| panic!("{variable} is not set: run `cargo xtask test`")),
        )
    };
    let place = PlaceArgs {
        target: TargetKind::Sim,
        image: Some(path("DIRQL_IMAGE")),
        without: Vec::new(),
        policy: Vec::new(),
        pdb: Some(path("DIRQL_PDB")),
    };
    Images::load(&place).expect("the images can be loaded")
}

/// The log of one schedule, and what it breaks.
fn log(
    explorer: &mut Explorer<'_, dirql_harness::explore::stage::Stage>,
    turns: &[Turn],
) -> String {
    let plan = Plan {
        points: Points::Instruction,
        turns: turns.to_vec(),
        conflicts: Conflicts::default(),
    };
    let outcome = explorer.run(plan).expect("the turns are there");
    let failure = outcome.failure.map(|failure| failure.to_string());
    format!("{}{failure:?}", explorer.machine().events())
}

fn compare(images: &Images, listed: &Listed, config: &Config) {
    let name = &listed.drama.name;
    let boot = || {
        let booted = images.boot(listed, config);
        booted.unwrap_or_else(|failure| panic!("{name}: {failure}"))
    };
    let mut machine = boot();
    let mut explorer = Explorer::new(&mut machine, &listed.drama).expect("it begins");
    let bounds = Bounds {
        points: Points::Instruction,
        preemptions: 2,
    };
    let mut drawn = Vec::new();
    let tell = |found: &ntsim::explore::Exploration| {
        drawn.push(found.last.clone());
        true
    };
    explorer
        .draw(bounds, 1, DRAWN, tell)
        .expect("it is modelled");
    drawn.sort_by_key(|turns| usize::MAX - turns.len());
    drawn.dedup();
    assert!(drawn.len() > COMPARED, "{name}: {drawn:?}");
    for turns in &drawn[..COMPARED] {
        let restored = log(&mut explorer, turns);
        let mut fresh = boot();
        let mut from_boot = Explorer::new(&mut fresh, &listed.drama).expect("it begins");
        // Nothing is compared line by line: a log is long, and one that differs is looked at by its token.
        assert!(log(&mut from_boot, turns) == restored, "{name}: {turns:?}");
        fresh.recycle();
    }
    machine.recycle();
}

#[test]
fn a_restored_run_of_each_scenario_is_the_run_from_boot() {
    let all = scenarios::all();
    let next = Mutex::new(all.iter().enumerate());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let images = images();
                let take = || next.lock().expect("no thread panics with it").next();
                while let Some((number, listed)) = take() {
                    let interrupt = match number % 2 {
                        1 if listed.takes(InterruptResource::Message) => InterruptResource::Message,
                        _ => InterruptResource::Line,
                    };
                    let config = Config {
                        interrupt,
                        ..Config::default()
                    };
                    compare(&images, listed, &config);
                }
            });
        }
    });
}
