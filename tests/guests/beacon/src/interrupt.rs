//! The interrupts: how they are made, and what the framework calls of them.

use core::{hint::black_box, ptr, sync::atomic::Ordering};

use guest::{
    context::Kind,
    status::{self, check},
    structure::size,
};
use wdk_sys::{
    _WDF_TRI_STATE, BOOLEAN, NTSTATUS, PCM_PARTIAL_RESOURCE_DESCRIPTOR, ULONG,
    WDF_INTERRUPT_CONFIG, WDF_INTERRUPT_INFO, WDF_OBJECT_ATTRIBUTES, WDFCONTEXT, WDFDEVICE,
    WDFINTERRUPT, WDFOBJECT, call_unsafe_wdf_function_binding,
};

use crate::{
    device::{self, Context},
    protocol::{
        FAIL_DISABLE, FAIL_ENABLE, OWN_LOCK, PASSIVE, REFUSALS, SECOND, SOFT, UNTOLD, WORK_ITEM,
    },
};

/// What stands behind the handle of an interrupt.
pub(crate) struct Link(&'static Context);

static LINK: Kind<Link> = Kind::new(c"BeaconLink", &raw const LINK);

/// The context of the device of an interrupt.
///
/// # Safety
///
/// `interrupt` is a live interrupt whose context was written.
unsafe fn of(interrupt: WDFINTERRUPT) -> &'static Context {
    // SAFETY: This function's contract.
    unsafe { LINK.of(interrupt.cast()) }.0
}

/// The two descriptors of the device's interrupt.
pub(crate) type Descriptors = (
    PCM_PARTIAL_RESOURCE_DESCRIPTOR,
    PCM_PARTIAL_RESOURCE_DESCRIPTOR,
);

/// The configuration that `Setup` asks for.
fn config(context: &Context, descriptors: Option<Descriptors>) -> WDF_INTERRUPT_CONFIG {
    let told = context.setup & UNTOLD == 0;
    let works = context.setup & WORK_ITEM != 0;
    let (raw, translated) = descriptors.unwrap_or((ptr::null_mut(), ptr::null_mut()));
    let mut config = WDF_INTERRUPT_CONFIG {
        Size: size::<WDF_INTERRUPT_CONFIG>(),
        ShareVector: _WDF_TRI_STATE::WdfUseDefault,
        SpinLock: context.lock.load(Ordering::Relaxed),
        WaitLock: context.wait_lock.load(Ordering::Relaxed),
        EvtInterruptIsr: Some(serve),
        PassiveHandling: (context.setup & PASSIVE != 0).into(),
        InterruptRaw: raw,
        InterruptTranslated: translated,
        ReportInactiveOnPowerDown: if context.setup & SOFT == 0 {
            _WDF_TRI_STATE::WdfFalse
        } else {
            _WDF_TRI_STATE::WdfTrue
        },
        ..WDF_INTERRUPT_CONFIG::default()
    };
    if told {
        config.EvtInterruptEnable = Some(enable);
        config.EvtInterruptDisable = Some(disable);
    }
    if works {
        config.EvtInterruptWorkItem = Some(work);
    } else {
        config.EvtInterruptDpc = Some(deferred);
    }
    config
}

/// Makes one interrupt.
///
/// # Safety
///
/// This is `EvtDriverDeviceAdd` or `EvtDevicePrepareHardware` of the device.
unsafe fn create(
    device: WDFDEVICE,
    config: &mut WDF_INTERRUPT_CONFIG,
) -> Result<WDFINTERRUPT, NTSTATUS> {
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        EvtCleanupCallback: Some(cleaned),
        EvtDestroyCallback: Some(destroyed),
        ..LINK.attributes()
    };
    let mut interrupt = ptr::null_mut();
    // SAFETY: The device is live; the structures live through the call (nf-wdfinterrupt-wdfinterruptcreate).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfInterruptCreate,
            device,
            &raw mut *config,
            &raw mut attributes,
            &raw mut interrupt
        )
    })?;
    Ok(interrupt)
}

