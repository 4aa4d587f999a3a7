//! Declarations of the project's own, in Rust's spelling, which are held to the same rows by place and by class of type.

use std::{collections::BTreeMap, fs};

use syn::{
    Attribute, Expr, ExprLit, FnArg, ForeignItem, Item, ItemStruct, Lit, Meta, ReturnType, Type,
    TypeBareFn,
};
use xtask::Workspace;

use super::{
    bindings::{Comparison, exporter},
    table::Table,
};

/// A structure, the one of the headers that it is, and the offsets at which it shows what the headers hold in a union, in
/// bits or in a structure of their own.
type Pair = (&'static str, &'static str, &'static [usize]);

/// The structures, by the file that declares them.
const STRUCTURES: [(&str, &[Pair]); 6] = [
    (
        "crates/dirql/src/kernel/pshed/layout/source.rs",
        &[
            (
                "ErrorSourceDescriptor",
                "_WHEA_ERROR_SOURCE_DESCRIPTOR",
                &[],
            ),
            (
                "Notification",
                "_WHEA_NOTIFICATION_DESCRIPTOR",
                &[8, 12, 16, 20, 24],
            ),
            ("Bank", "_WHEA_XPF_MC_BANK_DESCRIPTOR", &[]),
            ("MachineCheck", "_WHEA_XPF_MCE_DESCRIPTOR", &[]),
            ("CorrectedMachineCheck", "_WHEA_XPF_CMC_DESCRIPTOR", &[]),
            ("Nmi", "_WHEA_XPF_NMI_DESCRIPTOR", &[]),
            ("Ipf", "_WHEA_IPF_MCA_DESCRIPTOR", &[]),
            ("Ipf", "_WHEA_IPF_CMC_DESCRIPTOR", &[]),
            ("Ipf", "_WHEA_IPF_CPE_DESCRIPTOR", &[]),
            ("Aer", "_WHEA_AER_ENDPOINT_DESCRIPTOR", &[]),
            ("AerRootPort", "_WHEA_AER_ROOTPORT_DESCRIPTOR", &[]),
            ("AerBridge", "_WHEA_AER_BRIDGE_DESCRIPTOR", &[]),
            ("Generic", "_WHEA_GENERIC_ERROR_DESCRIPTOR", &[]),
            ("GenericV2", "_WHEA_GENERIC_ERROR_DESCRIPTOR_V2", &[]),
            ("DeviceDriver", "_WHEA_DEVICE_DRIVER_DESCRIPTOR", &[]),
        ],
    ),
    (
        "crates/dirql/src/kernel/pshed/layout/record.rs",
        &[
            ("ErrorPacket", "_WHEA_ERROR_PACKET_V2", &[]),
            ("RecordHeader", "_WHEA_ERROR_RECORD_HEADER", &[116]),
            (
                "SectionDescriptor",
                "_WHEA_ERROR_RECORD_SECTION_DESCRIPTOR",
                &[],
            ),
        ],
    ),
    (
        "crates/dirql/src/kernel/pshed/layout/registration.rs",
        &[
            ("Callbacks", "_WHEA_PSHED_PLUGIN_CALLBACKS", &[]),
            (
                "RegistrationPacket",
                "_WHEA_PSHED_PLUGIN_REGISTRATION_PACKET_V2",
                &[],
            ),
        ],
    ),
    (
        "crates/dirql/src/kernel/platform/wdk/processors.rs",
        &[
            ("GroupAffinity", "_GROUP_AFFINITY", &[]),
            ("ProcessorNumber", "_PROCESSOR_NUMBER", &[]),
        ],
    ),
    (
        "crates/dirql-trace/src/sys.rs",
        // Its descriptors are those of the crate `tracelogging`.
        &[],
    ),
    (
        "tests/guests/offender/src/deeds/trace.rs",
        &[
            ("Descriptor", "_EVENT_DESCRIPTOR", &[]),
            ("Data", "_EVENT_DATA_DESCRIPTOR", &[12]),
        ],
    ),
];

/// The types of callbacks, by the file that declares them.
const CALLBACKS: [(&str, &[(&str, &str)]); 2] = [
    (
        "crates/dirql/src/kernel/pshed/layout/callback.rs",
        &[
            ("OnSource", "PSHED_PI_GET_ERROR_SOURCE_INFO"),
            ("OnSource", "PSHED_PI_SET_ERROR_SOURCE_INFO"),
            ("OnSource", "PSHED_PI_ENABLE_ERROR_SOURCE"),
            ("OnSource", "PSHED_PI_DISABLE_ERROR_SOURCE"),
            ("GetAll", "PSHED_PI_GET_ALL_ERROR_SOURCES"),
            ("Retrieve", "PSHED_PI_RETRIEVE_ERROR_INFO"),
            ("OnRecord", "PSHED_PI_FINALIZE_ERROR_RECORD"),
            ("OnRecord", "PSHED_PI_CLEAR_ERROR_STATUS"),
            ("Write", "PSHED_PI_WRITE_ERROR_RECORD"),
            ("Read", "PSHED_PI_READ_ERROR_RECORD"),
            ("Clear", "PSHED_PI_CLEAR_ERROR_RECORD"),
            ("Attempt", "PSHED_PI_ATTEMPT_ERROR_RECOVERY"),
            ("GetCapabilities", "PSHED_PI_GET_INJECTION_CAPABILITIES"),
            ("Inject", "PSHED_PI_INJECT_ERROR"),
        ],
    ),
    (
        "crates/dirql-trace/src/sys.rs",
        &[("EnableCallback", "PETWENABLECALLBACK")],
    ),
];

/// The files that declare routines by their link names.
const ROUTINES: [&str; 2] = [
    "crates/dirql-trace/src/sys.rs",
    "tests/guests/offender/src/deeds/trace.rs",
];

/// A guest that declares every routine with seven words, by name and module.
const WORDS: &str = "tests/guests/plugin/src/routines.rs";

/// The constants, with the file and the constant or the enumerator that each is.
const CONSTANTS: [(&str, &str, &str); 5] = [
    (
        "crates/dirql/src/kernel/pshed/layout/registration.rs",
        "PACKET_V1",
        "WHEA_PLUGIN_REGISTRATION_PACKET_V1",
    ),
    (
        "crates/dirql/src/kernel/pshed/layout/registration.rs",
        "PACKET_V2",
        "WHEA_PLUGIN_REGISTRATION_PACKET_V2",
    ),
    (
        "crates/dirql-trace/src/sys.rs",
        "SET_TRAITS",
        "_EVENT_INFO_CLASS EventProviderSetTraits",
    ),
    (
        "crates/dirql-video/src/sys/initialization.rs",
        "INTERFACE_PCI",
        "_INTERFACE_TYPE PCIBus",
    ),
    (
        "tests/guests/trespasser/src/entry.rs",
        "INTERFACE_PCI",
        "_INTERFACE_TYPE PCIBus",
    ),
];

/// The file whose numbers are those of an enumeration, with the enumerator in the documentation of each.
const NUMBERS: (&str, &str) = (
    "crates/dirql/src/kernel/pshed/kind.rs",
    "_WHEA_ERROR_SOURCE_TYPE",
);

/// The files by their names in the repository.
pub(crate) fn sources() -> BTreeMap<String, String> {
    let root = Workspace::find().unwrap().root().to_path_buf();
    let structures = STRUCTURES.iter().map(|(file, _)| *file);
    let callbacks = CALLBACKS.iter().map(|(file, _)| *file);
    structures
        .chain(callbacks)
        .chain(ROUTINES)
        .chain(CONSTANTS.iter().map(|(file, ..)| *file))
        .chain([WORDS, NUMBERS.0])
        .map(|file| {
            let text = fs::read_to_string(root.join(file));
            let text = text.unwrap_or_else(|error| panic!("{file}: {error}"));
            (file.to_owned(), text)
        })
        .collect()
}

/// Compares all of them.
pub(crate) fn compare(sources: &BTreeMap<String, String>, table: &Table) -> Comparison {
    let mut found = Comparison::default();
    for (file, pairs) in STRUCTURES {
        let items = items(sources, file);
        let structures: Vec<&ItemStruct> = items
            .iter()
            .filter_map(|item| match item {
                Item::Struct(structure) => Some(structure),
                _ => None,
            })
            .filter(|structure| repr(structure).is_some())
            .collect();
        for structure in &structures {
            let name = structure.ident.to_string();
            if !pairs.iter().any(|(ours, ..)| *ours == name) {
                found.no_row("struct", &format!("{name} of {file}"));
            }
        }
        for (ours, genuine, more) in pairs {
            laid_out(file, &structures, (ours, genuine, more), table, &mut found);
        }
    }
    for (file, pairs) in CALLBACKS {
        let items = items(sources, file);
        for (ours, genuine) in pairs {
            let alias = items.iter().find_map(|item| match item {
                Item::Type(alias) if alias.ident == ours => Some(&*alias.ty),
                _ => None,
            });
            let Some(Type::BareFn(ours_is)) = alias else {
                panic!("{file}: {ours} is the type of a function");
            };
            let Some(row) = table.row("type", genuine) else {
                found.no_row("type", genuine);
                continue;
            };
            let meant = row.detail.strip_prefix("Option<").unwrap_or(row.detail);
            let meant = meant.strip_suffix('>').unwrap_or(meant);
            let meant: TypeBareFn = syn::parse_str(meant).expect("a row holds a callback");
            found.equal(
                &format!("{ours} of {file}, {genuine}"),
                &callable(&ours_is.inputs, &ours_is.output, table),
                &callable(&meant.inputs, &meant.output, table),
            );
        }
    }
    for file in ROUTINES {
        for item in items(sources, file) {
            let Item::ForeignMod(block) = item else {
                continue;
            };
            for routine in block.items {
                let ForeignItem::Fn(routine) = routine else {
                    continue;
                };
                let name = routine.attrs.iter().find_map(link_name);
                let name = name.unwrap_or_else(|| routine.sig.ident.to_string());
                let Some(meant) = signature(&name, table, &mut found) else {
                    continue;
                };
                let inputs = routine.sig.inputs.iter().map(|input| match input {
                    FnArg::Typed(typed) => &*typed.ty,
                    FnArg::Receiver(_) => panic!("{name} is no method"),
                });
                let ours = classes(inputs, &routine.sig.output, table);
                let meant = callable(&meant.inputs, &meant.output, table);
                found.equal(&format!("{name} of {file}"), &ours, &meant);
            }
        }
    }
    words(sources, table, &mut found);
    constants(sources, table, &mut found);
    numbers(sources, table, &mut found);
    found
}

fn items(sources: &BTreeMap<String, String>, file: &str) -> Vec<Item> {
    let parsed = syn::parse_file(&sources[file]);
    parsed
        .unwrap_or_else(|error| panic!("{file}: {error}"))
        .items
}

/// `packed` or plain, of a structure with C's representation.
fn repr(structure: &ItemStruct) -> Option<bool> {
    structure.attrs.iter().find_map(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return None;
        };
        let text = list.tokens.to_string();
        (attribute.path().is_ident("repr") && text.starts_with('C'))
            .then(|| text.contains("packed"))
    })
}

