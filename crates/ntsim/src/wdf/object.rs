//! Framework objects: handles, contexts, references and parents.

use crate::{Failure, Rule, activation::Flow, guest::Guest, kernel::time::Deadline, sim::Sim};

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

/// An execution level or a synchronization scope that is the parent's.
pub(crate) const INHERITED: u32 = 1;
/// `WdfExecutionLevelPassive`.
pub(crate) const PASSIVE_LEVEL: u32 = 2;
/// `WdfSynchronizationScopeNone`.
pub(crate) const NO_SCOPE: u32 = 4;

/// `WDF_OBJECT_ATTRIBUTES` (56 bytes), read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attributes {
    pub(crate) cleanup: u64,
    pub(crate) destroy: u64,
    pub(crate) execution_level: u32,
    pub(crate) synchronization_scope: u32,
    pub(crate) parent: u64,
    size_override: u64,
    type_info: u64,
}

impl Attributes {
    /// `WDF_OBJECT_ATTRIBUTES.Size`.
    const SIZE: u32 = 56;

    pub(crate) fn read(guest: &Guest, at: u64) -> Result<Self, Failure> {
        if at == 0 {
            return Ok(Self {
                execution_level: INHERITED,
                synchronization_scope: INHERITED,
                ..Self::default()
            });
        }
        let size = guest.read_u32(at)?;
        if size != Self::SIZE {
            return Err(Failure::new(
                Rule::BadArgument,
                format!(
                    "WDF_OBJECT_ATTRIBUTES has the size {size}, not {}",
                    Self::SIZE
                ),
            ));
        }
        Ok(Self {
            cleanup: guest.read_u64(at + 8)?,
            destroy: guest.read_u64(at + 16)?,
            execution_level: guest.read_u32(at + 24)?,
            synchronization_scope: guest.read_u32(at + 28)?,
            parent: guest.read_u64(at + 32)?,
            size_override: guest.read_u64(at + 40)?,
            type_info: guest.read_u64(at + 48)?,
        })
    }
}

impl Attributes {
    /// Refuses a scope that serializes callbacks: the simulator does not.
    pub(crate) fn without_scope(self, what: &str) -> Result<Self, Failure> {
        match self.synchronization_scope {
            INHERITED | NO_SCOPE => Ok(self),
            _ => Err(Failure::not_modelled(format!(
                "{what} with a synchronization scope"
            ))),
        }
    }

    /// Refuses callbacks at the end of an object's life where the simulator does not call them.
    pub(crate) fn without_callbacks(self, what: &str) -> Result<Self, Failure> {
        match (self.cleanup, self.destroy) {
            (0, 0) => Ok(self),
            _ => Err(Failure::not_modelled(format!(
                "{what} with EvtCleanupCallback or EvtDestroyCallback"
            ))),
        }
    }
}

impl Sim {
    /// Makes an object with the context space that its attributes ask for, zeroed.
    pub(crate) fn new_wdf_object(
        &mut self,
        guest: &mut Guest,
        kind: Kind,
        parent: u64,
        attributes: &Attributes,
    ) -> Result<u64, Failure> {
        let handle = self.kernel.new_object();
        let mut contexts = Vec::new();
        if attributes.type_info != 0 {
            let declared = guest.read_u64(attributes.type_info + 16)?;
            let size = if attributes.size_override == 0 {
                declared
            } else {
                attributes.size_override
            };
            let memory = self.kernel_allocate(guest, size.max(1))?;
            self.declare_context(memory, attributes.type_info);
            contexts.push(Context {
                unique_type: guest.read_u64(attributes.type_info + 24)?,
                memory,
            });
        }
        let object = Object {
            kind,
            parent,
            contexts,
            cleanup: attributes.cleanup,
            destroy: attributes.destroy,
            references: 0,
            deleted: false,
        };
        self.wdf.objects.insert(handle, object);
        Ok(handle)
    }

