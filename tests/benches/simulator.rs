//! What the simulator costs: how fast it runs the driver, with all rules and with fewer, and what a copy of its state is.
//!
//! Rates are of this very run, one beside the other, and are to be compared with each other only. What a copy costs is
//! counted and is the same in every run.

use std::{env, path::PathBuf, process::ExitCode, time::Instant};

use dirql_ioctl::{code, statistics::StatisticsReply};
use ntsim::{Config, Image, Machine, Rule, Rules, Status, device::Edu};

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
    let seconds = begin.elapsed().as_secs_f64();
    #[expect(
        clippy::cast_precision_loss,
        reason = "a count of millions is exact in a double"
    )]
    let instructions = instructions as f64;
    Ok((instructions / seconds, f64::from(rounds) / seconds))
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

fn run() -> Result<(), Error> {
    let image = Image::load(&path("DIRQL_IMAGE")?, Some(&path("DIRQL_PDB")?))?;
    speed(&image)?;
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
