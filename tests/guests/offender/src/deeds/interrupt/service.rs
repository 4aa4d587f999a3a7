//! The interrupt service routines, and what they work on.

use core::{
    hint::black_box,
    ptr,
    sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering},
};

use wdk_sys::{BOOLEAN, PKINTERRUPT, PVOID, ULONG, ntddk::KeGetCurrentProcessorNumberEx};

use super::program;
use crate::deeds::{lock::Lock, race::Plain};

/// What the ISR works on.
pub(crate) struct Service {
    /// The registers, while an interrupt is connected.
    pub(crate) registers: AtomicPtr<u32>,
    /// How many ISRs have claimed the interrupt.
    pub(crate) claimed: AtomicU32,
    /// How many have found nothing of their device's.
    pub(crate) declined: AtomicU32,
    /// Which ISR, counted from 1, is the first that acknowledges.
    pub(crate) acknowledges: AtomicU32,
    /// The cause that the ISR raises in its first turn, after it has acknowledged; 0 for none.
    pub(crate) raises: AtomicU32,
    /// Whether the ISR takes long, and says by a call when it ends.
    pub(crate) lingers: AtomicBool,
    /// Whether the device is in D0, so that its registers answer.
    pub(crate) powered: AtomicBool,
    /// ISRs that had claimed when a long synchronize routine ended.
    pub(crate) during: AtomicU32,
    /// The causes that ISRs have acknowledged; theirs under the interrupt lock, and not atomic.
    pub(crate) seen: Plain,
    /// The interrupt lock of each connection, one after the other: an ISR of the last may still run.
    pub(super) lock: Lock,
}

/// Registers of edu, by their place among 32-bit words.
mod register {
    pub(super) const FACTORIAL: usize = 0x08 / 4;
    pub(super) const CONTROL: usize = 0x20 / 4;
    pub(super) const STATUS: usize = 0x24 / 4;
    pub(super) const RAISE: usize = 0x60 / 4;
    pub(super) const ACKNOWLEDGE: usize = 0x64 / 4;
}

impl Service {
    pub(crate) const fn new() -> Self {
        Self {
            registers: AtomicPtr::new(ptr::null_mut()),
            claimed: AtomicU32::new(0),
            declined: AtomicU32::new(0),
            acknowledges: AtomicU32::new(1),
            raises: AtomicU32::new(0),
            lingers: AtomicBool::new(false),
            powered: AtomicBool::new(false),
            during: AtomicU32::new(0),
            seen: Plain::new(),
            lock: Lock::new(),
        }
    }

    /// Once, where it stays.
    pub(crate) fn initialise(&self) {
        self.lock.initialise();
    }

    /// Before the device starts.
    pub(crate) fn prepare(&self) {
        self.claimed.store(0, Ordering::Relaxed);
    }

    /// On the way into D0 and out of it.
    pub(crate) fn power(&self, on: bool) {
        self.powered.store(on, Ordering::Release);
    }

    /// How many ISRs have declined.
    pub(super) fn declined(&self) -> u32 {
        self.declined.load(Ordering::Relaxed)
    }

    pub(super) fn claimed(&self) -> u32 {
        self.claimed.load(Ordering::Relaxed)
    }

    fn read(&self, register: usize) -> u32 {
        let registers = self.registers.load(Ordering::Relaxed);
        // SAFETY: The registers are mapped while an interrupt is connected, and the register is one.
        unsafe { registers.wrapping_add(register).read_volatile() }
    }

    fn write(&self, register: usize, value: u32) {
        let registers = self.registers.load(Ordering::Relaxed);
        // SAFETY: As for a read.
        unsafe { registers.wrapping_add(register).write_volatile(value) };
    }

    /// Raises a cause.
    pub(super) fn raise(&self, cause: u32) {
        self.write(register::RAISE, cause);
    }

    /// Has the device compute for a quarter of a millisecond, and raise a cause then.
    pub(super) fn compute(&self) {
        /// The bit of the control register that has the end of a computation raise a cause.
        const RAISE_WHEN_DONE: u32 = 0x80;
        self.write(register::CONTROL, RAISE_WHEN_DONE);
        self.write(register::FACTORIAL, 250_000);
    }

    /// Keeps the device from raising a cause by itself, and from asserting what it has raised, from when this returns.
    pub(super) fn silence(&self) {
        self.write(register::CONTROL, 0);
        self.write(register::ACKNOWLEDGE, u32::MAX);
        let _ = self.read(register::STATUS);
    }

    /// What an ISR does; whether the interrupt was this device's.
    fn serve(&self) -> bool {
        if !self.powered.load(Ordering::Acquire) {
            return false;
        }
        let causes = self.read(register::STATUS);
        if causes == 0 {
            self.declined.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        let turn = self.claimed.fetch_add(1, Ordering::Relaxed) + 1;
        if turn >= self.acknowledges.load(Ordering::Relaxed) {
            self.write(register::ACKNOWLEDGE, causes);
            self.seen.0.set(self.seen.0.get() | causes);
        }
        let cause = self.raises.swap(0, Ordering::Relaxed);
        if cause != 0 {
            self.raise(cause);
        }
        program::interrupted();
        if self.lingers.load(Ordering::Relaxed) {
            (0..200_u32).for_each(|step| {
                let _ = black_box(step);
            });
            // SAFETY: At any IRQL; no processor number is asked for (nf-wdm-kegetcurrentprocessornumberex).
            let _ = unsafe { KeGetCurrentProcessorNumberEx(ptr::null_mut()) };
        }
        true
    }
}

/// The ISR of a line.
///
/// # Safety
///
/// The kernel calls it with the context that it was connected with ("nc-wdm-kservice_routine").
// breaks: storm
pub(super) unsafe extern "C" fn line(_: PKINTERRUPT, context: PVOID) -> BOOLEAN {
    // SAFETY: The context is the device's, which lives as long as the interrupt is connected.
    let service = unsafe { &*context.cast::<Service>() };
    BOOLEAN::from(service.serve())
}

/// The ISR of a message.
///
/// # Safety
///
/// As [`line`] ("nc-wdm-kmessage_service_routine").
pub(super) unsafe extern "C" fn message(_: PKINTERRUPT, context: PVOID, number: ULONG) -> BOOLEAN {
    // SAFETY: As in `line`.
    let service = unsafe { &*context.cast::<Service>() };
    BOOLEAN::from(number == 0 && service.serve())
}
