//! `WDF_OBJECT_ATTRIBUTES`, as a driver gives it.

use nt_model::{Failure, Rule, Status};

use crate::guest::Guest;

/// An execution level or a synchronization scope that is the parent's.
const INHERITED: u32 = 1;
/// `WdfExecutionLevelPassive`.
pub(crate) const PASSIVE_LEVEL: u32 = 2;

/// `WDF_SYNCHRONIZATION_SCOPE`, without that of the parent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Callbacks of all queues, and what is serialized with the device, one at a time.
    Device,
    /// Callbacks of a queue one at a time.
    Queue,
    /// The framework takes no lock for a callback.
    #[default]
    None,
}

/// At which level, and how synchronized, callbacks of an object are called (`IFxHasCallbacks::GetConstraints`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Constraints {
    /// At PASSIVE alone.
    pub(in crate::wdf) passive: bool,
    pub(in crate::wdf) scope: Scope,
}

/// `WDF_OBJECT_ATTRIBUTES` (56 bytes), read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attributes {
    pub(crate) cleanup: u64,
    pub(crate) destroy: u64,
    pub(crate) execution_level: u32,
    pub(crate) synchronization_scope: u32,
    pub(crate) parent: u64,
    pub(in crate::wdf) size_override: u64,
    pub(in crate::wdf) type_info: u64,
}

impl Attributes {
    /// `WDF_OBJECT_ATTRIBUTES.Size`.
    pub(in crate::wdf) const SIZE: u32 = 56;

    pub(crate) fn read(guest: &Guest, at: u64) -> Result<Self, Failure> {
        if at == 0 {
            return Ok(Self {
                execution_level: INHERITED,
                synchronization_scope: INHERITED,
                ..Self::default()
            });
        }
        let size = guest.read_u32(at)?;
        if size != Self::SIZE {
            return Err(Failure::new(
                Rule::BadArgument,
                format!(
                    "WDF_OBJECT_ATTRIBUTES has the size {size}, not {}",
                    Self::SIZE
                ),
            ));
        }
        Ok(Self {
            cleanup: guest.read_u64(at + 8)?,
            destroy: guest.read_u64(at + 16)?,
            execution_level: guest.read_u32(at + 24)?,
            synchronization_scope: guest.read_u32(at + 28)?,
            parent: guest.read_u64(at + 32)?,
            size_override: guest.read_u64(at + 40)?,
            type_info: guest.read_u64(at + 48)?,
        })
    }
}

/// What attributes may say of an object of a kind (`FxValidateObjectAttributes`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// Neither an execution level nor a synchronization scope.
    Neither,
    /// An execution level.
    Level,
    /// Both.
    Both,
}

impl Attributes {
    /// Reads the attributes of an object whose kind allows so much.
    ///
    /// # Errors
    ///
    /// The status with which the framework refuses them.
    pub(in crate::wdf) fn read_for(
        guest: &Guest,
        at: u64,
        allowed: Allowed,
    ) -> Result<Result<Self, Status>, Failure> {
        let attributes = Self::read(guest, at)?;
        let (level, scope) = (attributes.execution_level, attributes.synchronization_scope);
        Ok(
            if !(INHERITED..=3).contains(&level) || !(INHERITED..=4).contains(&scope) {
                Err(Status::WDF_OBJECT_ATTRIBUTES_INVALID)
            } else if allowed != Allowed::Both && ![INHERITED, 4].contains(&scope) {
                Err(Status::WDF_SYNCHRONIZATION_SCOPE_INVALID)
            } else if allowed == Allowed::Neither && level != INHERITED {
                Err(Status::WDF_EXECUTION_LEVEL_INVALID)
            } else {
                Ok(attributes)
            },
        )
    }

    /// Whether the object's callbacks are at PASSIVE by these attributes.
    pub(in crate::wdf) const fn is_passive(&self) -> bool {
        self.execution_level == PASSIVE_LEVEL
    }

    /// What holds for an object whose parent's is `parent`.
    pub(in crate::wdf) const fn constraints(&self, parent: Constraints) -> Constraints {
        Constraints {
            passive: match self.execution_level {
                INHERITED => parent.passive,
                level => level == PASSIVE_LEVEL,
            },
            scope: match self.synchronization_scope {
                2 => Scope::Device,
                3 => Scope::Queue,
                INHERITED => parent.scope,
                _ => Scope::None,
            },
        }
    }
}
