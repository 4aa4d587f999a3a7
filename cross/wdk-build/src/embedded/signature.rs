//! How the arguments of a routine are passed: what a caller, or who takes its place, has to know of a declaration.
//!
//! The generator needs none of it. The simulator takes in this file and `data.rs` by `#[path]`, for its tables of exports
//! (`crates/ntsim/src/declared`), and so do the tests of `xtask`.

use std::collections::{BTreeMap, HashMap};

use super::data::{Item, Levels};

/// What an argument or a result is to a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Passed {
    /// No result.
    Nothing,
    /// The routine does not return.
    Never,
    Pointer,
    /// An integer: its bytes, and whether it has a sign where headers say so. (They do not of `char`.)
    Number(usize, Option<bool>),
    /// A floating-point number of so many bytes, in a register of its own kind.
    Float(usize),
    /// A structure or a union by value, of so many bytes.
    Bytes(usize),
    /// A type that no item given declares.
    Unknown(String),
}

/// The declaration of a routine, or of a function of the framework.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature<'a> {
    /// The module that exports it; none for a function of the framework, which is behind its table.
    pub(crate) module: Option<&'a str>,
    /// The parameters that are always there: name and type. Those of the framework stand behind the driver's globals.
    pub(crate) parameters: Vec<(&'a str, Passed)>,
    /// Whether others may follow.
    pub(crate) is_variadic: bool,
    pub(crate) result: Passed,
    /// The IRQLs at which it may be called; none where neither a page nor a header says it in a word.
    pub(crate) levels: Option<Levels<'a>>,
}

/// The signature of each routine and each function of the framework among `items`.
pub(crate) fn signatures<'a>(items: &[Item<'a>]) -> BTreeMap<&'a str, Signature<'a>> {
    let types = Types::of(items);
    let mut found = BTreeMap::new();
    for item in items {
        let (name, list, result, module, levels) = match item {
            Item::Routine {
                name,
                parameters,
                result,
                exporter,
                levels,
                ..
            } => (*name, *parameters, *result, *exporter, *levels),
            Item::Entry {
                name,
                parameters,
                result,
                levels,
                ..
            } => (*name, *parameters, *result, None, *levels),
            _ => continue,
        };
        let mut parameters = split(list);
        let all = parameters.len();
        parameters.retain(|part| *part != "...");
        let signature = Signature {
            module,
            is_variadic: parameters.len() < all,
            parameters: parameters
                .into_iter()
                .map(|part| part.split_once(": ").unwrap_or(("", part)))
                .map(|(name, of)| (name, types.passed(of)))
                .collect(),
            result: result.map_or(Passed::Nothing, |of| types.passed(of)),
            levels,
        };
        found.insert(name, signature);
    }
    found
}

/// The parts of a list of parameters.
fn split(list: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, character) in list.char_indices() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(list[start..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// The types that the items declare, by their names.
struct Types<'a> {
    aliases: HashMap<&'a str, &'a str>,
    sizes: HashMap<&'a str, usize>,
    enumerations: HashMap<&'a str, &'a str>,
}

impl<'a> Types<'a> {
    fn of(items: &[Item<'a>]) -> Self {
        let mut of = Self {
            aliases: HashMap::new(),
            sizes: HashMap::new(),
            enumerations: HashMap::new(),
        };
        for item in items {
            match item {
                Item::Alias { name, of: target } => {
                    of.aliases.insert(name, target);
                }
                Item::Aggregate(found) => {
                    of.sizes.insert(found.name, found.size);
                }
                Item::Enumeration {
                    name, of: value, ..
                } => {
                    of.enumerations.insert(name, value);
                }
                _ => {}
            }
        }
        of
    }

    fn passed(&self, name: &str) -> Passed {
        if name.starts_with('*') || name.starts_with("fn(") {
            return Passed::Pointer;
        }
        if let Some(scalar) = scalar(name) {
            return scalar;
        }
        if let Some(size) = self.sizes.get(name) {
            return Passed::Bytes(*size);
        }
        let enumeration = name.strip_suffix("::Type").unwrap_or_default();
        match self
            .aliases
            .get(name)
            .or_else(|| self.enumerations.get(enumeration))
        {
            Some(target) => self.passed(target),
            None => Passed::Unknown(name.to_owned()),
        }
    }
}

fn scalar(name: &str) -> Option<Passed> {
    let number = |bytes, sign| Some(Passed::Number(bytes, Some(sign)));
    match name {
        "!" => Some(Passed::Never),
        "c_char" => Some(Passed::Number(1, None)),
        "c_schar" | "i8" => number(1, true),
        "c_uchar" | "u8" => number(1, false),
        "c_short" | "i16" => number(2, true),
        "c_ushort" | "u16" => number(2, false),
        "c_int" | "c_long" | "i32" => number(4, true),
        "c_uint" | "c_ulong" | "u32" => number(4, false),
        "c_longlong" | "i64" | "isize" => number(8, true),
        "c_ulonglong" | "u64" | "usize" => number(8, false),
        "f32" => Some(Passed::Float(4)),
        "f64" => Some(Passed::Float(8)),
        _ => None,
    }
}
