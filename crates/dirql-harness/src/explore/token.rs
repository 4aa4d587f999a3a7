//! The token of a schedule: scenario, machine and turns.

use core::fmt;
use core::str::FromStr;

use nt_model::{Config, token_version};
use ntsim::Turn;

/// The version of a schedule's token: of what the choices of a run are.
pub(crate) const VERSION: &str = "e2";

/// What a schedule is run from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleToken {
    /// The scenario's name.
    pub scenario: String,
    /// The machine.
    pub config: Config,
    /// The turns, counted where every instruction is a point.
    pub turns: Vec<Turn>,
}

/// Why a text is not a schedule's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoScheduleToken(String);

impl fmt::Display for NoScheduleToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "'{}' is no token of a schedule of this version ({VERSION}, machines of version {}); one looks like {VERSION}:query+interrupt:{}:12.1",
            self.0,
            token_version!(),
            Config::default().token()
        )
    }
}

impl core::error::Error for NoScheduleToken {}

impl fmt::Display for ScheduleToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let turns: Vec<String> = self
            .turns
            .iter()
            .map(|turn| format!("{}.{}", turn.at, turn.take))
            .collect();
        write!(
            f,
            "{VERSION}:{}:{}:{}",
            self.scenario,
            self.config.token(),
            turns.join(",")
        )
    }
}

impl FromStr for ScheduleToken {
    type Err = NoScheduleToken;

    fn from_str(text: &str) -> Result<Self, NoScheduleToken> {
        read(text).ok_or_else(|| NoScheduleToken(text.to_owned()))
    }
}

fn read(text: &str) -> Option<ScheduleToken> {
    let parts: Vec<&str> = text.split(':').collect();
    let [VERSION, scenario, config, turns] = parts[..] else {
        return None;
    };
    let turn = |text: &str| {
        let (at, take) = text.split_once('.')?;
        Some(Turn {
            at: at.parse().ok()?,
            take: take.parse().ok()?,
        })
    };
    let turns: Option<Vec<Turn>> = match turns {
        "" => Some(Vec::new()),
        turns => turns.split(',').map(turn).collect(),
    };
    Some(ScheduleToken {
        scenario: scenario.to_owned(),
        config: Config::from_token(config).ok()?,
        turns: turns?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let token = ScheduleToken {
            scenario: "query+interrupt".to_owned(),
            config: Config::default(),
            turns: vec![Turn { at: 12, take: 1 }, Turn { at: 40, take: 2 }],
        };
        assert_eq!(token.to_string().parse(), Ok(token.clone()));
        let none = ScheduleToken {
            turns: Vec::new(),
            ..token
        };
        assert_eq!(none.to_string().parse(), Ok(none));
    }

    #[test]
    fn another_text_is_refused_with_an_example() {
        for text in ["", "e1:a:b:c:", "e2:query:2-b-2-l-1:1"] {
            let refused = text.parse::<ScheduleToken>().expect_err("no token");
            assert!(
                refused.to_string().contains("e2:query+interrupt:"),
                "{refused}"
            );
        }
    }
}
