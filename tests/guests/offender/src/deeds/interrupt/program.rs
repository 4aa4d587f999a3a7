//! Room for programs: functions of nothing, in whose place a test puts machine code before it loads the image.
//!
//! A program is called with the address of eight words, and has the registers of a leaf function. The first four words are
//! plain, the others declared atomic.

use core::{
    arch::global_asm,
    cell::UnsafeCell,
    ffi::c_void,
    ptr,
    sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering},
};

use wdk_sys::PVOID;

use super::connection::Connection;
use crate::call::{Call, Outcome};

// Each room has its name in front, by which it is found in the file, and 160 bytes.
global_asm!(
    ".pushsection .text",
    ".ascii \"offender: room A\"",
    ".globl offender_room_a",
    "offender_room_a:",
    ".fill 160, 1, 0x90",
    "ret",
    ".ascii \"offender: room B\"",
    ".globl offender_room_b",
    "offender_room_b:",
    ".fill 160, 1, 0x90",
    "ret",
    ".ascii \"offender: room I\"",
    ".globl offender_room_i",
    "offender_room_i:",
    ".fill 160, 1, 0x90",
    "ret",
    ".popsection",
);

unsafe extern "C" {
    fn offender_room_a(words: *mut u64);
    fn offender_room_b(words: *mut u64);
    fn offender_room_i(words: *mut u64);
}

/// What programs work on.
#[repr(C)]
pub(crate) struct Words {
    plain: UnsafeCell<[u64; 4]>,
    pub(crate) atomic: [AtomicU64; 4],
}

// SAFETY: Programs exclude each other, or break a rule on purpose.
unsafe impl Sync for Words {}

pub(crate) static WORDS: Words = Words {
    plain: UnsafeCell::new([0; 4]),
    atomic: [const { AtomicU64::new(0) }; 4],
};

/// Whether the ISR runs its program.
pub(crate) static INTERRUPTS: AtomicBool = AtomicBool::new(false);
/// The connection that stays: its version and its context.
pub(crate) static VERSION: AtomicU32 = AtomicU32::new(0);
pub(crate) static CONTEXT: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

fn words() -> *mut u64 {
    (&raw const WORDS).cast_mut().cast()
}

pub(crate) fn first(_: &Call) -> Outcome {
    // SAFETY: The room holds nothing, or a test's program, which reaches the words and returns.
    unsafe { offender_room_a(words()) };
    Outcome::Done
}

pub(crate) fn second(_: &Call) -> Outcome {
    // SAFETY: As in `first`.
    unsafe { offender_room_b(words()) };
    Outcome::Done
}

/// What an ISR does that has claimed its interrupt.
pub(super) fn interrupted() {
    if INTERRUPTS.load(Ordering::Relaxed) {
        // SAFETY: As in `first`.
        unsafe { offender_room_i(words()) };
    }
}

/// Connects, and stays connected until [`disconnect`].
pub(crate) fn connect(call: &Call) -> Outcome {
    let connected = Connection::new(call, 1).map(|connection| {
        VERSION.store(connection.version, Ordering::Relaxed);
        CONTEXT.store(connection.context, Ordering::Relaxed);
        INTERRUPTS.store(true, Ordering::Relaxed);
        Outcome::Done
    });
    connected.into()
}

pub(crate) fn disconnect(call: &Call) -> Outcome {
    let context: PVOID = CONTEXT.swap(ptr::null_mut(), Ordering::Relaxed);
    if !context.is_null() {
        let connection = Connection {
            version: VERSION.load(Ordering::Relaxed),
            context,
            service: &call.context.service,
        };
        connection.disconnect();
    }
    Outcome::Done
}

/// A number that tells what all words hold.
pub(crate) fn sum(_: &Call) -> Outcome {
    // SAFETY: The programs have ended.
    let plain = unsafe { WORDS.plain.get().read_volatile() };
    let atomic = WORDS.atomic.iter().map(|word| word.load(Ordering::Relaxed));
    let sum = plain.into_iter().chain(atomic).fold(0_u64, |sum, word| {
        sum.wrapping_mul(1_000_003).wrapping_add(word)
    });
    let half = |word: u64| u32::try_from(word & u64::from(u32::MAX)).unwrap_or_default();
    Outcome::Answer(half(sum) ^ half(sum >> 32))
}

/// A branch that is taken where there is something in the first atomic word.
pub(crate) fn branch(_: &Call) -> Outcome {
    if WORDS.atomic[0].load(Ordering::Relaxed) != 0 {
        // breaks: branch
        WORDS.atomic[1].store(1, Ordering::Relaxed);
    }
    Outcome::Done
}
