//! The embedded bindings, item by item.

use std::{collections::BTreeMap, fs};

use quote::ToTokens;
use syn::{Attribute, Field, FnArg, ForeignItem, Item, ItemForeignMod, ItemMod, ReturnType};
use xtask::Workspace;

use super::{
    data, generate,
    table::{Row, Table, scalar},
};

/// What no header declares: compilers call it.
const UNDECLARED: [&str; 1] = ["__chkstk"];

/// The bindings' files by their names: what cross/wdk-build writes of the items that have a row.
pub(crate) fn sources() -> BTreeMap<String, String> {
    let root = Workspace::find().unwrap().root().to_path_buf();
    let table = Table::read();
    let texts: Vec<_> = ["nt.txt", "wdf.txt"]
        .iter()
        .map(|file| {
            let path = root.join("cross/wdk-build/embedded").join(file);
            (file, fs::read_to_string(path).unwrap())
        })
        .collect();
    let mut items = Vec::new();
    for (file, text) in &texts {
        let read = data::read(file, text, Some(31)).unwrap_or_else(|bad| panic!("{bad}"));
        items.extend(read.into_iter().map(|(_, item)| item));
    }
    items.retain(|item| has_row(item, &table));
    BTreeMap::from([
        ("types.rs".to_owned(), generate::types(&items)),
        ("constants.rs".to_owned(), generate::constants(&items, None)),
        ("ntddk.rs".to_owned(), generate::routines(&items)),
    ])
}

fn has_row(item: &data::Item<'_>, table: &Table) -> bool {
    use data::Item;
    let entry;
    let (kind, name) = match item {
        Item::Constant { name, .. } => ("const", *name),
        Item::Alias { name, .. } => ("type", *name),
        Item::Enumeration { name, .. } => ("enum", *name),
        Item::Aggregate(of) if of.is_union => ("union", of.name),
        Item::Aggregate(of) => ("struct", of.name),
        Item::Opaque { name } => ("struct", *name),
        Item::Routine { name, .. } => {
            return table.row("fn", name).is_some() || UNDECLARED.contains(name);
        }
        Item::Entry { name, .. } => {
            entry = format!("PFN_{}", name.to_uppercase());
            ("type", &*entry)
        }
        Item::Variable { .. } => return false,
    };
    table.row(kind, name).is_some()
}

/// What was found.
#[derive(Default)]
pub(crate) struct Comparison {
    /// Each difference, by its item.
    pub(crate) differences: Vec<String>,
    /// How many facts were compared: names, signatures, values, sizes, alignments and offsets.
    pub(crate) facts: usize,
}

impl Comparison {
    /// Notes that `ours` is to be `genuine`.
    pub(crate) fn equal(&mut self, what: &str, ours: &str, genuine: &str) {
        self.facts += 1;
        if ours != genuine {
            let line = format!("{what}: {ours} here, {genuine} by the headers");
            self.differences.push(line);
        }
    }

    /// Notes an item that has no row.
    pub(crate) fn no_row(&mut self, kind: &str, name: &str) {
        self.differences.push(format!(
            "{kind} {name} has no row in xtask/tests/genuine/wdk-sys-22621.tsv: add what bindgen writes for it over the kit"
        ));
    }
}

/// Compares all of the bindings.
pub(crate) fn compare(sources: &BTreeMap<String, String>, table: &Table) -> Comparison {
    let mut found = Comparison::default();
    for (file, text) in sources {
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        for item in &parsed.items {
            one(item, table, &mut found);
        }
    }
    found
}

/// Tokens without what has no meaning: spaces, trailing commas, the path to `core`.
fn compact(tokens: &impl ToTokens) -> String {
    squeeze(&tokens.to_token_stream().to_string())
}

fn squeeze(text: &str) -> String {
    let text: String = text.split_whitespace().collect();
    text.replace(",)", ")")
        .replace(",>", ">")
        .replace("::core::ffi::", "")
        .replace("::core::option::", "")
}

fn one(item: &Item, table: &Table, found: &mut Comparison) {
    match item {
        Item::Type(alias) => {
            let name = alias.ident.to_string();
            let Some(row) = table.row("type", &name) else {
                return found.no_row("type", &name);
            };
            let genuine = squeeze(row.detail);
            // A scalar has the width that it has on Windows.
            let genuine = match scalar(&genuine) {
                Some(fixed) if genuine != "c_char" => fixed.to_owned(),
                _ => genuine,
            };
            found.equal(&format!("type {name}"), &compact(&*alias.ty), &genuine);
        }
        Item::Const(constant) => {
            // Assertions of layouts are constants without a name.
            let name = constant.ident.to_string();
            let Some(row) = table.row("const", &name) else {
                return found.no_row("const", &name);
            };
            let ours = format!("{}={}", compact(&*constant.ty), compact(&*constant.expr));
            found.equal(&format!("const {name}"), &ours, &squeeze(row.detail));
        }
        Item::Mod(module) => enumeration(module, table, found),
        Item::Struct(of) if of.fields.iter().any(is_opaque) => {
            let name = of.ident.to_string();
            let Some(row) = table.row("struct", &name) else {
                return found.no_row("struct", &name);
            };
            // bindgen knows no more of what headers leave open.
            let open = row.size.is_none() && row.detail.is_empty();
            found.equal(
                &format!("struct {name}"),
                "open",
                if open { "open" } else { "known" },
            );
        }
        Item::Struct(_) | Item::Union(_) | Item::Impl(_) => {
            // Its `layout!`, which is compared, names every field: the test `layouts` sees to that.
        }
        Item::Macro(layout) if layout.mac.path.is_ident("layout") => {
            aggregate(&layout.mac.tokens.to_string(), table, found);
        }
        Item::Macro(definition) if definition.ident.is_some() => {}
        Item::ForeignMod(block) => routines(block, table, found),
        other => found
            .differences
            .push(format!("an item of an unknown kind: {}", compact(other))),
    }
}

