//! The bindings' routines, constants and enumerations, each beside what Windows metadata has under its name.

use std::collections::{BTreeMap, HashMap};

use windows_metadata::{
    Type, Value,
    reader::{Index, TypeCategory, TypeDef},
};

use super::{
    data::Item,
    exceptions,
    signature::{self, Passed, Signature},
};

/// What was compared, and what differs.
#[derive(Default)]
pub(crate) struct Comparison {
    pub(crate) routines: usize,
    /// Parameters and results.
    pub(crate) values: usize,
    pub(crate) constants: usize,
    pub(crate) enumerators: usize,
    /// Each difference, by the name of its item.
    pub(crate) differences: BTreeMap<String, String>,
    /// Exceptions that nothing needs.
    pub(crate) unused_exceptions: Vec<&'static str>,
}

/// What an argument is to a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Class {
    Nothing,
    Never,
    Pointer,
    /// A number: its bytes, and whether it has a sign where that is known.
    Number(usize, Option<bool>),
    /// A structure by value, of so many bytes.
    Bytes(usize),
    /// A structure by value, whose bytes the metadata leaves to its fields.
    Structure,
    /// A name of the metadata's own for what headers make a pointer to something opaque, or a number.
    Handle,
    Unknown(String),
}

impl Class {
    /// Whether a caller passes both alike. Metadata writes an enumeration where headers write a number, and a number for
    /// a structure that holds one.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(ours, sign), Self::Number(theirs, other)) => {
                ours == theirs && (sign.is_none() || other.is_none() || sign == other)
            }
            (Self::Bytes(ours), Self::Number(theirs, _) | Self::Bytes(theirs)) => ours == theirs,
            (Self::Bytes(_), Self::Structure)
            | (Self::Pointer | Self::Number(8, _), Self::Handle) => true,
            _ => self == other,
        }
    }
}

impl From<&Passed> for Class {
    fn from(passed: &Passed) -> Self {
        match passed {
            Passed::Nothing => Self::Nothing,
            Passed::Never => Self::Never,
            Passed::Pointer => Self::Pointer,
            Passed::Number(bytes, sign) => Self::Number(*bytes, *sign),
            Passed::Float(bytes) => Self::Number(*bytes, None),
            Passed::Bytes(bytes) => Self::Bytes(*bytes),
            Passed::Unknown(name) => Self::Unknown(name.clone()),
        }
    }
}

