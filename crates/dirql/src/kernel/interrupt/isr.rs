//! The interrupt service routines that NT calls: the way from a context pointer to the handler.

use core::{ffi::c_void, ptr::NonNull};

use super::{
    InterruptHandler, ServiceContext, isr_context::IsrContext, passive_contexts,
    passive_contexts::Number,
};
use crate::{
    Serviced,
    kernel::{
        bugcheck::{self, Reason},
        platform::{
            self, PASSIVE_LEVEL,
            parameters::{Kinterrupt, MessageRoutine, ServiceRoutine},
        },
    },
};

/// An interrupt service routine as NT is given it, for a line and for messages: with its context and its lock.
pub(super) struct Isr {
    pub(super) line: ServiceRoutine,
    pub(super) message: MessageRoutine,
    pub(super) context: *mut c_void,
    /// Null for a passive-level interrupt, for which NT makes an event.
    pub(super) lock: *mut usize,
    /// The level of a lock that other interrupts have, too; zero where it is that of the interrupt.
    pub(super) level: u8,
}

impl Isr {
    /// That of an interrupt at a device level: its context is an address, and its lock is there.
    ///
    /// # Safety
    ///
    /// The context is live.
    pub(super) unsafe fn at_device_level<H: InterruptHandler>(
        context: NonNull<IsrContext<H>>,
    ) -> Self {
        Self {
            line: line::<H>,
            message: message::<H>,
            context: context.as_ptr().cast(),
            // SAFETY: The context is live.
            lock: unsafe { IsrContext::lock(context) },
            level: 0,
        }
    }

    /// That of a passive-level interrupt: its context is a number, which was given to an `IsrContext<H>`.
    ///
    /// The routine of a message would take the number for an address. No passive-level interrupt is connected in a
    /// way by which NT calls it.
    pub(super) fn at_passive_level<H: InterruptHandler>(number: &Number) -> Self {
        Self {
            line: passive::<H>,
            message: message::<H>,
            context: number.as_context(),
            lock: core::ptr::null_mut(),
            level: 0,
        }
    }
}

/// `KSERVICE_ROUTINE` of a line (nc-wdm-kservice_routine).
///
/// # Safety
///
/// NT calls it: `context` is the live `IsrContext<H>` given at the connect, with its lock held.
unsafe extern "C" fn line<H: InterruptHandler>(
    interrupt: *mut Kinterrupt,
    context: *mut c_void,
) -> u8 {
    // SAFETY: As the caller promises.
    unsafe { serve::<H>(context, interrupt, None) }
}

/// `KMESSAGE_SERVICE_ROUTINE` of a message (nc-wdm-kmessage_service_routine).
///
/// # Safety
///
/// As for [`line()`]. All messages come under the one lock that was given at the connect.
unsafe extern "C" fn message<H: InterruptHandler>(
    interrupt: *mut Kinterrupt,
    context: *mut c_void,
    message: u32,
) -> u8 {
    // SAFETY: As the caller promises.
    unsafe { serve::<H>(context, interrupt, Some(message)) }
}

/// `KSERVICE_ROUTINE` of a passive-level line (nc-wdm-kservice_routine): a thread at `PASSIVE_LEVEL`.
///
/// # Safety
///
/// NT calls it: `context` is the number given at the connect, and the event of the interrupt is held. The number
/// may have been withdrawn.
unsafe extern "C" fn passive<H: InterruptHandler>(
    interrupt: *mut Kinterrupt,
    context: *mut c_void,
) -> u8 {
    // NT chooses where it runs, by the interrupts of the device. Above, nothing here could wait, and the handler's author
    // was told that it may.
    if platform::current_irql() != PASSIVE_LEVEL {
        bugcheck::stop(Reason::ServedAbovePassive, interrupt.addr(), context.addr());
    }
    // SAFETY: IRQL is PASSIVE_LEVEL.
    let Some(found) = (unsafe { passive_contexts::enter(context) }) else {
        return Serviced::NotMine.to_boolean();
    };
    let cx = ServiceContext::new(interrupt, None, None);
    // SAFETY: The number was given to an `IsrContext<H>`, for it was given with this routine. It is live while this
    // routine is counted in, and NT holds the event.
    unsafe { IsrContext::<H>::serve_counted(found.cast(), &cx) }.to_boolean()
}

/// # Safety
///
/// As for [`line()`].
unsafe fn serve<H: InterruptHandler>(
    context: *mut c_void,
    interrupt: *mut Kinterrupt,
    message: Option<u32>,
) -> u8 {
    // SAFETY: The context of the connect is an address, which is not null.
    let context = unsafe { NonNull::new_unchecked(context.cast::<IsrContext<H>>()) };
    let dpc = H::DPC.map(|_| {
        // SAFETY: The context is live while this routine runs, and the handler has a DPC.
        unsafe { IsrContext::dpc(context) }
    });
    let cx = ServiceContext::new(interrupt, message, dpc);
    // SAFETY: It is live and its lock is held, for NT calls with the context and the lock of the connect, and the
    // context outlives its service routines.
    let serviced = unsafe { IsrContext::serve(context, &cx) };
    serviced.to_boolean()
}
