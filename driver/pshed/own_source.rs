//! An error source of the driver's own, so that a machine without any has one.
//!
//! `WheaAddErrorSource` is declared in ntddk.h and its page reserves it for the system. So this is off unless a
//! parameter turns it on, and whether Windows takes the descriptor is unconfirmed. The source is a polled
//! generic one that is not enabled and has no status block to poll.

use core::{
    ptr::null_mut,
    sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
};

use dirql::{
    atomics::{Field, Group},
    pshed::{DESCRIPTOR_SIZE, NotificationType, SourceType},
};
use dirql_ioctl::pshed::OWN_SOURCE;
use wdk_sys::ntddk::{WheaAddErrorSource, WheaRemoveErrorSource};

static ADDED: AtomicBool = AtomicBool::new(false);
static STATUS: AtomicU32 = AtomicU32::new(0);

/// What is atomic here.
pub(super) const ATOMICS: [Group; 2] = [
    Group::in_static(&ADDED, 0, &[Field::new::<AtomicBool, _>(0, |added| added)]),
    Group::in_static(
        &STATUS,
        0,
        &[Field::new::<AtomicU32, _>(0, |status| status)],
    ),
];

/// Whether the source was added, and the status of adding it.
pub(super) fn status() -> (bool, u32) {
    (ADDED.load(Relaxed), STATUS.load(Relaxed))
}

/// Adds the source, at `PASSIVE_LEVEL`.
pub(super) fn add() {
    let mut descriptor = descriptor();
    // SAFETY: The descriptor is complete and lives through the call; IRQL is PASSIVE_LEVEL, below any bound
    // that an undocumented routine of this kind can have.
    let status = unsafe { WheaAddErrorSource(descriptor.as_mut_ptr().cast(), null_mut()) };
    STATUS.store(status.cast_unsigned(), Relaxed);
    ADDED.store(status >= 0, Relaxed);
}

/// Removes the source, if it was added, at `PASSIVE_LEVEL`.
pub(super) fn remove() {
    if ADDED.swap(false, Relaxed) {
        // SAFETY: The source was added under this number and is removed once.
        unsafe { WheaRemoveErrorSource(OWN_SOURCE) };
    }
}

/// `WHEA_ERROR_SOURCE_DESCRIPTOR`, by the offsets of `ns-ntddk-_whea_error_source_descriptor`.
fn descriptor() -> [u8; DESCRIPTOR_SIZE] {
    const STOPPED: u32 = 1;
    const TAG_GENERIC: u8 = 9;
    const NOTIFICATION: usize = 40 + 24;
    let mut bytes = [0; DESCRIPTOR_SIZE];
    let words = [
        (0, 972),
        (4, 11),
        (8, SourceType::GENERIC.0.cast_unsigned()),
        (12, STOPPED),
        (16, 256),
        (20, 1),
        (24, 1),
        (28, OWN_SOURCE),
        (32, OWN_SOURCE),
        // No related source, and the longest interval between two polls.
        (40 + 8, 0xFFFF),
        (NOTIFICATION + 4, u32::MAX),
    ];
    for (offset, word) in words {
        for (to, from) in bytes.iter_mut().skip(offset).zip(word.to_le_bytes()) {
            *to = from;
        }
    }
    for (offset, byte) in [
        (40, TAG_GENERIC),
        (NOTIFICATION, NotificationType::POLLED.0),
        (NOTIFICATION + 1, 28),
    ] {
        for to in bytes.iter_mut().skip(offset).take(1) {
            *to = byte;
        }
    }
    bytes
}
