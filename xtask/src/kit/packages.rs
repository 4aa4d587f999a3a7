//! `cargo xtask setup --kit`: a kit's folder from Microsoft's packages on nuget.org.
//!
//! | package | what is taken of it |
//! |---|---|
//! | `Microsoft.Windows.WDK.x64` | the headers and libraries of kernel mode, and those of the framework |
//! | `Microsoft.Windows.SDK.CPP` | the headers that both modes share |
//! | `Microsoft.Windows.SDK.CPP.x64` | the SDK's libraries: nothing of it is kernel mode, but the three are one kit |
//!
//! A package is a zip, `ID.VERSION.nupkg`, or the folder `ID.VERSION` that it was unpacked into; the kit lies in `c` there. All
//! are of one version, for headers of different ones do not fit each other. Their parts are merged into one root, whose
//! folders have the names that an installed kit has, whatever their case in a package.

use std::{
    collections::BTreeMap,
    env, fs,
    io::Read,
    path::{Component, Path, PathBuf},
    process::Command,
};

use super::Kit;
use crate::{
    Error, Workspace,
    command::{run, step},
    libclang,
    needs::{self, Need},
};

/// The packages, by their names.
pub const PACKAGES: [&str; 3] = [
    "Microsoft.Windows.WDK.x64",
    "Microsoft.Windows.SDK.CPP",
    "Microsoft.Windows.SDK.CPP.x64",
];
/// The version that CI's Windows machine takes, too.
pub const VERSION: &str = "10.0.26100.2454";
/// The release of libclang that reads the headers of that version: older ones refuse `__ptr32` behind the name of a pointer.
const LIBCLANG: u32 = 17;
/// Where the kit lies in a package.
const CONTENT: &str = "c";
/// Where packages are had, with the package and the version behind it.
const GALLERY: &str = "https://www.nuget.org/api/v2/package";
/// The pages of the packages, each of which leads to its terms.
const PAGES: &str = "https://www.nuget.org/packages";

/// What `setup --kit` was asked for.
#[derive(Debug, Default)]
pub(crate) struct Request {
    accepted: bool,
    from: Vec<PathBuf>,
    out: Option<PathBuf>,
}

impl Request {
    /// The options that go with `--kit`.
    pub(crate) const OPTIONS: [&str; 3] = ["accept-license", "from", "out"];

    /// Takes the option `name`, with its values.
    ///
    /// # Errors
    /// A bad command line.
    pub(crate) fn take(&mut self, name: &str, parser: &mut lexopt::Parser) -> Result<(), Error> {
        match name {
            "accept-license" => self.accepted = true,
            "from" => self.from.extend(parser.values()?.map(PathBuf::from)),
            _ => self.out = Some(parser.value()?.into()),
        }
        Ok(())
    }

    /// Whether anything was asked for.
    pub(crate) fn is_empty(&self) -> bool {
        !self.accepted && self.from.is_empty() && self.out.is_none()
    }
}

/// Makes the kit, and prints its folder.
///
/// # Errors
/// [`Error::Usage`] where the terms are not accepted; a package that is missing, or is none; files that two packages have
/// with different contents.
pub(crate) fn provide(workspace: &Workspace, request: &Request) -> Result<Kit, Error> {
    needs::provide(&[Need::Kit])?;
    let sources = if request.from.is_empty() {
        download(workspace, request.accepted)?
    } else {
        request.from.clone()
    };
    let mut packages = Vec::new();
    for source in &sources {
        packages.extend(Package::find(source)?);
    }
    let version = one_version(&packages)?;
    let out = request
        .out
        .clone()
        .unwrap_or_else(|| workspace.target().join("kit").join(&version));
    step(&format!("Merging the kit {version}"));
    merge(&packages, &out)?;
    let kit = Kit::at(&out)?;
    if let Ok(library) = libclang::here()
        && let Some(old) = libclang::release(&library).filter(|release| *release < LIBCLANG)
    {
        eprintln!(
            "  {}: headers of 10.0.26100 take libclang {LIBCLANG} or newer, this is {old}: install libclang-19-dev, say",
            library.display()
        );
    }
    println!("{}", kit.root().display());
    Ok(kit)
}

/// Fetches the packages, unless they are there already.
fn download(workspace: &Workspace, accepted: bool) -> Result<Vec<PathBuf>, Error> {
    if !accepted {
        return Err(Error::Usage(format!(
            "the packages {} are under Microsoft's terms, to which the page of each leads ({PAGES}/{}/{VERSION}): read them, and \
             say `--accept-license` if you accept them; `--from FILE|FOLDER...` takes packages that you have",
            PACKAGES.join(", "),
            PACKAGES[0]
        )));
    }
    let folder = workspace.target().join("kit").join("packages");
    fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
    let gallery = env::var("DIRQL_NUGET").unwrap_or_else(|_| GALLERY.to_owned());
    let mut files = Vec::new();
    for package in PACKAGES {
        let file = folder.join(format!("{package}.{VERSION}.nupkg"));
        if !file.exists() {
            step(&format!("Fetching {package} {VERSION}"));
            let part = file.with_extension("part");
            run(Command::new("curl")
                .args([
                    "--fail",
                    "--location",
                    "--silent",
                    "--show-error",
                    "--output",
                ])
                .arg(&part)
                .arg(format!("{gallery}/{package}/{VERSION}")))?;
            // What was cut short does not pass for a package.
            fs::rename(&part, &file).map_err(Error::io(&file))?;
        }
        files.push(file);
    }
    Ok(files)
}

