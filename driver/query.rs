//! Query: who the driver and the device are, and how the interrupt is connected.

use dirql::{InterruptMode, Irql, Passive};
use dirql_ioctl::{
    CONTRACT_VERSION, Status,
    connection::{ConnectionInfo, MODE_LATCHED, MODE_LEVEL_SENSITIVE, QueryReply},
};
use wdk_sys::NTSTATUS;

use crate::{
    call::{Call, Immediate},
    device::Device,
    interrupt::DeviceInterrupt,
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
            describe(&hardware.interrupt, device, irql, &mut reply.connection)
        });
        described
            .unwrap_or(Err(Status::DEVICE_NOT_READY))
            .map_err(ntstatus)
    }
}

/// Writes how the interrupt is connected.
///
/// What NT does not tell of a line stands in the line's resource; the one interrupt of the device is
/// held at its own level.
pub(crate) fn describe(
    interrupt: &DeviceInterrupt,
    device: &Device,
    irql: &mut Irql<'_, Passive>,
    reply: &mut ConnectionInfo,
) -> Result<(), Status> {
    interrupt.connection(irql, |info, active| {
        let resource = interrupt.resource();
        let level = resource.level();
        *reply = ConnectionInfo {
            kind_asked: info.asked as u32,
            kind_got: info.made as u32,
            vector: info.vector.unwrap_or(resource.vector()),
            irql: u32::from(info.irql.unwrap_or(level)),
            synchronize_irql: u32::from(info.synchronize_irql.unwrap_or(level)),
            mode: match info.mode.unwrap_or(resource.mode()) {
                InterruptMode::LevelSensitive => MODE_LEVEL_SENSITIVE,
                InterruptMode::Latched => MODE_LATCHED,
            },
            message_count: if resource.is_message() {
                info.messages.max(1)
            } else {
                info.messages
            },
            active: u32::from(active),
            generation: device.base.generation(),
            resource_is_message: u32::from(resource.is_message()),
        };
    })
}
