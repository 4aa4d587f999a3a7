//! What each request does: one rule broken, or the same work without.

use core::{ffi::c_void, ptr};

use crate::port::{self, Routine};

/// How `HwVidStartIO` ends.
pub(crate) struct Answer {
    /// The status to write, if any is written.
    pub(crate) status: Option<i32>,
    pub(crate) information: usize,
    /// What `HwVidStartIO` returns.
    pub(crate) returned: u8,
}

const GOOD: Answer = Answer {
    status: Some(0),
    information: 0,
    returned: 1,
};

const LOW: i32 = 0;
const MEDIUM: i32 = 1;
const HIGH: i32 = 2;

/// Carries out a deed. The numbers are those of `tests/tests/video.rs`.
///
/// # Safety
///
/// The caller is `HwVidStartIO` with this extension.
pub(crate) unsafe fn run(extension: *mut c_void, deed: u32) -> Answer {
    match deed {
        // What is kept.
        0 => under(extension, MEDIUM, allowed),
        1 => under(extension, LOW, queue),
        // What is broken.
        10 => under(extension, MEDIUM, nested),
        11 => under(extension, LOW, nested),
        12 => under(extension, HIGH, nested),
        13 => under(extension, MEDIUM, waiting),
        14 => under(extension, MEDIUM, allocating),
        15 => under(extension, MEDIUM, locking),
        16 => under(extension, MEDIUM, mapping),
        17 => under(extension, MEDIUM, stalling),
        18 => under(extension, MEDIUM, pageable),
        19 => under(extension, 3, allowed),
        20 => under(ptr::null_mut(), MEDIUM, allowed),
        // A DPC from below DISPATCH_LEVEL.
        21 => {
            // SAFETY: None, apart from that: the extension is this adapter's.
            unsafe { port::queue_dpc(extension, dpc, ptr::null_mut()) };
            GOOD
        }
        // What a DPC may not ask for, at DISPATCH_LEVEL, and what it may.
        22 => under(extension, LOW, queue_wait),
        23 => under(extension, LOW, queue_paged),
        24 => under(extension, LOW, queue_look),
        25 => under(extension, LOW, queue_nonpaged),
        30 => Answer {
            returned: 0,
            ..GOOD
        },
        31 => Answer {
            status: None,
            ..GOOD
        },
        32 => Answer {
            information: 4096,
            ..GOOD
        },
        _ => Answer {
            status: Some(1),
            ..GOOD
        },
    }
}

/// Has a routine run at a priority, with the extension as its context.
fn under(extension: *mut c_void, priority: i32, routine: Routine) -> Answer {
    // SAFETY: The extension is this adapter's where the deed keeps the rules, and the routine takes it.
    unsafe { port::synchronize(extension, priority, routine, extension) };
    GOOD
}

/// # Safety
///
/// The port driver calls it, for a DPC.
unsafe extern "C" fn dpc(_: *mut c_void, _: *mut c_void) {}

/// # Safety
///
/// The port driver calls it, with the extension.
unsafe extern "C" fn allowed(extension: *mut c_void) -> u8 {
    // SAFETY: The extension has 64 bytes, and nothing in it is used.
    unsafe { port::zero_memory(extension, 64) };
    // SAFETY: A routine may log an error.
    unsafe { port::log_error(extension, ptr::null_mut(), 0, 1) };
    // SAFETY: A routine may stall for a few microseconds.
    unsafe { port::stall(2) };
    1
}

/// # Safety
///
/// As for [`allowed`].
unsafe extern "C" fn queue(extension: *mut c_void) -> u8 {
    // SAFETY: Low priority is at DISPATCH_LEVEL, as far as the page goes.
    unsafe { port::queue_dpc(extension, dpc, ptr::null_mut()) }
}

/// # Safety
///
/// The port driver calls it, with the extension.
unsafe extern "C" fn wait_long(extension: *mut c_void, _: *mut c_void) {
    // SAFETY: None: a DPC may not wait.
    unsafe { port::wait(extension, extension, ptr::null_mut()) };
}

