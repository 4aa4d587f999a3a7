//! What a driver can call: exports of the kernel and functions of the framework.
//!
//! Each is declared once, in data that the bindings are written from as well ([`declared`]): its module, its parameters and
//! the IRQLs at which it may be called. A table names the routine that models it. An address that the driver calls is a
//! trap ([`traps`](crate::kernel::state::traps)).

mod framework;
mod kernel;
#[cfg(test)]
mod levels;
mod lookup;
pub(crate) mod needs;
pub(in crate::system) mod table;
mod variables;
mod video_port;

use crate::{
    declared::{self, Declaration},
    guest::{Guest, layout},
    kernel::{
        irql::{HIGH, PASSIVE},
        state::{log::EventKind, traps::Missing},
    },
    system::{Flow, System},
    video_port::MODULE as VIDEO_PORT,
    wdf::INTERNAL,
};
use nt_model::{Failure, Rule};
use unicorn_engine::RegisterX86;

use table::Export;

/// The module whose routines a driver may ask for by name; those of the HAL are had there.
const KERNEL: &str = "ntoskrnl.exe";

/// What has an address: an export that was imported, or a function of the framework, modelled or not.
fn with_address(name: &'static str) -> Export {
    let declaration = declared::routine(name).expect("what has an address is declared");
    match lookup::row(name) {
        Some(row) => Export::of(row, declaration),
        None => Export {
            declaration,
            irql: (PASSIVE, HIGH),
            routine: framework::not_modelled,
        },
    }
}

impl System {
    /// The address that stands for an import of the driver's, modelled or not.
    pub(crate) fn import_address(
        &mut self,
        guest: &mut Guest,
        module: &str,
        name: &str,
    ) -> Result<u64, Failure> {
        if let Some(declared) = lookup::modelled(module, name) {
            let traps = &mut self.kernel.traps;
            return Ok(traps.address_of(declared.module, declared.name));
        }
        let variable = variables::find(module, name);
        if let Some(value) = variable.and_then(|variable| variable.value) {
            return self.kernel.make_variable(guest, value);
        }
        Ok(self.kernel.traps.address_of_missing(Missing {
            module: module.to_owned(),
            name: name.to_owned(),
            variable: variable.is_some(),
        }))
    }

    /// `MmGetSystemRoutineAddress`: a routine of the kernel or of the HAL by its name; 0 where NT has none that is known.
    pub(super) fn mm_get_system_routine_address(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let string = guest.argument(0)?;
        let name = self.kernel.counted_text(guest, string, false)?;
        let name = String::from_utf16_lossy(&name);
        let modelled = lookup::modelled(KERNEL, &name).is_some();
        let known = lookup::declaration(KERNEL, &name).is_some();
        // A driver takes 0 for an older Windows: that must not happen for a routine that this one has.
        let address = if known {
            self.import_address(guest, KERNEL, &name)?
        } else {
            0
        };
        self.kernel.note(format!(
            "the routine {name} by its name: {}",
            match (modelled, known) {
                (true, _) => "modelled",
                (false, true) => "not modelled",
                (false, false) => "unknown",
            }
        ));
        Ok(Flow::Return(address))
    }

    /// What is behind the trap of this number.
    fn export(&mut self, number: usize) -> Export {
        if self.exports.len() <= number {
            // All at once: what copies of the machine share is not changed by one call after another.
            while self.exports.len() < self.kernel.traps.count() {
                let (_, name) = self.kernel.traps.routine(self.exports.len());
                self.exports.push(with_address(name));
            }
        }
        self.exports[number]
    }

