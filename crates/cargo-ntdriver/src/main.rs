//! `cargo ntdriver COMMAND`: builds, inspects, runs and packs drivers of any author.

use std::{ffi::OsString, fs, path::PathBuf, process::ExitCode};

use lexopt::{Arg, ValueExt};
use ntdriver::{
    Error,
    build::{self, Options},
    command::step,
    doctor,
    inspect::{Binding, Promise, inspect},
    new::{self, Crates},
    pack::{self, Request},
    package::Identity,
    project::{Project, Which},
    simulator,
};

/// A command: its name, its arguments, what it does, and the function that does it.
type Command = (
    &'static str,
    &'static str,
    &'static str,
    fn(&mut lexopt::Parser) -> Result<ExitCode, Error>,
);

const COMMANDS: &[Command] = &[
    (
        "new",
        "NAME [--from EXAMPLE] [--clone FOLDER]",
        "write a driver to begin with into the folder NAME; --clone takes the crates from a clone of the repository",
        make,
    ),
    (
        "build",
        "[--debug] [--panic-free] [--out DIR] [WHICH]",
        "build and inspect the driver, print the path of .sys and .pdb; with --panic-free no panic may be reachable",
        compile,
    ),
    (
        "run",
        "[--debug] [WHICH] [-- ARGUMENTS]",
        "build the driver and run it in the simulator; ARGUMENTS go to `ntsim`, behind the image",
        run,
    ),
    (
        "inspect",
        "FILE [--panic-free]",
        "say whether the image FILE is fit to load, and what it binds",
        judge,
    ),
    (
        "package",
        "[--out DIR] [--key FILE --certificate FILE] [WHICH]",
        "build, sign and pack what Windows installs, print the folder",
        package,
    ),
    (
        "doctor",
        "[WHICH]",
        "list everything that the commands take, there or missing",
        examine,
    ),
];

fn main() -> ExitCode {
    match dispatch(&mut lexopt::Parser::from_env()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            error.exit_code()
        }
    }
}

fn dispatch(arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    let mut name = arguments.next()?;
    // cargo hands the name of the command on.
    if matches!(&name, Some(Arg::Value(value)) if value == "ntdriver") {
        name = arguments.next()?;
    }
    let name = match name {
        Some(Arg::Value(name)) => name,
        Some(Arg::Long("help") | Arg::Short('h')) => {
            print!("{}", usage());
            return Ok(ExitCode::SUCCESS);
        }
        Some(Arg::Long("version") | Arg::Short('V')) => {
            println!(
                "cargo-ntdriver {}\nMIT OR Apache-2.0",
                env!("CARGO_PKG_VERSION")
            );
            return Ok(ExitCode::SUCCESS);
        }
        Some(other) => return Err(other.unexpected().into()),
        None => return Err(Error::Usage(format!("no command\n\n{}", usage()))),
    };
    let command = COMMANDS.iter().find(|(known, ..)| name == *known);
    let Some((known, form, what, run)) = command else {
        return Err(Error::Usage(format!(
            "no command {}\n\n{}",
            name.display(),
            usage()
        )));
    };
    // What follows `--` is another program's, its `--help` too.
    let own = std::env::args_os().skip(2).take_while(|word| word != "--");
    if own.into_iter().any(|word| word == "--help" || word == "-h") {
        println!("cargo ntdriver {known} {form}\n\n{what}\n{WHICH}");
        return Ok(ExitCode::SUCCESS);
    }
    run(arguments)
}

const WHICH: &str = "
WHICH is [--package NAME] [--manifest-path FILE]: the driver, if not that of the current folder.";

fn usage() -> String {
    let commands = COMMANDS
        .iter()
        .map(|(name, arguments, summary, _)| format!("  {name} {arguments}\n      {summary}\n"));
    format!(
        "Usage: cargo ntdriver COMMAND\n\n{}{WHICH}\n",
        commands.collect::<String>()
    )
}

