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
    request::Request,
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
        _request: &Request,
        irql: &mut Irql<'_, Passive>,
    ) -> Result<QueryReply, NTSTATUS> {
        let described = device.hardware.access(irql, |hardware, irql| {
            Ok(QueryReply {
                contract_version: CONTRACT_VERSION,
                driver_version: DRIVER_VERSION,
                device_identification: hardware.identification(),
                reserved: 0,
                connection: describe(&hardware.interrupt, device, irql)?,
            })
        });
        described
            .unwrap_or(Err(Status::DEVICE_NOT_READY))
            .map_err(ntstatus)
    }
}

/// How the interrupt is connected.
///
/// What NT does not tell of a line stands in the line's resource; the one interrupt of the device is
/// held at its own level.
pub(crate) fn describe(
    interrupt: &DeviceInterrupt,
    device: &Device,
    irql: &mut Irql<'_, Passive>,
) -> Result<ConnectionInfo, Status> {
    let (info, active) = interrupt.connection(irql)?;
    let resource = interrupt.resource();
    let level = resource.level();
    Ok(ConnectionInfo {
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
    })
}
