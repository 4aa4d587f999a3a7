//! The device's interrupt: claimed and not served, left connected, disconnected twice, and what
//! `KeSynchronizeExecution` forbids.

use core::{
    hint::black_box,
    ptr,
    sync::atomic::{AtomicPtr, AtomicU32, Ordering},
};

use wdk_sys::{
    _IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS__bindgen_ty_1,
    _IO_CONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1,
    _IO_DISCONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1,
    _IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS__bindgen_ty_1, BOOLEAN,
    IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS, IO_CONNECT_INTERRUPT_PARAMETERS,
    IO_DISCONNECT_INTERRUPT_PARAMETERS, IO_INTERRUPT_MESSAGE_INFO,
    IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS, NTSTATUS, PKINTERRUPT, PVOID, ULONG,
    call_unsafe_wdf_function_binding,
    ntddk::{
        IoConnectInterruptEx, IoDisconnectInterruptEx, IoReportInterruptActive,
        IoReportInterruptInactive, KeSynchronizeExecution,
    },
};

use crate::{
    call::{Call, Outcome},
    irql::{self, HIGH},
    status,
};

/// What the ISR works on.
pub(crate) struct Service {
    /// The registers, while an interrupt is connected.
    registers: AtomicPtr<u32>,
    /// How many ISRs have claimed the interrupt.
    claimed: AtomicU32,
    /// Which ISR, counted from 1, is the first that acknowledges.
    acknowledges: AtomicU32,
}

/// Registers of edu, by their place among 32-bit words.
mod register {
    pub(super) const STATUS: usize = 0x24 / 4;
    pub(super) const RAISE: usize = 0x60 / 4;
    pub(super) const ACKNOWLEDGE: usize = 0x64 / 4;
}

impl Service {
    pub(crate) const fn new() -> Self {
        Self {
            registers: AtomicPtr::new(ptr::null_mut()),
            claimed: AtomicU32::new(0),
            acknowledges: AtomicU32::new(1),
        }
    }

    /// Before the device starts.
    pub(crate) fn prepare(&self) {
        self.claimed.store(0, Ordering::Relaxed);
    }

