//! A device of the mock machine: the interrupts it was assigned, and how the kernel is to misbehave.

use core::{
    ffi::c_void,
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
};
use std::{
    boxed::Box,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    vec::Vec,
};

use super::{dpc, object::Object};
use crate::{PhysicalDevice, kernel::platform::parameters::MessageEntry};

/// The vector of the line, and of message 0; other messages follow.
pub(super) const VECTOR: u32 = 0x91;
/// The most messages that a device here can have.
pub(super) const MESSAGES_MAX: usize = 8;

/// What a test does at some point of the kernel.
pub type Hook = Arc<dyn Fn() + Send + Sync>;

/// What the kernel does otherwise than it should, or than one would expect.
#[derive(Clone)]
pub struct Faults {
    /// `IoConnectInterruptEx` answers this status.
    pub connect_status: Option<i32>,
    /// The service routine runs on the connecting thread before `IoConnectInterruptEx` returns or fails.
    pub interrupt_during_connect: bool,
    /// Runs inside `IoConnectInterruptEx` while interrupts arrive, before it returns or fails.
    pub while_connecting: Option<Hook>,
    /// The version that `IoConnectInterruptEx` returns.
    pub returned_version: Option<u32>,
    /// `IoConnectInterruptEx` succeeds without an interrupt object; with messages, each lacks one.
    pub no_object: bool,
    /// The unified IRQL of a message table.
    pub unified_irql: Option<u8>,
    /// The message count of a message table.
    pub message_count: Option<u32>,
    /// How often `KeSynchronizeExecution` calls the routine.
    pub thunk_calls: u32,
    /// The BOOLEAN that `KeSynchronizeExecution` returns.
    pub raw_boolean: Option<u8>,
    /// `IoDisconnectInterruptEx` does not wait for service routines that were dispatched before it.
    pub disconnect_returns_early: bool,
    /// Runs on the thread of a service routine after its dispatch and before it takes the lock.
    pub dispatched: Option<Hook>,
    /// Runs on the thread of a service routine when it has the lock, before its first instruction.
    pub entered: Option<Hook>,
}

impl Default for Faults {
    /// A kernel that does what its pages say.
    fn default() -> Self {
        Self {
            connect_status: None,
            interrupt_during_connect: false,
            while_connecting: None,
            returned_version: None,
            no_object: false,
            unified_irql: None,
            message_count: None,
            thunk_calls: 1,
            raw_boolean: None,
            disconnect_returns_early: false,
            dispatched: None,
            entered: None,
        }
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").finish_non_exhaustive()
    }
}

/// What a `PDEVICE_OBJECT` points to here.
pub(super) struct PhysicalDeviceObject {
    pub(super) level: u8,
    /// Zero for a device with a line.
    pub(super) messages: u32,
    pub(super) faults: Arc<Mutex<Faults>>,
    pub(super) made: Mutex<Option<Made>>,
    pub(super) disconnects: AtomicUsize,
}

impl fmt::Debug for PhysicalDeviceObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceObject").finish_non_exhaustive()
    }
}

impl PhysicalDeviceObject {
    pub(super) fn made(&self) -> MutexGuard<'_, Option<Made>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection of a device.
pub(super) struct Made {
    pub(super) version: u32,
    pub(super) objects: Vec<Arc<Object>>,
    /// Kept until the disconnect, as the driver reads it.
    pub(super) _table: Option<TableMemory>,
    pub(super) active: bool,
}

/// `IO_INTERRUPT_MESSAGE_INFO` with room for all its entries.
#[repr(C)]
pub(super) struct Table {
    pub(super) unified_irql: u8,
    pub(super) count: u32,
    pub(super) entries: [MessageEntry; MESSAGES_MAX],
}

/// A table in memory that does not move.
pub(super) struct TableMemory(*mut Table);

// SAFETY: The table owns its memory, which nothing writes after it was made.
unsafe impl Send for TableMemory {}

impl TableMemory {
    pub(super) fn new(table: Table) -> Self {
        Self(Box::into_raw(Box::new(table)))
    }

    pub(super) const fn as_ptr(&self) -> *mut c_void {
        self.0.cast()
    }
}

impl Drop for TableMemory {
    fn drop(&mut self) {
        // SAFETY: The memory came from a box, and the driver does not use it after the disconnect.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

/// A device with interrupts that a test can fire.
#[derive(Debug)]
pub struct Device(Arc<PhysicalDeviceObject>);

impl Device {
    /// A device with a level-sensitive, shared line at IRQL `level`; zero makes it a passive-level one.
    #[must_use]
    pub fn with_line(level: u8) -> Self {
        Self::new(level, 0)
    }

    /// A device with `count` messages, at IRQL `level` all of them. A count above eight means eight.
    #[must_use]
    pub fn with_messages(level: u8, count: u32) -> Self {
        Self::new(level, count.clamp(1, 8))
    }

    fn new(level: u8, messages: u32) -> Self {
        Self(Arc::new(PhysicalDeviceObject {
            level,
            messages,
            faults: Arc::new(Mutex::new(Faults::default())),
            made: Mutex::new(None),
            disconnects: AtomicUsize::new(0),
        }))
    }

    /// The physical device object.
    #[must_use]
    pub fn physical_device(&self) -> PhysicalDevice<'_> {
        let object = core::ptr::NonNull::from_ref(&*self.0);
        PhysicalDevice::from_non_null(object.cast())
    }

    /// The translated descriptor of the line or of message 0.
    #[must_use]
    pub fn descriptor(&self) -> [u8; 20] {
        let mut bytes = [0; 20];
        let (share, flags) = if self.0.messages == 0 { (3, 0) } else { (1, 3) };
        bytes[0] = 2;
        bytes[1] = share;
        bytes[2] = flags;
        bytes[4] = self.0.level;
        bytes[8..12].copy_from_slice(&VECTOR.to_le_bytes());
        bytes[12] = 3;
        bytes
    }

    /// How the kernel misbehaves towards this device from now on.
    pub fn set_faults(&self, faults: Faults) {
        *self.0.faults() = faults;
    }

    /// Interrupts on this thread, by the line or by message 0.
    ///
    /// Answers whether the service routine claimed the interrupt, or `None` where none is connected and
    /// active.
    #[must_use]
    pub fn fire(&self) -> Option<bool> {
        self.fire_message(0)
    }

    /// Interrupts on this thread by message `number`.
    #[must_use]
    pub fn fire_message(&self, number: usize) -> Option<bool> {
        let (object, dispatched) = {
            let made = self.0.made();
            let made = made.as_ref().filter(|made| made.active)?;
            let object = Arc::clone(made.objects.get(number)?);
            // Dispatched while the connection is seen, so that a disconnect sees the routine.
            let dispatched = object.dispatch();
            (object, dispatched)
        };
        let claimed = object.serve();
        // The DPC is not of this interrupt, as far as the kernel knows.
        drop(object);
        drop(dispatched);
        dpc::run_queued();
        Some(claimed)
    }

    /// The version of the connection, if there is one.
    #[must_use]
    pub fn connected_version(&self) -> Option<u32> {
        self.0.made().as_ref().map(|made| made.version)
    }

    /// Whether the connection is active, if there is one.
    #[must_use]
    pub fn is_active(&self) -> Option<bool> {
        self.0.made().as_ref().map(|made| made.active)
    }

    /// How often an interrupt of the device has been disconnected.
    #[must_use]
    pub fn disconnects(&self) -> usize {
        self.0.disconnects.load(Ordering::Relaxed)
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        super::interrupts::forget(Arc::as_ptr(&self.0));
    }
}
