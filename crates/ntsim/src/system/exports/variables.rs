//! The variables that ntoskrnl.exe exports.
//!
//! An import of one is the address of data: no routine may stand for it, or a driver would read code.

use crate::{declared, kernel::state::variable::Value};

/// A pointer to a type of the object manager's, which is opaque.
const OBJECT_TYPE: Value = Value::Opaque;

/// A variable of NT's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variable {
    /// What it holds; none where it is known by name alone.
    pub(super) value: Option<Value>,
}

/// Those that are modelled, each by its name. The build, 19041, is that of the Windows whose framework is modelled; its
/// highest digit says that it is the free one.
const VALUES: [(&str, Value); 28] = [
    ("CmKeyObjectType", OBJECT_TYPE),
    ("ExDesktopObjectType", OBJECT_TYPE),
    ("ExEventObjectType", OBJECT_TYPE),
    ("ExSemaphoreObjectType", OBJECT_TYPE),
    ("ExWindowStationObjectType", OBJECT_TYPE),
    ("InitSafeBootMode", Value::Number(0)),
    ("IoAdapterObjectType", OBJECT_TYPE),
    ("IoCompletionObjectType", OBJECT_TYPE),
    ("IoDeviceObjectType", OBJECT_TYPE),
    ("IoDriverObjectType", OBJECT_TYPE),
    ("IoFileObjectType", OBJECT_TYPE),
    ("KdDebuggerEnabled", Value::Number(0)),
    ("KdDebuggerNotPresent", Value::Number(1)),
    ("KeNumberProcessors", Value::Processors),
    ("LpcPortObjectType", OBJECT_TYPE),
    ("MmHighestUserAddress", Value::Number(0x0000_7FFF_FFFE_FFFF)),
    ("MmSectionObjectType", OBJECT_TYPE),
    ("MmSystemRangeStart", Value::Number(0xFFFF_8000_0000_0000)),
    ("MmUserProbeAddress", Value::Number(0x0000_7FFF_FFFF_0000)),
    ("NtBuildNumber", Value::Number(0xF000_4A61)),
    ("PsJobType", OBJECT_TYPE),
    ("PsProcessType", OBJECT_TYPE),
    ("PsThreadType", OBJECT_TYPE),
    ("SeTokenObjectType", OBJECT_TYPE),
    ("TmEnlistmentObjectType", OBJECT_TYPE),
    ("TmResourceManagerObjectType", OBJECT_TYPE),
    ("TmTransactionManagerObjectType", OBJECT_TYPE),
    ("TmTransactionObjectType", OBJECT_TYPE),
];

/// The variable of this name that `module` exports.
pub(super) fn find(module: &str, name: &str) -> Option<Variable> {
    let exporter = declared::module_of_variable(name)?;
    if !exporter.eq_ignore_ascii_case(module) {
        return None;
    }
    let found = VALUES.binary_search_by(|(known, _)| (*known).cmp(name));
    let value = found.ok().map(|at| VALUES[at].1);
    Some(Variable { value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::exports::lookup;

    #[test]
    fn each_variable_is_found_and_is_no_routine() {
        for (name, _) in VALUES {
            let found = find("NTOSKRNL.EXE", name);
            assert!(found.is_some_and(|found| found.value.is_some()), "{name}");
            assert!(
                lookup::declaration("ntoskrnl.exe", name).is_none(),
                "{name}"
            );
        }
        assert!(find("HAL.dll", "NtBuildNumber").is_none());
        let by_name = find("ntoskrnl.exe", "CcFastReadNotPossible");
        assert!(by_name.is_some_and(|found| found.value.is_none()));
    }
}
