//! The context of a plug-in's callbacks: the plug-in, and the count of those that run.
//!
//! PSHED holds the address of the context from the registration until the last callback has left it, and may
//! call before the registration returns. The packet lies in it too: no page says that PSHED copies it.

use core::{
    cell::UnsafeCell,
    marker::PhantomData,
    mem::offset_of,
    ptr::NonNull,
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
};

use super::layout::RegistrationPacket;
use crate::{
    atomics::{Field, Group},
    kernel::{
        interrupt::BY_VALUE_MAX,
        platform::{self, POOL_ALIGNMENT, POOL_TAG},
        routine_count,
    },
};

/// Evidence that a plug-in can lie in pool memory.
pub(crate) struct Admissible<P>(PhantomData<fn(P)>);

impl<P> Admissible<P> {
    /// Fails to compile, in a `const` block, where it cannot.
    pub(crate) const fn assert() -> Self {
        assert!(
            align_of::<PluginContext<P>>() <= POOL_ALIGNMENT,
            "a PSHED plug-in may not ask for more than 16 bytes of alignment, which is what pool memory has"
        );
        Self(PhantomData)
    }
}

/// Evidence that a plug-in may be moved over a kernel stack.
pub(crate) struct ByValue<P>(PhantomData<fn(P)>);

impl<P> ByValue<P> {
    /// Fails to compile, in a `const` block, where it may not.
    pub(crate) const fn assert() -> Self {
        assert!(
            size_of::<P>() <= BY_VALUE_MAX,
            "a PSHED plug-in of more than 512 bytes is not moved over a kernel stack: write it into a \
             `PluginBlock`, and use `register_in_place` and `unregister_in_place`"
        );
        Self(PhantomData)
    }
}

/// A plug-in and what counts its callbacks.
///
/// # Invariants
///
/// - `inside` is the number of callbacks that have begun and not ended.
/// - `packet` is written before a registration and belongs to PSHED from then on.
/// - `plugin` is only ever shared while PSHED knows the context.
pub(crate) struct PluginContext<P> {
    plugin: P,
    inside: AtomicU32,
    above_level: AtomicU64,
    packet: UnsafeCell<RegistrationPacket>,
}

impl<P> PluginContext<P> {
    /// Fields of what stands at `offset` in the plug-in.
    pub(crate) const fn in_plugin(offset: usize, fields: &'static [Field]) -> Group {
        Group::in_pool_at::<Self>(POOL_TAG, offset_of!(Self, plugin) + offset, fields)
    }

    /// Memory for a context, or `None` where it is short: the counts are initialised, and the plug-in is zero
    /// bytes.
    ///
    /// # Safety
    ///
    /// IRQL <= `DISPATCH_LEVEL`.
    pub(crate) unsafe fn reserve(_: &Admissible<P>) -> Option<NonNull<Self>> {
        // SAFETY: IRQL is the caller's promise; the size is not zero, for there is the count.
        let memory = unsafe { platform::allocate(size_of::<Self>()) };
        let context = NonNull::new(memory.cast::<Self>())?;
        // SAFETY: The memory is large enough, so its field may be named.
        let inside = unsafe { &raw mut (*context.as_ptr()).inside };
        // SAFETY: Aligned by the evidence, and nothing else has it.
        unsafe { inside.write(AtomicU32::new(0)) };
        // SAFETY: As for `inside`.
        let above_level = unsafe { &raw mut (*context.as_ptr()).above_level };
        // SAFETY: As for `inside`.
        unsafe { above_level.write(AtomicU64::new(0)) };
        Some(context)
    }

    /// Writes the packet of a registration, with this as its context, and starts its count.
    ///
    /// # Safety
    ///
    /// The context has memory, PSHED does not know it, and nothing else uses it.
    pub(crate) unsafe fn prepare(context: NonNull<Self>, mut packet: RegistrationPacket) {
        packet.context = context.as_ptr().cast();
        // SAFETY: The context was reserved, so the count is initialised.
        unsafe { Self::above_level(context) }.store(0, Ordering::Relaxed);
        // SAFETY: The context has memory, which is all that naming the field asks.
        let place = unsafe { Self::packet(context) };
        // SAFETY: The place is aligned, and nothing else uses it.
        unsafe { place.write(packet) };
    }

    /// Where the plug-in is.
    ///
    /// # Safety
    ///
    /// The context has memory.
    pub(crate) unsafe fn place(context: NonNull<Self>) -> *mut P {
        // SAFETY: The context has memory, so its field may be named; no reference is formed.
        unsafe { &raw mut (*context.as_ptr()).plugin }
    }

