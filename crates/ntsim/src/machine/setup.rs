//! Setting a machine up: the emulator, its hooks, the driver's image and its imports.

use std::fmt;

use unicorn_engine::{Arch, HookType, Mode, Prot, RegisterX86, TlbType, Unicorn};

use super::Machine;
use crate::{
    config::Config,
    device::PciDevice,
    failure::Failure,
    guest::{Guest, Slot, emulator},
    image::Image,
    layout,
    sim::Sim,
    step,
};

/// Why a machine could not be set up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupError {
    /// The image imports routines that the simulator does not have, `module!name` each.
    MissingImports(Vec<String>),
    /// The configuration asks for something impossible.
    Config(String),
    /// The processor emulator failed.
    Emulator(String),
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingImports(names) => {
                write!(
                    f,
                    "the image imports what the simulator does not have: {}",
                    names.join(", ")
                )
            }
            Self::Config(what) => write!(f, "the machine cannot be configured so: {what}"),
            Self::Emulator(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for SetupError {}
/// `MXCSR` as NT gives it to a kernel thread.
const MXCSR: u64 = 0x1F80;

impl Machine {
    /// Sets up a machine with the driver's image loaded and nothing run yet.
    ///
    /// # Errors
    ///
    /// [`SetupError`], which names every import that is missing.
    pub fn new(
        config: Config,
        image: &Image,
        device: Box<dyn PciDevice>,
    ) -> Result<Self, SetupError> {
        if config.cpus == 0 || config.cpus > crate::config::CPUS_MAX {
            return Err(SetupError::Config(format!(
                "{} processors; 1 to {} are possible",
                config.cpus,
                crate::config::CPUS_MAX
            )));
        }
        let mut sim = Box::new(Sim::new(config.clone(), image.clone(), device));
        sim.reassign_interrupt(config.interrupt);
        let mut uc = Unicorn::new_with_data(Arch::X86, Mode::MODE_64, Slot::default())
            .map_err(|error| SetupError::Emulator(emulator(error).message))?;
        Self::set_up(&mut uc, &mut sim, image)?;
        uc.get_data_mut().sim = Some(sim);
        Ok(Self {
            uc,
            files: std::collections::BTreeMap::new(),
            next_file: 0,
            config,
        })
    }

    fn set_up(
        uc: &mut Unicorn<'static, Slot>,
        sim: &mut Sim,
        image: &Image,
    ) -> Result<(), SetupError> {
        let failed = |failure: Failure| SetupError::Emulator(failure.message);
        let refused = |error| SetupError::Emulator(emulator(error).message);
        uc.ctl_set_tlb_type(TlbType::VIRTUAL).map_err(refused)?;
        let mut guest = Guest(uc);
        sim.map_system(&mut guest).map_err(failed)?;
        Self::map_image(&mut guest, sim, image)?;
        guest.set_reg(RegisterX86::MXCSR, MXCSR);
        sim.pristine = Some(guest.0.context_init().map_err(refused)?);
        uc.add_code_hook(1, 0, |uc, pc, _| step::on_instruction(uc, pc))
            .map_err(refused)?;
        uc.add_mem_hook(HookType::MEM_INVALID, 1, 0, |uc, kind, address, size, _| {
            step::on_bad_access(uc, kind, address, size)
        })
        .map_err(refused)?;
        Ok(())
    }

    fn map_image(guest: &mut Guest, sim: &mut Sim, image: &Image) -> Result<(), SetupError> {
        let failed = |failure: Failure| SetupError::Emulator(failure.message);
        let mut memory = image.relocated(layout::IMAGE_BASE);
        let mut missing = Vec::new();
        for import in image.imports() {
            match sim.export_address(&import.module, &import.name) {
                Some(address) => {
                    let at = import.iat_rva as usize;
                    memory[at..at + 8].copy_from_slice(&address.to_le_bytes());
                }
                None => missing.push(format!("{}!{}", import.module, import.name)),
            }
        }
        if !missing.is_empty() {
            return Err(SetupError::MissingImports(missing));
        }
        for section in image.sections() {
            let mut protection = Prot::NONE;
            for (on, bit) in [
                (section.protection.read, Prot::READ),
                (section.protection.write, Prot::WRITE),
                (section.protection.execute, Prot::EXEC),
            ] {
                if on {
                    protection |= bit;
                }
            }
            let base = layout::IMAGE_BASE + u64::from(section.rva);
            guest
                .map(base, u64::from(section.mapped_size()), protection)
                .map_err(failed)?;
            let from = section.rva as usize;
            let to = (from + section.mapped_size() as usize).min(memory.len());
            guest.write(base, &memory[from..to]).map_err(failed)?;
        }
        Ok(())
    }
}
