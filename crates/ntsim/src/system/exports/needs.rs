//! What an image needs of NT, and what the simulator has of it.

use std::fmt;

use image::Image;

use crate::system::exports::{lookup, variables};

/// Something that an image imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The module, as the image spells it.
    pub module: String,
    /// The routine or the variable.
    pub name: String,
    /// What the simulator has of it.
    pub support: Support,
    /// Parameters and result, where a header declares the routine.
    pub signature: Option<String>,
}

/// What the simulator has of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// The routine, or the variable, is modelled.
    Modelled,
    /// The routine is known by name alone: a call of it ends the run.
    RoutineByName,
    /// The variable is known by name alone: an access to it ends the run.
    VariableByName,
    /// Not even the name is known: a call or an access ends the run.
    Unknown,
}

impl fmt::Display for Support {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Modelled => "modelled",
            Self::RoutineByName => "not modelled",
            Self::VariableByName => "not modelled, a variable",
            Self::Unknown => "unknown",
        })
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature = self.signature.as_deref().unwrap_or_default();
        write!(
            f,
            "{}: {}!{}{signature}",
            self.support, self.module, self.name
        )
    }
}

/// What an image imports, in the order of its tables; nothing of it runs.
#[must_use]
pub fn needs(image: &Image) -> Vec<Need> {
    let need = |module: &str, name: &str| {
        let declared = lookup::declaration(module, name);
        let variable = variables::find(module, name);
        let modelled = variable.is_some_and(|variable| variable.value.is_some());
        let support = if lookup::modelled(module, name).is_some() || modelled {
            Support::Modelled
        } else if variable.is_some() {
            Support::VariableByName
        } else if declared.is_some() {
            Support::RoutineByName
        } else {
            Support::Unknown
        };
        Need {
            module: module.to_owned(),
            name: name.to_owned(),
            support,
            signature: declared.and_then(|declared| declared.signature.clone()),
        }
    };
    let imports = image.imports().iter();
    imports
        .map(|import| need(&import.module, &import.name))
        .collect()
}
