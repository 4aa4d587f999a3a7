//! The end of objects: what is still to be done, and in which order.

/// Objects whose life ends. Of each list the last comes first.
#[derive(Clone, Debug)]
pub(crate) struct Ending<F> {
    /// They are disposed of, each with its `EvtCleanupCallback`.
    pub(in crate::wdf) dispose: Vec<u64>,
    /// They are destroyed, each with its `EvtDestroyCallback`, unless they are referenced.
    pub(in crate::wdf) destroy: Vec<u64>,
    /// A reference that is left is a leak: what the objects belong to goes.
    pub(in crate::wdf) last: bool,
    /// What goes on then.
    pub(in crate::wdf) then: F,
}
