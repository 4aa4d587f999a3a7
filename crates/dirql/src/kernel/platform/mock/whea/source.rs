//! An error source: its descriptor, its lock, and its handler, which any thread can run.

use core::{cell::RefCell, ffi::c_void, fmt, ptr, sync::atomic::AtomicUsize};
use std::{
    boxed::Box,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    vec,
    vec::Vec,
};

use super::{Machine, locked};
use crate::{
    kernel::platform::mock::{bugcheck::require, processor, spin_lock},
    pshed::layout::{Callbacks, ErrorPacket, ErrorSourceDescriptor, INFO, RecordHeader, Routine},
};

std::thread_local! {
    static HELD: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// An error source of the mock machine.
pub(super) struct SourceObject {
    pub(super) machine: Arc<Machine>,
    pub(super) descriptor: *mut ErrorSourceDescriptor,
    pub(super) irql: u8,
    pub(super) lock: AtomicUsize,
}

// SAFETY: The descriptor does not change after it was made; the lock is used atomically.
unsafe impl Send for SourceObject {}
// SAFETY: As above.
unsafe impl Sync for SourceObject {}

impl Drop for SourceObject {
    fn drop(&mut self) {
        // SAFETY: The memory came from a box of this type, and the driver does not use it after its source
        // is gone.
        drop(unsafe { Box::from_raw(self.descriptor) });
    }
}

/// The sources that exist, by the address of their descriptor.
static SOURCES: Mutex<Vec<Known>> = Mutex::new(Vec::new());

pub(super) struct Known(pub(super) usize, pub(super) Arc<SourceObject>);

pub(super) fn sources() -> MutexGuard<'static, Vec<Known>> {
    SOURCES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error source, as the test holds it.
pub struct Source(pub(super) Arc<SourceObject>);

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        let address = self.0.descriptor.addr();
        sources().retain(|Known(other, _)| *other != address);
    }
}

/// Which of the three callbacks that control a source.
#[derive(Clone, Copy, Debug)]
pub enum Control {
    /// `SetErrorSourceInfo`.
    Set,
    /// `EnableErrorSource`.
    Enable,
    /// `DisableErrorSource`.
    Disable,
}

impl Source {
    /// Writes into the information of the descriptor, which nothing uses meanwhile.
    pub fn set_info(&self, offset: usize, bytes: &[u8]) {
        require(
            offset + bytes.len() <= 932,
            "a write beyond the information",
        );
        // SAFETY: The range is inside the descriptor.
        let place = unsafe { self.0.descriptor.cast::<u8>().add(INFO + offset) };
        // SAFETY: As above; the test does nothing else meanwhile.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), place, bytes.len()) };
    }

    /// Controls the source through the plug-in; none where no plug-in controls sources.
    #[must_use]
    pub fn control(&self, what: Control, irql: u8) -> Option<i32> {
        type OnSource = unsafe extern "C" fn(*mut c_void, *mut ErrorSourceDescriptor) -> i32;
        let descriptor = self.0.descriptor;
        let which = |callbacks: &Callbacks| match what {
            Control::Set => callbacks.set_error_source_info,
            Control::Enable => callbacks.enable_error_source,
            Control::Disable => callbacks.disable_error_source,
        };
        self.0.machine.call(irql, which, |routine, context| {
            // SAFETY: The routine has this type, and its context is that of the registration.
            let routine = unsafe { core::mem::transmute::<Routine, OnSource>(routine) };
            // SAFETY: As above; the descriptor is live.
            unsafe { routine(context, descriptor) }
        })
    }

    /// An error: the handler runs on this thread, and calls the plug-in. Answers what `RetrieveErrorInfo`,
    /// `FinalizeErrorRecord` and `ClearErrorStatus` said; none where no plug-in retrieves.
    #[must_use]
    pub fn fire(&self) -> Option<[i32; 3]> {
        self.fire_with(|_| ())
    }

