//! PSHED and WHEA: a plug-in, error sources whose handlers any thread can run, and how both misbehave.
//!
//! A [`Whea`] is one machine's, and belongs to the thread that installed it: what registers on that thread
//! registers there. A source is found by the address of its descriptor, from any thread.

use core::{
    cell::RefCell,
    ffi::c_void,
    fmt,
    ptr::{self, NonNull},
    sync::atomic::{AtomicUsize, Ordering},
};
use std::{
    boxed::Box,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    vec,
    vec::Vec,
};

use super::{
    Hook,
    bugcheck::{require, require_at_most},
    processor::{self, Dispatched},
    spin_lock,
};
use crate::{
    platform::{DISPATCH_LEVEL, PASSIVE_LEVEL, parameters::SynchronizeRoutine},
    pshed::layout::{
        Callbacks, ErrorPacket, ErrorSourceDescriptor, INFO, PACKET_V1, PACKET_V1_SIZE, PACKET_V2,
        PACKET_V2_SIZE, RecordHeader, RegistrationPacket, Routine,
    },
};

const STATUS_NOT_SUPPORTED: i32 = 0xc000_00bb_u32.cast_signed();
const STATUS_INVALID_PARAMETER: i32 = 0xc000_000d_u32.cast_signed();
const DISCOVERY: u32 = 1;

/// What PSHED does otherwise than its pages say, or leave open.
#[derive(Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one way to misbehave, and tests combine them"
)]
pub struct WheaFaults {
    /// WHEA is not enabled for the whole system.
    pub disabled: bool,
    /// `PshedRegisterPlugin` answers this status.
    pub register_status: Option<i32>,
    /// `PshedRegisterPlugin` succeeds and gives no handle.
    pub no_handle: bool,
    /// Runs inside `PshedRegisterPlugin`, when the plug-in can be called and before the call returns.
    pub while_registering: Option<Hook>,
    /// A handler does not hold its lock while it calls the plug-in.
    pub handler_without_lock: bool,
    /// How often `PshedSynchronizeExecution` calls the routine.
    pub thunk_calls: u32,
    /// The BOOLEAN that it returns.
    pub raw_boolean: Option<u8>,
    /// `PshedUnregisterPlugin` does not wait for callbacks that were dispatched before it.
    pub unregister_returns_early: bool,
    /// Runs on the thread of a callback after its dispatch and before its first instruction.
    pub dispatched: Option<Hook>,
}

impl Default for WheaFaults {
    /// A PSHED that does what its pages say.
    fn default() -> Self {
        Self {
            disabled: false,
            register_status: None,
            no_handle: false,
            while_registering: None,
            handler_without_lock: false,
            thunk_calls: 1,
            raw_boolean: None,
            unregister_returns_early: false,
            dispatched: None,
        }
    }
}

impl fmt::Debug for WheaFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WheaFaults").finish_non_exhaustive()
    }
}

/// A registered plug-in.
#[derive(Clone, Copy)]
struct Registered {
    context: *mut c_void,
    areas: u32,
    version: u32,
    callbacks: Callbacks,
    handle: *mut c_void,
}

// SAFETY: The pointers are the driver's, which says by the registration that any processor may use them.
unsafe impl Send for Registered {}

#[derive(Default)]
struct Machine {
    faults: Mutex<WheaFaults>,
    plugins: Mutex<Vec<Registered>>,
    unregistered: AtomicUsize,
}

/// An error source of the mock machine.
struct SourceObject {
    machine: Arc<Machine>,
    descriptor: *mut ErrorSourceDescriptor,
    irql: u8,
    lock: AtomicUsize,
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

std::thread_local! {
    static INSTALLED: RefCell<Option<Arc<Machine>>> = const { RefCell::new(None) };
    static HELD: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// The sources that exist, by the address of their descriptor.
static SOURCES: Mutex<Vec<Known>> = Mutex::new(Vec::new());

struct Known(usize, Arc<SourceObject>);

fn sources() -> MutexGuard<'static, Vec<Known>> {
    SOURCES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The WHEA of a machine.
pub struct Whea(Arc<Machine>);

impl fmt::Debug for Whea {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Whea").finish_non_exhaustive()
    }
}

impl Default for Whea {
    fn default() -> Self {
        Self::new()
    }
}

impl Whea {
    /// A WHEA without plug-ins, installed on this thread.
    #[must_use]
    pub fn new() -> Self {
        let machine = Arc::new(Machine::default());
        INSTALLED.set(Some(Arc::clone(&machine)));
        Self(machine)
    }

    /// How PSHED misbehaves from now on.
    pub fn set_faults(&self, faults: WheaFaults) {
        *locked(&self.0.faults) = faults;
    }

