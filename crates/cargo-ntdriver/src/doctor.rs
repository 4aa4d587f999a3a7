//! `cargo ntdriver doctor`: everything that the commands take, there or missing, in one list.

use std::{fmt, path::Path, process::Command};

use crate::{
    Error,
    command::{capture, exists},
    project::{Model, Project, Which},
    rustup::{TARGET, rustc, target_installed},
    simulator,
};

/// Something that a command takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The thing.
    pub what: String,
    /// The commands that take it.
    pub of: &'static str,
    /// How to get it, where it is missing.
    pub missing: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.missing {
            None => write!(f, "ok       {} ({})", self.what, self.of),
            Some(how) => write!(f, "missing  {} ({}): {how}", self.what, self.of),
        }
    }
}

/// Looks at the machine, and at the driver that is meant.
#[must_use]
pub fn examine(which: &Which) -> Vec<Finding> {
    let mut findings = machine();
    findings.extend(driver(which));
    findings
}

fn finding(what: &str, of: &'static str, there: bool, how: &str) -> Finding {
    Finding {
        what: what.to_owned(),
        of,
        missing: (!there).then(|| how.to_owned()),
    }
}

fn machine() -> Vec<Finding> {
    let openssl = || capture(Command::new("openssl").arg("version")).is_ok();
    let simulator = simulator::find();
    // What compiles it is of no use once it is there.
    let compiles = simulator
        .is_err()
        .then_some(["cc", "cmake", "make", "pkg-config"]);
    let mut findings = vec![
        finding(
            &format!("rustup's target {TARGET}"),
            "build, run, package",
            target_installed(TARGET),
            &format!("run `rustup target add {TARGET}`"),
        ),
        finding(
            "rust-lld, the linker that rustup's compiler ships",
            "build, run, package",
            cfg!(windows) || linker(),
            "install the compiler by rustup (https://rustup.rs)",
        ),
        Finding {
            what: "ntsim, the simulator".to_owned(),
            of: "run",
            missing: match simulator {
                Err(Error::Missing { how, .. }) => Some(how),
                Err(other) => Some(other.to_string()),
                Ok(_) => None,
            },
        },
        finding(
            "osslsigncode",
            "package",
            exists("osslsigncode"),
            "install the package osslsigncode",
        ),
        finding(
            "openssl",
            "package",
            openssl(),
            "install the package openssl",
        ),
        finding("git", "package", exists("git"), "install the package git"),
    ];
    findings.extend(compiles.into_iter().flatten().map(|program| {
        let package = if program == "cc" { "gcc" } else { program };
        let how = format!("install the package {package}");
        finding(program, "compiling ntsim", exists(program), &how)
    }));
    findings
}

/// Whether `rust-lld` is where the compiler finds it.
fn linker() -> bool {
    let said = capture(Command::new(rustc()).args(["--print", "sysroot"]));
    let host = capture(Command::new(rustc()).args(["--print", "host-tuple"]));
    let (Ok(sysroot), Ok(host)) = (said, host) else {
        return false;
    };
    Path::new(&sysroot)
        .join("lib/rustlib")
        .join(host)
        .join("bin/rust-lld")
        .with_extension(std::env::consts::EXE_EXTENSION)
        .exists()
}

fn driver(which: &Which) -> Vec<Finding> {
    const OF: &str = "build, run, package";
    let project = match Project::find(which) {
        Ok(project) => project,
        Err(Error::Missing { what, how }) => return vec![finding(&what, OF, false, &how)],
        Err(other) => return vec![finding("a driver to build", OF, false, &other.to_string())],
    };
    let model = match &project.model {
        Model::Kmdf(version) => format!("KMDF {version}"),
        Model::Wdm => "WDM".to_owned(),
    };
    let mut findings = vec![finding(
        &format!("the driver {}, {model}", project.package),
        OF,
        true,
        "",
    )];
    for stand_in in &project.stand_ins {
        findings.push(finding(
            &format!("a stand-in for {} {}", stand_in.package, stand_in.version),
            OF,
            true,
            "",
        ));
    }
    let inx = project
        .folder()
        .join(&project.library)
        .with_extension("inx");
    findings.push(finding(
        &format!("an INF, {}", inx.display()),
        "package",
        inx.exists(),
        "write one; `cargo ntdriver new` writes one to begin with",
    ));
    findings
}
