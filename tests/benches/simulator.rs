//! What the simulator costs: how fast it runs the driver, with all rules and with fewer, what exploring costs beside that, and
//! what a copy of its state is.
//!
//! Rates are of this very run, one beside the other, and are to be compared with each other only. What a copy costs is
//! counted and is the same in every run.

use std::{
    env,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use dirql_ioctl::{code, connection::QueryReply, statistics::StatisticsReply};
use ntsim::{
    Config, FileId, Image, Machine, Points, RequestId, Rule, Rules, Status,
    device::Edu,
    explore::{Act, Actor, Bounds, Explorer, Scenario},
};

type Error = Box<dyn std::error::Error>;

/// A page of x64.
const PAGE: u64 = 0x1000;

/// How many pages a copy of the state of a started driver may take.
const PAGES_MAX: u64 = 8;

fn path(variable: &str) -> Result<PathBuf, Error> {
    let value = env::var_os(variable)
        .ok_or_else(|| format!("{variable} is not set: run `cargo xtask bench`"))?;
    Ok(value.into())
}

fn started(image: &Image, rules: Rules) -> Result<Machine, Error> {
    let config = Config {
        rules,
        ..Config::default()
    };
    let mut machine = Machine::new(config, image, Box::new(Edu::new()))?;
    machine.start()?;
    Ok(machine)
}

/// Instructions of the driver, and requests, a second.
fn rates(image: &Image, rules: Rules) -> Result<(f64, f64), Error> {
    let mut machine = started(image, rules)?;
    let file = machine.open(true, true)?;
    let mut requests = |rounds: u32| -> Result<u64, Error> {
        let before = machine.instructions();
        for _ in 0..rounds {
            let length = size_of::<StatisticsReply>();
            let request = machine.submit(file, code::STATISTICS.0, &[], length)?;
            let completion = machine.wait(request)?;
            if completion.status != Status::SUCCESS {
                return Err(
                    format!("a request was completed with {:#010x}", completion.status).into(),
                );
            }
        }
        Ok(machine.instructions() - before)
    };
    // The first ones pay for the translation of the driver's code.
    requests(200)?;
    let (begin, rounds) = (Instant::now(), 4000);
    let instructions = requests(rounds)?;
    let elapsed = begin.elapsed();
    Ok((rate(instructions, elapsed), rate(rounds.into(), elapsed)))
}

fn speed(image: &Image) -> Result<(), Error> {
    println!("| rules | instructions of the driver a second | requests a second | of all rules |");
    println!("|---|---|---|---|");
    let without_race = Rules::ALL.without(Rule::Race);
    let none = Rule::ALL
        .iter()
        .fold(Rules::ALL, |rules, rule| rules.without(*rule));
    let mut first = None;
    for (name, rules) in [
        ("all", Rules::ALL),
        ("all but `race`", without_race),
        ("none", none),
    ] {
        let (instructions, requests) = rates(image, rules)?;
        let whole = *first.get_or_insert(instructions);
        println!(
            "| {name} | {instructions:.0} | {requests:.0} | {:.2} |",
            instructions / whole
        );
    }
    Ok(())
}

fn copies(image: &Image) -> Result<(), Error> {
    let machine = started(image, Rules::ALL)?;
    let threads = machine.threads();
    let mut copy = None;
    let counted = allocation_counter::measure(|| copy = Some(machine.state()));
    drop(copy);
    println!();
    println!("| a copy of the state of the started driver | |");
    println!("|---|---|");
    println!("| allocations | {} |", counted.count_total);
    println!("| bytes | {} |", counted.bytes_total);
    println!("| threads in it | {threads} |");
    if counted.bytes_total > PAGES_MAX * PAGE {
        return Err(format!(
            "a copy of the state takes {} bytes, and is to take {PAGES_MAX} pages at most",
            counted.bytes_total
        )
        .into());
    }
    Ok(())
}

/// A query, and an interrupt at any of its instructions.
fn scenario() -> Scenario<(FileId, Option<RequestId>)> {
    type Host = (FileId, Option<RequestId>);
    let query: Act<Host> = Box::new(|machine, (file, sent)| {
        *sent = Some(machine.submit(*file, code::QUERY.0, &[], size_of::<QueryReply>())?);
        Ok(())
    });
    let interrupt: Act<Host> = Box::new(|machine, _| machine.raise_device(1));
    let actor = |name: &str, act| Actor {
        name: name.to_owned(),
        behind: None,
        act,
    };
    Scenario {
        name: "a query against an interrupt".to_owned(),
        says: String::new(),
        before: Box::new(|machine| Ok((machine.open(true, true)?, None))),
        actors: vec![actor("query", query), actor("interrupt", interrupt)],
        after: Box::new(|_, _| Ok(())),
    }
}

/// Instructions a second of the same work, straight through: a query and an interrupt, again and again.
fn straight(image: &Image, rules: Rules) -> Result<f64, Error> {
    let mut machine = started(image, rules)?;
    let file = machine.open(true, true)?;
    let (mut begin, mut before) = (Instant::now(), 0);
    for round in 0..4200 {
        // The first ones pay for the translation of the driver's code.
        if round == 200 {
            (begin, before) = (Instant::now(), machine.instructions());
        }
        let request = machine.submit(file, code::QUERY.0, &[], size_of::<QueryReply>())?;
        machine.raise_device(1)?;
        machine.wait(request)?;
        machine.settle()?;
    }
    Ok(rate(machine.instructions() - before, begin.elapsed()))
}

fn rate(count: u64, time: Duration) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a count of millions is exact in a double"
    )]
    let count = count as f64;
    count / time.as_secs_f64()
}

/// What exploring costs beside running the same instructions straight through.
fn exploring(image: &Image) -> Result<(), Error> {
    println!();
    println!(
        "| rules | schedules a second | time an instruction, of straight | going back, of all |"
    );
    println!("|---|---|---|---|");
    let none = Rule::ALL
        .iter()
        .fold(Rules::ALL, |rules, rule| rules.without(*rule));
    for (name, rules) in [("all", Rules::ALL), ("none", none)] {
        let straight = straight(image, rules)?;
        let scenario = scenario();
        let mut machine = started(image, rules)?;
        let mut explorer = Explorer::new(&mut machine, &scenario)?;
        let bounds = Bounds {
            points: Points::Instruction,
            preemptions: 1,
        };
        let found = explorer.explore(bounds, |_| true)?;
        if !found.complete || !found.violations.is_empty() {
            return Err("the driver breaks something under exploration".into());
        }
        let slower = straight / rate(found.instructions, found.elapsed);
        let resets = found.reset.as_secs_f64() / found.elapsed.as_secs_f64();
        println!(
            "| {name} | {:.0} | {slower:.2} | {resets:.2} |",
            rate(found.schedules, found.elapsed)
        );
    }
    Ok(())
}

fn run() -> Result<(), Error> {
    let image = Image::load(&path("DIRQL_IMAGE")?, Some(&path("DIRQL_PDB")?))?;
    speed(&image)?;
    exploring(&image)?;
    copies(&image)
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}
