//! The context of an interrupt service routine: the lock, the state it guards, and the count of routines inside.
//!
//! The kernel holds the address of the context from before the connect until the last service routine has
//! left it. So the context never moves, whatever becomes of the handle. It is non-paged, because it is
//! used at device IRQL. No reference to the whole of it is ever formed: the kernel writes the lock, and a
//! service routine the rest, while the handle is in use elsewhere.

use core::{cell::UnsafeCell, marker::PhantomData, ptr::NonNull, sync::atomic::AtomicU32};

use super::{InterruptHandler, ServiceContext, dpc::Dpc};
use crate::{
    Serviced,
    kernel::{
        platform::{self, POOL_ALIGNMENT},
        routine_count,
    },
};

/// One lock and what it guards.
///
/// # Invariants
///
/// - `lock` belongs to the kernel from the connect to the disconnect.
/// - `state` is used by the holder of the lock only, while connected.
/// - `inside` is the number of service routines of this context that have begun and not ended.
/// - `dpc` is initialised, and used, where the handler has one.
#[repr(C)]
pub(crate) struct IsrContext<H> {
    // First, so that the address of the context is the address of the state and `synchronize` computes
    // none.
    state: UnsafeCell<H>,
    lock: UnsafeCell<usize>,
    inside: AtomicU32,
    dpc: Dpc,
}

/// Evidence that a handler can live in an [`IsrContext`].
///
/// A public function makes it in a `const` block of its own, so that the compiler's message leads to the
/// code of the user.
pub(crate) struct Admissible<H>(PhantomData<fn(H)>);

impl<H: InterruptHandler> Admissible<H> {
    /// Fails to compile, in a `const` block, where the handler cannot.
    pub(crate) const fn assert() -> Self {
        assert!(
            align_of::<IsrContext<H>>() <= POOL_ALIGNMENT,
            "an interrupt handler may not ask for more than 16 bytes of alignment, which is what pool \
             memory has"
        );
        assert!(
            !H::PLAIN || !core::mem::needs_drop::<H>(),
            "this interrupt handler owns a value with a destructor, which code under the lock could run at \
             the interrupt's IRQL: keep the value elsewhere, or declare `const PLAIN: bool = false`"
        );
        Self(PhantomData)
    }
}

/// Evidence that a handler may be served in a thread.
pub(crate) struct ServedInAThread<H>(PhantomData<fn(H)>);

impl<H: InterruptHandler> ServedInAThread<H> {
    /// Fails to compile, in a `const` block, where the handler has a DPC.
    pub(crate) const fn assert() -> Self {
        assert!(
            H::DPC.is_none(),
            "a passive-level interrupt has no DPC, for its event cannot be waited for at DISPATCH_LEVEL: its service \
             routine is a thread, and does what a DPC would do"
        );
        Self(PhantomData)
    }
}

/// The largest handler, and the largest plug-in, that is moved over the stack, in bytes.
///
/// A kernel stack has 24 KiB, and a value that is passed and comes back in an error is copied several times.
/// What is larger goes by [`HandlerBlock`](crate::HandlerBlock) and
/// [`connect_in_place`](crate::Interrupt::connect_in_place).
pub const BY_VALUE_MAX: usize = 512;

/// Evidence that a handler may be moved over a kernel stack.
pub(crate) struct ByValue<H>(PhantomData<fn(H)>);

impl<H> ByValue<H> {
    /// Fails to compile, in a `const` block, where the handler may not.
    pub(crate) const fn assert() -> Self {
        assert!(
            size_of::<H>() <= BY_VALUE_MAX,
            "an interrupt handler of more than 512 bytes is not moved over a kernel stack: write it into a \
             `HandlerBlock`, and use `connect_in_place` and `disconnect_in_place`"
        );
        Self(PhantomData)
    }
}

impl<H: InterruptHandler> IsrContext<H> {
    /// Memory for a context, or `None` where it is short: all that the handler needs is initialised but the state, which
    /// is zero bytes.
    ///
    /// # Safety
    ///
    /// IRQL <= `DISPATCH_LEVEL`.
    pub(crate) unsafe fn reserve(_: &Admissible<H>) -> Option<NonNull<Self>> {
        // SAFETY: IRQL is the caller's promise; the size is not zero, for there is the lock.
        let memory = unsafe { platform::allocate(size_of::<Self>()) };
        let context = NonNull::new(memory.cast::<Self>())?;
        // SAFETY: The memory is large enough, and nothing else has it, so its field may be named.
        let inside = unsafe { &raw mut (*context.as_ptr()).inside };
        // SAFETY: As above, and aligned by the evidence.
        unsafe { inside.write(AtomicU32::new(0)) };
        if H::DPC.is_some() {
            // SAFETY: As above.
            let dpc = unsafe { &raw mut (*context.as_ptr()).dpc };
            // SAFETY: As above.
            unsafe { dpc.write(Dpc::new()) };
        }
        // SAFETY: The context has memory, which is all that naming the field asks.
        let lock = unsafe { Self::lock(context) };
        // SAFETY: As above.
        unsafe { lock.write(0) };
        // SAFETY: The lock is resident, for pool memory is, and nothing else has it: the context is not
        // connected yet.
        unsafe { platform::initialize_spin_lock(lock) };
        Some(context)
    }