/// A package: a zip, or a folder that it was unpacked into.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Package {
    path: PathBuf,
    name: &'static str,
    version: String,
}

impl Package {
    /// The packages that `source` is, or holds.
    fn find(source: &Path) -> Result<Vec<Self>, Error> {
        if let Some(package) = Self::at(source) {
            return Ok(vec![package]);
        }
        let mut found = Vec::new();
        if source.is_dir() {
            let entries = fs::read_dir(source).map_err(Error::io(source))?.flatten();
            found.extend(entries.filter_map(|entry| Self::at(&entry.path())));
            found.sort_by(|one, other| one.path.cmp(&other.path));
        }
        if found.is_empty() {
            return Err(Error::Usage(format!(
                "{} is no package, and has none: one is called {}.VERSION, with `.nupkg` behind it where it is packed, and \
                 VERSION has four numbers",
                source.display(),
                PACKAGES.join(".VERSION, ")
            )));
        }
        Ok(found)
    }

    /// The package that is called `path`.
    fn at(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let (name, packed) = match name.len().checked_sub(".nupkg".len()) {
            Some(at)
                if name
                    .get(at..)
                    .is_some_and(|end| end.eq_ignore_ascii_case(".nupkg")) =>
            {
                (&name[..at], true)
            }
            _ => (name, false),
        };
        let is_there = if packed {
            path.is_file()
        } else {
            path.join(CONTENT).is_dir()
        };
        if !is_there {
            return None;
        }
        // The longest name first: one is the beginning of another.
        let mut names = PACKAGES;
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        names.into_iter().find_map(|known| {
            let beginning = name.get(..known.len())?;
            let version = name.get(known.len()..)?.strip_prefix('.')?;
            let numbers: Vec<&str> = version.split('.').collect();
            let is_version =
                numbers.len() == 4 && numbers.iter().all(|number| number.parse::<u16>().is_ok());
            (beginning.eq_ignore_ascii_case(known) && is_version).then(|| Self {
                path: path.to_path_buf(),
                name: known,
                version: version.to_owned(),
            })
        })
    }

    /// Every file of the kit in it, by its path from the root of the kit.
    fn files(&self, mut each: impl FnMut(&Path, &[u8]) -> Result<(), Error>) -> Result<(), Error> {
        if self.path.is_dir() {
            return walk(&self.path.join(CONTENT), Path::new(""), &mut each);
        }
        let broken = |error: zip::result::ZipError| Error::Io {
            path: self.path.clone(),
            source: error.into(),
        };
        let file = fs::File::open(&self.path).map_err(Error::io(&self.path))?;
        let mut archive = zip::ZipArchive::new(file).map_err(broken)?;
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).map_err(broken)?;
            // A name that leads out of the folder is none of a kit's.
            let Some(name) = entry.enclosed_name() else {
                continue;
            };
            let mut parts = name.components();
            let is_content = parts
                .next()
                .is_some_and(|first| first.as_os_str().eq_ignore_ascii_case(CONTENT));
            let path = parts.as_path().to_path_buf();
            if !is_content || entry.is_dir() || place(&path).is_none() {
                continue;
            }
            let mut bytes = Vec::new();
            entry
                .read_to_end(&mut bytes)
                .map_err(Error::io(&self.path))?;
            each(&path, &bytes)?;
        }
        Ok(())
    }
}

