//! Framework objects: handles, contexts, references and parents.

use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        attributes::Attributes,
        state::{
            frame::WdfFrame,
            object::{Context, Kind, Object},
        },
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
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
            let memory = self.kernel.kernel_allocate(guest, size.max(1))?;
            self.kernel.declare_context(memory, attributes.type_info);
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
        let place = match self.kernel.origin(handle) {
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
        self.kernel.timers.remove(handle);
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
        self.wdf.interrupts.remove(&handle);
        for context in object.contexts {
            self.kernel.kernel_free(guest, context.memory)?;
        }
        Ok(())
    }

    /// `WdfObjectGetTypedContextWorker`.
    pub(crate) fn wdf_object_get_typed_context_worker(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
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
    ) -> Result<Flow<A>, Failure> {
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
    ) -> Result<Flow<A>, Failure> {
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
