//! From the bytes of a file to the text of an INF.
//!
//! `InfVerif` takes ANSI and UTF-16 LE (1003). ANSI is read as Windows-1252, of which Latin-1's letters are a part. UTF-8
//! is read as such, since that is what its author meant, and warned of where it goes beyond ASCII: Windows would read
//! other letters. No bytes are refused: what is damaged is reported, and the rest is judged.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{Finding, Rule, text::lines};

/// The text of `bytes`, without a mark of the byte order and without NULs, and what is wrong with its encoding.
#[must_use]
pub fn decode(bytes: &[u8]) -> (String, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut wrong = |what: &str| findings.push(Finding::new(Rule::Encoding, 1, what));
    let marked = Encoding::for_bom(bytes);
    let encoding = match marked {
        Some((encoding, _)) => encoding,
        // Microsoft's tools write the mark; an editor may not. Every INF is mostly ASCII.
        None if is_wide(bytes) => UTF_16LE,
        None if std::str::from_utf8(bytes).is_ok() => UTF_8,
        None => WINDOWS_1252,
    };
    let (text, damaged) = encoding.decode_with_bom_removal(bytes);
    if encoding == UTF_16BE {
        wrong("UTF-16 BE");
    } else if encoding == UTF_8 && marked.is_some() {
        wrong("UTF-8 with a byte order mark");
    } else if encoding == UTF_8 && !text.is_ascii() {
        wrong("UTF-8 beyond ASCII");
    }
    if damaged {
        wrong("characters that the encoding does not have");
    }
    for (index, line) in lines(&text).enumerate() {
        if line.contains('\0') {
            findings.push(Finding::new(Rule::Nul, index + 1, line.replace('\0', "?")));
        }
    }
    (text.replace('\0', ""), findings)
}

/// Whether the bytes are UTF-16 LE without a mark: most characters of the beginning have a second byte of zero, and none
/// has a first.
fn is_wide(bytes: &[u8]) -> bool {
    let pairs = bytes.chunks_exact(2).take(512);
    let count = pairs.len();
    let ascii = pairs.filter(|pair| pair[0] != 0 && pair[1] == 0).count();
    count >= 2 && ascii * 4 > count * 3
}
