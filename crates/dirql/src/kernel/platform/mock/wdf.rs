//! Interrupts of the framework's: their objects, and the way of a device into D0 and out of it, as KMDF's source has it
//! (`FxInterrupt`).

use core::{
    cell::UnsafeCell,
    ffi::c_void,
    ptr,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    vec::Vec,
};

use super::{
    Hook,
    bugcheck::{require, require_at_most},
    dpc, pool,
    processor::{self, Dispatched},
    spin_lock,
};
use crate::kernel::platform::{
    DISPATCH_LEVEL, PASSIVE_LEVEL,
    framework::{Callbacks, Change, Configuration, ContextType, Handle, Synchronized},
    parameters::Kdpc,
};

const STATUS_SUCCESS: i32 = 0;
const STATUS_INSUFFICIENT_RESOURCES: i32 = 0xC000_009A_u32.cast_signed();
const STATUS_INVALID_PARAMETER: i32 = 0xC000_000D_u32.cast_signed();

/// A `WDFSPINLOCK`, or a `WDFWAITLOCK`, for interrupts that share it.
#[derive(Debug)]
pub struct FrameworkLock(
    /// A moved `Box` would be the one way to its word from then on, and the handle is another.
    Arc<AtomicUsize>,
);

impl FrameworkLock {
    /// A lock that is free.
    #[must_use]
    pub fn new() -> Self {
        let lock = Self(Arc::new(AtomicUsize::new(0)));
        // SAFETY: Nothing else has the word yet.
        unsafe { spin_lock::initialize_spin_lock(lock.0.as_ptr()) };
        lock
    }

    /// The handle.
    #[must_use]
    pub fn handle(&self) -> *mut c_void {
        self.0.as_ptr().cast()
    }
}

impl Default for FrameworkLock {
    fn default() -> Self {
        Self::new()
    }
}

/// What goes wrong, and what happens at some point of the framework.
#[derive(Clone, Default)]
pub struct FrameworkFaults {
    /// `WdfInterruptSynchronize` returns FALSE without having called its routine.
    pub not_synchronized: bool,
    /// `EvtInterruptDisable` is not called.
    pub not_disabled: bool,
    /// `WdfWaitLockCreate` fails.
    pub no_wait_lock: bool,
    /// Runs between the wait for DPCs and the disconnect.
    pub before_disconnect: Option<Hook>,
    /// Runs in `WdfInterruptSynchronize`, when the interrupt object has been read.
    pub object_read: Option<Hook>,
    /// Runs when an interrupt has been dispatched, before its lock is taken.
    pub dispatched: Option<Hook>,
    /// Runs in the thread of a work item, before its callback.
    pub work_item_begins: Option<Hook>,
}

impl core::fmt::Debug for FrameworkFaults {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("FrameworkFaults").finish_non_exhaustive()
    }
}

/// An interrupt of the framework's.
struct Object {
    device: Arc<Inner>,
    callbacks: Callbacks,
    kind: &'static ContextType,
    context: *mut u8,
    /// The driver's lock, or `own`.
    lock: *mut usize,
    own: UnsafeCell<usize>,
    dpc: UnsafeCell<Kdpc>,
    connected: AtomicBool,
    active: AtomicBool,
    enabled: AtomicBool,
    kept_disconnected: AtomicBool,
    reported_inactive: bool,
    passive: bool,
    number: u32,
    /// The work item waits for its thread.
    work_item_queued: AtomicBool,
    /// The threads of the work item that nothing has waited for yet.
    work_items: Mutex<Vec<JoinHandle<()>>>,
}

// SAFETY: The pointers are used under the rules of the framework: the lock atomically, the context by the driver.
unsafe impl Send for Object {}
// SAFETY: As above.
unsafe impl Sync for Object {}

struct Inner {
    level: u8,
    objects: Mutex<Vec<Arc<Object>>>,
    /// The wait locks that were made for it.
    wait_locks: Mutex<Vec<FrameworkLock>>,
    faults: Mutex<FrameworkFaults>,
}

