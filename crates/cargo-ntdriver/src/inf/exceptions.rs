//! Rules that an INF states as excepted, by a comment with the reason:
//!
//! ```text
//! ; check-inf: except 1304: a PSHED plug-in is registered under HKLM
//! ```
//!
//! It may state those of [`Rule::may_be_excepted`]. A statement without a breach is an error too, so that none outlives
//! its reason.

use super::{Finding, Rule, text::lines};

/// What a comment of this kind begins with.
const MARK: &str = "check-inf: except ";

/// A statement that is not to be had: where it stands and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadException {
    /// The line.
    pub line: usize,
    /// Why not.
    pub why: String,
}

/// Takes the findings that the comments of `text` except out of `findings`; where they are `forbidden`, each is an error.
///
/// # Errors
/// The first statement that is not to be had.
pub fn except(
    text: &str,
    forbidden: bool,
    findings: &mut Vec<Finding>,
) -> Result<(), BadException> {
    for (line, comment) in comments(text) {
        let Some(statement) = comment.strip_prefix(MARK) else {
            continue;
        };
        let bad = |why: String| BadException { line, why };
        if forbidden {
            return Err(bad("this INF may state no exception".to_owned()));
        }
        let (number, reason) = statement.split_once(':').unwrap_or((statement, ""));
        let rule = Rule::ALL
            .iter()
            .find(|rule| number.trim() == rule.code().to_string())
            .ok_or_else(|| bad(format!("{} is no rule that is checked", number.trim())))?;
        if !rule.may_be_excepted() {
            return Err(bad(format!("{} may not be excepted", rule.code())));
        }
        if reason.trim().is_empty() {
            return Err(bad(format!("{} is excepted without a reason", rule.code())));
        }
        let before = findings.len();
        findings.retain(|finding| finding.rule != *rule);
        if findings.len() == before {
            return Err(bad(format!(
                "{} is excepted and not broken: remove the exception",
                rule.code()
            )));
        }
    }
    Ok(())
}

fn comments(text: &str) -> impl Iterator<Item = (usize, &str)> {
    lines(text).enumerate().filter_map(|(index, line)| {
        let comment = line.trim_start().strip_prefix(';')?;
        Some((index + 1, comment.trim()))
    })
}