    /// As [`fire`](Self::fire), with a look at the packet after the plug-in had it.
    #[must_use]
    pub fn fire_with(&self, look: impl FnOnce(&[u8])) -> Option<[i32; 3]> {
        let handler_without_lock = locked(&self.0.machine.faults).handler_without_lock;
        let mut packet = vec![0_u8; 128];
        self.fill_packet(&mut packet);
        let retrieved = processor::at_irql(self.0.irql, || {
            if handler_without_lock {
                self.retrieve(&mut packet)
            } else {
                self.0.locked(|| self.retrieve(&mut packet))
            }
        })?;
        look(&packet);
        let mut record = [0_u8; size_of::<RecordHeader>()];
        record[..4].copy_from_slice(b"CPER");
        record[6..10].fill(0xff);
        record[12] = 2;
        record[20] = 128;
        let finalized = self.on_record(|callbacks| callbacks.finalize_error_record, &mut record)?;
        let cleared = self.on_record(|callbacks| callbacks.clear_error_status, &mut record)?;
        Some([retrieved, finalized, cleared])
    }

    fn fill_packet(&self, packet: &mut [u8]) {
        // SAFETY: The descriptor is live, so its field may be named.
        let id = unsafe { &raw const (*self.0.descriptor).id };
        // SAFETY: The field is live; it need not be aligned.
        let id = unsafe { id.read_unaligned() };
        packet[..4].copy_from_slice(b"WHEA");
        packet[4] = 3;
        packet[8] = 128;
        packet[20] = 2;
        packet[24..28].copy_from_slice(&id.to_le_bytes());
        let end = u32::try_from(size_of::<ErrorPacket>()).unwrap_or_default();
        packet[72..76].copy_from_slice(&end.to_le_bytes());
    }

    fn retrieve(&self, packet: &mut [u8]) -> Option<i32> {
        type Retrieve =
            unsafe extern "C" fn(*mut c_void, *mut ErrorSourceDescriptor, u64, *mut u8) -> i32;
        let descriptor = self.0.descriptor;
        let (length, start) = (packet.len() as u64, packet.as_mut_ptr());
        let which = |callbacks: &Callbacks| callbacks.retrieve_error_info;
        self.0
            .machine
            .call(processor::irql(), which, |routine, context| {
                // SAFETY: The routine has this type, and its context is that of the registration.
                let routine = unsafe { core::mem::transmute::<Routine, Retrieve>(routine) };
                // SAFETY: As above; descriptor and packet are live.
                unsafe { routine(context, descriptor, length, start) }
            })
    }

    fn on_record(&self, which: impl Fn(&Callbacks) -> Routine, record: &mut [u8]) -> Option<i32> {
        type OnRecord =
            unsafe extern "C" fn(*mut c_void, *mut ErrorSourceDescriptor, u32, *mut u8) -> i32;
        let descriptor = self.0.descriptor;
        let (length, start) = (
            u32::try_from(record.len()).unwrap_or_default(),
            record.as_mut_ptr(),
        );
        self.0.machine.call(self.0.irql, which, |routine, context| {
            // SAFETY: The routine has this type, and its context is that of the registration.
            let routine = unsafe { core::mem::transmute::<Routine, OnRecord>(routine) };
            // SAFETY: As above; descriptor and record are live.
            unsafe { routine(context, descriptor, length, start) }
        })
    }
}

impl SourceObject {
    /// Holds the lock of the source around `body`.
    pub(super) fn locked<R>(&self, body: impl FnOnce() -> R) -> R {
        let address = ptr::from_ref(&self.lock).addr();
        require(
            !HELD.with_borrow(|held| held.contains(&address)),
            "the lock of an error source acquired by its owner",
        );
        spin_lock::acquire(&self.lock);
        HELD.with_borrow_mut(|held| held.push(address));
        let result = body();
        HELD.with_borrow_mut(|held| held.retain(|&other| other != address));
        spin_lock::release(&self.lock);
        result
    }
}
