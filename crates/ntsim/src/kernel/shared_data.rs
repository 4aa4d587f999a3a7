//! What x64 headers read without a call: the shared user data, and the block of the processor behind GS.
//!
//! Both are pages that are written anew right before an instruction reads them. NT writes them at any time and no lock
//! orders that, so reading them orders nothing and is no race.

use nt_model::Failure;

use crate::{
    guest::{Guest, layout},
    kernel::{Kernel, state::time::CYCLES_PER_UNIT},
};

/// Offsets in `KUSER_SHARED_DATA` (ntddk.h), each with the length that is modelled.
mod shared {
    pub(super) const INTERRUPT_TIME: (u64, u64) = (0x08, 12);
    pub(super) const SYSTEM_TIME: (u64, u64) = (0x14, 12);
    pub(super) const TICK_MULTIPLIER: (u64, u64) = (0x04, 4);
    pub(super) const TIME_ZONE_BIAS: (u64, u64) = (0x20, 12);
    pub(super) const IMAGE_NUMBERS: (u64, u64) = (0x2C, 4);
    pub(super) const SYSTEM_ROOT: (u64, u64) = (0x30, 520);
    pub(super) const LARGE_PAGE_MINIMUM: (u64, u64) = (0x244, 4);
    pub(super) const BUILD: (u64, u64) = (0x260, 4);
    pub(super) const PRODUCT_TYPE: (u64, u64) = (0x264, 5);
    pub(super) const ARCHITECTURE: (u64, u64) = (0x26A, 2);
    pub(super) const MAJOR_VERSION: (u64, u64) = (0x26C, 4);
    pub(super) const MINOR_VERSION: (u64, u64) = (0x270, 4);
    pub(super) const DEBUGGER_ENABLED: (u64, u64) = (0x2D4, 1);
    pub(super) const SAFE_BOOT_MODE: (u64, u64) = (0x2EC, 1);
    pub(super) const TICK_COUNT: (u64, u64) = (0x320, 12);
    pub(super) const PROCESSOR_COUNT: (u64, u64) = (0x3C0, 4);

    pub(super) const ALL: [(u64, u64); 16] = [
        INTERRUPT_TIME,
        SYSTEM_TIME,
        TICK_MULTIPLIER,
        TIME_ZONE_BIAS,
        IMAGE_NUMBERS,
        SYSTEM_ROOT,
        LARGE_PAGE_MINIMUM,
        BUILD,
        PRODUCT_TYPE,
        ARCHITECTURE,
        MAJOR_VERSION,
        MINOR_VERSION,
        DEBUGGER_ENABLED,
        SAFE_BOOT_MODE,
        TICK_COUNT,
        PROCESSOR_COUNT,
    ];
}

/// Offsets in `KPCR` that x64 headers read: the processor's number in one byte, the thread, and the number.
mod processor {
    pub(super) const LEGACY_NUMBER: u64 = 0x184;
    pub(super) const CURRENT_THREAD: u64 = 0x188;
    pub(super) const NUMBER: u64 = 0x1A4;
}

/// The time at which every simulated machine is switched on: 2024-01-01, in NT's units since 1601.
const BOOT_TIME: u64 = 133_485_408_000_000_000;
/// NT's units in a tick of the clock: 15.625 ms.
pub(super) const TICK: u64 = 156_250;
/// The version of Windows whose framework is modelled, and its build.
pub(super) const VERSION: (u32, u32) = (10, 0);
pub(super) const BUILD: u32 = 19041;
const SYSTEM_ROOT: &str = r"C:\Windows";

impl<A> Kernel<A> {
    /// Interrupt time, in NT's units.
    pub(crate) fn interrupt_time(&self) -> u64 {
        self.cycles / CYCLES_PER_UNIT
    }

    /// System time, in NT's units since 1601.
    pub(crate) fn system_time(&self) -> u64 {
        BOOT_TIME + self.interrupt_time()
    }

    /// Writes what never changes of the shared user data.
    pub(crate) fn write_shared_data(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        let at = |(offset, _): (u64, u64)| layout::SHARED_DATA + offset;
        let root: Vec<u8> = SYSTEM_ROOT
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        guest.write(at(shared::SYSTEM_ROOT), &root)?;
        for (field, value) in [
            // Milliseconds in a tick, shifted left by 24.
            (shared::TICK_MULTIPLIER, 0x0FA0_0000),
            // x64, twice.
            (shared::IMAGE_NUMBERS, 0x8664_8664),
            (shared::LARGE_PAGE_MINIMUM, 0x20_0000),
            (shared::BUILD, BUILD),
            // A workstation; the byte behind it says that this is valid.
            (shared::PRODUCT_TYPE, 1),
            (shared::MAJOR_VERSION, VERSION.0),
            (shared::MINOR_VERSION, VERSION.1),
            (shared::PROCESSOR_COUNT, self.cpus.len() as u32),
        ] {
            guest.write_u32(at(field), value)?;
        }
        guest.write_u8(at(shared::PRODUCT_TYPE) + 4, 1)?;
        // PROCESSOR_ARCHITECTURE_AMD64.
        guest.write(at(shared::ARCHITECTURE), &9_u16.to_le_bytes())
    }

    /// The driver is about to read shared user data: it gets what stands there now.
    pub(crate) fn show_shared_data(
        &self,
        guest: &mut Guest,
        address: u64,
        length: u64,
    ) -> Result<(), Failure> {
        let (from, to) = (
            address - layout::SHARED_DATA,
            address - layout::SHARED_DATA + length,
        );
        let mut known = shared::ALL.iter();
        if !known.any(|(offset, length)| *offset <= from && to <= offset + length) {
            return Err(Failure::not_modelled(format!(
                "the driver read {length} bytes at {from:#x} of KUSER_SHARED_DATA, which the simulator does not model"
            )));
        }
        let time = |value: u64| {
            let mut bytes = [0; 12];
            bytes[..8].copy_from_slice(&value.to_le_bytes());
            // The high half stands there twice, for who reads the halves apart.
            bytes[8..].copy_from_slice(&((value >> 32) as u32).to_le_bytes());
            bytes
        };
        let now = self.interrupt_time();
        for ((offset, _), value) in [
            (shared::INTERRUPT_TIME, now),
            (shared::SYSTEM_TIME, self.system_time()),
            (shared::TICK_COUNT, now / TICK),
        ] {
            guest.write(layout::SHARED_DATA + offset, &time(value))?;
        }
        Ok(())
    }

    /// The driver is about to read the processor's block at `offset`: it gets what stands there now.
    pub(crate) fn show_processor(
        &self,
        guest: &mut Guest,
        offset: Option<u64>,
    ) -> Result<(), Failure> {
        let number = self.cpu_index() as u64;
        let value = match offset {
            Some(processor::LEGACY_NUMBER | processor::NUMBER) => number,
            Some(processor::CURRENT_THREAD) => {
                let thread = self.cpu().thread.and_then(|id| self.threads.get(id));
                let Some(thread) = thread else {
                    return Err(Failure::not_modelled(
                        "the driver asks for the current thread where the processor is idle beneath it",
                    ));
                };
                thread.object
            }
            Some(offset) => {
                return Err(Failure::not_modelled(format!(
                    "the driver accesses gs:[{offset:#x}], a field of the processor's that no header reads"
                )));
            }
            None => {
                return Err(Failure::not_modelled(
                    "the driver accesses the processor's block behind gs in another way than headers do",
                ));
            }
        };
        guest.write_u64(layout::PROCESSOR + offset.unwrap_or(0), value)
    }
}
