//! What clients ask for.

use core::{ptr, sync::atomic::Ordering};

use guest::{request, status, structure::size};
use wdk_sys::{
    _WDF_INTERRUPT_POLICY, _WDF_INTERRUPT_PRIORITY, NTSTATUS, PFN_WDF_INTERRUPT_SYNCHRONIZE, ULONG,
    WDF_INTERRUPT_EXTENDED_POLICY, WDFINTERRUPT, WDFQUEUE, WDFREQUEST,
    call_unsafe_wdf_function_binding, ntddk::KeAcquireInterruptSpinLock,
};

use crate::{
    device::{self, Context},
    interrupt::{self, RAISE},
    protocol::{NUMBERS, ORDERS, WORK_ITEM, order},
};

/// Serves a request.
///
/// # Safety
///
/// The framework calls it with a request that the driver owns from then on
/// ("nc-wdfio-evt_wdf_io_queue_io_device_control").
pub(crate) unsafe extern "C" fn control(
    queue: WDFQUEUE,
    request: WDFREQUEST,
    _: usize,
    _: usize,
    code: ULONG,
) {
    // SAFETY: The framework's own handle (nf-wdfio-wdfioqueuegetdevice).
    let device = unsafe { call_unsafe_wdf_function_binding!(WdfIoQueueGetDevice, queue) };
    // SAFETY: The queue's device is live, and its context was written before the queue was made.
    let context = unsafe { device::context(device) };
    let name = ORDERS.into_iter().find(|name| order(name) == code);
    let answer = match name {
        None => Err(status::INVALID_DEVICE_REQUEST),
        // SAFETY: The driver owns the request.
        Some("report") => unsafe { report(request, context) },
        Some(name) => carry_out(context, name).and_then(|number| {
            // SAFETY: The driver owns the request.
            unsafe { answer(request, &[number]) }
        }),
    };
    let (status, information) = match answer {
        Ok(length) => (status::SUCCESS, length),
        Err(status) => (status, 0),
    };
    // SAFETY: The driver owns the request and is done with it.
    unsafe { request::complete(request, status, information) };
}

/// # Safety
///
/// The driver owns the request.
unsafe fn answer(request: WDFREQUEST, numbers: &[u32]) -> Result<u64, NTSTATUS> {
    let length = size_of_val(numbers);
    // SAFETY: This function's contract.
    let (buffer, _) = unsafe { request::output(request, length) }?;
    // SAFETY: The buffer has room for so many bytes and is the driver's, until the request is completed.
    unsafe { ptr::copy_nonoverlapping(numbers.as_ptr().cast::<u8>(), buffer.cast(), length) };
    Ok(length as u64)
}

/// # Safety
///
/// The driver owns the request.
unsafe fn report(request: WDFREQUEST, context: &Context) -> Result<u64, NTSTATUS> {
    let numbers = NUMBERS.map(|name| context.count(name).get());
    // SAFETY: This function's contract.
    unsafe { answer(request, &numbers) }
}

fn synchronize(interrupt: WDFINTERRUPT, routine: PFN_WDF_INTERRUPT_SYNCHRONIZE) -> u32 {
    // SAFETY: The interrupt is live, and connected but where a test says otherwise; the routine takes no context
    // (nf-wdfinterrupt-wdfinterruptsynchronize).
    let returned = unsafe {
        // breaks: synchronize
        call_unsafe_wdf_function_binding!(
            WdfInterruptSynchronize,
            interrupt,
            routine,
            ptr::null_mut()
        )
    };
    returned.into()
}

