//! Memory that is not the driver's to read, or to write, or that is not there.

use core::{
    hint::black_box,
    sync::atomic::{AtomicU32, Ordering},
};

use wdk_sys::{PDEVICE_OBJECT, call_unsafe_wdf_function_binding};

use crate::call::{Call, Outcome};

fn physical_device(call: &Call) -> PDEVICE_OBJECT {
    // SAFETY: The device is live (nf-wdfdevice-wdfdevicewdmgetphysicaldevice).
    unsafe { call_unsafe_wdf_function_binding!(WdfDeviceWdmGetPhysicalDevice, call.device) }
}

pub(crate) fn look_inside(call: &Call) -> Outcome {
    let object = physical_device(call).cast::<u64>();
    // SAFETY: What an object of another driver's holds is not for this driver to know.
    // breaks: opaque-object
    let word = unsafe { object.read_volatile() };
    let _ = black_box(word);
    Outcome::Done
}

pub(crate) fn pass_on(call: &Call) -> Outcome {
    let _ = black_box(physical_device(call));
    Outcome::Done
}

static CONSTANT: u32 = 1;
/// Written by nothing else.
pub(crate) static VARIABLE: AtomicU32 = AtomicU32::new(1);

pub(crate) fn write_constant(_: &Call) -> Outcome {
    let pointer = black_box((&raw const CONSTANT).cast_mut());
    // SAFETY: The image's constants stand in memory that is not writable.
    // breaks: read-only-memory
    unsafe { pointer.write_volatile(2) };
    Outcome::Done
}

pub(crate) fn write_variable(_: &Call) -> Outcome {
    VARIABLE.store(2, Ordering::Relaxed);
    Outcome::Done
}

/// Bytes of stack that one level of [`descend`] takes at least.
const LEVEL: usize = 1024;

/// Goes `levels` down on the stack.
fn descend(levels: u32) -> u32 {
    // breaks: stack
    let room = black_box([levels; LEVEL / 4]);
    let below = if levels == 0 { 0 } else { descend(levels - 1) };
    below.wrapping_add(black_box(room)[0])
}

/// A kernel stack of x64 has 24 KiB.
pub(crate) fn too_deep(_: &Call) -> Outcome {
    let _ = black_box(descend(64));
    Outcome::Done
}

pub(crate) fn deep(_: &Call) -> Outcome {
    let _ = black_box(descend(4));
    Outcome::Done
}
