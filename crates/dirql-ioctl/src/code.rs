//! Control codes: how a request names what it asks for.

/// The GUID of the driver's device interface, as `WdfDeviceCreateDeviceInterface` registers it:
/// `{5f0d8a1c-6c1f-4f0e-9a57-2b8e6f1d0e31}`.
pub const INTERFACE_GUID: u128 = 0x5f0d_8a1c_6c1f_4f0e_9a57_2b8e_6f1d_0e31;

/// The device type of every code: in the range that is free for vendors (0x8000 and up).
pub const DEVICE_TYPE: u16 = 0x8D1E;

/// The right that a handle must have been opened with, bits 14 and 15 of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// `FILE_READ_ACCESS`: the code only looks.
    Read,
    /// `FILE_WRITE_ACCESS`: the code changes state.
    Write,
}

/// One 32-bit I/O control code (`CTL_CODE` of the WDK, method buffered).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ControlCode(pub u32);

impl ControlCode {
    /// Composes a code from its function number (0x800 to 0xFFF, the vendor's range) and right.
    ///
    /// # Panics
    ///
    /// At compile time, where the function number is outside the vendor's range.
    #[must_use]
    pub const fn new(function: u16, access: Access) -> Self {
        assert!(
            function >= 0x800 && function <= 0xFFF,
            "function codes below 0x800 are Microsoft's"
        );
        let access = match access {
            Access::Read => 1,
            Access::Write => 2,
        };
        Self((DEVICE_TYPE as u32) << 16 | access << 14 | (function as u32) << 2)
    }

    /// The right that this code asks of a handle.
    #[must_use]
    pub const fn access(self) -> Option<Access> {
        match self.0 >> 14 & 3 {
            1 => Some(Access::Read),
            2 => Some(Access::Write),
            _ => None,
        }
    }
}

/// No input; replies [`crate::connection::QueryReply`].
pub const QUERY: ControlCode = ControlCode::new(0x800, Access::Read);
/// [`crate::synchronize::SynchronizeRequest`] to [`crate::synchronize::SynchronizeReply`].
pub const SYNCHRONIZE: ControlCode = ControlCode::new(0x801, Access::Write);
/// [`crate::interrupt::RaiseRequest`] to [`crate::interrupt::RaiseReply`].
pub const RAISE: ControlCode = ControlCode::new(0x802, Access::Write);
/// [`crate::interrupt::WaitRequest`] to [`crate::interrupt::WaitReply`]; pends, can be cancelled.
pub const WAIT: ControlCode = ControlCode::new(0x803, Access::Read);
/// [`crate::stress::StressRequest`] to [`crate::stress::StressReply`]; can be cancelled.
pub const STRESS: ControlCode = ControlCode::new(0x804, Access::Write);
/// [`crate::connection::ReconnectRequest`] to [`crate::connection::ConnectionInfo`].
pub const RECONNECT: ControlCode = ControlCode::new(0x805, Access::Write);
/// [`crate::interrupt::SetActiveRequest`]; no output.
pub const SET_ACTIVE: ControlCode = ControlCode::new(0x806, Access::Write);
/// No input; replies [`crate::statistics::StatisticsReply`].
pub const STATISTICS: ControlCode = ControlCode::new(0x807, Access::Read);
/// No input, no output.
pub const RESET_STATISTICS: ControlCode = ControlCode::new(0x808, Access::Write);

/// No input; replies [`crate::pshed::PshedReply`].
pub const PSHED: ControlCode = ControlCode::new(0x810, Access::Read);
/// No input; replies [`crate::pshed::SourcesReply`].
pub const PSHED_SOURCES: ControlCode = ControlCode::new(0x811, Access::Read);
/// [`crate::pshed::SynchronizeSourceRequest`] to [`crate::pshed::SynchronizeSourceReply`].
pub const PSHED_SYNCHRONIZE: ControlCode = ControlCode::new(0x812, Access::Write);
/// [`crate::pshed::InjectRequest`] to [`crate::pshed::InjectReply`].
pub const PSHED_INJECT: ControlCode = ControlCode::new(0x813, Access::Write);
/// [`crate::pshed::AdoptRequest`]; no output.
pub const PSHED_ADOPT: ControlCode = ControlCode::new(0x814, Access::Write);

/// The codes that an image with the feature `pshed` serves besides; one without it answers them with
/// `INVALID_DEVICE_REQUEST`.
pub const OF_PSHED: [(&str, ControlCode); 5] = [
    ("pshed", PSHED),
    ("pshed-sources", PSHED_SOURCES),
    ("pshed-synchronize", PSHED_SYNCHRONIZE),
    ("pshed-inject", PSHED_INJECT),
    ("pshed-adopt", PSHED_ADOPT),
];

/// Every code of the contract that every image serves with its name, in the order of the function numbers.
pub const ALL: [(&str, ControlCode); 9] = [
    ("query", QUERY),
    ("synchronize", SYNCHRONIZE),
    ("raise", RAISE),
    ("wait", WAIT),
    ("stress", STRESS),
    ("reconnect", RECONNECT),
    ("set-active", SET_ACTIVE),
    ("statistics", STATISTICS),
    ("reset-statistics", RESET_STATISTICS),
];

const _: () = assert!(QUERY.0 == 0x8D1E_6000);
const _: () = assert!(SYNCHRONIZE.0 == 0x8D1E_A004);
