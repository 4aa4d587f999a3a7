//! A real Windows Driver Kit on a file system that minds case.
//!
//! `WDKContentRoot` names the folder that holds the kit's `Include` and `Lib`. Windows ignores case and the kit relies
//! on it: headers include each other, and libraries are asked for, by spellings that differ from those on disk.
//! Folders are therefore looked up without regard to case, and `OUT_DIR` gets symbolic links by the spellings that
//! are asked for.

use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
};

use crate::{ApiSubset, Config, ConfigError, DriverConfig, IoError};

/// The libraries that every KMDF driver links, by the names the published crate uses.
const KMDF_LIBRARIES: &[&str] = &[
    "BufferOverflowFastFailK",
    "ntoskrnl",
    "hal",
    "wmilib",
    "WdfLdr",
    "WdfDriverEntry",
];
const WDM_LIBRARIES: &[&str] = &["BufferOverflowFastFailK", "ntoskrnl", "hal", "wmilib"];

impl Config {
    /// The headers that bindgen reads for a part of the WDK.
    ///
    /// # Errors
    /// A part that no driver of this project uses.
    pub fn headers(&self, api: ApiSubset) -> Result<impl Iterator<Item = String>, ConfigError> {
        let headers: &[&str] = match (api, &self.driver_config) {
            (_, DriverConfig::Umdf(_)) => return Err(ConfigError::ApiSubset(api)),
            (ApiSubset::Base, _) => &["ntifs.h", "ntddk.h", "ntstrsafe.h"],
            (ApiSubset::Wdf, DriverConfig::Kmdf(_)) => &["wdf.h"],
            (ApiSubset::Wdf, _) => &[],
            _ => return Err(ConfigError::ApiSubset(api)),
        };
        Ok(headers.iter().map(ToString::to_string))
    }

    /// The C source that includes the headers of `apis`.
    ///
    /// # Errors
    /// As [`Config::headers`].
    pub fn bindgen_header_contents(
        &self,
        apis: impl IntoIterator<Item = ApiSubset>,
    ) -> Result<String, ConfigError> {
        let mut source = String::new();
        for api in apis {
            for header in self.headers(api)? {
                source.push_str("#include \"");
                source.push_str(&header);
                source.push_str("\"\n");
            }
        }
        Ok(source)
    }

    /// The `#[link]` attributes that go with the bindings of a part of the WDK.
    #[must_use]
    pub fn bindgen_library_link_raw_lines(&self, api: ApiSubset) -> Option<String> {
        if api != ApiSubset::Base {
            return None;
        }
        let lines = self.libraries().iter().map(|name| {
            format!(
                "#[cfg(not(any(test, feature = \"suppress-wdk-linking\")))]\n\
                 #[link(name = \"{name}\", kind = \"static\", modifiers = \"-bundle\")]\n\
                 unsafe extern \"C\" {{}}\n"
            )
        });
        Some(lines.collect())
    }

    /// What the kit's build rules define on the compiler's command line.
    pub fn preprocessor_definitions(&self) -> impl Iterator<Item = (String, Option<String>)> {
        let mut definitions = match env::var("CARGO_CFG_TARGET_ARCH").as_deref() {
            Ok("aarch64") => vec![
                ("_ARM64_", None),
                ("ARM64", None),
                ("_USE_DECLSPECS_FOR_SAL", Some(1)),
                ("STD_CALL", None),
            ],
            _ => vec![("_WIN64", None), ("_AMD64_", None), ("AMD64", None)],
        };
        definitions.push(("_KERNEL_MODE", None));
        if let DriverConfig::Kmdf(kmdf) = self.driver_config {
            definitions.push(("KMDF_VERSION_MAJOR", Some(kmdf.kmdf_version_major)));
            definitions.push(("KMDF_VERSION_MINOR", Some(kmdf.target_kmdf_version_minor)));
            if let Some(minimum) = kmdf.minimum_kmdf_version_minor {
                definitions.push(("KMDF_MINIMUM_VERSION_REQUIRED", Some(minimum)));
            }
        }
        definitions
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.map(|value| value.to_string())))
    }

    /// The folders in which the compiler looks for headers: the kit's, then one of links by the spellings its headers
    /// use.
    ///
    /// # Errors
    /// A kit without one of its folders; a link that cannot be made.
    pub fn include_paths(&self) -> Result<impl Iterator<Item = PathBuf>, ConfigError> {
        let include = folder(self.kit_root()?, "Include")?;
        let sdk = newest_sdk(&include)?;
        let mut folders = vec![
            folder(&sdk, "km/crt")?,
            folder(&sdk, "km")?,
            folder(&sdk, "shared")?,
        ];
        if let DriverConfig::Kmdf(kmdf) = self.driver_config {
            let version = format!(
                "wdf/kmdf/{}.{}",
                kmdf.kmdf_version_major, kmdf.target_kmdf_version_minor
            );
            folders.push(folder(&include, &version)?);
        }
        let aliases = alias_headers(&folders, &out_dir().join("header-aliases"))?;
        folders.push(aliases);
        Ok(folders.into_iter())
    }

    /// The folders in which the linker looks for the kit's libraries, preceded by one of links by the names that the
    /// bindings ask for.
    pub(crate) fn library_paths(&self) -> Result<Vec<PathBuf>, ConfigError> {
        let processor = match env::var("CARGO_CFG_TARGET_ARCH").as_deref() {
            Ok("x86_64") => "x64",
            Ok("aarch64") => "ARM64",
            other => return Err(ConfigError::Processor(format!("{other:?}"))),
        };
        let library = folder(self.kit_root()?, "Lib")?;
        let sdk = newest_sdk(&library)?;
        let mut folders = Vec::new();
        if let DriverConfig::Kmdf(kmdf) = self.driver_config {
            let version = format!(
                "wdf/kmdf/{processor}/{}.{}",
                kmdf.kmdf_version_major, kmdf.target_kmdf_version_minor
            );
            folders.push(folder(&library, &version)?);
        }
        folders.push(folder(&sdk, &format!("km/{processor}"))?);

        let wanted = self.libraries().iter().map(|name| format!("{name}.lib"));
        let aliases = alias_libraries(&folders, wanted, &out_dir().join("library-aliases"))?;
        folders.insert(0, aliases);
        Ok(folders)
    }

    fn libraries(&self) -> &'static [&'static str] {
        match self.driver_config {
            DriverConfig::Kmdf(_) => KMDF_LIBRARIES,
            _ => WDM_LIBRARIES,
        }
    }

    fn kit_root(&self) -> Result<&Path, ConfigError> {
        self.kit.as_deref().ok_or(ConfigError::NoKit)
    }
}