    /// The spin lock, for the connect parameters.
    ///
    /// # Safety
    ///
    /// The context is live.
    pub(crate) unsafe fn lock(context: NonNull<Self>) -> *mut usize {
        // SAFETY: The context is live, so its field may be named; no reference is formed.
        let lock = unsafe { &raw const (*context.as_ptr()).lock };
        UnsafeCell::raw_get(lock)
    }

    /// The state, for the holder of the lock.
    ///
    /// # Safety
    ///
    /// The context is live.
    #[inline]
    pub(crate) unsafe fn state(context: NonNull<Self>) -> *mut H {
        // SAFETY: The context is live, so its field may be named; no reference is formed.
        let state = unsafe { &raw const (*context.as_ptr()).state };
        UnsafeCell::raw_get(state)
    }

    /// The count of service routines inside.
    ///
    /// # Safety
    ///
    /// The context is live for `'a`.
    pub(crate) unsafe fn inside<'a>(context: NonNull<Self>) -> &'a AtomicU32 {
        // SAFETY: The context is live; this reference is to the counter alone, which all sides use
        // atomically.
        unsafe { &(*context.as_ptr()).inside }
    }

    /// The DPC of the interrupt.
    ///
    /// # Safety
    ///
    /// The context is live for `'a`, and its handler has a DPC.
    pub(crate) unsafe fn dpc<'a>(context: NonNull<Self>) -> &'a Dpc
    where
        H: 'a,
    {
        // SAFETY: The context is live; this reference is to the DPC alone, which all sides share.
        unsafe { &(*context.as_ptr()).dpc }
    }

    /// Counts the service routine in and runs it.
    ///
    /// # Safety
    ///
    /// The context is live until this returns, and the lock is held.
    pub(crate) unsafe fn serve(context: NonNull<Self>, cx: &ServiceContext<'_>) -> Serviced {
        // SAFETY: The context is live.
        routine_count::enter(unsafe { Self::inside(context) });
        // SAFETY: As the caller promises; counted just now.
        unsafe { Self::serve_counted(context, cx) }
    }

    /// Runs the service routine, which has been counted in, and counts it out.
    ///
    /// # Safety
    ///
    /// The context is live until the count is zero, and the lock is held.
    pub(crate) unsafe fn serve_counted(
        context: NonNull<Self>,
        cx: &ServiceContext<'_>,
    ) -> Serviced {
        // SAFETY: The context is live.
        let inside = unsafe { Self::inside(context) };
        // SAFETY: The context is live.
        let state = unsafe { Self::state(context) };
        // SAFETY: The lock is held, so nothing else uses the state until this returns.
        let serviced = unsafe { &mut *state }.service(cx);
        routine_count::leave(inside);
        serviced
    }

    /// Waits until no service routine is inside.
    ///
    /// # Safety
    ///
    /// The context is live; IRQL is `PASSIVE_LEVEL`; no lock is held.
    pub(crate) unsafe fn wait_until_left(context: NonNull<Self>) {
        // SAFETY: The context is live.
        let inside = unsafe { Self::inside(context) };
        // SAFETY: IRQL is PASSIVE_LEVEL and no lock is held.
        unsafe { routine_count::wait_until_zero(inside) };
    }

    /// Takes the handler out and frees the context.
    ///
    /// # Safety
    ///
    /// The context is live and nothing else will use it again; IRQL <= `DISPATCH_LEVEL`.
    pub(crate) unsafe fn into_handler(context: NonNull<Self>) -> H {
        // SAFETY: The context is live.
        let state = unsafe { Self::state(context) };
        // SAFETY: Nothing else uses the state, and it is not used as a value again.
        let handler = unsafe { state.read() };
        // SAFETY: The handler was moved out, and the rest is the caller's promise.
        unsafe { Self::release(context) };
        handler
    }

    /// Drops the handler where it is and frees the context.
    ///
    /// # Safety
    ///
    /// As for [`into_handler`](Self::into_handler).
    pub(crate) unsafe fn destroy(context: NonNull<Self>) {
        // SAFETY: The context is live.
        let state = unsafe { Self::state(context) };
        // SAFETY: The state is live, nothing else uses it, and it is not used again.
        unsafe { state.drop_in_place() };
        // SAFETY: The handler was dropped, and the rest is the caller's promise.
        unsafe { Self::release(context) };
    }

    /// Frees the memory of a context that holds no handler any more.
    ///
    /// # Safety
    ///
    /// As for [`into_handler`](Self::into_handler).
    unsafe fn release(context: NonNull<Self>) {
        // SAFETY: The context came from `reserve` with this size and is not used again; nothing but the
        // handler in it needed a destructor.
        unsafe { platform::free(context.as_ptr().cast(), size_of::<Self>()) };
    }
}
