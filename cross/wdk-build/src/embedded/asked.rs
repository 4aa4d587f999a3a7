//! What the sources of a package take from `wdk_sys`, read from their text.
//!
//! A build script cannot ask the compiler, and the crate may have no dependency that parses Rust. So paths and `use`
//! declarations are read here, comments and literals left out. Whatever the package has under the same name from elsewhere
//! is not counted: better a name too few than one too many.

use std::collections::{BTreeMap, HashSet};

/// Where a name stands: the file and the line.
pub(crate) type Place = (String, usize);

/// The names, each with the first place it stands at.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// Named by a path that begins with `wdk_sys`.
    pub(crate) named: BTreeMap<String, Place>,
    /// Called by the bare name, in a file that imports all of `wdk_sys` or of a module of it.
    called: BTreeMap<String, Place>,
    /// What the package declares, or imports from elsewhere.
    elsewhere: HashSet<String>,
    /// The first names of paths whose every item some file imports.
    globs: HashSet<String>,
}

/// The modules of `wdk_sys` that stand for families of headers.
const MODULES: [&str; 8] = [
    "ntddk",
    "wdf",
    "gpio",
    "hid",
    "parallel_ports",
    "spb",
    "storage",
    "usb",
];
/// The macro by which drivers call the framework; its first argument names the function.
const CALL: &str = "call_unsafe_wdf_function_binding";
/// Crates and paths whose globs bring in nothing that headers declare.
const HARMLESS: [&str; 8] = [
    "wdk_sys", "wdk", "core", "alloc", "std", "crate", "self", "super",
];
/// What a declared name follows.
const DECLARES: [&str; 9] = [
    "fn", "struct", "union", "enum", "type", "const", "static", "mod", "trait",
];

impl Asked {
    /// Reads a file of the package.
    pub(crate) fn read(&mut self, file: &str, text: &str) {
        let tokens = tokens(text);
        let place = |at: usize| (file.to_owned(), tokens[at].1);
        let word = |at: usize| tokens.get(at).map_or("", |(token, _)| token);
        let mut called = Vec::new();
        let mut takes_all = false;
        let mut at = 0;
        while at < tokens.len() {
            let token = word(at);
            let before = if at == 0 { "" } else { word(at - 1) };
            if token == "use" && before != "#" {
                let mut leaves = Vec::new();
                at = tree(&tokens, at + 1, &[], &mut leaves);
                for (path, alias, leaf_at) in leaves {
                    takes_all |= self.import(&path, alias, place(leaf_at));
                }
                continue;
            }
            let earlier = if at < 2 { "" } else { word(at - 2) };
            // `*const T` declares nothing.
            let declares = DECLARES.contains(&before) && earlier != "*"
                || (earlier, before) == ("macro_rules", "!")
                || (earlier, before) == ("static", "mut");
            if declares {
                self.elsewhere.insert(token.to_owned());
            } else if token == "wdk_sys" && word(at + 1) == "::" {
                let path = path(&tokens, at);
                let last = at + 2 * (path.len() - 1);
                if let Some(name) = item(&path) {
                    self.named
                        .entry(name.to_owned())
                        .or_insert_with(|| place(at));
                }
                at = last + 1;
                // The macro is named by a path, too.
                if path.last() == Some(&CALL) {
                    self.framework(&tokens, last, file);
                }
                continue;
            } else if token == CALL {
                self.framework(&tokens, at, file);
            } else if is_name(token)
                && !matches!(before, "::" | "." | "'")
                && (word(at + 1) == "(" || word(at + 1) == "!" && word(at + 2) != "=")
            {
                called.push(at);
            }
            at += 1;
        }
        if takes_all {
            for at in called {
                self.called
                    .entry(word(at).to_owned())
                    .or_insert_with(|| place(at));
            }
        }
    }

    /// What was called by its bare name, and can come from `wdk_sys` alone.
    pub(crate) fn called(&self) -> impl Iterator<Item = (&String, &Place)> {
        let unknown = self
            .globs
            .iter()
            .any(|root| !HARMLESS.contains(&&**root) && !self.elsewhere.contains(root));
        self.called
            .iter()
            .filter(move |(name, _)| !unknown && !self.elsewhere.contains(*name))
    }

    /// Takes note of a leaf of a `use` declaration, and answers whether it imports all of `wdk_sys` or of a module of it.
    fn import(&mut self, path: &[&str], alias: Option<&str>, place: Place) -> bool {
        let (Some(root), Some(last)) = (path.first(), path.last()) else {
            return false;
        };
        if *last == "*" {
            self.globs.insert((*root).to_owned());
            return *root == "wdk_sys"
                && (path.len() == 2 || path.len() == 3 && MODULES.contains(&path[1]));
        }
        if *root == "wdk_sys" {
            if let Some(name) = item(path) {
                self.named.entry(name.to_owned()).or_insert(place);
            }
        } else if !matches!(*root, "crate" | "self" | "super") || alias.is_some() {
            self.elsewhere.insert(alias.unwrap_or(last).to_owned());
        }
        false
    }