fn out_dir() -> PathBuf {
    PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts"))
}

/// The folder `path` under `root`, whatever the case of its components on disk.
fn folder(root: &Path, path: &str) -> Result<PathBuf, ConfigError> {
    resolve(root, path)
        .filter(|found| found.is_dir())
        .ok_or_else(|| ConfigError::KitFolder(root.join(path)))
}

/// The newest `10.*` folder of `parent`; a kit may be installed in several versions.
fn newest_sdk(parent: &Path) -> Result<PathBuf, ConfigError> {
    let version_of = |path: &Path| -> Option<Vec<u32>> {
        let name = path.file_name()?.to_str()?;
        let parts: Vec<u32> = name
            .split('.')
            .map(|part| part.parse().ok())
            .collect::<Option<_>>()?;
        (parts.first() == Some(&10)).then_some(parts)
    };
    entries(parent)?
        .into_iter()
        .filter_map(|path| Some((version_of(&path)?, path)))
        .max()
        .map(|(_, path)| path)
        .ok_or_else(|| ConfigError::KitFolder(parent.join("10.*")))
}

/// Follows `path` from `root`, taking for each component the entry that is equal but for case; an exact one first.
fn resolve(root: &Path, path: &str) -> Option<PathBuf> {
    let mut at = root.to_path_buf();
    for component in path.split(['/', '\\']).filter(|part| !part.is_empty()) {
        let exact = at.join(component);
        at = if exact.exists() {
            exact
        } else {
            entries(&at).ok()?.into_iter().find(|entry| {
                entry
                    .file_name()
                    .is_some_and(|name| name.eq_ignore_ascii_case(component))
            })?
        };
    }
    Some(at)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let at = |source| IoError::with_path(folder, source);
    let mut paths = fs::read_dir(folder)
        .map_err(at)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(at)?;
    paths.sort();
    Ok(paths)
}

/// Links every header that some header includes by another spelling, and answers the folder of the links.
fn alias_headers(folders: &[PathBuf], aliases: &Path) -> Result<PathBuf, ConfigError> {
    let mut wanted = BTreeMap::new();
    for folder in folders {
        for header in entries(folder)?.iter().filter(|path| path.is_file()) {
            let text = fs::read(header).map_err(|source| IoError::with_path(header, source))?;
            for name in included_names(&String::from_utf8_lossy(&text)) {
                if folders.iter().any(|folder| folder.join(&name).exists()) {
                    continue;
                }
                if let Some(found) = folders.iter().find_map(|folder| resolve(folder, &name)) {
                    wanted.insert(name, found);
                }
            }
        }
    }
    fs::create_dir_all(aliases).map_err(|source| IoError::with_path(aliases, source))?;
    for (name, target) in wanted {
        link(&target, &aliases.join(name))?;
    }
    Ok(aliases.to_path_buf())
}

/// The names in `#include` directives of `text`, with slashes as separators.
fn included_names(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| {
            let rest = line.trim_start().strip_prefix('#')?.trim_start();
            let rest = rest.strip_prefix("include")?.trim_start();
            let (close, rest) = match rest.as_bytes().first()? {
                b'"' => ('"', &rest[1..]),
                b'<' => ('>', &rest[1..]),
                _ => return None,
            };
            Some(rest.split_once(close)?.0.replace('\\', "/"))
        })
        .collect()
}

/// Links every library of `wanted` that is on disk by another spelling, and answers the folder of the links.
fn alias_libraries(
    folders: &[PathBuf],
    wanted: impl Iterator<Item = String>,
    aliases: &Path,
) -> Result<PathBuf, ConfigError> {
    fs::create_dir_all(aliases).map_err(|source| IoError::with_path(aliases, source))?;
    for name in wanted {
        if folders.iter().any(|folder| folder.join(&name).exists()) {
            continue;
        }
        let found = folders.iter().find_map(|folder| resolve(folder, &name));
        let found = found.ok_or_else(|| ConfigError::KitFolder(PathBuf::from(&name)))?;
        link(&found, &aliases.join(name))?;
    }
    Ok(aliases.to_path_buf())
}

/// Makes `alias` a symbolic link to `target`, in place of an older one.
fn link(target: &Path, alias: &Path) -> Result<(), ConfigError> {
    let at = |source| IoError::with_path(alias, source);
    if let Some(parent) = alias.parent() {
        fs::create_dir_all(parent).map_err(at)?;
    }
    match fs::remove_file(alias) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(error).into()),
        _ => {}
    }
    symlink(target, alias).map_err(|source| at(source).into())
}

#[cfg(unix)]
fn symlink(target: &Path, alias: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, alias)
}

/// Hosts that ignore case need no links; this crate serves Linux, and compiles elsewhere.
#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}
