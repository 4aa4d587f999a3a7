//! The requests that wait for an interrupt: a manual queue of the framework.
//!
//! In the queue a request is the framework's, which cancels it when its sender does or closes the
//! handle. So nothing here owns a request before it is certain to complete it.
//!
//! The DPC goes through the whole queue, and for each step the framework looks for the place of the last
//! one. So the queue is bounded, which bounds the time at `DISPATCH_LEVEL`.

use core::{
    ptr::null_mut,
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
};

use dirql::atomics::Field;
use dirql::call_unsafe_wdf_function_binding;
use dirql_ioctl::{
    Status,
    interrupt::{WAITS_MAX, WaitReply},
};
use wdk_sys::{
    _WDF_IO_QUEUE_DISPATCH_TYPE, _WDF_TRI_STATE, NTSTATUS, STATUS_NOT_FOUND, ULONG,
    WDF_IO_QUEUE_CONFIG, WDFDEVICE, WDFQUEUE, WDFREQUEST,
};

use crate::{
    context::{self, Context, ContextType, size},
    file::Files,
    ledger::Newest,
    request::Request,
    status::check,
};

/// The context of a request: the interrupt that it waits past.
///
/// It is written before the request is put into the queue, whose lock orders it before all reads.
pub(crate) struct After(AtomicU64);

static KIND: ContextType = ContextType::new::<After>(c"After", &raw const KIND);

// SAFETY: Zero bytes are the number 0.
unsafe impl Context for After {
    const KIND: &'static ContextType = &KIND;
}

impl After {
    /// What is atomic in it, for the table in the image.
    pub(crate) const ATOMICS: [Field; 1] = dirql::atomic_fields!(Self: 0);

    /// Notes what the request waits past.
    pub(crate) fn set(&self, after: u64) {
        self.0.store(after, Ordering::Relaxed);
    }

    /// Whether an interrupt has come that ends the wait.
    pub(crate) fn is_before(&self, newest: Newest) -> bool {
        self.0.load(Ordering::Relaxed) < newest.sequence
    }
}

/// A device's queue of waiting requests.
///
/// # Invariants
///
/// The handle is that of a live manual queue, to which only requests with an [`After`] are forwarded.
#[derive(Clone, Copy)]
pub(crate) struct Waits(WDFQUEUE);

impl Waits {
    /// Makes the queue of a device.
    ///
    /// It is not managed with the device's power: a queue that is powered off hands out no request, and
    /// it is powered on only after `EvtDeviceD0Entry` has returned. An interrupt that was claimed on the
    /// way out of D0 must end its waits all the same. [`purge`](Self::purge) ends the rest. It has no
    /// callbacks, so it is used at `DISPATCH_LEVEL` without a work item of the framework's.
    ///
    /// # Safety
    ///
    /// `device` is live, and its requests have a context of type [`After`].
    pub(crate) unsafe fn create(device: WDFDEVICE) -> Result<Self, NTSTATUS> {
        let mut config = WDF_IO_QUEUE_CONFIG {
            Size: size::<WDF_IO_QUEUE_CONFIG>(),
            DispatchType: _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchManual,
            PowerManaged: _WDF_TRI_STATE::WdfFalse,
            ..WDF_IO_QUEUE_CONFIG::default()
        };
        let mut attributes = context::without_level(context::attributes());
        let mut queue: WDFQUEUE = null_mut();
        // SAFETY: The device is live and the structures are complete and live through the call
        // (nf-wdfio-wdfioqueuecreate).
        check(unsafe {
            call_unsafe_wdf_function_binding!(
                WdfIoQueueCreate,
                device,
                &raw mut config,
                &raw mut attributes,
                &raw mut queue
            )
        })?;
        Ok(Self(queue))
    }

    /// Takes a handle for what [`as_ptr`](Self::as_ptr) gave.
    ///
    /// # Safety
    ///
    /// As the type's invariant says, for as long as the value and its copies are used.
    pub(crate) const unsafe fn new(queue: WDFQUEUE) -> Self {
        Self(queue)
    }

    pub(crate) const fn as_ptr(self) -> WDFQUEUE {
        self.0
    }

    /// Lets a request wait. It may be complete before this returns.
    ///
    /// `entering` counts the requests of the device that are in here. Each is counted before it looks
    /// at the queue, and until it is in there: so of those that would be one too many, the last to be
    /// counted sees all others, here or in the queue, and never more than [`WAITS_MAX`] wait. One that is
    /// counted in both places may turn another away early.
    ///
    /// # Errors
    ///
    /// The request: `INSUFFICIENT_RESOURCES` where as many wait as may, `DEVICE_NOT_READY` where the queue
    /// has been purged, since the device is being stopped, `CANCELLED` where its handle has been closed.
    pub(crate) fn hold(
        self,
        request: Request,
        entering: &AtomicU32,
        files: Files,
    ) -> Result<(), (Request, Status)> {
        // Acquires what others released: what is not counted any more is in the queue.
        let others = entering.fetch_add(1, Ordering::AcqRel);
        let held = if self.waiting().saturating_add(others) < WAITS_MAX {
            files.while_open(request, |request| {
                // SAFETY: The queue is live, manual and of the device to which all requests belong.
                let forwarded = unsafe { request.forward(self.0) };
                forwarded.map_err(|(request, _)| (request, Status::DEVICE_NOT_READY))
            })
        } else {
            Err((request, Status::INSUFFICIENT_RESOURCES))
        };
        entering.fetch_sub(1, Ordering::AcqRel);
        held
    }

