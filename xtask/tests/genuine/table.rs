//! The committed facts of genuine bindings.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use syn::Type;

/// A row of the table, behind its kind and its name.
pub(crate) struct Row {
    /// The size in bytes, where it is known.
    pub(crate) size: Option<usize>,
    /// The alignment in bytes, where it is known.
    pub(crate) align: Option<usize>,
    /// The signature, the value, the fields or the enumerators.
    pub(crate) detail: &'static str,
}

/// The table, and which of its rows were asked for.
pub(crate) struct Table {
    /// By kind and name.
    rows: BTreeMap<&'static str, BTreeMap<&'static str, Row>>,
    used: RefCell<BTreeSet<(&'static str, &'static str)>>,
}

/// What a C type is in Rust, where Windows decides.
const SCALARS: [(&str, &str); 12] = [
    ("c_char", "i8"),
    ("c_schar", "i8"),
    ("c_uchar", "u8"),
    ("c_short", "i16"),
    ("c_ushort", "u16"),
    ("c_int", "i32"),
    ("c_uint", "u32"),
    ("c_long", "i32"),
    ("c_ulong", "u32"),
    ("c_longlong", "i64"),
    ("c_ulonglong", "u64"),
    ("usize", "usize"),
];

/// The Rust scalar that a C type is on Windows.
pub(crate) fn scalar(name: &str) -> Option<&'static str> {
    let known = SCALARS.iter().find(|(c, rust)| name == *c || name == *rust);
    known.map(|(_, rust)| *rust)
}

impl Table {
    /// Reads the table.
    pub(crate) fn read() -> Self {
        let text = include_str!("wdk-sys-22621.tsv");
        let mut rows: BTreeMap<&'static str, BTreeMap<&'static str, Row>> = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let columns: Vec<&'static str> = line.split('\t').collect();
            let [kind, name, size, align, detail] = columns[..] else {
                panic!("five columns: {line}");
            };
            let row = Row {
                size: size.parse().ok(),
                align: align.parse().ok(),
                detail,
            };
            let old = rows.entry(kind).or_default().insert(name, row);
            assert!(old.is_none(), "two rows: {kind} {name}");
        }
        Self {
            rows,
            used: RefCell::default(),
        }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.values().map(BTreeMap::len).sum()
    }

    /// The row of an item.
    pub(crate) fn row(&self, kind: &str, name: &str) -> Option<&Row> {
        let (kind, rows) = self.rows.get_key_value(kind)?;
        let (name, row) = rows.get_key_value(name)?;
        self.used.borrow_mut().insert((kind, name));
        Some(row)
    }

    /// Whether link libraries know a routine as the HAL's.
    pub(crate) fn is_of_the_hal(&self, name: &str) -> bool {
        self.rows["hal"].contains_key(name)
    }

    /// The rows that nothing has asked for.
    pub(crate) fn unused(&self) -> Vec<String> {
        let used = self.used.borrow();
        let kinds = self.rows.iter().filter(|(kind, _)| **kind != "hal");
        let rows = kinds.flat_map(|(kind, rows)| rows.keys().map(move |name| (*kind, *name)));
        rows.filter(|row| !used.contains(row))
            .map(|(kind, name)| format!("{kind} {name}"))
            .collect()
    }

    /// What an argument of this type is to a caller: a scalar, `ptr`, `()` or `!`.
    pub(crate) fn passed_as(&self, of: &Type) -> String {
        match of {
            Type::Ptr(_) => "ptr".to_owned(),
            Type::Never(_) => "!".to_owned(),
            Type::Tuple(tuple) if tuple.elems.is_empty() => "()".to_owned(),
            Type::Path(path) => {
                let last = path.path.segments.last().expect("a path has a segment");
                let name = last.ident.to_string();
                if name == "Option" {
                    return "ptr".to_owned();
                }
                if let Some(scalar) = scalar(&name) {
                    return scalar.to_owned();
                }
                if let Some(row) = self.row("type", &name) {
                    let meant = syn::parse_str(row.detail).expect("a row holds a type");
                    return self.passed_as(&meant);
                }
                match self.row("enum", &format!("_{name}")) {
                    Some(_) => "i32".to_owned(),
                    None => format!("{name}, which has no row"),
                }
            }
            _ => "a type of another kind".to_owned(),
        }
    }
}
