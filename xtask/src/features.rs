//! `cargo xtask features`: every combination of features of every crate of the workspace is checked.
//!
//! In one build cargo compiles a crate once, with all features that anything in the build asks for. So whatever set
//! comes about has to compile, and a feature only adds. A crate that the kernel's bindings or an image take part in is
//! checked for the driver's target, any other for this machine.

use std::{
    collections::BTreeSet,
    process::{ExitCode, Stdio},
    time::Instant,
};

use serde_json::Value;

use crate::{
    Error, Workspace,
    command::{capture, cargo, step},
    toolchain::{self, Choice, TARGET},
};

/// The bindings of the kernel, and what a feature says that brings them in.
const BINDINGS: &str = "wdk-sys";
const WITH_BINDINGS: &str = "dep:wdk-sys";

/// More features have more combinations than a check has time for.
const FEATURES_MAX: usize = 6;

/// A crate with some of its features on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Combination {
    package: String,
    features: Vec<String>,
    /// Whether it is code of the kernel.
    kernel: bool,
}

impl Combination {
    /// How it is called in messages.
    fn name(&self) -> String {
        let place = if self.kernel { TARGET } else { "this machine" };
        format!(
            "{} with [{}] for {place}",
            self.package,
            self.features.join(", ")
        )
    }
}

/// `features`.
///
/// # Errors
/// A combination does not compile, or not without a warning; the target cannot be provided.
pub fn command(workspace: &Workspace, arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    if let Some(argument) = arguments.next()? {
        return Err(argument.unexpected().into());
    }
    toolchain::provide(Choice::Rustup)?;
    let metadata = capture(cargo(workspace).args([
        "metadata",
        "--locked",
        "--no-deps",
        "--format-version",
        "1",
    ]))?;
    let metadata: Value = serde_json::from_str(&metadata)
        .map_err(|error| Error::Usage(format!("cargo's metadata: {error}")))?;
    let combinations = combinations(&metadata)?;
    step(&format!(
        "Checking {} combinations of features",
        combinations.len()
    ));
    let began = Instant::now();
    let mut refused = Vec::new();
    for combination in &combinations {
        let said = check(workspace, combination)?;
        println!(
            "{} {}",
            if said.is_empty() {
                "ok     "
            } else {
                "refused"
            },
            combination.name()
        );
        if !said.is_empty() {
            eprintln!("{said}");
            refused.push(combination.name());
        }
    }
    eprintln!("{:.1} s", began.elapsed().as_secs_f64());
    if refused.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Error::Failed {
        what: "the check of features".to_owned(),
        outcome: refused.join("; "),
    })
}

/// Every combination of the features of each package in cargo's metadata. The feature `default` is no feature of its
/// own: it is a combination of the others.
///
/// # Errors
/// A package has too many features.
fn combinations(metadata: &Value) -> Result<Vec<Combination>, Error> {
    let mut all = Vec::new();
    for package in list(&metadata["packages"]) {
        let name = text(&package["name"]);
        let image = list(&package["targets"])
            .flat_map(|target| list(&target["kind"]))
            .any(|kind| kind == "cdylib");
        let bound = list(&package["dependencies"]).any(|dependency| {
            dependency["name"] == BINDINGS
                && dependency["optional"] == false
                && dependency["kind"].is_null()
        });
        let features = package["features"].as_object();
        let features: Vec<(&str, bool)> = features
            .into_iter()
            .flatten()
            .filter(|(feature, _)| *feature != "default")
            .map(|(feature, implied)| {
                let binds = list(implied).any(|implied| implied == WITH_BINDINGS);
                (feature.as_str(), binds)
            })
            .collect();
        if features.len() > FEATURES_MAX {
            return Err(Error::Usage(format!(
                "{name} has {} features: check fewer combinations, or have fewer features",
                features.len()
            )));
        }
        for set in 0..1_u32 << features.len() {
            let chosen = (0..).zip(&features);
            let chosen: Vec<_> = chosen.filter(|(bit, _)| set >> bit & 1 == 1).collect();
            all.push(Combination {
                package: name.to_owned(),
                kernel: image || bound || chosen.iter().any(|(_, (_, binds))| *binds),
                features: chosen
                    .iter()
                    .map(|(_, (feature, _))| (*feature).to_owned())
                    .collect(),
            });
        }
    }
    Ok(all)
}

/// Checks one combination and answers what the compiler says of it: nothing, where all is well.
///
/// # Errors
/// cargo cannot be started, or fails without a word about the crates.
fn check(workspace: &Workspace, combination: &Combination) -> Result<String, Error> {
    let mut command = cargo(workspace);
    command
        .args(["check", "--locked", "--quiet", "--message-format", "json"])
        .args(["--package", &combination.package, "--no-default-features"])
        .arg("--features")
        .arg(combination.features.join(","));
    if combination.kernel {
        // The folder of the driver's other checks, whose dependencies are the same.
        command
            .args(["--release", "--target", TARGET, "--target-dir"])
            .arg(workspace.target().join("driver-clippy"))
            // Flags from the environment replace those of the configuration, without which there is no driver.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        if cfg!(not(windows)) {
            command.args(["--config", "cross/linux.toml"]);
        }
    } else {
        command.args(["--profile", "host"]);
    }
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(Error::io("cargo"))?;
    // A warning of another's crate is not shown by cargo, so what is here is about the workspace.
    let messages: BTreeSet<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-message")
        .map(|message| text(&message["message"]["rendered"]).to_owned())
        .collect();
    if output.status.success() || !messages.is_empty() {
        return Ok(messages.into_iter().collect());
    }
    Err(Error::Failed {
        what: format!("cargo check of {}", combination.name()),
        outcome: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(metadata: &Value) -> Vec<(String, bool)> {
        let combinations = combinations(metadata).expect("few features");
        let named = combinations.into_iter();
        named
            .map(|combination| (combination.features.join("+"), combination.kernel))
            .collect()
    }

    #[test]
    fn every_set_of_features_is_there_and_one_with_the_bindings_is_for_the_kernel() {
        let metadata = serde_json::json!({ "packages": [{
            "name": "adapter",
            "targets": [{ "kind": ["lib"] }],
            "dependencies": [{ "name": "wdk-sys", "optional": true, "kind": null }],
            "features": { "default": ["mock"], "mock": [], "wdk": ["dep:wdk-sys"] },
        }] });
        let expected = [
            ("", false),
            ("mock", false),
            ("wdk", true),
            ("mock+wdk", true),
        ];
        assert_eq!(
            of(&metadata),
            expected.map(|(set, kernel)| (set.to_owned(), kernel))
        );
    }

    #[test]
    fn an_image_is_for_the_kernel_whatever_it_takes() {
        let metadata = serde_json::json!({ "packages": [{
            "name": "miniport",
            "targets": [{ "kind": ["cdylib"] }, { "kind": ["custom-build"] }],
            "dependencies": [],
            "features": {},
        }] });
        assert_eq!(of(&metadata), [(String::new(), true)]);
    }

    #[test]
    fn a_package_of_too_many_features_is_refused() {
        let features: serde_json::Map<String, Value> = (0..=FEATURES_MAX)
            .map(|number| (format!("f{number}"), Value::Array(Vec::new())))
            .collect();
        let metadata =
            serde_json::json!({ "packages": [{ "name": "many", "features": features }] });
        assert!(combinations(&metadata).is_err());
    }
}