/// Makes the lock that the interrupts share, where there is none yet.
///
/// # Safety
///
/// The device is live.
unsafe fn create_lock(device: WDFDEVICE, context: &Context) -> Result<(), NTSTATUS> {
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        ParentObject: device.cast(),
        ..guest::structure::attributes()
    };
    if context.setup & PASSIVE != 0 && context.wait_lock.load(Ordering::Relaxed).is_null() {
        let mut lock = ptr::null_mut();
        // SAFETY: The attributes live through the call, the parent is live (nf-wdfsync-wdfwaitlockcreate).
        check(unsafe {
            call_unsafe_wdf_function_binding!(WdfWaitLockCreate, &raw mut attributes, &raw mut lock)
        })?;
        context.wait_lock.store(lock, Ordering::Relaxed);
    }
    if context.setup & PASSIVE == 0 && context.lock.load(Ordering::Relaxed).is_null() {
        let mut lock = ptr::null_mut();
        // SAFETY: The attributes live through the call, the parent is live (nf-wdfsync-wdfspinlockcreate).
        check(unsafe {
            call_unsafe_wdf_function_binding!(WdfSpinLockCreate, &raw mut attributes, &raw mut lock)
        })?;
        context.lock.store(lock, Ordering::Relaxed);
    }
    Ok(())
}

/// Makes the interrupts that `Setup` asks for.
///
/// # Safety
///
/// As [`create`].
pub(crate) unsafe fn create_all(
    device: WDFDEVICE,
    context: &'static Context,
    descriptors: Option<Descriptors>,
) -> Result<(), NTSTATUS> {
    if context.setup & OWN_LOCK != 0 {
        // SAFETY: The device is live.
        unsafe { create_lock(device, context) }?;
    }
    if context.setup & REFUSALS != 0 {
        // SAFETY: This function's contract.
        unsafe { refuse(device, context, descriptors) };
    }
    // SAFETY: This function's contract.
    let first = unsafe { create(device, &mut config(context, descriptors)) }?;
    // SAFETY: The interrupt is live and has this context, of which nothing knows yet: it is not connected.
    unsafe { LINK.write(first.cast(), Link(context)) };
    context.interrupt.store(first, Ordering::Relaxed);
    if context.setup & SECOND != 0 && descriptors.is_none() {
        // SAFETY: This function's contract.
        let second = unsafe { create(device, &mut config(context, None)) }?;
        // SAFETY: As above.
        unsafe { LINK.write(second.cast(), Link(context)) };
    }
    Ok(())
}

/// Tries what KMDF refuses, and counts the refusals.
///
/// # Safety
///
/// As [`create`].
unsafe fn refuse(device: WDFDEVICE, context: &Context, descriptors: Option<Descriptors>) {
    let good = || config(context, descriptors);
    let mut wrong = [
        WDF_INTERRUPT_CONFIG { Size: 8, ..good() },
        WDF_INTERRUPT_CONFIG {
            EvtInterruptIsr: None,
            ..good()
        },
        WDF_INTERRUPT_CONFIG {
            EvtInterruptDpc: Some(deferred),
            EvtInterruptWorkItem: Some(work),
            ..good()
        },
        WDF_INTERRUPT_CONFIG {
            CanWakeDevice: 1,
            ..good()
        },
        // A lock goes with how the interrupt is handled.
        WDF_INTERRUPT_CONFIG {
            PassiveHandling: 0,
            SpinLock: ptr::null_mut(),
            WaitLock: black_box(ptr::dangling_mut()),
            ..good()
        },
        WDF_INTERRUPT_CONFIG {
            PassiveHandling: 1,
            SpinLock: black_box(ptr::dangling_mut()),
            WaitLock: ptr::null_mut(),
            ..good()
        },
        // Where there are no descriptors, there may be none, and where there are, there have to be both.
        WDF_INTERRUPT_CONFIG {
            InterruptRaw: if descriptors.is_some() {
                ptr::null_mut()
            } else {
                black_box(ptr::dangling_mut())
            },
            ..good()
        },
    ];
    for config in &mut wrong {
        // SAFETY: This function's contract.
        if unsafe { create(device, config) }.is_err() {
            context.count("refused").add();
        }
    }
}

