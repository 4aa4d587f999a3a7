//! Reconnect: connects the interrupt by another kind.

use dirql::{Irql, Passive};
use dirql_ioctl::{
    Status,
    connection::{ConnectionInfo, Kind, ReconnectRequest},
};
use wdk_sys::NTSTATUS;

use crate::{
    call::{Call, Immediate},
    device::Device,
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
            hardware.interrupt.reconnect(&device.base, irql, kind)?;
            let described = hardware.interrupt.connection(irql, &device.base, reply);
            described.map_err(ntstatus)
        });
        // A request that looked for the interrupt meanwhile did not find it, and a wait that was
        // forwarded meanwhile may have missed one.
        wait::settle(device, irql);
        reconnected.unwrap_or(Err(ntstatus(Status::DEVICE_NOT_READY)))
    }
}
