//! A system thread that cannot outlive its owner, and a short sleep.

use core::{marker::PhantomData, ptr::null_mut};

use dirql::{Irql, Passive};
use wdk_sys::{
    HANDLE, KPROCESSOR_MODE, LARGE_INTEGER, NTSTATUS, OBJ_KERNEL_HANDLE, OBJECT_ATTRIBUTES, PVOID,
    STATUS_SUCCESS, STATUS_TIMEOUT, SYNCHRONIZE,
    ntddk::{
        KeDelayExecutionThread, PsCreateSystemThread, PsTerminateSystemThread, ZwClose,
        ZwWaitForSingleObject,
    },
};

use crate::{context::size, status::check};

/// A running thread, by the kernel handle of its thread object. Dropping it waits for its end.
///
/// The thread object is signalled when the thread has left the driver for good; a flag that the thread
/// sets itself would be set while it still runs the driver's code.
///
/// # Invariants
///
/// The handle is open and nothing else closes it. `'a` outlives everything that the thread uses.
pub(crate) struct Thread<'a> {
    handle: HANDLE,
    _uses: PhantomData<&'a ()>,
}

// SAFETY: The handle is the system's, valid in every thread of every process, and so are waiting for it and
// closing it.
unsafe impl Send for Thread<'_> {}
// SAFETY: As above; a shared reference waits only.
unsafe impl Sync for Thread<'_> {}

/// What a thread runs, on a shared context.
///
/// It is a trait with a function and not a closure, so that starting a thread allocates nothing.
pub(crate) trait Routine {
    /// What it runs on.
    type Context: Sync;

    /// Runs in the new thread, at `PASSIVE_LEVEL`.
    fn run(context: &Self::Context, irql: &mut Irql<'_, Passive>);
}

impl<'a> Thread<'a> {
    /// Starts a thread that runs the routine `R` on `context`.
    ///
    /// # Errors
    ///
    /// The status of `PsCreateSystemThread`.
    ///
    /// # Safety
    ///
    /// The value is dropped, never forgotten, before `'a` ends.
    pub(crate) unsafe fn start<R: Routine>(
        _irql: &mut Irql<'_, Passive>,
        context: &'a R::Context,
    ) -> Result<Self, NTSTATUS> {
        let mut handle: HANDLE = null_mut();
        let mut attributes = OBJECT_ATTRIBUTES {
            Length: size::<OBJECT_ATTRIBUTES>(),
            // The calling thread belongs to a user's process, which must not see the handle.
            Attributes: OBJ_KERNEL_HANDLE,
            ..OBJECT_ATTRIBUTES::default()
        };
        let context: *const R::Context = context;
        // SAFETY: The token proves PASSIVE_LEVEL; the attributes and the handle live through the call, and
        // the routine takes this context (nf-wdm-pscreatesystemthread).
        check(unsafe {
            PsCreateSystemThread(
                &raw mut handle,
                SYNCHRONIZE,
                &raw mut attributes,
                null_mut(),
                null_mut(),
                Some(start::<R>),
                context.cast_mut().cast(),
            )
        })?;
        Ok(Self {
            handle,
            _uses: PhantomData,
        })
    }

    /// Waits for the end of the thread, `milliseconds` at most; says whether it has ended.
    pub(crate) fn ends_within(&self, _irql: &mut Irql<'_, Passive>, milliseconds: u32) -> bool {
        // Negative is relative, in units of 100 ns.
        let mut timeout = LARGE_INTEGER {
            QuadPart: -i64::from(milliseconds) * 10_000,
        };
        self.wait(&raw mut timeout) != STATUS_TIMEOUT
    }

    fn wait(&self, timeout: *mut LARGE_INTEGER) -> NTSTATUS {
        // SAFETY: The handle is open and allows waiting, the timeout is null or live, and the threads of
        // this driver that own a `Thread` run at PASSIVE_LEVEL (nf-ntifs-zwwaitforsingleobject).
        unsafe { ZwWaitForSingleObject(self.handle, 0, timeout) }
    }
}

impl Drop for Thread<'_> {
    fn drop(&mut self) {
        // Whatever else the wait may say, the thread may still run, and what it uses must not go. The wait
        // is not alertable and the handle is open, so there is nothing else to say; if there were, asking
        // again at once would take the processor from the thread that is waited for.
        while self.wait(null_mut()) != STATUS_SUCCESS {
            // SAFETY: A thread of this driver that owns a `Thread` runs at PASSIVE_LEVEL.
            unsafe { sleep() };
        }
        // SAFETY: The handle is open and not used again (nf-ntifs-ntclose). An error would leave it open,
        // which is all that could be done about it.
        let _ = unsafe { ZwClose(self.handle) };
    }
}

/// Waits a millisecond, or a tick of the clock where that is longer.
pub(crate) fn pause(_irql: &mut Irql<'_, Passive>) {
    // SAFETY: The token proves PASSIVE_LEVEL.
    unsafe { sleep() };
}

/// # Safety
///
/// IRQL is `PASSIVE_LEVEL`.
unsafe fn sleep() {
    const KERNEL_MODE: KPROCESSOR_MODE = 0;
    // Negative is relative, in units of 100 ns.
    let mut interval = LARGE_INTEGER { QuadPart: -10_000 };
    // SAFETY: IRQL is PASSIVE_LEVEL, and the interval lives through the call
    // (nf-wdm-kedelayexecutionthread). A wait that is not alertable always succeeds.
    let _ = unsafe { KeDelayExecutionThread(KERNEL_MODE, 0, &raw mut interval) };
}

/// `KSTART_ROUTINE`.
///
/// # Safety
///
/// NT calls it once, in a new thread at `PASSIVE_LEVEL`; `context` is an `R::Context` that outlives the
/// thread.
unsafe extern "C" fn start<R: Routine>(context: PVOID) {
    // SAFETY: As the caller promises: `Thread` waits for the end before the borrow does.
    let context = unsafe { &*context.cast::<R::Context>() };
    // SAFETY: A new system thread runs at PASSIVE_LEVEL; this is its only token, and it holds no lock.
    unsafe { dirql::enter::<Passive, _>(|irql| R::run(context, irql)) };
    // SAFETY: A system thread ends itself; nothing in it has a destructor to run
    // (nf-wdm-psterminatesystemthread). It does not return.
    let _ = unsafe { PsTerminateSystemThread(STATUS_SUCCESS) };
}
