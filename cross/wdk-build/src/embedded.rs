//! The bindings of the data files in `embedded/`, put where `wdk-sys` includes bindgen's output from.
//!
//! [`data`] reads the files, [`generate`] writes what bindgen would write, [`framework`] is the stub library of the
//! framework's version.

mod data;
mod framework;
mod generate;

use std::{
    collections::HashSet,
    env, fs,
    path::{Path, PathBuf},
};

use crate::{Config, ConfigError, DriverConfig, IoError};

use self::{data::Item, framework::Framework};

/// Bit fields and the like, and the macro that asserts layouts: what stands before the types.
const SUPPORT: &str = include_str!("../embedded/support.rs");

/// A family of headers: the feature of `wdk-sys` that asks for it, its data file, and the file of its routines.
struct Family {
    feature: Option<&'static str>,
    file: &'static str,
    text: &'static str,
    routines: Option<&'static str>,
}

/// What wdf.h declares.
const FRAMEWORK: &str = "wdf.txt";

/// In an order in which a family uses those before it.
const FAMILIES: [Family; 8] = [
    Family {
        feature: None,
        file: "nt.txt",
        text: include_str!("../embedded/nt.txt"),
        routines: Some("ntddk.rs"),
    },
    Family {
        feature: None,
        file: FRAMEWORK,
        text: include_str!("../embedded/wdf.txt"),
        // The framework has no routines besides its table.
        routines: None,
    },
    Family {
        feature: Some("GPIO"),
        file: "gpio.txt",
        text: include_str!("../embedded/gpio.txt"),
        routines: Some("gpio.rs"),
    },
    Family {
        feature: Some("HID"),
        file: "hid.txt",
        text: include_str!("../embedded/hid.txt"),
        routines: Some("hid.rs"),
    },
    Family {
        feature: Some("PARALLEL_PORTS"),
        file: "parallel_ports.txt",
        text: include_str!("../embedded/parallel_ports.txt"),
        routines: Some("parallel_ports.rs"),
    },
    Family {
        feature: Some("SPB"),
        file: "spb.txt",
        text: include_str!("../embedded/spb.txt"),
        routines: Some("spb.rs"),
    },
    Family {
        feature: Some("STORAGE"),
        file: "storage.txt",
        text: include_str!("../embedded/storage.txt"),
        routines: Some("storage.rs"),
    },
    Family {
        feature: Some("USB"),
        file: "usb.txt",
        text: include_str!("../embedded/usb.txt"),
        routines: Some("usb.rs"),
    },
];

/// Writes the files that `wdk-sys` includes from its `OUT_DIR`.
pub(crate) fn provide(config: &Config) -> Result<(), ConfigError> {
    let framework = framework_of(config)?;
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts"));

    let mut items: Vec<Item<'_>> = Vec::new();
    let mut seen = HashSet::new();
    // The last first: what is opaque in the kernel's headers may have its fields in those of a feature.
    for family in FAMILIES.iter().rev() {
        let asked_for = family
            .feature
            .is_none_or(|feature| env::var_os(format!("CARGO_FEATURE_{feature}")).is_some());
        let is_of_the_model = framework.is_some() || family.file != FRAMEWORK;
        if !asked_for || !is_of_the_model {
            continue;
        }
        let minor = framework.as_ref().map(|framework| framework.minor);
        let read = data::read(family.file, family.text, minor)
            .map_err(|malformed| ConfigError::Data(malformed.to_string()))?;
        if let Some(file) = family.routines {
            let routines: Vec<_> = read.iter().map(|(_, item)| item.clone()).collect();
            write(&out, file, &generate::routines(&routines))?;
        }
        // Two families may declare one thing.
        items.extend(
            read.into_iter()
                .map(|(_, item)| item)
                .filter(|item| seen.insert(item.key())),
        );
    }

    let types = format!("{SUPPORT}{}", generate::types(&items));
    write(&out, "types.rs", &types)?;
    let symbol = framework.as_ref().map(Framework::table_symbol);
    let mut constants = generate::constants(&items, symbol.as_deref());
    if let Some(framework) = &framework {
        constants.push_str(&framework.minimum_required());
    }
    write(&out, "constants.rs", &constants)?;
    let Some(framework) = framework else {
        return Ok(());
    };
    write(&out, "wdf.rs", &framework.stub_library())?;
    write(&out, "wdf_function_count.rs", &framework.function_count())?;
    write(&out, "test_stubs.rs", &framework.test_stubs())?;
    let table = write(&out, "wdf_table.rs", &generate::function_table(&items))?;
    write(
        &out,
        "call_unsafe_wdf_function_binding.rs",
        &call_macro(&table),
    )?;
    forget_cached_signatures(&out)
}

