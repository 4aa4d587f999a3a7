//! One adapter of the mock port driver: its extension, its interrupt and its lock.

use core::{
    alloc::Layout,
    ffi::c_void,
    mem::offset_of,
    ptr,
    sync::atomic::{AtomicBool, Ordering},
};
use std::{
    alloc,
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    vec,
    vec::Vec,
};

use dirql::{
    Dispatch, Level, Passive,
    mock::{at_irql, irql},
};

use super::port::{DEVICE_LEVEL, Faults, Fired, Port, Reply};
use crate::sys::{
    ChildEnumInfo, ConfigInfo, HwInitializationData, PowerManagement, RequestPacket, StatusBlock,
};

/// The adapters that there are, by the address of their extension.
static ADAPTERS: Mutex<BTreeMap<usize, Arc<Port>>> = Mutex::new(BTreeMap::new());

/// The adapter with this extension.
///
/// # Panics
///
/// Where there is none.
pub(super) fn of(extension: *mut c_void) -> Arc<Port> {
    let adapters = ADAPTERS.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(
        adapters
            .get(&extension.addr())
            .expect("the address of a device extension"),
    )
}

/// One device with a miniport.
pub struct Adapter {
    data: HwInitializationData,
    extension: *mut c_void,
    layout: Layout,
    port: Arc<Port>,
    resources: Mutex<(u32, u32)>,
}

// SAFETY: The extension is shared between callbacks on any thread, as the port driver shares it.
unsafe impl Send for Adapter {}
// SAFETY: As above.
unsafe impl Sync for Adapter {}

impl core::fmt::Debug for Adapter {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Adapter").finish_non_exhaustive()
    }
}

impl Adapter {
    pub(super) fn new(data: HwInitializationData, level: u32, vector: u32) -> Self {
        let layout = Layout::from_size_align(data.extension_size.max(1) as usize, 8)
            .expect("the size of an extension");
        // SAFETY: The size is not zero.
        let extension = unsafe { alloc::alloc_zeroed(layout) }.cast::<c_void>();
        let port = Arc::new(Port {
            connected: AtomicBool::new(false),
            lock: AtomicBool::new(false),
            faults: Mutex::new(Faults::default()),
            dpcs: Mutex::new(Vec::new()),
        });
        ADAPTERS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(extension.addr(), Arc::clone(&port));
        Self {
            data,
            extension,
            layout,
            port,
            resources: Mutex::new((level, vector)),
        }
    }

    /// Gives the device another interrupt for the next `HwVidFindAdapter`.
    pub fn assign(&self, level: u32, vector: u32) {
        *self
            .resources
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = (level, vector);
    }