/// Carries an order out; what it answers.
fn carry_out(context: &Context, name: &str) -> Result<u32, NTSTATUS> {
    let interrupt = context.interrupt();
    let number = match name {
        "raise" => {
            interrupt::write(context, RAISE, 1);
            interrupt::push(context);
            0
        }
        "synchronize" => synchronize(interrupt, Some(interrupt::count)),
        "stay" => synchronize(interrupt, Some(interrupt::stay)),
        "lock" => {
            // SAFETY: The interrupt is connected (nf-wdfinterrupt-wdfinterruptacquirelock).
            unsafe { call_unsafe_wdf_function_binding!(WdfInterruptAcquireLock, interrupt) };
            context.count("locked").add();
            // SAFETY: The lock was taken above (nf-wdfinterrupt-wdfinterruptreleaselock).
            unsafe { call_unsafe_wdf_function_binding!(WdfInterruptReleaseLock, interrupt) };
            0
        }
        "release-only" => {
            // SAFETY: The lock was not taken, which is what is broken.
            // breaks: release-only
            unsafe { call_unsafe_wdf_function_binding!(WdfInterruptReleaseLock, interrupt) };
            0
        }
        "disable" => {
            // SAFETY: The interrupt is live (nf-wdfinterrupt-wdfinterruptdisable).
            unsafe { call_unsafe_wdf_function_binding!(WdfInterruptDisable, interrupt) };
            interrupt::has_object(context).into()
        }
        "enable" => {
            // SAFETY: The interrupt is live, and disconnected but where a test says otherwise
            // (nf-wdfinterrupt-wdfinterruptenable).
            // breaks: enable-twice
            unsafe { call_unsafe_wdf_function_binding!(WdfInterruptEnable, interrupt) };
            interrupt::has_object(context).into()
        }
        "inactive" => {
            // SAFETY: The interrupt is connected (nf-wdfinterrupt-wdfinterruptreportinactive).
            unsafe { call_unsafe_wdf_function_binding!(WdfInterruptReportInactive, interrupt) };
            0
        }
        "active" => {
            // SAFETY: The interrupt is connected (nf-wdfinterrupt-wdfinterruptreportactive).
            unsafe { call_unsafe_wdf_function_binding!(WdfInterruptReportActive, interrupt) };
            0
        }
        "hold-wait-lock" => {
            let lock = context.wait_lock.load(Ordering::Relaxed);
            // SAFETY: The lock is live, and nothing of this thread holds it (nf-wdfsync-wdfwaitlockacquire).
            let _ = unsafe {
                call_unsafe_wdf_function_binding!(WdfWaitLockAcquire, lock, ptr::null_mut())
            };
            interrupt::hold(context);
            // SAFETY: The lock was taken above (nf-wdfsync-wdfwaitlockrelease).
            unsafe { call_unsafe_wdf_function_binding!(WdfWaitLockRelease, lock) };
            0
        }
        "delete-wait-lock" => {
            let lock = context.wait_lock.load(Ordering::Relaxed);
            // SAFETY: The lock is live; that the interrupt has it still is what is broken (nf-wdfobject-wdfobjectdelete).
            unsafe { call_unsafe_wdf_function_binding!(WdfObjectDelete, lock.cast()) };
            0
        }
        "policy" => set_policies(interrupt),
        "lock-of-interrupt" => {
            let lock = context.lock.load(Ordering::Relaxed);
            // SAFETY: The lock is the interrupt's, which is what is broken.
            // breaks: lock-of-interrupt
            unsafe { call_unsafe_wdf_function_binding!(WdfSpinLockAcquire, lock) };
            0
        }
        "try-lock" => {
            // SAFETY: The interrupt is handled at DIRQL, which is what is broken.
            let taken = unsafe {
                // breaks: try-lock
                call_unsafe_wdf_function_binding!(WdfInterruptTryToAcquireLock, interrupt)
            };
            if taken != 0 {
                // SAFETY: The lock was taken above (nf-wdfinterrupt-wdfinterruptreleaselock).
                unsafe { call_unsafe_wdf_function_binding!(WdfInterruptReleaseLock, interrupt) };
            }
            taken.into()
        }
        "queue-nothing" if context.setup & WORK_ITEM == 0 => {
            // SAFETY: The interrupt has no work item, which is what is broken.
            let queued = unsafe {
                // breaks: queue-no-work-item
                call_unsafe_wdf_function_binding!(WdfInterruptQueueWorkItemForIsr, interrupt)
            };
            queued.into()
        }
        "queue-nothing" => {
            // SAFETY: The interrupt has no DPC, which is what is broken.
            let queued = unsafe {
                // breaks: queue-no-dpc
                call_unsafe_wdf_function_binding!(WdfInterruptQueueDpcForIsr, interrupt)
            };
            queued.into()
        }
        "spin-lock" => {
            // SAFETY: The interrupt is live (nf-wdfinterrupt-wdfinterruptwdmgetinterrupt).
            let object = unsafe {
                call_unsafe_wdf_function_binding!(WdfInterruptWdmGetInterrupt, interrupt)
            };
            // SAFETY: The interrupt is connected; that it has an event is what is broken.
            // breaks: spin-lock-of-passive
            unsafe { KeAcquireInterruptSpinLock(object) }.into()
        }
        "fail-from-now" => {
            context.failing.set(1);
            0
        }
        _ => return Err(status::INVALID_DEVICE_REQUEST),
    };
    Ok(number)
}

/// Sets the policy in both ways; whether the interrupt's device is a device.
fn set_policies(interrupt: WDFINTERRUPT) -> u32 {
    // SAFETY: The interrupt is live (nf-wdfinterrupt-wdfinterruptsetpolicy).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfInterruptSetPolicy,
            interrupt,
            _WDF_INTERRUPT_POLICY::WdfIrqPolicyAllProcessorsInMachine,
            _WDF_INTERRUPT_PRIORITY::WdfIrqPriorityNormal,
            1
        );
    };
    let mut policy = WDF_INTERRUPT_EXTENDED_POLICY {
        Size: size::<WDF_INTERRUPT_EXTENDED_POLICY>(),
        Policy: _WDF_INTERRUPT_POLICY::WdfIrqPolicyMachineDefault,
        Priority: _WDF_INTERRUPT_PRIORITY::WdfIrqPriorityHigh,
        ..WDF_INTERRUPT_EXTENDED_POLICY::default()
    };
    // SAFETY: As above (nf-wdfinterrupt-wdfinterruptsetextendedpolicy).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfInterruptSetExtendedPolicy,
            interrupt,
            &raw mut policy
        );
    };
    // SAFETY: As above (nf-wdfinterrupt-wdfinterruptgetdevice).
    let device = unsafe { call_unsafe_wdf_function_binding!(WdfInterruptGetDevice, interrupt) };
    (!device.is_null()).into()
}