    /// The registration packet.
    ///
    /// # Safety
    ///
    /// The context is live.
    pub(crate) unsafe fn packet(context: NonNull<Self>) -> *mut RegistrationPacket {
        // SAFETY: The context is live, so its field may be named; no reference is formed.
        let packet = unsafe { &raw const (*context.as_ptr()).packet };
        UnsafeCell::raw_get(packet)
    }

    /// The plug-in.
    ///
    /// # Safety
    ///
    /// The context is live for `'a`, and the plug-in is not moved out of it.
    pub(crate) unsafe fn plugin<'a>(context: NonNull<Self>) -> &'a P {
        // SAFETY: The context is live; the plug-in is shared only.
        unsafe { &(*context.as_ptr()).plugin }
    }

    /// How often a callback was entered above the IRQL that its page allows.
    ///
    /// # Safety
    ///
    /// The context is live.
    pub(crate) unsafe fn above_level<'a>(context: NonNull<Self>) -> &'a AtomicU64 {
        // SAFETY: The context is live; this reference is to the counter alone.
        unsafe { &(*context.as_ptr()).above_level }
    }

    /// # Safety
    ///
    /// The context is live for `'a`.
    unsafe fn inside<'a>(context: NonNull<Self>) -> &'a AtomicU32 {
        // SAFETY: The context is live; this reference is to the counter alone.
        unsafe { &(*context.as_ptr()).inside }
    }

    /// Runs a callback on the plug-in.
    ///
    /// # Safety
    ///
    /// The context is live until this returns.
    pub(crate) unsafe fn enter<R>(context: NonNull<Self>, body: impl FnOnce(&P) -> R) -> R {
        /// Leaves on the way out, on a host also when a test panics in the body.
        struct Leave<'a>(&'a AtomicU32);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                routine_count::leave(self.0);
            }
        }
        // SAFETY: The context is live.
        let inside = unsafe { Self::inside(context) };
        routine_count::enter(inside);
        let _leave = Leave(inside);
        // SAFETY: The context is live, and its plug-in is moved out only when nothing is inside.
        body(unsafe { Self::plugin(context) })
    }

    /// Waits until no callback is inside.
    ///
    /// PSHED enters the callbacks of a plug-in of version 2 at `DISPATCH_LEVEL` or above. So none that was
    /// on its way is left once this thread has run on every processor. What has entered otherwise shows in
    /// the count.
    ///
    /// # Safety
    ///
    /// The context is live; IRQL is `PASSIVE_LEVEL`; no lock is held; the plug-in has been unregistered.
    pub(crate) unsafe fn wait_until_left(context: NonNull<Self>) {
        // SAFETY: IRQL is PASSIVE_LEVEL.
        unsafe { platform::run_on_every_processor() };
        // SAFETY: The context is live.
        let inside = unsafe { Self::inside(context) };
        // SAFETY: IRQL is PASSIVE_LEVEL and no lock is held.
        unsafe { routine_count::wait_until_zero(inside) };
        // The last steps of a callback, after it has counted itself out, are over too.
        // SAFETY: IRQL is PASSIVE_LEVEL.
        unsafe { platform::run_on_every_processor() };
    }

    /// Takes the plug-in out and frees the context.
    ///
    /// # Safety
    ///
    /// The context is live and nothing will use it again; IRQL <= `DISPATCH_LEVEL`.
    pub(crate) unsafe fn into_plugin(context: NonNull<Self>) -> P {
        // SAFETY: The context is live.
        let plugin = unsafe { Self::place(context) };
        // SAFETY: Nothing else uses the plug-in, and it is not used as a value again.
        let plugin = unsafe { plugin.read() };
        // SAFETY: The plug-in was moved out, and the rest is the caller's promise.
        unsafe { Self::release(context) };
        plugin
    }

    /// Drops the plug-in where it is and frees the context.
    ///
    /// # Safety
    ///
    /// As for [`into_plugin`](Self::into_plugin).
    pub(crate) unsafe fn destroy(context: NonNull<Self>) {
        // SAFETY: The context is live.
        let plugin = unsafe { Self::place(context) };
        // SAFETY: The plug-in is live, nothing else uses it, and it is not used again.
        unsafe { plugin.drop_in_place() };
        // SAFETY: The plug-in was dropped, and the rest is the caller's promise.
        unsafe { Self::release(context) };
    }

    /// Frees the memory of a context that holds no plug-in any more.
    ///
    /// # Safety
    ///
    /// As for [`into_plugin`](Self::into_plugin).
    unsafe fn release(context: NonNull<Self>) {
        // SAFETY: The context came from `reserve` with this size and is not used again; nothing but the
        // plug-in in it needed a destructor.
        unsafe { platform::free(context.as_ptr().cast(), size_of::<Self>()) };
    }
}
