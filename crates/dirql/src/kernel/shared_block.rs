//! A lock and the state that it guards, in one block of non-paged memory that several values lead to.

use core::{
    cell::UnsafeCell,
    marker::PhantomData,
    mem::ManuallyDrop,
    ptr::NonNull,
    sync::atomic::{AtomicU32, Ordering},
};

use super::{
    interrupt::BY_VALUE_MAX,
    platform::{self, POOL_ALIGNMENT},
};

/// The lock and what it guards, in memory that does not move.
#[repr(C)]
struct Block<L, S> {
    state: UnsafeCell<S>,
    lock: L,
    /// How many values lead here.
    holders: AtomicU32,
}

/// One of the values that lead to a block. What is last drops the state, for which IRQL is at most `DISPATCH_LEVEL`.
///
/// # Invariants
///
/// The block is live, and counts this value. The state is used by the holder of the lock only.
pub(super) struct SharedBlock<L, S> {
    block: NonNull<Block<L, S>>,
    _owns: PhantomData<Block<L, S>>,
}

impl<L, S> SharedBlock<L, S> {
    /// Makes a block with what `lock` makes, and puts `state` into it. The state comes back with `no_memory`, or with what `lock`
    /// fails with.
    ///
    /// # Safety
    ///
    /// IRQL <= `DISPATCH_LEVEL`.
    pub(super) unsafe fn new<E>(
        state: S,
        no_memory: E,
        lock: impl FnOnce() -> Result<L, E>,
    ) -> Result<Self, (E, S)> {
        const {
            assert!(
                align_of::<Block<L, S>>() <= POOL_ALIGNMENT,
                "a shared state may not ask for more than 16 bytes of alignment, which is what pool memory has"
            );
            assert!(
                size_of::<S>() <= BY_VALUE_MAX,
                "a shared state of more than 512 bytes is not moved over a kernel stack: keep what is large elsewhere"
            );
        };
        // SAFETY: IRQL <= DISPATCH_LEVEL, as the caller promises; the size is not zero, for there is the count.
        let memory = unsafe { platform::allocate(size_of::<Block<L, S>>()) };
        let Some(block) = NonNull::new(memory.cast::<Block<L, S>>()) else {
            return Err((no_memory, state));
        };
        let lock = match lock() {
            Ok(lock) => lock,
            Err(failure) => {
                // SAFETY: The memory came from `platform::allocate` with this size just now.
                unsafe { platform::free(memory, size_of::<Block<L, S>>()) };
                return Err((failure, state));
            }
        };
        let made = Block {
            state: UnsafeCell::new(state),
            lock,
            holders: AtomicU32::new(1),
        };
        // SAFETY: The memory is large enough, aligned by the assertion, and nothing else has it.
        unsafe { block.write(made) };
        Ok(Self {
            block,
            _owns: PhantomData,
        })
    }

    /// Takes the state out, when no other value leads to it; this one comes back while another does.
    ///
    /// # Safety
    ///
    /// IRQL <= `DISPATCH_LEVEL`.
    pub(super) unsafe fn into_state(self) -> Result<S, Self> {
        // Another value is made of a reference to one, and this one is moved: so from one the count does not grow. Acquires what
        // those wrote that left.
        if self.holders().load(Ordering::Acquire) != 1 {
            return Err(self);
        }
        let this = ManuallyDrop::new(self);
        // SAFETY: This value alone leads to the block, and is not used again.
        let state = unsafe { this.state().read() };
        // SAFETY: As above. IRQL is what the caller promises, and the state has been moved out.
        unsafe { this.free() };
        Ok(state)
    }

    /// Another value that leads to the same block.
    pub(super) fn share(&self) -> Self {
        self.holders().fetch_add(1, Ordering::Relaxed);
        Self {
            block: self.block,
            _owns: PhantomData,
        }
    }

    /// The lock.
    pub(super) fn lock(&self) -> &L {
        // SAFETY: The block is live; this reference is to the lock alone, which is changed through cells only.
        unsafe { &(*self.block.as_ptr()).lock }
    }

    /// The state, for the holder of the lock.
    pub(super) fn state(&self) -> *mut S {
        // SAFETY: The block is live, so its field may be named; no reference is formed.
        let state = unsafe { &raw const (*self.block.as_ptr()).state };
        UnsafeCell::raw_get(state)
    }

    fn holders(&self) -> &AtomicU32 {
        // SAFETY: The block is live; this reference is to the count alone, which all sides use atomically.
        unsafe { &(*self.block.as_ptr()).holders }
    }

    /// # Safety
    ///
    /// Nothing else leads to the block, the state was taken out or dropped, and IRQL <= `DISPATCH_LEVEL`.
    unsafe fn free(&self) {
        // SAFETY: The memory came from `platform::allocate` with this size, and is not used again.
        unsafe { platform::free(self.block.as_ptr().cast(), size_of::<Block<L, S>>()) };
    }
}

impl<L, S> Drop for SharedBlock<L, S> {
    fn drop(&mut self) {
        // Releases what this one wrote to the state, and acquires what the others did.
        if self.holders().fetch_sub(1, Ordering::AcqRel) != 1 {
            return;
        }
        // SAFETY: Nothing else leads to the state.
        unsafe { self.state().drop_in_place() };
        // SAFETY: As above. Memory is freed at or below DISPATCH_LEVEL, which is for the owner to keep, as for a `Box`.
        unsafe { self.free() };
    }
}
