//! Framework objects: handles, contexts, references and parents.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        attributes::{Allowed, Attributes},
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
            contexts.push(self.new_context(guest, attributes)?);
        } else if attributes.cleanup != 0 || attributes.destroy != 0 {
            contexts.push(Context {
                unique_type: 0,
                memory: 0,
                cleanup: attributes.cleanup,
                destroy: attributes.destroy,
            });
        }
        let object = Object {
            kind,
            parent,
            children: Vec::new(),
            contexts,
            passive: attributes.is_passive(),
            references: 0,
            delete_called: false,
            deleted: false,
        };
        self.wdf.objects.insert(handle, object);
        if let Some(parent) = self.wdf.objects.get_mut(&parent) {
            parent.children.push(handle);
        }
        Ok(handle)
    }

    /// Makes a context space of the type that attributes name, zeroed.
    fn new_context(
        &mut self,
        guest: &mut Guest,
        attributes: &Attributes,
    ) -> Result<Context, Failure> {
        let declared = guest.read_u64(attributes.type_info + 16)?;
        let size = if attributes.size_override == 0 {
            declared
        } else {
            attributes.size_override
        };
        let memory = self.kernel.kernel_allocate(guest, size.max(1))?;
        self.kernel.declare_context(memory, attributes.type_info);
        Ok(Context {
            unique_type: guest.read_u64(attributes.type_info + 24)?,
            memory,
            cleanup: attributes.cleanup,
            destroy: attributes.destroy,
        })
    }

    /// The parent that attributes name, or `default` where they name none.
    pub(super) fn parent_of(&self, attributes: &Attributes, default: u64) -> Result<u64, Failure> {
        match attributes.parent {
            0 => Ok(default),
            parent if self.wdf.objects.contains_key(&parent) => Ok(parent),
            parent => Err(Failure::new(
                Rule::BadHandle,
                format!(
                    "the attributes name the parent {parent:#x}, which is no object, or none any more"
                ),
            )),
        }
    }

    /// The device that an object belongs to; 0 where there is none above it.
    pub(super) fn device_above(&self, handle: u64) -> u64 {
        let mut at = handle;
        while let Some(object) = self.wdf.objects.get(&at) {
            if object.kind == Kind::Device {
                return at;
            }
            at = object.parent;
        }
        0
    }

    /// Whether callbacks of the object are at PASSIVE alone (`FxObject::IsPassiveCallbacks`).
    pub(super) fn has_passive_callbacks(&self, handle: u64) -> bool {
        let Some(object) = self.wdf.objects.get(&handle) else {
            return false;
        };
        let of_kind = match object.kind {
            Kind::Driver => true,
            Kind::Queue => self
                .wdf
                .queues
                .get(&handle)
                .is_some_and(|queue| queue.passive),
            _ => false,
        };
        of_kind || object.passive
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

    /// Frees an object and its contexts, of which nothing is to be called any more; it lives on while it is referenced.
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
        self.free_wdf_object(guest, handle)
    }

    /// As [`Self::delete_wdf_object`], whether it is referenced or not.
    pub(super) fn free_wdf_object(
        &mut self,
        guest: &mut Guest,
        handle: u64,
    ) -> Result<(), Failure> {
        self.stop_wdf_object(handle);
        self.wdf.callback_locks.remove(&handle);
        self.wdf.queues.remove(&handle);
        if self.wdf.device.handle == handle {
            self.wdf.device.handle = 0;
        }
        self.wdf.serialized.remove(&handle);
        self.wdf.wait_locks.remove(&handle);
        self.free_memory(guest, handle)?;
        self.free_collection(guest, handle)?;
        self.free_common_buffer(guest, handle)?;
        self.wdf.dma.enablers.remove(&handle);
        self.wdf.timers.remove(&handle);
        self.wdf.work_items.remove(&handle);
        self.wdf.interrupts.remove(&handle);
        self.wdf.dpc_routines.remove(&handle);
        self.wdf.registry.open.remove(&handle);
        let object = self.wdf.objects.remove(&handle).expect("it is an object");
        if let Some(parent) = self.wdf.objects.get_mut(&object.parent) {
            parent.children.retain(|child| *child != handle);
        }
        for context in object.contexts {
            if context.memory != 0 {
                self.kernel.kernel_free(guest, context.memory)?;
            }
        }
        Ok(())
    }

    /// The object that an argument names, of whatever kind.
    pub(super) fn any_handle(&self, guest: &Guest, index: usize) -> Result<u64, Failure> {
        let handle = guest.argument(index)?;
        if self.wdf.objects.contains_key(&handle) {
            return Ok(handle);
        }
        if self.wdf.ended_requests.contains_key(&handle) {
            return Err(self.used_late(handle));
        }
        Err(Failure::new(
            Rule::BadHandle,
            format!(
                "{handle:#x} is used where an object is needed, and names nothing, or nothing any more"
            ),
        ))
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
            return self.destroy_released(guest, handle);
        }
        Ok(Flow::Return(0))
    }

    /// `WdfObjectCreate`.
    pub(crate) fn wdf_object_create(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (attributes, out) = (guest.argument(1)?, guest.argument(2)?);
        let attributes = match Attributes::read_for(guest, attributes, Allowed::Level)? {
            Ok(attributes) => attributes,
            Err(status) => return Ok(Flow::status(status)),
        };
        let parent = self.parent_of(&attributes, self.wdf.driver.handle)?;
        let handle = self.new_wdf_object(guest, Kind::Object, parent, &attributes)?;
        self.kernel.note_origin(guest, handle);
        guest.write_u64(out, handle)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfObjectAllocateContext`.
    pub(crate) fn wdf_object_allocate_context(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.any_handle(guest, 1)?;
        let (attributes, out) = (guest.argument(2)?, guest.argument(3)?);
        let attributes = Attributes::read(guest, attributes)?;
        if attributes.type_info == 0 || attributes.parent != 0 {
            return Ok(Flow::status(Status::WDF_OBJECT_ATTRIBUTES_INVALID));
        }
        let object = &self.wdf.objects[&handle];
        if object.deleted || object.delete_called {
            return Ok(Flow::status(Status::DELETE_PENDING));
        }
        let wanted = guest.read_u64(attributes.type_info + 24)?;
        let mut contexts = object.contexts.iter();
        let known = contexts.find(|context| context.unique_type == wanted);
        let (memory, status) = if let Some(context) = known.copied() {
            (context.memory, Status::OBJECT_NAME_EXISTS)
        } else {
            let context = self.new_context(guest, &attributes)?;
            let object = self.wdf.objects.get_mut(&handle).expect("just found");
            object.contexts.push(context);
            (context.memory, Status::SUCCESS)
        };
        if out != 0 {
            guest.write_u64(out, memory)?;
        }
        Ok(Flow::status(status))
    }

    /// `WdfObjectContextGetObject`.
    pub(crate) fn wdf_object_context_get_object(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let context = guest.argument(1)?;
        let mut objects = self.wdf.objects.iter();
        let found = objects.find(|(_, object)| {
            let mut contexts = object.contexts.iter();
            contexts.any(|other| other.memory == context && context != 0)
        });
        match found {
            Some((handle, _)) => Ok(Flow::Return(*handle)),
            None => Err(Failure::new(
                Rule::BadArgument,
                format!(
                    "WdfObjectContextGetObject is given {context:#x}, which is no context, or none any more"
                ),
            )),
        }
    }
}
