//! The simulator: every session boots a machine of its own and ends with the driver unloaded.

mod comparing;
mod kept;
mod recorder;
#[cfg(test)]
mod restored;
mod session;
mod simulated;

use std::path::Path;

use nt_model::{Config, Failure, Finding, Rules, Strategy};
use ntsim::device::edu::Edu;
use ntsim::{Image, Machine, TraceSession};

pub(super) use self::comparing::Comparing;
pub use self::comparing::Comparison;
use self::kept::{Kind, Start};
pub(crate) use self::recorder::Booted;
pub use self::recorder::{Recorded, Recorder};
use self::session::SimSession;
use super::{Asked, Facts, SelectError, Session, Setup, Target, Variant, VideoPlace, video};
use crate::cli::PlaceArgs;
use crate::interrupt;
use crate::seed::Seeds;

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
    /// Where what machines did is kept, if it is.
    recorder: Option<Recorder>,
}

impl SimTarget {
    /// Loads the image that the command line names.
    pub(super) fn new(place: &PlaceArgs, asked: Asked<'_>) -> Result<Self, SelectError> {
        let replay = asked
            .replay
            .map(|token| {
                Config::from_token(token)
                    .map_err(|error| SelectError::Usage(format!("--replay {token}: {error}")))
            })
            .transpose()?;
        let base = config(place)?;
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
            Some(config) => vec![Variant::simulated(config.interrupt, config.strategy)],
            None => Variant::SIMULATED.into(),
        };
        // An image that no machine takes, say for an import that it lacks, is found before a test.
        let policy = Some(probe.policy);
        Machine::new(probe, &image, Box::new(Edu::new())).map_err(|error| {
            SelectError::Missing(format!("the simulator cannot take the image: {error}"))
        })?;
        Ok(Self {
            facts: Facts {
                name: "sim",
                variants,
                fresh_per_test: true,
                policy,
                processors: Some(processors),
                replayed: replay.as_ref().map(|config| Seeds {
                    start: config.seed,
                    behind: config.behind,
                }),
            },
            image,
            video: video::load(place)?,
            base,
            replay,
            trace: asked.trace,
            recorder: asked.pictures.then(Recorder::default),
        })
    }

    /// The same image under other policies.
    pub(super) fn under(&self, policies: &[String]) -> Result<Self, SelectError> {
        let base = under(&self.base, policies)?;
        Ok(Self {
            facts: Facts {
                policy: Some(base.policy),
                ..self.facts.clone()
            },
            image: self.image.clone(),
            video: self.video.clone(),
            base,
            replay: None,
            trace: self.trace,
            recorder: self.recorder.clone(),
        })
    }

    fn config(&self, variant: Variant, seeds: Seeds) -> Config {
        let Seeds {
            start: seed,
            behind,
        } = seeds;
        if let Some(replay) = &self.replay {
            // The seeds are the token's, but for the machines that a test boots after its first.
            return Config {
                seed,
                behind,
                ..replay.clone()
            };
        }
        Config {
            strategy: variant.schedule.unwrap_or(Strategy::RunUntilBlocked),
            seed,
            behind,
            interrupt: variant.resource,
            ..self.base.clone()
        }
    }
}

/// The machine that the command line asks for: its rules and policies.
pub(crate) fn config(place: &PlaceArgs) -> Result<Config, SelectError> {
    let rules = Rules::ALL
        .without_named(&place.without)
        .map_err(|error| SelectError::Usage(format!("--without: {error}")))?;
    let all = Config {
        rules,
        ..Config::default()
    };
    under(&all, &place.policy)
}

