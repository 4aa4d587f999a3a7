//! The bug check by which this crate stops the machine, and what its parameters mean.

use crate::kernel::platform;

/// The bug check code of this crate: the ASCII letters `DRQL`.
///
/// Parameter 1 is a [`Reason`], parameter 2 the IRQL at that moment. Parameters 3 and 4 depend on the
/// reason.
pub const BUGCHECK_CODE: u32 = u32::from_be_bytes(*b"DRQL");

/// Parameter 1 of [`BUGCHECK_CODE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(usize)]
pub enum Reason {
    /// A connected interrupt was dropped above `PASSIVE_LEVEL`, where NT cannot disconnect it.
    ///
    /// Parameter 3 is the `PKINTERRUPT`, parameter 4 the block that holds the state.
    DroppedAbovePassive = 1,
    /// `IoConnectInterruptEx` succeeded and returned no interrupt object.
    ///
    /// The routine may be called at any time and nothing can disconnect it, so neither the state nor the image can ever
    /// go. A system that has not implemented a kind and says success to it comes here: present `ReactOS` does, for
    /// the line- and the message-based kinds. Parameter 3 is the connection version that came back, parameter 4 the
    /// block that holds the state.
    ConnectedWithoutObject = 2,
    /// [`enter`](crate::enter) was called above its level. Only in builds with debug assertions.
    ///
    /// Parameter 3 is the highest IRQL that the level admits, parameter 4 is zero.
    EnteredAboveLevel = 3,
    /// NT named no processor, so nothing tells when the service routines of an interrupt have ended.
    ///
    /// Parameter 3 is the `NTSTATUS` of `KeGetProcessorNumberFromIndex` for index zero, parameter 4 is
    /// zero.
    NoProcessor = 4,
    /// `KeSynchronizeExecution` returned on a passive-level interrupt without having run the routine, where
    /// it was to wait for the service routine before a disconnect.
    ///
    /// Parameter 3 is the `PKINTERRUPT`, parameter 4 the block that holds the state.
    NotWaitedOut = 5,
    /// A registered PSHED plug-in was dropped above `PASSIVE_LEVEL`, where it cannot be unregistered.
    ///
    /// Parameter 3 is the handle of the plug-in, parameter 4 the block that holds it.
    RegistrationDroppedAbovePassive = 6,
    /// `PshedRegisterPlugin` succeeded and gave no handle, so that nothing can unregister the plug-in.
    ///
    /// Parameter 3 is the mask of its functional areas, parameter 4 the block that holds it.
    RegisteredWithoutHandle = 7,
    /// NT called the service routine of a passive-level interrupt above `PASSIVE_LEVEL`: an interrupt of the device is not
    /// at that level, which the driver has not told.
    ///
    /// Parameter 3 is the `PKINTERRUPT`, parameter 4 the number that is the routine's context.
    ServedAbovePassive = 8,
    /// KMDF has disabled an interrupt whose gate the driver had left open, or deletes one above `PASSIVE_LEVEL`: a closure may be
    /// about to synchronize with an object that is being freed. Only with the feature `wdf`.
    ///
    /// Parameter 3 is the `WDFINTERRUPT`, parameter 4 its context.
    LeftOpen = 9,
}

impl Reason {
    /// Every reason, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::DroppedAbovePassive,
        Self::ConnectedWithoutObject,
        Self::EnteredAboveLevel,
        Self::NoProcessor,
        Self::NotWaitedOut,
        Self::RegistrationDroppedAbovePassive,
        Self::RegisteredWithoutHandle,
        Self::ServedAbovePassive,
        Self::LeftOpen,
    ];
}

const _: () = {
    let mut index = 0;
    while index < Reason::ALL.len() {
        assert!(Reason::ALL[index] as usize == index + 1);
        index += 1;
    }
};

/// Stops the machine.
#[cold]
pub(crate) fn stop(reason: Reason, third: usize, fourth: usize) -> ! {
    let irql = usize::from(platform::current_irql());
    platform::bugcheck(BUGCHECK_CODE, [reason as usize, irql, third, fourth])
}
