//! Contexts: the memory that a framework object carries for the driver.
//!
//! The framework allocates a context with its object, in non-paged pool, as zero bytes, and gives it
//! to every callback that names the object, to several at once. So a context is only ever reached by
//! a shared reference, and what changes in it is atomic or protects itself.

use core::ffi::CStr;

use dirql::call_unsafe_wdf_function_binding;
use wdk_sys::{
    _WDF_EXECUTION_LEVEL, _WDF_SYNCHRONIZATION_SCOPE, PCWDF_OBJECT_CONTEXT_TYPE_INFO, ULONG,
    WDF_EXECUTION_LEVEL, WDF_OBJECT_ATTRIBUTES, WDF_OBJECT_CONTEXT_TYPE_INFO,
    WDF_SYNCHRONIZATION_SCOPE, WDFOBJECT,
};

/// The size of a structure as the framework's structures carry it.
pub(crate) const fn size<T>() -> ULONG {
    const {
        assert!(
            size_of::<T>() <= 0xFFFF,
            "no such structure of the framework is known"
        );
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the assertion above bounds the size"
    )]
    {
        size_of::<T>() as ULONG
    }
}

/// The framework's description of a context type. Its address is the type's identity.
#[repr(transparent)]
pub(crate) struct ContextType(WDF_OBJECT_CONTEXT_TYPE_INFO);

// SAFETY: The description is constant: the framework and the driver read it only.
unsafe impl Sync for ContextType {}

impl ContextType {
    /// Describes the context type `T`. `unique` is the address of the static that the value becomes.
    pub(crate) const fn new<T: Context>(name: &'static CStr, unique: *const Self) -> Self {
        // Contexts are aligned as pool is: MEMORY_ALLOCATION_ALIGNMENT (wdfobject.h).
        const {
            assert!(
                align_of::<T>() <= 16,
                "the framework does not align contexts further"
            );
        };
        Self(WDF_OBJECT_CONTEXT_TYPE_INFO {
            Size: size::<WDF_OBJECT_CONTEXT_TYPE_INFO>(),
            ContextName: name.as_ptr(),
            ContextSize: size_of::<T>(),
            UniqueType: unique.cast(),
            EvtDriverGetUniqueContextType: None,
        })
    }

    pub(crate) const fn as_ptr(&'static self) -> PCWDF_OBJECT_CONTEXT_TYPE_INFO {
        &raw const self.0
    }
}

/// A type that can be the context of a framework object.
///
/// # Safety
///
/// Zero bytes are a valid value of the type, and `KIND` describes it.
pub(crate) unsafe trait Context: Sync + 'static {
    /// The description by which objects are made with this context and asked for it.
    const KIND: &'static ContextType;
}

/// The context of `object`.
///
/// # Safety
///
/// `object` is a live framework object that was made with a context of type `T`, and it outlives `'a`.
pub(crate) unsafe fn of<'a, T: Context>(object: WDFOBJECT) -> &'a T {
    // SAFETY: The object is live and the description is that of its context
    // (nf-wdfobject-wdfobjectgettypedcontext).
    let context = unsafe {
        call_unsafe_wdf_function_binding!(WdfObjectGetTypedContextWorker, object, T::KIND.as_ptr())
    };
    // SAFETY: The object has a context of this type, so the pointer is not null, it is aligned, and
    // it is valid as long as the object; it held zero bytes, a valid `T`, before anybody wrote a `T`.
    unsafe { &*context.cast::<T>() }
}

/// Attributes that leave everything to the parent object: `WDF_OBJECT_ATTRIBUTES_INIT`.
pub(crate) fn attributes() -> WDF_OBJECT_ATTRIBUTES {
    WDF_OBJECT_ATTRIBUTES {
        Size: size::<WDF_OBJECT_ATTRIBUTES>(),
        ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelInheritFromParent,
        SynchronizationScope: _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeInheritFromParent,
        ..WDF_OBJECT_ATTRIBUTES::default()
    }
}

/// Attributes of an object with a context of type `T`.
pub(crate) fn with_context<T: Context>() -> WDF_OBJECT_ATTRIBUTES {
    WDF_OBJECT_ATTRIBUTES {
        ContextTypeInfo: T::KIND.as_ptr(),
        ..attributes()
    }
}

/// Makes the callbacks of an object run at `PASSIVE_LEVEL`, and none of them under a framework lock.
///
/// The synchronize closures of this driver take the interrupt lock, which no framework lock may
/// surround, and its callers are expected to raise IRQL from `PASSIVE_LEVEL` themselves.
pub(crate) fn passive_and_unlocked(attributes: WDF_OBJECT_ATTRIBUTES) -> WDF_OBJECT_ATTRIBUTES {
    const LEVEL: WDF_EXECUTION_LEVEL = _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive;
    const SCOPE: WDF_SYNCHRONIZATION_SCOPE =
        _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeNone;
    WDF_OBJECT_ATTRIBUTES {
        ExecutionLevel: LEVEL,
        SynchronizationScope: SCOPE,
        ..attributes
    }
}

/// Lets an object be used at `DISPATCH_LEVEL`, whatever the level of its parent's callbacks.
pub(crate) fn without_level(attributes: WDF_OBJECT_ATTRIBUTES) -> WDF_OBJECT_ATTRIBUTES {
    WDF_OBJECT_ATTRIBUTES {
        ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelDispatch,
        SynchronizationScope: _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeNone,
        ..attributes
    }
}
