//! A real Windows Driver Kit: its headers, its definitions, its libraries.
//!
//! `WDKContentRoot` names the folder that holds the kit's `Include` and `Lib`, as an installation and the packages of NuGet
//! have them, or the parts of both at once: `km`, `shared`, `wdf/kmdf/1.31`, `km/x64`, `wdf/kmdf/x64/1.31`. What the kit's
//! build rules, and the published crate, make of them is repeated here, for a file system that minds [`case`](crate::case).

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::{ApiSubset, Config, ConfigError, DriverConfig, case};

/// The libraries that every KMDF driver links, by the names the published crate uses.
const KMDF_LIBRARIES: &[&str] = &[
    "BufferOverflowFastFailK",
    "ntoskrnl",
    "hal",
    "wmilib",
    "WdfLdr",
    "WdfDriverEntry",
];
/// What build scripts of drivers ask the linker for besides.
const OTHER_LIBRARIES: &[&str] = &["pshed"];
const WDM_LIBRARIES: &[&str] = &["BufferOverflowFastFailK", "ntoskrnl", "hal", "wmilib"];

impl Config {
    /// The headers that bindgen reads for a part of the WDK.
    ///
    /// # Errors
    /// A user-mode driver; a kit without the USB host controller extension, where that is asked for.
    pub fn headers(&self, api: ApiSubset) -> Result<impl Iterator<Item = String>, ConfigError> {
        let is_kmdf = match self.driver_config {
            DriverConfig::Umdf(_) => return Err(ConfigError::UserMode),
            DriverConfig::Kmdf(_) => true,
            DriverConfig::Wdm => false,
        };
        let (any, kmdf): (&[&str], &[&str]) = match api {
            ApiSubset::Base => (&["ntifs.h", "ntddk.h", "ntstrsafe.h"], &[]),
            ApiSubset::Wdf => (&[], &["wdf.h"]),
            ApiSubset::Gpio => (&["gpio.h"], &["gpioclx.h"]),
            ApiSubset::Hid => (
                &[
                    "hidclass.h",
                    "hidsdi.h",
                    "hidpi.h",
                    "vhf.h",
                    "hidpddi.h",
                    "hidport.h",
                    "kbdmou.h",
                    "ntdd8042.h",
                ],
                &["HidSpiCx/1.0/hidspicx.h"],
            ),
            ApiSubset::ParallelPorts => (&["ntddpar.h", "ntddser.h", "parallel.h"], &[]),
            ApiSubset::Spb => (&["spb.h", "reshub.h", "pwmutil.h"], &["spb/1.1/spbcx.h"]),
            ApiSubset::Storage => (
                &[
                    "ehstorioctl.h",
                    "ntddcdrm.h",
                    "ntddcdvd.h",
                    "ntdddisk.h",
                    "ntddmmc.h",
                    "ntddscsi.h",
                    "ntddstor.h",
                    "ntddtape.h",
                    "ntddvol.h",
                    "ufs.h",
                    "mountdev.h",
                    "mountmgr.h",
                    "ntddchgr.h",
                    "ntdddump.h",
                    "storduid.h",
                    "storport.h",
                ],
                &["ehstorbandmgmt.h"],
            ),
            ApiSubset::Usb => (
                &[
                    "usb.h",
                    "usbfnbase.h",
                    "usbioctl.h",
                    "usbspec.h",
                    "Usbpmapi.h",
                    "usbbusif.h",
                    "usbdlib.h",
                    "usbfnattach.h",
                    "usbfnioctl.h",
                ],
                &[
                    "wdfusb.h",
                    "ucm/1.0/UcmCx.h",
                    "UcmTcpci/1.0/UcmTcpciCx.h",
                    "UcmUcsi/1.0/UcmucsiCx.h",
                    "ude/1.1/UdeCx.h",
                    "ufx/1.1/ufxbase.h",
                    "ufxproprietarycharger.h",
                    "urs/1.0/UrsCx.h",
                ],
            ),
        };
        let mut headers: Vec<String> = any.iter().map(ToString::to_string).collect();
        if is_kmdf {
            headers.extend(kmdf.iter().map(ToString::to_string));
            if api == ApiSubset::Usb {
                headers.push(format!("ucx/{}/ucxclass.h", self.newest_ucx()?));
                headers.push("ufx/1.1/ufxclient.h".to_owned());
            }
        }
        Ok(headers.into_iter())
    }

    /// The newest version of the USB host controller extension.
    fn newest_ucx(&self) -> Result<String, ConfigError> {
        let sdk = newest_sdk(&self.part("Include")?)?;
        let parent = folder(&sdk, "km/ucx")?;
        let version_of = |path: &Path| -> Option<(u32, u32)> {
            let (major, minor) = path.file_name()?.to_str()?.split_once('.')?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        };
        case::entries(&parent)
            .map_err(ConfigError::KitNames)?
            .iter()
            .filter_map(|path| version_of(path))
            .max()
            .map(|(major, minor)| format!("{major}.{minor}"))
            .ok_or(ConfigError::KitFolder(parent))
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
        let include = self.part("Include")?;
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
            // ufxclient.h includes ufxbase.h by its name alone.
            let ufx = folder(&sdk, "km/ufx/1.1").or_else(|_| folder(&sdk, "ufx/1.1"));
            folders.extend(ufx.ok());
        }
        let aliases = out_dir().join("header-aliases");
        case::alias_headers(&folders, &aliases).map_err(ConfigError::KitNames)?;
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
        let library = self.part("Lib")?;
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

        let wanted: Vec<String> = self
            .libraries()
            .iter()
            .chain(OTHER_LIBRARIES)
            .map(|name| format!("{name}.lib"))
            .collect();
        let aliases = out_dir().join("library-aliases");
        case::alias_files(&folders, &wanted, &aliases).map_err(ConfigError::KitNames)?;
        folders.insert(0, aliases);
        Ok(folders)
    }

    fn libraries(&self) -> &'static [&'static str] {
        match self.driver_config {
            DriverConfig::Kmdf(_) => KMDF_LIBRARIES,
            _ => WDM_LIBRARIES,
        }
    }

    /// The folder `name` of the kit, or its root, where the parts lie in that.
    fn part(&self, name: &str) -> Result<PathBuf, ConfigError> {
        let root = self.kit_root()?;
        Ok(folder(root, name).unwrap_or_else(|_| root.to_path_buf()))
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
    case::resolve(root, path)
        .filter(|found| found.is_dir())
        .ok_or_else(|| ConfigError::KitFolder(root.join(path)))
}

/// The newest `10.*` folder of `parent` that has a part of kernel mode, for a kit may be installed in several versions, and
/// a newer SDK beside it; `parent` itself, where that has the part.
fn newest_sdk(parent: &Path) -> Result<PathBuf, ConfigError> {
    let version_of = |path: &Path| -> Option<Vec<u32>> {
        let name = path.file_name()?.to_str()?;
        let parts: Vec<u32> = name
            .split('.')
            .map(|part| part.parse().ok())
            .collect::<Option<_>>()?;
        (parts.first() == Some(&10)).then_some(parts)
    };
    let is_of_kernel_mode = |path: &Path| folder(path, "km").is_ok();
    let newest = case::entries(parent)
        .map_err(ConfigError::KitNames)?
        .into_iter()
        .filter(|path| is_of_kernel_mode(path))
        .filter_map(|path| Some((version_of(&path)?, path)))
        .max();
    match newest {
        Some((_, path)) => Ok(path),
        None if is_of_kernel_mode(parent) => Ok(parent.to_path_buf()),
        None => Err(ConfigError::KitFolder(parent.join("10.*/km"))),
    }
}
