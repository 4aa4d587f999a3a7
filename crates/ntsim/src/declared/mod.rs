//! What headers and pages declare of what a driver calls: the one declaration of each import in the project.
//!
//! The data is that of the bindings (`cross/wdk-build/embedded`, whose README has the form). It is compiled in, and nothing
//! of that folder is read when the simulator runs. A package of this crate alone would lack it: the crate is built
//! inside of its repository.

#[path = "../../../../cross/wdk-build/src/embedded/data.rs"]
#[allow(dead_code, reason = "what the bindings take besides")]
mod data;
#[path = "../../../../cross/wdk-build/src/embedded/signature.rs"]
#[allow(dead_code, reason = "what the tests of the data take besides")]
mod signature;

pub(crate) mod refusals;

use std::{collections::HashMap, sync::OnceLock};

use data::Item;
use signature::Passed;

/// The data that has what a driver imports from the modules that are modelled, or is handed by the framework.
const FILES: [(&str, &str); 3] = [
    (
        "nt.txt",
        include_str!("../../../../cross/wdk-build/embedded/nt.txt"),
    ),
    (
        "wdf.txt",
        include_str!("../../../../cross/wdk-build/embedded/wdf.txt"),
    ),
    (
        "exports.txt",
        include_str!("../../../../cross/wdk-build/embedded/exports.txt"),
    ),
];

/// The newest version of the framework that the data has: an entry that its table keeps for older drivers has the new name.
const NEWEST: u8 = 33;

/// What stands for the module of a function that the framework's table has.
pub(crate) const FRAMEWORK: &str = "KMDF";

/// The enumeration of the indices of the framework's table.
const INDICES: &str = "_WDFFUNCENUM";

/// `HIGH_LEVEL`: what a routine may be called up to where nothing says less.
const HIGHEST: u8 = 15;

/// An argument register, and each slot of the stack behind the fourth argument.
const SLOT: u8 = 8;

/// How an argument is passed: in a register, or in a slot of the stack, of which it has the low bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    /// 1, 2, 4 or 8; the rest of the slot is whatever the caller had there.
    pub(crate) bytes: u8,
    pub(crate) is_signed: bool,
}

impl Parameter {
    const fn pointer(name: &'static str) -> Self {
        Self {
            name,
            bytes: SLOT,
            is_signed: false,
        }
    }

    /// None for what no general register takes, which no routine has that is modelled.
    fn of(name: &'static str, passed: &Passed) -> Option<Self> {
        let (bytes, is_signed) = match passed {
            Passed::Number(bytes, sign) => (*bytes, *sign == Some(true)),
            Passed::Bytes(bytes @ (1 | 2 | 4 | 8)) => (*bytes, false),
            // Any other structure is passed by its address.
            Passed::Pointer | Passed::Bytes(_) => return Some(Self::pointer(name)),
            Passed::Nothing | Passed::Never | Passed::Float(_) | Passed::Unknown(_) => return None,
        };
        Some(Self {
            name,
            bytes: u8::try_from(bytes).ok().filter(|bytes| *bytes <= SLOT)?,
            is_signed,
        })
    }

    /// What the callee takes of a slot that holds `value`.
    pub(crate) const fn of_slot(self, value: u64) -> u64 {
        value & (u64::MAX >> (8 * (SLOT - self.bytes)))
    }
}

/// A routine that a module exports, or a function of the framework's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Declaration {
    pub(crate) module: &'static str,
    pub(crate) name: &'static str,
    /// What each call passes, a function of the framework the driver's globals first. None where no header declares it.
    pub(crate) parameters: Option<Vec<Parameter>>,
    /// The lowest and the highest IRQL at which its page, or its header, lets it be called; any where none says so.
    pub(crate) irql: (u8, u8),
    /// The page or the header that names the IRQLs.
    pub(crate) source: Option<&'static str>,
    /// Parameters and result as they are declared. None where no header declares them.
    pub(crate) signature: Option<String>,
}

/// All of them.
struct Declarations {
    routines: HashMap<&'static str, Declaration>,
    variables: HashMap<&'static str, &'static str>,
    /// The names of the framework's functions, in the order of its table.
    functions: Vec<&'static str>,
}

fn all() -> &'static Declarations {
    static ALL: OnceLock<Declarations> = OnceLock::new();
    ALL.get_or_init(read)
}

/// The routine of this name.
pub(crate) fn routine(name: &str) -> Option<&'static Declaration> {
    all().routines.get(name)
}

/// The module that exports the variable of this name.
pub(crate) fn module_of_variable(name: &str) -> Option<&'static str> {
    all().variables.get(name).copied()
}

/// The names of the framework's functions, in the order of its table.
pub(crate) fn functions() -> &'static [&'static str] {
    &all().functions
}

fn items() -> Vec<Item<'static>> {
    let mut items = Vec::new();
    for (file, text) in FILES {
        let read = data::read(file, text, Some(NEWEST));
        let read = read.unwrap_or_else(|malformed| panic!("{malformed}"));
        items.extend(read.into_iter().map(|(_, item)| item));
    }
    items
}