/// A device of the framework's, with the interrupts that the driver makes of it.
pub struct FrameworkDevice(Arc<Inner>);

impl core::fmt::Debug for FrameworkDevice {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("FrameworkDevice").finish_non_exhaustive()
    }
}

impl FrameworkDevice {
    /// A device that interrupts at this level.
    #[must_use]
    pub fn new(level: u8) -> Self {
        Self(Arc::new(Inner {
            level,
            objects: Mutex::default(),
            wait_locks: Mutex::default(),
            faults: Mutex::default(),
        }))
    }

    /// The `WDFDEVICE`.
    #[must_use]
    pub fn handle(&self) -> *mut c_void {
        ptr::from_ref(&self.0).cast_mut().cast()
    }

    /// What goes wrong from now on.
    pub fn set_faults(&self, faults: FrameworkFaults) {
        *self.0.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// What the framework does behind `EvtDeviceD0Entry`: connects each interrupt and calls `EvtInterruptEnable`.
    ///
    /// # Errors
    ///
    /// The status of a callback; those before it stay connected.
    pub fn connect(&self) -> Result<(), i32> {
        for object in &self.0.objects() {
            if !object.kept_disconnected.load(Ordering::Relaxed) {
                object.connect()?;
            }
        }
        Ok(())
    }

    /// What the framework does behind `EvtDeviceD0ExitPreInterruptsDisabled`, or a failure of
    /// `EvtDeviceD0EntryPostInterruptsEnabled`: disables each interrupt, waits for its DPC, and disconnects it.
    pub fn disconnect(&self) {
        for object in self.0.objects().iter().rev() {
            object.disconnect();
        }
    }

    /// Whether the driver has asked that the interrupt of this number be reported inactive, and not disconnected, where the
    /// device sleeps.
    #[must_use]
    pub fn is_reported_inactive(&self, number: usize) -> bool {
        self.0.objects()[number].reported_inactive
    }

    /// Has the device interrupt by the interrupt of this number on this thread; what the service routine says, and none where
    /// it is not connected, or inactive.
    #[must_use]
    pub fn fire(&self, number: usize) -> Option<bool> {
        let object = Arc::clone(&self.0.objects()[number]);
        let claimed = object.serve();
        dpc::run_queued();
        claimed
    }

    /// Waits until no work item of an interrupt is queued or runs.
    pub fn wait_for_work_items(&self) {
        for object in &self.0.objects() {
            object.flush_work_items();
        }
    }

    /// Deletes the device's interrupts, each with its `EvtCleanupCallback`.
    pub fn delete(&self) {
        let objects = core::mem::take(&mut *self.0.lock_objects());
        for object in objects.iter().rev() {
            require(
                !object.connected.load(Ordering::Acquire),
                "a WDFINTERRUPT is deleted while it is connected",
            );
            // SAFETY: IRQL is PASSIVE_LEVEL, which a test that deletes has.
            unsafe { dpc::flush_dpcs() };
            object.flush_work_items();
            // SAFETY: The interrupt is live until the callback has returned.
            unsafe { (object.callbacks.cleanup)(object.handle()) };
            // SAFETY: The memory came from `allocate` with this size, and the object is deleted.
            unsafe { pool::free(object.context, object.kind.context_size) };
        }
    }
}

impl Inner {
    fn lock_objects(&self) -> MutexGuard<'_, Vec<Arc<Object>>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn objects(&self) -> Vec<Arc<Object>> {
        self.lock_objects().clone()
    }

