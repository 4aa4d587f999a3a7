//! Framework objects: what a handle names.

/// What a handle names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Driver,
    Device,
    Queue,
    Request,
    File,
    Dpc,
    SpinLock,
    Timer,
    Interrupt,
    ResourceList,
    Key,
}

/// A typed context space.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    /// `WDF_OBJECT_CONTEXT_TYPE_INFO.UniqueType`: what identifies the type.
    pub(crate) unique_type: u64,
    pub(crate) memory: u64,
}

/// A framework object.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) kind: Kind,
    pub(crate) parent: u64,
    pub(crate) contexts: Vec<Context>,
    pub(crate) cleanup: u64,
    pub(crate) destroy: u64,
    /// References beyond the framework's own.
    pub(crate) references: u32,
    /// The object was deleted, and lives on for its references.
    pub(crate) deleted: bool,
}
