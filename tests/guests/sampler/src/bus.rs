//! The interface of the bus driver: configuration space and references.

use core::ptr;

use guest::{
    status::{self, check},
    structure,
};
use wdk_sys::{
    BUS_INTERFACE_STANDARD, GUID, NTSTATUS, PHYSICAL_ADDRESS, ULONG, WDFDEVICE,
    call_unsafe_wdf_function_binding,
};

use crate::{
    device::Context,
    protocol::{CALL_LATE, KEEP_INTERFACE},
};

/// `GUID_BUS_INTERFACE_STANDARD` (wdmguid.h).
static STANDARD: GUID = structure::guid((
    0x496B_8280,
    0x6F25,
    0x11D0,
    [0xBE, 0xAF, 0x08, 0x00, 0x2B, 0xE2, 0x09, 0x2F],
));

const CONFIGURATION: ULONG = 0;
const CAPABILITIES_POINTER: usize = 0x34;
const WINDOW: usize = 0x20;
const INTERRUPT_LINE: ULONG = 0x3C;

/// Asks for the interface, and notes what configuration space says.
///
/// # Safety
///
/// This is `EvtDevicePrepareHardware` of the device.
pub(crate) unsafe fn ask(device: WDFDEVICE, context: &Context) -> Result<(), NTSTATUS> {
    let interface = context.bus.get();
    let size = structure::size::<BUS_INTERFACE_STANDARD>();
    // SAFETY: The device is live, the GUID lives through the call, and the structure has the size
    // (nf-wdffdo-wdffdoqueryforinterface).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfFdoQueryForInterface,
            device,
            &raw const STANDARD,
            interface.cast(),
            u16::try_from(size).unwrap_or(u16::MAX),
            1,
            ptr::null_mut()
        )
    })?;
    // SAFETY: This callback alone has the structure, and it was filled in.
    let bus = unsafe { &*interface };
    let mut space = [0_u8; 256];
    if get(bus, 0, &mut space) != 256 {
        return Err(status::DEVICE_CONFIGURATION_ERROR);
    }
    let number =
        |at: usize| u32::from_le_bytes([space[at], space[at + 1], space[at + 2], space[at + 3]]);
    context.note("identity", number(0));
    context.note("window", number(WINDOW));
    context.note("window-high", number(WINDOW + 4));
    let (mut links, mut at) = (0, usize::from(space[CAPABILITIES_POINTER]));
    while at != 0 && links < 48 {
        links += 1;
        at = space.get(at + 1).copied().unwrap_or_default().into();
    }
    context.note("capabilities", links);
    context.note("beyond", get(bus, 0xFC, &mut [0; 8]));
    context.note("held", hold(bus));
    context.note(
        "translated",
        translate(bus, number(WINDOW), number(WINDOW + 4)),
    );
    Ok(())
}

/// Reads configuration space; how many bytes came.
fn get(bus: &BUS_INTERFACE_STANDARD, offset: ULONG, into: &mut [u8]) -> ULONG {
    let length = ULONG::try_from(into.len()).unwrap_or(ULONG::MAX);
    bus.GetBusData.map_or(0, |routine| {
        // SAFETY: The interface is held, and the buffer has so many bytes (nc-wdm-get_set_device_data).
        unsafe {
            routine(
                bus.Context,
                CONFIGURATION,
                into.as_mut_ptr().cast(),
                offset,
                length,
            )
        }
    })
}

/// Writes the register that only holds what software writes, and the identity, which takes nothing; what both read as.
fn hold(bus: &BUS_INTERFACE_STANDARD) -> u32 {
    let write = |offset, value: u8| {
        let mut value = value;
        let Some(routine) = bus.SetBusData else {
            return;
        };
        // SAFETY: The interface is held, and the buffer is one byte (nc-wdm-get_set_device_data).
        unsafe {
            routine(
                bus.Context,
                CONFIGURATION,
                (&raw mut value).cast(),
                offset,
                1,
            );
        }
    };
    write(INTERRUPT_LINE, 0x2B);
    write(0, 0);
    let (mut line, mut vendor) = ([0], [0]);
    get(bus, INTERRUPT_LINE, &mut line);
    get(bus, 0, &mut vendor);
    u32::from(line[0]) | u32::from(vendor[0]) << 8
}

/// Whether the bus translates the window's address to itself.
fn translate(bus: &BUS_INTERFACE_STANDARD, low: u32, high: u32) -> u32 {
    let number = i64::from(low & !0xF) | i64::from(high) << 32;
    let address = PHYSICAL_ADDRESS { QuadPart: number };
    let (mut space, mut translated) = (0, PHYSICAL_ADDRESS { QuadPart: 0 });
    let answer = bus.TranslateBusAddress.map_or(0, |routine| {
        // SAFETY: The interface is held, and both results live through the call (nc-wdm-translate_bus_address).
        unsafe {
            routine(
                bus.Context,
                address,
                16,
                &raw mut space,
                &raw mut translated,
            )
        }
    });
    // SAFETY: Every view of the union holds.
    let same = unsafe { translated.QuadPart } == number;
    u32::from(answer != 0 && same)
}

/// Gives the interface back.
///
/// # Safety
///
/// This is `EvtDeviceReleaseHardware`, and [`ask`] has filled the structure in.
pub(crate) unsafe fn release(context: &Context) {
    // SAFETY: This callback alone has the structure.
    let bus = unsafe { &mut *context.bus.get() };
    let Some(dereference) = bus.InterfaceDereference else {
        return;
    };
    if context.is(KEEP_INTERFACE) {
        return;
    }
    // SAFETY: The interface is held by the reference that came with it (nc-wdm-pinterface_dereference).
    unsafe { dereference(bus.Context) };
    if context.is(CALL_LATE) {
        // breaks: call-late
        get(bus, 0, &mut [0]);
    }
    *bus = BUS_INTERFACE_STANDARD::default();
}
