//! The description of the context of an interrupt, and making one.

use core::{
    ffi::{CStr, c_void},
    fmt,
    marker::PhantomData,
    ptr::NonNull,
};

use super::{
    FrameworkHandler, FrameworkInterrupt, PassiveFrameworkInterrupt, callbacks, context::Context,
};
use crate::{
    BY_VALUE_MAX, Irql, Passive,
    kernel::platform::{
        self,
        framework::{Configuration, ContextType},
    },
};

/// The alignment that the context of a framework object is sure to have: `MEMORY_ALLOCATION_ALIGNMENT` (wdfobject.h).
const CONTEXT_ALIGNMENT: usize = 16;

/// The description of the context of a WDFINTERRUPT with a handler of type `H`: a `static` of the driver's.
///
/// ```
/// # use dirql::{Serviced, wdf::{FrameworkHandler, InterruptKind, ServiceContext}};
/// struct Events(u32);
///
/// static EVENTS: InterruptKind<Events> = InterruptKind::new(c"Events", &raw const EVENTS);
///
/// impl FrameworkHandler for Events {
///     const KIND: &'static InterruptKind<Self> = &EVENTS;
/// #   fn service(&mut self, _: &ServiceContext<'_, Self>) -> Serviced { Serviced::NotMine }
///     // ...
/// }
/// ```
pub struct InterruptKind<H> {
    info: ContextType,
    _handler: PhantomData<fn(H)>,
}

// SAFETY: The description is constant: the framework and the driver only read it.
unsafe impl<H> Sync for InterruptKind<H> {}

/// How an interrupt is made.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    lock: *mut c_void,
    wait_lock: *mut c_void,
    descriptors: [*mut c_void; 2],
    report_inactive: bool,
}

