//! Each control code as a type: its request, its reply, their lengths.

use dirql_ioctl::code::{
    PSHED, PSHED_ADOPT, PSHED_INJECT, PSHED_SOURCES, PSHED_SYNCHRONIZE, QUERY, RAISE, RECONNECT,
    RESET_STATISTICS, SET_ACTIVE, STATISTICS, STRESS, SYNCHRONIZE, WAIT,
};
use dirql_ioctl::connection::{ConnectionInfo, QueryReply, ReconnectRequest};
use dirql_ioctl::interrupt::{RaiseReply, RaiseRequest, SetActiveRequest, WaitReply, WaitRequest};
use dirql_ioctl::pshed::{
    AdoptRequest, InjectReply, InjectRequest, PshedReply, SourcesReply, SynchronizeSourceReply,
    SynchronizeSourceRequest,
};
use dirql_ioctl::statistics::StatisticsReply;
use dirql_ioctl::stress::{StressReply, StressRequest};
use dirql_ioctl::synchronize::{SynchronizeReply, SynchronizeRequest};
use dirql_ioctl::{ControlCode, code};
use zerocopy::{FromBytes, Immutable, IntoBytes};

/// The input of a control code.
pub trait Request: IntoBytes + Immutable {
    /// The code that takes this input.
    const CODE: ControlCode;
    /// What the driver replies.
    type Reply: Reply;
}

/// The output of a control code.
pub trait Reply: FromBytes {
    /// Everything in the reply that the contract says is always 0.
    fn reserved(&self) -> u64 {
        0
    }

    /// The interrupt sequence that the reply reports, where it reports one.
    fn sequence(&self) -> Option<u64> {
        None
    }
}

/// The empty input of [`QUERY`].
#[derive(Clone, Copy, Debug, Immutable, IntoBytes)]
#[repr(C)]
pub struct Query;

/// The empty input of [`STATISTICS`].
#[derive(Clone, Copy, Debug, Immutable, IntoBytes)]
#[repr(C)]
pub struct Statistics;

/// The empty input of [`RESET_STATISTICS`].
#[derive(Clone, Copy, Debug, Immutable, IntoBytes)]
#[repr(C)]
pub struct ResetStatistics;

/// The empty input of [`PSHED`].
#[derive(Clone, Copy, Debug, Immutable, IntoBytes)]
#[repr(C)]
pub struct Pshed;

/// The empty input of [`PSHED_SOURCES`].
#[derive(Clone, Copy, Debug, Immutable, IntoBytes)]
#[repr(C)]
pub struct PshedSources;

/// Ties each request type to its code and reply, and derives the table of lengths from that.
macro_rules! requests {
    ($($request:ident = $code:ident -> $reply:ty;)*) => {
        $(impl Request for $request {
            const CODE: ControlCode = $code;
            type Reply = $reply;
        })*

        /// The lengths in bytes of request and reply of a code of the contract.
        #[must_use]
        pub const fn lengths(code: ControlCode) -> Option<(usize, usize)> {
            match code {
                $($code => Some((size_of::<$request>(), size_of::<$reply>())),)*
                _ => None,
            }
        }
    };
}

requests! {
    Query = QUERY -> QueryReply;
    SynchronizeRequest = SYNCHRONIZE -> SynchronizeReply;
    RaiseRequest = RAISE -> RaiseReply;
    WaitRequest = WAIT -> WaitReply;
    StressRequest = STRESS -> StressReply;
    ReconnectRequest = RECONNECT -> ConnectionInfo;
    SetActiveRequest = SET_ACTIVE -> ();
    Statistics = STATISTICS -> StatisticsReply;
    ResetStatistics = RESET_STATISTICS -> ();
    Pshed = PSHED -> PshedReply;
    PshedSources = PSHED_SOURCES -> SourcesReply;
    SynchronizeSourceRequest = PSHED_SYNCHRONIZE -> SynchronizeSourceReply;
    InjectRequest = PSHED_INJECT -> InjectReply;
    AdoptRequest = PSHED_ADOPT -> ();
}

impl Reply for () {}

impl Reply for ConnectionInfo {}

impl Reply for QueryReply {
    fn reserved(&self) -> u64 {
        self.reserved.into()
    }
}

impl Reply for SynchronizeReply {
    fn reserved(&self) -> u64 {
        self.reserved
    }

    fn sequence(&self) -> Option<u64> {
        Some(self.sequence)
    }
}

impl Reply for RaiseReply {
    fn reserved(&self) -> u64 {
        self.reserved.into()
    }

    fn sequence(&self) -> Option<u64> {
        Some(self.sequence_before)
    }
}

impl Reply for WaitReply {
    fn reserved(&self) -> u64 {
        self.reserved.into()
    }

    fn sequence(&self) -> Option<u64> {
        Some(self.sequence)
    }
}

impl Reply for StressReply {
    fn reserved(&self) -> u64 {
        self.reserved
    }
}

impl Reply for PshedReply {}

impl Reply for SourcesReply {
    fn reserved(&self) -> u64 {
        self.reserved.into()
    }
}

impl Reply for SynchronizeSourceReply {}

impl Reply for InjectReply {
    fn reserved(&self) -> u64 {
        self.reserved.into()
    }
}

impl Reply for StatisticsReply {
    fn sequence(&self) -> Option<u64> {
        Some(self.sequence)
    }
}

/// The name of a code of the contract, else its number.
#[must_use]
pub fn name(code: ControlCode) -> String {
    code::ALL
        .iter()
        .chain(&code::OF_PSHED)
        .find(|(_, known)| *known == code)
        .map_or_else(
            || format!("code {:#010x}", code.0),
            |(name, _)| (*name).to_owned(),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_contract_has_its_lengths() {
        for (name, code) in code::ALL {
            assert!(lengths(code).is_some(), "{name}");
        }
        assert_eq!(lengths(QUERY), Some((0, 56)));
        assert_eq!(lengths(SYNCHRONIZE), Some((24, 352)));
        assert_eq!(lengths(ControlCode(QUERY.0 ^ 1)), None);
    }
}
