//! `cargo ntdriver COMMAND`: builds, inspects, runs and packs drivers of any author.

use std::{
    ffi::OsString,
    fs,
    path::PathBuf,
    process::{ExitCode, ExitStatus},
};

use lexopt::{Arg, ValueExt};
use ntdriver::{
    Error,
    build::{self, Options},
    command::step,
    doctor,
    inspect::{Binding, Promise, inspect},
    menu::{Command, Menu},
    new::{self, Crates},
    pack::{self, Request},
    package::Identity,
    project::{Project, Which},
    simulator,
};

type Run = fn(&mut lexopt::Parser) -> Result<ExitCode, Error>;

const COMMANDS: &[Command<Run>] = &[
    (
        "new",
        "NAME [--from EXAMPLE] [--clone FOLDER]",
        "write a driver to begin with into the folder NAME. EXAMPLE is framework_interrupt, which it is without --from, \
         direct_interrupt or wdm_routines. --clone takes the crates from a clone of the repository",
        make,
    ),
    (
        "build",
        "[--debug] [--panic-free] [--out DIR] [WHICH]",
        "build and inspect the driver, print the path of .sys and .pdb. DIR is target/ntdriver/release without --out. With \
         --panic-free no panic may be reachable",
        compile,
    ),
    (
        "run",
        "[--debug] [WHICH] [-- ARGUMENTS]",
        "build the driver and run it in the simulator. ARGUMENTS go to `ntsim`, behind the image: a control code, its input, the \
         length of the reply, and options, which `ntsim --help` lists",
        run,
    ),
    (
        "cargo",
        "[WHICH] -- COMMAND [ARGUMENTS]",
        "have cargo check, lint or document the driver as `build` compiles it: `cargo ntdriver cargo -- clippy`",
        cargo,
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
        "build, sign and pack what Windows installs, print the folder; DIR is target/ntdriver/package/NAME without --out",
        package,
    ),
    (
        "doctor",
        "[WHICH]",
        "list everything that the commands take, there or missing",
        examine,
    ),
];

const MENU: Menu<Run> = Menu {
    program: "cargo ntdriver",
    version: Some(concat!(
        "cargo-ntdriver ",
        env!("CARGO_PKG_VERSION"),
        "\nMIT OR Apache-2.0"
    )),
    term: Some((
        "WHICH",
        "WHICH is [--package NAME] [--manifest-path FILE]: the driver, if not that of the current folder.",
    )),
    commands: COMMANDS,
};

fn main() -> ExitCode {
    match dispatch() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            error.exit_code()
        }
    }
}

fn dispatch() -> Result<ExitCode, Error> {
    let mut words: Vec<OsString> = std::env::args_os().skip(1).collect();
    // cargo hands the name of the command on.
    if words.first().is_some_and(|word| word == "ntdriver") {
        words.remove(0);
    }
    match MENU.choose(words)? {
        Some((run, mut arguments)) => run(&mut arguments),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// Takes the options that name a driver; another argument goes to `other`.
fn which(
    arguments: &mut lexopt::Parser,
    mut other: impl FnMut(&mut lexopt::Parser, Arg<'_>) -> Result<(), Error>,
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
                // The name borrows the parser, from which `other` may take a value.
                let name = name.to_owned();
                other(arguments, Arg::Long(&name))?;
            }
            Arg::Value(value) => other(arguments, Arg::Value(value))?,
            Arg::Short(_) => return Err(argument.unexpected().into()),
        }
    }
}

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
        "{} is there: `cargo ntdriver run -- {}` in it builds and runs it, README.md says more",
        folder.display(),
        new::REQUEST
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
        Arg::Value(value) => Err(Error::Usage(format!(
            "run: {}: what is for the simulator stands behind `--`",
            value.display()
        ))),
        other => Err(other.unexpected().into()),
    })?;
    // What is missing is said before minutes are spent.
    let simulator = simulator::find()?;
    let built = build::build(&Project::find(&which)?, &options)?;
    step("Running it in the simulator");
    let status = std::process::Command::new(&simulator)
        .arg(&built.sys)
        .args(rest)
        .env(simulator::CALLED_AS, called_as(&options, &which))
        .status()
        .map_err(Error::io(&simulator))?;
    Ok(code_of(status))
}

/// How this program was called up to the arguments of the simulator, which tells by it how to repeat a run.
fn called_as(options: &Options, which: &Which) -> String {
    let mut words = vec!["cargo ntdriver run".to_owned()];
    if options.debug {
        words.push("--debug".to_owned());
    }
    if let Some(package) = &which.package {
        words.push(format!("--package {package}"));
    }
    if let Some(manifest) = &which.manifest {
        words.push(format!("--manifest-path '{}'", manifest.display()));
    }
    words.push("--".to_owned());
    words.join(" ")
}

fn cargo(arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    let (which, words) = which(arguments, |_, argument| Err(argument.unexpected().into()))?;
    let status = build::cargo_as_built(&Project::find(&which)?, &words)?;
    Ok(code_of(status))
}

/// The exit code of a program that was started; one that the system ended has none of eight bits.
fn code_of(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
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
