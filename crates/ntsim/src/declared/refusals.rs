//! Refusals: how a call may fail although its caller has done nothing wrong, by the page of each routine.
//!
//! A status that follows from a fault of the caller's is none of them, nor one that follows from the state of an object, such
//! as a queue that is purged: the simulator answers that where the state is so.

use nt_model::Status;

/// What a refused call returns, and which page says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The routine.
    pub routine: &'static str,
    /// What it returns.
    pub answer: Answer,
    /// The page.
    pub page: &'static str,
}

/// What a call returns that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An NTSTATUS.
    Status(Status),
    /// A null pointer.
    Null,
    /// FALSE.
    False,
    /// A `VP_STATUS`, with its name.
    Video(u32, &'static str),
}

impl Answer {
    /// The value of the register in which the call returns it.
    #[must_use]
    pub const fn value(self) -> u64 {
        match self {
            Self::Status(status) => status.0 as u64,
            Self::Video(status, _) => status as u64,
            Self::Null | Self::False => 0,
        }
    }
}

impl core::fmt::Display for Answer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Status(status) => match status.name() {
                Some(name) => f.write_str(name),
                None => write!(f, "{:#010x}", status.0),
            },
            Self::Null => f.write_str("NULL"),
            Self::False => f.write_str("FALSE"),
            Self::Video(_, name) => f.write_str(name),
        }
    }
}

const fn status(routine: &'static str, status: Status, page: &'static str) -> Refusal {
    Refusal {
        routine,
        answer: Answer::Status(status),
        page,
    }
}

const fn other(routine: &'static str, answer: Answer, page: &'static str) -> Refusal {
    Refusal {
        routine,
        answer,
        page,
    }
}

/// A routine that makes an object of the framework's: it may have no memory for it.
const fn makes(routine: &'static str) -> Refusal {
    status(
        routine,
        Status::INSUFFICIENT_RESOURCES,
        "framework-object-creation-errors",
    )
}

