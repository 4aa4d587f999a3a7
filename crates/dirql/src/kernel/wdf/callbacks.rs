//! What the framework calls of an interrupt, and what each finds out before it calls the handler.

use core::ptr::NonNull;

use super::{
    DpcContext, FrameworkHandler, ServiceContext, WorkItemContext,
    context::{CHANGING, Context, EMPTY, ENABLED, READY, Shared},
};
use crate::{
    Dispatch, Passive, enter, enter_unchecked,
    kernel::{
        bugcheck::{self, Reason},
        platform::{
            self, PASSIVE_LEVEL,
            framework::{Callbacks, Handle},
        },
    },
};

const FALSE: u8 = 0;
const STATUS_SUCCESS: i32 = 0;
/// `STATUS_DEVICE_NOT_READY`: the driver has installed no handler.
const STATUS_DEVICE_NOT_READY: i32 = 0xC000_00A3_u32.cast_signed();

/// The callbacks of an interrupt with a handler of type `H`.
pub(super) const fn of<H: FrameworkHandler>() -> Callbacks {
    Callbacks {
        isr: serve::<H>,
        dpc: if H::DPC.is_some() {
            Some(follow::<H>)
        } else {
            None
        },
        work_item: if H::WORK_ITEM.is_some() {
            Some(work::<H>)
        } else {
            None
        },
        enable: enable::<H>,
        disable: disable::<H>,
        cleanup: cleanup::<H>,
    }
}

/// The context of an interrupt, and what of it all sides share.
///
/// # Safety
///
/// The interrupt is live for `'a`, and was made with the context of `H`.
unsafe fn of_interrupt<'a, H: FrameworkHandler>(
    interrupt: Handle,
) -> (NonNull<Context<H>>, Shared<'a>) {
    // SAFETY: As the caller promises.
    let context = unsafe { platform::wdf_context(interrupt, H::KIND.info()) };
    // SAFETY: The interrupt was made with this context, so it is not null.
    let context = unsafe { NonNull::new_unchecked(context.cast::<Context<H>>()) };
    // SAFETY: The context lives as long as the interrupt.
    (context, unsafe { Context::shared(context) })
}

/// `EvtInterruptIsr`.
///
/// # Safety
///
/// The framework calls it with an interrupt that was made with the context of `H`, and holds its lock.
unsafe extern "C" fn serve<H: FrameworkHandler>(interrupt: Handle, message: u32) -> u8 {
    // SAFETY: As the caller promises.
    let (context, shared) = unsafe { of_interrupt::<H>(interrupt) };
    let _inside = shared.enter();
    let enabled = match shared.stage() {
        ENABLED => true,
        READY => false,
        _ => return FALSE,
    };
    // SAFETY: The context is live.
    let state = unsafe { Context::state(context) };
    // SAFETY: There is a handler, and it stays until this is counted out. The lock is held, so nothing else uses it.
    let handler = unsafe { &mut *state };
    let serviced = if enabled {
        handler.service(&ServiceContext::new(interrupt, message))
    } else {
        handler.service_disabled()
    };
    serviced.to_boolean()
}

/// `EvtInterruptDpc`.
///
/// # Safety
///
/// The framework calls it at `DISPATCH_LEVEL` with an interrupt that was made with the context of `H` and is connected.
unsafe extern "C" fn follow<H: FrameworkHandler>(interrupt: Handle, _: Handle) {
    let Some(routine) = H::DPC else {
        return;
    };
    // SAFETY: As the caller promises.
    let (context, shared) = unsafe { of_interrupt::<H>(interrupt) };
    let _inside = shared.enter();
    if matches!(shared.stage(), EMPTY | CHANGING) {
        return;
    }
    // SAFETY: The handler stays until this is counted out. The interrupt is connected: the DPC is queued under the lock and while
    // the interrupt is enabled, and the framework waits for it behind EvtInterruptDisable and before it disconnects
    // (`FxInterrupt::Disconnect`).
    let cx = unsafe { DpcContext::new(interrupt, context) };
    // SAFETY: A DPC runs at DISPATCH_LEVEL. This is its only token, and it holds no interrupt lock.
    unsafe { enter::<Dispatch, _>(|irql| routine(&cx, irql)) };
}

