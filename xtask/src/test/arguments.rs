//! The arguments of `cargo test`: its own, and behind `--` those of the test programs.

use std::{
    borrow::Cow,
    env,
    ffi::{OsStr, OsString},
    thread,
};

/// The two lists.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Arguments {
    pub(super) of_cargo: Vec<OsString>,
    pub(super) of_programs: Vec<OsString>,
}

impl Arguments {
    /// Takes one list for two.
    pub(super) fn split(mut all: Vec<OsString>) -> Self {
        let Some(dashes) = all.iter().position(|argument| argument == "--") else {
            return Self {
                of_cargo: all,
                of_programs: Vec::new(),
            };
        };
        let of_programs = all.split_off(dashes + 1);
        all.pop();
        Self {
            of_cargo: all,
            of_programs,
        }
    }

    /// One list again.
    pub(super) fn join(&self) -> impl Iterator<Item = &OsStr> {
        let dashes = (!self.of_programs.is_empty()).then(|| OsStr::new("--"));
        let own = self.of_cargo.iter().map(OsString::as_os_str);
        let of_programs = self.of_programs.iter().map(OsString::as_os_str);
        own.chain(dashes).chain(of_programs)
    }

    /// Has the programs show their colours, as they do on a terminal, unless the user has said what they do.
    pub(super) fn colour(&mut self) {
        let named = |argument: &OsString| argument.to_string_lossy().starts_with("--color");
        if !self.of_programs.iter().any(named) {
            self.of_programs.push("--color=always".into());
        }
    }

    /// Has cargo run every program, those behind one that fails as well: one run tells all that is broken.
    pub(super) fn go_on(&mut self) {
        let flag = OsStr::new("--no-fail-fast");
        if !self.of_cargo.iter().any(|argument| argument == flag) {
            self.of_cargo.push(flag.into());
        }
    }

    /// How many tests a program runs at once: what the arguments say, or the environment, or the machine.
    pub(super) fn threads(&self) -> usize {
        let mut words = self.of_programs.iter().map(|word| word.to_string_lossy());
        let mut asked = None;
        while let Some(word) = words.next() {
            if word == "--test-threads" {
                asked = words.next().map(Cow::into_owned);
            } else if let Some(number) = word.strip_prefix("--test-threads=") {
                asked = Some(number.to_owned());
            }
        }
        asked
            .or_else(|| env::var("RUST_TEST_THREADS").ok())
            .and_then(|number| number.parse().ok())
            .or_else(|| thread::available_parallelism().ok())
            .map_or(1, usize::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Arguments {
        Arguments::split(line.split(' ').map(OsString::from).collect())
    }

    #[test]
    fn what_is_behind_the_dashes_is_the_programs() {
        let both = arguments("-p xtask -- --nocapture");
        assert_eq!(both.of_cargo, ["-p", "xtask"]);
        assert_eq!(both.of_programs, ["--nocapture"]);
        let joined: Vec<_> = both.join().collect();
        assert_eq!(joined, ["-p", "xtask", "--", "--nocapture"]);
        assert_eq!(arguments("-p xtask").join().count(), 2);
    }

    #[test]
    fn the_arguments_say_how_many_tests_run_at_once() {
        assert_eq!(arguments("-p xtask -- --test-threads=3").threads(), 3);
        assert_eq!(arguments("-- --nocapture --test-threads 5").threads(), 5);
    }

    #[test]
    fn programs_behind_one_that_fails_are_run_and_the_flag_stands_once() {
        let mut given = arguments("-p xtask -- --nocapture");
        given.go_on();
        assert_eq!(given, arguments("-p xtask --no-fail-fast -- --nocapture"));
        given.go_on();
        assert_eq!(given, arguments("-p xtask --no-fail-fast -- --nocapture"));
    }

    #[test]
    fn a_colour_that_the_user_names_stays() {
        let mut given = arguments("-- --color never");
        given.colour();
        assert_eq!(given, arguments("-- --color never"));
        let mut none = arguments("-p xtask");
        none.colour();
        assert_eq!(none, arguments("-p xtask -- --color=always"));
    }
}
