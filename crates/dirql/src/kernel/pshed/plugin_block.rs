//! A plug-in in the memory where PSHED finds it once it is registered.

use core::{
    fmt,
    marker::PhantomData,
    mem::{ManuallyDrop, MaybeUninit},
    ops::{Deref, DerefMut},
    ptr::NonNull,
};

use super::{
    PshedPlugin, RegisterError, RegisterFailure,
    plugin_context::{Admissible, ByValue, PluginContext},
};
use crate::{Irql, Level};

/// A plug-in that is not registered, in a block of non-paged memory of its own.
///
/// What [`HandlerBlock`](crate::HandlerBlock) is for an interrupt handler:
/// [`Registration::register_in_place`](super::Registration::register_in_place) takes it, gives it back in its
/// error, and [`unregister_in_place`](super::Registration::unregister_in_place) gives it back at the end. The
/// plug-in does not move, and its size is no matter of the stack.
///
/// Dropped, it drops the plug-in and frees the block, for which IRQL is at most `DISPATCH_LEVEL`.
///
/// # Invariants
///
/// The block is live, the plug-in in it is initialised, PSHED does not know it, and no callback is inside:
/// this value is the only way to it.
pub struct PluginBlock<P: PshedPlugin> {
    block: NonNull<PluginContext<P>>,
    _owns: PhantomData<P>,
}

// SAFETY: The value owns the plug-in, which is `Send`, and memory that belongs to no thread.
unsafe impl<P: PshedPlugin> Send for PluginBlock<P> {}
// SAFETY: A shared value gives `&P` only, and the plug-in is `Sync`.
unsafe impl<P: PshedPlugin> Sync for PluginBlock<P> {}

impl<P: PshedPlugin> PluginBlock<P> {
    /// Moves a plug-in of at most [`BY_VALUE_MAX`](crate::BY_VALUE_MAX) bytes into a block of its own.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`RegisterFailure::NoMemory`], with the plug-in.
    pub fn new<L: Level>(irql: &mut Irql<'_, L>, plugin: P) -> Result<Self, RegisterError<P>> {
        let admissible = const { Admissible::<P>::assert() };
        let by_value = const { ByValue::<P>::assert() };
        let _ = irql;
        // SAFETY: The token proves IRQL <= DISPATCH_LEVEL.
        unsafe { Self::filled(plugin, &admissible, &by_value) }.map_err(|plugin| RegisterError {
            failure: RegisterFailure::NoMemory,
            plugin: Some(plugin),
        })
    }

    /// Lets `write` make a plug-in where it will stay, in memory of zero bytes.
    ///
    /// # Safety
    ///
    /// When `write` returns, the place holds a valid plug-in.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`RegisterFailure::NoMemory`]; `write` was not called.
    pub unsafe fn in_place<L: Level>(
        irql: &mut Irql<'_, L>,
        write: impl FnOnce(&mut MaybeUninit<P>),
    ) -> Result<Self, RegisterFailure> {
        let admissible = const { Admissible::<P>::assert() };
        let _ = irql;
        // SAFETY: The token proves IRQL <= DISPATCH_LEVEL.
        let block =
            unsafe { PluginContext::reserve(&admissible) }.ok_or(RegisterFailure::NoMemory)?;
        // SAFETY: The block has memory, which is all that naming the field asks.
        let place = unsafe { PluginContext::place(block) };
        // SAFETY: The place is aligned and large enough, nothing else has it, and what is in it may be
        // anything.
        write(unsafe { &mut *place.cast::<MaybeUninit<P>>() });
        // SAFETY: The plug-in is initialised, by the caller's promise, and the block belongs to nothing else.
        Ok(unsafe { Self::from_raw(block) })
    }

    /// Moves `plugin` into a block of its own, or gives it back where memory is short.
    ///
    /// # Safety
    ///
    /// IRQL <= `DISPATCH_LEVEL`.
    pub(super) unsafe fn filled(
        plugin: P,
        admissible: &Admissible<P>,
        _: &ByValue<P>,
    ) -> Result<Self, P> {
        // SAFETY: IRQL is the caller's promise.
        let Some(block) = (unsafe { PluginContext::reserve(admissible) }) else {
            return Err(plugin);
        };
        // SAFETY: The block has memory, which is all that naming the field asks.
        let place = unsafe { PluginContext::place(block) };
        // SAFETY: The place is aligned and large enough, and nothing else has it.
        unsafe { place.write(plugin) };
        // SAFETY: The plug-in was written just now, and the block belongs to nothing else.
        Ok(unsafe { Self::from_raw(block) })
    }

    /// Takes a plug-in of at most [`BY_VALUE_MAX`](crate::BY_VALUE_MAX) bytes out, and frees the block.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    pub fn into_plugin<L: Level>(self, irql: &mut Irql<'_, L>) -> P {
        let by_value = const { ByValue::<P>::assert() };
        let _ = irql;
        // SAFETY: The token proves IRQL <= DISPATCH_LEVEL.
        unsafe { self.emptied(&by_value) }
    }

    /// Takes the plug-in out and frees the block.
    ///
    /// # Safety
    ///
    /// IRQL <= `DISPATCH_LEVEL`.
    pub(super) unsafe fn emptied(self, _: &ByValue<P>) -> P {
        // SAFETY: The block is this value's own, which is gone; IRQL is the caller's promise.
        unsafe { PluginContext::into_plugin(self.into_raw()) }
    }

    /// Gives up the block, without a look at what is in it.
    pub(super) fn into_raw(self) -> NonNull<PluginContext<P>> {
        ManuallyDrop::new(self).block
    }

    /// Takes a block over.
    ///
    /// # Safety
    ///
    /// The block is live and holds a plug-in. PSHED does not know it, no callback is inside, and nothing else
    /// uses it again.
    pub(super) const unsafe fn from_raw(block: NonNull<PluginContext<P>>) -> Self {
        Self {
            block,
            _owns: PhantomData,
        }
    }
}

impl<P: PshedPlugin> Deref for PluginBlock<P> {
    type Target = P;

    fn deref(&self) -> &P {
        // SAFETY: The block is live, and the plug-in stays in it while this is borrowed.
        unsafe { PluginContext::plugin(self.block) }
    }
}

impl<P: PshedPlugin> DerefMut for PluginBlock<P> {
    fn deref_mut(&mut self) -> &mut P {
        // SAFETY: The block is live.
        let place = unsafe { PluginContext::place(self.block) };
        // SAFETY: The plug-in is initialised, and only this value leads to it, which is borrowed mutably.
        unsafe { &mut *place }
    }
}

impl<P: PshedPlugin> Drop for PluginBlock<P> {
    fn drop(&mut self) {
        // SAFETY: The block is this value's own, which is not used again. Memory is freed at or below
        // DISPATCH_LEVEL, which is for the owner to keep, as for a `Box`.
        unsafe { PluginContext::destroy(self.block) };
    }
}

impl<P: PshedPlugin> fmt::Debug for PluginBlock<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PluginBlock").finish_non_exhaustive()
    }
}
