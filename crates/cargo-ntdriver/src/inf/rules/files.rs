//! Files that are copied: 1100, 1230, 1306, 1322, 2084.

use crate::inf::{Finding, Inf, Rule, Section};

/// DIRIDs of folders under `%SystemRoot%`, and the driver store.
const SYSTEM: &[u32] = &[10, 11, 12, 13, 17, 18, 20, 21, 23, 50, 51, 52, 55];
/// The driver store.
pub(super) const STORE: u32 = 13;

/// A file and the folder that a `CopyFiles` puts it into.
struct Copy<'a> {
    line: usize,
    target: String,
    source: String,
    dirid: u32,
    folder: &'a str,
}

impl Copy<'_> {
    /// The destination as a `ServiceBinary` writes it, in small letters.
    fn path(&self) -> String {
        let folder = if self.folder.is_empty() {
            String::new()
        } else {
            format!(r"{}\", self.folder)
        };
        format!(r"%{}%\{folder}{}", self.dirid, self.target).to_ascii_lowercase()
    }
}

pub(super) fn check(inf: &Inf, findings: &mut Vec<Finding>) {
    let sources = source_files(inf);
    let source = |name: &str| {
        sources
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
    };
    for copy in copies(inf) {
        match source(&copy.source) {
            None => findings.push(Finding::new(
                Rule::NotInSourceDisksFiles,
                copy.line,
                &copy.source,
            )),
            Some((_, folder)) => {
                let moved = !folder.eq_ignore_ascii_case(copy.folder)
                    || !copy.target.eq_ignore_ascii_case(&copy.source);
                if copy.dirid == STORE && moved {
                    findings.push(Finding::new(
                        Rule::MovedInStore,
                        copy.line,
                        format!(
                            r"{folder}\{} becomes {}\{}",
                            copy.source, copy.folder, copy.target
                        ),
                    ));
                }
            }
        }
        if !SYSTEM.contains(&copy.dirid) {
            findings.push(Finding::new(
                Rule::NotSystemPath,
                copy.line,
                format!("{} to DIRID {}", copy.target, copy.dirid),
            ));
        }
    }
    let isolated = isolated(inf);
    for copy in copies(inf)
        .iter()
        .filter(|copy| isolated && copy.dirid != STORE)
    {
        findings.push(Finding::new(
            Rule::NotIsolated,
            copy.line,
            format!("{} to DIRID {}", copy.target, copy.dirid),
        ));
    }
    let copied: Vec<String> = copies(inf).iter().map(Copy::path).collect();
    for section in inf.sections() {
        for entry in section.all("ServiceBinary") {
            let written = entry.field(0).replace(r"%10%\system32\drivers", "%12%");
            if !copied.contains(&inf.expand(&written).to_ascii_lowercase()) {
                findings.push(Finding::new(
                    Rule::BinaryNotCopied,
                    entry.line,
                    entry.field(0),
                ));
            }
            let path = inf.expand(entry.field(0));
            // A binary that another package or Windows itself brings is in no list of this INF.
            if let Some(file) = path.strip_prefix(r"%13%\") {
                let name = file.rsplit('\\').next().unwrap_or(file);
                if source(name).is_none() {
                    findings.push(Finding::new(Rule::NotInSourceDisksFiles, entry.line, name));
                }
            }
        }
    }
}

/// Whether every system that the models are for has DIRID 13: before that build, nothing can be isolated (1199).
fn isolated(inf: &Inf) -> bool {
    let mut models = super::devices::models(inf).peekable();
    models.peek().is_some()
        && models.all(|(decoration, _)| {
            super::devices::build(&decoration)
                .is_some_and(|build| build >= super::devices::RUN_FROM_STORE)
        })
}

/// `[SourceDisksFiles]`: each file with its folder.
fn source_files(inf: &Inf) -> Vec<(String, String)> {
    let named = ["SourceDisksFiles", "SourceDisksFiles.amd64"];
    let sections = named.iter().filter_map(|name| inf.section(name));
    let entries = sections.flat_map(|section| &section.entries);
    entries
        .map(|entry| {
            (
                entry.key.clone().unwrap_or_default(),
                entry.field(1).to_owned(),
            )
        })
        .collect()
}

fn copies(inf: &Inf) -> Vec<Copy<'_>> {
    let mut all = Vec::new();
    for section in inf.sections() {
        for entry in section.all("CopyFiles") {
            for name in &entry.fields {
                if let Some(file) = name.strip_prefix('@') {
                    let (dirid, folder) = destination(inf, "DefaultDestDir");
                    all.push(Copy {
                        line: entry.line,
                        target: file.to_owned(),
                        source: file.to_owned(),
                        dirid,
                        folder,
                    });
                } else if let Some(list) = inf.section(name) {
                    all.extend(listed(inf, list));
                }
            }
        }
    }
    all
}

fn listed<'a>(inf: &'a Inf, list: &'a Section) -> impl Iterator<Item = Copy<'a>> {
    let (dirid, folder) = destination(inf, &list.name);
    list.entries.iter().map(move |entry| {
        let target = inf.expand(entry.field(0));
        let source = inf.expand(entry.field(1));
        Copy {
            line: entry.line,
            source: if source.is_empty() {
                target.clone()
            } else {
                source
            },
            target,
            dirid,
            folder,
        }
    })
}

/// Where a file list goes: its own line of `[DestinationDirs]`, or the default's.
pub(super) fn destination<'a>(inf: &'a Inf, list: &str) -> (u32, &'a str) {
    let directories = inf.section("DestinationDirs");
    let line = directories.and_then(|section| {
        let own = section.all(list).next();
        own.or_else(|| {
            section
                .entries
                .iter()
                .find(|entry| entry.is("DefaultDestDir"))
        })
    });
    line.map_or((0, ""), |entry| {
        let dirid = entry.field(0).parse().unwrap_or(0);
        (dirid, entry.field(1))
    })
}