/// `EvtInterruptWorkItem`.
///
/// # Safety
///
/// The framework calls it at `PASSIVE_LEVEL` with an interrupt that was made with the context of `H` and is connected.
unsafe extern "C" fn work<H: FrameworkHandler>(interrupt: Handle, _: Handle) {
    let Some(routine) = H::WORK_ITEM else {
        return;
    };
    // SAFETY: As the caller promises.
    let (context, shared) = unsafe { of_interrupt::<H>(interrupt) };
    let _inside = shared.enter();
    if matches!(shared.stage(), EMPTY | CHANGING) {
        return;
    }
    // SAFETY: The handler stays until this is counted out. The interrupt is connected: the work item is queued under the lock and
    // while the interrupt is enabled, by way of the interrupt's DPC or at once, and the framework waits for the one and then
    // for the other behind EvtInterruptDisable and before it disconnects (`FxInterrupt::Disconnect`).
    let cx = unsafe { WorkItemContext::new(interrupt, context) };
    // SAFETY: A work item runs in a thread at PASSIVE_LEVEL. This is its only token, and it holds no interrupt lock.
    unsafe { enter::<Passive, _>(|irql| routine(&cx, irql)) };
}

/// `EvtInterruptEnable`.
///
/// # Safety
///
/// As for [`serve`].
unsafe extern "C" fn enable<H: FrameworkHandler>(interrupt: Handle, _: Handle) -> i32 {
    // SAFETY: As the caller promises.
    let (context, shared) = unsafe { of_interrupt::<H>(interrupt) };
    let _inside = shared.enter();
    // Of one that was enabled before, the framework has not called EvtInterruptDisable.
    if !shared.advance(ENABLED, READY) && shared.stage() != READY {
        return STATUS_DEVICE_NOT_READY;
    }
    // SAFETY: The context is live.
    let state = unsafe { Context::state(context) };
    // SAFETY: As in `serve`.
    let handler = unsafe { &mut *state };
    match handler.enable() {
        Ok(()) if shared.advance(READY, ENABLED) => STATUS_SUCCESS,
        // The handler is being taken out.
        Ok(()) => STATUS_DEVICE_NOT_READY,
        Err(status) => status,
    }
}

/// `EvtInterruptDisable`.
///
/// # Safety
///
/// As for [`serve`].
unsafe extern "C" fn disable<H: FrameworkHandler>(interrupt: Handle, _: Handle) -> i32 {
    // SAFETY: As the caller promises.
    let (context, shared) = unsafe { of_interrupt::<H>(interrupt) };
    if shared.gate.is_in_use() {
        // The interrupt object is freed next, by whatever closure it is about to be used.
        bugcheck::stop(Reason::LeftOpen, interrupt.addr(), context.addr().get());
    }
    let _inside = shared.enter();
    if !shared.advance(ENABLED, READY) {
        return STATUS_SUCCESS;
    }
    // SAFETY: The context is live.
    let state = unsafe { Context::state(context) };
    // SAFETY: As in `serve`: there was a handler, and it stays until this is counted out.
    let handler = unsafe { &mut *state };
    handler.disable().err().unwrap_or(STATUS_SUCCESS)
}

/// `EvtCleanupCallback`.
///
/// # Safety
///
/// The framework calls it, once, at `PASSIVE_LEVEL`, with an interrupt that was made with the context of `H`.
unsafe extern "C" fn cleanup<H: FrameworkHandler>(interrupt: Handle) {
    // SAFETY: As the caller promises.
    let (context, shared) = unsafe { of_interrupt::<H>(interrupt) };
    if platform::current_irql() != PASSIVE_LEVEL {
        bugcheck::stop(Reason::LeftOpen, interrupt.addr(), context.addr().get());
    }
    // SAFETY: IRQL is PASSIVE_LEVEL. The framework holds no interrupt lock where it deletes one.
    let had = unsafe { enter_unchecked::<Passive, _>(|irql| shared.withdraw(irql)) };
    if had != Ok(true) {
        return;
    }
    // SAFETY: The context is live.
    let state = unsafe { Context::state(context) };
    // SAFETY: There was a handler, nothing else uses it, and it is not used again.
    unsafe { state.drop_in_place() };
    shared.advance(CHANGING, EMPTY);
}
