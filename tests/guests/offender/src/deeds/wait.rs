//! Waits for what never comes, and rundown protection that is given back too often or not at all.

use core::{cell::UnsafeCell, mem::MaybeUninit, ptr};

use wdk_sys::{
    _KWAIT_REASON, EX_RUNDOWN_REF, PEX_RUNDOWN_REF,
    ntddk::{
        ExAcquireRundownProtection, ExInitializeRundownProtection, ExReleaseRundownProtection,
        ExWaitForRundownProtectionRelease, KeSetEvent, KeWaitForSingleObject,
    },
};

use crate::{
    call::{Call, Outcome},
    event::{Event, KERNEL_MODE},
};

pub(crate) fn never_set(_: &Call) -> Outcome {
    let event = Event::uninitialised();
    event.initialise();
    let (object, executive) = (event.get().cast(), _KWAIT_REASON::Executive);
    let none = ptr::null_mut();
    // SAFETY: The wait is good; that nothing sets the event is what is broken.
    // breaks: event-never-set
    let _ = unsafe { KeWaitForSingleObject(object, executive, KERNEL_MODE, 0, none) };
    Outcome::Done
}

pub(crate) fn set(_: &Call) -> Outcome {
    let event = Event::uninitialised();
    event.initialise();
    event.set();
    let _ = event.wait(None);
    Outcome::Done
}

pub(crate) fn not_initialised(_: &Call) -> Outcome {
    let event = Event::uninitialised();
    // SAFETY: The memory is there, but no event was made of it.
    // breaks: event-not-initialised
    let _ = unsafe { KeSetEvent(event.get(), 0, 0) };
    Outcome::Done
}

pub(crate) fn initialised(_: &Call) -> Outcome {
    let event = Event::uninitialised();
    event.initialise();
    event.set();
    Outcome::Done
}

/// A rundown reference that has one holder.
struct Held(UnsafeCell<MaybeUninit<EX_RUNDOWN_REF>>);

impl Held {
    fn new() -> Self {
        let held = Self(UnsafeCell::new(MaybeUninit::uninit()));
        // SAFETY: The memory is this reference's own (nf-wdm-exinitializerundownprotection).
        unsafe { ExInitializeRundownProtection(held.get()) };
        // SAFETY: The reference is initialised (nf-wdm-exacquirerundownprotection).
        let _ = unsafe { ExAcquireRundownProtection(held.get()) };
        held
    }

    fn get(&self) -> PEX_RUNDOWN_REF {
        self.0.get().cast()
    }
}

pub(crate) fn release_twice(_: &Call) -> Outcome {
    let reference = Held::new();
    // SAFETY: The reference is held (nf-wdm-exreleaserundownprotection).
    unsafe { ExReleaseRundownProtection(reference.get()) };
    // SAFETY: The reference is not held any more.
    // breaks: rundown-released-too-often
    unsafe { ExReleaseRundownProtection(reference.get()) };
    Outcome::Done
}

pub(crate) fn release_once(_: &Call) -> Outcome {
    let reference = Held::new();
    // SAFETY: The reference is held (nf-wdm-exreleaserundownprotection).
    unsafe { ExReleaseRundownProtection(reference.get()) };
    Outcome::Done
}

pub(crate) fn run_down_held(_: &Call) -> Outcome {
    let reference = Held::new();
    // SAFETY: The wait is good; that the one who holds the reference waits is what is broken.
    // breaks: rundown-never-released
    unsafe { ExWaitForRundownProtectionRelease(reference.get()) };
    Outcome::Done
}

pub(crate) fn run_down(_: &Call) -> Outcome {
    let reference = Held::new();
    // SAFETY: The reference is held (nf-wdm-exreleaserundownprotection).
    unsafe { ExReleaseRundownProtection(reference.get()) };
    // SAFETY: The caller is at PASSIVE_LEVEL and holds no reference
    // (nf-wdm-exwaitforrundownprotectionrelease).
    unsafe { ExWaitForRundownProtectionRelease(reference.get()) };
    Outcome::Done
}