/// What the linker is told of variables that modules export.
pub(crate) fn link_arguments() -> Result<Vec<String>, ConfigError> {
    let kernel = &FAMILIES[0];
    let read = data::read(kernel.file, kernel.text, None)
        .map_err(|malformed| ConfigError::Data(malformed.to_string()))?;
    let items: Vec<_> = read.into_iter().map(|(_, item)| item).collect();
    Ok(generate::second_names(&items).collect())
}

/// The framework that the driver binds; none for WDM.
fn framework_of(config: &Config) -> Result<Option<Framework>, ConfigError> {
    match env::var("CARGO_CFG_TARGET_ARCH") {
        Ok(processor) if processor != "x86_64" => {
            return Err(ConfigError::NotEmbeddedFor(processor));
        }
        _ => {}
    }
    match &config.driver_config {
        DriverConfig::Wdm => Ok(None),
        DriverConfig::Kmdf(kmdf) => Framework::of(kmdf)
            .map(Some)
            .ok_or_else(|| ConfigError::NotEmbedded(format!("{kmdf:?}"))),
        DriverConfig::Umdf(_) => Err(ConfigError::UserMode),
    }
}

/// The macro by which drivers call WDF functions; the procedural macro behind it reads the signatures from `table`.
fn call_macro(table: &Path) -> String {
    format!(
        r##"/// Calls a WDF function by its name.
///
/// # Safety
/// The arguments obey the function's documentation.
#[macro_export]
macro_rules! call_unsafe_wdf_function_binding {{
    ( $($tt:tt)* ) => {{
        $crate::__proc_macros::call_unsafe_wdf_function_binding! (
            r#"{}"#,
            $($tt)*
        )
    }}
}}
"##,
        table.display()
    )
}

fn write(out: &Path, name: &str, text: &str) -> Result<PathBuf, ConfigError> {
    let path = out.join(name);
    fs::write(&path, text).map_err(|source| IoError::with_path(&path, source))?;
    Ok(path)
}

/// Removes the signatures that wdk-macros keeps from the bindings it saw first.
///
/// It never looks whether they still hold, so a function that another version adds would stay unknown. The file
/// lies in the `OUT_DIR` of the host's build of `scratch`; everything that calls the macro is compiled after this.
fn forget_cached_signatures(out: &Path) -> Result<(), ConfigError> {
    // <target>/<triple>/<profile>/build/<package>/out; the host's packages lie in <target>/<profile>/build.
    let (Some(profile), Some(target)) = (out.ancestors().nth(3), out.ancestors().nth(5)) else {
        return Ok(());
    };
    let Some(profile) = profile.file_name() else {
        return Ok(());
    };
    let Ok(packages) = fs::read_dir(target.join(profile).join("build")) else {
        return Ok(());
    };
    for package in packages.flatten() {
        if !package
            .file_name()
            .to_string_lossy()
            .starts_with("scratch-")
        {
            continue;
        }
        let cache = package
            .path()
            .join("out/wdk_macros_ast_fragments/cached_function_info_map.json");
        if cache.exists() {
            fs::remove_file(&cache).map_err(|source| IoError::with_path(&cache, source))?;
        }
    }
    Ok(())
}