fn is_opaque(field: &Field) -> bool {
    field.ident.as_ref().is_some_and(|name| name == "_unused")
}

fn enumeration(module: &ItemMod, table: &Table, found: &mut Comparison) {
    let name = module.ident.to_string();
    let Some(row) = table.row("enum", &name) else {
        return found.no_row("enum", &name);
    };
    let genuine: BTreeMap<&str, &str> = members(row)
        .map(|member| {
            let (value, name) = member.split_once(':').expect("value:name");
            (name, value)
        })
        .collect();
    let mut count = 0;
    for item in module.content.iter().flat_map(|(_, items)| items) {
        match item {
            Item::Type(kind) => found.equal(&format!("enum {name}"), &compact(&*kind.ty), "c_int"),
            Item::Const(value) => {
                let member = value.ident.to_string();
                let what = format!("enum {name}, {member}");
                let genuine = genuine.get(member.as_str()).copied();
                let genuine = genuine.unwrap_or("no such enumerator");
                found.equal(&what, &compact(&*value.expr), genuine);
                count += 1;
            }
            other => found
                .differences
                .push(format!("enum {name}: {}", compact(other))),
        }
    }
    complete(&name, count == genuine.len(), found);
}

/// Notes an item that lacks a part.
fn complete(name: &str, whole: bool, found: &mut Comparison) {
    let is = if whole { "whole" } else { "abridged" };
    found.equal(&format!("all of {name}"), is, "whole");
}

fn members(row: &Row) -> impl Iterator<Item = &'static str> + use<> {
    row.detail.split(' ').filter(|member| !member.is_empty())
}

/// `struct NAME: size, alignment; field offset, ...` of a `layout!`.
fn aggregate(layout: &str, table: &Table, found: &mut Comparison) {
    let words: Vec<&str> = layout
        .split(|character: char| !(character.is_ascii_alphanumeric() || character == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let [kind, name, size, align, fields @ ..] = &words[..] else {
        panic!("a layout: {layout}");
    };
    let Some(row) = table.row(kind, name) else {
        return found.no_row(kind, name);
    };
    let what = format!("{kind} {name}");
    let genuine: Vec<String> = members(row)
        .map(|member| member.replace('~', ":"))
        .collect();
    for (part, ours, genuine) in [("size", size, row.size), ("alignment", align, row.align)] {
        if let Some(genuine) = genuine {
            found.equal(&format!("the {part} of {what}"), ours, &genuine.to_string());
        }
    }
    let ours: Vec<String> = fields
        .chunks(2)
        .filter(|field| {
            !["__bindgen_", "_bindgen_", "_bitfield_"]
                .iter()
                .any(|own| field[0].starts_with(own))
        })
        .map(|field| format!("{}:{}", field[1], field[0]))
        .collect();
    for field in &ours {
        let has = genuine.iter().find(|genuine| *genuine == field);
        let has = has.map_or("no such field", String::as_str);
        found.equal(&what, field, has);
    }
    let whole = genuine.iter().all(|field| ours.contains(field));
    complete(name, whole, found);
}

fn routines(block: &ItemForeignMod, table: &Table, found: &mut Comparison) {
    let module = block.attrs.iter().find_map(module);
    for item in &block.items {
        let routine = match item {
            ForeignItem::Fn(routine) => routine,
            // Variables are not in the table.
            ForeignItem::Static(_) => continue,
            other => {
                found.differences.push(compact(other));
                continue;
            }
        };
        let name = routine.sig.ident.to_string();
        let exporter = exporter(&name, table);
        let says = module.as_deref().unwrap_or("no module");
        found.equal(&format!("the module of {name}"), says, exporter);
        if UNDECLARED.contains(&name.as_str()) {
            continue;
        }
        let Some(row) = table.row("fn", &name) else {
            found.no_row("fn", &name);
            continue;
        };
        let mut inputs: Vec<String> = routine.sig.inputs.iter().map(input).collect();
        inputs.extend(routine.sig.variadic.iter().map(|_| "...".to_owned()));
        let output = match &routine.sig.output {
            ReturnType::Default => "()".to_owned(),
            ReturnType::Type(_, kind) => compact(&**kind),
        };
        let ours = format!("({})->{output}", inputs.join(","));
        found.equal(&format!("fn {name}"), &ours, &squeeze(row.detail));
        // By `must_use_type("NTSTATUS")`, with which the bindings are generated.
        let marked = |attribute: &Attribute| attribute.path().is_ident("must_use");
        let marked = routine.attrs.iter().any(marked);
        let of_status = row.detail.ends_with("-> NTSTATUS");
        let word = |marked| if marked { "must_use" } else { "plain" };
        found.equal(&format!("fn {name}"), word(marked), word(of_status));
    }
}

fn input(argument: &FnArg) -> String {
    compact(argument)
}

/// The module that exports a routine of the kernel's.
pub(crate) fn exporter(name: &str, table: &Table) -> &'static str {
    if table.is_of_the_hal(name) {
        "HAL.dll"
    } else if name.starts_with("Pshed") {
        "PSHED.dll"
    } else {
        "ntoskrnl.exe"
    }
}

/// The module that a `link` attribute names.
fn module(attribute: &Attribute) -> Option<String> {
    let text = compact(attribute);
    let (_, rest) = text.split_once("link(name=\"")?;
    Some(rest.split_once('"')?.0.to_owned())
}
