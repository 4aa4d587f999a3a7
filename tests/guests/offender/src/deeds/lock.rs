//! Spin locks: taken twice, released by who does not hold them, taken in opposite orders.

use core::{cell::UnsafeCell, ptr};

use guest::{status, structure};
use wdk_sys::{
    KSPIN_LOCK, NTSTATUS, PVOID, WDF_OBJECT_ATTRIBUTES, WDFSPINLOCK,
    call_unsafe_wdf_function_binding,
    ntddk::{
        ExAllocatePool2, KeAcquireSpinLockRaiseToDpc, KeInitializeSpinLock, KeLowerIrql,
        KeReleaseSpinLock,
    },
};

use crate::{
    call::{Call, Outcome},
    deeds::pool,
    irql::{self, DISPATCH, PASSIVE},
    thread,
};

/// Room for a spin lock, which is none before [`Self::initialise`] and must not move after it.
pub(crate) struct Lock(UnsafeCell<KSPIN_LOCK>);

// SAFETY: The kernel's routines, which alone touch the lock, may be called on any processor.
unsafe impl Sync for Lock {}

impl Lock {
    pub(crate) const fn new() -> Self {
        Self(UnsafeCell::new(0))
    }

    pub(crate) const fn get(&self) -> *mut KSPIN_LOCK {
        self.0.get()
    }

    /// Makes a spin lock of it, which nothing holds.
    pub(crate) fn initialise(&self) {
        // SAFETY: The memory is the lock's own and nothing uses it yet (nf-wdm-keinitializespinlock).
        unsafe { KeInitializeSpinLock(self.get()) };
    }

    /// Runs `body` with the lock held; the caller does not hold it.
    pub(crate) fn with<R>(&self, body: impl FnOnce() -> R) -> R {
        // SAFETY: The lock is initialised, and the caller is at most at DISPATCH_LEVEL
        // (nf-wdm-keacquirespinlock).
        let old = unsafe { KeAcquireSpinLockRaiseToDpc(self.get()) };
        let result = body();
        // SAFETY: The lock is held, `old` is what the acquisition gave (nf-wdm-kereleasespinlock).
        unsafe { KeReleaseSpinLock(self.get(), old) };
        result
    }
}

pub(crate) fn recursion(_: &Call) -> Outcome {
    let lock = Lock::new();
    lock.initialise();
    lock.with(|| {
        // SAFETY: The lock is held already; spin locks are not recursive.
        // breaks: lock-recursion
        let _ = unsafe { KeAcquireSpinLockRaiseToDpc(lock.get()) };
    });
    Outcome::Done
}

pub(crate) fn again(_: &Call) -> Outcome {
    let lock = Lock::new();
    lock.initialise();
    lock.with(|| {});
    lock.with(|| {});
    Outcome::Done
}

pub(crate) fn not_held(_: &Call) -> Outcome {
    let lock = Lock::new();
    lock.initialise();
    irql::at(DISPATCH, || {
        // SAFETY: The IRQL is right, but nothing holds the lock.
        // breaks: lock-not-held
        unsafe { KeReleaseSpinLock(lock.get(), DISPATCH) };
    });
    Outcome::Done
}

pub(crate) fn lowered(_: &Call) -> Outcome {
    let lock = Lock::new();
    lock.initialise();
    lock.with(|| {
        // SAFETY: The IRQL is above, but a spin lock is held, which nothing may hold at PASSIVE_LEVEL.
        // breaks: lock-held-below-dispatch
        unsafe { KeLowerIrql(PASSIVE) };
    });
    Outcome::Done
}

pub(crate) fn held(_: &Call) -> Outcome {
    let lock = Lock::new();
    lock.initialise();
    irql::at(DISPATCH, || lock.with(|| {}));
    Outcome::Done
}

pub(crate) fn not_initialised(_: &Call) -> Outcome {
    let lock = Lock(UnsafeCell::new(0xAAAA_AAAA));
    // SAFETY: The lock was not initialised.
    // breaks: lock-not-initialised
    let old = unsafe { KeAcquireSpinLockRaiseToDpc(lock.get()) };
    // SAFETY: The lock was acquired above (nf-wdm-kereleasespinlock).
    unsafe { KeReleaseSpinLock(lock.get(), old) };
    Outcome::Done
}

pub(crate) fn overwritten(_: &Call) -> Outcome {
    let lock = Lock::new();
    lock.initialise();
    // SAFETY: The memory is the lock's own; that it is a lock already is what is broken.
    unsafe { lock.get().write_volatile(0xAAAA_AAAA) };
    // SAFETY: The lock is initialised, but is none any more.
    // breaks: lock-overwritten
    let old = unsafe { KeAcquireSpinLockRaiseToDpc(lock.get()) };
    // SAFETY: The lock was acquired above (nf-wdm-kereleasespinlock).
    unsafe { KeReleaseSpinLock(lock.get(), old) };
    Outcome::Done
}

pub(crate) fn initialised(_: &Call) -> Outcome {
    let lock = Lock::new();
    lock.initialise();
    lock.with(|| {});
    Outcome::Done
}

