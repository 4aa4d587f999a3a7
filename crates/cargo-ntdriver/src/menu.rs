//! The commands of a program: choosing one by the first argument, and the help that lists them.

use std::ffi::OsString;

use lexopt::{Arg, Parser};

use crate::Error;

/// A command: its name, its arguments, what it does, and the function that does it.
pub type Command<F> = (&'static str, &'static str, &'static str, F);

/// A program whose first argument is the name of a command.
#[derive(Clone, Copy, Debug)]
pub struct Menu<F: 'static> {
    /// What a user types before the name.
    pub program: &'static str,
    /// What `--version` prints, for a program that has that option.
    pub version: Option<&'static str>,
    /// A word in the arguments of some commands, and the sentence that says what it stands for.
    pub term: Option<(&'static str, &'static str)>,
    /// The commands, in the order of the help.
    pub commands: &'static [Command<F>],
}

impl<F: Copy> Menu<F> {
    /// The function that `words` name, with the arguments behind the name; none if they ask for help, which is then printed.
    ///
    /// # Errors
    /// The first word is no command and no option of the program; there is no word.
    pub fn choose(&self, words: Vec<OsString>) -> Result<Option<(F, Parser)>, Error> {
        // What follows `--` is another program's, its `--help` too.
        let own = words.iter().skip(1).take_while(|word| *word != "--");
        let asked_for_help = own.into_iter().any(|word| word == "--help" || word == "-h");
        let mut arguments = Parser::from_args(words);
        let name = match (arguments.next()?, self.version) {
            (Some(Arg::Value(name)), _) => name,
            (Some(Arg::Long("help") | Arg::Short('h')), _) => {
                print!("{}", self.usage());
                return Ok(None);
            }
            (Some(Arg::Long("version") | Arg::Short('V')), Some(version)) => {
                println!("{version}");
                return Ok(None);
            }
            (Some(other), _) => return Err(other.unexpected().into()),
            (None, _) => return Err(Error::Usage(format!("no command\n\n{}", self.usage()))),
        };
        let command = self.commands.iter().find(|(known, ..)| name == *known);
        let Some((known, form, what, run)) = command else {
            return Err(Error::Usage(format!(
                "no command {}\n\n{}",
                name.display(),
                self.usage()
            )));
        };
        if asked_for_help {
            println!("{} {known} {form}\n\n{what}", self.program);
            if let Some((_, meaning)) = self.term.filter(|(term, _)| form.contains(term)) {
                println!("\n{meaning}");
            }
            return Ok(None);
        }
        Ok(Some((*run, arguments)))
    }

    fn usage(&self) -> String {
        let commands = self
            .commands
            .iter()
            .map(|(name, form, what, _)| format!("  {name} {form}\n      {what}\n"));
        let commands = commands.collect::<String>();
        let meaning = self
            .term
            .map(|(_, meaning)| format!("\n{meaning}\n"))
            .unwrap_or_default();
        format!("Usage: {} COMMAND\n\n{commands}{meaning}", self.program)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MENU: Menu<u32> = Menu {
        program: "program",
        version: None,
        term: Some(("WHICH", "WHICH is one of them.")),
        commands: &[
            ("one", "[WHICH]", "do it", 1),
            ("two", "", "do it twice", 2),
        ],
    };

    fn choose(words: &[&str]) -> Result<Option<u32>, Error> {
        let chosen = MENU.choose(words.iter().map(OsString::from).collect())?;
        Ok(chosen.map(|(run, _)| run))
    }

    #[test]
    fn a_commands_arguments_are_left_for_it() {
        let words = ["two", "--deep", "file"].map(OsString::from).to_vec();
        let (run, mut arguments) = MENU.choose(words).unwrap().expect("two is a command");
        assert_eq!(run, 2);
        assert_eq!(arguments.next().unwrap(), Some(Arg::Long("deep")));
        assert_eq!(arguments.next().unwrap(), Some(Arg::Value("file".into())));
    }

    #[test]
    fn help_behind_two_dashes_is_another_programs() {
        assert_eq!(choose(&["one", "--help"]).unwrap(), None);
        assert_eq!(choose(&["one", "--", "--help"]).unwrap(), Some(1));
    }

    #[test]
    fn a_wrong_command_is_refused_with_those_that_there_are() {
        for (words, first) in [(&["three"][..], "no command three"), (&[], "no command\n")] {
            let refused = choose(words).unwrap_err().to_string();
            assert!(refused.starts_with(first), "{refused}");
            assert!(refused.contains("  two \n      do it twice"), "{refused}");
            assert!(refused.ends_with("WHICH is one of them.\n"), "{refused}");
        }
        let refused = choose(&["--version"]).unwrap_err().to_string();
        assert_eq!(refused, "invalid option '--version'");
    }
}
