//! How deep a stack is under a connect, under one that fails, and under a disconnect.
//!
//! The stack below the caller is painted, the work is done, and what is not painted any more was used: by
//! dirql, by the closure that makes the handler, and by a service routine that came meanwhile.

use core::{arch::asm, ptr};

use dirql::{
    Connection, HandlerBlock, Interrupt, InterruptHandler, Irql, Passive, PhysicalDevice,
    ServiceContext, Serviced, WithoutMessages,
};

use crate::hardware::PHYSICAL;

/// Bytes that are painted: of a kernel stack of 24 KiB what is free here.
const SPAN: usize = 16 * 1024;
/// What is painted, and what no code leaves behind by chance.
const PAINT: u64 = 0x5A17_ED57_AC4B_E10F;

/// A handler of `N` bytes.
struct Handler<const N: usize> {
    bytes: [u8; N],
}

impl<const N: usize> InterruptHandler for Handler<N> {
    fn service(&mut self, _: &ServiceContext<'_>) -> Serviced {
        Serviced::NotMine
    }
}

/// The depths of a connect, of one that fails and of a disconnect, in bytes.
pub(crate) type Depths = [u32; 3];

/// How many bytes of the stack `work` uses.
#[inline(never)]
fn depth(work: &mut dyn FnMut()) -> u32 {
    // SAFETY: What lies below the stack pointer belongs to nothing while no call is on, and a kernel stack has more
    // than is painted: 24 KiB, of which a request has used little.
    unsafe {
        asm!(
            "lea {at}, [rsp - {span}]",
            "2:",
            "mov [{at}], {paint}",
            "add {at}, 8",
            "cmp {at}, rsp",
            "jb 2b",
            at = out(reg) _,
            paint = in(reg) PAINT,
            span = const SPAN,
            options(nostack),
        );
    }
    work();
    let used: usize;
    // SAFETY: What lies below the stack pointer is read only.
    unsafe {
        asm!(
            "lea {at}, [rsp - {span}]",
            "2:",
            "cmp [{at}], {paint}",
            "jne 3f",
            "add {at}, 8",
            "cmp {at}, rsp",
            "jb 2b",
            "3:",
            "mov {used}, rsp",
            "sub {used}, {at}",
            at = out(reg) _,
            used = out(reg) used,
            paint = in(reg) PAINT,
            span = const SPAN,
            options(nostack, readonly),
        );
    }
    u32::try_from(used).unwrap_or(u32::MAX)
}

/// The device's line, and messages that it does not have.
fn connections() -> Option<[Connection<'static>; 2]> {
    // SAFETY: Written before any request is served.
    let object = unsafe { PHYSICAL.as_ptr().read() };
    let device = PhysicalDevice::new(object)?;
    let none = Connection::MessageBased {
        device,
        without_messages: WithoutMessages::Fail,
    };
    Some([Connection::LineBased { device }, none])
}

/// The depths with a handler of `N` bytes that is moved.
pub(crate) fn by_value<const N: usize>(irql: &mut Irql<'_, Passive>) -> Option<Depths> {
    let [line, none] = connections()?;
    let mut connected = None;
    let connect = depth(&mut || {
        // SAFETY: The line is the device's own, and is disconnected below.
        connected = unsafe { Interrupt::connect(irql, line, Handler { bytes: [0; N] }) }.ok();
    });
    let mut failed = false;
    let failure = depth(&mut || {
        // SAFETY: As above.
        let refused = unsafe { Interrupt::connect(irql, none, Handler { bytes: [0; N] }) };
        failed = refused.is_err_and(|error| error.handler.bytes[N - 1] == 0);
    });
    let interrupt = connected?;
    let mut interrupt = Some(interrupt);
    let mut last = None;
    let disconnect = depth(&mut || {
        if let Some(interrupt) = interrupt.take() {
            last = interrupt
                .disconnect(irql)
                .ok()
                .map(|handler| handler.bytes[N - 1]);
        }
    });
    (failed && last == Some(0)).then_some([connect, failure, disconnect])
}

/// The depths with a handler of `N` bytes that stays in its block.
pub(crate) fn in_place<const N: usize>(irql: &mut Irql<'_, Passive>) -> Option<Depths> {
    let [line, none] = connections()?;
    let mut connected = None;
    let connect = depth(&mut || {
        // SAFETY: The bytes of the handler are zero as they are.
        let Ok(block) = (unsafe { HandlerBlock::<Handler<N>>::in_place(irql, |_| ()) }) else {
            return;
        };
        // SAFETY: The line is the device's own, and is disconnected below.
        connected = unsafe { Interrupt::connect_in_place(irql, line, block) }.ok();
    });
    let mut failed = false;
    let failure = depth(&mut || {
        // SAFETY: As above.
        let Ok(block) = (unsafe { HandlerBlock::<Handler<N>>::in_place(irql, |_| ()) }) else {
            return;
        };
        // SAFETY: As above.
        let refused = unsafe { Interrupt::connect_in_place(irql, none, block) };
        failed = refused.is_err_and(|error| error.block.bytes[N - 1] == 0);
    });
    let mut interrupt = Some(connected?);
    let mut last = None;
    let disconnect = depth(&mut || {
        if let Some(interrupt) = interrupt.take() {
            let block = interrupt.disconnect_in_place(irql).ok();
            last = block.map(|block| block.bytes[N - 1]);
        }
    });
    (failed && last == Some(0)).then_some([connect, failure, disconnect])
}

/// Writes depths to the output of a request.
///
/// # Safety
///
/// `output` has room for twelve bytes.
pub(crate) unsafe fn answer(output: *mut u8, depths: Depths) {
    // SAFETY: This function's contract.
    unsafe { ptr::copy_nonoverlapping(depths.as_ptr().cast(), output, size_of::<Depths>()) };
}
