//! The simulator: every session boots a machine of its own and ends with the driver unloaded.

mod fault;
mod life;
mod session;
mod trace;

use std::path::Path;

use dirql_ioctl::connection::Kind;
use ntsim::device::edu::Edu;
use ntsim::{Config, Image, InterruptResource, Machine, Policy, Rules, Strategy, UnknownKind};

pub(super) use self::session::SimSession;
use self::session::misuse;
use super::{
    Facts, Fault, Resource, Schedule, SelectError, Session, Setup, Target, Variant, VideoPlace,
    sim_whea::source_kind, video,
};
use crate::cli::PlaceArgs;
use crate::interrupt;

/// A driver image in the simulator.
pub(super) struct SimTarget {
    facts: Facts,
    image: Image,
    /// The video miniport, where it stands beside the driver.
    video: Option<Image>,
    /// What every machine has, whatever the variant and the seed: rules and policies.
    base: Config,
    replay: Option<Config>,
    /// Whether the driver's events are shown.
    trace: bool,
}

impl SimTarget {
    /// Loads the image that the command line names.
    pub(super) fn new(
        place: &PlaceArgs,
        replay: Option<&str>,
        trace: bool,
    ) -> Result<Self, SelectError> {
        let replay = replay
            .map(|token| {
                Config::from_token(token)
                    .map_err(|error| SelectError::Usage(format!("--replay {token}: {error}")))
            })
            .transpose()?;
        let rules = place
            .without
            .iter()
            .try_fold(Rules::ALL, |rules, name| rules.without(name))
            .map_err(|error| SelectError::Usage(format!("--without: {error}")))?;
        let base = under(
            &Config {
                rules,
                ..Config::default()
            },
            &place.policy,
        )?;
        let contradicted = [
            (
                "policy",
                place.policy.is_empty(),
                "under which policies the machine runs",
            ),
            (
                "without",
                place.without.is_empty(),
                "which rules are checked",
            ),
        ];
        for (option, unused, said) in contradicted {
            if replay.is_some() && !unused {
                return Err(SelectError::Usage(format!(
                    "--{option}: the token of --replay says {said}; leave the option out"
                )));
            }
        }
        let image = load(place)?;
        let probe = replay.clone().unwrap_or_else(|| base.clone());
        let processors = probe.cpus.into();
        let variants = match &replay {
            Some(config) => vec![variant(config)],
            None => Variant::SIMULATED.into(),
        };
        // An image that no machine takes, say for an import that it lacks, is found before a test.
        let unknown_kind = unknown_kind(&probe);
        Machine::new(probe, &image, Box::new(Edu::new())).map_err(|error| {
            SelectError::Missing(format!("the simulator cannot take the image: {error}"))
        })?;
        Ok(Self {
            facts: Facts {
                name: "sim",
                variants,
                fresh_per_test: true,
                unknown_kind,
                processors: Some(processors),
                replayed_seed: replay.as_ref().map(|config| config.seed),
            },
            image,
            video: video::load(place)?,
            base,
            replay,
            trace,
        })
    }

    /// The same image under other policies.
    pub(super) fn under(&self, policies: &[String]) -> Result<Self, SelectError> {
        let base = under(&self.base, policies)?;
        Ok(Self {
            facts: Facts {
                unknown_kind: unknown_kind(&base),
                ..self.facts.clone()
            },
            image: self.image.clone(),
            video: self.video.clone(),
            base,
            replay: None,
            trace: self.trace,
        })
    }

    fn config(&self, variant: Variant, seed: u64) -> Config {
        if let Some(replay) = &self.replay {
            // The seed is the token's, but for the machines that a test boots after its first.
            return Config {
                seed,
                ..replay.clone()
            };
        }
        Config {
            strategy: match variant.schedule {
                Some(Schedule::Random) => Strategy::Random,
                Some(Schedule::Blocked) | None => Strategy::RunUntilBlocked,
            },
            seed,
            interrupt: match variant.resource {
                Resource::Line => InterruptResource::Line,
                Resource::Message => InterruptResource::Message,
            },
            ..self.base.clone()
        }
    }
}

/// A configuration with choices made, each written `NAME=VALUE`.
fn under(base: &Config, policies: &[String]) -> Result<Config, SelectError> {
    let mut config = base.clone();
    config.choose_all(policies).map_err(|error| {
        SelectError::Usage(format!(
            "--policy: {error}; `dirql policies` says what each is about"
        ))
    })?;
    Ok(config)
}

/// The kind of connection that the system of a configuration does not know.
fn unknown_kind(config: &Config) -> Option<Kind> {
    config
        .policy
        .unknown_kind
        .version()
        .and_then(Kind::from_u32)
}

