//! The simulator: every session boots a machine of its own and ends with the driver unloaded.

mod fault;
mod life;
mod trace;

use std::path::{Path, PathBuf};
use std::time::Duration;

use dirql_ioctl::{ControlCode, Status};
use ntsim::device::edu::Edu;
use ntsim::{
    Config, FileId, Image, InterruptResource, Machine, Policy, RequestId, Rules, Strategy,
};

use super::{
    Answer, Completion, Facts, Fault, Handle, Life, OpenAccess, Platform, Resource, Schedule,
    SelectError, Session, Setup, Simulated, Target, Ticket, Variant, VideoPlace,
    sim_whea::source_kind, video,
};
use crate::cli::PlaceArgs;

/// A driver image in the simulator.
pub(super) struct SimTarget {
    facts: Facts,
    image: Image,
    /// The video miniport, where it stands beside the driver.
    video: Option<Image>,
    rules: Rules,
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
        let image = load(place)?;
        let probe = replay.clone().unwrap_or_default();
        let processors = probe.cpus.into();
        let variants = match &replay {
            Some(config) => vec![variant(config)],
            None => Variant::SIMULATED.into(),
        };
        // An image that no machine takes, say for an import that it lacks, is found before a test.
        Machine::new(probe, &image, Box::new(Edu::new())).map_err(|error| {
            SelectError::Missing(format!("the simulator cannot take the image: {error}"))
        })?;
        Ok(Self {
            facts: Facts {
                name: "sim",
                variants,
                fresh_per_test: true,
                processors: Some(processors),
                replayed_seed: replay.as_ref().map(|config| config.seed),
            },
            image,
            video: video::load(place)?,
            rules,
            replay,
            trace,
        })
    }

    fn config(&self, variant: Variant, seed: u64) -> Config {
        self.replay.clone().unwrap_or_else(|| Config {
            strategy: match variant.schedule {
                Some(Schedule::Random) => Strategy::Random,
                Some(Schedule::Blocked) | None => Strategy::RunUntilBlocked,
            },
            seed,
            interrupt: match variant.resource {
                Resource::Line => InterruptResource::Line,
                Resource::Message => InterruptResource::Message,
            },
            rules: self.rules,
            ..Config::default()
        })
    }
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
    let pdb = pdb(image, place.pdb.as_deref())?;
    Image::load(image, pdb.as_deref()).map_err(|error| SelectError::Missing(error.to_string()))
}

/// The PDB that was asked for, which must be there, else the one beside the image if it is there.
pub(super) fn pdb(image: &Path, asked: Option<&Path>) -> Result<Option<PathBuf>, SelectError> {
    match asked {
        Some(pdb) if pdb.is_file() => Ok(Some(pdb.to_owned())),
        Some(pdb) => Err(SelectError::Missing(format!(
            "there is no PDB at {}: `cargo xtask build` leaves it beside the image",
            pdb.display()
        ))),
        None => Ok(Some(image.with_extension("pdb")).filter(|pdb| pdb.is_file())),
    }
}

impl Target for SimTarget {
    fn video(&self, variant: Variant, seed: u64) -> Result<VideoPlace<'_>, String> {
        match &self.video {
            Some(image) => Ok(VideoPlace {
                image,
                config: self.config(variant, seed),
                replayed: self.replay.is_some(),
            }),
            None => Err(video::MISSING.to_owned()),
        }
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
        let mut machine =
            Machine::new(config, &self.image, Box::new(Edu::new())).map_err(|error| Fault {
                rule: "set-up".to_owned(),
                message: error.to_string(),
                location: None,
            })?;
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
        Ok(Box::new(SimSession {
            machine,
            files: Vec::new(),
            requests: Vec::new(),
        }))
    }
}

impl From<ntsim::Failure> for Fault {
    fn from(failure: ntsim::Failure) -> Self {
        Self {
            rule: failure.rule.to_owned(),
            message: failure.message,
            location: failure.location,
        }
    }
}

impl From<ntsim::Completion> for Completion {
    fn from(completion: ntsim::Completion) -> Self {
        let mut output = completion.output;
        output.truncate(completion.information);
        Self {
            answer: Answer::Exact(Status(completion.status)),
            information: completion.information,
            output,
        }
    }
}

/// A booted machine. Handles and tickets are indices; what is spent is `None`.
pub(super) struct SimSession {
    pub(super) machine: Machine,
    files: Vec<Option<FileId>>,
    requests: Vec<Option<RequestId>>,
}

impl SimSession {
    fn file(&self, handle: Handle) -> Result<FileId, Fault> {
        self.files
            .get(handle.0)
            .copied()
            .flatten()
            .ok_or_else(|| misuse("a handle was used that is not open"))
    }

    fn request(&self, ticket: Ticket) -> Result<RequestId, Fault> {
        self.requests
            .get(ticket.0)
            .copied()
            .flatten()
            .ok_or_else(|| misuse("a request was used after its completion was taken"))
    }
}

/// The suite, not the driver, is wrong.
fn misuse(message: &str) -> Fault {
    Fault {
        rule: "suite".to_owned(),
        message: message.to_owned(),
        location: None,
    }
}

impl Session for SimSession {
    fn open(&mut self, access: OpenAccess) -> Result<Handle, Fault> {
        let file = self.machine.open(access.read, access.write)?;
        self.files.push(Some(file));
        Ok(Handle(self.files.len() - 1))
    }

    fn close(&mut self, handle: Handle) -> Result<(), Fault> {
        let file = self.file(handle)?;
        self.files[handle.0] = None;
        Ok(self.machine.close(file)?)
    }

    fn submit(
        &mut self,
        handle: Handle,
        code: ControlCode,
        input: &[u8],
        output_len: usize,
    ) -> Result<Ticket, Fault> {
        let file = self.file(handle)?;
        let request = self.machine.submit(file, code.0, input, output_len)?;
        self.requests.push(Some(request));
        Ok(Ticket(self.requests.len() - 1))
    }

    fn wait(&mut self, ticket: Ticket, _bound: Duration) -> Result<Completion, Fault> {
        let request = self.request(ticket)?;
        self.requests[ticket.0] = None;
        Ok(self.machine.wait(request)?.into())
    }

    fn poll(&mut self, ticket: Ticket) -> Result<Option<Completion>, Fault> {
        let request = self.request(ticket)?;
        let completion = self.machine.poll(request)?.map(Completion::from);
        if completion.is_some() {
            self.requests[ticket.0] = None;
        }
        Ok(completion)
    }

    fn platform(&mut self) -> Option<&mut dyn Platform> {
        Some(self)
    }

    fn advance(&mut self, instructions: u32) -> Result<(), Fault> {
        Ok(self.machine.advance(instructions)?)
    }

    fn cancel(&mut self, ticket: Ticket) -> Result<(), Fault> {
        let request = self.request(ticket)?;
        Ok(self.machine.cancel(request)?)
    }

    fn simulated(&mut self) -> Option<&mut dyn Simulated> {
        Some(self)
    }

    fn life(&mut self) -> Option<&mut dyn Life> {
        Some(self)
    }

    fn finish(mut self: Box<Self>) -> Result<(), Fault> {
        for file in core::mem::take(&mut self.files).into_iter().flatten() {
            self.machine.close(file)?;
        }
        self.machine.remove()?;
        Ok(())
    }
}
