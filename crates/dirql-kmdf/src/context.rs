//! A context of a type, behind a framework object.

use core::{ffi::CStr, marker::PhantomData};

use wdk_sys::{
    _WDF_EXECUTION_LEVEL, PCWDF_OBJECT_CONTEXT_TYPE_INFO, WDF_OBJECT_ATTRIBUTES,
    WDF_OBJECT_CONTEXT_TYPE_INFO, WDFOBJECT, call_unsafe_wdf_function_binding,
};

use crate::structure::{attributes, size};

/// The framework's description of a context of type `T`. Its address is the type's identity.
#[repr(transparent)]
pub struct Kind<T>(WDF_OBJECT_CONTEXT_TYPE_INFO, PhantomData<fn() -> T>);

// SAFETY: The description is constant: the framework and the driver only read it.
unsafe impl<T> Sync for Kind<T> {}

impl<T> Kind<T> {
    /// Describes the contexts of type `T`. `unique` is the address of the static that the value becomes.
    #[must_use]
    pub const fn new(name: &'static CStr, unique: *const Self) -> Self {
        // Contexts are aligned as pool is, MEMORY_ALLOCATION_ALIGNMENT (wdfobject.h), and are not dropped.
        const { assert!(align_of::<T>() <= 16 && !core::mem::needs_drop::<T>()) };
        let info = WDF_OBJECT_CONTEXT_TYPE_INFO {
            Size: size::<WDF_OBJECT_CONTEXT_TYPE_INFO>(),
            ContextName: name.as_ptr(),
            ContextSize: size_of::<T>(),
            UniqueType: unique.cast(),
            EvtDriverGetUniqueContextType: None,
        };
        Self(info, PhantomData)
    }

    /// The description.
    #[must_use]
    pub const fn as_ptr(&'static self) -> PCWDF_OBJECT_CONTEXT_TYPE_INFO {
        &raw const self.0
    }

    /// Attributes of an object with this context, which leave all else to the parent object.
    #[must_use]
    pub fn attributes(&'static self) -> WDF_OBJECT_ATTRIBUTES {
        WDF_OBJECT_ATTRIBUTES {
            ContextTypeInfo: self.as_ptr(),
            ..attributes()
        }
    }

    /// Attributes of a device with this context, whose queues present requests at `PASSIVE_LEVEL`.
    #[must_use]
    pub fn of_a_passive_device(&'static self) -> WDF_OBJECT_ATTRIBUTES {
        WDF_OBJECT_ATTRIBUTES {
            ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive,
            ..self.attributes()
        }
    }

    /// Writes the context of `object`, once.
    ///
    /// # Safety
    ///
    /// `object` is a live framework object with this context, and nothing else knows of the context yet.
    pub unsafe fn write(&'static self, object: WDFOBJECT, value: T) {
        // SAFETY: The object is live, and has this context.
        let slot = unsafe { self.slot(object) };
        // SAFETY: The slot is memory of the type's size and alignment that nothing else reads or writes.
        unsafe { slot.write(value) };
    }

    /// The context of `object`.
    ///
    /// # Safety
    ///
    /// `object` is a live framework object whose context was [written](Self::write), and it outlives `'a`.
    #[must_use]
    pub unsafe fn of<'a>(&'static self, object: WDFOBJECT) -> &'a T {
        // SAFETY: The object is live, and has this context.
        let slot = unsafe { self.slot(object) };
        // SAFETY: The context was written, lives as long as its object, and is not written again.
        unsafe { &*slot }
    }

    /// # Safety
    ///
    /// `object` is a live framework object with this context.
    unsafe fn slot(&'static self, object: WDFOBJECT) -> *mut T {
        // SAFETY: The object was made with a context of this type
        // (nf-wdfobject-wdfobjectgettypedcontext).
        let memory = unsafe {
            call_unsafe_wdf_function_binding!(WdfObjectGetTypedContextWorker, object, self.as_ptr())
        };
        memory.cast()
    }
}
