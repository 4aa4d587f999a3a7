//! PSHED and WHEA: a plug-in, error sources whose handlers any thread can run, and how both misbehave.
//!
//! A [`Whea`] is one machine's, and belongs to the thread that installed it: what registers on that thread
//! registers there. A source is found by the address of its descriptor, from any thread.

mod faults;
mod routines;
mod source;

use core::{
    cell::RefCell,
    ffi::c_void,
    fmt, ptr,
    sync::atomic::{AtomicUsize, Ordering},
};
use std::{
    boxed::Box,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    vec,
    vec::Vec,
};

use super::{
    processor::{self, Dispatched},
    spin_lock,
};
use crate::{
    kernel::platform::{DISPATCH_LEVEL, PASSIVE_LEVEL},
    pshed::layout::{Callbacks, ErrorSourceDescriptor, INFO, PACKET_V1, Routine},
};

pub use faults::WheaFaults;
pub(crate) use routines::{
    pshed_is_system_whea_enabled, pshed_register_plugin, pshed_synchronize_execution,
    pshed_unregister_plugin,
};
pub use source::{Control, Source};
use source::{Known, SourceObject, sources};

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

std::thread_local! {
    static INSTALLED: RefCell<Option<Arc<Machine>>> = const { RefCell::new(None) };
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
        // SAFETY: A word that nothing else knows.
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
        let (in_threads, processors_left) = {
            let faults = locked(&self.faults);
            (faults.callbacks_in_threads, faults.processors_left)
        };
        let (routine, context, irql, dispatched) = {
            let plugins = locked(&self.plugins);
            let last = plugins
                .iter()
                .rev()
                .find(|plugin| !which(&plugin.callbacks).is_null())?;
            let in_thread = in_threads && last.version == PACKET_V1;
            // Dispatched while the registration is seen, so that an unregistration sees the callback.
            let keeps_processor = !in_thread && !processors_left;
            let dispatched = keeps_processor.then(|| Dispatched::new(last.context.addr()));
            let irql = if in_thread { PASSIVE_LEVEL } else { irql };
            (which(&last.callbacks), last.context, irql, dispatched)
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

fn installed() -> Arc<Machine> {
    INSTALLED.with_borrow(|machine| machine.clone().unwrap_or_default())
}
