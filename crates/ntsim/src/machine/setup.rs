//! Setting a machine up: the emulator, its hooks, the driver's image and its imports.

use std::fmt;

use image::Image;
use nt_model::{CPUS_MAX, Config, Failure};

use crate::{
    device::PciDevice,
    guest::{Guest, layout},
    machine::{
        Machine,
        emulator::{Emulator, lasts, write_section},
        handle::Clients,
    },
    system::System,
    wdf::state::release::Release,
};

/// Why a machine could not be set up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupError {
    /// The image is a video miniport, and imports from elsewhere than the port driver, `module!name` each.
    ForeignImports(Vec<String>),
    /// The configuration asks for something impossible.
    Config(String),
    /// The processor emulator failed.
    Emulator(String),
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForeignImports(names) => write!(
                f,
                "the image is a video miniport, which imports from {} alone, and imports: {}",
                crate::video_port::MODULE,
                names.join(", ")
            ),
            Self::Config(what) => write!(f, "the machine cannot be configured so: {what}"),
            Self::Emulator(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for SetupError {}

impl Machine {
    /// Sets up a machine with the driver's image loaded and nothing run yet.
    ///
    /// # Errors
    ///
    /// [`SetupError`]. An import that the simulator does not model is none: it is named when the driver calls it
    /// ([`needs`](crate::needs) lists it before).
    pub fn new(
        config: Config,
        image: &Image,
        device: Box<dyn PciDevice>,
    ) -> Result<Self, SetupError> {
        if config.cpus == 0 || config.cpus > CPUS_MAX {
            return Err(SetupError::Config(format!(
                "{} processors; 1 to {} are possible",
                config.cpus, CPUS_MAX
            )));
        }
        let failed = |failure: Failure| SetupError::Emulator(failure.message);
        let Emulator {
            mut uc,
            slot,
            pristine,
            mapped_stacks,
            code,
            ..
        } = Emulator::take(image).map_err(failed)?;
        let mut system = Box::new(System::new(config.clone(), image.clone(), code, device));
        system.kernel.reassign_interrupt(config.interrupt);
        let mut guest = Guest(&mut uc);
        system
            .kernel
            .write_shared_data(&mut guest)
            .map_err(failed)?;
        Self::load_image(&mut guest, &mut system, image)?;
        system.kernel.pristine = Some(pristine);
        system.kernel.mapped_stacks = mapped_stacks;
        Ok(Self {
            uc,
            slot,
            system: Some(system),
            image: image.clone(),
            files: std::collections::BTreeMap::new(),
            senders: Vec::new(),
            next_file: 0,
            clients: Clients::default(),
            config,
            at_rest: false,
            just_started: false,
        })
    }

    /// Installs another release of KMDF than 1.31, by its minor version, before the driver is started.
    ///
    /// It is a request of the host's: a replay token does not name it.
    ///
    /// # Errors
    ///
    /// [`SetupError::Config`] where no release has this version, or the driver is bound to the one that is there.
    pub fn install_framework(&mut self, minor: u32) -> Result<(), SetupError> {
        let refused = |what: String| Err(SetupError::Config(what));
        let Some(release) = Release::find(minor) else {
            return refused(format!("there is no KMDF 1.{minor}"));
        };
        let wdf = &mut self.system_mut().wdf;
        if wdf.driver.bound_minor.is_some() {
            return refused("the driver is bound to the framework that is there".to_owned());
        }
        wdf.release = release;
        Ok(())
    }

    fn load_image(guest: &mut Guest, system: &mut System, image: &Image) -> Result<(), SetupError> {
        let failed = |failure: Failure| SetupError::Emulator(failure.message);
        let mut memory = image.relocated(layout::IMAGE_BASE);
        let is_port = |module: &str| module.eq_ignore_ascii_case(crate::video_port::MODULE);
        if image.imports().iter().any(|import| is_port(&import.module)) {
            let foreign = image.imports().iter();
            let foreign: Vec<_> = foreign
                .filter(|import| !is_port(&import.module))
                .map(|import| format!("{}!{}", import.module, import.name))
                .collect();
            if !foreign.is_empty() {
                return Err(SetupError::ForeignImports(foreign));
            }
        }
        for import in image.imports() {
            let address = system
                .import_address(guest, &import.module, &import.name)
                .map_err(failed)?;
            let at = import.iat_rva as usize;
            memory[at..at + 8].copy_from_slice(&address.to_le_bytes());
        }
        system.kernel.apply_load_config(&mut memory);
        for section in image.sections().iter().filter(|section| !lasts(section)) {
            write_section(guest, section, &memory).map_err(failed)?;
        }
        system
            .kernel
            .load_declared(image, &memory)
            .map_err(failed)?;
        Ok(())
    }
}
