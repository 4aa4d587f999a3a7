//! Loads a driver, starts its device, removes it, and prints the event log.
//!
//! `cargo run -p ntsim --example boot -- driver.sys driver.pdb [TOKEN]`

use std::{env, path::Path, process::ExitCode};

use ntsim::{
    Config, Image, Machine,
    device::{Bare, Edu, Identity, PciDevice},
};

fn boot(
    sys: &str,
    pdb: &str,
    token: Option<&str>,
    device: Box<dyn PciDevice>,
) -> Result<(), Box<dyn std::error::Error>> {
    let config = token.map_or_else(|| Ok(Config::default()), Config::from_token)?;
    let image = Image::load(Path::new(sys), Some(Path::new(pdb)))?;
    let mut machine = Machine::new(config, &image, device)?;
    let started = machine.start();
    print!("{}", machine.events());
    started?;
    let summary = machine.remove()?;
    println!("{summary:?}");
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [sys, pdb, rest @ ..] = &arguments[..] else {
        eprintln!("usage: boot DRIVER.SYS DRIVER.PDB [TOKEN] [bare]");
        return ExitCode::from(2);
    };
    let device: Box<dyn PciDevice> = if rest.iter().any(|word| word == "bare") {
        Box::new(Bare::new(Identity {
            vendor: 0x1234,
            device: 1,
            revision: 0,
            class: 0xFF_0000,
        }))
    } else {
        Box::new(Edu::new())
    };
    let token = rest.iter().find(|word| *word != "bare").map(String::as_str);
    match boot(sys, pdb, token, device) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