/// # Safety
///
/// As for [`wait_long`].
unsafe extern "C" fn look(extension: *mut c_void, _: *mut c_void) {
    let mut now = 0;
    // SAFETY: With a timeout of zero a DPC may look.
    unsafe { port::wait(extension, extension, &raw mut now) };
}

/// # Safety
///
/// As for [`wait_long`].
unsafe extern "C" fn allocate_paged(extension: *mut c_void, _: *mut c_void) {
    // SAFETY: None: a DPC may not allocate VpPagedPool.
    unsafe { port::allocate(extension, 1, 16, 1) };
}

/// # Safety
///
/// As for [`wait_long`].
unsafe extern "C" fn allocate_nonpaged(extension: *mut c_void, _: *mut c_void) {
    // SAFETY: A DPC may allocate VpNonPagedPool.
    unsafe { port::allocate(extension, 0, 16, 1) };
}

/// # Safety
///
/// As for [`allowed`].
unsafe extern "C" fn queue_wait(extension: *mut c_void) -> u8 {
    // SAFETY: As in [`queue`].
    unsafe { port::queue_dpc(extension, wait_long, ptr::null_mut()) }
}

/// # Safety
///
/// As for [`allowed`].
unsafe extern "C" fn queue_look(extension: *mut c_void) -> u8 {
    // SAFETY: As in [`queue`].
    unsafe { port::queue_dpc(extension, look, ptr::null_mut()) }
}

/// # Safety
///
/// As for [`allowed`].
unsafe extern "C" fn queue_paged(extension: *mut c_void) -> u8 {
    // SAFETY: As in [`queue`].
    unsafe { port::queue_dpc(extension, allocate_paged, ptr::null_mut()) }
}

/// # Safety
///
/// As for [`allowed`].
unsafe extern "C" fn queue_nonpaged(extension: *mut c_void) -> u8 {
    // SAFETY: As in [`queue`].
    unsafe { port::queue_dpc(extension, allocate_nonpaged, ptr::null_mut()) }
}

/// # Safety
///
/// As for [`allowed`].
unsafe extern "C" fn nested(extension: *mut c_void) -> u8 {
    // SAFETY: None: the rule is broken.
    unsafe { port::synchronize(extension, MEDIUM, allowed, extension) }
}

/// # Safety
///
/// As for [`allowed`].
unsafe extern "C" fn waiting(extension: *mut c_void) -> u8 {
    // SAFETY: None: the rule is broken.
    unsafe { port::wait(extension, extension, ptr::null_mut()) == 0 }.into()
}

/// # Safety
///
/// As for [`allowed`].
unsafe extern "C" fn allocating(extension: *mut c_void) -> u8 {
    // SAFETY: None: the rule is broken.
    unsafe { port::allocate(extension, 0, 16, 1) }
        .is_null()
        .into()
}

/// # Safety
///
/// As for [`allowed`].
unsafe extern "C" fn locking(extension: *mut c_void) -> u8 {
    let mut old = 0;
    // SAFETY: None: the rule is broken.
    unsafe { port::acquire(extension, extension, &raw mut old) };
    old
}

/// # Safety
///
/// As for [`allowed`].
unsafe extern "C" fn mapping(extension: *mut c_void) -> u8 {
    // SAFETY: None: the rule is broken.
    unsafe { port::device_base(extension, 0, 16, 0) }
        .is_null()
        .into()
}

/// # Safety
///
/// As for [`allowed`].
unsafe extern "C" fn stalling(_: *mut c_void) -> u8 {
    // SAFETY: None: the rule is broken.
    unsafe { port::stall(1000) };
    1
}

/// # Safety
///
/// As for [`allowed`].
#[unsafe(link_section = "PAGE")]
unsafe extern "C" fn pageable(_: *mut c_void) -> u8 {
    1
}