/// Calls `each` for every file below `folder`, whose path from the root is `path`.
fn walk(
    folder: &Path,
    path: &Path,
    each: &mut impl FnMut(&Path, &[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::io(folder))? {
        let entry = entry.map_err(Error::io(folder))?;
        let path = path.join(entry.file_name());
        if entry.path().is_dir() {
            walk(&entry.path(), &path, each)?;
        } else if place(&path).is_some() {
            let bytes = fs::read(entry.path()).map_err(Error::io(entry.path()))?;
            each(&path, &bytes)?;
        }
    }
    Ok(())
}

/// The version of all packages, each of which is there.
fn one_version(packages: &[Package]) -> Result<String, Error> {
    let missing: Vec<&str> = PACKAGES
        .into_iter()
        .filter(|name| packages.iter().all(|package| package.name != *name))
        .collect();
    if !missing.is_empty() {
        return Err(Error::Missing {
            what: missing.join(", "),
            how: "the kit's packages are three; give all of them to `--from`".to_owned(),
        });
    }
    let version = &packages[0].version;
    if let Some(other) = packages.iter().find(|other| other.version != *version) {
        return Err(Error::Usage(format!(
            "the packages are of different versions, {} of {version} and {} of {}: headers of one do not fit those of another",
            packages[0].name, other.name, other.version
        )));
    }
    Ok(version.clone())
}

/// Where a file of a package lies in the kit, if a driver takes it: the folders have the names of an installed kit.
fn place(path: &Path) -> Option<PathBuf> {
    let parts: Vec<&str> = path
        .components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let is = |at: usize, name: &str| {
        parts
            .get(at)
            .is_some_and(|part| part.eq_ignore_ascii_case(name))
    };
    let names: &[&str] = match () {
        () if is(0, "Include") && is(1, "wdf") && is(2, "kmdf") => &["Include", "wdf", "kmdf"],
        () if is(0, "Include") && is(2, "km") && is(3, "crt") => &["Include", "", "km", "crt"],
        () if is(0, "Include") && is(2, "km") => &["Include", "", "km"],
        () if is(0, "Include") && is(2, "shared") => &["Include", "", "shared"],
        () if is(0, "Lib") && is(1, "wdf") && is(2, "kmdf") && is(3, "x64") => {
            &["Lib", "wdf", "kmdf", "x64"]
        }
        () if is(0, "Lib") && is(2, "km") && is(3, "x64") => &["Lib", "", "km", "x64"],
        () => return None,
    };
    let renamed = parts
        .iter()
        .enumerate()
        .map(|(at, part)| match names.get(at) {
            Some(name) if !name.is_empty() => *name,
            _ => *part,
        });
    Some(renamed.collect())
}

/// Writes what the packages have into `out`, in place of what was there.
fn merge(packages: &[Package], out: &Path) -> Result<(), Error> {
    if out.exists() {
        // Nothing that is no kit is removed.
        if !out.join(MARK).exists() && fs::read_dir(out).map_err(Error::io(out))?.next().is_some() {
            return Err(Error::Usage(format!(
                "{} is there, and no kit of this command's: name another folder, or remove it",
                out.display()
            )));
        }
        fs::remove_dir_all(out).map_err(Error::io(out))?;
    }
    fs::create_dir_all(out).map_err(Error::io(out))?;
    let mark = out.join(MARK);
    let mut names = Vec::new();
    // By what a file system without case would call them.
    let mut written: BTreeMap<String, (PathBuf, &str)> = BTreeMap::new();
    for package in packages {
        names.push(format!("{} {}\n", package.name, package.version));
        package.files(|path, bytes| {
            let Some(place) = place(path) else {
                return Ok(());
            };
            let key = place.to_string_lossy().to_lowercase();
            if let Some((first, owner)) = written.get(&key) {
                let there = fs::read(first).map_err(Error::io(first))?;
                if there == bytes {
                    return Ok(());
                }
                return Err(Error::Usage(format!(
                    "{owner} and {} have different files {}",
                    package.name,
                    place.display()
                )));
            }
            let file = out.join(place);
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder).map_err(Error::io(folder))?;
            }
            fs::write(&file, bytes).map_err(Error::io(&file))?;
            written.insert(key, (file, package.name));
            Ok(())
        })?;
    }
    fs::write(&mark, names.concat()).map_err(Error::io(&mark))
}

/// The file that says what a folder was merged from.
const MARK: &str = "packages.txt";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_driver_takes_is_placed_as_an_installed_kit_has_it() {
        let placed = |path: &str| place(Path::new(path));
        for (path, expected) in [
            (
                "include/10.0.26100.0/KM/ntddk.h",
                "Include/10.0.26100.0/km/ntddk.h",
            ),
            (
                "Include/10.0.26100.0/km/CRT/sys/Types.h",
                "Include/10.0.26100.0/km/crt/sys/Types.h",
            ),
            (
                "Include/10.0.26100.0/Shared/ntdef.h",
                "Include/10.0.26100.0/shared/ntdef.h",
            ),
            ("Include/WDF/kmdf/1.31/wdf.h", "Include/wdf/kmdf/1.31/wdf.h"),
            (
                "lib/10.0.26100.0/km/X64/hal.lib",
                "Lib/10.0.26100.0/km/x64/hal.lib",
            ),
            (
                "Lib/wdf/KMDF/x64/1.31/WdfLdr.lib",
                "Lib/wdf/kmdf/x64/1.31/WdfLdr.lib",
            ),
        ] {
            assert_eq!(placed(path), Some(PathBuf::from(expected)), "{path}");
        }
        for path in [
            "Include/10.0.26100.0/um/windows.h",
            "Lib/10.0.26100.0/um/x64/kernel32.lib",
            "Lib/10.0.26100.0/km/arm64/hal.lib",
            "bin/10.0.26100.0/x64/inf2cat.exe",
            "../Include/10.0.26100.0/km/ntddk.h",
        ] {
            assert_eq!(placed(path), None, "{path}");
        }
    }
}
