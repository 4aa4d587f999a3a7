//! The registers of the device, and the queue that it reads in memory.

use core::{
    ptr,
    sync::atomic::{Ordering, fence},
};

use guest::status;
use wdk_sys::{NTSTATUS, WDFREQUEST};

use crate::memory::Place;

/// Registers of the common configuration structure, and behind it.
mod register {
    pub(super) const DRIVER_FEATURE_SELECT: usize = 0x08;
    pub(super) const DRIVER_FEATURE: usize = 0x0C;
    pub(super) const STATUS: usize = 0x14;
    pub(super) const QUEUE_SELECT: usize = 0x16;
    pub(super) const QUEUE_SIZE: usize = 0x18;
    pub(super) const QUEUE_VECTOR: usize = 0x1A;
    pub(super) const QUEUE_ENABLE: usize = 0x1C;
    pub(super) const QUEUE_DESCRIPTORS: usize = 0x20;
    pub(super) const QUEUE_AVAILABLE: usize = 0x28;
    pub(super) const QUEUE_USED: usize = 0x30;
    pub(super) const INTERRUPT_STATUS: usize = 0x1000;
    pub(super) const NOTIFY: usize = 0x3000;
}

const ACKNOWLEDGE: u8 = 1;
const DRIVER: u8 = 2;
const DRIVER_OK: u8 = 4;
const FEATURES_OK: u8 = 8;
/// `VIRTIO_F_VERSION_1`, in the second half of the features.
const VERSION_1: u32 = 1;

/// How many descriptors the queue has.
const SIZE: u16 = 4;
/// Where the three areas stand in the queue's buffer.
const AVAILABLE: usize = 128;
const USED: usize = 256;
const DEVICE_WRITES: u16 = 2;

/// Writes a register.
///
/// # Safety
///
/// The structures are mapped there, and the device is in D0.
unsafe fn write<T>(registers: *mut u8, at: usize, value: T) {
    // SAFETY: The register lies in what is mapped.
    let register = unsafe { registers.add(at) };
    // SAFETY: As above, and its offset is aligned.
    unsafe { register.cast::<T>().write_volatile(value) };
}

/// Reads a register.
///
/// # Safety
///
/// As [`write`].
unsafe fn read<T>(registers: *mut u8, at: usize) -> T {
    // SAFETY: The register lies in what is mapped.
    let register = unsafe { registers.add(at) };
    // SAFETY: As above, and its offset is aligned.
    unsafe { register.cast::<T>().read_volatile() }
}

/// Reads the interrupt status, which is zero afterwards.
///
/// # Safety
///
/// As [`write`].
pub(crate) unsafe fn interrupt_status(registers: *mut u8) -> u8 {
    // SAFETY: This function's contract.
    unsafe { read(registers, register::INTERRUPT_STATUS) }
}

/// Has the device forget everything, and waits until it has.
///
/// # Safety
///
/// As [`write`].
pub(crate) unsafe fn reset(registers: *mut u8) {
    // SAFETY: This function's contract.
    unsafe { write(registers, register::STATUS, 0_u8) };
    loop {
        // SAFETY: As above.
        let status: u8 = unsafe { read(registers, register::STATUS) };
        // All ones are of a device that is gone.
        if status == 0 || status == u8::MAX {
            break;
        }
    }
}

/// What the queue's lock guards.
pub(crate) struct Transport {
    registers: *mut u8,
    queue: Place,
    sample: Place,
    /// How many chains were offered, and how many are back, modulo 2^16.
    offered: u16,
    taken: u16,
    waiting: WDFREQUEST,
}

// SAFETY: Handles and addresses of system space are the same in every thread.
unsafe impl Send for Transport {}

const NOWHERE: Place = Place {
    address: ptr::null_mut(),
    bus: 0,
};

impl Transport {
    pub(crate) const NONE: Self = Self {
        registers: ptr::null_mut(),
        queue: NOWHERE,
        sample: NOWHERE,
        offered: 0,
        taken: 0,
        waiting: ptr::null_mut(),
    };

