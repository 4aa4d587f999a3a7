//! The interrupt, whosever it is: made, given its state, taken in and out of D0, and synchronized with.

use core::ffi::c_void;

use dirql::{
    Connection, Interrupt, Irql, NotRun, Passive, PassiveInterrupt, PhysicalDevice, Revocable,
    TranslatedInterrupt,
    wdf::{Config, FrameworkHandler, FrameworkInterrupt, PassiveFrameworkInterrupt},
};
use guest::status;
use wdk_sys::{
    NTSTATUS, PCM_PARTIAL_RESOURCE_DESCRIPTOR, WDFDEVICE, call_unsafe_wdf_function_binding,
};

use crate::{
    device::Context,
    events::{Events, InAThread, Working},
    parts::Parts,
    ports::{PORTS_MAX, PortRegisters, Ports},
    protocol::{
        DIRECT, FRAMEWORK_PASSIVE, IN_PREPARE, PASSIVE, SHARED, SOFT, WAIT_LOCK, WORK_ITEM,
    },
};

/// The places of the interrupt, one of which is used.
pub(crate) struct Places {
    framework: Revocable<FrameworkInterrupt<Events>>,
    framework_passive: Revocable<PassiveFrameworkInterrupt<InAThread>>,
    working: Revocable<FrameworkInterrupt<Working>>,
    working_passive: Revocable<PassiveFrameworkInterrupt<Working>>,
    parts: Revocable<Parts>,
    direct: Revocable<Interrupt<Events>>,
    passive: Revocable<PassiveInterrupt<InAThread>>,
    ports: Revocable<Ports>,
}

/// The two descriptors of the device's interrupt.
pub(crate) type Descriptors = (
    PCM_PARTIAL_RESOURCE_DESCRIPTOR,
    PCM_PARTIAL_RESOURCE_DESCRIPTOR,
);

/// What cannot be published is there already.
const TWICE: NTSTATUS = status::DEVICE_NOT_READY;

impl Places {
    pub(crate) const fn new() -> Self {
        Self {
            framework: Revocable::new(),
            framework_passive: Revocable::new(),
            working: Revocable::new(),
            working_passive: Revocable::new(),
            parts: Revocable::new(),
            direct: Revocable::new(),
            passive: Revocable::new(),
            ports: Revocable::new(),
        }
    }

    /// Whether the interrupt is the framework's.
    const fn is_frameworks(setup: u32) -> bool {
        setup & (DIRECT | PASSIVE | SHARED) == 0
    }

    /// Makes the framework's interrupt.
    ///
    /// # Safety
    ///
    /// This is `EvtDriverDeviceAdd`, without descriptors, or `EvtDevicePrepareHardware`, with them.
    unsafe fn make(
        &self,
        irql: &mut Irql<'_, Passive>,
        device: WDFDEVICE,
        setup: u32,
        descriptors: Option<Descriptors>,
    ) -> Result<(), NTSTATUS> {
        let mut config = Config::new();
        if setup & SOFT != 0 {
            config = config.reported_inactive();
        }
        if let Some((raw, translated)) = descriptors {
            config = config.of_descriptors(raw.cast(), translated.cast());
        }
        let device: *mut c_void = device.cast();
        if setup & WORK_ITEM != 0 && setup & FRAMEWORK_PASSIVE != 0 {
            // SAFETY: As below.
            let interrupt = unsafe { Working::KIND.create_passive(irql, device, &config) }?;
            let published = self.working_passive.publish(irql, interrupt);
            return published.map_err(|_| TWICE);
        }
        if setup & WORK_ITEM != 0 {
            // SAFETY: As below.
            let interrupt = unsafe { Working::KIND.create(irql, device, &config) }?;
            return self.working.publish(irql, interrupt).map_err(|_| TWICE);
        }
        if setup & FRAMEWORK_PASSIVE != 0 {
            // SAFETY: As below.
            let interrupt = unsafe { InAThread::KIND.create_passive(irql, device, &config) }?;
            let published = self.framework_passive.publish(irql, interrupt);
            return published.map_err(|_| TWICE);
        }
        // SAFETY: This function's contract. What EvtDevicePrepareHardware makes is revoked before EvtDeviceReleaseHardware
        // returns; the rest is reached by the device's callbacks alone.
        let interrupt = unsafe { Events::KIND.create(irql, device, &config) }?;
        self.framework.publish(irql, interrupt).map_err(|_| TWICE)
    }