    /// Lets the port driver misbehave.
    pub fn set_faults(&self, faults: Faults) {
        *self
            .port
            .faults
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// Calls `HwVidFindAdapter`, with a configuration of which so many bytes are there, and connects the
    /// interrupt where that is due. Answers the `VP_STATUS`.
    ///
    /// # Panics
    ///
    /// Where the miniport has no such routine.
    pub fn find_with_length(&self, length: u32) -> i32 {
        let (level, vector) = *self
            .resources
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // SAFETY: A structure of numbers and pointers, of which zero is a value.
        let mut config: ConfigInfo = unsafe { core::mem::zeroed() };
        config.length = length;
        config.interrupt_level = level;
        config.interrupt_vector = vector;
        let find = self.data.find_adapter.expect("HwVidFindAdapter");
        let mut again = 0;
        self.port.connected.store(false, Ordering::Release);
        // SAFETY: As the port driver calls it: the extension is zeroed, or was given before.
        let status = unsafe {
            find(
                self.extension,
                ptr::null_mut(),
                ptr::null_mut(),
                &raw mut config,
                &raw mut again,
            )
        };
        let due = config.interrupt_level != 0 || config.interrupt_vector != 0;
        self.port.connected.store(
            status == 0 && due && self.data.interrupt.is_some(),
            Ordering::Release,
        );
        status
    }

    /// Calls `HwVidFindAdapter` with a whole configuration.
    pub fn find(&self) -> i32 {
        self.find_with_length(128)
    }

    /// The shortest configuration that a port driver gives, in bytes.
    pub const SHORT_CONFIG: usize = offset_of!(ConfigInfo, master);

    /// Calls `HwVidInitialize`.
    ///
    /// # Panics
    ///
    /// Where the miniport has no such routine.
    pub fn initialize(&self) -> bool {
        let initialize = self.data.initialize.expect("HwVidInitialize");
        // SAFETY: As the port driver calls it.
        unsafe { initialize(self.extension) != 0 }
    }

    /// Interrupts this thread's processor.
    pub fn fire(&self) -> Fired {
        if !self.port.connected.load(Ordering::Acquire) {
            return Fired::NotConnected;
        }
        if irql() >= DEVICE_LEVEL {
            return Fired::Masked;
        }
        if self.call_interrupt() {
            Fired::Claimed
        } else {
            Fired::NotMine
        }
    }

    /// Calls `HwVidInterrupt`, whether an interrupt is connected or not.
    ///
    /// # Panics
    ///
    /// Where the miniport has no such routine.
    pub fn call_interrupt(&self) -> bool {
        let interrupt = self.data.interrupt.expect("HwVidInterrupt");
        at_irql(DEVICE_LEVEL, || {
            self.port.locked(|| {
                // SAFETY: As the port driver calls it, with its lock held.
                unsafe { interrupt(self.extension) != 0 }
            })
        })
    }

    /// Calls `HwVidStartIO` with one buffer for input and output, as the I/O manager makes it.
    ///
    /// # Panics
    ///
    /// Where the miniport has no such routine, or does not answer TRUE.
    pub fn request(&self, code: u32, input: &[u8], output_length: usize) -> Reply {
        let mut buffer = input.to_vec();
        buffer.resize(input.len().max(output_length), 0);
        let memory = buffer.as_mut_ptr().cast::<c_void>();
        let length = |length: usize| u32::try_from(length).expect("a short buffer");
        let (status, information) = self.packet(RequestPacket {
            code,
            status: ptr::null_mut(),
            input: memory,
            input_length: length(input.len()),
            output: memory,
            output_length: length(output_length),
        });
        buffer.truncate(information);
        Reply {
            status,
            output: buffer,
        }
    }

    /// Calls `HwVidStartIO` with this packet and a status block; answers status and information.
    ///
    /// # Panics
    ///
    /// Where the miniport has no such routine, or does not answer TRUE.
    pub fn packet(&self, mut packet: RequestPacket) -> (i32, usize) {
        let start_io = self.data.start_io.expect("HwVidStartIO");
        let mut block = StatusBlock {
            status: i32::MAX,
            information: usize::MAX,
        };
        packet.status = &raw mut block;
        let answer = at_irql(Passive::MAX, || {
            // SAFETY: As the port driver calls it; the caller's buffers are live.
            unsafe { start_io(self.extension, &raw mut packet) }
        });
        assert_eq!(answer, 1, "HwVidStartIO answers TRUE");
        (block.status, block.information)
    }

    /// Runs the queued DPC; false where none is.
    pub fn run_dpc(&self) -> bool {
        let queued = self
            .port
            .dpcs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        if let Some(routine) = queued {
            // SAFETY: As the port driver calls it, with what VideoPortQueueDpc was given.
            at_irql(Dispatch::MAX, || unsafe {
                routine(self.extension, ptr::null_mut());
            });
        }
        queued.is_some()
    }

    /// Calls `HwVidGetPowerState`, or `HwVidSetPowerState` where `set`; answers the `VP_STATUS`.
    ///
    /// # Panics
    ///
    /// Where the miniport has no such routine.
    pub fn power(&self, set: bool, device: u32, state: u32) -> i32 {
        let routine = if set {
            self.data.set_power_state
        } else {
            self.data.get_power_state
        };
        let mut management = PowerManagement {
            length: 12,
            dpms_version: 1,
            state,
        };
        // SAFETY: As the port driver calls it.
        unsafe { routine.expect("a power routine")(self.extension, device, &raw mut management) }
    }

    /// Calls `HwVidGetVideoChildDescriptor`; answers the status, the kind, the number and the descriptor.
    ///
    /// # Panics
    ///
    /// Where the miniport has no such routine.
    pub fn child(&self, index: u32) -> (u32, i32, u32, Vec<u8>) {
        let routine = self
            .data
            .get_child_descriptor
            .expect("HwVidGetVideoChildDescriptor");
        let mut info = ChildEnumInfo {
            size: 24,
            descriptor_size: 16,
            index,
            acpi_id: 0,
            child_extension: ptr::null_mut(),
        };
        let (mut kind, mut id, mut unused) = (0, 0, u32::MAX);
        let mut descriptor = vec![0xFF_u8; 16];
        // SAFETY: As the port driver calls it.
        let status = unsafe {
            routine(
                self.extension,
                &raw mut info,
                &raw mut kind,
                descriptor.as_mut_ptr(),
                &raw mut id,
                &raw mut unused,
            )
        };
        (status, kind, id, descriptor)
    }
}

impl Drop for Adapter {
    fn drop(&mut self) {
        ADAPTERS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.extension.addr());
        // SAFETY: Allocated with this layout, and no callback is on.
        unsafe { alloc::dealloc(self.extension.cast(), self.layout) };
    }
}
