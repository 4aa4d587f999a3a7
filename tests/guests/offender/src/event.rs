//! An event in the driver's memory.

use core::{cell::UnsafeCell, mem::MaybeUninit, ptr};

use wdk_sys::{
    _EVENT_TYPE, _KWAIT_REASON, KEVENT, LARGE_INTEGER, NTSTATUS,
    ntddk::{KeInitializeEvent, KeSetEvent, KeWaitForSingleObject},
};

/// `KernelMode` of the `KPROCESSOR_MODE`s.
pub(crate) const KERNEL_MODE: i8 = 0;

/// Room for a `KEVENT`, which the kernel links to itself: it must not move once it is initialised.
pub(crate) struct Event(UnsafeCell<MaybeUninit<KEVENT>>);

// SAFETY: The kernel's routines, which alone touch the event, may be called on any thread.
unsafe impl Sync for Event {}

impl Event {
    /// Room that no event is in yet.
    pub(crate) const fn uninitialised() -> Self {
        Self(UnsafeCell::new(MaybeUninit::zeroed()))
    }

    /// The address.
    pub(crate) const fn get(&self) -> *mut KEVENT {
        self.0.get().cast()
    }

    /// Makes a notification event of it that is not set.
    pub(crate) fn initialise(&self) {
        // SAFETY: The memory is the event's own and nothing waits for it yet
        // (nf-wdm-keinitializeevent).
        unsafe { KeInitializeEvent(self.get(), _EVENT_TYPE::NotificationEvent, 0) };
    }

    /// Sets it.
    pub(crate) fn set(&self) {
        // SAFETY: The event is initialised, and no wait follows at once (nf-wdm-kesetevent).
        let _ = unsafe { KeSetEvent(self.get(), 0, 0) };
    }

    /// Waits for it; with a timeout of 0 at `DISPATCH_LEVEL` too.
    pub(crate) fn wait(&self, timeout: Option<i64>) -> NTSTATUS {
        let mut interval = LARGE_INTEGER {
            QuadPart: timeout.unwrap_or_default(),
        };
        let pointer = match timeout {
            Some(_) => &raw mut interval,
            None => ptr::null_mut(),
        };
        // SAFETY: The event is initialised, the interval lives through the call
        // (nf-wdm-kewaitforsingleobject).
        unsafe {
            KeWaitForSingleObject(
                self.get().cast(),
                _KWAIT_REASON::Executive,
                KERNEL_MODE,
                0,
                pointer,
            )
        }
    }
}