    /// Agrees with the device on features and on a queue.
    ///
    /// # Safety
    ///
    /// The structures are mapped at `registers`, the device is in D0 and was reset; both places are common buffers'.
    pub(crate) unsafe fn begin(
        &mut self,
        registers: *mut u8,
        (queue, sample): (Place, Place),
        by_message: bool,
    ) -> Result<(), NTSTATUS> {
        *self = Self {
            registers,
            queue,
            sample,
            ..Self::NONE
        };
        // SAFETY: The queue's buffer has so many bytes.
        unsafe { queue.address.write_bytes(0, 512) };
        let status = |bits: u8| {
            // SAFETY: This function's contract.
            unsafe { write(registers, register::STATUS, bits) };
            // SAFETY: As above.
            unsafe { read::<u8>(registers, register::STATUS) }
        };
        status(ACKNOWLEDGE | DRIVER);
        // SAFETY: As above.
        unsafe { write(registers, register::DRIVER_FEATURE_SELECT, 1_u32) };
        // SAFETY: As above.
        unsafe { write(registers, register::DRIVER_FEATURE, VERSION_1) };
        if status(ACKNOWLEDGE | DRIVER | FEATURES_OK) & FEATURES_OK == 0 {
            return Err(status::DEVICE_CONFIGURATION_ERROR);
        }
        // SAFETY: As above.
        unsafe { write(registers, register::QUEUE_SELECT, 0_u16) };
        // SAFETY: As above.
        unsafe { write(registers, register::QUEUE_SIZE, SIZE) };
        let places = [
            (register::QUEUE_DESCRIPTORS, 0),
            (register::QUEUE_AVAILABLE, AVAILABLE),
            (register::QUEUE_USED, USED),
        ];
        for (at, offset) in places {
            let address = queue.bus + offset as u64;
            let half = |bits: u64| u32::try_from(bits & 0xFFFF_FFFF).unwrap_or_default();
            // SAFETY: As above.
            unsafe { write(registers, at, half(address)) };
            // SAFETY: As above.
            unsafe { write(registers, at + 4, half(address >> 32)) };
        }
        if by_message {
            // SAFETY: As above.
            unsafe { write(registers, register::QUEUE_VECTOR, 0_u16) };
        }
        // SAFETY: As above.
        unsafe { write(registers, register::QUEUE_ENABLE, 1_u16) };
        status(ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
        Ok(())
    }

    /// A part of the queue's buffer.
    fn area<T>(&self, at: usize) -> *mut T {
        // SAFETY: Every offset here lies in the buffer, which is aligned to pages.
        unsafe { self.queue.address.add(at) }.cast()
    }

    /// Offers the sample's buffer, `wrong` away, to be filled for `request`.
    ///
    /// # Safety
    ///
    /// The device is in D0, and [`begin`](Self::begin) has agreed with it.
    pub(crate) unsafe fn offer(
        &mut self,
        request: WDFREQUEST,
        length: u32,
        wrong: u64,
        reads: bool,
    ) {
        self.waiting = request;
        let flags = if reads { 0 } else { DEVICE_WRITES };
        // SAFETY: The first descriptor is the driver's, for nothing is offered.
        unsafe { self.area::<u64>(0).write_volatile(self.sample.bus + wrong) };
        // SAFETY: As above.
        unsafe { self.area::<u32>(8).write_volatile(length) };
        // SAFETY: As above.
        unsafe { self.area::<u16>(12).write_volatile(flags) };
        let slot = usize::from(self.offered % SIZE);
        // SAFETY: The slot is the driver's until the index says otherwise.
        unsafe {
            self.area::<u16>(AVAILABLE + 4 + 2 * slot).write_volatile(0);
        };
        self.offered = self.offered.wrapping_add(1);
        fence(Ordering::SeqCst);
        // SAFETY: The index is the driver's.
        unsafe {
            self.area::<u16>(AVAILABLE + 2).write_volatile(self.offered);
        };
        fence(Ordering::SeqCst);
        // SAFETY: The device is in D0.
        unsafe { write(self.registers, register::NOTIFY, 0_u16) };
    }

    /// The request that waits, and how many bytes the device has given for it; none while it has given nothing.
    pub(crate) fn take(&mut self) -> Option<(WDFREQUEST, usize)> {
        if self.registers.is_null() {
            return None;
        }
        // SAFETY: The index is the device's, which it writes as a whole.
        let index = unsafe { self.area::<u16>(USED + 2).read_volatile() };
        if index == self.taken || self.waiting.is_null() {
            return None;
        }
        fence(Ordering::SeqCst);
        let slot = usize::from(self.taken % SIZE);
        // SAFETY: The index says that the element was written.
        let length = unsafe { self.area::<u32>(USED + 4 + 8 * slot + 4).read_volatile() };
        self.taken = index;
        let request = core::mem::replace(&mut self.waiting, ptr::null_mut());
        Some((request, length as usize))
    }

    /// The sample's bytes.
    pub(crate) const fn sample(&self) -> *mut u8 {
        self.sample.address
    }
}

/// Says whether the device is to interrupt for what it gives back.
///
/// # Safety
///
/// The queue's buffer stands there.
#[expect(
    clippy::cast_ptr_alignment,
    reason = "the queue is aligned to more, and the flags begin at an even offset"
)]
pub(crate) unsafe fn want_interrupts(queue: *mut u8, want: bool) {
    // SAFETY: The flags are the driver's.
    let flags = unsafe { queue.add(AVAILABLE) };
    // SAFETY: As above, and they are aligned.
    unsafe { flags.cast::<u16>().write_volatile(u16::from(!want)) };
}
