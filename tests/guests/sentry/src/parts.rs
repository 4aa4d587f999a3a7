//! Two interrupts of the framework's at passive level, which share a state behind a wait lock.

use core::ffi::c_void;

use dirql::{
    Irql, NotRun, Passive, Serviced,
    wdf::{
        Config, InterruptKind, PassiveSharing, PassiveSharingHandler, ServiceContext,
        SharedPassiveInterrupt, SharedWaitLock, WorkItemContext, WorkItemRoutine,
    },
};
use guest::status;
use wdk_sys::NTSTATUS;

use crate::{
    device::Context,
    events::{Registers, followed},
};

/// What the interrupts share.
pub(crate) struct Total {
    context: &'static Context,
    /// Causes that nothing has taken over yet.
    new: u32,
    /// How often a closure has counted.
    counted: u32,
}

/// One of the interrupts, which has nothing of its own.
pub(crate) struct Part;

static KIND: InterruptKind<PassiveSharing<Part>> =
    InterruptKind::new(c"SentryPart", &raw const KIND);

impl PassiveSharingHandler for Part {
    type State = Total;
    const KIND: &'static InterruptKind<PassiveSharing<Self>> = &KIND;
    const WORK_ITEM: Option<WorkItemRoutine<PassiveSharing<Self>>> = Some(follow);

    fn service(
        &mut self,
        total: &mut Total,
        cx: &ServiceContext<'_, PassiveSharing<Self>>,
    ) -> Serviced {
        if !total.context.registers().is_some_and(Registers::serve) {
            return Serviced::NotMine;
        }
        total.new += 1;
        total.context.count("served").add();
        cx.queue_work_item();
        Serviced::Claimed
    }

    fn disable(&mut self, total: &mut Total) -> Result<(), i32> {
        if let Some(registers) = total.context.registers() {
            registers.silence();
        }
        Ok(())
    }
}

fn follow(cx: &WorkItemContext<'_, PassiveSharing<Part>>, irql: &mut Irql<'_, Passive>) {
    let taken = cx.synchronize(irql, |sharing| {
        let (_, total) = sharing.parts();
        (total.context, core::mem::take(&mut total.new))
    });
    if let Ok((context, taken)) = taken {
        followed(context, taken);
    }
}

/// The interrupts, with their lock.
pub(crate) struct Parts {
    lock: SharedWaitLock<Total>,
    both: [SharedPassiveInterrupt<Part>; 2],
}

impl Parts {
    /// Makes them.
    ///
    /// # Safety
    ///
    /// This is `EvtDriverDeviceAdd`, and the result is not used when the device is deleted.
    pub(crate) unsafe fn make(
        irql: &mut Irql<'_, Passive>,
        device: *mut c_void,
        config: &Config,
        context: &'static Context,
    ) -> Result<Self, NTSTATUS> {
        let total = Total {
            context,
            new: 0,
            counted: 0,
        };
        // SAFETY: The device is live, and the interrupts below are its own.
        let lock = unsafe { SharedWaitLock::new(irql, device, total) };
        let lock = lock.map_err(|(status, _)| status)?;
        let mut make = || {
            // SAFETY: This function's contract. The lock was made for the device.
            unsafe { Part::KIND.create_sharing(irql, device, config, &lock) }
        };
        let both = [make()?, make()?];
        Ok(Self { lock, both })
    }

    /// The registers are there: gives the interrupts their handlers.
    pub(crate) fn install(&self, irql: &mut Irql<'_, Passive>) -> Result<(), NTSTATUS> {
        for interrupt in &self.both {
            let installed = interrupt.install(irql, &self.lock, Part);
            installed.map_err(|_| status::DEVICE_NOT_READY)?;
        }
        Ok(())
    }

    /// # Safety
    ///
    /// As for [`SharedPassiveInterrupt::open`].
    pub(crate) unsafe fn open(&self, irql: &mut Irql<'_, Passive>) {
        for interrupt in &self.both {
            // SAFETY: This function's contract. That which is assigned nothing stays closed.
            let _ = unsafe { interrupt.open(irql) };
        }
    }

    pub(crate) fn close(&self, irql: &mut Irql<'_, Passive>) {
        for interrupt in &self.both {
            let _ = interrupt.close(irql);
        }
    }

    /// The registers go: takes the handlers out.
    pub(crate) fn remove(&self, irql: &mut Irql<'_, Passive>) {
        for interrupt in &self.both {
            let _ = interrupt.remove(irql);
        }
    }

    /// Counts in a closure of the first one, which waits for nothing perhaps.
    pub(crate) fn count(&self, irql: &mut Irql<'_, Passive>, tries: bool) -> Result<u32, NotRun> {
        let body = |_: &mut Part, total: &mut Total| {
            total.counted += 1;
            total.counted
        };
        if tries {
            self.both[0].try_synchronize(irql, body)
        } else {
            self.both[0].synchronize(irql, body)
        }
    }
}
