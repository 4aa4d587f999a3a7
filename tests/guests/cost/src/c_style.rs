//! As C does it: a structure on the stack, a routine that casts a pointer, a BOOLEAN.

use core::{mem::MaybeUninit, ptr};

use wdk_sys::{BOOLEAN, PKINTERRUPT, PVOID, ntddk::KeSynchronizeExecution};

/// `struct EXTENSION { PKINTERRUPT Interrupt; ULONG64 Counter; };`
#[repr(C)]
pub(crate) struct Extension {
    pub(crate) interrupt: PKINTERRUPT,
    /// What the routine and the ISR share.
    pub(crate) counter: u64,
}

/// `(ULONG64 *)1` in [`Add::counter`]: the routine has been called.
const ONCE: usize = 1;
/// `(ULONG64 *)2`: it has been called again.
const MORE_THAN_ONCE: usize = 2;

/// `struct ADD { ULONG64 *Counter; ULONG64 Addend; ULONG64 Result; };`
///
/// The counter is its address until the routine is called: the trick that dirql has too.
#[repr(C)]
struct Add {
    counter: *mut u64,
    addend: u64,
    result: MaybeUninit<u64>,
}

/// Notes its calls, does nothing the second time, and leaves the result out of band.
unsafe extern "C" fn add_and_promise(context: PVOID) -> BOOLEAN {
    let add = context.cast::<Add>();
    // SAFETY: The caller passes its own structure, which lives through the call.
    let add = unsafe { &mut *add };
    let counter = add.counter;
    if counter.addr() <= MORE_THAN_ONCE {
        add.counter = ptr::without_provenance_mut(MORE_THAN_ONCE);
        return 1;
    }
    add.counter = ptr::without_provenance_mut(ONCE);
    // SAFETY: The interrupt lock is held, and nothing else reaches the counter.
    let counter = unsafe { &mut *counter };
    *counter = counter.wrapping_add(add.addend);
    add.result.write(*counter);
    1
}

/// The call that keeps dirql's promise: whether it ran is known, and a second call does nothing.
///
/// # Safety
///
/// `extension` is live, its interrupt is connected, and IRQL is at most its own.
#[inline(never)]
pub(crate) unsafe fn add_keeping_the_promise(
    extension: *mut Extension,
    addend: u64,
) -> Option<u64> {
    let mut add = Add {
        // SAFETY: The extension is live, so its field may be named.
        counter: unsafe { &raw mut (*extension).counter },
        addend,
        result: MaybeUninit::uninit(),
    };
    let add = &raw mut add;
    // SAFETY: The extension is live.
    let interrupt = unsafe { (*extension).interrupt };
    // SAFETY: The interrupt is connected, the routine takes the structure, which lives through the
    // call (nf-wdm-kesynchronizeexecution).
    unsafe { KeSynchronizeExecution(interrupt, Some(add_and_promise), add.cast()) };
    // SAFETY: The call has returned.
    let counter = unsafe { (*add).counter };
    if counter.addr() > MORE_THAN_ONCE {
        return None;
    }
    // SAFETY: As above.
    let result = unsafe { (*add).result };
    // SAFETY: The routine ran, so the result is written.
    Some(unsafe { result.assume_init() })
}

/// `struct ADD_ONLY { ULONG64 *Counter; ULONG64 Addend; ULONG64 Result; };`
#[repr(C)]
struct AddOnly {
    counter: *mut u64,
    addend: u64,
    result: MaybeUninit<u64>,
}

/// Adds, and says TRUE.
unsafe extern "C" fn add_only(context: PVOID) -> BOOLEAN {
    let add = context.cast::<AddOnly>();
    // SAFETY: The caller passes its own structure, which lives through the call.
    let add = unsafe { &mut *add };
    // SAFETY: The interrupt lock is held, and nothing else reaches the counter.
    let counter = unsafe { &mut *add.counter };
    *counter = counter.wrapping_add(add.addend);
    add.result.write(*counter);
    1
}

/// The call as it is usually written: that the routine ran, and once, is believed.
///
/// # Safety
///
/// `extension` is live, its interrupt is connected, and IRQL is at most its own.
#[inline(never)]
pub(crate) unsafe fn add_promising_nothing(extension: *mut Extension, addend: u64) -> u64 {
    let mut add = AddOnly {
        // SAFETY: The extension is live, so its field may be named.
        counter: unsafe { &raw mut (*extension).counter },
        addend,
        result: MaybeUninit::uninit(),
    };
    let add = &raw mut add;
    // SAFETY: The extension is live.
    let interrupt = unsafe { (*extension).interrupt };
    // SAFETY: The interrupt is connected, the routine takes the structure, which lives through the
    // call (nf-wdm-kesynchronizeexecution).
    unsafe { KeSynchronizeExecution(interrupt, Some(add_only), add.cast()) };
    // SAFETY: The call has returned.
    let result = unsafe { (*add).result };
    // SAFETY: The routine is believed to have run.
    unsafe { result.assume_init() }
}

/// The ISR of the C style's connection: the bench raises nothing, so what comes is not its own.
pub(crate) unsafe extern "C" fn isr(_: PKINTERRUPT, _: PVOID) -> BOOLEAN {
    0
}

/// No context.
pub(crate) const CONTEXT: PVOID = ptr::null_mut();