/// Compares where the fields of a structure begin, and its size and alignment.
fn laid_out(
    file: &str,
    structures: &[&ItemStruct],
    (ours, genuine, more): Pair,
    table: &Table,
    found: &mut Comparison,
) {
    let Some(row) = table.row("struct", genuine) else {
        return found.no_row("struct", genuine);
    };
    let what = format!("{ours} of {file}, {genuine}");
    let layout = Layout::of(ours, structures);
    let known = |number: Option<usize>| number.expect("the table has it").to_string();
    found.equal(&what, &layout.size.to_string(), &known(row.size));
    found.equal(&what, &layout.align.to_string(), &known(row.align));
    let mut meant: Vec<usize> = row
        .detail
        .split(' ')
        .map(|field| {
            let (offset, _) = field.split_once([':', '~']).expect("offset:field");
            offset.parse().expect("a number")
        })
        .chain(more.iter().copied())
        .collect();
    meant.sort_unstable();
    found.equal(
        &format!("the offsets of {what}"),
        &format!("{:?}", layout.offsets),
        &format!("{meant:?}"),
    );
}

/// Where a structure's fields lie.
struct Layout {
    size: usize,
    align: usize,
    /// Of a structure within, those of its fields where it comes first and continues it; else its own.
    offsets: Vec<usize>,
}

