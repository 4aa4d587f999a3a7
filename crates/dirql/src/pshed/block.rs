//! The block that PSHED knows of: the plug-in, and the count of its callbacks that run.
//!
//! PSHED holds the address of the block from the registration until the last callback has left it, and may
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
    block::{AWAITING, LEAVING},
    platform::{self, POOL_TAG},
};

/// The alignment that pool memory is sure to have on a 64-bit system (nf-wdm-exallocatepool2).
const POOL_ALIGNMENT: usize = 16;

/// Evidence that a plug-in can lie in pool memory.
pub(crate) struct Admissible<P>(PhantomData<fn(P)>);

impl<P> Admissible<P> {
    /// Fails to compile, in a `const` block, where it cannot.
    pub(crate) const fn assert() -> Self {
        assert!(
            align_of::<Block<P>>() <= POOL_ALIGNMENT,
            "a PSHED plug-in may not ask for more than 16 bytes of alignment, which is what pool memory has"
        );
        Self(PhantomData)
    }
}

/// A plug-in and what counts its callbacks.
///
/// # Invariants
///
/// - `inside` is the number of callbacks that have begun and not ended.
/// - `packet` belongs to PSHED from the registration on.
/// - `plugin` is only ever shared while PSHED knows the block.
pub(crate) struct Block<P> {
    plugin: P,
    inside: AtomicU32,
    above_level: AtomicU64,
    packet: UnsafeCell<RegistrationPacket>,
}

impl<P> Block<P> {
    /// Fields of what stands at `offset` in the plug-in.
    pub(crate) const fn in_plugin(offset: usize, fields: &'static [Field]) -> Group {
        Group::in_pool_at::<Self>(POOL_TAG, offset_of!(Self, plugin) + offset, fields)
    }

    /// Moves the plug-in into a block of its own, or gives it back where memory is short.
    ///
    /// # Safety
    ///
    /// IRQL <= `DISPATCH_LEVEL`.
    pub(crate) unsafe fn allocate(
        plugin: P,
        packet: RegistrationPacket,
        _: &Admissible<P>,
    ) -> Result<NonNull<Self>, P> {
        // SAFETY: IRQL is the caller's promise; the size is not zero, for there is the count.
        let memory = unsafe { platform::allocate(size_of::<Self>()) };
        let Some(block) = NonNull::new(memory.cast::<Self>()) else {
            return Err(plugin);
        };
        // SAFETY: The memory is large enough, aligned by the evidence, and nobody else has it.
        unsafe {
            block.write(Self {
                plugin,
                inside: AtomicU32::new(0),
                above_level: AtomicU64::new(0),
                packet: UnsafeCell::new(packet),
            });
        }
        // SAFETY: The block was written just now.
        let packet = unsafe { Self::packet(block) };
        // SAFETY: As above, so the field may be named; nobody else knows the packet yet.
        let context = unsafe { &raw mut (*packet).context };
        // SAFETY: The field is live and aligned.
        unsafe { context.write(block.as_ptr().cast()) };
        Ok(block)
    }

    /// The registration packet.
    ///
    /// # Safety
    ///
    /// The block is live.
    pub(crate) unsafe fn packet(block: NonNull<Self>) -> *mut RegistrationPacket {
        // SAFETY: The block is live, so its field may be named; no reference is formed.
        let packet = unsafe { &raw const (*block.as_ptr()).packet };
        UnsafeCell::raw_get(packet)
    }

    /// The plug-in.
    ///
    /// # Safety
    ///
    /// The block is live for `'a`, and the plug-in is not moved out of it.
    pub(crate) unsafe fn plugin<'a>(block: NonNull<Self>) -> &'a P {
        // SAFETY: The block is live; the plug-in is shared only.
        unsafe { &(*block.as_ptr()).plugin }
    }

    /// How often a callback was entered above the IRQL that its page allows.
    ///
    /// # Safety
    ///
    /// The block is live.
    pub(crate) unsafe fn above_level<'a>(block: NonNull<Self>) -> &'a AtomicU64 {
        // SAFETY: The block is live; this reference is to the counter alone.
        unsafe { &(*block.as_ptr()).above_level }
    }

    /// # Safety
    ///
    /// The block is live for `'a`.
    unsafe fn inside<'a>(block: NonNull<Self>) -> &'a AtomicU32 {
        // SAFETY: The block is live; this reference is to the counter alone.
        unsafe { &(*block.as_ptr()).inside }
    }

    /// Runs a callback on the plug-in.
    ///
    /// # Safety
    ///
    /// The block is live until this returns.
    pub(crate) unsafe fn enter<R>(block: NonNull<Self>, body: impl FnOnce(&P) -> R) -> R {
        /// Leaves on the way out, on a host also when a test panics in the body.
        struct Leave<'a>(&'a AtomicU32);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, LEAVING);
            }
        }
        // SAFETY: The block is live.
        let inside = unsafe { Self::inside(block) };
        inside.fetch_add(1, Ordering::Acquire);
        let _leave = Leave(inside);
        // SAFETY: The block is live, and its plug-in is moved out only when nobody is inside.
        body(unsafe { Self::plugin(block) })
    }

    /// Waits until no callback is inside.
    ///
    /// PSHED enters the callbacks of a plug-in of version 2 at `DISPATCH_LEVEL` or above, so that none which
    /// was on its way is left once this thread has run on every processor; and what has entered otherwise
    /// shows in the count.
    ///
    /// # Safety
    ///
    /// The block is live; IRQL is `PASSIVE_LEVEL`; no lock is held; the plug-in has been unregistered.
    pub(crate) unsafe fn wait_until_left(block: NonNull<Self>) {
        // SAFETY: IRQL is PASSIVE_LEVEL.
        unsafe { platform::run_on_every_processor() };
        // SAFETY: The block is live.
        let inside = unsafe { Self::inside(block) };
        // A read-modify-write sees the latest value there is, where a load may see an older zero. An addition of zero
        // would be compiled to a fence and a load.
        while inside
            .compare_exchange(0, 0, AWAITING, Ordering::Relaxed)
            .is_err()
        {
            // SAFETY: IRQL is PASSIVE_LEVEL and no lock is held.
            unsafe { platform::delay() };
        }
        // The last steps of a callback, after it has counted itself out, are over too.
        // SAFETY: IRQL is PASSIVE_LEVEL.
        unsafe { platform::run_on_every_processor() };
    }

    /// Takes the plug-in out and frees the block.
    ///
    /// # Safety
    ///
    /// The block is live and nobody will use it again; IRQL <= `DISPATCH_LEVEL`.
    pub(crate) unsafe fn into_plugin(block: NonNull<Self>) -> P {
        // SAFETY: The block is live, so its field may be named.
        let plugin = unsafe { &raw const (*block.as_ptr()).plugin };
        // SAFETY: Nobody else uses the plug-in, and it is not used as a value again.
        let plugin = unsafe { plugin.read() };
        // SAFETY: The block came from `allocate` with this size and is not used again; nothing but the
        // plug-in in it needs a destructor.
        unsafe { platform::free(block.as_ptr().cast(), size_of::<Self>()) };
        plugin
    }
}