fn variant(config: &Config) -> Variant {
    Variant::simulated(
        match config.interrupt {
            InterruptResource::Line => Resource::Line,
            InterruptResource::Message => Resource::Message,
        },
        match config.strategy {
            Strategy::Random => Schedule::Random,
            Strategy::RunUntilBlocked => Schedule::Blocked,
        },
    )
}

fn load(place: &PlaceArgs) -> Result<Image, SelectError> {
    let Some(image) = &place.image else {
        return Err(SelectError::Missing(
            "no driver image: give --image PATH or set DIRQL_IMAGE; `cargo xtask build` builds \
             the image and prints its path"
                .to_owned(),
        ));
    };
    if !image.is_file() {
        return Err(SelectError::Missing(format!(
            "there is no driver image at {}: `cargo xtask build` builds it and prints its path",
            image.display()
        )));
    }
    read(image, place.pdb.as_deref())
}

/// The image with the PDB that was asked for, which must be there, else with the one beside it. Where there is none,
/// it says that reports will have no lines, and why.
pub(super) fn read(image: &Path, asked: Option<&Path>) -> Result<Image, SelectError> {
    let read = match asked {
        Some(pdb) if pdb.is_file() => Image::load(image, Some(pdb)),
        Some(pdb) => {
            return Err(SelectError::Missing(format!(
                "there is no PDB at {}: `cargo xtask build` leaves it beside the image",
                pdb.display()
            )));
        }
        None => Image::load_beside(image).map(|(image, no_lines)| {
            if let Some(why) = no_lines {
                eprintln!("note: {why}");
            }
            image
        }),
    };
    read.map_err(|error| SelectError::Missing(error.to_string()))
}

impl Target for SimTarget {
    fn video(&self, variant: Variant, seed: u64) -> Result<VideoPlace<'_>, String> {
        match &self.video {
            Some(image) => Ok(VideoPlace {
                image,
                config: self.config(variant, seed),
                replayed: self.replay.is_some(),
                chosen: !self.base.chosen().is_empty(),
            }),
            None => Err(video::MISSING.to_owned()),
        }
    }

    fn interrupted(&self) -> bool {
        interrupt::interrupted()
    }

    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn token(&self, variant: Variant, seed: u64) -> Option<String> {
        Some(self.config(variant, seed).token())
    }

    fn begin(&self, variant: Variant, seed: u64) -> Result<Box<dyn Session>, Fault> {
        self.boot(variant, seed, &Setup::default())
    }

    fn begin_on(
        &self,
        variant: Variant,
        seed: u64,
        setup: &Setup,
    ) -> Result<Option<Box<dyn Session>>, Fault> {
        self.boot(variant, seed, setup).map(Some)
    }
}

impl SimTarget {
    fn boot(&self, variant: Variant, seed: u64, setup: &Setup) -> Result<Box<dyn Session>, Fault> {
        let mut config = self.config(variant, seed);
        if let Some(policy) = setup.policy {
            config.policy = Policy {
                lock_held_in_retrieval: policy.lock_held_in_retrieval,
                lock_held_in_record: policy.lock_held_in_record,
                descriptor_matched_by_id: policy.descriptor_matched_by_id,
                errors_on_one_processor: policy.errors_on_one_processor,
                ..config.policy
            };
        }
        if let Some((kind, not_supported)) = setup.unknown_kind {
            config.policy = Policy {
                unknown_kind: match kind {
                    Kind::FullySpecified => UnknownKind::FullySpecified,
                    Kind::Line => UnknownKind::LineBased,
                    Kind::Message => UnknownKind::MessageBased,
                    Kind::FullySpecifiedGroup => UnknownKind::FullySpecifiedGroup,
                },
                unknown_kind_not_supported: not_supported,
                ..config.policy
            };
        }
        let mut machine = Machine::new(config, &self.image, Box::new(Edu::new()))
            .map_err(|error| Fault::new("set-up", error.to_string()))?;
        if let Some(flag) = interrupt::flag() {
            machine.end_on(flag);
        }
        if !setup.whea {
            machine.disable_whea();
        }
        for (name, value) in &setup.parameters {
            machine.set_parameter(name, *value);
        }
        for (id, kind) in &setup.sources {
            machine.add_error_source(*id, source_kind(*kind))?;
        }
        if setup.earlier_plugin != 0 {
            machine.register_other_plugin(setup.earlier_plugin);
        }
        if self.trace {
            trace::show(&mut machine)?;
        }
        machine.start()?;
        Ok(Box::new(SimSession::new(machine)))
    }
}
