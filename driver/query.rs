//! Query: who the driver and the device are, and how the interrupt is connected.

use dirql::{Irql, Passive};
use dirql_ioctl::{CONTRACT_VERSION, Status, connection::QueryReply};
use wdk_sys::NTSTATUS;

use crate::{
    call::{Call, Immediate},
    device::Device,
    status::ntstatus,
};

/// The package's version: major, minor and patch in bytes 2, 1 and 0.
const DRIVER_VERSION: u32 = version(env!("CARGO_PKG_VERSION_MAJOR")) << 16
    | version(env!("CARGO_PKG_VERSION_MINOR")) << 8
    | version(env!("CARGO_PKG_VERSION_PATCH"));

/// A part of the version, read from its decimal digits at compile time.
const fn version(digits: &str) -> u32 {
    match u32::from_str_radix(digits, 10) {
        Ok(part) if part <= 0xff => part,
        _ => panic!("a part of the version does not fit in a byte"),
    }
}

/// `dirql_ioctl::code::QUERY`.
pub(crate) enum Query {}

impl Call for Query {
    type Input = ();
    type Reply = QueryReply;
    type Checked = ();

    fn check((): ()) -> Option<()> {
        Some(())
    }
}

impl Immediate for Query {
    fn serve(
        (): (),
        device: &Device,
        irql: &mut Irql<'_, Passive>,
        reply: &mut QueryReply,
    ) -> Result<(), NTSTATUS> {
        let described = device.hardware.access(irql, |hardware, irql| {
            reply.contract_version = CONTRACT_VERSION;
            reply.driver_version = DRIVER_VERSION;
            reply.device_identification = hardware.identification();
            let reply = &mut reply.connection;
            hardware.interrupt.connection(irql, &device.base, reply)
        });
        described
            .unwrap_or(Err(Status::DEVICE_NOT_READY))
            .map_err(ntstatus)
    }
}