    /// Adds an error source: its `Type`, the tag of its information, how it notifies where that says it,
    /// and the IRQL of its handler.
    #[must_use]
    pub fn add_source(
        &self,
        id: u32,
        kind: i32,
        tag: u16,
        notification: Option<u8>,
        irql: u8,
    ) -> Source {
        let descriptor = Box::into_raw(Box::new(ErrorSourceDescriptor {
            length: 972,
            version: 11,
            kind,
            state: 2,
            max_raw_data_length: 256,
            records_to_preallocate: 1,
            max_sections_per_record: 3,
            id,
            platform_id: 0x1234,
            flags: 4,
            info: [0; 932],
        }));
        let write = |offset: usize, bytes: &[u8]| {
            // SAFETY: The offsets are those of the information in a descriptor.
            let place = unsafe { descriptor.cast::<u8>().add(INFO + offset) };
            // SAFETY: As above; the descriptor is not shared yet.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), place, bytes.len()) };
        };
        write(0, &tag.to_le_bytes());
        if let Some(notification) = notification {
            write(if tag == 1 { 8 } else { 24 }, &[notification]);
        }
        let lock = AtomicUsize::new(0);
        // SAFETY: A word that nobody else knows.
        unsafe { spin_lock::initialize_spin_lock(lock.as_ptr()) };
        let object = Arc::new(SourceObject {
            machine: Arc::clone(&self.0),
            descriptor,
            irql,
            lock,
        });
        sources().push(Known(descriptor.addr(), Arc::clone(&object)));
        Source(object)
    }

    /// The mask of each registered plug-in, with its version.
    #[must_use]
    pub fn registered(&self) -> Vec<(u32, u32)> {
        let plugins = locked(&self.0.plugins);
        plugins
            .iter()
            .map(|plugin| (plugin.areas, plugin.version))
            .collect()
    }

    /// How often a plug-in has been unregistered.
    #[must_use]
    pub fn unregistered(&self) -> usize {
        self.0.unregistered.load(Ordering::Relaxed)
    }

    /// Injects an error through the plug-in, as the kernel does; none where no plug-in injects.
    #[must_use]
    pub fn inject(&self, error_type: u64, parameters: [u64; 4]) -> Option<i32> {
        type Inject = unsafe extern "C" fn(*mut c_void, u64, u64, u64, u64, u64) -> i32;
        let [first, second, third, fourth] = parameters;
        self.0.call(
            DISPATCH_LEVEL,
            |callbacks| callbacks.inject_error,
            |routine, context| {
                // SAFETY: The routine has this type, and its context is that of the registration.
                let routine = unsafe { core::mem::transmute::<Routine, Inject>(routine) };
                // SAFETY: As above.
                unsafe { routine(context, error_type, first, second, third, fourth) }
            },
        )
    }

    /// Asks the plug-in what it can inject; none where no plug-in injects.
    #[must_use]
    pub fn capabilities(&self) -> Option<(i32, u32)> {
        type Ask = unsafe extern "C" fn(*mut c_void, *mut u32) -> i32;
        let mut kinds = 0;
        let place = &raw mut kinds;
        let which = |callbacks: &Callbacks| callbacks.get_injection_capabilities;
        let status = self.0.call(DISPATCH_LEVEL, which, |routine, context| {
            // SAFETY: The routine has this type, and its context is that of the registration.
            let routine = unsafe { core::mem::transmute::<Routine, Ask>(routine) };
            // SAFETY: As above; the place is live.
            unsafe { routine(context, place) }
        })?;
        Some((status, kinds))
    }

