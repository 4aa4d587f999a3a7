//! Reconnect: connects the interrupt by another kind.

use dirql::{ConnectionKind, Irql, Passive};
use dirql_ioctl::{
    Status,
    connection::{ConnectionInfo, Kind, ReconnectRequest},
};
use wdk_sys::NTSTATUS;

use crate::{
    call::{Call, Immediate},
    device::Device,
    interrupt::serves,
    query,
    status::ntstatus,
    wait,
};

/// `dirql_ioctl::code::RECONNECT`.
pub(crate) struct Reconnect {
    kind: Kind,
}

impl Call for Reconnect {
    type Input = ReconnectRequest;
    type Reply = ConnectionInfo;
    type Checked = Self;

    fn check(input: ReconnectRequest) -> Option<Self> {
        let kind = Kind::from_u32(input.kind)?;
        (input.reserved == 0).then_some(Self { kind })
    }
}

impl Immediate for Reconnect {
    fn serve(
        Self { kind }: Self,
        device: &Device,
        irql: &mut Irql<'_, Passive>,
        reply: &mut ConnectionInfo,
    ) -> Result<(), NTSTATUS> {
        let reconnected = device.hardware.access(irql, |hardware, irql| {
            let _owned = device.exclusive.enter().map_err(ntstatus)?;
            if !hardware.interrupt.is_active(irql).map_err(ntstatus)? {
                return Err(ntstatus(Status::INVALID_DEVICE_STATE));
            }
            let kind = connection_kind(kind);
            // Found out before anything is disconnected.
            if !serves(&hardware.interrupt.resource(), kind) {
                return Err(ntstatus(Status::NOT_SUPPORTED));
            }
            let result = hardware.interrupt.reconnect(&device.base, irql, kind);
            result.and_then(|()| {
                query::describe(&hardware.interrupt, device, irql, reply).map_err(ntstatus)
            })
        });
        // A request that looked for the interrupt meanwhile did not find it, and a wait that was
        // forwarded meanwhile may have missed one.
        wait::settle(device, irql);
        reconnected.unwrap_or(Err(ntstatus(Status::DEVICE_NOT_READY)))
    }
}

/// The kind as the adapter names it.
const fn connection_kind(kind: Kind) -> ConnectionKind {
    match kind {
        Kind::FullySpecified => ConnectionKind::FullySpecified,
        Kind::Line => ConnectionKind::LineBased,
        Kind::Message => ConnectionKind::MessageBased,
        Kind::FullySpecifiedGroup => ConnectionKind::FullySpecifiedGroup,
    }
}

// The adapter's kinds have NT's numbers, and so have the contract's: a reply carries them as they are.
const _: () = assert!(ConnectionKind::FullySpecified as u32 == Kind::FullySpecified as u32);
const _: () = assert!(ConnectionKind::LineBased as u32 == Kind::Line as u32);
const _: () = assert!(ConnectionKind::MessageBased as u32 == Kind::Message as u32);
const _: () =
    assert!(ConnectionKind::FullySpecifiedGroup as u32 == Kind::FullySpecifiedGroup as u32);