    fn faults(&self) -> FrameworkFaults {
        self.faults
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Object {
    fn handle(&self) -> Handle {
        ptr::from_ref(self).cast_mut().cast()
    }

    fn lock(&self) -> &AtomicUsize {
        // SAFETY: The lock is a word that lives as long as the interrupt, and is used atomically.
        unsafe { AtomicUsize::from_ptr(self.lock) }
    }

    /// Runs `body` at the interrupt's level with its lock held.
    fn locked<R>(&self, body: impl FnOnce() -> R) -> R {
        let level = if self.passive {
            PASSIVE_LEVEL
        } else {
            self.device.level
        };
        processor::raised(level, || {
            spin_lock::acquire(self.lock());
            let result = body();
            spin_lock::release(self.lock());
            result
        })
    }

    fn call(&self, change: Change) -> i32 {
        let device = ptr::from_ref(&self.device).cast_mut().cast();
        // SAFETY: The interrupt is live, and its lock is held.
        let status = self.locked(|| unsafe { change(self.handle(), device) });
        dpc::run_queued();
        status
    }

    fn connect(&self) -> Result<(), i32> {
        require_at_most(PASSIVE_LEVEL);
        self.connected.store(true, Ordering::Release);
        self.active.store(true, Ordering::Release);
        let status = self.call(self.callbacks.enable);
        if status < STATUS_SUCCESS {
            return Err(status);
        }
        self.enabled.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn disconnect(&self) {
        require_at_most(PASSIVE_LEVEL);
        if !self.connected.load(Ordering::Acquire) {
            return;
        }
        let faults = self.device.faults();
        if self.enabled.swap(false, Ordering::Relaxed) && !faults.not_disabled {
            self.call(self.callbacks.disable);
        }
        // SAFETY: IRQL is PASSIVE_LEVEL.
        unsafe { dpc::flush_dpcs() };
        // The page of the routine speaks of what is queued; NT visits every processor for it.
        //
        // SAFETY: As above.
        unsafe { processor::run_on_every_processor() };
        self.flush_work_items();
        if let Some(hook) = &faults.before_disconnect {
            hook();
        }
        self.connected.store(false, Ordering::Release);
    }

    /// Queues the work item; says whether it was in no queue.
    fn queue_work_item(&self) -> bool {
        if self.work_item_queued.swap(true, Ordering::AcqRel) {
            return false;
        }
        let objects = self.device.objects();
        let mut objects = objects.into_iter();
        let this = objects.find(|object| ptr::eq(&raw const **object, self));
        let Some(this) = this else {
            return false;
        };
        let begins = self.device.faults().work_item_begins;
        let thread = thread::spawn(move || {
            if let Some(hook) = begins {
                hook();
            }
            this.work_item_queued.store(false, Ordering::Release);
            if let Some(callback) = this.callbacks.work_item {
                let device = ptr::from_ref(&this.device).cast_mut().cast();
                // SAFETY: The interrupt is live and IRQL is PASSIVE_LEVEL.
                unsafe { callback(this.handle(), device) };
            }
        });
        self.lock_work_items().push(thread);
        true
    }

    fn lock_work_items(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.work_items
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for what is queued and what runs, and for what that queues.
    fn flush_work_items(&self) {
        loop {
            let running = core::mem::take(&mut *self.lock_work_items());
            if running.is_empty() {
                return;
            }
            for thread in running {
                require(thread.join().is_ok(), "a work item has panicked");
            }
        }
    }

    fn serve(&self) -> Option<bool> {
        if !self.connected.load(Ordering::Acquire) || !self.active.load(Ordering::Acquire) {
            return None;
        }
        // One at PASSIVE_LEVEL is a thread, and no processor's.
        let _dispatched = (!self.passive).then(|| Dispatched::new(self.context.addr()));
        if let Some(hook) = self.device.faults().dispatched {
            hook();
        }
        Some(self.locked(|| {
            // SAFETY: The interrupt is live, and its lock is held.
            unsafe { (self.callbacks.isr)(self.handle(), self.number) != 0 }
        }))
    }
}

/// # Safety
///
/// The handle is that of a live interrupt.
unsafe fn object<'a>(handle: Handle) -> &'a Object {
    // SAFETY: A handle of an interrupt is the address of its object, which lives until it is deleted.
    unsafe { &*handle.cast::<Object>() }
}

pub(crate) unsafe fn wdf_interrupt_create(
    device: Handle,
    configuration: &Configuration,
    callbacks: &Callbacks,
    kind: &'static ContextType,
) -> Result<Handle, i32> {
    require_at_most(DISPATCH_LEVEL);
    let [raw, translated] = configuration.descriptors;
    require(
        raw.is_null() == translated.is_null(),
        "WdfInterruptCreate with one descriptor",
    );
    let at_its_level = if configuration.passive {
        configuration.lock.is_null()
    } else {
        configuration.wait_lock.is_null()
    };
    if !at_its_level || callbacks.dpc.is_some() && callbacks.work_item.is_some() {
        return Err(STATUS_INVALID_PARAMETER);
    }
    // SAFETY: The driver promises a live device, whose handle is the address of this.
    let device = unsafe { &*device.cast::<Arc<Inner>>() };
    // SAFETY: IRQL was looked at.
    let context = unsafe { pool::allocate(kind.context_size) };
    if context.is_null() {
        return Err(STATUS_INSUFFICIENT_RESOURCES);
    }
    let mut objects = device.lock_objects();
    let mut made = Arc::new(Object {
        device: Arc::clone(device),
        callbacks: *callbacks,
        kind,
        context,
        lock: if configuration.passive {
            configuration.wait_lock.cast()
        } else {
            configuration.lock.cast()
        },
        own: UnsafeCell::new(0),
        dpc: UnsafeCell::new(Kdpc { opaque: [0; 8] }),
        connected: AtomicBool::new(false),
        active: AtomicBool::new(false),
        enabled: AtomicBool::new(false),
        kept_disconnected: AtomicBool::new(false),
        reported_inactive: configuration.report_inactive,
        passive: configuration.passive,
        number: u32::try_from(objects.len()).unwrap_or(u32::MAX),
        work_item_queued: AtomicBool::new(false),
        work_items: Mutex::default(),
    });
    if let Some(object) = Arc::get_mut(&mut made)
        && object.lock.is_null()
    {
        object.lock = object.own.get();
        // SAFETY: Nothing else has the word yet.
        unsafe { spin_lock::initialize_spin_lock(object.lock) };
    }
    let handle = made.handle();
    // SAFETY: Nothing else has the DPC yet, and the object lives until it was waited out.
    unsafe { dpc::initialize_dpc(made.dpc.get(), run_dpc, handle) };
    objects.push(made);
    Ok(handle)
}

/// The framework's own DPC, which queues the work item where there is one.
///
/// # Safety
///
/// The context is the handle of a live interrupt with a DPC or a work item.
unsafe extern "C" fn run_dpc(_: *mut Kdpc, context: *mut c_void, _: *mut c_void, _: *mut c_void) {
    // SAFETY: As the caller promises.
    let object = unsafe { object(context) };
    if object.callbacks.work_item.is_some() {
        object.queue_work_item();
    }
    if let Some(callback) = object.callbacks.dpc {
        let device = ptr::from_ref(&object.device).cast_mut().cast();
        // SAFETY: The interrupt is live and IRQL is DISPATCH_LEVEL.
        unsafe { callback(context, device) };
    }
}

pub(crate) unsafe fn wdf_wait_lock_create(device: Handle) -> Result<Handle, i32> {
    require_at_most(PASSIVE_LEVEL);
    // SAFETY: The driver promises a live device, whose handle is the address of this.
    let device = unsafe { &*device.cast::<Arc<Inner>>() };
    if device.faults().no_wait_lock {
        return Err(STATUS_INSUFFICIENT_RESOURCES);
    }
    let lock = FrameworkLock::new();
    let handle = lock.handle();
    let locks = device.wait_locks.lock();
    locks.unwrap_or_else(PoisonError::into_inner).push(lock);
    Ok(handle)
}

pub(crate) unsafe fn wdf_context(handle: Handle, kind: &'static ContextType) -> *mut c_void {
    // SAFETY: The driver promises a live interrupt.
    let object = unsafe { object(handle) };
    if ptr::eq(object.kind, kind) {
        object.context.cast()
    } else {
        ptr::null_mut()
    }
}

pub(crate) unsafe fn wdf_synchronize(
    handle: Handle,
    routine: Synchronized,
    context: *mut c_void,
) -> u8 {
    // SAFETY: The driver promises a live interrupt.
    let object = unsafe { object(handle) };
    require_at_most(if object.passive {
        PASSIVE_LEVEL
    } else {
        DISPATCH_LEVEL
    });
    let connected = || object.connected.load(Ordering::Acquire);
    require(connected(), "WdfInterruptSynchronize without a connection");
    require(
        object.active.load(Ordering::Acquire),
        "WdfInterruptSynchronize on an interrupt that was reported inactive",
    );
    let faults = object.device.faults();
    if faults.not_synchronized {
        return 0;
    }
    if let Some(hook) = &faults.object_read {
        hook();
    }
    require(
        connected(),
        "KeSynchronizeExecution on an interrupt that was disconnected meanwhile",
    );
    // SAFETY: The lock is held, and the driver promises its routine.
    let answer = object.locked(|| unsafe { routine(handle, context) });
    dpc::run_queued();
    answer
}

pub(crate) unsafe fn wdf_queue_dpc(handle: Handle) -> bool {
    // SAFETY: The driver promises a live interrupt.
    let object = unsafe { object(handle) };
    require(
        object.callbacks.dpc.is_some(),
        "WdfInterruptQueueDpcForIsr without a DPC",
    );
    // SAFETY: The DPC was initialised with the object.
    unsafe { dpc::insert_dpc(object.dpc.get()) }
}

pub(crate) unsafe fn wdf_queue_work_item(handle: Handle) -> bool {
    // SAFETY: The driver promises a live interrupt.
    let object = unsafe { object(handle) };
    require(
        object.callbacks.work_item.is_some(),
        "WdfInterruptQueueWorkItemForIsr without a work item",
    );
    if processor::irql() <= DISPATCH_LEVEL {
        return object.queue_work_item();
    }
    // SAFETY: The DPC was initialised with the object.
    unsafe { dpc::insert_dpc(object.dpc.get()) }
}

pub(crate) unsafe fn wdf_has_object(handle: Handle) -> bool {
    // SAFETY: The driver promises a live interrupt.
    unsafe { object(handle) }.connected.load(Ordering::Acquire)
}

pub(crate) unsafe fn wdf_disable(handle: Handle) {
    // SAFETY: The driver promises a live interrupt.
    let object = unsafe { object(handle) };
    object.kept_disconnected.store(true, Ordering::Relaxed);
    object.disconnect();
}

pub(crate) unsafe fn wdf_enable(handle: Handle) {
    // SAFETY: The driver promises a live interrupt.
    let object = unsafe { object(handle) };
    require(
        !object.connected.load(Ordering::Acquire),
        "WdfInterruptEnable of an interrupt that is connected",
    );
    object.kept_disconnected.store(false, Ordering::Relaxed);
    // The framework tells its caller of no failure.
    let _ = object.connect();
}

pub(crate) unsafe fn wdf_report(handle: Handle, active: bool) {
    // SAFETY: The driver promises a live interrupt.
    let object = unsafe { object(handle) };
    require(
        object.connected.load(Ordering::Acquire),
        "WdfInterruptReportActive or WdfInterruptReportInactive without a connection",
    );
    object.active.store(active, Ordering::Release);
}

pub(crate) unsafe fn wdf_try_lock(handle: Handle) -> bool {
    require_at_most(PASSIVE_LEVEL);
    // SAFETY: The driver promises a live interrupt.
    let object = unsafe { object(handle) };
    require(
        object.passive,
        "WdfInterruptTryToAcquireLock of an interrupt that is handled at DIRQL",
    );
    spin_lock::try_acquire(object.lock())
}

pub(crate) unsafe fn wdf_release_lock(handle: Handle) {
    require_at_most(PASSIVE_LEVEL);
    // SAFETY: The driver promises a live interrupt.
    spin_lock::release(unsafe { object(handle) }.lock());
}