impl Layout {
    fn of(name: &str, structures: &[&ItemStruct]) -> Self {
        let structure = structures.iter().find(|structure| structure.ident == name);
        let structure = structure.unwrap_or_else(|| panic!("no structure {name}"));
        let packed = repr(structure).expect("C's representation");
        let mut layout = Self {
            size: 0,
            align: 1,
            offsets: Vec::new(),
        };
        for field in &structure.fields {
            let (size, align, inner) = sized(&field.ty, structures);
            let align = if packed { 1 } else { align };
            let offset = layout.size.next_multiple_of(align);
            // A structure that another begins with is its first part.
            let inner = if offset == 0 { inner } else { vec![0] };
            layout
                .offsets
                .extend(inner.into_iter().map(|within| offset + within));
            layout.size = offset + size;
            layout.align = layout.align.max(align);
        }
        layout.size = layout.size.next_multiple_of(layout.align);
        layout
    }
}

/// Size, alignment and offsets within.
fn sized(of: &Type, structures: &[&ItemStruct]) -> (usize, usize, Vec<usize>) {
    match of {
        Type::Ptr(_) | Type::BareFn(_) => (8, 8, vec![0]),
        Type::Array(array) => {
            let (size, align, _) = sized(&array.elem, structures);
            let count = match &array.len {
                Expr::Lit(ExprLit {
                    lit: Lit::Int(count),
                    ..
                }) => count.base10_parse().expect("a count"),
                // The union at the end of a descriptor.
                _ => 932,
            };
            (size * count, align, vec![0])
        }
        Type::Path(path) => {
            let name = path
                .path
                .segments
                .last()
                .expect("a segment")
                .ident
                .to_string();
            let scalar = match name.as_str() {
                "u8" | "i8" => 1,
                "u16" | "i16" => 2,
                "u32" | "i32" => 4,
                "u64" | "i64" | "usize" | "Routine" => 8,
                _ => {
                    let layout = Layout::of(&name, structures);
                    return (layout.size, layout.align, layout.offsets);
                }
            };
            (scalar, scalar, vec![0])
        }
        _ => panic!("a field of another kind"),
    }
}