/// Makes a lock in zeroed pool; gives it back when `body` has worked on it.
fn in_pool(body: impl FnOnce(&Lock)) -> Outcome {
    // SAFETY: The flags name one pool, length and tag are not 0 (nf-wdm-exallocatepool2).
    let memory = unsafe { ExAllocatePool2(pool::NON_PAGED, size_of::<Lock>() as u64, pool::TAG) };
    if memory.is_null() {
        return Outcome::Failed(status::INSUFFICIENT_RESOURCES);
    }
    // SAFETY: The memory is the lock's own, zeroed as an integer may be, and of a lock's alignment.
    body(unsafe { &*memory.cast::<Lock>() });
    pool::free(memory);
    Outcome::Done
}

pub(crate) fn only_zeroed(_: &Call) -> Outcome {
    in_pool(|lock| {
        // SAFETY: The lock is free, but all that was done to it is what pool does to memory.
        // breaks: lock-only-zeroed
        let old = unsafe { KeAcquireSpinLockRaiseToDpc(lock.get()) };
        // SAFETY: The lock was acquired above (nf-wdm-kereleasespinlock).
        unsafe { KeReleaseSpinLock(lock.get(), old) };
    })
}

pub(crate) fn zeroed_and_initialised(_: &Call) -> Outcome {
    in_pool(|lock| {
        lock.initialise();
        lock.with(|| {});
    })
}

/// Two locks, and how often each thread takes both.
struct Pair {
    locks: [Lock; 2],
    rounds: u32,
}

/// Takes both locks, `first` before `second`.
fn take_both(pair: &Pair, first: usize, second: usize) {
    for _ in 0..pair.rounds {
        pair.locks[first].with(|| {
            let inner = pair.locks[second].get();
            // SAFETY: The lock is initialised; whether another thread takes the two in the opposite
            // order, which breaks the rule, is for the caller to know.
            // breaks: lock-order
            let old = unsafe { KeAcquireSpinLockRaiseToDpc(inner) };
            // SAFETY: The lock is held (nf-wdm-kereleasespinlock).
            unsafe { KeReleaseSpinLock(inner, old) };
        });
    }
}

/// # Safety
///
/// A system thread's start routine; the context is a [`Pair`] that outlives the thread.
unsafe extern "C" fn forwards(pair: PVOID) {
    // SAFETY: This function's contract.
    take_both(unsafe { &*pair.cast::<Pair>() }, 0, 1);
    thread::end();
}

/// # Safety
///
/// As [`forwards`].
unsafe extern "C" fn backwards(pair: PVOID) {
    // SAFETY: This function's contract.
    take_both(unsafe { &*pair.cast::<Pair>() }, 1, 0);
    thread::end();
}

fn two_threads(routines: [unsafe extern "C" fn(PVOID); 2]) -> Outcome {
    let pair = Pair {
        locks: [Lock::new(), Lock::new()],
        rounds: 16,
    };
    pair.locks.iter().for_each(Lock::initialise);
    let [one, other] = routines.map(|routine| {
        // SAFETY: Both threads are joined before the pair goes away.
        unsafe { thread::start(Some(routine), (&raw const pair).cast_mut().cast()) }
    });
    one.map_or_else(drop, thread::join);
    other.map_or_else(drop, thread::join);
    one.and(other).map(|_| Outcome::Done).into()
}

pub(crate) fn opposite_orders(_: &Call) -> Outcome {
    two_threads([forwards, backwards])
}

pub(crate) fn one_order(_: &Call) -> Outcome {
    two_threads([forwards, forwards])
}

fn framework_lock(call: &Call) -> Result<WDFSPINLOCK, NTSTATUS> {
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        ParentObject: call.device.cast(),
        ..structure::attributes()
    };
    let mut lock = ptr::null_mut();
    // SAFETY: The attributes are complete and live through the call, and the parent is live
    // (nf-wdfsync-wdfspinlockcreate).
    status::check(unsafe {
        call_unsafe_wdf_function_binding!(WdfSpinLockCreate, &raw mut attributes, &raw mut lock)
    })?;
    Ok(lock)
}

pub(crate) fn framework_recursion(call: &Call) -> Outcome {
    let taken = framework_lock(call).map(|lock| {
        // SAFETY: The lock is live and the caller is at PASSIVE_LEVEL (nf-wdfsync-wdfspinlockacquire).
        unsafe { call_unsafe_wdf_function_binding!(WdfSpinLockAcquire, lock) };
        // SAFETY: The lock is held already; framework spin locks are not recursive.
        // breaks: framework-lock-recursion
        unsafe { call_unsafe_wdf_function_binding!(WdfSpinLockAcquire, lock) };
        Outcome::Done
    });
    taken.into()
}

pub(crate) fn framework_again(call: &Call) -> Outcome {
    let taken = framework_lock(call).map(|lock| {
        for _ in 0..2 {
            // SAFETY: The lock is live and not held (nf-wdfsync-wdfspinlockacquire).
            unsafe { call_unsafe_wdf_function_binding!(WdfSpinLockAcquire, lock) };
            // SAFETY: The lock is held (nf-wdfsync-wdfspinlockrelease).
            unsafe { call_unsafe_wdf_function_binding!(WdfSpinLockRelease, lock) };
        }
        Outcome::Done
    });
    taken.into()
}