    fn claimed(&self) -> u32 {
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
    fn raise(&self, cause: u32) {
        self.write(register::RAISE, cause);
    }

    /// What an ISR does; whether the interrupt was this device's.
    fn serve(&self) -> bool {
        let causes = self.read(register::STATUS);
        if causes == 0 {
            return false;
        }
        let turn = self.claimed.fetch_add(1, Ordering::Relaxed) + 1;
        if turn >= self.acknowledges.load(Ordering::Relaxed) {
            self.write(register::ACKNOWLEDGE, causes);
        }
        true
    }
}

/// The ISR of a line.
///
/// # Safety
///
/// The kernel calls it with the context that it was connected with ("nc-wdm-kservice_routine").
unsafe extern "C" fn line(_: PKINTERRUPT, context: PVOID) -> BOOLEAN {
    // SAFETY: The context is the device's, which lives as long as the interrupt is connected.
    let service = unsafe { &*context.cast::<Service>() };
    // breaks: storm
    BOOLEAN::from(service.serve())
}

/// The ISR of a message.
///
/// # Safety
///
/// As [`line`] ("nc-wdm-kmessage_service_routine").
unsafe extern "C" fn message(_: PKINTERRUPT, context: PVOID, number: ULONG) -> BOOLEAN {
    // SAFETY: As in `line`.
    let service = unsafe { &*context.cast::<Service>() };
    BOOLEAN::from(number == 0 && service.serve())
}

/// `CONNECT_MESSAGE_BASED`.
const MESSAGE_BASED: ULONG = 3;

/// A connected interrupt. It stays connected until [`Self::disconnect`].
struct Connection {
    version: ULONG,
    /// The interrupt object of a line, the table of messages.
    context: PVOID,
    service: &'static Service,
}

impl Connection {
    /// Connects the message, or the line where there is none. The ISR acknowledges from its turn
    /// `acknowledges` on.
    fn new(call: &Call, acknowledges: u32) -> Result<Self, NTSTATUS> {
        let service = &call.context.service;
        let registers = call.context.registers.load(Ordering::Relaxed);
        if registers.is_null() {
            return Err(status::DEVICE_NOT_READY);
        }
        service.registers.store(registers, Ordering::Relaxed);
        service.claimed.store(0, Ordering::Relaxed);
        service.acknowledges.store(acknowledges, Ordering::Relaxed);
        let mut context: PVOID = ptr::null_mut();
        let message_based = IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS {
            // SAFETY: The device is live (nf-wdfdevice-wdfdevicewdmgetphysicaldevice).
            PhysicalDeviceObject: unsafe {
                call_unsafe_wdf_function_binding!(WdfDeviceWdmGetPhysicalDevice, call.device)
            },
            ConnectionContext: _IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS__bindgen_ty_1 {
                Generic: &raw mut context,
            },
            MessageServiceRoutine: Some(message),
            ServiceContext: (&raw const *service).cast_mut().cast(),
            SpinLock: ptr::null_mut(),
            SynchronizeIrql: 0,
            FloatingSave: 0,
            FallBackServiceRoutine: Some(line),
        };
        let mut parameters = IO_CONNECT_INTERRUPT_PARAMETERS {
            Version: MESSAGE_BASED,
            __bindgen_anon_1: _IO_CONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1 {
                MessageBased: message_based,
            },
        };
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

    /// The interrupt object, of the line or of the first message.
    fn object(&self) -> PKINTERRUPT {
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

    fn parameters(&self) -> IO_DISCONNECT_INTERRUPT_PARAMETERS {
        IO_DISCONNECT_INTERRUPT_PARAMETERS {
            Version: self.version,
            ConnectionContext: _IO_DISCONNECT_INTERRUPT_PARAMETERS__bindgen_ty_1 {
                Generic: self.context,
            },
        }
    }

    fn disconnect(self) {
        let mut parameters = self.parameters();
        // SAFETY: The interrupt is connected, and nobody uses the connection any more
        // (nf-wdm-iodisconnectinterruptex).
        unsafe { IoDisconnectInterruptEx(&raw mut parameters) };
    }

    /// Calls `routine` with the device quiet.
    fn synchronize(&self, routine: unsafe extern "C" fn(PVOID) -> BOOLEAN, context: PVOID) {
        // SAFETY: The interrupt is connected, and each caller's routine may be called with its context
        // at the interrupt's IRQL (nf-wdm-kesynchronizeexecution).
        let _ = unsafe { KeSynchronizeExecution(self.object(), Some(routine), context) };
    }
}

/// Connects, lets `body` work, disconnects and answers how many ISRs claimed.
fn connected(call: &Call, acknowledges: u32, body: impl FnOnce(&Connection)) -> Outcome {
    let answer = Connection::new(call, acknowledges).map(|connection| {
        body(&connection);
        connection.disconnect();
        Outcome::Answer(call.context.service.claimed())
    });
    answer.into()
}

/// Waits, without a call, until ISRs have claimed so often.
fn until_claimed(connection: &Connection, times: u32) {
    while connection.service.claimed() < times {
        core::hint::spin_loop();
    }
}

pub(crate) fn honest(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        connection.service.raise(1);
        until_claimed(connection, 1);
    })
}

pub(crate) fn deaf(call: &Call) -> Outcome {
    connected(call, u32::MAX, |connection| {
        connection.service.raise(1);
        until_claimed(connection, u32::MAX);
    })
}

pub(crate) fn lazy(call: &Call) -> Outcome {
    connected(call, 3, |connection| {
        connection.service.raise(1);
        until_claimed(connection, 3);
    })
}

fn raise_thrice(service: &Service) {
    for cause in [1, 2, 4] {
        service.raise(cause);
        (0..200_u32).for_each(|step| {
            let _ = black_box(step);
        });
    }
}

pub(crate) fn masked_raises(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        irql::at(HIGH, || raise_thrice(connection.service));
        until_claimed(connection, 1);
    })
}

pub(crate) fn open_raises(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        raise_thrice(connection.service);
        until_claimed(connection, 1);
    })
}