    /// What `EvtDriverDeviceAdd` has to do.
    ///
    /// # Safety
    ///
    /// This is `EvtDriverDeviceAdd`.
    pub(crate) unsafe fn add(
        &self,
        irql: &mut Irql<'_, Passive>,
        device: WDFDEVICE,
        context: &'static Context,
    ) -> Result<(), NTSTATUS> {
        let setup = context.setup;
        if !Self::is_frameworks(setup) || setup & IN_PREPARE != 0 {
            return Ok(());
        }
        if setup & WAIT_LOCK != 0 {
            // SAFETY: This function's contract. `close` and `release` leave the interrupts to the framework.
            let parts = unsafe { Parts::make(irql, device.cast(), &Config::new(), context) }?;
            return self.parts.publish(irql, parts).map_err(|_| TWICE);
        }
        // SAFETY: This function's contract.
        unsafe { self.make(irql, device, setup, None) }
    }

    /// What `EvtDevicePrepareHardware` has to do, with the state.
    ///
    /// # Safety
    ///
    /// This is `EvtDevicePrepareHardware`, and the descriptors are those of the device's interrupt.
    pub(crate) unsafe fn prepare(
        &self,
        irql: &mut Irql<'_, Passive>,
        device: WDFDEVICE,
        setup: u32,
        descriptors: Descriptors,
        events: Events,
    ) -> Result<(), NTSTATUS> {
        if Self::is_frameworks(setup) {
            if setup & IN_PREPARE != 0 {
                // SAFETY: This function's contract.
                unsafe { self.make(irql, device, setup, Some(descriptors)) }?;
            }
            if setup & WAIT_LOCK != 0 {
                let installed = self.parts.access(irql, Parts::install);
                return installed.unwrap_or(Err(TWICE));
            }
            if setup & WORK_ITEM != 0 && setup & FRAMEWORK_PASSIVE != 0 {
                let installed = self.working_passive.access(irql, |interrupt, irql| {
                    interrupt.install(irql, Working(events)).is_ok()
                });
                return installed.filter(|done| *done).map(drop).ok_or(TWICE);
            }
            if setup & WORK_ITEM != 0 {
                let installed = self.working.access(irql, |interrupt, irql| {
                    interrupt.install(irql, Working(events)).is_ok()
                });
                return installed.filter(|done| *done).map(drop).ok_or(TWICE);
            }
            if setup & FRAMEWORK_PASSIVE != 0 {
                let installed = self.framework_passive.access(irql, |interrupt, irql| {
                    interrupt.install(irql, InAThread(events)).is_ok()
                });
                return installed.filter(|done| *done).map(drop).ok_or(TWICE);
            }
            let installed = self
                .framework
                .access(irql, |interrupt, irql| interrupt.install(irql, events));
            return match installed {
                Some(Ok(())) => Ok(()),
                _ => Err(TWICE),
            };
        }
        // SAFETY: The device is live (nf-wdfdevice-wdfdevicewdmgetphysicaldevice).
        let object =
            unsafe { call_unsafe_wdf_function_binding!(WdfDeviceWdmGetPhysicalDevice, device) };
        let Some(object) = PhysicalDevice::new(object.cast()) else {
            return Err(status::INVALID_PARAMETER);
        };
        let refused = |failure: dirql::ConnectFailure| {
            failure.status().unwrap_or(status::INSUFFICIENT_RESOURCES)
        };
        // SAFETY: The descriptor is that of the callback's list.
        let bytes = unsafe { descriptors.1.cast::<[u8; 20]>().read_unaligned() };
        let interrupt =
            TranslatedInterrupt::parse(&bytes).map_err(|_| status::INVALID_PARAMETER)?;
        if setup & PASSIVE != 0 {
            let lines = [interrupt];
            // SAFETY: The line is all that the device has of interrupts; EvtDeviceReleaseHardware disconnects.
            let connected =
                unsafe { PassiveInterrupt::connect_lines(irql, object, &lines, InAThread(events)) };
            let interrupt = connected.map_err(|error| refused(error.failure))?;
            return self.passive.publish(irql, interrupt).map_err(|_| TWICE);
        }
        let to = Connection::FullySpecified {
            device: object,
            interrupt,
        };
        // SAFETY: The resource is this device's, translated and assigned; EvtDeviceReleaseHardware disconnects.
        let connected = unsafe { Interrupt::connect(irql, to, events) };
        let interrupt = connected.map_err(|error| refused(error.failure))?;
        self.direct.publish(irql, interrupt).map_err(|_| TWICE)
    }