/// Takes the options that name a driver; another argument goes to `other`.
fn which(
    arguments: &mut lexopt::Parser,
    mut other: impl FnMut(&mut lexopt::Parser, Arg<'static>) -> Result<(), Error>,
) -> Result<(Which, Vec<OsString>), Error> {
    let mut which = Which::default();
    loop {
        // lexopt takes `--` for itself, so it is looked for first.
        if let Some(mut raw) = arguments.try_raw_args()
            && raw.next_if(|argument| argument == "--").is_some()
        {
            return Ok((which, raw.collect()));
        }
        let Some(argument) = arguments.next()? else {
            return Ok((which, Vec::new()));
        };
        match argument {
            Arg::Long("package") | Arg::Short('p') => {
                which.package = Some(arguments.value()?.string()?);
            }
            Arg::Long("manifest-path") => which.manifest = Some(arguments.value()?.into()),
            Arg::Long(name) => {
                let name: &'static str = OPTIONS
                    .iter()
                    .find(|known| **known == name)
                    .ok_or_else(|| Error::Usage(format!("invalid option '--{name}'")))?;
                other(arguments, Arg::Long(name))?;
            }
            Arg::Value(value) => other(arguments, Arg::Value(value))?,
            Arg::Short(_) => return Err(argument.unexpected().into()),
        }
    }
}

/// The options of single commands.
const OPTIONS: &[&str] = &[
    "certificate",
    "clone",
    "debug",
    "from",
    "key",
    "out",
    "panic-free",
];

fn make(arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    let mut folder: Option<PathBuf> = None;
    let mut example = new::DEFAULT.to_owned();
    let mut crates = Crates::Git;
    which(arguments, |arguments, argument| match argument {
        Arg::Long("from") => {
            example = arguments.value()?.string()?;
            Ok(())
        }
        Arg::Long("clone") => {
            let clone = PathBuf::from(arguments.value()?);
            crates = Crates::Clone(clone.canonicalize().map_err(Error::io(&clone))?);
            Ok(())
        }
        Arg::Value(value) if folder.is_none() => {
            folder = Some(value.into());
            Ok(())
        }
        other => Err(other.unexpected().into()),
    })?;
    let folder = folder.ok_or_else(|| {
        Error::Usage(format!(
            "new: which name? The examples are {}",
            new::examples().join(", ")
        ))
    })?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    new::write(&folder, &name, &example, &crates)?;
    step(&format!(
        "{} is there: `cargo ntdriver run` builds and runs it, README.md says more",
        folder.display()
    ));
    Ok(ExitCode::SUCCESS)
}

fn compile(arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    let mut options = Options::default();
    let (which, _) = which(arguments, |arguments, argument| match argument {
        Arg::Long("debug") => {
            options.debug = true;
            Ok(())
        }
        Arg::Long("panic-free") => {
            options.panic_free = true;
            Ok(())
        }
        Arg::Long("out") => {
            options.out = Some(arguments.value()?.into());
            Ok(())
        }
        other => Err(other.unexpected().into()),
    })?;
    let built = build::build(&Project::find(&which)?, &options)?;
    println!("{}\n{}", built.sys.display(), built.pdb.display());
    Ok(ExitCode::SUCCESS)
}

fn run(arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    let mut options = Options::default();
    let (which, rest) = which(arguments, |_, argument| match argument {
        Arg::Long("debug") => {
            options.debug = true;
            Ok(())
        }
        other => Err(other.unexpected().into()),
    })?;
    // What is missing is said before minutes are spent.
    let simulator = simulator::find()?;
    let built = build::build(&Project::find(&which)?, &options)?;
    step("Running it in the simulator");
    let status = std::process::Command::new(&simulator)
        .arg(&built.sys)
        .args(rest)
        .status()
        .map_err(Error::io(&simulator))?;
    // A simulator that the system ended has no code of eight bits.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

fn judge(arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    let mut file: Option<PathBuf> = None;
    let mut promise = Promise::default();
    which(arguments, |_, argument| match argument {
        Arg::Long("panic-free") => {
            promise.panic_free = true;
            Ok(())
        }
        Arg::Value(value) if file.is_none() => {
            file = Some(value.into());
            Ok(())
        }
        other => Err(other.unexpected().into()),
    })?;
    let file = file.ok_or_else(|| Error::Usage("inspect: which file?".to_owned()))?;
    let bytes = fs::read(&file).map_err(Error::io(&file))?;
    let violations = inspect(&bytes, &promise);
    if !violations.is_empty() {
        return Err(Error::Image {
            path: file,
            violations,
        });
    }
    let binding = image::ImageFile::parse(&bytes)
        .ok()
        .and_then(|image| Binding::read(&image));
    let what = binding.map_or_else(
        || "without a framework".to_owned(),
        |binding| binding.to_string(),
    );
    println!("{}: fit to load; {what}", file.display());
    Ok(ExitCode::SUCCESS)
}

fn package(arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    let (mut out, mut key, mut certificate) = (None, None, None);
    let (which, _) = which(arguments, |arguments, argument| {
        let place = match argument {
            Arg::Long("out") => &mut out,
            Arg::Long("key") => &mut key,
            Arg::Long("certificate") => &mut certificate,
            other => return Err(other.unexpected().into()),
        };
        *place = Some(PathBuf::from(arguments.value()?));
        Ok(())
    })?;
    let identity = match (key, certificate) {
        (Some(key), Some(certificate)) => Some(Identity { key, certificate }),
        (None, None) => None,
        _ => {
            return Err(Error::Usage(
                "--key and --certificate go together".to_owned(),
            ));
        }
    };
    let folder = pack::pack(&Project::find(&which)?, &Request { out, identity })?;
    println!("{}", folder.display());
    Ok(ExitCode::SUCCESS)
}

fn examine(arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    let (which, _) = which(arguments, |_, argument| Err(argument.unexpected().into()))?;
    let findings = doctor::examine(&which);
    for finding in &findings {
        println!("{finding}");
    }
    let missing = findings
        .iter()
        .filter(|finding| finding.missing.is_some())
        .count();
    if missing == 0 {
        println!("everything is there");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{missing} missing");
    Ok(ExitCode::FAILURE)
}
