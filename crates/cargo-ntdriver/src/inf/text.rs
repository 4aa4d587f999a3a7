//! The text of an INF as sections of lines: what `SetupAPI` sees after comments, quotes and continued lines.
//!
//! Sections of one name are one section, and names compare without regard to case (ov "General Syntax Rules for INF
//! Files"). String tokens stay as written until [`Inf::expand`] is asked for their values.

use super::{Finding, Rule};

/// A parsed INF.
#[derive(Debug, Clone)]
pub struct Inf {
    sections: Vec<Section>,
}

/// A section: its name as first written, where, and its lines.
#[derive(Debug, Clone)]
pub struct Section {
    /// The name.
    pub name: String,
    /// The line of its first header, from 1.
    pub line: usize,
    /// Its lines.
    pub entries: Vec<Entry>,
}

/// One line of a section: `key = field, field`, or fields alone.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where it begins, from 1.
    pub line: usize,
    /// What stands before `=`.
    pub key: Option<String>,
    /// What stands behind, split at commas, without quotes.
    pub fields: Vec<String>,
}

impl Entry {
    /// Field `index`, empty where the line has none.
    #[must_use]
    pub fn field(&self, index: usize) -> &str {
        self.fields.get(index).map_or("", String::as_str)
    }

    /// Whether the line is `key = ...`.
    #[must_use]
    pub fn is(&self, key: &str) -> bool {
        self.key
            .as_deref()
            .is_some_and(|own| own.eq_ignore_ascii_case(key))
    }
}

impl Section {
    /// The lines `key = ...`.
    pub fn all<'a, 'k>(&'a self, key: &'k str) -> impl Iterator<Item = &'a Entry> + use<'a, 'k> {
        self.entries.iter().filter(move |entry| entry.is(key))
    }

    /// The first field of the first `key = ...`.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.all(key).next().map(|entry| entry.field(0))
    }
}

impl Inf {
    /// Parses the text of an INF.
    ///
    /// # Errors
    /// The first line that no parser could take: rule 1002.
    pub fn parse(text: &str) -> Result<Self, Finding> {
        let (inf, unreadable) = Self::read(text);
        unreadable.into_iter().next().map_or(Ok(inf), Err)
    }

    /// Reads the text of an INF, and goes on after each line that cannot be parsed: those are the findings.
    ///
    /// What stands before the first section belongs to none: Microsoft's own INFs have blocks between `/*++` and `--*/`
    /// there.
    #[must_use]
    pub fn read(text: &str) -> (Self, Vec<Finding>) {
        let mut unreadable = Vec::new();
        let mut inf = Self {
            sections: Vec::new(),
        };
        let mut current: Option<usize> = None;
        for (line, text) in logical_lines(text) {
            if let Some(header) = text.strip_prefix('[') {
                let name = header.strip_suffix(']').unwrap_or_else(|| {
                    unreadable.push(unparsable(line, "a section's name without its `]`"));
                    header
                });
                current = Some(inf.open(name.trim(), line));
                continue;
            }
            let Some(section) = current else { continue };
            if !text.matches('"').count().is_multiple_of(2) {
                unreadable.push(unparsable(line, "a quote that is not closed"));
            }
            // What can be told of the line stays, so that one mistake is not reported as many.
            inf.sections[section].entries.push(entry(line, &text));
        }
        (inf, unreadable)
    }

    fn open(&mut self, name: &str, line: usize) -> usize {
        let known = |section: &Section| section.name.eq_ignore_ascii_case(name);
        self.sections.iter().position(known).unwrap_or_else(|| {
            self.sections.push(Section {
                name: name.to_owned(),
                line,
                entries: Vec::new(),
            });
            self.sections.len() - 1
        })
    }

    /// Every section.
    #[must_use]
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The section `name`.
    #[must_use]
    pub fn section(&self, name: &str) -> Option<&Section> {
        let known = |section: &&Section| section.name.eq_ignore_ascii_case(name);
        self.sections.iter().find(known)
    }

