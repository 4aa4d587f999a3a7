//! What `synchronize` costs, and what a request costs, in instructions of the driver; and what connecting costs, in
//! bytes of the stack.
//!
//! Instructions are counted by the simulator, so the figures are the same on every host and in every
//! run; nothing here is a time but the last column of the second table, which is a rate in this very
//! run. `cargo xtask bench` builds the images and runs it.

use std::{env, path::PathBuf, process::ExitCode, time::Instant};

use dirql_ioctl::{
    code,
    connection::QueryReply,
    statistics::StatisticsReply,
    synchronize::{Operation, SynchronizeReply, SynchronizeRequest},
};
use dirql_tests::{
    cost,
    session::{Device, Session, until_blocked},
};
use ntsim::{Config, FileId, Image, InterruptResource, Machine, Status, device::Edu};
use zerocopy::IntoBytes;

type Error = Box<dyn std::error::Error>;

/// The control codes of `tests/guests/cost`.
const WAYS: [(&str, u32); 3] = [
    ("`dirql::Interrupt::synchronize`", cost_code(0x800)),
    ("C style that keeps the same promise", cost_code(0x801)),
    ("C style that promises nothing", cost_code(0x802)),
];
const LOOP: u32 = cost_code(0x803);

/// The goal for the driver's code, in bytes.
const CODE_MOST: u32 = 52_000;

const fn cost_code(function: u32) -> u32 {
    0x22 << 16 | 2 << 14 | function << 2
}

fn path(variable: &str) -> Result<PathBuf, Error> {
    let value = env::var_os(variable)
        .ok_or_else(|| format!("{variable} is not set: run `cargo xtask bench`"))?;
    Ok(value.into())
}

fn machine(image: &Image) -> Result<(Machine, FileId), Error> {
    let mut machine = Machine::new(Config::default(), image, Box::new(Edu::new()))?;
    machine.start()?;
    let file = machine.open(true, true)?;
    Ok((machine, file))
}

/// Instructions of the driver from the submission of a request to its completion.
fn request(
    machine: &mut Machine,
    file: FileId,
    code: u32,
    input: &[u8],
    output: usize,
) -> Result<u64, Error> {
    let before = machine.instructions();
    let submitted = machine.submit(file, code, input, output)?;
    let completion = machine.wait(submitted)?;
    if completion.status != Status::SUCCESS {
        return Err(format!(
            "code {code:#010x} was completed with {:#010x}",
            completion.status
        )
        .into());
    }
    Ok(machine.instructions() - before)
}

/// Instructions of one turn of a loop: the difference between a long run and a short one.
fn per_turn(machine: &mut Machine, file: FileId, code: u32) -> Result<f64, Error> {
    let (short, long) = (1000u32, 3000u32);
    let few = request(machine, file, code, short.as_bytes(), 0)?;
    let many = request(machine, file, code, long.as_bytes(), 0)?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "a count of thousands is exact in a double"
    )]
    let difference = (many - few) as f64;
    Ok(difference / f64::from(long - short))
}

fn calls() -> Result<(), Error> {
    let guests = path("DIRQL_GUESTS")?;
    let image = Image::load(&guests.join("cost.sys"), Some(&guests.join("cost.pdb")))?;
    let (mut machine, file) = machine(&image)?;
    let turn = per_turn(&mut machine, file, LOOP)?;
    let mut costs = Vec::new();
    for (name, code) in WAYS {
        costs.push((name, per_turn(&mut machine, file, code)? - turn));
    }
    machine.remove()?;
    let (ours, reference) = (costs[0].1, costs[1].1);
    println!("| one synchronized add | instructions of the driver | of C that keeps the promise |");
    println!("|---|---|---|");
    for (name, cost) in costs {
        println!("| {name} | {cost:.1} | {:.2} |", cost / reference);
    }
    if ours > reference {
        return Err(format!(
            "the adapter takes {ours:.1} instructions, C of the same promise {reference:.1}: the goal is no more"
        )
        .into());
    }
    Ok(())
}

/// How deep the stack is, under what moves a handler and under what leaves it in its block.
fn stacks() -> Result<(), Error> {
    let guests = path("DIRQL_GUESTS")?;
    let image = Image::load(&guests.join("cost.sys"), Some(&guests.join("cost.pdb")))?;
    let config = until_blocked(InterruptResource::Line);
    let mut session = Session::start(&config, &image, Device::Edu)?;
    let moved = cost::by_value(&mut session)?;
    let stays = cost::in_place(&mut session)?;
    session.remove()?;
    println!();
    println!("| deepest stack, in bytes of the 24,576 | `connect` | that fails | `disconnect` |");
    println!("|---|---|---|---|");
    let row = |how: &str, bytes: usize, depths: cost::Depths| {
        println!(
            "| {how}, a handler of {bytes} bytes | {} | {} | {} |",
            depths.connect, depths.failure, depths.disconnect
        );
    };
    row("by value", cost::BY_VALUE, moved);
    for (bytes, depths) in cost::IN_PLACE.into_iter().zip(stays) {
        row("in place", bytes, depths);
    }
    Ok(())
}

fn requests() -> Result<(), Error> {
    let image = Image::load(&path("DIRQL_IMAGE")?, Some(&path("DIRQL_PDB")?))?;
    let (mut machine, file) = machine(&image)?;
    let synchronize = SynchronizeRequest {
        operation: Operation::Add as u32,
        caller_irql: 0,
        repeat: 1,
        reserved: 0,
        argument: 1,
    };
    println!();
    println!(
        "| one request, submitted to completed | instructions of the driver | requests a second, simulated |"
    );
    println!("|---|---|---|");
    // The last is the goal: a tenth above what each cost when the driver had all that it has.
    let mut missed = Vec::new();
    for (name, code, input, output, most) in [
        ("query", code::QUERY, &[][..], size_of::<QueryReply>(), 263),
        (
            "synchronize",
            code::SYNCHRONIZE,
            synchronize.as_bytes(),
            size_of::<SynchronizeReply>(),
            450,
        ),
        (
            "statistics",
            code::STATISTICS,
            &[][..],
            size_of::<StatisticsReply>(),
            560,
        ),
    ] {
        let cost = request(&mut machine, file, code.0, input, output)?;
        if cost > most {
            missed.push(format!(
                "{name} takes {cost} instructions: the goal is {most}"
            ));
        }
        let (begin, rounds) = (Instant::now(), 2000);
        for _ in 0..rounds {
            request(&mut machine, file, code.0, input, output)?;
        }
        let rate = f64::from(rounds) / begin.elapsed().as_secs_f64();
        println!("| {name} | {cost} | {rate:.0} |");
    }
    machine.remove()?;
    if missed.is_empty() {
        Ok(())
    } else {
        Err(missed.join("; ").into())
    }
}

fn sizes() -> Result<(), Error> {
    let sys = path("DIRQL_IMAGE")?;
    let image = Image::load(&sys, None)?;
    println!();
    println!("| `dirql_driver.sys` | bytes |");
    println!("|---|---|");
    println!("| file | {} |", std::fs::metadata(&sys)?.len());
    for section in image.sections() {
        println!("| section `{}` | {} |", section.name, section.size);
    }
    let code = image
        .sections()
        .iter()
        .find(|section| section.name == ".text")
        .map_or(0, |section| section.size);
    if code > CODE_MOST {
        return Err(format!("{code} bytes of code: the goal is {CODE_MOST}").into());
    }
    Ok(())
}

fn main() -> ExitCode {
    match calls()
        .and_then(|()| stacks())
        .and_then(|()| requests())
        .and_then(|()| sizes())
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}
