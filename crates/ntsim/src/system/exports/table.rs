//! An entry of a table of exports, and the floors that have the routines.

use nt_model::{Failure, Rule};

use crate::{
    declared::Declaration,
    guest::Guest,
    kernel::state::log::Argument,
    system::{Flow, System},
};

/// The routine behind an export.
pub(in crate::system) type Routine = fn(&mut System, &mut Guest) -> Result<Flow, Failure>;

/// An export that is modelled: the data that declares it has everything else of it.
pub(in crate::system::exports) struct Row {
    pub(in crate::system::exports) name: &'static str,
    /// IRQLs that are checked in the place of those of the data: one or none.
    pub(in crate::system::exports) narrowed: &'static [Narrowed],
    pub(in crate::system::exports) routine: Routine,
}

/// IRQLs within those of the declaration, and why no others will do.
pub(in crate::system::exports) struct Narrowed {
    pub(in crate::system::exports) irql: (u8, u8),
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "it is there to be read in the table")
    )]
    pub(in crate::system::exports) why: &'static str,
}

/// Declares rows: `NAME = FLOOR.ROUTINE`, or `NAME(LOWEST, HIGHEST, WHY) = FLOOR.ROUTINE` where less is allowed than the
/// declaration says.
macro_rules! rows {
    ($($name:ident $(($low:expr, $high:expr, $why:literal))? = $floor:ident.$routine:ident;)*) => {
        &[
            $(crate::system::exports::table::Row {
                name: stringify!($name),
                narrowed: &[$(crate::system::exports::table::Narrowed { irql: ($low, $high), why: $why })?],
                routine: |it, guest| crate::system::exports::table::floor::$floor(it).$routine(guest),
            },)*
        ]
    };
}

pub(in crate::system::exports) use rows;

/// An export of a module, or a function of the framework.
#[derive(Clone, Copy)]
pub(in crate::system) struct Export {
    pub(in crate::system) declaration: &'static Declaration,
    /// The lowest and the highest IRQL at which it may be called.
    pub(in crate::system) irql: (u8, u8),
    pub(in crate::system) routine: Routine,
}

impl Export {
    /// The export of a row.
    pub(in crate::system::exports) fn of(row: &Row, declaration: &'static Declaration) -> Self {
        let narrowed = row.narrowed.first().map(|narrowed| narrowed.irql);
        Self {
            declaration,
            irql: narrowed.unwrap_or(declaration.irql),
            routine: row.routine,
        }
    }

    /// What a call passes, as the declaration has it: the bits of each parameter, and none where it is not known.
    pub(in crate::system::exports) fn arguments(
        &self,
        guest: &Guest,
    ) -> Result<Box<[Argument]>, Failure> {
        let parameters = self.declaration.parameters.iter().flatten();
        let of_each = parameters.enumerate().map(|(index, parameter)| {
            Ok(Argument {
                bits: parameter.of_slot(guest.argument(index)?),
                bytes: parameter.bytes,
                is_signed: parameter.is_signed,
            })
        });
        of_each.collect()
    }

    /// What a call at IRQL `level` breaks; none where it may be called there.
    pub(in crate::system::exports) fn refuses(&self, level: u8) -> Option<Failure> {
        let (lowest, highest) = self.irql;
        if (lowest..=highest).contains(&level) {
            return None;
        }
        let range = if lowest == highest {
            format!("at IRQL {lowest} only")
        } else {
            format!("from IRQL {lowest} to {highest}")
        };
        let name = self.declaration.name;
        Some(Failure::new(
            Rule::Irql,
            format!(
                "{name} was called at IRQL {level}; it may be called {range} (0 is PASSIVE_LEVEL, 1 APC_LEVEL, 2 DISPATCH_LEVEL, \
                 and a device's is above)"
            ),
        ))
    }
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
