//! What a closure under dirql's lock can do at the interrupt's IRQL all the same: free and allocate, each time in
//! a way that the compiler does not refuse.
//!
//! Nothing that a closure captures is dropped *implicitly*. Each deed here says so in its own words, and its twin
//! lets the value travel out, to be dropped by the caller.

use alloc::boxed::Box;
use core::{
    cell::Cell,
    hint::black_box,
    mem::{self, ManuallyDrop},
};

use dirql::{
    ConnectFailure, Connection, Interrupt, InterruptHandler, Irql, NotRun, Passive, PhysicalDevice,
    ServiceContext, Serviced, WithoutMessages, enter,
};
use guest::status;
use wdk_sys::call_unsafe_wdf_function_binding;

use crate::call::{Call, Outcome};

/// State that owns memory, and says so.
pub(crate) struct Keeper {
    kept: Option<Box<u32>>,
}

impl InterruptHandler for Keeper {
    const PLAIN: bool = false;

    fn service(&mut self, _: &ServiceContext<'_>) -> Serviced {
        // These deeds raise nothing: what comes is a neighbour's.
        Serviced::NotMine
    }
}

/// Memory that the compiler cannot do without.
#[expect(
    clippy::unnecessary_box_returns,
    reason = "what is freed and allocated is what the deeds are about"
)]
fn memory() -> Box<u32> {
    Box::new(black_box(7))
}

/// State that owns nothing.
struct Plain;

impl InterruptHandler for Plain {
    fn service(&mut self, _: &ServiceContext<'_>) -> Serviced {
        Serviced::NotMine
    }
}

/// The device's message, or its line where there is none.
fn of_device(call: &Call) -> Option<Connection<'_>> {
    // SAFETY: The device is live (nf-wdfdevice-wdfdevicewdmgetphysicaldevice).
    let object =
        unsafe { call_unsafe_wdf_function_binding!(WdfDeviceWdmGetPhysicalDevice, call.device) };
    Some(Connection::MessageBased {
        device: PhysicalDevice::new(object.cast())?,
        without_messages: WithoutMessages::ConnectLine,
    })
}

/// A connect that failed, by the system's own status where it has one.
fn refused(failure: ConnectFailure) -> Outcome {
    Outcome::Failed(failure.status().unwrap_or(status::INSUFFICIENT_RESOURCES))
}

/// Connects and lets `body` decide what becomes of the connection.
fn with_interrupt(
    call: &Call,
    body: impl for<'cx> FnOnce(Interrupt<Plain>, &mut Irql<'cx, Passive>),
) -> Outcome {
    let Some(to) = of_device(call) else {
        return Outcome::Failed(status::DEVICE_NOT_READY);
    };
    let deed = |irql: &mut Irql<'_, Passive>| {
        // SAFETY: The device's own interrupt; where a deed does not disconnect it, that is what is broken.
        // breaks: closure-left-connected
        let interrupt = match unsafe { Interrupt::connect(irql, to, Plain) } {
            Ok(interrupt) => interrupt,
            Err(error) => return refused(error.failure),
        };
        body(interrupt, irql);
        Outcome::Done
    };
    // SAFETY: A request is presented at PASSIVE_LEVEL, and no closure and no service routine is active.
    unsafe { enter::<Passive, _>(deed) }
}

pub(crate) fn leaves_connected(call: &Call) -> Outcome {
    with_interrupt(call, |interrupt, _| mem::forget(interrupt))
}

pub(crate) fn disconnects(call: &Call) -> Outcome {
    with_interrupt(call, |interrupt, irql| drop(interrupt.disconnect(irql)))
}

/// Connects a [`Keeper`], lets `body` synchronize with it, and disconnects.
fn connected(
    call: &Call,
    body: impl for<'cx> FnOnce(&Interrupt<Keeper>, &mut Irql<'cx, Passive>) -> Result<(), NotRun>,
) -> Outcome {
    let Some(to) = of_device(call) else {
        return Outcome::Failed(status::DEVICE_NOT_READY);
    };
    let deed = |irql: &mut Irql<'_, Passive>| {
        let keeper = Keeper {
            kept: Some(memory()),
        };
        // SAFETY: The device's own interrupt, disconnected below.
        let interrupt = match unsafe { Interrupt::connect(irql, to, keeper) } {
            Ok(interrupt) => interrupt,
            Err(error) => return refused(error.failure),
        };
        let ran = body(&interrupt, irql);
        if interrupt.disconnect(irql).is_ok() && ran.is_ok() {
            Outcome::Done
        } else {
            Outcome::Failed(status::DEVICE_NOT_READY)
        }
    };
    // SAFETY: A request is presented at PASSIVE_LEVEL, and no closure and no service routine is active.
    unsafe { enter::<Passive, _>(deed) }
}

pub(crate) fn moves_out(call: &Call) -> Outcome {
    connected(call, |interrupt, irql| {
        let captured = ManuallyDrop::new(memory());
        interrupt.synchronize(irql, move |_| {
            // breaks: closure-moves-out
            drop(black_box(ManuallyDrop::into_inner(captured)));
        })
    })
}

pub(crate) fn hands_out(call: &Call) -> Outcome {
    connected(call, |interrupt, irql| {
        let captured = ManuallyDrop::new(memory());
        let out = interrupt.synchronize(irql, move |_| ManuallyDrop::into_inner(captured))?;
        drop(black_box(out));
        Ok(())
    })
}

pub(crate) fn empties_option(call: &Call) -> Outcome {
    connected(call, |interrupt, irql| {
        let mut captured = black_box(Some(memory()));
        interrupt.synchronize(irql, |_| {
            // breaks: closure-empties-option
            captured = None;
        })
    })
}

pub(crate) fn takes_option(call: &Call) -> Outcome {
    connected(call, |interrupt, irql| {
        let mut captured = black_box(Some(memory()));
        let out = interrupt.synchronize(irql, |_| captured.take())?;
        drop(black_box(out));
        Ok(())
    })
}

pub(crate) fn empties_cell(call: &Call) -> Outcome {
    connected(call, |interrupt, irql| {
        let captured = Cell::new(black_box(Some(memory())));
        interrupt.synchronize(irql, |_| {
            // breaks: closure-empties-cell
            captured.set(None);
        })
    })
}

pub(crate) fn takes_cell(call: &Call) -> Outcome {
    connected(call, |interrupt, irql| {
        let captured = Cell::new(black_box(Some(memory())));
        let out = interrupt.synchronize(irql, |_| captured.take())?;
        drop(black_box(out));
        Ok(())
    })
}

pub(crate) fn makes_box(call: &Call) -> Outcome {
    connected(call, |interrupt, irql| {
        let out = interrupt.synchronize(irql, |_| {
            // breaks: closure-makes-box
            Box::new(black_box(7_u32))
        })?;
        drop(black_box(out));
        Ok(())
    })
}

pub(crate) fn fills_box(call: &Call) -> Outcome {
    connected(call, |interrupt, irql| {
        let mut captured = memory();
        interrupt.synchronize(irql, |_| *captured = black_box(7))?;
        drop(black_box(captured));
        Ok(())
    })
}

pub(crate) fn empties_handler(call: &Call) -> Outcome {
    connected(call, |interrupt, irql| {
        interrupt.synchronize(irql, |keeper| {
            // breaks: closure-empties-handler
            keeper.kept = None;
        })
    })
}

pub(crate) fn takes_from_handler(call: &Call) -> Outcome {
    connected(call, |interrupt, irql| {
        let out = interrupt.synchronize(irql, |keeper| keeper.kept.take())?;
        drop(black_box(out));
        Ok(())
    })
}
