//! The command `ntsim`: drives a `.sys` that the simulator has never heard of.
//!
//! It starts the driver on a device, opens it, sends one control request or none, and removes it again, once
//! for each seed and each kind of interrupt. For more than one request at a time a driver's author writes a
//! test over the library; this command shows how little that takes.

#![forbid(unsafe_code)]

use std::{
    error::Error,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, ValueEnum};
use ntsim::{
    Config, Image, InterruptResource, Machine, Strategy,
    device::{Bare, Edu, Identity, PciDevice},
};

/// Starts a driver, sends it one control request, and removes it, under many schedules.
///
/// Exit codes: 0 where every run ended well, 1 where a rule was broken, 2 where the command line is wrong, 3
/// where the image cannot be run.
#[derive(Debug, Parser)]
#[command(name = "ntsim", version)]
struct Arguments {
    /// The driver; its PDB is looked for beside it, by the same name and by the one that the linker recorded.
    image: PathBuf,
    /// The control code to send, hexadecimal; without one the device is opened and closed.
    #[arg(value_parser = hexadecimal)]
    code: Option<u32>,
    /// The bytes of the request, hexadecimal.
    #[arg(value_parser = bytes, default_value = "")]
    input: Bytes,
    /// The length of the reply in bytes.
    #[arg(default_value_t = 0)]
    output: usize,
    /// How many schedules are tried, with each kind of interrupt.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// Run once, as TOKEN says, which a broken rule printed.
    #[arg(long, conflicts_with = "seeds")]
    token: Option<String>,
    /// The device that the driver is started on.
    #[arg(long, value_enum, default_value_t = Device::Edu)]
    device: Device,
    /// Print what happened in each run, one event a line.
    #[arg(long)]
    events: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Device {
    /// QEMU's `edu`: one window of registers, a line, one message.
    Edu,
    /// No registers and no interrupt.
    Bare,
}

impl Device {
    fn make(self) -> Box<dyn PciDevice> {
        match self {
            Self::Edu => Box::new(Edu::new()),
            Self::Bare => Box::new(Bare::new(Identity {
                vendor: 0x1234,
                device: 1,
                revision: 0,
                class: 0x00FF_0000,
            })),
        }
    }
}

/// The bytes of a request.
#[derive(Clone, Debug)]
struct Bytes(Vec<u8>);

fn hexadecimal(text: &str) -> Result<u32, std::num::ParseIntError> {
    u32::from_str_radix(text.strip_prefix("0x").unwrap_or(text), 16)
}

fn bytes(text: &str) -> Result<Bytes, String> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [_, _] => u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok(),
            _ => None,
        })
        .collect::<Option<_>>()
        .map(Bytes)
        .ok_or_else(|| "a byte is two hexadecimal digits".to_owned())
}

/// The runs that the command line asks for.
fn configurations(arguments: &Arguments) -> Result<Vec<Config>, Box<dyn Error>> {
    if let Some(token) = &arguments.token {
        return Ok(vec![Config::from_token(token)?]);
    }
    let seeds = 1..=arguments.seeds;
    let both = [InterruptResource::Line, InterruptResource::Message];
    Ok(seeds
        .flat_map(|seed| both.map(|interrupt| (seed, interrupt)))
        .map(|(seed, interrupt)| Config {
            strategy: Strategy::Random,
            seed,
            interrupt,
            ..Config::default()
        })
        .collect())
}

/// One life of the device: what its request ended with.
fn life(machine: &mut Machine, arguments: &Arguments) -> Result<String, ntsim::Failure> {
    machine.start()?;
    let file = machine.open(true, true)?;
    let answer = match arguments.code {
        None => "opened".to_owned(),
        Some(code) => {
            let request = machine.submit(file, code, &arguments.input.0, arguments.output)?;
            let completion = machine.wait(request)?;
            let (status, information) = (completion.status, completion.information);
            format!("{status:#010x}, {information} bytes")
        }
    };
    machine.close(file)?;
    machine.unload()?;
    Ok(answer)
}

/// Whether every run ended well.
fn drive(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let mut out = io::stdout().lock();
    let (image, no_lines) = Image::load_beside(&arguments.image)?;
    if let Some(why) = no_lines {
        eprintln!("note: {why}");
    }
    for config in configurations(arguments)? {
        let token = config.token();
        let mut machine = Machine::new(config, &image, arguments.device.make())?;
        let answer = life(&mut machine, arguments);
        if arguments.events {
            write!(out, "{}", machine.events())?;
        }
        match answer {
            Ok(answer) => writeln!(out, "{token}: {answer}")?,
            Err(failure) => {
                writeln!(out, "{token}: {failure}")?;
                return Ok(false);
            }
        }
    }
    Ok(true)
}

fn main() -> ExitCode {
    match drive(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(3)
        }
    }
}
