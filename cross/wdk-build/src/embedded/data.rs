//! The data files of the embedded bindings, read into items.
//!
//! A file lists what one family of headers declares, as bindgen names it: one item a line, and below it, indented, its
//! fields or its enumerators. `embedded/README.md` has the form.

use std::fmt;

/// `HIGH_LEVEL` of x64.
const HIGHEST: u8 = 15;

/// What a line declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    /// A constant: its type and its value, in Rust's spelling.
    Constant {
        name: &'a str,
        of: &'a str,
        value: &'a str,
    },
    /// A variable that a module exports, or that no module is known to export.
    Variable {
        name: &'a str,
        mutable: bool,
        of: &'a str,
        /// The module that bindings link it from.
        module: Option<&'a str>,
        /// The module that exports it, whether bindings link it from there or not.
        #[allow(dead_code, reason = "bindings say where they link from, and no more")]
        exporter: Option<&'a str>,
        /// Whether the name is that of the import's address, as for what a module definition calls `CONSTANT`.
        by_address: bool,
    },
    /// Another name of a type.
    Alias { name: &'a str, of: &'a str },
    /// An enumeration: the type of its values, then each value and its name.
    Enumeration {
        name: &'a str,
        of: &'a str,
        members: Vec<(&'a str, &'a str)>,
    },
    /// A structure or a union.
    Aggregate(Aggregate<'a>),
    /// A structure that headers name without saying what is in it.
    Opaque { name: &'a str },
    /// A routine: its parameters with their names, its result, and the module that bindings link it from.
    Routine {
        name: &'a str,
        parameters: &'a str,
        result: Option<&'a str>,
        module: Option<&'a str>,
        /// The module that exports it, whether bindings link it from there or not.
        #[allow(dead_code, reason = "bindings say where they link from, and no more")]
        exporter: Option<&'a str>,
        #[allow(dead_code, reason = "bindings have no IRQLs")]
        levels: Option<Levels<'a>>,
    },
    /// An entry of the framework's function table: its index, the parameters behind the driver's globals, the result.
    Entry {
        index: usize,
        name: &'a str,
        parameters: &'a str,
        result: Option<&'a str>,
        #[allow(dead_code, reason = "bindings have no IRQLs")]
        levels: Option<Levels<'a>>,
    },
}

impl<'a> Item<'a> {
    /// What no two items have in common: the name, in the namespace that it is of.
    pub(crate) fn key(&self) -> (&'static str, &'a str) {
        match self {
            Self::Constant { name, .. } | Self::Variable { name, .. } => ("value", name),
            Self::Routine { name, .. } => ("routine", name),
            Self::Entry { name, .. } => ("entry", name),
            Self::Enumeration { name, .. } => ("module", name),
            Self::Alias { name, .. } | Self::Opaque { name } => ("type", name),
            Self::Aggregate(of) => ("type", of.name),
        }
    }
}

/// The IRQLs at which a routine may be called, by their numbers on x64, and the page or the header that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "bindings have no IRQLs")]
pub(crate) struct Levels<'a> {
    pub(crate) lowest: u8,
    pub(crate) highest: u8,
    pub(crate) source: &'a str,
}

/// A structure or a union, with its layout on x64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Aggregate<'a> {
    pub(crate) is_union: bool,
    pub(crate) name: &'a str,
    pub(crate) size: usize,
    pub(crate) align: usize,
    /// `packed`, `packed(4)`, `align(16)`: what a representation says besides `C`.
    pub(crate) packing: Option<&'a str>,
    pub(crate) fields: Vec<Field<'a>>,
}

/// A field at its offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    pub(crate) offset: usize,
    pub(crate) name: &'a str,
    pub(crate) of: &'a str,
    /// The bit fields in it.
    pub(crate) bits: Vec<Bits<'a>>,
}

/// A bit field: where it begins in its unit, and how many bits it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bits<'a> {
    pub(crate) offset: usize,
    pub(crate) width: usize,
    pub(crate) name: &'a str,
    pub(crate) of: &'a str,
}

/// A line that cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    file: String,
    line: usize,
    text: String,
    what: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            text,
            what,
        } = self;
        write!(
            out,
            "cross/wdk-build/embedded/{file}:{line}: {what}: `{text}`"
        )
    }
}