fn read() -> Declarations {
    let items = items();
    let signatures = signature::signatures(&items);
    let mut routines = HashMap::new();
    let mut variables = HashMap::new();
    for item in &items {
        let (name, list, result, module) = match item {
            Item::Routine {
                name,
                parameters,
                result,
                exporter: Some(module),
                ..
            } => (*name, *parameters, *result, *module),
            Item::Entry {
                name,
                parameters,
                result,
                ..
            } => (*name, *parameters, *result, FRAMEWORK),
            Item::Variable {
                name,
                exporter: Some(module),
                ..
            } => {
                variables.insert(*name, *module);
                continue;
            }
            _ => continue,
        };
        let is_declared = list != "...";
        let signature = &signatures[name];
        let of_each = signature.parameters.iter();
        let mut parameters: Option<Vec<_>> = of_each
            .map(|(name, passed)| Parameter::of(name, passed))
            .collect();
        if let Some(parameters) = &mut parameters
            && module == FRAMEWORK
        {
            parameters.insert(0, Parameter::pointer("DriverGlobals"));
        }
        let declaration = Declaration {
            module,
            name,
            parameters: parameters.filter(|_| is_declared),
            irql: signature
                .levels
                .map_or((0, HIGHEST), |levels| (levels.lowest, levels.highest)),
            source: signature.levels.map(|levels| levels.source),
            signature: is_declared.then(|| format!("({list}) -> {}", result.unwrap_or("()"))),
        };
        routines.insert(name, declaration);
    }
    let functions = names_of_functions(&items);
    for name in &functions {
        routines.entry(name).or_insert(Declaration {
            module: FRAMEWORK,
            name,
            parameters: None,
            irql: (0, HIGHEST),
            source: None,
            signature: None,
        });
    }
    Declarations {
        routines,
        variables,
        functions,
    }
}

/// The names behind the framework's table: the enumeration of its indices has those, too, that no driver's header declares.
fn names_of_functions(items: &[Item<'static>]) -> Vec<&'static str> {
    let mut found: Vec<_> = items
        .iter()
        .filter_map(|item| match item {
            Item::Enumeration { name, members, .. } if *name == INDICES => Some(members),
            _ => None,
        })
        .flatten()
        .filter_map(|(index, name)| {
            let index: u32 = index.parse().ok()?;
            Some((index, name.strip_suffix("TableIndex")?))
        })
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_routine_is_declared_with_its_module_its_parameters_and_its_irqls() {
        let found = routine("KeSetEvent").expect("it is declared");
        assert_eq!(found.module, "ntoskrnl.exe");
        assert_eq!(
            found.signature.as_deref(),
            Some("(Event: PRKEVENT, Increment: KPRIORITY, Wait: BOOLEAN) -> LONG")
        );
        let passed = |name, bytes, is_signed| Parameter {
            name,
            bytes,
            is_signed,
        };
        let parameters = [
            passed("Event", 8, false),
            passed("Increment", 4, true),
            passed("Wait", 1, false),
        ];
        assert_eq!(found.parameters.as_deref(), Some(&parameters[..]));
        assert_eq!(
            (found.irql, found.source),
            ((0, 2), Some("wdm/nf-wdm-kesetevent"))
        );
    }

    #[test]
    fn a_function_of_the_framework_takes_the_globals_first() {
        let found = routine("WdfTimerStart").expect("it is declared");
        let parameters = found.parameters.as_ref().expect("they are declared");
        let parameters: Vec<_> = parameters
            .iter()
            .map(|parameter| (parameter.name, parameter.bytes, parameter.is_signed))
            .collect();
        assert_eq!(
            parameters,
            [
                ("DriverGlobals", 8, false),
                ("Timer", 8, false),
                ("DueTime", 8, true)
            ]
        );
    }

    #[test]
    fn a_callee_takes_the_low_bytes_of_a_slot() {
        for (bytes, taken) in [
            (1, 0x88),
            (2, 0x7788),
            (4, 0x5566_7788),
            (8, 0x1122_3344_5566_7788),
        ] {
            let parameter = Parameter {
                name: "",
                bytes,
                is_signed: false,
            };
            assert_eq!(parameter.of_slot(0x1122_3344_5566_7788), taken);
        }
    }

    #[test]
    fn what_a_module_exports_and_bindings_do_not_link_is_declared() {
        let found = routine("IoCheckFileObjectOpenedAsCopySource").expect("it is declared");
        assert_eq!(found.module, "ntoskrnl.exe");
        assert!(routine("memcmpX").is_none());
        assert_eq!(module_of_variable("NtBuildNumber"), Some("ntoskrnl.exe"));
        assert!(module_of_variable("KeSetEvent").is_none());
    }

    #[test]
    fn the_table_of_the_framework_has_every_name_once() {
        let names = functions();
        assert_eq!(names.len(), 458);
        assert_eq!(
            (names[116], names[457]),
            ("WdfDriverCreate", "WdfDeviceSetDeviceInterfaceStateEx")
        );
        for name in names {
            assert_eq!(routine(name).map(|it| it.module), Some(FRAMEWORK), "{name}");
        }
    }
}