    /// The object that an argument names, of the kind that the function takes.
    pub(crate) fn wdf_handle(
        &self,
        guest: &Guest,
        index: usize,
        kind: Kind,
    ) -> Result<u64, Failure> {
        let handle = guest.argument(index)?;
        match self.wdf.objects.get(&handle) {
            Some(object) if object.kind == kind && !object.deleted => Ok(handle),
            Some(object) if object.kind == kind && kind != Kind::Request => Err(Failure::new(
                Rule::BadHandle,
                format!("the {kind:?} handle {handle:#x} is used after the object was deleted"),
            )),
            _ if self.wdf.ended_requests.contains_key(&handle) => Err(self.used_late(handle)),
            Some(object) => Err(Failure::new(
                Rule::BadHandle,
                format!(
                    "{handle:#x} names a {:?}, where a {kind:?} is needed",
                    object.kind
                ),
            )),
            None => Err(Failure::new(
                Rule::BadHandle,
                format!(
                    "{handle:#x} is used where a {kind:?} handle is needed, and names nothing, or nothing any more"
                ),
            )),
        }
    }

    /// The report of a request that is used after it was completed.
    fn used_late(&self, handle: u64) -> Failure {
        let number = self.wdf.ended_requests[&handle];
        let place = match self.origin(handle) {
            Some(place) => format!(" at {place}"),
            None => String::new(),
        };
        Failure::new(
            Rule::RequestMisuse,
            format!("request {number} is used after it was completed{place}"),
        )
    }

    /// Keeps a timer from expiring again.
    pub(crate) fn stop_wdf_object(&mut self, handle: u64) {
        self.kernel.timers.disarm(Deadline::WdfTimer(handle));
        self.wdf.timers.remove(&handle);
    }

    /// Deletes an object and its context; it lives on while it is referenced.
    pub(crate) fn delete_wdf_object(
        &mut self,
        guest: &mut Guest,
        handle: u64,
    ) -> Result<(), Failure> {
        let Some(object) = self.wdf.objects.get_mut(&handle) else {
            return Ok(());
        };
        object.deleted = true;
        if object.references > 0 {
            return Ok(());
        }
        self.stop_wdf_object(handle);
        let object = self.wdf.objects.remove(&handle).expect("just found");
        for context in object.contexts {
            self.kernel_free(guest, context.memory)?;
        }
        Ok(())
    }

    /// `WdfObjectGetTypedContextWorker`.
    pub(crate) fn wdf_object_get_typed_context_worker(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let (handle, type_info) = (guest.argument(1)?, guest.argument(2)?);
        let wanted = guest.read_u64(type_info + 24)?;
        let object = self.wdf.objects.get(&handle).ok_or_else(|| {
            if self.wdf.ended_requests.contains_key(&handle) {
                return self.used_late(handle);
            }
            Failure::new(
                Rule::BadHandle,
                format!("a context of {handle:#x} is asked for, which names nothing"),
            )
        })?;
        let found = object
            .contexts
            .iter()
            .find(|context| context.unique_type == wanted);
        Ok(Flow::Return(found.map_or(0, |context| context.memory)))
    }

    /// `WdfObjectReferenceActual`.
    pub(crate) fn wdf_object_reference_actual(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let handle = guest.argument(1)?;
        match self.wdf.objects.get_mut(&handle) {
            Some(object) => {
                object.references += 1;
                Ok(Flow::Return(0))
            }
            None => Err(Failure::new(
                Rule::BadHandle,
                format!("{handle:#x} is referenced and names nothing"),
            )),
        }
    }

    /// `WdfObjectDereferenceActual`.
    pub(crate) fn wdf_object_dereference_actual(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let handle = guest.argument(1)?;
        let Some(object) = self
            .wdf
            .objects
            .get_mut(&handle)
            .filter(|object| object.references > 0)
        else {
            return Err(Failure::new(
                Rule::BadHandle,
                format!("{handle:#x} is dereferenced more often than it was referenced"),
            ));
        };
        object.references -= 1;
        if object.deleted && object.references == 0 {
            self.delete_wdf_object(guest, handle)?;
        }
        Ok(Flow::Return(0))
    }
}
