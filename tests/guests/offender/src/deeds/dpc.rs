//! DPCs: taken out of their queue before they run, queued again while they run, and one that takes
//! too long, one that lowers the IRQL.

use core::{
    hint::{black_box, spin_loop},
    ptr,
    sync::atomic::{AtomicPtr, AtomicU32, Ordering},
};

use guest::{
    status::check,
    structure::{attributes, size},
};
use wdk_sys::{
    NTSTATUS, PVOID, WDF_DPC_CONFIG, WDF_OBJECT_ATTRIBUTES, WDFDPC, WDFDPC__,
    call_unsafe_wdf_function_binding,
    ntddk::{KeLowerIrql, KeStallExecutionProcessor, KfRaiseIrql},
};

use crate::{
    call::{Call, Outcome},
    device,
    irql::{self, DISPATCH, HIGH, PASSIVE},
    thread,
};

/// What the DPC routine works on.
pub(crate) struct Deferred {
    pub(crate) handle: AtomicPtr<WDFDPC__>,
    /// What the routine does; one of the constants below.
    pub(crate) work: AtomicU32,
    /// How many runs have begun.
    pub(crate) begun: AtomicU32,
    /// How many have ended.
    pub(crate) ended: AtomicU32,
    /// How many are in the routine.
    pub(crate) inside: AtomicU32,
    /// How many there were at most.
    pub(crate) most: AtomicU32,
    /// How often the routine's own request to be queued again was taken.
    pub(crate) taken: AtomicU32,
}

/// It queues itself again, in its first run.
const AGAIN: u32 = 1;
/// It stays for some time.
const STAY: u32 = 2;
/// It stalls for a fifth of the time that a DPC may take, or for a hundred times that.
const STALL: u32 = 3;
const STALL_LONG: u32 = 4;
/// It goes down to `PASSIVE_LEVEL` and comes back, or up to `HIGH_LEVEL`.
const LOWER: u32 = 5;
const RAISE: u32 = 6;

impl Deferred {
    pub(crate) const fn new() -> Self {
        Self {
            handle: AtomicPtr::new(ptr::null_mut()),
            work: AtomicU32::new(0),
            begun: AtomicU32::new(0),
            ended: AtomicU32::new(0),
            inside: AtomicU32::new(0),
            most: AtomicU32::new(0),
            taken: AtomicU32::new(0),
        }
    }

    fn queue(&self) -> bool {
        let dpc: WDFDPC = self.handle.load(Ordering::Relaxed);
        // SAFETY: The DPC lives as long as its device (nf-wdfdpc-wdfdpcenqueue).
        unsafe { call_unsafe_wdf_function_binding!(WdfDpcEnqueue, dpc) != 0 }
    }

    /// Sets up what the routine does, and makes the DPC where there is none yet.
    fn prepare(&self, call: &Call, work: u32) -> Result<(), NTSTATUS> {
        for count in [
            &self.begun,
            &self.ended,
            &self.inside,
            &self.most,
            &self.taken,
        ] {
            count.store(0, Ordering::Relaxed);
        }
        self.work.store(work, Ordering::Relaxed);
        if !self.handle.load(Ordering::Relaxed).is_null() {
            return Ok(());
        }
        let mut config = WDF_DPC_CONFIG {
            Size: size::<WDF_DPC_CONFIG>(),
            EvtDpcFunc: Some(routine),
            ..WDF_DPC_CONFIG::default()
        };
        let mut attributes = WDF_OBJECT_ATTRIBUTES {
            ParentObject: call.device.cast(),
            ..attributes()
        };
        let mut dpc: WDFDPC = ptr::null_mut();
        // SAFETY: The structures are complete and live through the call, and the parent is a live device
        // (nf-wdfdpc-wdfdpccreate).
        check(unsafe {
            call_unsafe_wdf_function_binding!(
                WdfDpcCreate,
                &raw mut config,
                &raw mut attributes,
                &raw mut dpc
            )
        })?;
        self.handle.store(dpc, Ordering::Relaxed);
        Ok(())
    }

    fn until_ended(&self, runs: u32) {
        while self.ended.load(Ordering::Acquire) < runs {
            spin_loop();
        }
    }