/// Sets a machine up as a test wants it, but for its policy, before the driver is loaded.
pub(crate) fn set_up(machine: &mut Machine, setup: &Setup) -> Result<(), Failure> {
    if !setup.whea {
        machine.disable_whea();
    }
    for (name, value) in &setup.parameters {
        machine.set_parameter(name, *value);
    }
    for (id, kind) in &setup.sources {
        machine.add_error_source(*id, *kind)?;
    }
    if setup.earlier_plugin != 0 {
        machine.register_other_plugin(setup.earlier_plugin);
    }
    Ok(())
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

/// The image that the command line names.
pub(crate) fn load(place: &PlaceArgs) -> Result<Image, SelectError> {
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
    fn video(&self, variant: Variant, seeds: Seeds) -> Result<VideoPlace<'_>, String> {
        match &self.video {
            Some(image) => Ok(VideoPlace {
                image,
                // Its machines start in few instructions: each of them has one seed from the beginning.
                config: self.config(variant, seeds.beside().into()),
                replayed: self.replay.is_some(),
                chosen: !self.base.chosen().is_empty(),
                comparison: None,
                recorder: self.recorder.as_ref(),
            }),
            None => Err(video::MISSING.to_owned()),
        }
    }

    fn interrupted(&self) -> bool {
        interrupt::interrupted()
    }

    fn recorded(&self) -> Option<Recorded> {
        self.recorder.as_ref()?.take()
    }

    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn shared(&self) -> Option<&(dyn Target + Sync)> {
        // What one machine tells is told of one machine at a time.
        let alone = self.trace || self.recorder.is_some();
        (!alone).then_some(self)
    }

    fn end_test(&self) {
        kept::release();
    }

    fn token(&self, variant: Variant, seeds: Seeds) -> Option<String> {
        Some(self.config(variant, seeds).token())
    }

    fn begin(&self, variant: Variant, seeds: Seeds) -> Result<Box<dyn Session>, Failure> {
        let session = self.session(variant, seeds, &Setup::default())?;
        Ok(Box::new(session))
    }

    fn begin_on(
        &self,
        variant: Variant,
        seeds: Seeds,
        setup: &Setup,
    ) -> Result<Option<Box<dyn Session>>, Failure> {
        let session = self.session(variant, seeds, setup)?;
        Ok(Some(Box::new(session)))
    }
}

impl SimTarget {
    /// A session behind a start that was kept, where only what is behind the start is drawn anew; else on a machine that was
    /// just switched on. A test cannot tell: the logs are the same.
    fn session(
        &self,
        variant: Variant,
        seeds: Seeds,
        setup: &Setup,
    ) -> Result<SimSession, Failure> {
        let Some(behind) = seeds.behind.filter(|_| self.shared().is_some()) else {
            return self.boot(variant, seeds, setup, |_| ());
        };
        let config = self.machine(variant, seeds, setup);
        let kind = Kind::new(&self.image, &config, setup);
        let booted = if let Some((machine, start)) = kept::take(&kind, behind)? {
            Booted::behind(machine, start)
        } else {
            let mut machine = self.started(config, setup, |_| ())?;
            let start = Start::keep(&mut machine, kind)?;
            machine.begins_again_from(start);
            machine
        };
        Ok(SimSession::new(booted))
    }

    fn boot(
        &self,
        variant: Variant,
        seeds: Seeds,
        setup: &Setup,
        watch: impl FnOnce(&mut Machine),
    ) -> Result<SimSession, Failure> {
        let config = self.machine(variant, seeds, setup);
        let machine = self.started(config, setup, watch)?;
        Ok(SimSession::new(machine))
    }

    /// What the machine is.
    fn machine(&self, variant: Variant, seeds: Seeds, setup: &Setup) -> Config {
        let mut config = self.config(variant, seeds);
        if let Some(policy) = setup.policy {
            config.policy = policy;
        }
        config
    }

    /// A machine that has started.
    fn started(
        &self,
        config: Config,
        setup: &Setup,
        watch: impl FnOnce(&mut Machine),
    ) -> Result<Booted, Failure> {
        let machine = Machine::new(config, &self.image, Box::new(Edu::new()))
            .map_err(|error| Failure::new(Finding::SetUp, error.to_string()))?;
        let mut machine = Booted::new(machine, self.recorder.as_ref(), &self.image);
        watch(&mut machine);
        if let Some(flag) = interrupt::flag() {
            machine.end_on(flag);
        }
        set_up(&mut machine, setup)?;
        if self.trace {
            anstream::eprintln!("events with the token {}:", machine.config().token());
            machine.tell(|event| anstream::eprintln!("{event}"));
            machine.listen(Some(TraceSession::ALL))?;
        }
        machine.start()?;
        Ok(machine)
    }
}
