//! System threads: their handles, and how they end.

use core::ptr;

use guest::status;
use wdk_sys::{
    PVOID,
    ntddk::{
        KeEnterCriticalRegion, KeLeaveCriticalRegion, KfRaiseIrql, PsCreateSystemThread,
        PsTerminateSystemThread, ZwWaitForSingleObject,
    },
};

use crate::{
    call::{Call, Outcome},
    event::Event,
    irql::DISPATCH,
    thread,
};

pub(crate) fn leak_handle(_: &Call) -> Outcome {
    let (mut handle, mut attributes) = (ptr::null_mut(), thread::attributes());
    let (to, how, none) = (&raw mut handle, &raw mut attributes, ptr::null_mut());
    let (all, idle) = (thread::ALL_ACCESS, Some(thread::idle as _));
    // SAFETY: The thread is good; that nothing closes its handle is what is broken.
    // breaks: handle-leak
    let made = unsafe { PsCreateSystemThread(to, all, how, none, none.cast(), idle, none) };
    let waited = status::check(made).map(|()| {
        // SAFETY: The handle is open; no timeout is given (nf-ntifs-zwwaitforsingleobject).
        let _ = unsafe { ZwWaitForSingleObject(handle, 0, ptr::null_mut()) };
        Outcome::Done
    });
    waited.into()
}

pub(crate) fn start_nothing(_: &Call) -> Outcome {
    let (mut handle, mut attributes) = (ptr::null_mut(), thread::attributes());
    let (to, how, none) = (&raw mut handle, &raw mut attributes, ptr::null_mut());
    let all = thread::ALL_ACCESS;
    // SAFETY: There is no routine to start.
    // breaks: thread-of-nothing
    let made = unsafe { PsCreateSystemThread(to, all, how, none, none.cast(), None, none) };
    status::check(made).map(|()| Outcome::Done).into()
}

pub(crate) fn close_handle(_: &Call) -> Outcome {
    // SAFETY: `idle` uses no context.
    let started = unsafe { thread::start(Some(thread::idle), ptr::null_mut()) };
    started.map(thread::join).map(|()| Outcome::Done).into()
}

/// # Safety
///
/// A system thread's start routine; the context is an [`Event`] that outlives the thread.
unsafe extern "C" fn until_set(event: PVOID) {
    // SAFETY: This function's contract.
    let event = unsafe { &*event.cast::<Event>() };
    let _ = event.wait(None);
    thread::end();
}

pub(crate) fn abandon(call: &Call) -> Outcome {
    let (mut handle, mut attributes) = (ptr::null_mut(), thread::attributes());
    let (to, how, none) = (&raw mut handle, &raw mut attributes, ptr::null_mut());
    let event = (&raw const call.context.never).cast_mut().cast();
    let (all, until_set) = (thread::ALL_ACCESS, Some(until_set as _));
    // SAFETY: The thread is good; that nothing waits for its end is what is broken.
    // breaks: thread-outlives-driver
    let made = unsafe { PsCreateSystemThread(to, all, how, none, none.cast(), until_set, event) };
    let closed = status::check(made).map(|()| {
        thread::close(handle);
        Outcome::Done
    });
    closed.into()
}

pub(crate) fn join(_: &Call) -> Outcome {
    let event = Event::uninitialised();
    event.initialise();
    // SAFETY: The thread is joined before the event goes away.
    let started = unsafe { thread::start(Some(until_set), (&raw const event).cast_mut().cast()) };
    event.set();
    started.map(thread::join).map(|()| Outcome::Done).into()
}

/// # Safety
///
/// A system thread's start routine.
unsafe extern "C" fn ends_raised(_: PVOID) {
    // SAFETY: The thread runs at PASSIVE_LEVEL (nf-wdm-keraiseirql).
    let _ = unsafe { KfRaiseIrql(DISPATCH) };
    // SAFETY: A thread may end at PASSIVE_LEVEL only.
    // breaks: thread-ends-raised
    let _ = unsafe { PsTerminateSystemThread(0) };
}

pub(crate) fn end_raised(_: &Call) -> Outcome {
    // SAFETY: The routine uses no context.
    let started = unsafe { thread::start(Some(ends_raised), ptr::null_mut()) };
    started.map(thread::join).map(|()| Outcome::Done).into()
}

/// # Safety
///
/// A system thread's start routine.
unsafe extern "C" fn ends_in_region(_: PVOID) {
    // SAFETY: The thread runs at PASSIVE_LEVEL (nf-ntddk-keentercriticalregion); that it ends in the region is what
    // is broken.
    // breaks: critical-region-left-open
    unsafe { KeEnterCriticalRegion() };
    thread::end();
}

/// # Safety
///
/// A system thread's start routine.
unsafe extern "C" fn ends_behind_region(_: PVOID) {
    // SAFETY: The thread runs at PASSIVE_LEVEL (nf-ntddk-keentercriticalregion).
    unsafe { KeEnterCriticalRegion() };
    // SAFETY: The region was entered (nf-ntddk-keleavecriticalregion).
    unsafe { KeLeaveCriticalRegion() };
    thread::end();
}

pub(crate) fn end_in_region(_: &Call) -> Outcome {
    // SAFETY: The routine uses no context.
    let started = unsafe { thread::start(Some(ends_in_region), ptr::null_mut()) };
    started.map(thread::join).map(|()| Outcome::Done).into()
}

pub(crate) fn end_behind_region(_: &Call) -> Outcome {
    // SAFETY: The routine uses no context.
    let started = unsafe { thread::start(Some(ends_behind_region), ptr::null_mut()) };
    started.map(thread::join).map(|()| Outcome::Done).into()
}

pub(crate) fn end_lowered(call: &Call) -> Outcome {
    close_handle(call)
}