    /// The function that the macro at `at` is given: the framework has it, whatever else the package calls so.
    fn framework(&mut self, tokens: &[(&str, usize)], at: usize, file: &str) {
        let word = |at: usize| tokens.get(at).map_or("", |(token, _)| token);
        if word(at + 1) == "!" && is_name(word(at + 3)) {
            self.named
                .entry(word(at + 3).to_owned())
                .or_insert_with(|| (file.to_owned(), tokens[at + 3].1));
        }
    }
}

/// The modules that a file declares, whose text is in files of their own.
pub(crate) fn modules(text: &str) -> impl Iterator<Item = &str> {
    let tokens = tokens(text);
    let names: Vec<_> = tokens
        .windows(3)
        .filter(|three| three[0].0 == "mod" && three[2].0 == ";")
        .map(|three| three[1].0)
        .collect();
    names.into_iter()
}

/// The item that a path into `wdk_sys` names: what follows the crate, or the module of a family.
fn item<'a>(path: &[&'a str]) -> Option<&'a str> {
    let name = match path.get(1..)? {
        [module, name, ..] if MODULES.contains(module) => *name,
        [name, ..] if !MODULES.contains(name) => *name,
        _ => return None,
    };
    (is_name(name) && name != "self").then_some(name)
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

/// The names of the path that begins at `at`.
fn path<'a>(tokens: &[(&'a str, usize)], at: usize) -> Vec<&'a str> {
    let mut names = vec![tokens[at].0];
    let mut at = at + 1;
    while let [("::", _), (name, _), ..] = tokens[at..]
        && is_name(name)
    {
        names.push(name);
        at += 2;
    }
    names
}

/// A leaf of a `use` declaration: its path, the name it gets, and where it stands.
type Leaf<'a> = (Vec<&'a str>, Option<&'a str>, usize);

/// Reads the tree of a `use` declaration at `at`, and answers where it ends.
fn tree<'a>(
    tokens: &[(&'a str, usize)],
    at: usize,
    above: &[&'a str],
    leaves: &mut Vec<Leaf<'a>>,
) -> usize {
    let word = |at: usize| tokens.get(at).map_or(";", |(token, _)| token);
    let mut path = above.to_vec();
    let mut alias = None;
    let mut at = at;
    let mut last = at;
    loop {
        match word(at) {
            "::" => {}
            "{" => {
                at += 1;
                while !matches!(word(at), "}" | ";") {
                    at = tree(tokens, at, &path, leaves);
                    if word(at) == "," {
                        at += 1;
                    }
                }
                return at + 1;
            }
            "as" => {
                at += 1;
                alias = Some(word(at));
            }
            name if name == "*" || is_name(name) => {
                path.push(name);
                last = at;
            }
            // `,`, `}`, `;`, and whatever is no `use` declaration.
            _ => {
                if last < tokens.len() && path.len() > above.len() {
                    leaves.push((path, alias, last));
                }
                // A declaration that cannot be read must not be read for ever.
                return if at == last && !matches!(word(at), "," | "}" | ";") {
                    at + 1
                } else {
                    at
                };
            }
        }
        at += 1;
    }
}

/// Names, `::` and single characters, each with its line; no comments, and no literals but numbers.
fn tokens(text: &str) -> Vec<(&str, usize)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        let rest = &text[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            comment(rest)
        } else if let Some(length) = literal(rest) {
            length
        } else {
            let first = rest.chars().next().unwrap_or(' ');
            let length = if first.is_alphanumeric() || first == '_' {
                rest.find(|next: char| !(next.is_alphanumeric() || next == '_'))
                    .unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            if !first.is_whitespace() {
                found.push((&rest[..length], line));
            }
            length
        };
        line += rest[..length].matches('\n').count();
        at += length;
    }
    found
}

/// The length of the comment at the beginning; comments nest.
fn comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// The length of the string or the character at the beginning, if there is one.
fn literal(text: &str) -> Option<usize> {
    let (prefix, _) = text
        .char_indices()
        .take(3)
        .find(|(_, next)| matches!(next, '"' | '\'' | '#'))
        .filter(|(at, _)| matches!(&text[..*at], "" | "b" | "c" | "r" | "br" | "cr"))?;
    let body = &text[prefix..];
    if text[..prefix].ends_with('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        if !body[hashes..].starts_with('"') {
            return None;
        }
        let end = format!("\"{}", "#".repeat(hashes));
        let length = body[hashes + 1..].find(&end)?;
        return Some(prefix + hashes + 1 + length + end.len());
    }
    let quote = body.chars().next()?;
    if quote == '#' {
        return None;
    }
    let mut characters = body.char_indices().skip(1);
    let mut count = 0;
    while let Some((at, character)) = characters.next() {
        if character == quote {
            // `''` is no character.
            return (quote == '"' || count == 1).then_some(prefix + at + 1);
        }
        if character == '\\' {
            let (_, escaped) = characters.next()?;
            if quote == '\'' && matches!(escaped, 'x' | 'u') {
                let end = body[at..].find('\'')?;
                return Some(prefix + at + end + 1);
            }
        }
        count += 1;
        // What goes on is a lifetime.
        if quote == '\'' && count > 1 {
            return None;
        }
    }
    None
}
