//! The command `ntsim`: drives a `.sys` that the simulator has never heard of.
//!
//! It starts the driver on a device, opens it, and sends a request or none, on one handle or several. It changes power
//! and resources where that is wanted, and removes the device again. All that happens once for each seed and each kind
//! of interrupt. For requests of several kinds a driver's author writes a test over the library; this command shows how
//! little that takes.

#![forbid(unsafe_code)]

mod again;
mod answers;
mod arguments;
mod exit;
mod interrupt;
mod life;
mod picture;
mod tell;

use std::{
    io::{self, Write},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use ntsim::{Allow, Config, Failure, Image, Machine, Support, Uses};

use serde_json::{Value, json};

use crate::{
    again::again,
    answers::Answers,
    arguments::{Arguments, Format},
    exit::Exit,
    tell::Teller,
};

/// Why nothing, or nothing more, was run.
struct Trouble(Exit, String);

impl Trouble {
    fn usage(what: String) -> Self {
        Self(Exit::Usage, what)
    }

    fn set_up(what: String) -> Self {
        Self(Exit::SetUp, what)
    }
}

fn cannot_write(error: &io::Error) -> Trouble {
    Trouble::set_up(format!("the output cannot be written: {error}"))
}

/// Lists what an image imports, what is not modelled first.
fn list_imports(image: &Image) -> Result<Exit, Trouble> {
    let mut needs = ntsim::needs(image);
    needs.sort_by_key(|need| need.support == Support::Modelled);
    let mut output = io::stdout().lock();
    let modelled = needs.iter();
    let modelled = modelled.filter(|need| need.support == Support::Modelled);
    let summary = format!(
        "{} of {} imports are modelled",
        modelled.count(),
        needs.len()
    );
    let lines = needs.iter().map(ToString::to_string).chain([summary]);
    for line in lines {
        match writeln!(output, "{line}") {
            // Who reads no further knows enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            written => written.map_err(|error| cannot_write(&error))?,
        }
    }
    Ok(Exit::Passed)
}

/// What the runs of one command have in common.
struct Run<'a> {
    image: &'a Image,
    arguments: &'a Arguments,
    interrupt: &'a Arc<AtomicBool>,
}

/// A machine that has run, and how that ended.
type Ran = (Machine, Result<Answers, Failure>);

impl Run<'_> {
    /// Makes the run of a configuration, and where it is asked for another with other bytes in uninitialized memory.
    fn twice_where_asked(&self, config: &Config, teller: &mut Teller) -> Result<Ran, Trouble> {
        if !self.arguments.uninitialized {
            return self.once(config, teller, |_| ());
        }
        let mut uses = Uses::default();
        let (machine, answer) = self.once(config, teller, |machine| uses = machine.record())?;
        if answer.is_err() {
            return Ok((machine, answer));
        }
        machine.recycle();
        self.once(config, teller, |machine| machine.compare(&uses))
    }

    fn once(
        &self,
        config: &Config,
        teller: &mut Teller,
        watch: impl FnOnce(&mut Machine),
    ) -> Result<Ran, Trouble> {
        let arguments = self.arguments;
        let device = arguments.device.make();
        let mut machine = Machine::new(config.clone(), self.image, device)
            .map_err(|error| Trouble::set_up(error.to_string()))?;
        watch(&mut machine);
        if arguments.perfetto.is_some() || arguments.html.is_some() {
            machine.record_timeline();
        }
        machine
            .install_framework(arguments.kmdf)
            .map_err(|error| Trouble::usage(format!("--kmdf: {error}")))?;
        machine.end_on(Arc::clone(self.interrupt));
        for set in &arguments.registry {
            machine.set_registry_value(&set.key, &set.name, set.value.clone());
        }
        if let Some(most) = arguments.limit {
            machine.limit_instructions(most);
        }
        let answer = life::live(&mut machine, arguments);
        if arguments.events {
            let events = machine.events().to_string();
            teller
                .write(&events)
                .map_err(|error| cannot_write(&error))?;
        }
        Ok((machine, answer))
    }
}

/// A failure as programs read it.
fn of_failure(failure: &Failure) -> Value {
    json!({
        "verdict": failure.is_verdict(),
        "rule": failure.cause.name(),
        "message": failure.message,
        "location": failure.location,
        "caller": failure.caller,
        "calls": failure.backtrace,
    })
}

fn drive(arguments: &Arguments) -> Result<Exit, Trouble> {
    let runs = arguments.runs().map_err(Trouble::usage)?;
    arguments.check_image().map_err(Trouble::set_up)?;
    let allow = Allow {
        writable_code: arguments.allow_wx,
    };
    let (image, no_lines) = Image::load_beside_allowing(allow, &arguments.image)
        .map_err(|error| Trouble::set_up(error.to_string()))?;
    if let Some(why) = no_lines {
        eprintln!("note: {why}");
    }
    if arguments.imports {
        return list_imports(&image);
    }
    let interrupt = interrupt::flag().map_err(|error| Trouble::set_up(error.to_string()))?;
    let mut teller = Teller::new(runs.count);
    let mut well = 0_u64;
    let mut told = Vec::new();
    let mut all = Answers::default();
    let mut exit = Exit::Passed;
    for config in runs.configurations {
        if interrupt.load(Ordering::Relaxed) {
            exit = Exit::Interrupted;
            break;
        }
        let token = config.token();
        teller.began(&token);
        let run = Run {
            image: &image,
            arguments,
            interrupt: &interrupt,
        };
        let (machine, answer) = run.twice_where_asked(&config, &mut teller)?;
        let is_last = answer.is_err() || well + 1 == runs.count;
        if is_last && let Some(timeline) = machine.timeline() {
            picture::write(&run, &timeline, &token, answer.as_ref().err())?;
        }
        let said = match answer {
            Ok(answer) => {
                well += 1;
                machine.recycle();
                told.push(answer.for_programs(&token));
                all.join(&answer);
                answer.on_a_line()
            }
            Err(failure) => {
                exit = Exit::of(&failure);
                let again = again(&token);
                told.push(
                    json!({ "token": token, "again": again, "failure": of_failure(&failure) }),
                );
                format!("{failure}\n  again by `{again}`")
            }
        };
        // A run that ended well is told among all of them, but behind its events.
        if arguments.format == Format::Human && (exit != Exit::Passed || arguments.events) {
            teller
                .write(&format!("{token}: {said}\n"))
                .map_err(|error| cannot_write(&error))?;
        }
        teller.ended();
        if exit != Exit::Passed {
            break;
        }
    }
    if exit == Exit::Passed && arguments.format == Format::Human && !arguments.events {
        teller
            .write(&all.of_many())
            .map_err(|error| cannot_write(&error))?;
    }
    let ended = match exit {
        Exit::Passed => "",
        Exit::Interrupted => ", then the user ended them",
        Exit::NoVerdict => ", of the next one there is no verdict, and the others were not made",
        _ => ", the next one broke a rule, and the others were not made",
    };
    if arguments.format == Format::Json {
        let report = json!({
            "schema": 1,
            "image": arguments.image,
            "asked": runs.count,
            "ended_well": well,
            "runs": told,
        });
        teller
            .write(&format!("{report:#}\n"))
            .map_err(|error| cannot_write(&error))?;
    }
    teller.end(&format!("{well} of {} runs ended well{ended}", runs.count));
    Ok(exit)
}

fn main() -> ExitCode {
    let exit = drive(&Arguments::of_this_process()).unwrap_or_else(|Trouble(exit, what)| {
        // Where standard error is gone the exit code still tells.
        let _ = writeln!(io::stderr(), "error: {what}");
        exit
    });
    exit.into()
}
