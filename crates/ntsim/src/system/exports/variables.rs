//! The variables that ntoskrnl.exe exports.
//!
//! An import of one is the address of data: no routine may stand for it, or a driver would read code.

use crate::kernel::state::variable::Value;

const MODULE: &str = "ntoskrnl.exe";

/// A pointer to a type of the object manager's, which is opaque.
const OBJECT_TYPE: Option<Value> = Some(Value::Opaque);

/// A variable of NT's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variable {
    /// What it holds; none where it is known by name alone.
    pub(super) value: Option<Value>,
}

/// Each by its name. The build, 19041, is that of the Windows whose framework is modelled; its highest digit says that it
/// is the free one.
const VARIABLES: [(&str, Option<Value>); 61] = [
    ("CcFastMdlReadWait", None),
    ("CcFastReadNotPossible", None),
    ("CcFastReadWait", None),
    ("CmKeyObjectType", OBJECT_TYPE),
    ("ExDesktopObjectType", OBJECT_TYPE),
    ("ExEventObjectType", OBJECT_TYPE),
    ("ExSemaphoreObjectType", OBJECT_TYPE),
    ("ExWindowStationObjectType", OBJECT_TYPE),
    ("FsRtlLegalAnsiCharacterArray", None),
    ("HalPrivateDispatchTable", None),
    ("InitSafeBootMode", Some(Value::Number(0))),
    ("IoAdapterObjectType", OBJECT_TYPE),
    ("IoCompletionObjectType", OBJECT_TYPE),
    ("IoDeviceObjectType", OBJECT_TYPE),
    ("IoDriverObjectType", OBJECT_TYPE),
    ("IoFileObjectType", OBJECT_TYPE),
    ("IoOtherOperationCount", None),
    ("IoOtherTransferCount", None),
    ("IoReadOperationCount", None),
    ("IoReadTransferCount", None),
    ("IoStatisticsLock", None),
    ("IoWriteOperationCount", None),
    ("IoWriteTransferCount", None),
    ("KdDebuggerEnabled", Some(Value::Number(0))),
    ("KdDebuggerNotPresent", Some(Value::Number(1))),
    ("KdEnteredDebugger", None),
    ("KeLoaderBlock", None),
    ("KeNumberProcessors", Some(Value::Processors)),
    ("LpcPortObjectType", OBJECT_TYPE),
    ("MmBadPointer", None),
    (
        "MmHighestUserAddress",
        Some(Value::Number(0x0000_7FFF_FFFE_FFFF)),
    ),
    ("MmSectionObjectType", OBJECT_TYPE),
    (
        "MmSystemRangeStart",
        Some(Value::Number(0xFFFF_8000_0000_0000)),
    ),
    (
        "MmUserProbeAddress",
        Some(Value::Number(0x0000_7FFF_FFFF_0000)),
    ),
    ("NlsAnsiCodePage", None),
    ("NlsLeadByteInfo", None),
    ("NlsMbCodePageTag", None),
    ("NlsMbOemCodePageTag", None),
    ("NlsOemCodePage", None),
    ("NlsOemLeadByteInfo", None),
    ("NtBuildGUID", None),
    ("NtBuildLab", None),
    ("NtBuildNumber", Some(Value::Number(0xF000_4A61))),
    ("NtGlobalFlag", None),
    ("PsInitialSystemProcess", None),
    ("PsJobType", OBJECT_TYPE),
    ("PsLoadedModuleList", None),
    ("PsLoadedModuleResource", None),
    ("PsProcessType", OBJECT_TYPE),
    ("PsSiloContextNonPagedType", None),
    ("PsSiloContextPagedType", None),
    ("PsThreadType", OBJECT_TYPE),
    ("PsUILanguageComitted", None),
    ("SeExports", None),
    ("SePublicDefaultDacl", None),
    ("SeSystemDefaultDacl", None),
    ("SeTokenObjectType", OBJECT_TYPE),
    ("TmEnlistmentObjectType", OBJECT_TYPE),
    ("TmResourceManagerObjectType", OBJECT_TYPE),
    ("TmTransactionManagerObjectType", OBJECT_TYPE),
    ("TmTransactionObjectType", OBJECT_TYPE),
];

/// The variable of this name that `module` exports.
pub(super) fn find(module: &str, name: &str) -> Option<Variable> {
    if !module.eq_ignore_ascii_case(MODULE) {
        return None;
    }
    let found = VARIABLES.binary_search_by(|(known, _)| (*known).cmp(name));
    let value = VARIABLES[found.ok()?].1;
    Some(Variable { value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::exports::{declared, lookup::find as find_routine};

    #[test]
    fn each_variable_is_found_and_is_no_routine() {
        for (name, _) in VARIABLES {
            assert!(find(MODULE, name).is_some(), "{name}");
            assert!(find_routine(MODULE, name).is_none(), "{name}");
            assert!(declared::find(MODULE, name).is_none(), "{name}");
        }
        assert!(find("HAL.dll", "NtBuildNumber").is_none());
    }
}