/// All of them. Several of one routine stand together.
pub const REFUSALS: &[Refusal] = &[
    other("ExAllocatePool2", Answer::Null, "nf-wdm-exallocatepool2"),
    other("MmMapIoSpaceEx", Answer::Null, "nf-wdm-mmmapiospaceex"),
    // The page has "the appropriate NTSTATUS error value", and names those of a caller's fault.
    status(
        "IoConnectInterruptEx",
        Status::INSUFFICIENT_RESOURCES,
        "nf-iointex-wdmlibioconnectinterruptex",
    ),
    // TRUE "if the operation succeeds", FALSE otherwise: the routine has not run.
    other(
        "KeSynchronizeExecution",
        Answer::False,
        "nf-wdm-kesynchronizeexecution",
    ),
    // The page has success alone.
    status(
        "PsCreateSystemThread",
        Status::INSUFFICIENT_RESOURCES,
        "nf-wdm-pscreatesystemthread",
    ),
    status(
        "EtwRegister",
        Status::INSUFFICIENT_RESOURCES,
        "nf-wdm-etwregister",
    ),
    status(
        "EtwSetInformation",
        Status::INVALID_DEVICE_REQUEST,
        "nf-wdm-etwsetinformation",
    ),
    // The page has success alone; its counterpart names a lack of memory.
    status(
        "EtwWriteTransfer",
        Status::INSUFFICIENT_RESOURCES,
        "nf-evntprov-eventwritetransfer",
    ),
    // The page has "NTSTATUS"; its counterpart names a lack of space.
    status(
        "WheaAddErrorSource",
        Status::INSUFFICIENT_RESOURCES,
        "nf-ntddk-wheaadderrorsourcedevicedriver",
    ),
    status(
        "WheaAddErrorSourceDeviceDriver",
        Status::INSUFFICIENT_RESOURCES,
        "nf-ntddk-wheaadderrorsourcedevicedriver",
    ),
    other(
        "PshedIsSystemWheaEnabled",
        Answer::False,
        "nf-ntddk-pshedissystemwheaenabled",
    ),
    other(
        "PshedAllocateMemory",
        Answer::Null,
        "nf-ntddk-pshedallocatememory",
    ),
    makes("WdfDriverCreate"),
    status(
        "WdfDeviceCreate",
        Status::INSUFFICIENT_RESOURCES,
        "nf-wdfdevice-wdfdevicecreate",
    ),
    makes("WdfDeviceCreateDeviceInterface"),
    makes("WdfDeviceCreateSymbolicLink"),
    status(
        "WdfIoQueueCreate",
        Status::INSUFFICIENT_RESOURCES,
        "nf-wdfio-wdfioqueuecreate",
    ),
    // "[...] or an internal error occurred".
    status(
        "WdfIoQueueCreate",
        Status::UNSUCCESSFUL,
        "nf-wdfio-wdfioqueuecreate",
    ),
    status(
        "WdfDpcCreate",
        Status::INSUFFICIENT_RESOURCES,
        "nf-wdfdpc-wdfdpccreate",
    ),
    makes("WdfSpinLockCreate"),
    makes("WdfWaitLockCreate"),
    makes("WdfTimerCreate"),
    makes("WdfWorkItemCreate"),
    makes("WdfMemoryCreate"),
    makes("WdfMemoryCreatePreallocated"),
    makes("WdfCollectionCreate"),
    makes("WdfStringCreate"),
    makes("WdfObjectCreate"),
    status(
        "WdfObjectAllocateContext",
        Status::INSUFFICIENT_RESOURCES,
        "nf-wdfobject-wdfobjectallocatecontext",
    ),
    status(
        "WdfInterruptCreate",
        Status::INSUFFICIENT_RESOURCES,
        "nf-wdfinterrupt-wdfinterruptcreate",
    ),
    // It calls KeSynchronizeExecution.
    other(
        "WdfInterruptSynchronize",
        Answer::False,
        "nf-wdm-kesynchronizeexecution",
    ),
    makes("WdfDriverOpenParametersRegistryKey"),
    makes("WdfDeviceOpenRegistryKey"),
    status(
        "WdfRegistryQueryULong",
        Status::INSUFFICIENT_RESOURCES,
        "nf-wdfregistry-wdfregistryqueryulong",
    ),
    status(
        "WdfRegistryQueryULong",
        Status::OBJECT_TYPE_MISMATCH,
        "nf-wdfregistry-wdfregistryqueryulong",
    ),
    status(
        "WdfRegistryQueryULong",
        Status::OBJECT_NAME_NOT_FOUND,
        "nf-wdfregistry-wdfregistryqueryulong",
    ),
    status(
        "WdfRequestRetrieveInputBuffer",
        Status::INSUFFICIENT_RESOURCES,
        "nf-wdfrequest-wdfrequestretrieveinputbuffer",
    ),
    status(
        "WdfRequestRetrieveOutputBuffer",
        Status::INSUFFICIENT_RESOURCES,
        "nf-wdfrequest-wdfrequestretrieveoutputbuffer",
    ),
    // The page has NO_ERROR for success, and no error by name.
    other(
        "VideoPortGetAccessRanges",
        Answer::Video(8, "ERROR_NOT_ENOUGH_MEMORY"),
        "nf-video-videoportgetaccessranges",
    ),
    other(
        "VideoPortGetDeviceBase",
        Answer::Null,
        "nf-video-videoportgetdevicebase",
    ),
    status(
        "VideoPortInitialize",
        Status::INSUFFICIENT_RESOURCES,
        "nf-video-videoportinitialize",
    ),
    // TRUE "if the operation succeeds".
    other(
        "VideoPortSynchronizeExecution",
        Answer::False,
        "nf-video-videoportsynchronizeexecution",
    ),
];

/// The refusals that a call of `routine` may meet.
#[must_use]
pub fn refusals(routine: &str) -> &'static [Refusal] {
    let of_it = |refusal: &Refusal| refusal.routine == routine;
    let Some(first) = REFUSALS.iter().position(of_it) else {
        return &[];
    };
    let count = REFUSALS[first..].iter().take_while(|it| of_it(it)).count();
    &REFUSALS[first..first + count]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declared;

    #[test]
    fn each_is_of_a_routine_that_is_declared_and_none_is_a_success() {
        for refusal in REFUSALS {
            assert!(declared::routine(refusal.routine).is_some(), "{refusal:?}");
            if let Answer::Status(status) = refusal.answer {
                assert!(!status.is_success(), "{refusal:?}");
            }
        }
    }

    #[test]
    fn those_of_a_routine_stand_together() {
        for refusal in REFUSALS {
            let of_it = REFUSALS.iter().filter(|it| it.routine == refusal.routine);
            assert_eq!(of_it.count(), refusals(refusal.routine).len());
        }
        assert!(refusals("KeGetCurrentIrql").is_empty());
    }
}