    /// The driver has called what is behind the trap of this number.
    pub(super) fn call(&mut self, guest: &mut Guest, number: usize) -> Result<Flow, Failure> {
        let export = self.export(number);
        let Declaration { module, name, .. } = *export.declaration;
        let level = self.kernel.cpu().irql;
        // What the kernel calls of the framework's is no call of the driver's.
        let returns_to = guest.read_u64(guest.reg(RegisterX86::RSP))?;
        if module == INTERNAL && returns_to == layout::TRAP_BASE {
            self.kernel.end_call();
        } else {
            self.kernel.begin_call(name);
        }
        let arguments = export.arguments(guest)?;
        let parameters = export.declaration.parameters.as_deref();
        let parameters = parameters.unwrap_or_default();
        self.kernel.watch_arguments(name, parameters, &arguments)?;
        self.kernel.event(EventKind::Call { name, arguments });
        // A call takes some time.
        self.kernel.cycles += 20;
        if module == VIDEO_PORT {
            self.port_driver().check_video_call(name)?;
        }
        if let Some(failure) = export.refuses(level) {
            self.kernel.unless_off(failure)?;
        }
        let (call, cpu) = (self.kernel.calling(), self.kernel.cpu_index());
        let refused = self.kernel.refuse_call(guest, name);
        let flow = match refused.or_else(|| self.kernel.fail_call(name)) {
            Some(failed) => failed,
            None => match (export.routine)(self, guest) {
                // Where its rule is off, a call that breaks it does nothing and returns 0.
                Err(failure) if failure.cause != Rule::Bugcheck => {
                    self.kernel.unless_off(failure)?;
                    Flow::Return(0)
                }
                flow => flow?,
            },
        };
        if self.kernel.cpus[cpu].irql != level
            && let Some(call) = call
            && let Some(record) = self.kernel.top(cpu).and_then(|top| top.frames.last_mut())
            && record.irql == Some(level)
        {
            record.left_at = call;
        }
        Ok(flow)
    }
}

#[cfg(test)]
mod tests {
    use super::{declared, kernel, lookup::modelled};

    /// What the kit's hal.lib has and its ntoskrnl.lib lacks, of what the headers declare for drivers on x64.
    const OF_THE_HAL: [&str; 27] = [
        "HalAcquireDisplayOwnership",
        "HalAllocateAdapterChannel",
        "HalAllocateCommonBuffer",
        "HalAllocateCrashDumpRegisters",
        "HalAllocateHardwareCounters",
        "HalAssignSlotResources",
        "HalBugCheckSystem",
        "HalDmaAllocateCrashDumpRegistersEx",
        "HalDmaFreeCrashDumpRegistersEx",
        "HalFreeCommonBuffer",
        "HalFreeHardwareCounters",
        "HalGetAdapter",
        "HalGetBusData",
        "HalGetBusDataByOffset",
        "HalGetInterruptVector",
        "HalMakeBeep",
        "HalReadDmaCounter",
        "HalSetBusData",
        "HalSetBusDataByOffset",
        "HalTranslateBusAddress",
        "IoFlushAdapterBuffers",
        "IoFreeAdapterChannel",
        "IoFreeMapRegisters",
        "IoMapTransfer",
        "KeFlushWriteBuffer",
        "KeQueryPerformanceCounter",
        "KeStallExecutionProcessor",
    ];

    #[test]
    fn what_is_the_hals_is_found_in_either_module() {
        for module in ["HAL.dll", "hal.dll", "ntoskrnl.exe", "NTOSKRNL.EXE"] {
            assert!(
                modelled(module, "KeStallExecutionProcessor").is_some(),
                "{module}"
            );
        }
    }

    #[test]
    fn what_is_the_kernels_is_not_the_hals() {
        assert!(modelled("ntoskrnl.exe", "KeGetCurrentIrql").is_some());
        assert!(modelled("HAL.dll", "KeGetCurrentIrql").is_none());
        assert!(modelled("HAL.dll", "WdfVersionBind").is_none());
    }

    #[test]
    fn each_routine_stands_in_the_module_that_link_libraries_name() {
        for row in kernel::EXPORTS {
            let declared = declared::routine(row.name).expect("it is declared");
            let is_hals = OF_THE_HAL.contains(&row.name);
            assert_eq!(declared.module == "HAL.dll", is_hals, "{}", row.name);
        }
    }
}