/// The items of a file, in its order, as version 1.`minor` of the framework has them; as WDM has them, where it is none.
///
/// # Errors
/// A line that is not of the form.
pub(crate) fn read<'a>(
    file: &str,
    text: &'a str,
    minor: Option<u8>,
) -> Result<Vec<(&'a str, Item<'a>)>, Malformed> {
    let mut items = Vec::new();
    let mut header = "";
    // Whether the items below the header are of this driver model, and whether what is indented is of this version.
    let mut is_of_this_model = true;
    let mut taken = true;
    for (number, line) in text.lines().enumerate() {
        let malformed = |what| Malformed {
            file: file.to_owned(),
            line: number + 1,
            text: line.trim().to_owned(),
            what,
        };
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            let (name, model) = name
                .split_once(']')
                .ok_or_else(|| malformed("a header ends with `]`"))?;
            header = name;
            is_of_this_model = match model {
                "" => true,
                " KMDF" => minor.is_some(),
                _ => return Err(malformed("no such driver model")),
            };
            continue;
        }
        if !is_of_this_model {
            continue;
        }
        let (text, since, before) = versions(line).map_err(malformed)?;
        let is_of_this_version = minor.is_none_or(|minor| (since..before).contains(&minor));
        if let Some(member) = text.strip_prefix(' ') {
            if taken && is_of_this_version {
                let (_, item) = items
                    .last_mut()
                    .ok_or_else(|| malformed("a field without a type"))?;
                add(item, member).map_err(malformed)?;
            }
            continue;
        }
        taken = is_of_this_version;
        if taken {
            items.push((header, item(text, minor).map_err(malformed)?));
        }
    }
    Ok(items)
}

type Read<T> = Result<T, &'static str>;

/// A line without ` since 1.MINOR` and ` before 1.MINOR` at its end, and the two.
fn versions(line: &str) -> Read<(&str, u8, u8)> {
    // The sizes of older versions are in parentheses, and no number on their own.
    let before = line.rsplit_once(" before 1.");
    let (line, before) = match before.map(|(rest, before)| (rest, before.parse())) {
        Some((rest, Ok(before))) => (rest, before),
        _ => (line, u8::MAX),
    };
    match line.rsplit_once(" since 1.") {
        Some((rest, since)) => Ok((rest, since.parse().map_err(|_| "no version")?, before)),
        None => Ok((line, 0, before)),
    }
}

fn item(text: &str, minor: Option<u8>) -> Read<Item<'_>> {
    let (keyword, rest) = text.split_once(' ').ok_or("an item has a name")?;
    match keyword {
        "const" => {
            let (name, rest) = split(rest, ": ")?;
            let (of, value) = split(rest, " = ")?;
            Ok(Item::Constant { name, of, value })
        }
        "static" => {
            let (rest, by_address) = rest
                .strip_suffix(" constant")
                .map_or((rest, false), |rest| (rest, true));
            let (rest, exporter, module) = exported(rest);
            let (rest, mutable) = rest
                .strip_prefix("mut ")
                .map_or((rest, false), |rest| (rest, true));
            let (name, of) = split(rest, ": ")?;
            Ok(Item::Variable {
                name,
                mutable,
                of,
                module,
                exporter,
                by_address,
            })
        }
        "type" => {
            let (name, of) = split(rest, " = ")?;
            Ok(Item::Alias { name, of })
        }
        "enum" => {
            let (name, of) = split(rest, ": ")?;
            Ok(Item::Enumeration {
                name,
                of,
                members: Vec::new(),
            })
        }
        "struct" | "union" => aggregate(keyword == "union", rest, minor).map(Item::Aggregate),
        "opaque" => Ok(Item::Opaque { name: rest }),
        "fn" => {
            let (rest, levels) = levels(rest)?;
            let (rest, exporter, module) = exported(rest);
            let (name, parameters, result) = signature(rest)?;
            Ok(Item::Routine {
                name,
                parameters,
                result,
                module,
                exporter,
                levels,
            })
        }
        "wdf" => {
            let (index, rest) = split(rest, " ")?;
            let (rest, levels) = levels(rest)?;
            let (name, parameters, result) = signature(rest)?;
            Ok(Item::Entry {
                index: number(index)?,
                name,
                parameters,
                result,
                levels,
            })
        }
        _ => Err("no such kind of item"),
    }
}

