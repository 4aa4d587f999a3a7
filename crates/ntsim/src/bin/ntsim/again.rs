//! The command that makes a run again.

use std::env;

use nt_model::command_line::quoted;

/// The variable by which a program that starts this one says how it was called itself, up to the arguments that it hands on
/// behind the image.
const CALLED_AS: &str = "NTSIM_CALLED_AS";

/// Options that a token stands for, or that are of no use to a run that is repeated, each with a value.
const SAID_BY_TOKEN: [&str; 6] = [
    "--seeds",
    "--token",
    "--policy",
    "--without",
    "--perfetto",
    "--html",
];

/// The command line that makes the run of `token` again.
pub(crate) fn again(token: &str) -> String {
    let called_as = env::var(CALLED_AS).ok();
    command(called_as.as_deref(), env::args(), token)
}

fn command(
    called_as: Option<&str>,
    arguments: impl Iterator<Item = String>,
    token: &str,
) -> String {
    // The image is the other program's to name.
    let own = if called_as.is_some() { 2 } else { 0 };
    let mut arguments = arguments.skip(own);
    let mut words: Vec<String> = called_as.map(str::to_owned).into_iter().collect();
    while let Some(argument) = arguments.next() {
        match argument.split_once('=') {
            _ if SAID_BY_TOKEN.contains(&argument.as_str()) => drop(arguments.next()),
            Some((option, _)) if SAID_BY_TOKEN.contains(&option) => {}
            _ => words.push(quoted(&argument)),
        }
    }
    words.extend(["--token".to_owned(), quoted(token)]);
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_made_again_by_its_token_and_the_rest_of_the_command() {
        let words = [
            "ntsim", "a b.sys", "22", "", "--seeds", "9", "--html=x", "--pnp", "down",
        ];
        let words = || words.into_iter().map(str::to_owned);
        assert_eq!(
            command(None, words(), "4-b"),
            "ntsim 'a b.sys' 22 '' --pnp down --token 4-b"
        );
        assert_eq!(
            command(Some("cargo ntdriver run --"), words(), "4-b"),
            "cargo ntdriver run -- 22 '' --pnp down --token 4-b"
        );
    }
}
