//! An interrupt of the framework's at `PASSIVE_LEVEL` that shares its wait lock, and a state behind it, with others.

use core::{ffi::c_void, fmt};

use super::{
    Config, FrameworkHandler, InterruptKind, NotConnected, PassiveFrameworkInterrupt,
    ServiceContext, SharedWaitLock, WorkItemRoutine,
};
use crate::{Irql, NotRun, Passive, RevokeError, Serviced, kernel::platform::framework::Handle};

/// What is one interrupt's own, with a service routine that reaches the state of all those that share a wait lock, too.
///
/// It is [`FrameworkHandler`] for an interrupt that is made with a [`SharedWaitLock`]. Its methods are called with the lock held, at
/// `PASSIVE_LEVEL`, so that neither it nor the state need be without a destructor.
pub trait PassiveSharingHandler: Send + Sized + 'static {
    /// The state that the interrupts share.
    type State: Send + 'static;

    /// The description of the context, which is a `static` of the driver's.
    const KIND: &'static InterruptKind<PassiveSharing<Self>>;

    /// See [`FrameworkHandler::WORK_ITEM`].
    const WORK_ITEM: Option<WorkItemRoutine<PassiveSharing<Self>>> = None;

    /// Serves one interrupt: see [`FrameworkHandler::service`].
    fn service(
        &mut self,
        state: &mut Self::State,
        cx: &ServiceContext<'_, PassiveSharing<Self>>,
    ) -> Serviced;

    /// See [`FrameworkHandler::service_disabled`].
    fn service_disabled(&mut self, state: &mut Self::State) -> Serviced {
        let _ = state;
        Serviced::NotMine
    }

    /// See [`FrameworkHandler::enable`].
    ///
    /// # Errors
    ///
    /// An NTSTATUS, with which the device's way into D0 fails.
    fn enable(&mut self, state: &mut Self::State) -> Result<(), i32> {
        let _ = state;
        Ok(())
    }

    /// See [`FrameworkHandler::disable`].
    ///
    /// # Errors
    ///
    /// An NTSTATUS, with which a change to a low-power state fails.
    fn disable(&mut self, state: &mut Self::State) -> Result<(), i32> {
        let _ = state;
        Ok(())
    }
}

/// A handler beside the state that it shares: what a closure of its work item is given.
///
/// No value of it leaves the interrupt, so what has a `&mut` of it holds the lock.
///
/// # Invariants
///
/// It is reached under the lock that it leads to, which the interrupt was made with.
pub struct PassiveSharing<H: PassiveSharingHandler> {
    own: H,
    lock: SharedWaitLock<H::State>,
}

impl<H: PassiveSharingHandler> PassiveSharing<H> {
    /// What is the interrupt's own, and the state that it shares.
    pub fn parts(&mut self) -> (&mut H, &mut H::State) {
        // SAFETY: The lock is held by what reaches this value (its invariant), for as long as the result is used, which
        // borrows it. What else uses the state holds the lock, too: it leads here by interrupts that were made with it, and the
        // framework holds their wait lock around each callback and each synchronized routine.
        let state = unsafe { &mut *self.lock.state() };
        (&mut self.own, state)
    }
}

impl<H: PassiveSharingHandler> FrameworkHandler for PassiveSharing<H> {
    const KIND: &'static InterruptKind<Self> = H::KIND;
    // All that uses it is at PASSIVE_LEVEL.
    const PLAIN: bool = false;
    const WORK_ITEM: Option<WorkItemRoutine<Self>> = H::WORK_ITEM;

    fn service(&mut self, cx: &ServiceContext<'_, Self>) -> Serviced {
        let (own, state) = self.parts();
        own.service(state, cx)
    }

    fn service_disabled(&mut self) -> Serviced {
        let (own, state) = self.parts();
        own.service_disabled(state)
    }

    fn enable(&mut self) -> Result<(), i32> {
        let (own, state) = self.parts();
        own.enable(state)
    }

    fn disable(&mut self) -> Result<(), i32> {
        let (own, state) = self.parts();
        own.disable(state)
    }
}

