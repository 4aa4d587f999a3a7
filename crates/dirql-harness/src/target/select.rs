//! From the command line to a target, or to what is missing for it.

use core::fmt;

use nt_model::InterruptResource;

#[cfg(feature = "sim")]
use super::sim::{Comparing, SimTarget};
use super::{Target, Variant, device};
use crate::cli::{PlaceArgs, TargetKind};

/// Why there is no target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectError {
    /// The command line asks for what cannot be.
    Usage(String),
    /// Something that is needed is missing: what, and what to do.
    Missing(String),
}

impl fmt::Display for SelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::Missing(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for SelectError {}

/// How the simulator is to run, besides where and on what.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// A token that a failure printed.
    pub replay: Option<&'a str>,
    /// The driver's events are to be shown.
    pub trace: bool,
    /// Each test runs twice, with other bytes in uninitialized memory the second time.
    pub uninitialized: bool,
    /// What happens is to be drawn.
    pub pictures: bool,
}

/// The target that the command line asks for.
///
/// # Errors
///
/// [`SelectError`] where the target cannot be had.
pub fn select(place: &PlaceArgs, asked: Asked<'_>) -> Result<Box<dyn Target>, SelectError> {
    match place.target {
        TargetKind::Device if asked.replay.is_some() => Err(SelectError::Usage(
            "--replay boots the simulator as a token says; no token makes a real machine run \
             the same schedule again"
                .to_owned(),
        )),
        TargetKind::Device if !place.without.is_empty() => Err(SelectError::Usage(
            "--without switches a rule of the simulator off; a real machine checks what it checks"
                .to_owned(),
        )),
        TargetKind::Device if asked.trace => Err(SelectError::Usage(
            "--trace listens to the driver in the simulator; on Windows a recorder does, say \
             `wpr -start dirql.wprp -filemode`"
                .to_owned(),
        )),
        TargetKind::Device if asked.pictures => Err(SelectError::Usage(
            "--perfetto and --html draw what processors do, which only a simulated machine lets itself be watched at"
                .to_owned(),
        )),
        TargetKind::Device if !place.policy.is_empty() => Err(SelectError::Usage(
            "--policy chooses what the simulated system does; a real one does what it does"
                .to_owned(),
        )),
        TargetKind::Device if asked.uninitialized => Err(SelectError::Usage(
            "--uninitialized says what uninitialized memory holds, which only a simulated system lets itself be told"
                .to_owned(),
        )),
        TargetKind::Device => device::find(),
        TargetKind::Sim => simulator(place, asked),
    }
}

/// The simulator, where this build has it.
fn simulator(place: &PlaceArgs, asked: Asked<'_>) -> Result<Box<dyn Target>, SelectError> {
    cfg_select! {
        feature = "sim" => {{
            let target = SimTarget::new(place, asked)?;
            Ok(if asked.uninitialized {
                Box::new(Comparing::new(target))
            } else {
                Box::new(target)
            })
        }}
        _ => {{
            let _ = (place, asked);
            Err(no_simulator())
        }}
    }
}

/// The simulator under each of several choices of policies, from one image.
///
/// # Errors
///
/// [`SelectError`] where the simulator cannot be had, or something cannot be chosen.
#[cfg(feature = "sim")]
pub fn select_under(
    place: &PlaceArgs,
    policies: &[Vec<String>],
) -> Result<Vec<Box<dyn Target + Send + Sync>>, SelectError> {
    if place.target == TargetKind::Device {
        return Err(SelectError::Usage(
            "--every-policy is about what the simulated system does; a real one does what it does"
                .to_owned(),
        ));
    }
    let target = SimTarget::new(place, Asked::default())?;
    policies
        .iter()
        .map(
            |chosen| -> Result<Box<dyn Target + Send + Sync>, SelectError> {
                Ok(Box::new(target.under(chosen)?))
            },
        )
        .collect()
}

/// The variants of a target, for a list of the tests: the simulator's are known without an image, and a device's without
/// the device, which then has one of them.
///
/// # Errors
///
/// [`SelectError`] where this build has no such target.
pub fn advertised_variants(kind: TargetKind) -> Result<Vec<Variant>, SelectError> {
    match kind {
        TargetKind::Device if cfg!(windows) => {
            Ok([InterruptResource::Line, InterruptResource::Message]
                .map(Variant::real)
                .into())
        }
        TargetKind::Device => device::find().map(|target| target.facts().variants.clone()),
        TargetKind::Sim if cfg!(feature = "sim") => Ok(Variant::SIMULATED.into()),
        TargetKind::Sim => Err(no_simulator()),
    }
}

fn no_simulator() -> SelectError {
    SelectError::Missing(
        "this dirql was built without the simulator: build it with the feature `sim`, or use \
         --target device on Windows"
            .to_owned(),
    )
}
