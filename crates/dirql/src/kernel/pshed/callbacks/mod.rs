//! The routines that PSHED calls: from a context pointer to a method of the plug-in.
//!
//! Each counts itself in and out, and looks at what it was given before anything believes it. It makes a
//! token where its page bounds the IRQL by `DISPATCH_LEVEL` and the processor really is there.

mod at_dispatch;
mod in_handler;

use core::{ffi::c_void, ptr::NonNull, sync::atomic::Ordering};

use super::{
    Descriptor, PshedPlugin, Refusal, layout::ErrorSourceDescriptor, plugin_context::PluginContext,
};
use crate::{Dispatch, Irql, enter, kernel::platform};

pub(super) use at_dispatch::{
    capabilities, clear, disable, enable, get_all, inject, read, set_info,
};
pub(super) use in_handler::{attempt, clear_status, finalize, retrieve, write};

/// `STATUS_SUCCESS`.
const SUCCESS: i32 = 0;

/// The status of what a callback answered.
const fn status(answer: Result<(), Refusal>) -> i32 {
    match answer {
        Ok(()) => SUCCESS,
        Err(refusal) => refusal.status(),
    }
}

/// Runs `body` on the plug-in behind a context, while it counts as inside.
///
/// # Safety
///
/// `context` is the block of a plug-in of type `P`, live until this returns.
unsafe fn called<P: PshedPlugin>(
    context: *mut c_void,
    body: impl FnOnce(&P, NonNull<PluginContext<P>>) -> Result<(), Refusal>,
) -> i32 {
    // SAFETY: The context of the registration is the address of a block, which is not null.
    let block = unsafe { NonNull::new_unchecked(context.cast::<PluginContext<P>>()) };
    // SAFETY: The block is live until this returns, as the caller promises.
    status(unsafe { PluginContext::enter(block, |plugin| body(plugin, block)) })
}

/// As [`called`], with a token, unless IRQL is above `DISPATCH_LEVEL`.
///
/// # Safety
///
/// As for [`called`], and this activation holds no lock that a closure runs under.
unsafe fn called_at_dispatch<P: PshedPlugin>(
    context: *mut c_void,
    refused: Refusal,
    body: impl FnOnce(&P, &mut Irql<'_, Dispatch>) -> Result<(), Refusal>,
) -> i32 {
    let checked = |plugin: &P, block| {
        if platform::current_irql() > platform::DISPATCH_LEVEL {
            // SAFETY: The block is live while the callback is inside.
            unsafe { PluginContext::<P>::above_level(block) }.fetch_add(1, Ordering::Relaxed);
            return Err(refused);
        }
        // SAFETY: IRQL was looked at just now, and the callback keeps it. No lock that a
        // closure runs under is held (the caller's promise).
        unsafe { enter::<Dispatch, _>(|irql| body(plugin, irql)) }
    };
    // SAFETY: As the caller promises.
    unsafe { called(context, checked) }
}

/// Looks at a descriptor for as long as `body` runs.
///
/// # Safety
///
/// `source` is null or leads to a descriptor that is live and not written meanwhile.
unsafe fn with_source(
    source: *mut ErrorSourceDescriptor,
    body: impl FnOnce(&Descriptor<'_>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    // SAFETY: As the caller promises.
    let source = unsafe { Descriptor::new(source) };
    source.map_or(Err(Refusal::NotSupported), |source| body(&source))
}
