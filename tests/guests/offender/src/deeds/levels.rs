//! Calls at an IRQL at which they may not be made.

use core::ptr;

use wdk_sys::{
    _KWAIT_REASON, GROUP_AFFINITY, call_unsafe_wdf_function_binding,
    ntddk::{
        ExAllocatePool2, KeEnterCriticalRegion, KeLeaveCriticalRegion, KeLowerIrql,
        KeRevertToUserGroupAffinityThread, KeSetSystemGroupAffinityThread, KeWaitForSingleObject,
        KfRaiseIrql, ZwClose,
    },
};

use crate::{
    call::{Call, Outcome},
    deeds::pool,
    device,
    event::{Event, KERNEL_MODE},
    irql::{self, DISPATCH, PASSIVE},
    thread,
};

pub(crate) fn close_raised(_: &Call) -> Outcome {
    // SAFETY: `idle` uses no context.
    let started = unsafe { thread::start(Some(thread::idle), ptr::null_mut()) };
    let closed = started.map(|handle| {
        irql::at(DISPATCH, || {
            // SAFETY: The handle is open, but ZwClose may be called at PASSIVE_LEVEL only.
            // breaks: irql-of-export
            let _ = unsafe { ZwClose(handle) };
            Outcome::Done
        })
    });
    closed.into()
}

pub(crate) fn close(_: &Call) -> Outcome {
    // SAFETY: `idle` uses no context.
    let started = unsafe { thread::start(Some(thread::idle), ptr::null_mut()) };
    let closed = started.map(|handle| {
        irql::at(DISPATCH, || {});
        // The join is for the thread's sake, which runs the driver's code.
        thread::join(handle);
        Outcome::Done
    });
    closed.into()
}

pub(crate) fn interface_raised(call: &Call) -> Outcome {
    let guid = device::interface();
    irql::at(DISPATCH, || {
        let (guid, none) = (&raw const guid, ptr::null());
        let device = call.device;
        // SAFETY: The arguments are good, but an interface may be made at PASSIVE_LEVEL only.
        let _ = unsafe {
            // breaks: irql-of-framework
            call_unsafe_wdf_function_binding!(WdfDeviceCreateDeviceInterface, device, guid, none)
        };
    });
    Outcome::Done
}

pub(crate) fn interface(call: &Call) -> Outcome {
    let guid = device::interface();
    irql::at(DISPATCH, || {});
    // SAFETY: The device is live, the GUID lives through the call
    // (nf-wdfdevice-wdfdevicecreatedeviceinterface).
    let _ = unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceCreateDeviceInterface,
            call.device,
            &raw const guid,
            ptr::null()
        )
    };
    Outcome::Done
}

pub(crate) fn lower_by_raise(_: &Call) -> Outcome {
    // SAFETY: The caller is at PASSIVE_LEVEL (nf-wdm-keraiseirql).
    let old = unsafe { KfRaiseIrql(DISPATCH) };
    // SAFETY: The new IRQL is below the current one, which KfRaiseIrql forbids.
    // breaks: irql-lowered-by-raise
    let _ = unsafe { KfRaiseIrql(old) };
    Outcome::Done
}

pub(crate) fn lower(_: &Call) -> Outcome {
    // SAFETY: The caller is at PASSIVE_LEVEL (nf-wdm-keraiseirql).
    let old = unsafe { KfRaiseIrql(DISPATCH) };
    // SAFETY: `old` is what the raise gave (nf-wdm-kelowerirql).
    unsafe { KeLowerIrql(old) };
    Outcome::Done
}

pub(crate) fn stay_raised(_: &Call) -> Outcome {
    // SAFETY: The raise is good; that nothing lowers again is what is broken.
    // breaks: irql-not-restored
    let _ = unsafe { KfRaiseIrql(DISPATCH) };
    Outcome::Done
}

pub(crate) fn come_back(_: &Call) -> Outcome {
    irql::at(DISPATCH, || {});
    Outcome::Done
}

