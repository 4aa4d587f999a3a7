//! A connected interrupt: the device's message, or its line where there is none.

use core::{ptr, sync::atomic::Ordering};

use guest::status;
use wdk_sys::{
    _IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS__bindgen_ty_1,
    _IO_CONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1,
    _IO_DISCONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1, BOOLEAN,
    IO_CONNECT_INTERRUPT_LINE_BASED_PARAMETERS, IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS,
    IO_CONNECT_INTERRUPT_PARAMETERS, IO_DISCONNECT_INTERRUPT_PARAMETERS, IO_INTERRUPT_MESSAGE_INFO,
    KSPIN_LOCK, NTSTATUS, PKINTERRUPT, PVOID, ULONG, call_unsafe_wdf_function_binding,
    ntddk::{IoConnectInterruptEx, IoDisconnectInterruptEx, KeSynchronizeExecution},
};

use super::service::{Service, line, message};
use crate::call::{Call, Outcome};

/// `CONNECT_LINE_BASED`.
const LINE_BASED: ULONG = 2;
/// `CONNECT_MESSAGE_BASED`.
const MESSAGE_BASED: ULONG = 3;

/// A connected interrupt. It stays connected until [`Self::disconnect`].
pub(super) struct Connection {
    pub(super) version: ULONG,
    /// The interrupt object of a line, the table of messages.
    pub(super) context: PVOID,
    pub(super) service: &'static Service,
}

impl Connection {
    /// Connects the message, or the line where there is none. The ISR acknowledges from its turn
    /// `acknowledges` on.
    pub(super) fn new(call: &Call, acknowledges: u32) -> Result<Self, NTSTATUS> {
        Self::with(call, acknowledges, call.context.service.lock.get())
    }

    /// The same under `lock`, null for none of the driver's.
    pub(super) fn with(
        call: &Call,
        acknowledges: u32,
        lock: *mut KSPIN_LOCK,
    ) -> Result<Self, NTSTATUS> {
        let service = prepare(call, acknowledges)?;
        let mut context: PVOID = ptr::null_mut();
        let mut parameters = connect_parameters(call, lock, &raw mut context);
        // SAFETY: The parameters are complete and live through the call, and the ISRs may be called
        // before it returns: what they use is ready (nf-wdm-ioconnectinterruptex).
        // breaks: interrupt-left-connected
        status::check(unsafe { IoConnectInterruptEx(&raw mut parameters) })?;
        Ok(Self {
            version: parameters.Version,
            context,
            service,
        })
    }

    /// Connects by the line.
    pub(super) fn by_line(call: &Call) -> Result<Self, NTSTATUS> {
        let service = &call.context.service;
        let registers = call.context.registers.load(Ordering::Relaxed);
        if registers.is_null() {
            return Err(status::DEVICE_NOT_READY);
        }
        service.registers.store(registers, Ordering::Relaxed);
        service.claimed.store(0, Ordering::Relaxed);
        service.acknowledges.store(1, Ordering::Relaxed);
        let mut object: PKINTERRUPT = ptr::null_mut();
        let line_based = IO_CONNECT_INTERRUPT_LINE_BASED_PARAMETERS {
            // SAFETY: The device is live (nf-wdfdevice-wdfdevicewdmgetphysicaldevice).
            PhysicalDeviceObject: unsafe {
                call_unsafe_wdf_function_binding!(WdfDeviceWdmGetPhysicalDevice, call.device)
            },
            InterruptObject: &raw mut object,
            ServiceRoutine: Some(line),
            ServiceContext: (&raw const *service).cast_mut().cast(),
            SpinLock: service.lock.get(),
            SynchronizeIrql: 0,
            FloatingSave: 0,
        };
        let mut parameters = IO_CONNECT_INTERRUPT_PARAMETERS {
            Version: LINE_BASED,
            __bindgen_anon_1: _IO_CONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1 {
                LineBased: line_based,
            },
        };
        // SAFETY: As for the message.
        status::check(unsafe { IoConnectInterruptEx(&raw mut parameters) })?;
        Ok(Self {
            version: parameters.Version,
            context: object.cast(),
            service,
        })
    }

    /// Connects with a cause pending, and gives no place for what names the connection.
    pub(super) fn to_nowhere(call: &Call) -> Result<(), NTSTATUS> {
        let service = prepare(call, 1)?;
        service.raise(1);
        let mut parameters = connect_parameters(call, service.lock.get(), ptr::null_mut());
        // SAFETY: The ISRs may be called; that the kernel has nowhere to write is what is broken.
        // breaks: connect-to-nowhere
        status::check(unsafe { IoConnectInterruptEx(&raw mut parameters) })
    }