    /// Completes every request that waits for an interrupt before or at `newest`. At most at
    /// `DISPATCH_LEVEL`.
    pub(crate) fn complete_past(self, newest: Newest) {
        // The last request that goes on waiting: the scan goes on behind it.
        let mut waiting: Option<Found> = None;
        loop {
            let found = match self.find(waiting.as_ref()) {
                Ok(found) => found,
                // It has left the queue meanwhile, completed or cancelled: from the head again, in a queue
                // that is shorter by it.
                Err(STATUS_NOT_FOUND) if waiting.is_some() => {
                    waiting = None;
                    continue;
                }
                // The end of the queue, or a queue that is stopped.
                Err(_) => return,
            };
            if !found.after().is_before(newest) {
                waiting = Some(found);
                continue;
            }
            match self.retrieve(&found) {
                Ok(request) => request.reply(&WaitReply {
                    sequence: newest.sequence,
                    causes: newest.causes,
                    reserved: 0,
                }),
                // Cancelled, or completed by another scan.
                Err(STATUS_NOT_FOUND) => {}
                Err(_) => return,
            }
        }
    }

    /// How many requests wait. At most at `DISPATCH_LEVEL`.
    fn waiting(self) -> ULONG {
        let mut waiting: ULONG = 0;
        // SAFETY: The queue is live and the count lives through the call; what the driver owns is not asked
        // for (nf-wdfio-wdfioqueuegetstate).
        let _ = unsafe {
            call_unsafe_wdf_function_binding!(
                WdfIoQueueGetState,
                self.0,
                &raw mut waiting,
                null_mut()
            )
        };
        waiting
    }

    /// Cancels every waiting request, and takes no new ones.
    pub(crate) fn purge(self) {
        // SAFETY: The queue is live and no callback is asked for (nf-wdfio-wdfioqueuepurge).
        unsafe { call_unsafe_wdf_function_binding!(WdfIoQueuePurge, self.0, None, null_mut()) };
    }

    /// Takes requests again after a [`purge`](Self::purge).
    pub(crate) fn start(self) {
        // SAFETY: The queue is live (nf-wdfio-wdfioqueuestart).
        unsafe { call_unsafe_wdf_function_binding!(WdfIoQueueStart, self.0) };
    }

    /// Finds the first request in the queue, or the one after `previous`.
    fn find(self, previous: Option<&Found>) -> Result<Found, NTSTATUS> {
        let previous = previous.map_or(null_mut(), |found| found.0);
        let mut request: WDFREQUEST = null_mut();
        // SAFETY: The queue is live and manual; `previous` is null or referenced; neither a file nor
        // parameters are asked for (nf-wdfio-wdfioqueuefindrequest).
        check(unsafe {
            call_unsafe_wdf_function_binding!(
                WdfIoQueueFindRequest,
                self.0,
                previous,
                null_mut(),
                null_mut(),
                &raw mut request
            )
        })?;
        Ok(Found(request))
    }

    /// Takes a found request out of the queue.
    fn retrieve(self, found: &Found) -> Result<Request, NTSTATUS> {
        let mut request: WDFREQUEST = null_mut();
        // SAFETY: The queue is live and the found request is referenced
        // (nf-wdfio-wdfioqueueretrievefoundrequest).
        check(unsafe {
            call_unsafe_wdf_function_binding!(
                WdfIoQueueRetrieveFoundRequest,
                self.0,
                found.0,
                &raw mut request
            )
        })?;
        // SAFETY: The framework has made the request the driver's own.
        Ok(unsafe { Request::new(request) })
    }
}

/// A request that was in the queue when it was found.
///
/// # Invariants
///
/// The handle carries the reference that finding it added: its context can be read, whatever becomes
/// of the request. Nothing else of it is the driver's.
struct Found(WDFREQUEST);

impl Found {
    /// What the request waits for.
    fn after(&self) -> &After {
        // SAFETY: The object is referenced, and every request of the device has this context.
        unsafe { context::of::<After>(self.0.cast()) }
    }
}

impl Drop for Found {
    fn drop(&mut self) {
        // SAFETY: The reference was added when the request was found (nf-wdfobject-wdfobjectdereference).
        unsafe {
            call_unsafe_wdf_function_binding!(
                WdfObjectDereferenceActual,
                self.0.cast(),
                null_mut(),
                0,
                c"".as_ptr()
            );
        }
    }
}
