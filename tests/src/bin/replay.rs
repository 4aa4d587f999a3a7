//! Runs a script in a process of its own and prints everything that can be seen of the run.
//!
//! `replay DRIVER TOKEN`: exit code 0 where the script ran, 2 where an argument is no good.

use std::{env, process::ExitCode};

use dirql_tests::scripts;
use ntsim::Config;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [driver, token] = &arguments[..] else {
        eprintln!("usage: replay DRIVER TOKEN");
        return ExitCode::from(2);
    };
    if !scripts::DRIVERS.contains(&driver.as_str()) {
        eprintln!("no driver {driver}: it is one of {:?}", scripts::DRIVERS);
        return ExitCode::from(2);
    }
    match Config::from_token(token) {
        Ok(config) => {
            print!("{}", scripts::run(driver, &config));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