impl Config {
    /// An interrupt with a lock of its own, made in `EvtDriverDeviceAdd`, which is disconnected where the device sleeps.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            lock: core::ptr::null_mut(),
            wait_lock: core::ptr::null_mut(),
            descriptors: [core::ptr::null_mut(); 2],
            report_inactive: false,
        }
    }

    /// The lock is this WDFSPINLOCK, which other interrupts of the device may have, too: their routines and closures exclude one
    /// another then.
    #[must_use]
    pub const fn with_lock(self, lock: *mut c_void) -> Self {
        Self { lock, ..self }
    }

    /// The lock of an interrupt that is handled at `PASSIVE_LEVEL` is this WDFWAITLOCK, which other such interrupts of the device may
    /// have, too: their routines and closures exclude one another then.
    #[must_use]
    pub const fn with_wait_lock(self, wait_lock: *mut c_void) -> Self {
        Self { wait_lock, ..self }
    }

    /// The interrupt is made in `EvtDevicePrepareHardware`, of these two descriptors of its list, and goes behind
    /// `EvtDeviceReleaseHardware`.
    #[must_use]
    pub const fn of_descriptors(self, raw: *mut c_void, translated: *mut c_void) -> Self {
        Self {
            descriptors: [raw, translated],
            ..self
        }
    }

    /// The interrupt is reported inactive where the device sleeps, and not disconnected.
    #[must_use]
    pub const fn reported_inactive(self) -> Self {
        Self {
            report_inactive: true,
            ..self
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

impl<H: FrameworkHandler> InterruptKind<H> {
    /// Describes the context. `unique` is the address of the static that the value becomes.
    ///
    /// # Panics
    ///
    /// In the initialiser of a `static` that is an error of the compiler: a context cannot hold the handler, for it is aligned to more than
    /// 16 bytes, has more than [`BY_VALUE_MAX`], or owns a value with a destructor and does not say so ([`PLAIN`](FrameworkHandler::PLAIN)).
    #[must_use]
    pub const fn new(name: &'static CStr, unique: *const Self) -> Self {
        assert!(
            align_of::<Context<H>>() <= CONTEXT_ALIGNMENT,
            "an interrupt handler may not ask for more than 16 bytes of alignment, which is what the context of a \
             framework object has"
        );
        assert!(
            size_of::<H>() <= BY_VALUE_MAX,
            "an interrupt handler of more than 512 bytes is not moved over a kernel stack: keep what is large elsewhere"
        );
        assert!(
            !H::PLAIN || !core::mem::needs_drop::<H>(),
            "this interrupt handler owns a value with a destructor, which code under the lock could run at \
             the interrupt's IRQL: keep the value elsewhere, or declare `const PLAIN: bool = false`"
        );
        Self {
            info: ContextType::new(name, size_of::<Context<H>>(), unique.cast()),
            _handler: PhantomData,
        }
    }

    pub(super) const fn info(&'static self) -> &'static ContextType {
        &self.info
    }

    /// Makes an interrupt of a device. It has no handler yet, and its gate is closed.
    ///
    /// A handler with both a [`DPC`](FrameworkHandler::DPC) and a [`WORK_ITEM`](FrameworkHandler::WORK_ITEM) does not compile here, when
    /// code is generated.
    ///
    /// Wraps `WdfInterruptCreate` (nf-wdfinterrupt-wdfinterruptcreate).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The framework's status. It refuses a `WDFWAITLOCK`.
    ///
    /// # Safety
    ///
    /// - `device` is a live `WDFDEVICE`, and this is its `EvtDriverDeviceAdd` or its `EvtDevicePrepareHardware`.
    /// - What `config` names is the device's: a live `WDFSPINLOCK` or `WDFWAITLOCK` that lives as long as the interrupt, and the descriptors of
    ///   one interrupt in the two lists of that callback.
    /// - The result and its copies are not used once the framework has deleted the interrupt: one that was made in
    ///   `EvtDevicePrepareHardware` behind `EvtDeviceReleaseHardware`, any other with the device.
    pub unsafe fn create(
        &'static self,
        irql: &mut Irql<'_, Passive>,
        device: *mut c_void,
        config: &Config,
    ) -> Result<FrameworkInterrupt<H>, i32> {
        const {
            assert!(
                H::DPC.is_none() || H::WORK_ITEM.is_none(),
                "an interrupt has a DPC or a work item, and not both: the framework refuses it"
            );
        }
        let _ = irql;
        // SAFETY: As the caller promises.
        unsafe { self.make(device, config, false) }
    }

    /// Makes an interrupt of a device that is handled at `PASSIVE_LEVEL`, on a line whose translated level is that. It has no handler
    /// yet, and its gate is closed.
    ///
    /// A handler with a [`DPC`](FrameworkHandler::DPC) does not compile here, when code is generated; a
    /// [`WORK_ITEM`](FrameworkHandler::WORK_ITEM) it may have.
    ///
    /// Wraps `WdfInterruptCreate` (nf-wdfinterrupt-wdfinterruptcreate).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The framework's status. It refuses a `WDFSPINLOCK`.
    ///
    /// # Safety
    ///
    /// As for [`create`](Self::create).
    pub unsafe fn create_passive(
        &'static self,
        irql: &mut Irql<'_, Passive>,
        device: *mut c_void,
        config: &Config,
    ) -> Result<PassiveFrameworkInterrupt<H>, i32> {
        const {
            assert!(
                H::DPC.is_none(),
                "an interrupt that is handled at PASSIVE_LEVEL has no DPC here, for its locks cannot be waited for at \
                 DISPATCH_LEVEL: its service routine is a thread, and does what a DPC would do"
            );
        }
        let _ = irql;
        // SAFETY: As the caller promises.
        let interrupt = unsafe { self.make(device, config, true) }?;
        Ok(PassiveFrameworkInterrupt::new(interrupt))
    }

    /// # Safety
    ///
    /// As for [`create`](Self::create).
    unsafe fn make(
        &'static self,
        device: *mut c_void,
        config: &Config,
        passive: bool,
    ) -> Result<FrameworkInterrupt<H>, i32> {
        let configuration = Configuration {
            lock: config.lock,
            wait_lock: config.wait_lock,
            descriptors: config.descriptors,
            report_inactive: config.report_inactive,
            passive,
        };
        // The callbacks find the context by the kind that the handler names, which this is.
        debug_assert!(core::ptr::eq(self, H::KIND), "a handler has one kind");
        let info = H::KIND.info();
        // SAFETY: As the caller promises. The callbacks reach the context that the framework makes with the interrupt, zeroed,
        // and zero bytes are a context without a handler.
        let interrupt = unsafe {
            platform::wdf_interrupt_create(device, &configuration, &callbacks::of::<H>(), info)
        }?;
        // SAFETY: The interrupt is live, and was made with a context of this kind.
        let context = unsafe { platform::wdf_context(interrupt, info) };
        // SAFETY: As above, so it is not null.
        let context = unsafe { NonNull::new_unchecked(context.cast::<Context<H>>()) };
        // SAFETY: Both are of one interrupt.
        Ok(unsafe { FrameworkInterrupt::new(interrupt, context) })
    }
}

impl<H> fmt::Debug for InterruptKind<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InterruptKind").finish_non_exhaustive()
    }
}
