//! The text of the bindings: what bindgen would write over the headers that the data files hold the facts of.
//!
//! Names, field names, field types, aliases and methods are bindgen's, so that a driver's source compiles unchanged
//! against either. Two things differ. Scalars have the width that they have on Windows, where bindgen writes
//! `c_long`: an editor checks the driver for a Linux host. And the module of an enumeration does not import its parent:
//! 330 such globs make three quarters of what the compiler writes for `wdk-sys`.

use std::fmt::Write;

use super::data::{Aggregate, Bits, Item};

/// The enumeration of the framework's functions. Its last member is their number, which depends on the version.
const FUNCTIONS: &str = "_WDFFUNCENUM";

/// The text of `types.rs`: types alone.
pub(crate) fn types(items: &[Item<'_>]) -> String {
    let mut out = String::new();
    let shapes = Shapes::of(items);
    for item in items {
        match item {
            Item::Alias { name, of } => line(&mut out, &format!("pub type {name} = {};", rust(of))),
            Item::Enumeration { name, of, members } => enumeration(&mut out, name, of, members),
            Item::Opaque { name } => line(
                &mut out,
                &format!("#[repr(C)] #[derive(Debug)] pub struct {name} {{ _unused: [u8; 0], }}"),
            ),
            Item::Aggregate(of) => {
                aggregate(&mut out, of, &shapes);
                layout(&mut out, of);
            }
            Item::Entry { .. } => entry(&mut out, item),
            _ => {}
        }
    }
    out
}

/// The text of `constants.rs`: constants, and the variables that modules export.
pub(crate) fn constants(items: &[Item<'_>], symbol: Option<&str>) -> String {
    let mut out = String::new();
    for item in items {
        match item {
            Item::Constant { name, of, value } => {
                line(
                    &mut out,
                    &format!("pub const {name}: {} = {value};", rust(of)),
                );
            }
            Item::Variable {
                name,
                mutable,
                of,
                module,
                by_address,
                ..
            } => {
                if *by_address {
                    import_of(&mut out, name, *module);
                } else {
                    link(&mut out, *module);
                }
                let mutable = if *mutable { "mut " } else { "" };
                // The table has the name of its version.
                let named = match symbol {
                    Some(symbol) if *name == "WdfFunctions" => {
                        format!(r#"#[link_name = "\u{{1}}{symbol}"] "#)
                    }
                    _ => String::new(),
                };
                line(
                    &mut out,
                    &format!(
                        "unsafe extern \"C\" {{ {named}pub static {mutable}{name}: {}; }}",
                        rust(of)
                    ),
                );
            }
            _ => {}
        }
    }
    out
}

/// The text of `ntddk.rs` and its like: routines, each in a block of the module that exports it.
///
/// A routine that no module is known to export stands in a block without one: the linker names it, as the kit's would.
pub(crate) fn routines(items: &[Item<'_>]) -> String {
    let mut modules: Vec<Option<&str>> = Vec::new();
    for item in items {
        if let Item::Routine { module, .. } = item
            && !modules.contains(module)
        {
            modules.push(*module);
        }
    }
    let mut out = String::new();
    for of in modules {
        link(&mut out, of);
        line(&mut out, "unsafe extern \"C\" {");
        for item in items {
            if let Item::Routine {
                name,
                parameters,
                result,
                module,
                ..
            } = item
                && *module == of
            {
                let must_use = match result {
                    Some("NTSTATUS" | "HRESULT") => "#[must_use] ",
                    _ => "",
                };
                line(
                    &mut out,
                    &format!(
                        "    {must_use}pub fn {name}({}){};",
                        rust(parameters),
                        returns(*result)
                    ),
                );
            }
        }
        line(&mut out, "}");
    }
    out
}

/// What the macro that calls the framework reads: the indices of the function table, and the type of each entry.
///
/// The types hold all of it, too. But the macro parses the text that it is given, and that of the types is long.
pub(crate) fn function_table(items: &[Item<'_>]) -> String {
    let mut out = String::new();
    for item in items {
        match item {
            Item::Enumeration { name, of, members } if *name == FUNCTIONS => {
                enumeration(&mut out, name, of, members);
            }
            Item::Entry { .. } => entry(&mut out, item),
            _ => {}
        }
    }
    out
}

/// The type of an entry of the function table. The macro takes the names of the parameters from it.
fn entry(out: &mut String, item: &Item<'_>) {
    let Item::Entry {
        name,
        parameters,
        result,
        ..
    } = item
    else {
        return;
    };
    let comma = if parameters.is_empty() { "" } else { ", " };
    line(
        out,
        &format!(
            "pub type PFN_{} = ::core::option::Option<unsafe extern \"C\" fn(\
             DriverGlobals: PWDF_DRIVER_GLOBALS{comma}{}){}>;",
            name.to_uppercase(),
            rust(parameters),
            returns(*result)
        ),
    );
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn returns(result: Option<&str>) -> String {
    result.map_or_else(String::new, |of| format!(" -> {}", rust(of)))
}

/// `raw-dylib` lets rustc write the import itself, so no import library is needed; `+verbatim` keeps it from appending
/// `.dll` to the module's name.
fn link(out: &mut String, module: Option<&str>) {
    if let Some(module) = module {
        line(
            out,
            &format!(
                "#[cfg_attr(windows, link(name = \"{module}\", kind = \"raw-dylib\", modifiers = \"+verbatim\"))]"
            ),
        );
    }
}

/// The import of a variable whose name means the address of the import.
///
/// Headers declare it without `dllimport`, one pointer deeper than the module exports it, and an import library defines
/// the name where the loader writes the variable's address. What rustc writes for `raw-dylib` has that place as
/// `__imp_NAME` alone; a link argument gives it its second name.
fn import_of(out: &mut String, name: &str, module: Option<&str>) {
    line(out, &format!("mod import_of_{name} {{"));
    link(out, module);
    line(
        out,
        &format!("unsafe extern \"C\" {{ static {name}: u8; }}"),
    );
    line(out, "}");
}

/// The link arguments that go with such variables.
pub(crate) fn second_names<'a>(items: &'a [Item<'a>]) -> impl Iterator<Item = String> + 'a {
    items.iter().filter_map(|item| match item {
        Item::Variable {
            name,
            by_address: true,
            ..
        } => Some(format!("/ALTERNATENAME:{name}=__imp_{name}")),
        _ => None,
    })
}

fn enumeration(out: &mut String, name: &str, of: &str, members: &[(&str, &str)]) {
    line(out, &format!("pub mod {name} {{"));
    line(out, &format!("    pub type Type = {};", rust(of)));
    for (value, member) in members {
        line(out, &format!("    pub const {member}: Type = {value};"));
    }
    if name == FUNCTIONS {
        let entries = members.len();
        line(
            out,
            &format!("    pub const WdfFunctionTableNumEntries: Type = {entries};"),
        );
    }
    line(out, "}");
}

/// What of a type by value decides which traits bindgen derives.
struct Shapes<'a> {
    /// Types with a union in them, or packed and not `Copy`: not `Debug`.
    unions: std::collections::BTreeSet<&'a str>,
    /// Types that end in an array of unknown length: not `Copy`.
    open: std::collections::BTreeSet<&'a str>,
}

impl<'a> Shapes<'a> {
    fn of(items: &[Item<'a>]) -> Self {
        let aliases: std::collections::BTreeMap<&str, &str> = items
            .iter()
            .filter_map(|item| match item {
                Item::Alias { name, of } => Some((*name, *of)),
                _ => None,
            })
            .collect();
        let mut shapes = Self {
            unions: std::collections::BTreeSet::new(),
            open: std::collections::BTreeSet::new(),
        };
        // A type may stand before what it holds.
        loop {
            let before = shapes.unions.len() + shapes.open.len();
            for item in items {
                let Item::Aggregate(of) = item else { continue };
                let holds = |set: &std::collections::BTreeSet<&str>| {
                    of.fields
                        .iter()
                        .any(|field| set.contains(by_value(field.of, &aliases)))
                };
                let is_packed = of
                    .packing
                    .is_some_and(|packing| packing.starts_with("packed"));
                let out_of_reach = is_packed && shapes.open.contains(of.name);
                if of.is_union || out_of_reach || holds(&shapes.unions) {
                    shapes.unions.insert(of.name);
                }
                let is_open = |of: &str| {
                    of.starts_with("__IncompleteArrayField<")
                        || of.starts_with("__BindgenUnionField<")
                };
                if of.fields.iter().any(|field| is_open(field.of)) || holds(&shapes.open) {
                    shapes.open.insert(of.name);
                }
            }
            if shapes.unions.len() + shapes.open.len() == before {
                return shapes;
            }
        }
    }
}

/// The name of what a field holds, through arrays and aliases; a pointer holds nothing.
fn by_value<'a>(of: &'a str, aliases: &std::collections::BTreeMap<&'a str, &'a str>) -> &'a str {
    let mut of = of;
    loop {
        if let Some(inner) = of.strip_prefix('[') {
            of = inner.rsplit_once("; ").map_or(inner, |(inner, _)| inner);
        } else if let Some(next) = aliases.get(of) {
            of = next;
        } else {
            return of;
        }
    }
}

fn aggregate(out: &mut String, of: &Aggregate<'_>, shapes: &Shapes<'_>) {
    let name = of.name;
    let packing = of
        .packing
        .map_or_else(String::new, |packing| format!(", {packing}"));
    let keyword = if of.is_union { "union" } else { "struct" };
    let debug = if shapes.unions.contains(name) {
        ""
    } else {
        "#[derive(Debug)] "
    };
    line(
        out,
        &format!("#[repr(C{packing})] {debug}pub {keyword} {name} {{"),
    );
    for field in &of.fields {
        line(out, &format!("    pub {}: {},", field.name, rust(field.of)));
    }
    line(out, "}");
    if !shapes.open.contains(name) {
        line(
            out,
            &format!(
                "impl Copy for {name} {{}} impl Clone for {name} {{ #[inline] fn clone(&self) -> Self {{ *self }} }}"
            ),
        );
    }
    // Zero is a value of all that types of the headers hold: numbers, pointers, optional functions.
    line(
        out,
        &format!(
            "impl Default for {name} {{ #[inline] fn default() -> Self {{ unsafe {{ ::core::mem::zeroed() }} }} }}"
        ),
    );
    let bits: Vec<_> = of
        .fields
        .iter()
        .filter(|field| !field.bits.is_empty())
        .collect();
    if bits.is_empty() {
        return;
    }
    line(out, &format!("#[allow(unused_unsafe)] impl {name} {{"));
    for field in bits {
        let unit = field.name;
        let storage = rust(field.of);
        let storage = storage
            .strip_prefix("__BindgenBitfieldUnit<")
            .and_then(|rest| rest.strip_suffix('>'))
            .unwrap_or(&storage);
        for bits in &field.bits {
            accessors(out, unit, bits);
        }
        // bindgen's constructor of the unit.
        let mut head = String::new();
        let mut body = String::new();
        for bits in &field.bits {
            let _ = write!(head, "{}: {}, ", bits.name, rust(bits.of));
            let _ = write!(
                body,
                " unit.set({}, {}, {} as u64);",
                bits.offset, bits.width, bits.name
            );
        }
        line(
            out,
            &format!(
                "    #[inline] pub fn new{unit}({}) -> __BindgenBitfieldUnit<{storage}> {{ \
                 let mut unit: __BindgenBitfieldUnit<{storage}> = Default::default();{body} unit }}",
                head.trim_end_matches(", ")
            ),
        );
    }
    line(out, "}");
}

/// The accessors of a bit field: by reference and through a pointer. (A union's unit is unsafe to read.)
fn accessors(out: &mut String, unit: &str, bits: &Bits<'_>) {
    let Bits {
        offset,
        width,
        name,
        of,
    } = bits;
    let of = rust(of);
    let place = format!("{offset}, {width}");
    let text = format!(
        "#[inline] pub fn {name}(&self) -> {of} {{ unsafe {{ self.{unit}.get({place}) as {of} }} }}
         #[inline] pub fn set_{name}(&mut self, val: {of}) {{ unsafe {{ self.{unit}.set({place}, val as u64) }} }}
         #[inline] pub unsafe fn {name}_raw(this: *const Self) -> {of} {{ \
         unsafe {{ (*&raw const (*this).{unit}).get({place}) as {of} }} }}
         #[inline] pub unsafe fn set_{name}_raw(this: *mut Self, val: {of}) {{ \
         unsafe {{ (*&raw mut (*this).{unit}).set({place}, val as u64) }} }}"
    );
    line(out, &text);
}

/// The assertion of a type's size, its alignment, and the offset of each of its fields, in bytes.
fn layout(out: &mut String, of: &Aggregate<'_>) {
    let keyword = if of.is_union { "union" } else { "struct" };
    let _ = write!(
        out,
        "layout! {{ {keyword} {}: {}, {};",
        of.name, of.size, of.align
    );
    for field in &of.fields {
        let _ = write!(out, " {} {},", field.name, field.offset);
    }
    out.push_str(" }\n");
}

/// A type, or a list of parameters, of the data files in Rust.
pub(crate) fn rust(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if character.is_ascii_alphanumeric() || character == '_' {
            let end = rest
                .find(|character: char| !(character.is_ascii_alphanumeric() || character == '_'))
                .unwrap_or(rest.len());
            let (word, tail) = rest.split_at(end);
            if word == "fn" && tail.starts_with('(') {
                let (pointer, tail) = function(tail);
                out.push_str(&pointer);
                rest = tail;
            } else {
                out.push_str(scalar(word));
                rest = tail;
            }
        } else {
            out.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    out
}

/// What begins as `(PARAMETERS) -> RESULT`, as a pointer to a function, and what follows it.
fn function(text: &str) -> (String, &str) {
    let close = matching(text, 0);
    let mut end = close + 1;
    let mut result = String::new();
    if let Some(of) = text[end..].strip_prefix(" -> ") {
        let length = end_of_type(of);
        result = format!(" -> {}", rust(&of[..length]));
        end += " -> ".len() + length;
    }
    let pointer = format!(
        "::core::option::Option<unsafe extern \"C\" fn({}){result}>",
        rust(&text[1..close])
    );
    (pointer, &text[end..])
}

/// Where the bracket that opens at `open` closes.
fn matching(text: &str, open: usize) -> usize {
    let mut depth = 0;
    for (at, character) in text.char_indices().skip(open) {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    text.len() - 1
}

/// Where the type at the beginning of `text` ends.
fn end_of_type(text: &str) -> usize {
    let mut depth = 0;
    for (at, character) in text.char_indices() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' | ',' if depth == 0 => return at,
            ')' | ']' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// A C type in Rust, where Windows decides on its width.
fn scalar(name: &str) -> &str {
    match name {
        "c_schar" => "i8",
        "c_uchar" => "u8",
        "c_short" => "i16",
        "c_ushort" => "u16",
        "c_long" => "i32",
        "c_ulong" => "u32",
        "c_longlong" => "i64",
        "c_ulonglong" => "u64",
        "c_char" => "::core::ffi::c_char",
        "c_int" => "::core::ffi::c_int",
        "c_uint" => "::core::ffi::c_uint",
        "c_void" => "::core::ffi::c_void",
        "CStr" => "::core::ffi::CStr",
        other => other,
    }
}
