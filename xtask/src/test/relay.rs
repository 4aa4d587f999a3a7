//! Running `cargo test` with its output passed on line by line, and the slowest tests before its last line.

use std::{
    io::{self, BufRead, BufReader, IsTerminal, Read, Write},
    process::{Command, Stdio},
    sync::mpsc::{self, Sender},
    thread,
    time::Instant,
};

use super::{arguments::Arguments, durations::Durations};
use crate::{
    Error,
    command::{failed_in_sight, not_started, step},
};

/// How many of the slowest tests are told.
const TOLD: usize = 10;

/// A line, and whether it is of cargo's standard error or of a test program's standard output.
enum Line {
    OfCargo(Vec<u8>),
    OfProgram(Vec<u8>, Instant),
}

/// Runs `command`, a `cargo test` that lacks the last of its arguments.
///
/// # Errors
/// cargo cannot be started; a test fails.
pub(super) fn run(command: &mut Command, mut arguments: Arguments) -> Result<(), Error> {
    if io::stdout().is_terminal() {
        arguments.colour();
    }
    command.args(arguments.join());
    if io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| not_started(command, &error))?;
    let (sender, lines) = mpsc::channel();
    if let Some(pipe) = child.stderr.take() {
        read(pipe, sender.clone(), Line::OfCargo);
    }
    if let Some(pipe) = child.stdout.take() {
        read(pipe, sender, |line| Line::OfProgram(line, Instant::now()));
    }

    let mut durations = Durations::new(arguments.threads());
    // The verdict on a program, which is the last line where no other program follows.
    let mut verdict: Option<Vec<u8>> = None;
    // Where nothing reads any more, the tests go on: the exit code tells.
    for line in lines {
        if let (Some(verdict), Line::OfProgram(line, _)) = (&mut verdict, &line)
            && line == b"\n"
        {
            verdict.push(b'\n');
            continue;
        }
        if let Some(verdict) = verdict.take() {
            let _ = show(&mut io::stdout().lock(), &verdict);
        }
        match line {
            Line::OfCargo(line) => {
                durations.of_cargo(&String::from_utf8_lossy(&line));
                let _ = show(&mut io::stderr().lock(), &line);
            }
            Line::OfProgram(line, _) if line.starts_with(b"test result: ") => verdict = Some(line),
            Line::OfProgram(line, now) => {
                durations.of_program(&String::from_utf8_lossy(&line), now);
                let _ = show(&mut io::stdout().lock(), &line);
            }
        }
    }
    let status = child.wait().map_err(|error| not_started(command, &error))?;
    tell(&durations);
    if let Some(verdict) = verdict {
        let _ = show(&mut io::stdout().lock(), &verdict);
    }
    if status.success() {
        Ok(())
    } else {
        Err(failed_in_sight(command, &status.to_string()))
    }
}

/// Sends every line of `pipe`.
fn read(
    pipe: impl Read + Send + 'static,
    sender: Sender<Line>,
    line: impl Fn(Vec<u8>) -> Line + Send + 'static,
) {
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        loop {
            let mut bytes = Vec::new();
            // A pipe that cannot be read has no more lines; the exit code tells.
            match pipe.read_until(b'\n', &mut bytes) {
                Ok(length) if length > 0 && sender.send(line(bytes)).is_ok() => {}
                _ => return,
            }
        }
    });
}

fn show(to: &mut impl Write, line: &[u8]) -> io::Result<()> {
    to.write_all(line)?;
    to.flush()
}

fn tell(durations: &Durations) {
    let slowest = durations.slowest(TOLD);
    if !slowest.is_empty() {
        step("The slowest tests");
    }
    for (time, test) in slowest {
        eprintln!("  {:7.1} s  {test}", time.as_secs_f64());
    }
}