    /// The device has entered D0, or leaves it: what is connected itself is told, under the lock.
    pub(crate) fn power(&self, irql: &mut Irql<'_, Passive>, in_d0: bool) {
        let _ = self.direct.access(irql, |interrupt, irql| {
            interrupt.synchronize(irql, |events| events.power(in_d0))
        });
        let _ = self.passive.access(irql, |interrupt, irql| {
            interrupt.synchronize(irql, |events| events.0.power(in_d0))
        });
        let _ = self
            .ports
            .access(irql, |ports, irql| ports.power(irql, in_d0));
    }

    /// The last act of `EvtDeviceD0EntryPostInterruptsEnabled`.
    ///
    /// # Safety
    ///
    /// As for [`FrameworkInterrupt::open`].
    pub(crate) unsafe fn open(&self, irql: &mut Irql<'_, Passive>) {
        let _ = self.framework.access(irql, |interrupt, irql| {
            // SAFETY: This function's contract. What is disabled stays closed.
            unsafe { interrupt.open(irql) }
        });
        let _ = self.framework_passive.access(irql, |interrupt, irql| {
            // SAFETY: As above.
            unsafe { interrupt.open(irql) }
        });
        let _ = self.working.access(irql, |interrupt, irql| {
            // SAFETY: As above.
            unsafe { interrupt.open(irql) }
        });
        let _ = self.working_passive.access(irql, |interrupt, irql| {
            // SAFETY: As above.
            unsafe { interrupt.open(irql) }
        });
        let _ = self.parts.access(irql, |parts, irql| {
            // SAFETY: As above.
            unsafe { parts.open(irql) };
        });
    }

    /// The first act of `EvtDeviceD0ExitPreInterruptsDisabled`.
    pub(crate) fn close(&self, irql: &mut Irql<'_, Passive>) {
        let _ = self
            .framework
            .access(irql, |interrupt, irql| interrupt.close(irql));
        let _ = self
            .framework_passive
            .access(irql, |interrupt, irql| interrupt.close(irql));
        let _ = self
            .working
            .access(irql, |interrupt, irql| interrupt.close(irql));
        let _ = self
            .working_passive
            .access(irql, |interrupt, irql| interrupt.close(irql));
        let _ = self.parts.access(irql, |parts, irql| parts.close(irql));
    }

    /// What `EvtDeviceReleaseHardware` has to do: afterwards nothing uses the registers.
    pub(crate) fn release(&self, irql: &mut Irql<'_, Passive>, setup: u32) {
        let _ = self
            .framework
            .access(irql, |interrupt, irql| interrupt.remove(irql).map(drop));
        let _ = self
            .framework_passive
            .access(irql, |interrupt, irql| interrupt.remove(irql).map(drop));
        let _ = self
            .working
            .access(irql, |interrupt, irql| interrupt.remove(irql).map(drop));
        let _ = self
            .working_passive
            .access(irql, |interrupt, irql| interrupt.remove(irql).map(drop));
        let _ = self.parts.access(irql, |parts, irql| parts.remove(irql));
        if setup & IN_PREPARE != 0 {
            let _ = self.framework.revoke(irql);
            let _ = self.framework_passive.revoke(irql);
            let _ = self.working.revoke(irql);
            let _ = self.working_passive.revoke(irql);
        }
        if let Ok(Some(interrupt)) = self.direct.revoke(irql) {
            drop(interrupt.disconnect(irql));
        }
        if let Ok(Some(interrupt)) = self.passive.revoke(irql) {
            drop(interrupt.disconnect(irql));
        }
        drop(self.ports.revoke(irql));
    }

    /// What the end of the device leaves to do: drops the lock that interrupts have shared.
    pub(crate) fn forget(&self, irql: &mut Irql<'_, Passive>) {
        drop(self.parts.revoke(irql));
    }

