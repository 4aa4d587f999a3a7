//! The interrupt service routines that NT calls: the way from a context pointer to the handler.

use core::{ffi::c_void, ptr::NonNull};

use crate::{
    InterruptHandler, ServiceContext, Serviced, kernel::block::Block, kernel::passive_contexts,
    kernel::platform::parameters::Kinterrupt,
};

/// `KSERVICE_ROUTINE` of a line (nc-wdm-kservice_routine).
///
/// # Safety
///
/// NT calls it: `context` is the live `Block<H>` given at the connect, with its lock held.
pub(crate) unsafe extern "C" fn line<H: InterruptHandler>(
    interrupt: *mut Kinterrupt,
    context: *mut c_void,
) -> u8 {
    // SAFETY: As the caller promises.
    unsafe { serve::<H>(context, &ServiceContext::new(interrupt, None)) }
}

/// `KMESSAGE_SERVICE_ROUTINE` of a message (nc-wdm-kmessage_service_routine).
///
/// # Safety
///
/// As for [`line()`]. All messages come under the one lock that was given at the connect.
pub(crate) unsafe extern "C" fn message<H: InterruptHandler>(
    interrupt: *mut Kinterrupt,
    context: *mut c_void,
    message: u32,
) -> u8 {
    // SAFETY: As the caller promises.
    unsafe { serve::<H>(context, &ServiceContext::new(interrupt, Some(message))) }
}

/// `KSERVICE_ROUTINE` of a passive-level line (nc-wdm-kservice_routine): a thread at `PASSIVE_LEVEL`.
///
/// # Safety
///
/// NT calls it: `context` is the number given at the connect, and the event of the interrupt is held. The number
/// may have been withdrawn.
pub(crate) unsafe extern "C" fn passive<H: InterruptHandler>(
    interrupt: *mut Kinterrupt,
    context: *mut c_void,
) -> u8 {
    // SAFETY: The routine of a passive-level interrupt runs at PASSIVE_LEVEL.
    let Some(block) = (unsafe { passive_contexts::enter(context) }) else {
        return Serviced::NotMine.to_boolean();
    };
    let cx = ServiceContext::new(interrupt, None);
    // SAFETY: The number was given to a `Block<H>`, for it was given with this routine. It is live while this
    // routine is counted in, and NT holds the event.
    unsafe { Block::<H>::serve_counted(block.cast(), &cx) }.to_boolean()
}

/// # Safety
///
/// As for [`line()`].
unsafe fn serve<H: InterruptHandler>(context: *mut c_void, cx: &ServiceContext<'_>) -> u8 {
    // SAFETY: The context of the connect is the address of a block, which is not null.
    let block = unsafe { NonNull::new_unchecked(context.cast::<Block<H>>()) };
    // SAFETY: The block is live and its lock is held, for NT calls with the context and the lock of the
    // connect, and the block outlives its service routines.
    let serviced = unsafe { Block::serve(block, cx) };
    serviced.to_boolean()
}
