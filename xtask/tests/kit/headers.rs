//! Headers in C with what the driver takes of Windows, written from the data of the embedded bindings.
//!
//! bindgen reads them as it reads a kit's, and names what it finds as the data does. So a driver that compiles over both
//! has been built by the path of a kit, and each layout is asserted by the compiler that bindgen calls.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use crate::data::{Aggregate, Field, Item};

/// The headers of the miniature kit: text by the path from `Include`.
pub(crate) struct Headers {
    pub(crate) kernel: String,
    pub(crate) framework: String,
}

/// Writes what `asked`, names in sources of drivers, leads to.
pub(crate) fn write(
    kernel: &[Item<'_>],
    framework: &[Item<'_>],
    asked: &BTreeSet<String>,
) -> Headers {
    let mut writer = Writer::new(kernel, framework);
    for item in kernel {
        if is_asked(item, asked) {
            writer.item(item);
        }
    }
    let kernel = std::mem::take(&mut writer.out);
    for item in framework {
        if is_asked(item, asked) || is_functions(item) {
            writer.item(item);
        }
    }
    Headers {
        kernel: format!("{PREAMBLE}{kernel}"),
        framework: writer.out,
    }
}

/// What types of C the data's names of them stand for.
const PREAMBLE: &str = "#pragma once\n#include <stddef.h>\n";
const SCALARS: [(&str, &str); 24] = [
    ("c_void", "void"),
    ("c_char", "char"),
    ("c_schar", "signed char"),
    ("c_uchar", "unsigned char"),
    ("c_short", "short"),
    ("c_ushort", "unsigned short"),
    ("c_int", "int"),
    ("c_uint", "unsigned int"),
    ("c_long", "long"),
    ("c_ulong", "unsigned long"),
    ("c_longlong", "long long"),
    ("c_ulonglong", "unsigned long long"),
    ("usize", "size_t"),
    ("isize", "ptrdiff_t"),
    ("u8", "unsigned char"),
    ("i8", "signed char"),
    ("u16", "unsigned short"),
    ("i16", "short"),
    ("u32", "unsigned int"),
    ("i32", "int"),
    ("u64", "unsigned long long"),
    ("i64", "long long"),
    ("f32", "float"),
    ("f64", "double"),
];

fn is_asked(item: &Item<'_>, asked: &BTreeSet<String>) -> bool {
    let (_, name) = item.key();
    // A part of another aggregate is written with that.
    !name.contains("__bindgen_") && asked.contains(name)
}

fn is_functions(item: &Item<'_>) -> bool {
    matches!(
        item,
        Item::Enumeration {
            name: "_WDFFUNCENUM",
            ..
        }
    )
}

/// A type of the data.
#[derive(Debug, Clone)]
enum Type<'a> {
    Name(&'a str),
    Enumeration(&'a str),
    Pointer {
        to: Box<Type<'a>>,
        is_const: bool,
    },
    Array {
        of: Box<Type<'a>>,
        length: &'a str,
    },
    Open(Box<Type<'a>>),
    Function {
        parameters: Vec<(&'a str, Type<'a>)>,
        result: Option<Box<Type<'a>>>,
        is_variadic: bool,
    },
}

impl<'a> Type<'a> {
    fn read(text: &'a str) -> Self {
        let boxed = |text| Box::new(Self::read(text));
        if let Some(to) = text.strip_prefix("*mut ") {
            return Self::Pointer {
                to: boxed(to),
                is_const: false,
            };
        }
        if let Some(to) = text.strip_prefix("*const ") {
            return Self::Pointer {
                to: boxed(to),
                is_const: true,
            };
        }
        if let Some(rest) = text.strip_prefix('[') {
            let (of, length) = rest
                .strip_suffix(']')
                .and_then(|rest| rest.rsplit_once("; "))
                .expect("an array has a length");
            return Self::Array {
                of: boxed(of),
                length,
            };
        }
        if let Some(of) = text.strip_prefix("__IncompleteArrayField<") {
            return Self::Open(boxed(of.strip_suffix('>').expect("a bracket closes")));
        }
        if let Some(rest) = text.strip_prefix("fn(") {
            let end = closing(rest);
            let (parameters, is_variadic) = parameters(&rest[..end]);
            let result = rest[end + 1..].strip_prefix(" -> ").map(boxed);
            return Self::Function {
                parameters,
                result,
                is_variadic,
            };
        }
        match text.strip_suffix("::Type") {
            Some(name) => Self::Enumeration(name),
            None => Self::Name(text),
        }
    }

    /// What it needs to be declared before it.
    fn names(&self, each: &mut impl FnMut(&'a str, bool), by_value: bool) {
        match self {
            Self::Name(name) | Self::Enumeration(name) => each(name, by_value),
            Self::Pointer { to, .. } => to.names(each, false),
            Self::Array { of, .. } | Self::Open(of) => of.names(each, by_value),
            Self::Function {
                parameters, result, ..
            } => {
                for (_, of) in parameters {
                    of.names(each, false);
                }
                if let Some(result) = result {
                    result.names(each, false);
                }
            }
        }
    }
}

/// Where the parenthesis that is open before `text` closes.
fn closing(text: &str) -> usize {
    let mut depth = 1;
    text.char_indices()
        .find(|(_, sign)| {
            depth += i32::from(*sign == '(') - i32::from(*sign == ')');
            depth == 0
        })
        .expect("a parenthesis closes")
        .0
}

fn parameters(text: &str) -> (Vec<(&str, Type<'_>)>, bool) {
    let mut depth = 0;
    let mut start = 0;
    let mut pieces = Vec::new();
    for (at, sign) in text.char_indices() {
        match sign {
            '(' | '[' | '<' => depth += 1,
            ')' | ']' => depth -= 1,
            // That of an arrow closes nothing.
            '>' if !text[..at].ends_with('-') => depth -= 1,
            ',' if depth == 0 => {
                pieces.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(text[start..].trim());
    pieces.retain(|piece| !piece.is_empty());
    let is_variadic = pieces.last() == Some(&"...");
    pieces.retain(|piece| *piece != "...");
    let parameters = pieces.into_iter().map(|piece| match named(piece) {
        Some((name, of)) => (name, Type::read(of)),
        None => ("", Type::read(piece)),
    });
    (parameters.collect(), is_variadic)
}

/// A parameter's name and type, where it has a name.
fn named(piece: &str) -> Option<(&str, &str)> {
    let (name, of) = piece.split_once(": ")?;
    let is_name = name
        .chars()
        .all(|sign| sign.is_alphanumeric() || sign == '_');
    is_name.then_some((name, of))
}

/// A name as C has it: bindgen puts `_` behind one that is a keyword of Rust.
fn c_name(name: &str) -> &str {
    const KEYWORDS: [&str; 8] = ["type", "in", "ref", "use", "match", "move", "impl", "final"];
    match name.strip_suffix('_') {
        Some(keyword) if KEYWORDS.contains(&keyword) => keyword,
        _ => name,
    }
}

struct Writer<'a> {
    items: BTreeMap<&'a str, &'a Item<'a>>,
    aggregates: BTreeMap<&'a str, &'a Aggregate<'a>>,
    done: BTreeSet<(&'static str, &'a str)>,
    out: String,
}

impl<'a> Writer<'a> {
    fn new(kernel: &'a [Item<'a>], framework: &'a [Item<'a>]) -> Self {
        let mut items = BTreeMap::new();
        let mut aggregates = BTreeMap::new();
        for item in kernel.iter().chain(framework) {
            let (kind, name) = item.key();
            if matches!(kind, "type" | "module") {
                items.entry(name).or_insert(item);
            }
            if let Item::Aggregate(of) = item {
                aggregates.entry(of.name).or_insert(of);
            }
        }
        Self {
            items,
            aggregates,
            done: BTreeSet::new(),
            out: String::new(),
        }
    }

    /// Writes an item, with all that it needs before it.
    fn item(&mut self, item: &'a Item<'a>) {
        if !self.done.insert(item.key()) {
            return;
        }
        match item {
            Item::Alias { name, of } => {
                let of = Type::read(of);
                self.needs(&of, true);
                let text = self.declare(&of, name);
                self.line(&format!("typedef {text};"));
            }
            Item::Enumeration { name, members, .. } => {
                let mut text = format!("enum {name} {{");
                for (value, member) in members {
                    write!(text, " {member} = {value},").unwrap();
                }
                if *name == "_WDFFUNCENUM" {
                    write!(text, " WdfFunctionTableNumEntries = {},", members.len()).unwrap();
                }
                self.line(&format!("{text} }};"));
            }
            Item::Opaque { name } => self.line(&format!("struct {name};")),
            Item::Aggregate(of) => self.aggregate(of),
            Item::Routine {
                name,
                parameters,
                result,
                ..
            } => {
                let text = format!("fn({parameters}){}", arrow(*result));
                let of = leaked(text);
                self.function(of, name);
            }
            Item::Entry {
                name,
                parameters,
                result,
                ..
            } => {
                let comma = if parameters.is_empty() { "" } else { ", " };
                let text = format!(
                    "fn(DriverGlobals: PWDF_DRIVER_GLOBALS{comma}{parameters}){}",
                    arrow(*result)
                );
                let of = Type::read(leaked(text));
                self.needs(&of, true);
                let text = self.declare(&of, &format!("PFN_{}", name.to_uppercase()));
                self.line(&format!("typedef {text};"));
            }
            Item::Constant { name, of, value } => self.constant(name, of, value),
            Item::Variable { name, of, .. } => {
                let of = Type::read(of);
                self.needs(&of, true);
                let text = self.declare(&of, name);
                self.line(&format!("extern {text};"));
            }
        }
    }

    fn function(&mut self, of: &'a str, name: &str) {
        let Type::Function {
            parameters,
            result,
            is_variadic,
        } = Type::read(of)
        else {
            unreachable!("a routine is a function");
        };
        let of = Type::Function {
            parameters,
            result,
            is_variadic,
        };
        self.needs(&of, true);
        let Type::Function {
            parameters,
            result,
            is_variadic,
        } = &of
        else {
            unreachable!("it is one still");
        };
        let parameters = self.parameters(parameters, *is_variadic);
        let text = self.result(result.as_deref(), &format!("{name}({parameters})"));
        self.line(&format!("{text};"));
    }

    fn constant(&mut self, name: &str, of: &'a str, value: &str) {
        match of {
            "u32" | "u64" | "i32" => self.line(&format!("#define {name} ({value})")),
            _ => {
                let of = Type::read(of);
                self.needs(&of, true);
                let text = self.declare(&of, name);
                self.line(&format!("static const {text} = {value};"));
            }
        }
    }

    fn aggregate(&mut self, of: &'a Aggregate<'a>) {
        self.needs_of(of);
        let body = self.body(of);
        let keyword = keyword(of);
        let name = of.name;
        let (push, pop) = self.packing(of).map_or_else(Default::default, |bytes| {
            (
                format!("#pragma pack(push, {bytes})\n"),
                "\n#pragma pack(pop)",
            )
        });
        self.line(&format!("{push}{keyword} {}{name} {body};{pop}", align(of)));
        let size = of.size;
        self.line(&format!(
            "_Static_assert(sizeof({keyword} {name}) == {size}, \"{name}\");"
        ));
    }

    /// The bytes to which an aggregate, or a part of it, is packed.
    fn packing(&self, of: &'a Aggregate<'a>) -> Option<&'a str> {
        let own = of
            .packing
            .and_then(|packing| packing.strip_prefix("packed"));
        let own = own.map(|bytes| bytes.trim_matches(['(', ')']));
        let own = own.map(|bytes| if bytes.is_empty() { "1" } else { bytes });
        own.or_else(|| {
            let parts = of.fields.iter().filter_map(|field| self.part(field));
            parts.into_iter().find_map(|(part, _)| self.packing(part))
        })
    }

    /// Writes what the fields need, those of its parts, too.
    fn needs_of(&mut self, of: &'a Aggregate<'a>) {
        for field in &of.fields {
            match self.part(field) {
                Some((part, _)) => self.needs_of(part),
                None if is_made_by_bindgen(field) => {}
                None => self.needs(&Type::read(field.of), true),
            }
            for bits in &field.bits {
                self.needs(&Type::read(bits.of), true);
            }
        }
    }

    /// An aggregate that has no name of its own: it is written where it is used, in an array of this declarator.
    fn part(&self, field: &Field<'a>) -> Option<(&'a Aggregate<'a>, String)> {
        let mut of = field.of;
        let mut suffix = String::new();
        while let Some(rest) = of.strip_prefix('[') {
            let (inner, length) = rest.strip_suffix(']')?.rsplit_once("; ")?;
            write!(suffix, "[{length}]").unwrap();
            of = inner;
        }
        let part = *self.aggregates.get(of)?;
        part.name
            .contains("__bindgen_ty_")
            .then_some((part, suffix))
    }

    fn body(&self, of: &'a Aggregate<'a>) -> String {
        let mut text = String::from("{");
        // What stands behind padding of bindgen's is aligned by so many words in the header.
        let mut aligned = false;
        for field in &of.fields {
            if field.name.starts_with("_bitfield_align")
                || field.name.starts_with("__bindgen_padding")
            {
                aligned |= field.name.starts_with("__bindgen_padding");
                continue;
            }
            if std::mem::take(&mut aligned) {
                write!(text, " __declspec(align({}))", of.align).unwrap();
            }
            if !field.bits.is_empty() {
                let mut at = 0;
                for bits in &field.bits {
                    let of = Type::read(bits.of);
                    if bits.offset > at {
                        let gap = self.declare(&of, "");
                        write!(text, " {gap}: {};", bits.offset - at).unwrap();
                    }
                    let named = self.declare(&of, c_name(bits.name));
                    write!(text, " {named}: {};", bits.width).unwrap();
                    at = bits.offset + bits.width;
                }
            } else if let Some((part, suffix)) = self.part(field) {
                let name = if field.name.starts_with("__bindgen_anon_") {
                    ""
                } else {
                    c_name(field.name)
                };
                let body = self.body(part);
                let (keyword, align) = (keyword(part), align(part));
                write!(text, " {keyword} {align}{body} {name}{suffix};").unwrap();
            } else {
                let field_text = self.declare(&Type::read(field.of), c_name(field.name));
                write!(text, " {field_text};").unwrap();
            }
        }
        text.push_str(" }");
        text
    }

    /// Writes what a type needs before it. Behind a pointer an aggregate needs no more than its name.
    fn needs(&mut self, of: &Type<'a>, by_value: bool) {
        let mut names = Vec::new();
        of.names(&mut |name, by_value| names.push((name, by_value)), by_value);
        for (name, by_value) in names {
            let Some(item) = self.items.get(name).copied() else {
                let known = SCALARS.iter().any(|(scalar, _)| *scalar == name) || name == "!";
                assert!(known, "no type {name}");
                continue;
            };
            match item {
                Item::Aggregate(of) if !by_value => {
                    if self.done.insert(("tag", of.name)) {
                        self.line(&format!("{} {};", keyword(of), of.name));
                    }
                }
                item => self.item(item),
            }
        }
    }

    fn base(&self, name: &str) -> String {
        if let Some((_, c)) = SCALARS.iter().find(|(scalar, _)| *scalar == name) {
            return (*c).to_owned();
        }
        match self.items.get(name) {
            Some(Item::Aggregate(of)) => format!("{} {name}", keyword(of)),
            Some(Item::Opaque { .. }) => format!("struct {name}"),
            _ => name.to_owned(),
        }
    }

    /// The declaration of `inner` as this type.
    fn declare(&self, of: &Type<'_>, inner: &str) -> String {
        self.declare_as(of, inner, "")
    }

    fn declare_as(&self, of: &Type<'_>, inner: &str, qualifier: &str) -> String {
        match of {
            Type::Name(name) => format!("{qualifier}{} {inner}", self.base(name)),
            Type::Enumeration(name) => format!("{qualifier}enum {name} {inner}"),
            Type::Pointer { to, is_const } => {
                // The qualifier of what is pointed to, where that is a pointer, stands behind its star.
                let inner = match &**to {
                    Type::Array { .. } => format!("(*{inner})"),
                    Type::Pointer { .. } if *is_const => format!("const *{inner}"),
                    _ => format!("*{inner}"),
                };
                let is_plain = matches!(**to, Type::Name(_) | Type::Enumeration(_));
                let qualifier = if *is_const && is_plain { "const " } else { "" };
                self.declare_as(to, &inner, qualifier)
            }
            Type::Array { of, length } => self.declare(of, &format!("{inner}[{length}]")),
            Type::Open(of) => self.declare(of, &format!("{inner}[]")),
            Type::Function {
                parameters,
                result,
                is_variadic,
            } => {
                let parameters = self.parameters(parameters, *is_variadic);
                self.result(result.as_deref(), &format!("(*{inner})({parameters})"))
            }
        }
    }

    fn parameters(&self, parameters: &[(&str, Type<'_>)], is_variadic: bool) -> String {
        let mut texts: Vec<String> = parameters
            .iter()
            .map(|(name, of)| self.declare(of, c_name(name)))
            .collect();
        if texts.is_empty() {
            return "void".to_owned();
        }
        if is_variadic {
            texts.push("...".to_owned());
        }
        texts.join(", ")
    }

    fn result(&self, result: Option<&Type<'_>>, inner: &str) -> String {
        match result {
            // A routine that does not come back.
            Some(Type::Name("!")) => format!("__declspec(noreturn) void {inner}"),
            Some(of) => self.declare(of, inner),
            None => format!("void {inner}"),
        }
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }
}

fn is_made_by_bindgen(field: &Field<'_>) -> bool {
    field.of.starts_with("__BindgenBitfieldUnit<")
        || field.name.starts_with("_bitfield_align")
        || field.name.starts_with("__bindgen_padding")
}

fn keyword(of: &Aggregate<'_>) -> &'static str {
    if of.is_union { "union" } else { "struct" }
}

fn align(of: &Aggregate<'_>) -> String {
    of.packing
        .and_then(|packing| packing.strip_prefix("align("))
        .map_or_else(String::new, |align| format!("__declspec(align({align}) "))
}

fn arrow(result: Option<&str>) -> String {
    result.map_or_else(String::new, |result| format!(" -> {result}"))
}

/// A test's texts live as long as it does.
fn leaked(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}
