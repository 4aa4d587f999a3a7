//! The subcommands: from parsed arguments to an exit code.

mod decode;
#[cfg(feature = "sim")]
mod explore;
#[cfg(feature = "sim")]
mod faults;
mod fuzz;
mod info;
mod list;
#[cfg(feature = "sim")]
mod picture;
mod policies;
mod report;
mod run;

use std::ffi::OsString;
use std::io::{self, Write};

use clap::Parser;
use nt_model::{Failure, Limit};

use crate::cli::{Cli, Command};
use crate::exit::Exit;
use crate::output::Output;
use crate::target::SelectError;

pub use run::{drive, matched};

/// Why a subcommand could not do its work.
#[derive(Debug)]
enum Trouble {
    Select(SelectError),
    /// What the driver did, and how the command ends for it.
    Driver(String, Exit),
    Write(io::Error),
}

impl From<SelectError> for Trouble {
    fn from(error: SelectError) -> Self {
        Self::Select(error)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

/// Runs the command line `args`, the program's name first. The process's standard streams are
/// used, in colour where they are terminals that take it.
pub fn main(args: impl IntoIterator<Item = OsString>) -> Exit {
    let args: Vec<OsString> = args.into_iter().collect();
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come here too. Where nothing reads them, there is nothing to tell.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Passed
            };
        }
    };
    let program = args
        .first()
        .map_or("dirql".into(), |name| name.to_string_lossy());
    #[cfg(feature = "sim")]
    if matches!(
        cli.command,
        Command::Run(_) | Command::Fuzz(_) | Command::Explore(_) | Command::Faults(_)
    ) {
        crate::interrupt::on_interrupt();
    }
    let mut out = Output::new(anstream::stdout());
    let result = match cli.command {
        Command::Run(args) => run::run(&mut out, &program, &args),
        #[cfg(feature = "sim")]
        Command::Explore(args) => explore::explore(&mut out, &program, &args),
        #[cfg(feature = "sim")]
        Command::Faults(args) => faults::faults(&mut out, &args),
        #[cfg(feature = "sim")]
        Command::Merge(args) => explore::merge(&mut out, &args),
        Command::List(args) => list::list(&mut out, &args),
        Command::Fuzz(args) => fuzz::fuzz(&mut out, &program, &args),
        Command::Policies => policies::policies(&mut out),
        Command::Info(args) => info::info(&mut out, &args),
        Command::Report(args) => report::report(&mut out, &program, &args),
        Command::DecodeBugcheck(args) => decode::decode_bugcheck(&mut out, &args),
    };
    let result = result.and_then(|exit| {
        out.flush()?;
        Ok(exit)
    });
    result.unwrap_or_else(|trouble| {
        let (message, exit) = match trouble {
            Trouble::Select(SelectError::Usage(message)) => (message, Exit::Usage),
            Trouble::Select(SelectError::Missing(message)) => (message, Exit::SetUp),
            Trouble::Driver(message, exit) => (message, exit),
            Trouble::Write(error) => (
                format!("the report cannot be written: {error}"),
                Exit::SetUp,
            ),
        };
        error(&message);
        exit
    })
}

/// How a command ends for one failure.
fn of_failure(failure: &Failure) -> Exit {
    if failure.cause == Limit::Interrupted {
        Exit::Interrupted
    } else if failure.is_verdict() {
        Exit::Failed
    } else {
        Exit::NoVerdict
    }
}

/// Tells the user on standard error why the command ends.
fn error(message: &str) {
    let red = anstyle::AnsiColor::Red.on_default().bold();
    // Where standard error is gone the exit code still tells.
    let _ = writeln!(anstream::stderr(), "{red}error{red:#}: {message}");
}