fn link_name(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    match &pair.value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(name),
            ..
        }) if attribute.path().is_ident("link_name") => Some(name.value()),
        _ => None,
    }
}

/// The signature of a routine by its row.
fn signature(name: &str, table: &Table, found: &mut Comparison) -> Option<TypeBareFn> {
    let Some(row) = table.row("fn", name) else {
        found.no_row("fn", name);
        return None;
    };
    let meant = syn::parse_str(&format!("fn{}", row.detail));
    Some(meant.expect("a row holds a signature"))
}

fn callable<'a>(
    inputs: impl IntoIterator<Item = &'a syn::BareFnArg>,
    output: &ReturnType,
    table: &Table,
) -> String {
    classes(inputs.into_iter().map(|input| &input.ty), output, table)
}

fn classes<'a>(
    inputs: impl Iterator<Item = &'a Type>,
    output: &ReturnType,
    table: &Table,
) -> String {
    let inputs: Vec<String> = inputs.map(|input| table.passed_as(input)).collect();
    let output = match output {
        ReturnType::Default => "()".to_owned(),
        ReturnType::Type(_, output) => table.passed_as(output),
    };
    format!("({}) -> {output}", inputs.join(", "))
}

/// Routines that are declared with words alone.
fn words(sources: &BTreeMap<String, String>, table: &Table, found: &mut Comparison) {
    let items = items(sources, WORDS);
    let imports = items.iter().find_map(|item| match item {
        Item::Macro(call) if call.ident.is_none() => Some(call.mac.tokens.to_string()),
        _ => None,
    });
    let imports = imports.expect("the guest declares its imports in a macro");
    for block in imports.split(';').filter(|block| !block.trim().is_empty()) {
        let (module, names) = block.split_once(':').expect("a module and its routines");
        let module = module.trim().trim_matches('"');
        for name in names.split(',').map(str::trim) {
            found.equal(
                &format!("the module of {name} in {WORDS}"),
                module,
                exporter(name, table),
            );
            if let Some(meant) = signature(name, table, found) {
                let fits = if meant.inputs.len() <= 7 {
                    "fits"
                } else {
                    "is longer"
                };
                found.equal(&format!("{name} in {WORDS}"), fits, "fits");
            }
        }
    }
}

fn constants(sources: &BTreeMap<String, String>, table: &Table, found: &mut Comparison) {
    for (file, ours, genuine) in CONSTANTS {
        let value = items(sources, file)
            .into_iter()
            .find_map(|item| match item {
                Item::Const(constant) if constant.ident == ours => Some(*constant.expr),
                _ => None,
            });
        let Some(Expr::Lit(ExprLit {
            lit: Lit::Int(value),
            ..
        })) = value
        else {
            panic!("{file}: {ours} is a number");
        };
        let meant = match genuine.split_once(' ') {
            None => table
                .row("const", genuine)
                .and_then(|row| row.detail.rsplit(' ').next()),
            Some((enumeration, member)) => enumerator(enumeration, member, table),
        };
        let meant = meant.unwrap_or("nothing of this name");
        found.equal(
            &format!("{ours} of {file}, {genuine}"),
            value.base10_digits(),
            meant,
        );
    }
}

/// The value of an enumerator.
fn enumerator(of: &str, member: &str, table: &Table) -> Option<&'static str> {
    let row = table.row("enum", of)?;
    let mut members = row
        .detail
        .split(' ')
        .filter_map(|pair| pair.split_once(':'));
    members.find_map(|(value, name)| (name == member).then_some(value))
}

/// ``/// `Enumerator` ...`` above `NAME = number;`.
fn numbers(sources: &BTreeMap<String, String>, table: &Table, found: &mut Comparison) {
    let (file, of) = NUMBERS;
    let lines: Vec<&str> = sources[file].lines().map(str::trim).collect();
    for pair in lines.windows(2) {
        let member = pair[0]
            .strip_prefix("/// `")
            .and_then(|rest| rest.split_once('`'));
        let value = pair[1]
            .split_once(" = ")
            .and_then(|(_, value)| value.strip_suffix(';'));
        if let (Some((member, _)), Some(value)) = (member, value)
            && member.starts_with("WheaErrSrcType")
        {
            let meant = enumerator(of, member, table).unwrap_or("nothing of this name");
            found.equal(&format!("{member} of {file}"), value, meant);
        }
    }
}
