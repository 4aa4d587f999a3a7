//! What a driver can call: exports of the kernel and functions of the framework.
//!
//! Each is declared once, in a table: its module, its name, the IRQLs at which it may be called,
//! and the routine that models it. An address that the driver calls is a trap; the trap's number
//! is the entry's place in [`Traps`].

mod framework;
mod kernel;
mod video_port;

use std::collections::BTreeMap;

use unicorn_engine::RegisterX86;

use crate::{Failure, Rule, activation::Flow, events::EventKind, guest::Guest, layout, sim::Sim};

/// The routine behind an export.
pub(crate) type Routine = fn(&mut Sim, &mut Guest) -> Result<Flow, Failure>;

/// An export of the kernel, or a function of the framework.
#[derive(Clone, Copy)]
pub(crate) struct Export {
    pub(crate) module: &'static str,
    pub(crate) name: &'static str,
    /// The lowest and the highest IRQL at which it may be called.
    pub(crate) irql: (u8, u8),
    pub(crate) routine: Routine,
}

/// What the trap addresses stand for. Trap 0 is the return of a callback.
#[derive(Default)]
pub(crate) struct Traps {
    entries: Vec<Export>,
    names: BTreeMap<(&'static str, &'static str), usize>,
}

/// What a fetch from a trap address means.
#[derive(Clone, Copy)]
pub(crate) enum Trap {
    /// A callback returned.
    Return,
    /// An export was called.
    Call(Export),
}

impl Traps {
    /// The address of an entry, which is made on first use.
    fn address_of(&mut self, export: Export) -> u64 {
        let index = *self
            .names
            .entry((export.module, export.name))
            .or_insert_with(|| {
                self.entries.push(export);
                self.entries.len()
            });
        layout::TRAP_BASE + layout::TRAP_STRIDE * index as u64
    }

    /// What a fetch from `pc` means; none where `pc` is no trap.
    pub(crate) fn at(&self, pc: u64) -> Option<Trap> {
        let index = pc
            .checked_sub(layout::TRAP_BASE)
            .filter(|offset| *offset < layout::TRAP_SIZE)?
            / layout::TRAP_STRIDE;
        match index {
            0 => Some(Trap::Return),
            index => self
                .entries
                .get(index as usize - 1)
                .copied()
                .map(Trap::Call),
        }
    }
}

/// The export of this name that `module` has.
fn find(module: &str, name: &str) -> Option<&'static Export> {
    let (hal, kernel) = kernel::ALSO_OF_THE_KERNEL;
    let mut exports = kernel::EXPORTS.iter().chain(video_port::EXPORTS);
    exports.find(|export| {
        export.name == name
            && (export.module.eq_ignore_ascii_case(module)
                || export.module == hal && module.eq_ignore_ascii_case(kernel))
    })
}

impl Sim {
    /// The trap address of a kernel export, if the simulator models it.
    pub(crate) fn export_address(&mut self, module: &str, name: &str) -> Option<u64> {
        let export = find(module, name)?;
        Some(self.traps.address_of(*export))
    }

    /// The trap address of a framework function, modelled or not.
    pub(crate) fn framework_address(&mut self, name: &'static str) -> u64 {
        let export = framework::FUNCTIONS
            .iter()
            .find(|export| export.name == name)
            .copied();
        self.traps.address_of(export.unwrap_or(Export {
            module: framework::MODULE,
            name,
            irql: (0, 15),
            routine: framework::not_modelled,
        }))
    }

    /// The driver has called `export`.
    pub(crate) fn call(&mut self, guest: &mut Guest, export: &Export) -> Result<Flow, Failure> {
        let level = self.cpu().irql;
        self.event(EventKind::Call {
            name: export.name,
            arguments: [
                guest.reg(RegisterX86::RCX),
                guest.reg(RegisterX86::RDX),
                guest.reg(RegisterX86::R8),
                guest.reg(RegisterX86::R9),
            ],
        });
        // A call takes some time.
        self.cycles += 20;
        if export.module == crate::video_port::MODULE {
            self.check_video_call(export.name)?;
        }
        let (lowest, highest) = export.irql;
        if !(lowest..=highest).contains(&level) {
            let range = if lowest == highest {
                format!("at IRQL {lowest} only")
            } else {
                format!("from IRQL {lowest} to {highest}")
            };
            self.unless_off(Failure::new(
                Rule::Irql,
                format!(
                    "{} was called at IRQL {level}; it may be called {range}",
                    export.name
                ),
            ))?;
        }
        let (call, cpu) = (self.calling(guest), self.cpu_index());
        let flow = match self.fail_call(export.name) {
            Some(failed) => failed,
            None => match (export.routine)(self, guest) {
                // Where its rule is off, a call that breaks it does nothing and returns 0.
                Err(failure) if failure.cause != Rule::Bugcheck => {
                    self.unless_off(failure)?;
                    Flow::Return(0)
                }
                flow => flow?,
            },
        };
        if self.cpus[cpu].irql != level
            && let Some(call) = call
            && let Some(record) = self.top(cpu).and_then(|top| top.frames.last_mut())
            && record.irql == Some(level)
        {
            record.left_at = call;
        }
        Ok(flow)
    }
}

#[cfg(test)]
mod tests {
    use super::{find, kernel};

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
                find(module, "KeStallExecutionProcessor").is_some(),
                "{module}"
            );
        }
    }

    #[test]
    fn what_is_the_kernels_is_not_the_hals() {
        assert!(find("ntoskrnl.exe", "KeGetCurrentIrql").is_some());
        assert!(find("HAL.dll", "KeGetCurrentIrql").is_none());
        assert!(find("HAL.dll", "WdfVersionBind").is_none());
    }

    #[test]
    fn each_routine_stands_in_the_module_that_link_libraries_name() {
        for export in kernel::EXPORTS {
            let is_hals = export.name.starts_with("Hal") || OF_THE_HAL.contains(&export.name);
            assert_eq!(
                export.module == "HAL.dll",
                is_hals,
                "{}!{}",
                export.module,
                export.name
            );
        }
    }
}
