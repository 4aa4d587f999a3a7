//! PSHED plug-ins and their callbacks.

/// A registered plug-in: the driver's, or another that the host has registered.
#[derive(Clone, Debug)]
pub(in crate::whea) struct Plugin {
    /// What unregisters it; none for version 1, and for the host's.
    pub(in crate::whea) handle: Option<u64>,
    pub(in crate::whea) version: u32,
    pub(in crate::whea) areas: u32,
    /// None for the host's, which PSHED serves by itself.
    pub(in crate::whea) guest: Option<(u64, Vec<u64>)>,
}

/// A callback, by its place in `WHEA_PSHED_PLUGIN_CALLBACKS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::whea) enum Callback {
    Set = 3,
    Enable = 4,
    Disable = 5,
    Write = 6,
    Read = 7,
    ClearRecord = 8,
    Retrieve = 9,
    Finalize = 10,
    ClearStatus = 11,
    AttemptRecovery = 12,
    Capabilities = 13,
    Inject = 14,
}

impl Callback {
    pub(in crate::whea) const fn name(self) -> &'static str {
        match self {
            Self::Set => "SetErrorSourceInfo",
            Self::Enable => "EnableErrorSource",
            Self::Disable => "DisableErrorSource",
            Self::Write => "WriteErrorRecord",
            Self::Read => "ReadErrorRecord",
            Self::ClearRecord => "ClearErrorRecord",
            Self::Retrieve => "RetrieveErrorInfo",
            Self::Finalize => "FinalizeErrorRecord",
            Self::ClearStatus => "ClearErrorStatus",
            Self::AttemptRecovery => "AttemptRecovery",
            Self::Capabilities => "GetInjectionCapabilities",
            Self::Inject => "InjectError",
        }
    }

    /// The functional area that it belongs to.
    pub(in crate::whea) const fn area(self) -> u32 {
        match self {
            Self::Set | Self::Enable | Self::Disable => 0x02,
            Self::Write | Self::Read | Self::ClearRecord => 0x04,
            Self::Retrieve | Self::Finalize | Self::ClearStatus => 0x08,
            Self::AttemptRecovery => 0x10,
            Self::Capabilities | Self::Inject => 0x20,
        }
    }
}