pub(crate) fn leave_connected(call: &Call) -> Outcome {
    // That the connection is forgotten is what is broken.
    Connection::new(call, 1).map(|_| Outcome::Done).into()
}

/// The connection as `IoReportInterruptInactive` and `IoReportInterruptActive` take it.
fn reported(connection: &Connection) -> IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS {
    IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS {
        Version: connection.version,
        ConnectionContext: _IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS__bindgen_ty_1 {
            Generic: connection.context,
        },
    }
}

pub(crate) fn report_late(call: &Call) -> Outcome {
    let reported = Connection::new(call, 1).map(|connection| {
        let mut parameters = reported(&connection);
        connection.disconnect();
        // SAFETY: The interrupt was disconnected above.
        // breaks: interrupt-reported-after-disconnect
        unsafe { IoReportInterruptInactive(&raw mut parameters) };
        Outcome::Done
    });
    reported.into()
}

pub(crate) fn report(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        let mut parameters = reported(connection);
        // SAFETY: The interrupt is connected (nf-wdm-ioreportinterruptinactive).
        unsafe { IoReportInterruptInactive(&raw mut parameters) };
        // SAFETY: As above (nf-wdm-ioreportinterruptactive).
        unsafe { IoReportInterruptActive(&raw mut parameters) };
    })
}

pub(crate) fn disconnect_twice(call: &Call) -> Outcome {
    let disconnected = Connection::new(call, 1).map(|connection| {
        let mut parameters = connection.parameters();
        connection.disconnect();
        // SAFETY: The interrupt was disconnected above.
        // breaks: interrupt-disconnected-twice
        unsafe { IoDisconnectInterruptEx(&raw mut parameters) };
        Outcome::Done
    });
    disconnected.into()
}

/// # Safety
///
/// A synchronize routine that uses no context.
unsafe extern "C" fn nothing(_: PVOID) -> BOOLEAN {
    1
}

pub(crate) fn synchronize(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        connection.synchronize(nothing, ptr::null_mut());
    })
}

pub(crate) fn synchronize_high(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        let (object, none) = (connection.object(), ptr::null_mut());
        irql::at(HIGH, || {
            // SAFETY: The caller is above the interrupt's SynchronizeIrql.
            // breaks: synchronize-above-its-irql
            let _ = unsafe { KeSynchronizeExecution(object, Some(nothing), none) };
        });
    })
}

/// # Safety
///
/// A synchronize routine of the interrupt object that its context names.
unsafe extern "C" fn nested(object: PVOID) -> BOOLEAN {
    let (object, none) = (object.cast(), ptr::null_mut());
    // SAFETY: The routine runs under the object's lock already.
    // breaks: synchronize-nested
    unsafe { KeSynchronizeExecution(object, Some(nothing), none) }
}

pub(crate) fn synchronize_nested(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        connection.synchronize(nested, connection.object().cast());
    })
}

pub(crate) fn synchronize_again(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        for _ in 0..2 {
            connection.synchronize(nothing, ptr::null_mut());
        }
    })
}

/// What [`stay`] works on.
struct Stay {
    service: &'static Service,
    /// ISRs that had claimed when the routine ended.
    claimed: AtomicU32,
}

/// Raises a cause and stays for a while.
///
/// # Safety
///
/// A synchronize routine whose context is a [`Stay`].
unsafe extern "C" fn stay(stay: PVOID) -> BOOLEAN {
    // SAFETY: This function's contract.
    let stay = unsafe { &*stay.cast::<Stay>() };
    stay.service.raise(1);
    (0..300_u32).for_each(|step| {
        let _ = black_box(step);
    });
    stay.claimed
        .store(stay.service.claimed(), Ordering::Relaxed);
    1
}

pub(crate) fn long_synchronize(call: &Call) -> Outcome {
    let answer = Connection::new(call, 1).map(|connection| {
        let staying = Stay {
            service: connection.service,
            claimed: AtomicU32::new(0),
        };
        connection.synchronize(stay, (&raw const staying).cast_mut().cast());
        until_claimed(&connection, 1);
        connection.disconnect();
        Outcome::Answer(staying.claimed.load(Ordering::Relaxed))
    });
    answer.into()
}