pub(crate) fn wait_raised(_: &Call) -> Outcome {
    let event = Event::uninitialised();
    event.initialise();
    // It would not block, this time.
    event.set();
    irql::at(DISPATCH, || {
        let (object, executive) = (event.get().cast(), _KWAIT_REASON::Executive);
        let none = ptr::null_mut();
        // SAFETY: The event is good, but a wait that may block may not be begun at DISPATCH_LEVEL.
        // breaks: irql-of-wait
        let _ = unsafe { KeWaitForSingleObject(object, executive, KERNEL_MODE, 0, none) };
    });
    Outcome::Done
}

pub(crate) fn poll_raised(_: &Call) -> Outcome {
    let event = Event::uninitialised();
    event.initialise();
    let _ = irql::at(DISPATCH, || event.wait(Some(0)));
    Outcome::Done
}

pub(crate) fn paged_raised(_: &Call) -> Outcome {
    let paged = irql::at(DISPATCH, || {
        // SAFETY: The arguments are good, but paged pool may be allocated up to APC_LEVEL only.
        // breaks: irql-of-paged-pool
        unsafe { ExAllocatePool2(pool::PAGED, 16, pool::TAG) }
    });
    pool::free(paged);
    Outcome::Done
}

pub(crate) fn paged(_: &Call) -> Outcome {
    irql::at(PASSIVE, || {
        // SAFETY: The flags name one pool, length and tag are not 0 (nf-wdm-exallocatepool2).
        pool::free(unsafe { ExAllocatePool2(pool::PAGED, 16, pool::TAG) });
    });
    Outcome::Done
}

pub(crate) fn leave_twice(_: &Call) -> Outcome {
    // SAFETY: The caller is at PASSIVE_LEVEL (nf-ntddk-keentercriticalregion).
    unsafe { KeEnterCriticalRegion() };
    // SAFETY: The region was entered (nf-ntddk-keleavecriticalregion).
    unsafe { KeLeaveCriticalRegion() };
    // SAFETY: The region was left already.
    // breaks: critical-region
    unsafe { KeLeaveCriticalRegion() };
    Outcome::Done
}

pub(crate) fn leave_once(_: &Call) -> Outcome {
    // SAFETY: The caller is at PASSIVE_LEVEL (nf-ntddk-keentercriticalregion).
    unsafe { KeEnterCriticalRegion() };
    // SAFETY: The region was entered (nf-ntddk-keleavecriticalregion).
    unsafe { KeLeaveCriticalRegion() };
    Outcome::Done
}

/// The first processor.
const FIRST: GROUP_AFFINITY = GROUP_AFFINITY {
    Mask: 1,
    Group: 0,
    Reserved: [0; 3],
};

/// Lets the thread run where it likes again.
fn unpin(mut before: GROUP_AFFINITY) {
    // SAFETY: The affinity is what the routine of the pair gave (nf-wdm-kereverttousergroupaffinitythread).
    unsafe { KeRevertToUserGroupAffinityThread(&raw mut before) };
}

pub(crate) fn pin_raised(_: &Call) -> Outcome {
    let (mut first, mut before) = (FIRST, GROUP_AFFINITY::default());
    irql::at(DISPATCH, || {
        // SAFETY: Both live through the call; the header allows it up to APC_LEVEL.
        // breaks: affinity-raised
        unsafe { KeSetSystemGroupAffinityThread(&raw mut first, &raw mut before) };
    });
    unpin(before);
    Outcome::Done
}

pub(crate) fn pin(_: &Call) -> Outcome {
    let (mut first, mut before) = (FIRST, GROUP_AFFINITY::default());
    irql::at(DISPATCH, || {});
    // SAFETY: Both live through the call (nf-wdm-kesetsystemgroupaffinitythread).
    unsafe { KeSetSystemGroupAffinityThread(&raw mut first, &raw mut before) };
    unpin(before);
    Outcome::Done
}