    /// `text` with its string tokens replaced; those that have no value, DIRIDs among them, stay.
    #[must_use]
    pub fn expand(&self, text: &str) -> String {
        let mut out = String::new();
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Token(token) => {
                    let kept = || format!("%{token}%");
                    out.push_str(&self.string(token).map_or_else(kept, str::to_owned));
                }
            }
        }
        out
    }

    /// The value of a string token: from `[Strings]`, or from the section of some language.
    #[must_use]
    pub fn string(&self, token: &str) -> Option<&str> {
        let strings = |section: &&Section| {
            let (name, _) = section.name.split_once('.').unwrap_or((&section.name, ""));
            name.eq_ignore_ascii_case("Strings")
        };
        self.sections
            .iter()
            .filter(strings)
            .find_map(|section| section.value(token))
    }
}

/// A part of a field.
pub(super) enum Piece<'a> {
    /// Text that stands for itself.
    Text(&'a str),
    /// What stands between two percent signs.
    Token(&'a str),
}

/// The parts of a field; `%%` is a percent sign.
pub(super) fn pieces(mut text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    while let Some((before, after)) = text.split_once('%') {
        pieces.push(Piece::Text(before));
        match after.split_once('%') {
            Some(("", rest)) => {
                pieces.push(Piece::Text("%"));
                text = rest;
            }
            Some((token, rest)) => {
                pieces.push(Piece::Token(token));
                text = rest;
            }
            None => {
                pieces.push(Piece::Text("%"));
                text = after;
            }
        }
    }
    pieces.push(Piece::Text(text));
    pieces
}

fn unparsable(line: usize, what: &str) -> Finding {
    Finding::new(Rule::Unreadable, line, what)
}

/// The lines of a text, whether they end in CR LF, LF or CR.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let now = rest.take()?;
        let Some(end) = now.find(['\r', '\n']) else {
            return (!now.is_empty()).then_some(now);
        };
        let ending = if now[end..].starts_with("\r\n") { 2 } else { 1 };
        rest = Some(&now[end + ending..]);
        Some(&now[..end])
    })
}

/// The lines without comments, continued ones joined, empty ones left out, each with its number.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut logical = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, raw) in lines(text).enumerate() {
        let bare = without_comment(raw).trim();
        let (part, goes_on) = match bare.strip_suffix('\\') {
            // A path may end in a backslash only inside of quotes, where the last character is a quote.
            Some(part) => (part.trim_end(), true),
            None => (bare, false),
        };
        let (start, so_far) = open.take().unwrap_or((index + 1, String::new()));
        let whole = so_far + part;
        if goes_on {
            open = Some((start, whole));
        } else if !whole.is_empty() {
            logical.push((start, whole));
        }
    }
    logical.extend(open.filter(|(_, text)| !text.is_empty()));
    logical
}

/// The line up to its comment.
pub(super) fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    for (at, character) in line.char_indices() {
        match character {
            '"' => quoted = !quoted,
            ';' if !quoted => return &line[..at],
            _ => {}
        }
    }
    line
}

fn entry(line: usize, text: &str) -> Entry {
    let (key, rest) = match split_outside_quotes(text, '=')[..] {
        [_] => (None, text),
        [key, ..] => (Some(unquoted(key)), &text[key.len() + 1..]),
        [] => (None, ""),
    };
    let fields = split_outside_quotes(rest, ',');
    Entry {
        line,
        key,
        fields: fields.into_iter().map(unquoted).collect(),
    }
}

fn split_outside_quotes(text: &str, at: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|character| {
        quoted ^= character == '"';
        character == at && !quoted
    })
    .collect()
}

fn unquoted(text: &str) -> String {
    let text = text.trim();
    let inside = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    inside.unwrap_or(text).replace("\"\"", "\"")
}