    /// Connects no routine.
    pub(super) fn of_nothing(call: &Call) -> Result<(), NTSTATUS> {
        let mut context: PVOID = ptr::null_mut();
        let message_based = IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS {
            // SAFETY: The device is live (nf-wdfdevice-wdfdevicewdmgetphysicaldevice).
            PhysicalDeviceObject: unsafe {
                call_unsafe_wdf_function_binding!(WdfDeviceWdmGetPhysicalDevice, call.device)
            },
            ConnectionContext: _IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS__bindgen_ty_1 {
                Generic: &raw mut context,
            },
            MessageServiceRoutine: None,
            ServiceContext: ptr::null_mut(),
            SpinLock: call.context.service.lock.get(),
            SynchronizeIrql: 0,
            FloatingSave: 0,
            FallBackServiceRoutine: None,
        };
        let mut parameters = IO_CONNECT_INTERRUPT_PARAMETERS {
            Version: MESSAGE_BASED,
            __bindgen_anon_1: _IO_CONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1 {
                MessageBased: message_based,
            },
        };
        // SAFETY: The parameters live through the call; that there is no routine is what is broken.
        // breaks: connect-of-nothing
        status::check(unsafe { IoConnectInterruptEx(&raw mut parameters) })
    }

    /// The interrupt object, of the line or of the first message.
    pub(super) fn object(&self) -> PKINTERRUPT {
        if self.version != MESSAGE_BASED {
            return self.context.cast();
        }
        // SAFETY: A message-based connection's context is its table, which lives as long as the
        // connection and has at least one entry (ns-wdm-_io_interrupt_message_info).
        let table = unsafe {
            &*self
                .context
                .cast_const()
                .cast::<IO_INTERRUPT_MESSAGE_INFO>()
        };
        table.MessageInfo[0].InterruptObject
    }

    pub(super) fn parameters(&self) -> IO_DISCONNECT_INTERRUPT_PARAMETERS {
        IO_DISCONNECT_INTERRUPT_PARAMETERS {
            Version: self.version,
            ConnectionContext: _IO_DISCONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1 {
                Generic: self.context,
            },
        }
    }

    /// Silences the device and disconnects it. An ISR may be on its way still.
    pub(super) fn disconnect(self) {
        self.service.silence();
        let mut parameters = self.parameters();
        // SAFETY: The interrupt is connected, and nothing uses the connection any more
        // (nf-wdm-iodisconnectinterruptex).
        unsafe { IoDisconnectInterruptEx(&raw mut parameters) };
    }

    /// Calls `routine` with the device quiet; what it returned.
    pub(super) fn synchronize(
        &self,
        routine: unsafe extern "C" fn(PVOID) -> BOOLEAN,
        context: PVOID,
    ) -> BOOLEAN {
        // SAFETY: The interrupt is connected, and each caller's routine may be called with its context
        // at the interrupt's IRQL (nf-wdm-kesynchronizeexecution).
        unsafe { KeSynchronizeExecution(self.object(), Some(routine), context) }
    }
}

/// Makes ready what the ISRs work on.
fn prepare(call: &Call, acknowledges: u32) -> Result<&'static Service, NTSTATUS> {
    let service = &call.context.service;
    let registers = call.context.registers.load(Ordering::Relaxed);
    if registers.is_null() {
        return Err(status::DEVICE_NOT_READY);
    }
    service.registers.store(registers, Ordering::Relaxed);
    service.claimed.store(0, Ordering::Relaxed);
    service.acknowledges.store(acknowledges, Ordering::Relaxed);
    Ok(service)
}

/// The parameters of a connect to the message, or to the line where there is none; what names the connection goes to
/// `out`.
fn connect_parameters(
    call: &Call,
    lock: *mut KSPIN_LOCK,
    out: *mut PVOID,
) -> IO_CONNECT_INTERRUPT_PARAMETERS {
    let message_based = IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS {
        // SAFETY: The device is live (nf-wdfdevice-wdfdevicewdmgetphysicaldevice).
        PhysicalDeviceObject: unsafe {
            call_unsafe_wdf_function_binding!(WdfDeviceWdmGetPhysicalDevice, call.device)
        },
        ConnectionContext: _IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS__bindgen_ty_1 {
            Generic: out,
        },
        MessageServiceRoutine: Some(message),
        ServiceContext: (&raw const call.context.service).cast_mut().cast(),
        SpinLock: lock,
        SynchronizeIrql: 0,
        FloatingSave: 0,
        FallBackServiceRoutine: Some(line),
    };
    IO_CONNECT_INTERRUPT_PARAMETERS {
        Version: MESSAGE_BASED,
        __bindgen_anon_1: _IO_CONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1 {
            MessageBased: message_based,
        },
    }
}

/// Connects, lets `body` work, disconnects and answers how many ISRs claimed.
pub(super) fn connected(call: &Call, acknowledges: u32, body: impl FnOnce(&Connection)) -> Outcome {
    let answer = Connection::new(call, acknowledges).map(|connection| {
        body(&connection);
        connection.disconnect();
        Outcome::Answer(call.context.service.claimed())
    });
    answer.into()
}

/// Waits, without a call, until ISRs have claimed so often.
pub(super) fn until_claimed(connection: &Connection, times: u32) {
    while connection.service.claimed() < times {
        core::hint::spin_loop();
    }
}
