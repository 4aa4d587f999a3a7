//! The registers of QEMU's `edu` device behind a typed window: no offset leaves this file.

use core::ptr::NonNull;

/// What the identification register ends in, whatever the revision above it.
const IDENTIFICATION: u32 = 0x00ed;
/// What every register of a device reads that is not there any more.
const ALL_ONES: u32 = u32::MAX;

/// A register, by its offset in bytes.
#[derive(Clone, Copy)]
#[repr(usize)]
enum Register {
    /// Identification: revision and 0x00ed.
    Identification = 0x00,
    /// Bit 7 makes the end of a factorial raise an interrupt.
    Status = 0x20,
    /// The causes that are raised and not acknowledged. Read only.
    InterruptStatus = 0x24,
    /// Written causes are raised. Write only.
    InterruptRaise = 0x60,
    /// Written causes are acknowledged. Write only.
    InterruptAcknowledge = 0x64,
}

/// The size of the window in bytes; every register lies in it.
pub(crate) const WINDOW: usize = 0x1000;

const _: () = assert!(Register::InterruptAcknowledge as usize + 4 <= WINDOW);

/// The device's registers, mapped.
///
/// # Invariants
///
/// `base` is the start of the device's register block, mapped uncached for at least [`WINDOW`] bytes,
/// as long as any copy of the value is used.
#[derive(Clone, Copy)]
pub(crate) struct Registers {
    base: NonNull<u32>,
}

// SAFETY: The mapping is one of system space, the same in every thread and on every processor, and
// each access is one 32-bit read or write, which the device orders.
unsafe impl Send for Registers {}
// SAFETY: As above; no method needs exclusion for memory safety.
unsafe impl Sync for Registers {}

impl Registers {
    /// Takes over a mapped register block.
    ///
    /// # Safety
    ///
    /// As the type's invariant says.
    pub(crate) const unsafe fn new(base: NonNull<u32>) -> Self {
        Self { base }
    }

    /// The identification register.
    pub(crate) fn identification(self) -> u32 {
        self.read(Register::Identification)
    }

    /// Whether the device says that it is an `edu`.
    pub(crate) const fn is_edu(identification: u32) -> bool {
        identification & 0xffff == IDENTIFICATION
    }

    /// The causes that are raised, or `None` where the device is gone.
    ///
    /// A device that has been removed reads all ones. So may, in principle, a device with every cause
    /// raised; the identification register tells them apart.
    pub(crate) fn causes(self) -> Option<u32> {
        let causes = self.read(Register::InterruptStatus);
        let gone = causes == ALL_ONES && self.identification() == ALL_ONES;
        (!gone).then_some(causes)
    }

    /// Raises `causes`: the device ORs them into those already raised. It has done so when this returns, as in
    /// [`silence`](Self::silence): who asked for the raise is answered that it reached the device.
    pub(crate) fn raise(self, causes: u32) {
        self.write(Register::InterruptRaise, causes);
        let _ = self.identification();
    }

    /// Acknowledges `causes`; the others stay.
    pub(crate) fn acknowledge(self, causes: u32) {
        self.write(Register::InterruptAcknowledge, causes);
    }

    /// Keeps the device from raising a cause on its own, and acknowledges all causes.
    ///
    /// Writes to memory are posted; what is read from the same device comes back after them. So the
    /// device is silent when this returns.
    pub(crate) fn silence(self) {
        self.write(Register::Status, 0);
        self.acknowledge(ALL_ONES);
        let _ = self.read(Register::InterruptStatus);
    }

    fn read(self, register: Register) -> u32 {
        // SAFETY: Every register lies in the window (asserted above).
        let address = unsafe { self.base.byte_add(register as usize) };
        // SAFETY: The window is mapped, the address is aligned to 4, and reading a register of this
        // device has no effect but its value.
        unsafe { address.read_volatile() }
    }

    fn write(self, register: Register, value: u32) {
        // SAFETY: Every register lies in the window (asserted above).
        let address = unsafe { self.base.byte_add(register as usize) };
        // SAFETY: The window is mapped, the address is aligned to 4, and the registers written here
        // make the device touch no memory.
        unsafe { address.write_volatile(value) };
    }
}