impl<H: PassiveSharingHandler> fmt::Debug for PassiveSharing<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PassiveSharing").finish_non_exhaustive()
    }
}

impl<H: PassiveSharingHandler> InterruptKind<PassiveSharing<H>> {
    /// Makes an interrupt of a device that is handled at `PASSIVE_LEVEL` and shares a state with others: see
    /// [`create_passive`](Self::create_passive). The lock of `config` is this one.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The framework's status.
    ///
    /// # Safety
    ///
    /// As for [`create`](Self::create). The lock was made for this device.
    pub unsafe fn create_sharing(
        &'static self,
        irql: &mut Irql<'_, Passive>,
        device: *mut c_void,
        config: &Config,
        lock: &SharedWaitLock<H::State>,
    ) -> Result<SharedPassiveInterrupt<H>, i32> {
        let config = config.with_wait_lock(lock.handle());
        // SAFETY: As the caller promises. The wait lock goes with the device.
        let interrupt = unsafe { self.create_passive(irql, device, &config) }?;
        Ok(SharedPassiveInterrupt {
            interrupt,
            lock: lock.handle(),
        })
    }
}

/// An interrupt of KMDF's at `PASSIVE_LEVEL` whose wait lock other interrupts of the device have, too, with a handler of type `H`,
/// or without one yet.
///
/// What [`PassiveFrameworkInterrupt`] promises holds, with a wider lock: the service routines of all interrupts that were made with one
/// [`SharedWaitLock`], and closures on any of them, exclude one another.
///
/// # Examples
///
/// ```
/// use dirql::{
///     Passive, Serviced, enter,
///     mock::FrameworkDevice,
///     wdf::{
///         Config, InterruptKind, PassiveSharing, PassiveSharingHandler, ServiceContext, SharedWaitLock,
///     },
/// };
///
/// /// One of two buttons, which add to one count.
/// struct Button(u32);
///
/// static BUTTON: InterruptKind<PassiveSharing<Button>> =
///     InterruptKind::new(c"Button", &raw const BUTTON);
///
/// impl PassiveSharingHandler for Button {
///     type State = u32;
///     const KIND: &'static InterruptKind<PassiveSharing<Self>> = &BUTTON;
///
///     fn service(&mut self, total: &mut u32, _: &ServiceContext<'_, PassiveSharing<Self>>) -> Serviced {
///         *total += self.0;
///         Serviced::Claimed
///     }
/// }
///
/// let device = FrameworkDevice::new(0);
/// // SAFETY: A thread at PASSIVE_LEVEL, that holds no interrupt lock.
/// unsafe {
///     enter::<Passive, _>(|irql| {
///         // SAFETY: The device is alive, and its interrupts are made with the lock.
///         let lock = unsafe { SharedWaitLock::new(irql, device.handle(), 0) }.unwrap();
///         let both = [1, 10].map(|adds| {
///             // SAFETY: The device is alive, and nothing uses the interrupts when they are deleted.
///             let made = unsafe { BUTTON.create_sharing(irql, device.handle(), &Config::new(), &lock) };
///             let interrupt = made.unwrap();
///             interrupt.install(irql, &lock, Button(adds)).ok().unwrap();
///             interrupt
///         });
///         device.connect().unwrap();
///         for interrupt in both {
///             // SAFETY: It is closed below.
///             unsafe { interrupt.open(irql) }.unwrap();
///         }
///         assert_eq!((device.fire(0), device.fire(1)), (Some(true), Some(true)));
///         assert_eq!(both[0].synchronize(irql, |_, total| *total), Ok(11));
///         for interrupt in both {
///             interrupt.close(irql).unwrap();
///         }
///         device.disconnect();
///         for interrupt in both {
///             interrupt.remove(irql).unwrap();
///         }
///         assert_eq!(lock.into_state(irql).unwrap(), 11);
///     })
/// }
/// device.delete();
/// ```
pub struct SharedPassiveInterrupt<H: PassiveSharingHandler> {
    interrupt: PassiveFrameworkInterrupt<PassiveSharing<H>>,
    /// The wait lock that it was made with, which goes with the device: no other has its handle as long as there is the interrupt.
    lock: Handle,
}

