//! The DPC of an interrupt: what its service routine queues, and how it begins and ends with the connection.
//!
//! The service routine may run, and queue, before the connect has returned. The interrupt object by which the DPC
//! synchronizes is known afterwards only, and a connect may still fail. So what is queued early is noted, and queued in
//! earnest when the connection stands.

use core::{
    cell::UnsafeCell,
    ffi::c_void,
    ptr::{self, NonNull},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::kernel::{
    platform::{
        self,
        parameters::{DeferredRoutine, Kdpc, Kinterrupt},
    },
    routine_count,
};

/// The connect has not returned: what is queued is noted.
const CONNECTING: u32 = 0;
/// As [`CONNECTING`], and something was queued.
const NOTED: u32 = 1;
/// What is queued is queued.
const OPEN: u32 = 2;
/// The interrupt is being disconnected: what is queued is forgotten.
const CLOSED: u32 = 3;

/// The DPC of an interrupt, in the context of its service routine.
///
/// # Invariants
///
/// - `stage` is one of the four constants. It goes from `CONNECTING` or `NOTED` to `OPEN` once, and from there to
///   `CLOSED` once, until it is prepared again.
/// - `object` is written before the stage is `OPEN`, and stays: what finds the stage `OPEN` may read it, and so may
///   the DPC, which is queued by them alone.
/// - `inside` is the number of runs of the DPC that have begun and not ended.
pub(crate) struct Dpc {
    kdpc: UnsafeCell<Kdpc>,
    object: UnsafeCell<*mut Kinterrupt>,
    stage: AtomicU32,
    inside: AtomicU32,
}

// SAFETY: The KDPC is NT's, which serialises what its routines do with it; `object` is written by one thread before
// others read it, as the invariants have it; the rest is atomic.
unsafe impl Sync for Dpc {}

impl Dpc {
    /// A DPC that is not prepared.
    pub(super) const fn new() -> Self {
        Self {
            kdpc: UnsafeCell::new(Kdpc { opaque: [0; 8] }),
            object: UnsafeCell::new(ptr::null_mut()),
            stage: AtomicU32::new(CONNECTING),
            inside: AtomicU32::new(0),
        }
    }

    /// Makes the DPC one that runs `routine` with `context`, before a connect.
    ///
    /// # Safety
    ///
    /// This is in resident memory, and nothing else uses it: nothing is connected, and the DPC is in no queue.
    pub(super) unsafe fn prepare(&self, routine: DeferredRoutine, context: *mut c_void) {
        self.stage.store(CONNECTING, Ordering::Relaxed);
        // SAFETY: As the caller promises.
        unsafe { platform::initialize_dpc(self.kdpc.get(), routine, context) };
    }

    /// Lets the DPC be queued, with the object of the connection that was made, and queues it where that was noted.
    ///
    /// # Safety
    ///
    /// [`prepare`](Self::prepare) was called, the connect has returned this object, and this and the context live until
    /// [`close`](Self::close) has returned.
    pub(super) unsafe fn open(&self, object: NonNull<Kinterrupt>) {
        // SAFETY: The stage is not OPEN yet, so nothing reads the object.
        unsafe { self.object.get().write(object.as_ptr()) };
        // Release, for the object; acquire, for what the service routine wrote before it noted.
        if self.stage.swap(OPEN, Ordering::AcqRel) == NOTED {
            // SAFETY: As the caller promises.
            unsafe { platform::insert_dpc(self.kdpc.get()) };
        }
    }

    /// Queues the DPC; says whether a run follows that would not have followed without.
    ///
    /// # Safety
    ///
    /// The caller is a service routine of the context, or a run of the DPC.
    pub(super) unsafe fn queue(&self) -> bool {
        let noted =
            self.stage
                .compare_exchange(CONNECTING, NOTED, Ordering::Release, Ordering::Acquire);
        match noted {
            Ok(_) => true,
            // SAFETY: The DPC was prepared. It is waited out after the last service routine that has found the
            // stage OPEN has ended, and before the context goes.
            Err(OPEN) => unsafe { platform::insert_dpc(self.kdpc.get()) },
            Err(_) => false,
        }
    }

    /// Begins a run: counts it in and says by which object it synchronizes.
    pub(super) fn enter(&self) -> *mut Kinterrupt {
        routine_count::enter(&self.inside);
        // SAFETY: The DPC was queued by something who found the stage OPEN, or who opened it, and the queue orders the
        // run after that. The object was written before, and is not written again until the DPC was waited out.
        unsafe { self.object.get().read() }
    }

    /// Ends a run.
    pub(super) fn leave(&self) {
        routine_count::leave(&self.inside);
    }

    /// Lets nothing be queued any more, takes what is queued out, and waits until the DPC runs nowhere.
    ///
    /// The interrupt is still connected: a run synchronizes by its object, which a disconnect frees.
    ///
    /// # Safety
    ///
    /// IRQL is `PASSIVE_LEVEL`; no lock is held; [`open`](Self::open) has returned; the context is live.
    pub(super) unsafe fn close(&self) {
        self.stage.swap(CLOSED, Ordering::AcqRel);
        // Who has found the stage OPEN is a service routine, or a run of the DPC. Both keep their processors from this
        // thread, and have queued what they queue once it has run on each.
        //
        // SAFETY: IRQL is PASSIVE_LEVEL.
        unsafe { platform::run_on_every_processor() };
        // SAFETY: The DPC was prepared. Whether it was queued does not matter.
        let _ = unsafe { platform::remove_dpc(self.kdpc.get()) };
        // SAFETY: As the caller promises.
        unsafe { flush() };
        // SAFETY: IRQL is PASSIVE_LEVEL and no lock is held.
        unsafe { routine_count::wait_until_zero(&self.inside) };
    }
}

/// Waits until every run has ended, of any DPC, that was queued before.
///
/// The page of `KeFlushQueuedDpcs` speaks of DPCs that are queued. One that NT has taken out of the queue keeps its
/// processor at `DISPATCH_LEVEL`, so none is left once this thread has run on every processor.
///
/// # Safety
///
/// IRQL is `PASSIVE_LEVEL`; no lock is held.
pub(super) unsafe fn flush() {
    // SAFETY: As the caller promises.
    unsafe { platform::flush_dpcs() };
    // SAFETY: As the caller promises.
    unsafe { platform::run_on_every_processor() };
}