/// `NAME SIZE ALIGNMENT`, then a packing, then the sizes of older versions: `(SIZE before 1.MINOR)`.
fn aggregate(is_union: bool, rest: &str, minor: Option<u8>) -> Read<Aggregate<'_>> {
    let mut words = rest.split(' ');
    let mut next = || words.next().ok_or("a name, a size and an alignment");
    let (name, size, align) = (next()?, number(next()?)?, number(next()?)?);
    let mut found = Aggregate {
        is_union,
        name,
        size,
        align,
        packing: None,
        fields: Vec::new(),
    };
    let tail = rest.split_once(" (");
    // The packing stands between the alignment and the older sizes.
    found.packing = words.next().filter(|word| !word.starts_with('('));
    let older = tail.map_or("", |(_, older)| older);
    // The oldest comes first.
    for older in older.trim_end_matches(')').split(", ") {
        let Some((size, before)) = older.split_once(" before 1.") else {
            continue;
        };
        let before = before.parse().map_err(|_| "no version")?;
        if minor.is_some_and(|minor| minor < before) {
            found.size = number(size)?;
            break;
        }
    }
    Ok(found)
}

fn add<'a>(item: &mut Item<'a>, text: &'a str) -> Read<()> {
    match item {
        Item::Enumeration { members, .. } => members.push(split(text, " ")?),
        Item::Aggregate(of) => {
            if let Some(text) = text.strip_prefix(' ') {
                let (place, rest) = split(text, " ")?;
                let (offset, width) = split(place, "+")?;
                let (name, of_type) = split(rest, ": ")?;
                let field = of.fields.last_mut().ok_or("bits without a unit")?;
                field.bits.push(Bits {
                    offset: number(offset)?,
                    width: number(width)?,
                    name,
                    of: of_type,
                });
            } else {
                let (offset, rest) = split(text, " ")?;
                let (name, of_type) = split(rest, ": ")?;
                of.fields.push(Field {
                    offset: number(offset)?,
                    name,
                    of: of_type,
                    bits: Vec::new(),
                });
            }
        }
        _ => return Err("this item has no fields"),
    }
    Ok(())
}

fn split<'a>(text: &'a str, at: &str) -> Read<(&'a str, &'a str)> {
    text.split_once(at).ok_or("a part is missing")
}

fn number(text: &str) -> Read<usize> {
    text.parse().map_err(|_| "no number")
}

/// A line without ` irql LOWEST..HIGHEST SOURCE` at its end, and that.
fn levels(text: &str) -> Read<(&str, Option<Levels<'_>>)> {
    let Some((rest, levels)) = text.rsplit_once(" irql ") else {
        return Ok((text, None));
    };
    let (range, source) = split(levels, " ")?;
    let (lowest, highest) = split(range, "..")?;
    let level = |text: &str| text.parse().ok().filter(|level| *level <= HIGHEST);
    let (Some(lowest), Some(highest)) = (level(lowest), level(highest)) else {
        return Err("no IRQL");
    };
    if lowest > highest {
        return Err("no range of IRQLs");
    }
    let levels = Levels {
        lowest,
        highest,
        source,
    };
    Ok((rest, Some(levels)))
}

/// A line without ` @MODULE` or ` @MODULE unlinked` at its end, the module that exports it, and the one that bindings link from.
fn exported(text: &str) -> (&str, Option<&str>, Option<&str>) {
    match text.rsplit_once(" @") {
        Some((rest, module)) => match module.strip_suffix(" unlinked") {
            Some(exporter) => (rest, Some(exporter), None),
            None => (rest, Some(module), Some(module)),
        },
        None => (text, None, None),
    }
}

/// `NAME(PARAMETERS) -> RESULT`.
fn signature(text: &str) -> Read<(&str, &str, Option<&str>)> {
    let (name, rest) = split(text, "(")?;
    let mut depth = 1;
    let end = rest
        .char_indices()
        .find(|(_, character)| {
            depth += i32::from(*character == '(') - i32::from(*character == ')');
            depth == 0
        })
        .ok_or("a parenthesis is missing")?
        .0;
    let result = match &rest[end + 1..] {
        "" => None,
        tail => Some(tail.strip_prefix(" -> ").ok_or("no result")?),
    };
    Ok((name, &rest[..end], result))
}