impl<H: PassiveSharingHandler> Clone for SharedPassiveInterrupt<H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H: PassiveSharingHandler> Copy for SharedPassiveInterrupt<H> {}

// SAFETY: The handle of the lock belongs to no thread, and is compared only. The rest is as for the interrupt.
unsafe impl<H: PassiveSharingHandler> Send for SharedPassiveInterrupt<H> {}
// SAFETY: As above.
unsafe impl<H: PassiveSharingHandler> Sync for SharedPassiveInterrupt<H> {}

impl<H: PassiveSharingHandler> SharedPassiveInterrupt<H> {
    /// The `WDFINTERRUPT`.
    #[must_use]
    pub const fn handle(&self) -> *mut c_void {
        self.interrupt.handle()
    }

    /// As [`PassiveFrameworkInterrupt::install`]. The lock is that which the interrupt was made with.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The handler comes back where there is one already, and with another lock.
    pub fn install(
        &self,
        irql: &mut Irql<'_, Passive>,
        lock: &SharedWaitLock<H::State>,
        own: H,
    ) -> Result<(), H> {
        if lock.handle() != self.lock {
            return Err(own);
        }
        let sharing = PassiveSharing {
            own,
            lock: lock.share(),
        };
        let installed = self.interrupt.install(irql, sharing);
        installed.map_err(|sharing| sharing.own)
    }

    /// As [`PassiveFrameworkInterrupt::remove`]. The state stays with the others, and with the lock.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`RevokeError`] where IRQL was higher; the handler stays.
    pub fn remove(&self, irql: &mut Irql<'_, Passive>) -> Result<Option<H>, RevokeError> {
        let removed = self.interrupt.remove(irql)?;
        Ok(removed.map(|sharing| sharing.own))
    }

    /// As [`FrameworkInterrupt::open`](super::FrameworkInterrupt::open).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`NotConnected`] where there is nothing to synchronize with, and the gate stays closed.
    ///
    /// # Safety
    ///
    /// As for [`FrameworkInterrupt::open`](super::FrameworkInterrupt::open).
    pub unsafe fn open(&self, irql: &mut Irql<'_, Passive>) -> Result<(), NotConnected> {
        // SAFETY: As the caller promises.
        unsafe { self.interrupt.open(irql) }
    }

    /// As [`FrameworkInterrupt::close`](super::FrameworkInterrupt::close).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`RevokeError`] where IRQL was higher; the gate stays open.
    pub fn close(&self, irql: &mut Irql<'_, Passive>) -> Result<bool, RevokeError> {
        self.interrupt.close(irql)
    }

    /// Runs `body` on what is the interrupt's own and on the shared state while both locks are held, and waits for them: see
    /// [`PassiveFrameworkInterrupt::synchronize`].
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// As for [`PassiveFrameworkInterrupt::synchronize`].
    pub fn synchronize<F, R>(&self, irql: &mut Irql<'_, Passive>, body: F) -> Result<R, NotRun>
    where
        F: FnOnce(&mut H, &mut H::State) -> R,
    {
        self.interrupt.synchronize(irql, |sharing| {
            let (own, state) = sharing.parts();
            body(own, state)
        })
    }

    /// Runs `body` on both while the wait lock is held, where that is free: see [`PassiveFrameworkInterrupt::try_synchronize`].
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// As for [`PassiveFrameworkInterrupt::try_synchronize`].
    pub fn try_synchronize<F, R>(&self, irql: &mut Irql<'_, Passive>, body: F) -> Result<R, NotRun>
    where
        F: FnOnce(&mut H, &mut H::State) -> R,
    {
        self.interrupt.try_synchronize(irql, |sharing| {
            let (own, state) = sharing.parts();
            body(own, state)
        })
    }
}

impl<H: PassiveSharingHandler> fmt::Debug for SharedPassiveInterrupt<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedPassiveInterrupt")
            .field("interrupt", &self.handle())
            .finish_non_exhaustive()
    }
}
