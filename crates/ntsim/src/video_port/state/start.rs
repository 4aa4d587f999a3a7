//! Where the adapter stands.

/// Where the adapter stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    #[default]
    NotLoaded,
    /// `DriverEntry` runs.
    Entry,
    /// `HwVidFindAdapter` runs.
    Finding,
    /// The adapter was found; its children are asked for, and it is initialised.
    Found,
    Started,
    Removed,
}

/// What a transition has just called.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Load,
    Entry,
    Find,
    /// `HwVidGetVideoChildDescriptor` was called for this many children.
    Children(u32),
    Initialize,
    BeginRemove,
    PowerOff,
}
