//! What a campaign keeps in a folder: a file for each scenario on a machine.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::json::{Origin, ScenarioReport};
use crate::target::SelectError;

/// The version of the files' form.
const FORMAT: u32 = 1;

/// What a campaign is of: it goes on where all of this is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CampaignOrigin {
    #[serde(flatten)]
    pub(super) search: Origin,
    pub(super) depth: u32,
    pub(super) seed: u64,
}

impl CampaignOrigin {
    fn difference(&self, other: &Self) -> Option<String> {
        let numbers = [
            ("depth", u64::from(self.depth), u64::from(other.depth)),
            ("seed", self.seed, other.seed),
        ];
        let mut numbers = numbers.into_iter();
        self.search.difference(&other.search).or_else(|| {
            let (name, own, other) = numbers.find(|(_, own, other)| own != other)?;
            Some(format!("{name}: '{own}' and '{other}'"))
        })
    }
}

/// How far a campaign is with a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    format: u32,
    of: CampaignOrigin,
    /// How often the campaign has come by.
    pub(super) visits: u32,
    /// How many schedules were drawn from the seed: the next one has this number.
    pub(super) drawn: u64,
    /// All that was run, and what it has found. It is complete where the scenario was searched to its end.
    pub(super) report: ScenarioReport,
}

/// A scenario on a machine, as files are called by it.
pub(super) type Key = (String, String);

/// The folder, which one campaign at a time has.
pub(super) struct State {
    folder: PathBuf,
    of: CampaignOrigin,
    /// It is held as long as the campaign goes on.
    _lock: File,
}

impl State {
    /// Opens the folder, which is made where there is none, and reads what is there.
    ///
    /// # Errors
    ///
    /// It holds another campaign, which is begun `anew` or left alone; another process has it; or it cannot be read.
    pub(super) fn open(
        folder: &Path,
        of: CampaignOrigin,
        anew: bool,
    ) -> Result<(Self, BTreeMap<Key, Progress>), SelectError> {
        let missing = |path: &Path, error: &io::Error| {
            SelectError::Missing(format!("{}: {error}", path.display()))
        };
        fs::create_dir_all(folder).map_err(|error| missing(folder, &error))?;
        let path = folder.join("lock");
        let lock = File::create(&path).map_err(|error| missing(&path, &error))?;
        if lock.try_lock().is_err() {
            let message = format!("{}: another campaign has this folder", folder.display());
            return Err(SelectError::Missing(message));
        }
        let mut known = BTreeMap::new();
        let mut others = Vec::new();
        for path in files(folder).map_err(|error| missing(folder, &error))? {
            let text = fs::read_to_string(&path).map_err(|error| missing(&path, &error))?;
            let progress = read(&text).map_err(|why| {
                let path = path.display();
                SelectError::Usage(format!("{path} is no state of a campaign of this version: {why}; take another folder with --state"))
            })?;
            match progress.of.difference(&of) {
                None => {
                    let report = &progress.report;
                    let key = (report.name.clone(), report.machine.clone());
                    known.insert(key, progress);
                }
                Some(difference) => others.push((path, difference)),
            }
        }
        if let Some((_, difference)) = others.first().filter(|_| !anew) {
            let folder = folder.display();
            return Err(SelectError::Usage(format!(
                "{folder} holds a campaign of something else, {difference}: take another folder with --state, or begin this one anew with --anew"
            )));
        }
        for (path, _) in others {
            fs::remove_file(&path).map_err(|error| missing(&path, &error))?;
        }
        if anew {
            for progress in core::mem::take(&mut known).into_values() {
                let path = folder.join(file(&progress.report));
                fs::remove_file(&path).map_err(|error| missing(&path, &error))?;
            }
        }
        let state = Self {
            folder: folder.to_owned(),
            of,
            _lock: lock,
        };
        Ok((state, known))
    }

    /// Keeps how far the campaign is with a scenario. The file is the old one or the new one, whenever the process ends.
    pub(super) fn keep(
        &self,
        visits: u32,
        drawn: u64,
        report: ScenarioReport,
    ) -> io::Result<Progress> {
        let progress = Progress {
            format: FORMAT,
            of: self.of.clone(),
            visits,
            drawn,
            report,
        };
        let path = self.folder.join(file(&progress.report));
        let unfinished = path.with_extension("part");
        let mut file = File::create(&unfinished)?;
        serde_json::to_writer(&mut file, &progress).map_err(io::Error::from)?;
        file.flush()?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)?;
        Ok(progress)
    }
}

fn read(text: &str) -> Result<Progress, String> {
    let progress: Progress = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if progress.format == FORMAT {
        Ok(progress)
    } else {
        Err(format!("its form is {}, and not {FORMAT}", progress.format))
    }
}

/// The file of a scenario on a machine.
fn file(report: &ScenarioReport) -> String {
    format!("{}@{}.json", report.name.replace('/', "~"), report.machine)
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
