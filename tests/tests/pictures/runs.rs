//! The runs that are drawn, and where drawings go.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use dirql_tests::{
    dirql, images,
    offender::breaks,
    session::{Device, Session},
};
use ntsim::{Config, Failure, Image, Machine, Timeline, picture::Picture};

/// A run that was recorded.
pub(crate) struct Drawn {
    pub(crate) image: Image,
    pub(crate) machine: Machine,
    pub(crate) timeline: Timeline,
    pub(crate) failure: Option<Failure>,
}

impl Drawn {
    fn of(
        image: Image,
        config: &Config,
        drive: impl FnOnce(&mut Session) -> Result<(), Failure>,
    ) -> Self {
        let mut machine = Session::make(config, &image, Device::Edu);
        machine.record_timeline();
        let mut session = Session::begin(machine).expect("the driver starts");
        let failure = drive(&mut session).err();
        let machine = session.machine;
        let timeline = machine.timeline().expect("it was asked for");
        Self {
            image,
            machine,
            timeline,
            failure,
        }
    }

    /// The project's driver: closures, interrupts, DPCs, requests that wait, and its removal.
    pub(crate) fn driver(config: &Config) -> Self {
        Self::of(images::driver(), config, |session| {
            dirql::query(session)?;
            for causes in [1, 2, 4] {
                let raised = dirql::raise(session, causes, 3)?;
                dirql::wait(session, raised.sequence_before)?;
            }
            dirql::statistics(session)?;
            session.machine.unload()?;
            Ok(())
        })
    }

    /// The guest `offender`, breaking a rule.
    ///
    /// Its PDB has paths from the guest's folder, so the sources are found from there alone.
    pub(crate) fn offender(config: &Config, deed: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests/offender");
        env::set_current_dir(folder).expect("the guest's folder is there");
        Self::of(images::guest("offender"), config, |session| {
            let request = session.submit(breaks(deed), &[], 16)?;
            session.machine.poll(request)?;
            session.machine.unload()?;
            Ok(())
        })
    }

    pub(crate) fn picture(&self) -> Picture<'_> {
        Picture {
            timeline: &self.timeline,
            image: &self.image,
            title: "a run with <angle> \"brackets\" & </script>",
            failure: self.failure.as_ref(),
            token: Some("a token"),
            again: Some("a command"),
        }
    }
}

/// A folder of a test's own.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("pictures")
        .join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder of test data can be written");
    folder
}
