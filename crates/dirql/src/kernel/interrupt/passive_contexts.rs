//! Which numbers passive-level service routines are given, and the `IsrContext` behind each while it is connected.
//!
//! A service routine at a device level keeps its processor from before the kernel takes the lock. So a thread
//! that has run on every processor has waited it out. One at `PASSIVE_LEVEL` is a thread: NT may have chosen
//! to start it, or have preempted it before its first instruction, and no call tells. So its context is no
//! address but a number that is never used again. The routine looks the number up, under a lock, and counts
//! itself in at the same time. A number that was withdrawn leads nowhere: the routine that comes late touches
//! no memory but this module's.
//!
//! It runs the image's code, though, and so does any driver's. That NT lets an image unload only when it calls into it no more
//! is left to NT.

use core::{
    cell::UnsafeCell,
    ffi::c_void,
    hint,
    ptr::{self, NonNull},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{
    atomics::access,
    kernel::platform::{self, DISPATCH_LEVEL},
};

/// Nothing uses the list.
const FREE: u32 = 0;
/// One caller does.
const HELD: u32 = 1;

/// One number that is in use.
struct Entry {
    number: usize,
    isr_context: NonNull<c_void>,
    /// The count of service routines inside, in the `IsrContext`.
    inside: *const AtomicU32,
    next: *mut Entry,
}

/// # Invariants
///
/// `entries` is a list of live entries, each with its number once; `last` is the greatest number that was ever
/// given. Both are used by the holder of the lock only.
struct Contexts {
    entries: *mut Entry,
    last: usize,
}

/// # Invariants
///
/// `contexts` is used by the caller that changed `locked` from free to held, until it changes it back.
struct Locked {
    locked: AtomicU32,
    contexts: UnsafeCell<Contexts>,
}

// SAFETY: The list is reached by the holder of the lock only; entries and contexts belong to no thread.
unsafe impl Sync for Locked {}

static CONTEXTS: Locked = Locked {
    locked: AtomicU32::new(FREE),
    contexts: UnsafeCell::new(Contexts {
        entries: ptr::null_mut(),
        last: 0,
    }),
};

impl Locked {
    /// Runs `body` on the list, at `DISPATCH_LEVEL`, so that nothing on this processor can wait for the lock
    /// meanwhile.
    ///
    /// # Safety
    ///
    /// IRQL <= `DISPATCH_LEVEL`; `body` does not call this.
    unsafe fn with<R>(&self, body: impl FnOnce(&mut Contexts) -> R) -> R {
        // SAFETY: IRQL is at most DISPATCH_LEVEL, so this is a raise; undone below (nf-wdm-keraiseirql).
        let old = unsafe { platform::raise_irql(DISPATCH_LEVEL) };
        while self
            .locked
            .compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            hint::spin_loop();
        }
        // SAFETY: This call holds the lock, so nothing else uses the list until it is released.
        let result = body(unsafe { &mut *self.contexts.get() });
        access::store(&self.locked, FREE);
        // SAFETY: `old` came from the raise above, the latest that is not undone (nf-wdm-kelowerirql).
        unsafe { platform::lower_irql(old) };
        result
    }
}

/// A number that leads to an `IsrContext`.
///
/// # Invariants
///
/// The number is in the list until [`withdraw`](Self::withdraw).
pub(crate) struct Number(usize);

impl Number {
    /// Gives a number to an `IsrContext`; `None` where memory is short.
    ///
    /// # Safety
    ///
    /// - IRQL is `PASSIVE_LEVEL`.
    /// - `isr_context` and `inside` are live until the number has been withdrawn and the count is zero again.
    pub(crate) unsafe fn give(
        isr_context: NonNull<c_void>,
        inside: *const AtomicU32,
    ) -> Option<Self> {
        // SAFETY: IRQL is PASSIVE_LEVEL; an entry has a size.
        let memory = unsafe { platform::allocate(size_of::<Entry>()) };
        let entry = NonNull::new(memory.cast::<c_void>())?.cast::<Entry>();
        let add = |contexts: &mut Contexts| {
            contexts.last += 1;
            let new = Entry {
                number: contexts.last,
                isr_context,
                inside,
                next: contexts.entries,
            };
            // SAFETY: The memory is large enough and aligned as pool is, and nothing else has it.
            unsafe { entry.write(new) };
            contexts.entries = entry.as_ptr();
            contexts.last
        };
        // SAFETY: IRQL is PASSIVE_LEVEL, and the body takes no lock.
        Some(Self(unsafe { CONTEXTS.with(add) }))
    }

    /// The number, as a context for NT to hand on.
    pub(crate) fn as_context(&self) -> *mut c_void {
        ptr::without_provenance_mut(self.0)
    }

    /// Lets the number lead nowhere from now on.
    ///
    /// Who was counted in by it is still inside.
    ///
    /// # Safety
    ///
    /// IRQL is `PASSIVE_LEVEL`.
    pub(crate) unsafe fn withdraw(self) {
        let remove = |contexts: &mut Contexts| {
            let mut place = &raw mut contexts.entries;
            loop {
                // SAFETY: The place is the head of the list or a field of a live entry, and the lock is held.
                let entry = unsafe { place.read() };
                let entry = NonNull::new(entry)?;
                // SAFETY: The entry is in the list, so it is live, and the lock is held.
                let Entry { number, next, .. } = unsafe { &mut *entry.as_ptr() };
                if *number == self.0 {
                    // SAFETY: As above for the place.
                    unsafe { place.write(*next) };
                    return Some(entry);
                }
                place = next;
            }
        };
        // SAFETY: IRQL is PASSIVE_LEVEL, and the body takes no lock.
        if let Some(entry) = unsafe { CONTEXTS.with(remove) } {
            // SAFETY: The entry came from `give` with this size, and is in no list any more.
            unsafe { platform::free(entry.as_ptr().cast(), size_of::<Entry>()) };
        }
    }
}

/// The `IsrContext` that a number leads to, with this service routine counted into it; `None` where the number has
/// been withdrawn.
///
/// The routine counts itself out when it has ended.
///
/// # Safety
///
/// IRQL <= `DISPATCH_LEVEL`.
pub(crate) unsafe fn enter(context: *mut c_void) -> Option<NonNull<c_void>> {
    let find = |contexts: &mut Contexts| {
        let mut entry = contexts.entries;
        while let Some(live) = NonNull::new(entry) {
            // SAFETY: The entry is in the list, so it is live, and the lock is held.
            let Entry {
                number,
                isr_context,
                inside,
                next,
            } = unsafe { live.read() };
            if number == context.addr() {
                // SAFETY: The number has not been withdrawn, so the `IsrContext` and its count are live.
                let inside = unsafe { &*inside };
                // The lock orders it before the withdrawal, and so before the wait that follows that.
                inside.fetch_add(1, Ordering::Relaxed);
                return Some(isr_context);
            }
            entry = next;
        }
        None
    };
    // SAFETY: IRQL is the caller's promise, and the body takes no lock.
    unsafe { CONTEXTS.with(find) }
}
