//! An entry of a table of exports, and the floors that have the routines.

use nt_model::Failure;

use crate::{
    guest::Guest,
    system::{Flow, System},
};

/// The routine behind an export.
pub(in crate::system) type Routine = fn(&mut System, &mut Guest) -> Result<Flow, Failure>;

/// An export of the kernel, or a function of the framework.
#[derive(Clone, Copy)]
pub(in crate::system) struct Export {
    pub(in crate::system) module: &'static str,
    pub(in crate::system) name: &'static str,
    /// The lowest and the highest IRQL at which it may be called.
    pub(in crate::system) irql: (u8, u8),
    pub(in crate::system) routine: Routine,
}

/// The floors that have the routines of the tables, each as a routine sees it.
pub(super) mod floor {
    use crate::{
        etw::Tracing,
        system::{Above, Kernel, System},
        video_port::PortDriver,
        wdf::Framework,
        whea::HardwareErrors,
    };

    pub(in crate::system::exports) fn kernel(system: &mut System) -> &mut Kernel {
        &mut system.kernel
    }

    /// All of them, for what looks at the tables themselves.
    pub(in crate::system::exports) fn system(system: &mut System) -> &mut System {
        system
    }

    pub(in crate::system::exports) fn framework(system: &mut System) -> Framework<'_, Above> {
        system.framework()
    }

    pub(in crate::system::exports) fn hardware_errors(
        system: &mut System,
    ) -> HardwareErrors<'_, Above> {
        system.hardware_errors()
    }

    pub(in crate::system::exports) fn tracing(system: &mut System) -> Tracing<'_, Above> {
        system.tracing()
    }

    pub(in crate::system::exports) fn port_driver(system: &mut System) -> PortDriver<'_, Above> {
        system.port_driver()
    }
}
