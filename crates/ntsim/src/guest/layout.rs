//! Where things stand in the simulated kernel's address space.
//!
//! All of it is kernel half. The gaps between the regions are unmapped, so that an access that
//! strays faults. Objects whose layout NT keeps to itself have addresses in a region that is never
//! mapped: a driver that looks inside one faults.

/// Traps: an instruction fetch here is a call of an export, or the return of a callback.
pub(crate) const TRAP_BASE: u64 = 0xFFFF_F800_0010_0000;
/// Bytes between two traps.
pub(crate) const TRAP_STRIDE: u64 = 16;
/// Room for traps.
pub(crate) const TRAP_SIZE: u64 = 0x1_0000;
/// The page of data that NT shares with everybody, where x64 headers read it without a call.
pub(crate) const SHARED_DATA: u64 = 0xFFFF_F780_0000_0000;
/// What GS leads to: a page of the processor's.
pub(crate) const PROCESSOR: u64 = 0xFFFF_F780_0010_0000;
/// The framework's table of the sizes of its structures.
pub(crate) const FRAMEWORK_TABLE: u64 = 0xFFFF_F780_0020_0000;
/// The size of a page.
pub(crate) const PAGE: u64 = 0x1000;

/// What the simulator does not model and a driver has the address of: never mapped, so that a call of it or an access to
/// it faults and is named.
pub(crate) const MISSING_BASE: u64 = 0xFFFF_F800_1000_0000;
/// Bytes between two of those: room for a variable.
pub(crate) const MISSING_STRIDE: u64 = 0x1000;
/// Where a program has the buffers of its requests: never mapped, for the driver has its addresses and not its context.
pub(crate) const USER_BASE: u64 = 0x0000_0100_0000_0000;
/// Bytes between two of those.
pub(crate) const USER_STRIDE: u64 = 16 << 20;
/// Where those end.
const USER_END: u64 = USER_BASE + (1 << 42);

/// Whether an address is one of a program's buffers.
pub(crate) const fn is_programs(address: u64) -> bool {
    USER_BASE <= address && address < USER_END
}

/// Where the emulator would stop by itself: no address of a processor, so that a driver that goes there has gone
/// astray like one that goes to any other.
pub(crate) const NOWHERE: u64 = 0x8000_0000_0000_0001;

/// Data that the simulated kernel shows to the driver: driver object, strings, function table.
pub(crate) const SYSTEM_BASE: u64 = 0xFFFF_F800_2000_0000;
/// Room for that data.
pub(crate) const SYSTEM_SIZE: u64 = 0x2_0000;
/// What lies around the driver object, behind that data.
pub(crate) const DRIVER_DATA: u64 = SYSTEM_BASE + SYSTEM_SIZE - PAGE;
/// The driver image.
pub(crate) const IMAGE_BASE: u64 = 0xFFFF_F801_4000_0000;
/// Opaque objects: never mapped.
pub(crate) const OBJECT_BASE: u64 = 0xFFFF_8080_0000_0000;

/// Bytes between two opaque objects.
pub(crate) const OBJECT_STRIDE: u64 = 0x1000;
/// Pool.
pub(crate) const POOL_BASE: u64 = 0xFFFF_A000_0000_0000;

/// Room for pool.
pub(crate) const POOL_SIZE: u64 = 32 << 20;
/// Mapped device registers.
pub(crate) const MMIO_BASE: u64 = 0xFFFF_B000_0000_0000;

/// Bytes between two mappings.
pub(crate) const MMIO_STRIDE: u64 = 16 << 20;
/// Stacks, of threads and of interrupts.
pub(crate) const STACK_BASE: u64 = 0xFFFF_D000_0000_0000;

/// Size of a kernel stack, as x64 NT gives it.
pub(crate) const STACK_SIZE: u64 = 0x6000;
/// Bytes between two stacks; what lies between is the guard.
pub(crate) const STACK_STRIDE: u64 = 0x1_0000;
/// Where the region of stacks ends.
pub(crate) const STACK_END: u64 = 0xFFFF_D100_0000_0000;

/// The physical address of the device's first BAR, as the `PnP` manager assigns it.
pub(crate) const BAR_PHYSICAL: u64 = 0xFEB0_0000;
/// Bytes between two physical BARs.
pub(crate) const BAR_STRIDE: u64 = 16 << 20;

/// The physical address of a BAR.
pub(crate) const fn bar_physical(index: u8) -> u64 {
    BAR_PHYSICAL + index as u64 * BAR_STRIDE
}

/// The physical address of pool, of which devices reach what their drivers have made for them.
pub(crate) const MEMORY_PHYSICAL: u64 = 0x4_0000_0000;
/// Where devices reach the same memory that drive too few address lines for that: below 2^27.
pub(crate) const MEMORY_MAPPED: u64 = 0x0400_0000;

/// Whether a driver may only read the memory at an address.
pub(crate) const fn is_read_only(address: u64) -> bool {
    matches!(
        address & !(PAGE - 1),
        SHARED_DATA | PROCESSOR | FRAMEWORK_TABLE
    )
}

/// Whether an address is one where device registers may be mapped.
pub(crate) const fn is_io_space(address: u64) -> bool {
    MMIO_BASE <= address && address < STACK_BASE
}

/// Whether an address is one of the shared user data.
pub(crate) const fn is_shared_data(address: u64) -> bool {
    address.wrapping_sub(SHARED_DATA) < PAGE
}