/// What the framework tells of the interrupt.
pub(crate) fn describe(context: &Context) {
    let mut info = WDF_INTERRUPT_INFO {
        Size: size::<WDF_INTERRUPT_INFO>(),
        ..WDF_INTERRUPT_INFO::default()
    };
    // SAFETY: The interrupt is live, the result lives through the call (nf-wdfinterrupt-wdfinterruptgetinfo).
    unsafe {
        call_unsafe_wdf_function_binding!(WdfInterruptGetInfo, context.interrupt(), &raw mut info);
    };
    context.count("vector").set(info.Vector);
    context.count("level").set(info.Irql.into());
    let flags = info.Mode.cast_unsigned() | u32::from(info.MessageSignaled) << 1;
    context.count("flags").set(flags);
}

/// Whether NT has an interrupt object for the interrupt.
pub(crate) fn has_object(context: &Context) -> bool {
    // SAFETY: The interrupt is live (nf-wdfinterrupt-wdfinterruptwdmgetinterrupt).
    let object = unsafe {
        call_unsafe_wdf_function_binding!(WdfInterruptWdmGetInterrupt, context.interrupt())
    };
    !object.is_null()
}

/// Serves the interrupt.
///
/// # Safety
///
/// The framework calls it with the interrupt's lock held ("nc-wdfinterrupt-evt_wdf_interrupt_isr").
unsafe extern "C" fn serve(interrupt: WDFINTERRUPT, number: ULONG) -> BOOLEAN {
    // SAFETY: The interrupt is connected, so its context was written.
    let context = unsafe { of(interrupt) };
    context.count("number").set(number);
    if context.held.get() != 0 {
        context.count("overlapped").add();
    }
    // An ISR that NT has dispatched runs on when the interrupt is reported inactive, and perhaps when it is disconnected.
    if context.setup & UNTOLD == 0 && context.is_enabled.get() == 0 {
        context.count("outside").add();
        return 0;
    }
    let causes = read(context, STATUS);
    if causes == 0 || causes == u32::MAX {
        context.count("not-mine").add();
        return 0;
    }
    write(context, ACKNOWLEDGE, causes);
    context.count("served").add();
    if context.setup & WORK_ITEM == 0 {
        // SAFETY: The interrupt is live and has a DPC (nf-wdfinterrupt-wdfinterruptqueuedpcforisr).
        let _ = unsafe { call_unsafe_wdf_function_binding!(WdfInterruptQueueDpcForIsr, interrupt) };
    } else {
        // SAFETY: The interrupt is live and has a work item (nf-wdfinterrupt-wdfinterruptqueueworkitemforisr).
        let _ = unsafe {
            call_unsafe_wdf_function_binding!(WdfInterruptQueueWorkItemForIsr, interrupt)
        };
    }
    1
}

/// # Safety
///
/// The framework calls it, at `DISPATCH_LEVEL` ("nc-wdfinterrupt-evt_wdf_interrupt_dpc").
unsafe extern "C" fn deferred(interrupt: WDFINTERRUPT, _: WDFOBJECT) {
    // SAFETY: The interrupt has been connected, so its context was written.
    unsafe { of(interrupt) }.count("deferred").add();
}

/// # Safety
///
/// The framework calls it, at `PASSIVE_LEVEL` ("nc-wdfinterrupt-evt_wdf_interrupt_workitem").
unsafe extern "C" fn work(interrupt: WDFINTERRUPT, _: WDFOBJECT) {
    // SAFETY: As above.
    unsafe { of(interrupt) }.count("worked").add();
}