    /// Has the plug-in discover sources into a buffer of this many bytes that holds none; none where no
    /// plug-in discovers. Answers the status, the count and the length that came back.
    #[must_use]
    pub fn discover(&self, room: u32) -> Option<(i32, u32, u32)> {
        type GetAll = unsafe extern "C" fn(*mut c_void, *mut u32, *mut *mut u8, *mut u32) -> i32;
        let mut buffer = vec![0_u8; room as usize];
        let (mut count, mut length, mut start) = (0, room, buffer.as_mut_ptr());
        let (count_at, length_at, start_at) = (&raw mut count, &raw mut length, &raw mut start);
        let which = |callbacks: &Callbacks| callbacks.get_all_error_sources;
        let status = self.0.call(DISPATCH_LEVEL, which, |routine, context| {
            // SAFETY: The routine has this type, and its context is that of the registration.
            let routine = unsafe { core::mem::transmute::<Routine, GetAll>(routine) };
            // SAFETY: As above; the places and the buffer are live.
            unsafe { routine(context, count_at, start_at, length_at) }
        })?;
        Some((status, count, length))
    }
}

impl Machine {
    /// Calls a routine of the plug-in that registered it last, at `irql`.
    fn call(
        &self,
        irql: u8,
        which: impl Fn(&Callbacks) -> Routine,
        call: impl FnOnce(Routine, *mut c_void) -> i32,
    ) -> Option<i32> {
        let (routine, context, dispatched) = {
            let plugins = locked(&self.plugins);
            let last = plugins
                .iter()
                .rev()
                .find(|plugin| !which(&plugin.callbacks).is_null())?;
            // Dispatched while the registration is seen, so that an unregistration sees the callback.
            let dispatched = Dispatched::new(last.context.addr());
            (which(&last.callbacks), last.context, dispatched)
        };
        let hook = locked(&self.faults).dispatched.clone();
        let status = processor::at_irql(irql, || {
            if let Some(hook) = hook {
                hook();
            }
            call(routine, context)
        });
        drop(dispatched);
        Some(status)
    }
}

/// An error source, as the test holds it.
pub struct Source(Arc<SourceObject>);

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
    /// Writes into the information of the descriptor, which nobody uses meanwhile.
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
    fn locked<R>(&self, body: impl FnOnce() -> R) -> R {
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

fn installed() -> Arc<Machine> {
    INSTALLED.with_borrow(|machine| machine.clone().unwrap_or_default())
}

pub(crate) fn pshed_is_system_whea_enabled() -> bool {
    let machine = installed();
    let disabled = locked(&machine.faults).disabled;
    !disabled
}

pub(crate) unsafe fn pshed_register_plugin(packet: *mut RegistrationPacket) -> i32 {
    require_at_most(PASSIVE_LEVEL);
    let machine = installed();
    let faults = locked(&machine.faults).clone();
    if faults.disabled {
        return STATUS_NOT_SUPPORTED;
    }
    // SAFETY: The driver promises a live packet of version 2 in size; this one copies it.
    let said = unsafe { packet.read() };
    let length = match said.version {
        PACKET_V1 => PACKET_V1_SIZE,
        PACKET_V2 => PACKET_V2_SIZE,
        _ => return STATUS_INVALID_PARAMETER,
    };
    let discovers = said.areas & DISCOVERY != 0;
    if said.length != length
        || said.reserved != 0
        || said.areas == 0
        || (said.version == PACKET_V2 && discovers)
        || discovers == said.callbacks.get_all_error_sources.is_null()
    {
        return STATUS_INVALID_PARAMETER;
    }
    let handle = if said.version == PACKET_V2 && !faults.no_handle {
        packet.cast()
    } else {
        ptr::null_mut()
    };
    locked(&machine.plugins).push(Registered {
        context: said.context,
        areas: said.areas,
        version: said.version,
        callbacks: said.callbacks,
        handle,
    });
    if let Some(hook) = &faults.while_registering {
        hook();
    }
    if let Some(status) = faults.register_status {
        locked(&machine.plugins).pop();
        return status;
    }
    if said.version == PACKET_V2 {
        // SAFETY: The packet is live and has a handle.
        let place = unsafe { &raw mut (*packet).handle };
        // SAFETY: As above.
        unsafe { place.write(handle) };
    }
    0
}

pub(crate) unsafe fn pshed_unregister_plugin(handle: *mut c_void) {
    require_at_most(PASSIVE_LEVEL);
    let machine = installed();
    let found = {
        let mut plugins = locked(&machine.plugins);
        let at = plugins
            .iter()
            .position(|plugin| plugin.handle == handle && plugin.version == PACKET_V2);
        at.map(|at| plugins.remove(at))
    };
    require(
        found.is_some(),
        "PshedUnregisterPlugin of what is not registered",
    );
    let early = locked(&machine.faults).unregister_returns_early;
    if !early {
        // SAFETY: IRQL is PASSIVE_LEVEL.
        unsafe { processor::run_on_every_processor() };
    }
    machine.unregistered.fetch_add(1, Ordering::Relaxed);
}

pub(crate) unsafe fn pshed_synchronize_execution(
    source: NonNull<ErrorSourceDescriptor>,
    routine: SynchronizeRoutine,
    context: *mut c_void,
) -> u8 {
    let address = source.addr().get();
    let found = sources()
        .iter()
        .find(|Known(other, _)| *other == address)
        .map(|Known(_, object)| Arc::clone(object));
    require(
        found.is_some(),
        "PshedSynchronizeExecution on a descriptor that PSHED has not handed over",
    );
    let Some(object) = found else {
        return 0;
    };
    require_at_most(object.irql);
    let faults = locked(&object.machine.faults).clone();
    let returned = processor::at_irql(object.irql, || {
        object.locked(|| {
            let mut returned = 0;
            for _ in 0..faults.thunk_calls {
                // SAFETY: As the driver promises.
                returned = unsafe { routine(context) };
            }
            returned
        })
    });
    faults.raw_boolean.unwrap_or(returned)
}
