//! The handles by which programs reach the device, and what their closing means for requests.
//!
//! When the last handle of a file is closed, the framework cancels what the file has sent and waits in queues. A
//! request that the driver owns at that moment is the driver's, and nothing cancels it. So `EvtFileCleanup`, which
//! comes before, marks the file as closed, under the lock under which requests are put into a queue: a request is
//! there before the framework goes through the queue, or its file is found closed. A request that is served for
//! long looks at the mark.

use core::{
    ptr::null_mut,
    sync::atomic::{AtomicBool, Ordering},
};

use dirql::atomics::Field;
use dirql::call_unsafe_wdf_function_binding;
use dirql_ioctl::Status;
use wdk_sys::{
    _WDF_FILEOBJECT_CLASS, _WDF_TRI_STATE, NTSTATUS, PFN_WDF_FILE_CLEANUP, PWDFDEVICE_INIT,
    WDF_FILEOBJECT_CONFIG, WDF_OBJECT_ATTRIBUTES, WDFDEVICE, WDFFILEOBJECT, WDFSPINLOCK,
};

use crate::{
    context::{self, Context, ContextType, size},
    request::Request,
    status::check,
};

/// The context of a file object.
pub(crate) struct File {
    closed: AtomicBool,
}

static KIND: ContextType = ContextType::new::<File>(c"File", &raw const KIND);

// SAFETY: A cleared flag is a zero byte.
unsafe impl Context for File {
    const KIND: &'static ContextType = &KIND;
}

impl File {
    /// What is atomic in it, for the table in the image.
    pub(crate) const ATOMICS: [Field; 1] = dirql::atomic_fields!(Self: closed);

    /// The file that has sent a request; none where a driver has sent it without one.
    pub(crate) fn of(request: &Request) -> Option<&Self> {
        // SAFETY: The request is the driver's own (nf-wdfrequest-wdfrequestgetfileobject).
        let file =
            unsafe { call_unsafe_wdf_function_binding!(WdfRequestGetFileObject, request.as_ptr()) };
        // SAFETY: A file object lives until all of its requests are completed, so as long as the request is borrowed;
        // every file object of this driver has this context.
        (!file.is_null()).then(|| unsafe { context::of::<Self>(file.cast()) })
    }

    /// Whether its last handle is closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }
}

/// Has the framework make a file object for each open handle, and call `cleanup` when it is closed.
///
/// # Safety
///
/// `init` is that of the `EvtDriverDeviceAdd` that calls, and no device was made of it. `cleanup` may be called with
/// every file object of the device.
pub(crate) unsafe fn configure(init: PWDFDEVICE_INIT, cleanup: PFN_WDF_FILE_CLEANUP) {
    let mut config = WDF_FILEOBJECT_CONFIG {
        Size: size::<WDF_FILEOBJECT_CONFIG>(),
        EvtFileCleanup: cleanup,
        AutoForwardCleanupClose: _WDF_TRI_STATE::WdfUseDefault,
        FileObjectClass: _WDF_FILEOBJECT_CLASS::WdfFileObjectWdfCannotUseFsContexts,
        ..WDF_FILEOBJECT_CONFIG::default()
    };
    let mut attributes = context::with_context::<File>();
    // SAFETY: The initialisation object is the caller's, and the framework copies both structures
    // (nf-wdfdevice-wdfdeviceinitsetfileobjectconfig).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceInitSetFileObjectConfig,
            init,
            &raw mut config,
            &raw mut attributes
        );
    };
}

/// The lock under which files of a device are closed.
///
/// # Invariants
///
/// The handle is that of a live spin lock, under which nothing but the methods' own work is done.
#[derive(Clone, Copy)]
pub(crate) struct Files(WDFSPINLOCK);

impl Files {
    /// Makes the lock of a device.
    ///
    /// # Safety
    ///
    /// `device` is live.
    pub(crate) unsafe fn create(device: WDFDEVICE) -> Result<Self, NTSTATUS> {
        let mut attributes = WDF_OBJECT_ATTRIBUTES {
            ParentObject: device.cast(),
            ..context::attributes()
        };
        let mut lock: WDFSPINLOCK = null_mut();
        // SAFETY: The attributes are complete and live through the call, and so is the parent
        // (nf-wdfsync-wdfspinlockcreate).
        check(unsafe {
            call_unsafe_wdf_function_binding!(WdfSpinLockCreate, &raw mut attributes, &raw mut lock)
        })?;
        Ok(Self(lock))
    }

    /// Takes a handle for what [`as_ptr`](Self::as_ptr) gave.
    ///
    /// # Safety
    ///
    /// As the type's invariant says, for as long as the value and its copies are used.
    pub(crate) const unsafe fn new(lock: WDFSPINLOCK) -> Self {
        Self(lock)
    }

    pub(crate) const fn as_ptr(self) -> WDFSPINLOCK {
        self.0
    }

    fn locked<R>(self, body: impl FnOnce() -> R) -> R {
        // SAFETY: The lock lives, and the callers are at PASSIVE_LEVEL and do not hold it
        // (nf-wdfsync-wdfspinlockacquire).
        unsafe { call_unsafe_wdf_function_binding!(WdfSpinLockAcquire, self.0) };
        let result = body();
        // SAFETY: This thread has acquired the lock above (nf-wdfsync-wdfspinlockrelease).
        unsafe { call_unsafe_wdf_function_binding!(WdfSpinLockRelease, self.0) };
        result
    }

    /// Marks a file as closed. What is in [`while_open`](Self::while_open) for it has come out.
    ///
    /// # Safety
    ///
    /// `file` is a live file object of the device.
    pub(crate) unsafe fn close(self, file: WDFFILEOBJECT) {
        // SAFETY: The file object is live, and every file object of this driver has this context.
        let file = unsafe { context::of::<File>(file.cast()) };
        self.locked(|| file.closed.store(true, Ordering::Relaxed));
    }

    /// Runs `body` with a request whose file is open, and is not closed meanwhile. `body` runs at `DISPATCH_LEVEL`.
    ///
    /// # Errors
    ///
    /// Those of `body`; the request with `CANCELLED` where its file is closed.
    pub(crate) fn while_open(
        self,
        request: Request,
        body: impl FnOnce(Request) -> Result<(), (Request, Status)>,
    ) -> Result<(), (Request, Status)> {
        self.locked(|| {
            if File::of(&request).is_some_and(File::is_closed) {
                return Err((request, Status::CANCELLED));
            }
            body(request)
        })
    }
}
