//! Words of a command line, for the command that makes a run again.

use alloc::{borrow::ToOwned, format, string::String};

/// `word` as this system's shell takes it for one word.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric() || "-_./:@=,".contains(c) || (cfg!(windows) && c == '\\')
    };
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else if cfg!(windows) {
        format!("\"{word}\"")
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(all(test, not(windows)))]
mod tests {
    use super::*;

    #[test]
    fn a_word_with_what_a_shell_would_take_for_more_is_quoted() {
        for (word, as_typed) in [
            ("target/a-b_c.sys", "target/a-b_c.sys"),
            ("down,up", "down,up"),
            ("", "''"),
            ("a b", "'a b'"),
            (r"\name", r"'\name'"),
            ("it's", r"'it'\''s'"),
        ] {
            assert_eq!(quoted(word), as_typed);
        }
    }
}
