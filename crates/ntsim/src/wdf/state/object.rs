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
    WorkItem,
    WaitLock,
    Memory,
    Collection,
    String,
    ResourceList,
    Key,
    DmaEnabler,
    CommonBuffer,
    /// What `WdfObjectCreate` makes.
    Object,
}

impl Kind {
    /// Whether the framework ends the object at PASSIVE alone, by a work item where it is deleted above that
    /// (`MarkPassiveDispose`).
    pub(in crate::wdf) const fn ends_at_passive(self) -> bool {
        matches!(
            self,
            Self::Driver
                | Self::Device
                | Self::Queue
                | Self::Dpc
                | Self::Timer
                | Self::WorkItem
                | Self::Interrupt
                | Self::String
        )
    }
}

/// A typed context space (`FxContextHeader`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    /// `WDF_OBJECT_CONTEXT_TYPE_INFO.UniqueType`: what identifies the type; 0 for an object that was made without one.
    pub(crate) unique_type: u64,
    pub(crate) memory: u64,
    /// `EvtCleanupCallback`, until it is called.
    pub(in crate::wdf) cleanup: u64,
    /// `EvtDestroyCallback`, until it is called.
    pub(in crate::wdf) destroy: u64,
}

/// A framework object.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) kind: Kind,
    pub(crate) parent: u64,
    /// In the order of their creation.
    pub(in crate::wdf) children: Vec<u64>,
    pub(crate) contexts: Vec<Context>,
    /// Its callbacks are at PASSIVE by its own attributes (`FXOBJECT_FLAGS_PASSIVE_CALLBACKS`).
    pub(in crate::wdf) passive: bool,
    /// References beyond the framework's own.
    pub(crate) references: u32,
    /// The driver has deleted it.
    pub(in crate::wdf) delete_called: bool,
    /// The object is disposed of, and lives on for its references.
    pub(crate) deleted: bool,
}

impl Object {
    /// Whether a callback at the end of its life is still to be called.
    pub(in crate::wdf) fn has_end_callbacks(&self) -> bool {
        let mut contexts = self.contexts.iter();
        contexts.any(|context| context.cleanup != 0 || context.destroy != 0)
    }
}
