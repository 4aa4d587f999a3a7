//! What the simulator costs: how fast it runs one loop of a guest beside the bare emulator, how fast the driver, with all rules
//! and with fewer, what exploring costs beside that, and what a copy of its state is.
//!
//! Rates are of this very run, by processor time, one beside the other, and are to be compared with each other only. What a
//! copy costs is counted and is the same in every run.

use std::{env, fs, path::PathBuf, process::ExitCode, time::Duration};

use dirql_ioctl::{code, connection::QueryReply, statistics::StatisticsReply};
use dirql_tests::{offender, programs::image_with};
use ntsim::{
    Config, FileId, Image, Machine, Points, RequestId, Rule, Rules, Status,
    device::Edu,
    explore::{Act, Actor, Bounds, Explorer, Scenario},
};
use unicorn_engine::{Arch, Mode, RegisterX86, Unicorn, unicorn_const::Permission};

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

/// The time that this thread has spent on processors, which other work on the machine does not stretch ("sched-stats").
fn processor_time() -> Result<Duration, Error> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split_whitespace().next().ok_or("no statistics")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

/// The processor time that has passed since.
fn since(begin: Duration) -> Result<Duration, Error> {
    Ok(processor_time()?.saturating_sub(begin))
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
    let (begin, rounds) = (processor_time()?, 4000);
    let instructions = requests(rounds)?;
    let elapsed = since(begin)?;
    Ok((rate(instructions, elapsed), rate(rounds.into(), elapsed)))
}

/// A loop of nine instructions: two read and write the image's data, three the stack, the rest registers.
const LOOP: [u8; 39] = [
    0x41, 0xB8, 0x40, 0x0D, 0x03, 0x00, // mov r8d, 200000
    0x48, 0x8B, 0x01, // mov rax, [rcx]
    0x4C, 0x01, 0xC0, // add rax, r8
    0x48, 0x89, 0x44, 0x24, 0x08, // mov [rsp+8], rax
    0x48, 0x8D, 0x14, 0x40, // lea rdx, [rax+rax*2]
    0x48, 0x33, 0x54, 0x24, 0x08, // xor rdx, [rsp+8]
    0x48, 0x89, 0x51, 0x08, // mov [rcx+8], rdx
    0x41, 0x01, 0xD1, // add r9d, edx
    0x41, 0xFF, 0xC8, // dec r8d
    0x75, 0xE0, // jnz to the first of the nine
    0xC3, // ret
];
const LOOP_INSTRUCTIONS: u64 = 9 * 200_000;

/// Instructions of the loop a second in the bare emulator, with a hook at each that counts or without.
fn bare(hooked: bool) -> Result<f64, Error> {
    const CODE: u64 = 0x1_0000;
    const DATA: u64 = 0x2_0000;
    let failed = |error| format!("the emulator failed: {error:?}");
    let mut uc = Unicorn::new(Arch::X86, Mode::MODE_64).map_err(failed)?;
    uc.mem_map(CODE, 0x1000, Permission::ALL).map_err(failed)?;
    uc.mem_map(DATA, 0x2000, Permission::ALL).map_err(failed)?;
    uc.mem_write(CODE, &LOOP).map_err(failed)?;
    let count = std::rc::Rc::new(std::cell::Cell::new(0_u64));
    if hooked {
        let count = std::rc::Rc::clone(&count);
        uc.add_code_hook(1, 0, move |_, _, _| count.set(count.get() + 1))
            .map_err(failed)?;
    }
    let end = CODE + LOOP.len() as u64 - 1;
    let mut run = || -> Result<(), Error> {
        uc.reg_write(RegisterX86::RCX, DATA).map_err(failed)?;
        uc.reg_write(RegisterX86::RSP, DATA + 0x1800)
            .map_err(failed)?;
        uc.emu_start(CODE, end, 0, 0).map_err(failed)?;
        Ok(())
    };
    run()?;
    let (begin, rounds) = (processor_time()?, 10);
    for _ in 0..rounds {
        run()?;
    }
    let elapsed = since(begin)?;
    if hooked && count.get() < (rounds + 1) * LOOP_INSTRUCTIONS {
        return Err("the hook was not called at every instruction".into());
    }
    Ok(rate(rounds * LOOP_INSTRUCTIONS, elapsed))
}

/// The same in the simulator.
fn simulated(image: &Image, rules: Rules) -> Result<f64, Error> {
    let mut machine = started(image, rules)?;
    let file = machine.open(true, true)?;
    let mut run = || -> Result<(), Error> {
        let request = machine.submit(file, offender::program("first"), &[], 0)?;
        match machine.wait(request)?.status {
            Status::SUCCESS => Ok(()),
            status => Err(format!("the loop was answered {status}").into()),
        }
    };
    run()?;
    let (begin, rounds) = (processor_time()?, 4);
    for _ in 0..rounds {
        run()?;
    }
    Ok(rate(rounds * LOOP_INSTRUCTIONS, since(begin)?))
}

fn one_loop() -> Result<(), Error> {
    let image = image_with(&[("A", &LOOP)]);
    let whole = bare(false)?;
    let none = Rule::ALL
        .iter()
        .fold(Rules::ALL, |rules, rule| rules.without(*rule));
    println!("| one loop of a guest | instructions a second | of bare |");
    println!("|---|---|---|");
    for (name, rate) in [
        ("the bare emulator", whole),
        ("a hook at each instruction", bare(true)?),
        ("`ntsim`, all rules", simulated(&image, Rules::ALL)?),
        (
            "all but `race`",
            simulated(&image, Rules::ALL.without(Rule::Race))?,
        ),
        ("none", simulated(&image, none)?),
    ] {
        println!("| {name} | {rate:.0} | {:.3} |", rate / whole);
    }
    println!();
    Ok(())
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
    let (mut begin, mut before) = (processor_time()?, 0);
    for round in 0..4200 {
        // The first ones pay for the translation of the driver's code.
        if round == 200 {
            (begin, before) = (processor_time()?, machine.instructions());
        }
        let request = machine.submit(file, code::QUERY.0, &[], size_of::<QueryReply>())?;
        machine.raise_device(1)?;
        machine.wait(request)?;
        machine.settle()?;
    }
    Ok(rate(machine.instructions() - before, since(begin)?))
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
        // The first search pays for the translation of the driver's code.
        explorer.explore(bounds, |_| true)?;
        let begin = processor_time()?;
        let found = explorer.explore(bounds, |_| true)?;
        let elapsed = since(begin)?;
        if !found.complete || !found.violations.is_empty() {
            return Err("the driver breaks something under exploration".into());
        }
        let slower = straight / rate(found.instructions, elapsed);
        let resets = found.reset.as_secs_f64() / found.elapsed.as_secs_f64();
        println!(
            "| {name} | {:.0} | {slower:.2} | {resets:.2} |",
            rate(found.schedules, elapsed)
        );
    }
    Ok(())
}

fn run() -> Result<(), Error> {
    let image = Image::load(&path("DIRQL_IMAGE")?, Some(&path("DIRQL_PDB")?))?;
    one_loop()?;
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