    fn run(&self) {
        let turn = self.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let inside = self.inside.fetch_add(1, Ordering::AcqRel) + 1;
        self.most.fetch_max(inside, Ordering::Relaxed);
        match self.work.load(Ordering::Relaxed) {
            AGAIN if turn == 1 => {
                self.taken
                    .fetch_add(u32::from(self.queue()), Ordering::Relaxed);
            }
            STAY => (0..400_u32).for_each(|step| {
                let _ = black_box(step);
            }),
            STALL => stall(2_000),
            STALL_LONG => stall(1_000_000),
            LOWER => lower(),
            RAISE => irql::at(HIGH, || {}),
            _ => {}
        }
        self.inside.fetch_sub(1, Ordering::AcqRel);
        self.ended.fetch_add(1, Ordering::Release);
    }
}

/// Waits, at DISPATCH, in steps that the page allows.
fn stall(microseconds: u32) {
    for _ in 0..microseconds / 50 {
        // SAFETY: At any IRQL (nf-wdm-kestallexecutionprocessor).
        unsafe { KeStallExecutionProcessor(50) };
    }
}

/// Lets whatever waits below `DISPATCH_LEVEL` run on top of the DPC.
fn lower() {
    // SAFETY: The IRQL is above, but the DPC was entered at DISPATCH_LEVEL.
    // breaks: irql-lowered-in-dpc
    unsafe { KeLowerIrql(PASSIVE) };
    // SAFETY: The new IRQL is not below the current one (nf-wdm-keraiseirql).
    let _ = unsafe { KfRaiseIrql(DISPATCH) };
}

/// The routine of the DPC.
///
/// # Safety
///
/// The framework calls it at `DISPATCH_LEVEL` ("nc-wdfdpc-evt_wdf_dpc").
// breaks: dpc-watchdog
unsafe extern "C" fn routine(dpc: WDFDPC) {
    // SAFETY: The DPC is the one that called (nf-wdfdpc-wdfdpcgetparentobject).
    let device = unsafe { call_unsafe_wdf_function_binding!(WdfDpcGetParentObject, dpc) };
    // SAFETY: Its parent is a live device of this driver.
    let context = unsafe { device::context(device.cast()) };
    context.deferred.run();
}

fn queued(call: &Call, work: u32, body: impl FnOnce(&Deferred) -> u32) -> Outcome {
    let deferred = &call.context.deferred;
    match deferred.prepare(call, work) {
        Ok(()) => Outcome::Answer(body(deferred)),
        Err(outcome) => Outcome::Failed(outcome),
    }
}

/// Queued again from inside its own run; answers how often that was taken.
pub(crate) fn requeued(call: &Call) -> Outcome {
    queued(call, AGAIN, |deferred| {
        deferred.queue();
        deferred.until_ended(2);
        deferred.taken.load(Ordering::Relaxed)
    })
}

/// Queues the DPC again and again.
///
/// # Safety
///
/// A system thread's start routine; the context is a [`Deferred`] that outlives the thread.
unsafe extern "C" fn queue_often(deferred: PVOID) {
    // SAFETY: This function's contract.
    let deferred = unsafe { &*deferred.cast::<Deferred>() };
    for _ in 0..12 {
        if deferred.queue() {
            deferred.taken.fetch_add(1, Ordering::Relaxed);
        }
    }
    thread::end();
}

/// Queued by two threads again and again; answers how many runs of it met.
pub(crate) fn overlap(call: &Call) -> Outcome {
    queued(call, STAY, |deferred| {
        let threads = [(); 2].map(|()| {
            // SAFETY: Both threads are joined, and the device outlives them.
            unsafe { thread::start(Some(queue_often), (&raw const *deferred).cast_mut().cast()) }
        });
        for thread in threads {
            thread.map_or_else(drop, thread::join);
        }
        deferred.until_ended(deferred.taken.load(Ordering::Relaxed));
        deferred.most.load(Ordering::Relaxed)
    })
}

pub(crate) fn too_long(call: &Call) -> Outcome {
    once(call, STALL_LONG)
}

pub(crate) fn long_enough(call: &Call) -> Outcome {
    once(call, STALL)
}

pub(crate) fn lowered(call: &Call) -> Outcome {
    once(call, LOWER)
}

pub(crate) fn raised(call: &Call) -> Outcome {
    once(call, RAISE)
}

fn once(call: &Call, work: u32) -> Outcome {
    queued(call, work, |deferred| {
        deferred.queue();
        deferred.until_ended(1);
        0
    })
}
