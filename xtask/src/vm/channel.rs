//! What a guest sends over its serial port: lines of text, files among them.
//!
//! ```text
//! DIRQL BEGIN msi.xml
//! PD94bWwg...                 base64, 76 characters a line
//! DIRQL END msi.xml
//! DIRQL EXIT 0
//! ```
//!
//! Anything else is shown as it is: a guest's console may share the port. `scripts/Invoke-Suite.ps1` is the other end.

use std::{collections::BTreeMap, io::BufRead};

use base64ct::{Base64, Encoding};

/// What was received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// The files by name.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The exit code that the guest gave.
    pub code: i32,
}

/// Reads lines up to the guest's exit code; `None` where they end before.
///
/// `other` is given the lines that are none of the protocol's.
///
/// # Errors
/// A file that is not whole, or whose name is a path; what the reader fails with.
pub fn receive(
    lines: &mut dyn BufRead,
    mut other: impl FnMut(&str),
) -> Result<Option<Received>, String> {
    let mut received = Received::default();
    let mut open: Option<(String, String)> = None;
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let length = lines
            .read_until(b'\n', &mut bytes)
            .map_err(|error| error.to_string())?;
        if length == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&bytes);
        let line = line.trim_end();
        let word = line
            .strip_prefix("DIRQL ")
            .and_then(|rest| rest.split_once(' '));
        match (word, &mut open) {
            (Some(("BEGIN", name)), None) => {
                if name.contains(['/', '\\']) || name.starts_with('.') {
                    return Err(format!("the guest sent a file with the name {name:?}"));
                }
                open = Some((name.to_owned(), String::new()));
            }
            (Some(("END", name)), Some((begun, text))) if name == begun => {
                let file = Base64::decode_vec(text).map_err(|_| format!("{name} is not whole"))?;
                received.files.insert(begun.clone(), file);
                open = None;
            }
            (Some(("EXIT", code)), None) => {
                received.code = code
                    .parse()
                    .map_err(|_| format!("the guest's exit code is {code:?}"))?;
                return Ok(Some(received));
            }
            (Some((word, name)), _) => return Err(format!("{word} {name} out of its place")),
            (None, Some((_, text))) => text.push_str(line),
            (None, None) => other(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str) -> Result<Option<Received>, String> {
        receive(&mut text.as_bytes(), |_| ())
    }

    #[test]
    fn files_and_the_exit_code_arrive_between_other_lines() {
        let mut other = Vec::new();
        let text =
            "boot\nDIRQL BEGIN a.xml\r\nPHhtbD4=\nDIRQL END a.xml\nlog\nDIRQL EXIT 1\nlater\n";
        let received = receive(&mut text.as_bytes(), |line| other.push(line.to_owned()));
        let received = received.unwrap().unwrap();
        assert_eq!(received.code, 1);
        assert_eq!(received.files["a.xml"], b"<xml>");
        assert_eq!(other, ["boot", "log"]);
    }

    #[test]
    fn a_guest_that_falls_silent_has_sent_nothing() {
        assert_eq!(from("boot\nDIRQL BEGIN a.xml\nPHht\n"), Ok(None));
        assert_eq!(from(""), Ok(None));
    }

    #[test]
    fn what_is_damaged_is_refused() {
        for text in [
            "DIRQL BEGIN a\nPHh\nDIRQL END a\n",
            "DIRQL BEGIN a\n????\nDIRQL END a\n",
            "DIRQL BEGIN a\nDIRQL END b\n",
            "DIRQL BEGIN ../a\n",
            "DIRQL BEGIN a\nDIRQL EXIT 0\n",
            "DIRQL EXIT none\n",
        ] {
            assert!(from(text).is_err(), "{text}");
        }
    }
}