    /// What `EvtDevicePrepareHardware` has to do for a device of several messages.
    ///
    /// # Safety
    ///
    /// This is `EvtDevicePrepareHardware`, and the descriptors are those of the device's interrupts.
    pub(crate) unsafe fn prepare_ports(
        &self,
        irql: &mut Irql<'_, Passive>,
        device: WDFDEVICE,
        descriptors: &[PCM_PARTIAL_RESOURCE_DESCRIPTOR],
        registers: PortRegisters,
        context: &'static Context,
    ) -> Result<(), NTSTATUS> {
        let none = || Err(status::DEVICE_CONFIGURATION_ERROR);
        // SAFETY: The device is live (nf-wdfdevice-wdfdevicewdmgetphysicaldevice).
        let object =
            unsafe { call_unsafe_wdf_function_binding!(WdfDeviceWdmGetPhysicalDevice, device) };
        let Some(object) = PhysicalDevice::new(object.cast()) else {
            return none();
        };
        let parse = |descriptor: &PCM_PARTIAL_RESOURCE_DESCRIPTOR| {
            // SAFETY: The descriptor is that of the callback's list, and has 20 bytes.
            let bytes = unsafe { descriptor.cast::<[u8; 20]>().read_unaligned() };
            TranslatedInterrupt::parse(&bytes).ok()
        };
        let Some(first) = descriptors.first().and_then(parse) else {
            return none();
        };
        let mut translated = [first; PORTS_MAX];
        for (place, descriptor) in translated.iter_mut().zip(descriptors) {
            let Some(found) = parse(descriptor) else {
                return none();
            };
            *place = found;
        }
        let translated = &translated[..descriptors.len().min(PORTS_MAX)];
        // SAFETY: This function's contract. `release` drops what is published, which disconnects.
        let ports = unsafe { Ports::connect(irql, object, translated, registers, context) };
        let ports =
            ports.map_err(|failure| failure.status().unwrap_or(status::INSUFFICIENT_RESOURCES))?;
        self.ports.publish(irql, ports).map_err(|_| TWICE)
    }

    /// Counts in a closure, which waits for nothing perhaps.
    pub(crate) fn count(&self, irql: &mut Irql<'_, Passive>, tries: bool) -> Result<u32, NotRun> {
        let counted = self.framework.access(irql, |interrupt, irql| {
            interrupt.synchronize(irql, Events::count)
        });
        let counted = counted.or_else(|| {
            self.direct.access(irql, |interrupt, irql| {
                interrupt.synchronize(irql, Events::count)
            })
        });
        let counted = counted.or_else(|| {
            self.passive.access(irql, |interrupt, irql| {
                interrupt.synchronize(irql, |events| events.0.count())
            })
        });
        let counted = counted.or_else(|| {
            self.framework_passive.access(irql, |interrupt, irql| {
                if tries {
                    interrupt.try_synchronize(irql, |events| events.0.count())
                } else {
                    interrupt.synchronize(irql, |events| events.0.count())
                }
            })
        });
        let counted = counted.or_else(|| {
            self.working.access(irql, |interrupt, irql| {
                interrupt.synchronize(irql, |working| working.0.count())
            })
        });
        let counted = counted.or_else(|| {
            self.working_passive.access(irql, |interrupt, irql| {
                interrupt.synchronize(irql, |working| working.0.count())
            })
        });
        let counted = counted.or_else(|| {
            self.parts
                .access(irql, |parts, irql| parts.count(irql, tries))
        });
        let counted = counted.or_else(|| self.ports.access(irql, |ports, irql| ports.count(irql)));
        counted.unwrap_or(Err(NotRun::NoInterrupt))
    }

    /// Disconnects the framework's interrupt, or connects it again; whether that was done.
    ///
    /// # Safety
    ///
    /// As for [`FrameworkInterrupt::disable`] and [`FrameworkInterrupt::enable`].
    pub(crate) unsafe fn connect(&self, irql: &mut Irql<'_, Passive>, connected: bool) -> bool {
        let done = self.framework.access(irql, |interrupt, irql| {
            if connected {
                // SAFETY: This function's contract.
                unsafe { interrupt.enable(irql) }.is_ok()
            } else {
                // SAFETY: As above.
                unsafe { interrupt.disable(irql) }.is_ok()
            }
        });
        done.unwrap_or(false)
    }
}

impl Context {
    /// Whether the interrupt is the framework's.
    pub(crate) const fn is_frameworks(&self) -> bool {
        Places::is_frameworks(self.setup)
    }
}