/// # Safety
///
/// The framework calls it with the interrupt's lock held ("nc-wdfinterrupt-evt_wdf_interrupt_enable").
unsafe extern "C" fn enable(_: WDFINTERRUPT, device: WDFDEVICE) -> NTSTATUS {
    // SAFETY: The framework's own handle, of a device that `add` has finished.
    let context = unsafe { device::context(device) };
    let outcome = context.fails(FAIL_ENABLE);
    context.count("enabled").add();
    if status::check(outcome).is_ok() {
        context.is_enabled.set(1);
    }
    outcome
}

/// # Safety
///
/// As [`enable`] ("nc-wdfinterrupt-evt_wdf_interrupt_disable").
unsafe extern "C" fn disable(_: WDFINTERRUPT, device: WDFDEVICE) -> NTSTATUS {
    // SAFETY: As above.
    let context = unsafe { device::context(device) };
    context.count("disabled").add();
    context.is_enabled.set(0);
    context.fails(FAIL_DISABLE)
}

/// A routine under the interrupt's lock; answers an odd number.
///
/// # Safety
///
/// `WdfInterruptSynchronize` calls it ("nc-wdfinterrupt-evt_wdf_interrupt_synchronize").
pub(crate) unsafe extern "C" fn count(interrupt: WDFINTERRUPT, _: WDFCONTEXT) -> BOOLEAN {
    // SAFETY: The interrupt is live.
    let context = unsafe { of(interrupt) };
    if context.held.get() != 0 {
        context.count("overlapped").add();
    }
    context.count("synchronized").add();
    7
}

/// Counts and stays for a while, with the wait lock held: nothing that the framework holds it around runs meanwhile.
pub(crate) fn hold(context: &Context) {
    context.held.set(1);
    (0..200_u32).for_each(|step| {
        let _ = black_box(step);
    });
    context.count("locked").add();
    context.held.set(0);
}

/// As [`count`], and stays for a while.
///
/// # Safety
///
/// As [`count`].
pub(crate) unsafe extern "C" fn stay(interrupt: WDFINTERRUPT, context: WDFCONTEXT) -> BOOLEAN {
    (0..200_u32).for_each(|step| {
        let _ = black_box(step);
    });
    // SAFETY: As `count`.
    unsafe { count(interrupt, context) }
}

/// # Safety
///
/// The framework calls it with an interrupt whose create has succeeded, at `PASSIVE_LEVEL`
/// ("nc-wdfobject-evt_wdf_object_context_cleanup").
unsafe extern "C" fn cleaned(interrupt: WDFOBJECT) {
    // SAFETY: The context was written right behind the create.
    unsafe { of(interrupt.cast()) }.count("cleaned").add();
}

/// # Safety
///
/// As [`cleaned`] ("nc-wdfobject-evt_wdf_object_context_destroy").
unsafe extern "C" fn destroyed(interrupt: WDFOBJECT) {
    // SAFETY: As above; the device lives on, whose child the interrupt was.
    unsafe { of(interrupt.cast()) }.count("destroyed").add();
}

/// Offsets of registers, in words.
const STATUS: usize = 0x24 / 4;
pub(crate) const RAISE: usize = 0x60 / 4;
const ACKNOWLEDGE: usize = 0x64 / 4;

fn register(context: &Context, at: usize) -> *mut u32 {
    context.registers.load(Ordering::Relaxed).wrapping_add(at)
}

fn read(context: &Context, at: usize) -> u32 {
    // SAFETY: The registers are mapped while the interrupt is connected, and the offset is one of theirs.
    unsafe { register(context, at).read_volatile() }
}

/// What was written has reached the device when this returns: a read of the identification comes back behind it.
pub(crate) fn push(context: &Context) {
    let _ = read(context, 0);
}

pub(crate) fn write(context: &Context, at: usize, value: u32) {
    // SAFETY: As above.
    unsafe { register(context, at).write_volatile(value) };
}
