//! How long each test took, from the lines of `cargo test`.
//!
//! A stable compiler's test harness gives no times. It begins its tests in the order of their names, as many at once as it
//! has threads, and writes a line where one ends: so the ends tell the beginnings.

use std::time::{Duration, Instant};

/// A test program's tests, as far as they have ended.
struct Program {
    began: Instant,
    /// Each test and when it ended, in the order of the ends.
    ended: Vec<(String, Instant)>,
}

/// What the lines of a run have told so far.
pub(super) struct Durations {
    threads: usize,
    /// The names of the programs, in the order in which cargo runs them.
    names: Vec<String>,
    programs: Vec<Program>,
}

impl Durations {
    /// Of programs that run so many tests at once.
    pub(super) const fn new(threads: usize) -> Self {
        Self {
            threads,
            names: Vec::new(),
            programs: Vec::new(),
        }
    }

    /// Takes a line of cargo's own, which says what it runs.
    pub(super) fn of_cargo(&mut self, line: &str) {
        let line = uncoloured(line);
        let words = line.trim();
        if let Some(library) = words.strip_prefix("Doc-tests ") {
            self.names.push(format!("doc-tests of {library}"));
        } else if words.starts_with("Running ")
            && let Some((_, path)) = words.split_once('(')
            && let Some((path, _)) = path.split_once(')')
        {
            self.names.push(program(path));
        }
    }

    /// Takes a line of a test program, which came at `now`.
    pub(super) fn of_program(&mut self, line: &str, now: Instant) {
        if line.starts_with("running ") && is_count(line) {
            self.programs.push(Program {
                began: now,
                ended: Vec::new(),
            });
        } else if let Some((test, _)) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.split_once(" ... "))
            && let Some(program) = self.programs.last_mut()
        {
            let test = test.strip_suffix(" - should panic").unwrap_or(test);
            program.ended.push((test.to_owned(), now));
        }
    }

    /// The tests that took longest, the longest first.
    pub(super) fn slowest(&self, most: usize) -> Vec<(Duration, String)> {
        let programs = self.programs.iter().enumerate();
        let mut all: Vec<(Duration, String)> = programs
            .flat_map(|(index, program)| {
                // The tests of documentation come last, and a library's may come in several programs.
                let name = self.names.get(index).or(self.names.last());
                let name = name.map_or("", String::as_str);
                let took = took(program, self.threads);
                took.map(move |(test, time)| (time, format!("{name}: {test}")))
            })
            .collect();
        all.sort_by(|one, other| other.cmp(one));
        all.truncate(most);
        all
    }
}

/// Whether a line ends as the one does that says how many tests there are.
fn is_count(line: &str) -> bool {
    let line = line.trim_end();
    line.ends_with(" test") || line.ends_with(" tests")
}

/// A line without what gives it colours on a terminal.
fn uncoloured(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once('m').map_or("", |(_, rest)| rest)
    })
}

/// The name of the program at `path`, without the hash that cargo gives it.
fn program(path: &str) -> String {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let name = file.rsplit_once('-').map_or(file, |(name, _)| name);
    name.to_owned()
}

/// Each test of a program with the time that it took.
fn took(program: &Program, threads: usize) -> impl Iterator<Item = (&str, Duration)> {
    let mut order: Vec<&str> = program
        .ended
        .iter()
        .map(|(test, _)| test.as_str())
        .collect();
    order.sort_unstable();
    // The first ones begin at once, and every further one where another ends.
    let ends = program.ended.iter().map(|(_, end)| *end);
    let begins: Vec<Instant> = std::iter::repeat_n(program.began, threads)
        .chain(ends)
        .collect();
    program.ended.iter().map(move |(test, end)| {
        let place = order.binary_search(&test.as_str()).unwrap_or_default();
        let began = begins.get(place).copied().unwrap_or(program.began);
        (test.as_str(), end.saturating_duration_since(began))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes lines of a program, each with the second in which it comes.
    fn take(durations: &mut Durations, began: Instant, lines: &[(u64, &str)]) {
        for (second, line) in lines {
            durations.of_program(line, began + Duration::from_secs(*second));
        }
    }

    fn seconds(durations: &Durations, most: usize) -> Vec<(u64, String)> {
        let slowest = durations.slowest(most).into_iter();
        slowest.map(|(time, test)| (time.as_secs(), test)).collect()
    }

    #[test]
    fn a_test_begins_where_a_thread_is_free() {
        let mut durations = Durations::new(2);
        durations.of_cargo("     Running tests/wide.rs (target/host/deps/wide-0123456789abcdef)");
        // `a` and `b` begin at once, `c` as `b` ends, and `d` as `a` ends.
        let lines = [
            (0, "running 4 tests"),
            (1, "test b ... ok"),
            (5, "test a - should panic ... ok"),
            (7, "test d ... ignored"),
            (9, "test c ... FAILED"),
            (
                9,
                "test result: FAILED. 3 passed; 1 failed; finished in 9.00s",
            ),
        ];
        take(&mut durations, Instant::now(), &lines);
        let expected = [
            (8, "wide: c"),
            (5, "wide: a"),
            (2, "wide: d"),
            (1, "wide: b"),
        ];
        assert_eq!(
            seconds(&durations, 10),
            expected.map(|(time, test)| (time, test.to_owned()))
        );
    }

    #[test]
    fn every_program_has_a_clock_of_its_own() {
        let mut durations = Durations::new(1);
        durations
            .of_cargo("\u{1b}[1m\u{1b}[92m     Running\u{1b}[0m unittests src/lib.rs (/t/one-0a)");
        durations.of_cargo("\u{1b}[1m\u{1b}[92m   Doc-tests\u{1b}[0m two\n");
        let lines = [
            (0, "running 1 test"),
            (3, "test a ... ok"),
            (3, "test result: ok. 1 passed; finished in 3.00s"),
            (10, "running 1 test"),
            (12, "test src/lib.rs - (line 1) ... ok"),
            (12, "test result: ok. 1 passed; finished in 2.00s"),
            (12, "running 0 tests"),
        ];
        take(&mut durations, Instant::now(), &lines);
        let expected = [
            (3, "one: a"),
            (2, "doc-tests of two: src/lib.rs - (line 1)"),
        ];
        assert_eq!(
            seconds(&durations, 10),
            expected.map(|(time, test)| (time, test.to_owned()))
        );
        assert_eq!(seconds(&durations, 1).len(), 1);
    }
}