/// Compares what both have.
pub(crate) fn compare(items: &[Item<'_>], metadata: &Index) -> Comparison {
    let signatures = signature::signatures(items);
    let mut found = Comparison::default();
    let mut routines: HashMap<String, TypeDef<'_>> = HashMap::new();
    let mut constants: HashMap<String, Vec<i128>> = HashMap::new();
    for of in metadata.all() {
        if !of.namespace().starts_with("Windows.Wdk")
            && !of.namespace().starts_with("Windows.Win32")
        {
            continue;
        }
        match of.category() {
            TypeCategory::Class => {
                for method in of.methods() {
                    let known = method.impl_map().is_some();
                    if known
                        && (of.namespace().starts_with("Windows.Wdk")
                            || !routines.contains_key(method.name()))
                    {
                        routines.insert(method.name().to_owned(), of);
                    }
                }
                add_constants(of, &mut constants);
            }
            TypeCategory::Enum => add_constants(of, &mut constants),
            _ => {}
        }
    }
    for item in items {
        match item {
            Item::Routine { name, .. } => {
                if let Some(of) = routines.get(*name) {
                    routine(name, &signatures[name], *of, metadata, &mut found);
                }
            }
            Item::Constant { name, value, .. } => {
                constant(
                    name,
                    value,
                    &constants,
                    &mut found.constants,
                    &mut found.differences,
                );
            }
            Item::Enumeration { members, .. } => {
                for (value, name) in members {
                    constant(
                        name,
                        value,
                        &constants,
                        &mut found.enumerators,
                        &mut found.differences,
                    );
                }
            }
            _ => {}
        }
    }
    found.unused_exceptions = exceptions::EXCEPTIONS
        .iter()
        .flat_map(|(_, names)| *names)
        .copied()
        .filter(|name| !found.differences.contains_key(*name))
        .collect();
    found.differences.retain(|name, _| !exceptions::has(name));
    found
}

fn add_constants(of: TypeDef<'_>, constants: &mut HashMap<String, Vec<i128>>) {
    for field in of.fields() {
        let Some(constant) = field.constant() else {
            continue;
        };
        let value = match constant.value() {
            Value::U8(value) => i128::from(value),
            Value::I8(value) => i128::from(value),
            Value::U16(value) => i128::from(value),
            Value::I16(value) => i128::from(value),
            Value::U32(value) => i128::from(value),
            Value::I32(value) => i128::from(value),
            Value::U64(value) => i128::from(value),
            Value::I64(value) => i128::from(value),
            _ => continue,
        };
        constants
            .entry(field.name().to_owned())
            .or_default()
            .push(value);
    }
}

/// A number has one value, whatever its sign: the low bits count.
fn constant(
    name: &str,
    ours: &str,
    constants: &HashMap<String, Vec<i128>>,
    count: &mut usize,
    differences: &mut BTreeMap<String, String>,
) {
    let digits = ours.trim_end_matches(|character: char| !character.is_ascii_digit());
    let digits = digits.split(['u', 'i']).next().unwrap_or(digits);
    let (Ok(ours), Some(theirs)) = (digits.parse::<i128>(), constants.get(name)) else {
        return;
    };
    *count += 1;
    let low = |value: i128| value & 0xffff_ffff;
    if !theirs
        .iter()
        .any(|theirs| *theirs == ours || low(*theirs) == low(ours))
    {
        differences.insert(
            name.to_owned(),
            format!("{ours} here, {theirs:?} in the metadata"),
        );
    }
}

fn routine(
    name: &str,
    ours: &Signature<'_>,
    of: TypeDef<'_>,
    metadata: &Index,
    found: &mut Comparison,
) {
    let method = of
        .methods()
        .find(|method| method.name() == name)
        .expect("it was found by its name");
    let signature = method.signature(&[]);
    // Metadata has the parameters alone that are always there.
    let parameters = &ours.parameters;
    found.routines += 1;
    let mut differ = |what: String| {
        found.differences.entry(name.to_owned()).or_insert(what);
    };
    if parameters.len() != signature.types.len() {
        return differ(format!(
            "{} parameters here, {} in the metadata",
            parameters.len(),
            signature.types.len()
        ));
    }
    let pairs = parameters.iter().map(|(_, passed)| Class::from(passed));
    let pairs = pairs.zip(&signature.types);
    for (index, (mine, theirs)) in pairs.enumerate() {
        found.values += 1;
        let theirs = class(theirs, metadata);
        if !mine.is(&theirs) {
            differ(format!(
                "parameter {index}: {mine:?} here, {theirs:?} in the metadata"
            ));
        }
    }
    found.values += 1;
    let mine = Class::from(&ours.result);
    let theirs = class(&signature.return_type, metadata);
    let never = mine == Class::Never && theirs == Class::Nothing;
    if !never && !mine.is(&theirs) {
        differ(format!(
            "the result: {mine:?} here, {theirs:?} in the metadata"
        ));
    }
}

fn class(of: &Type, metadata: &Index) -> Class {
    let number = |bytes, sign| Class::Number(bytes, Some(sign));
    match of {
        Type::Void => Class::Nothing,
        Type::Bool | Type::I8 => Class::Number(1, None),
        Type::Char => Class::Number(2, None),
        Type::U8 => number(1, false),
        Type::I16 => number(2, true),
        Type::U16 => number(2, false),
        Type::I32 => number(4, true),
        Type::U32 => number(4, false),
        Type::I64 | Type::ISize => number(8, true),
        Type::U64 | Type::USize => number(8, false),
        Type::F32 => Class::Number(4, None),
        Type::F64 => Class::Number(8, None),
        Type::String | Type::Object => Class::Pointer,
        Type::PtrMut(..) | Type::PtrConst(..) | Type::ArrayFixed(..) | Type::ConstRef(_) => {
            Class::Pointer
        }
        Type::Name(name) if (&*name.namespace, &*name.name) == ("System", "Guid") => {
            Class::Bytes(16)
        }
        Type::Name(name) => match metadata.get(&name.namespace, &name.name).next() {
            Some(found) => named(found, metadata),
            // Nested, so a structure or a union in another.
            None if name.namespace.is_empty() => Class::Structure,
            None => Class::Unknown(format!("{}.{}", name.namespace, name.name)),
        },
        other => Class::Unknown(format!("{other:?}")),
    }
}

fn named(of: TypeDef<'_>, metadata: &Index) -> Class {
    match of.category() {
        TypeCategory::Delegate | TypeCategory::Class | TypeCategory::Interface => Class::Pointer,
        TypeCategory::Enum => {
            let value = of.fields().next().map(|field| class(&field.ty(), metadata));
            match value {
                Some(Class::Number(bytes, _)) => Class::Number(bytes, None),
                _ => Class::Number(4, None),
            }
        }
        _ => {
            let fields: Vec<_> = of
                .fields()
                .filter(|field| field.constant().is_none())
                .collect();
            match &fields[..] {
                // A number or a pointer with a name of its own.
                [one] if matches!(one.ty(), Type::ISize | Type::I64) => Class::Handle,
                [one] => class(&one.ty(), metadata),
                _ => Class::Structure,
            }
        }
    }
}
