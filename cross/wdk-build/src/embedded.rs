//! The bindings of the data files in `embedded/`, put where `wdk-sys` includes bindgen's output from.
//!
//! [`data`] reads the files, [`generate`] writes what bindgen would write, [`framework`] is the stub library of the
//! framework's version. [`asked`] reads what a driver takes from `wdk_sys`, and [`left_out`] says what of it is not there.

mod asked;
mod data;
mod framework;
mod generate;
mod left_out;

use std::{
    collections::HashSet,
    env, fs,
    path::{Path, PathBuf},
};

use crate::{Config, ConfigError, DriverConfig, IoError};

use self::{asked::Asked, data::Item, framework::Framework};

/// Bit fields and the like, and the macro that asserts layouts: what stands before the types.
const SUPPORT: &str = include_str!("../embedded/support.rs");

/// The functions of the headers that no bindings have.
const LEFT_OUT: &str = include_str!("../embedded/left_out.txt");

/// What cargo hands a driver's build script of what that of `wdk-sys` says, by the name in `links`.
const FEATURES: &str = "DEP_WDK_FEATURES";

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

    let features: Vec<_> = FAMILIES
        .iter()
        .filter_map(|family| family.feature)
        .filter(|feature| env::var_os(format!("CARGO_FEATURE_{feature}")).is_some())
        .map(|feature| feature.to_lowercase().replace('_', "-"))
        .collect();
    println!("cargo::metadata=FEATURES={}", features.join(","));

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

/// Says what the driver's sources, in `src`, ask `wdk_sys` for and will not find, in lines that cargo prints as warnings.
pub(crate) fn say_what_is_left_out(config: &Config) -> Result<(), ConfigError> {
    let framework = framework_of(config)?;
    // The driver has no build script of `wdk-sys` to ask if the crate is no dependency of its own.
    let Ok(features) = env::var(FEATURES) else {
        return Ok(());
    };
    let root = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let root = PathBuf::from(root);
    let folder = root.join("src");
    if !folder.is_dir() {
        return Ok(());
    }
    println!("cargo::rerun-if-changed=src");
    let mut sources = sources(&folder)?;
    let modules: HashSet<String> = sources
        .iter()
        .flat_map(|(_, text)| asked::modules(text))
        .map(ToOwned::to_owned)
        .collect();
    // What nothing declares is not compiled.
    sources.retain(|(path, _)| is_declared(path, &modules));
    let mut asked = Asked::default();
    for (path, text) in &sources {
        let name = path.strip_prefix(&root).unwrap_or(path);
        asked.read(&name.to_string_lossy(), text);
    }
    let names: Vec<_> = FAMILIES
        .iter()
        .map(|family| {
            family
                .feature
                .map(|name| name.to_lowercase().replace('_', "-"))
        })
        .collect();
    let families: Vec<_> = FAMILIES
        .iter()
        .zip(&names)
        .map(|(family, name)| left_out::Family {
            file: family.file,
            text: family.text,
            feature: name.as_deref(),
            is_bound: match name {
                Some(name) => features.split(',').any(|on| on == name),
                None => framework.is_some() || family.file != FRAMEWORK,
            },
        })
        .collect();
    let minor = framework.map(|framework| framework.minor);
    let lines = left_out::lines(&asked, &families, LEFT_OUT, minor)
        .map_err(|malformed| ConfigError::Data(malformed.to_string()))?;
    for line in lines {
        println!("cargo::warning={line}");
    }
    Ok(())
}

/// The files with Rust in `folder` and below it, with their text.
fn sources(folder: &Path) -> Result<Vec<(PathBuf, String)>, ConfigError> {
    let failed = |source| IoError::with_path(folder, source);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text =
                fs::read_to_string(&path).map_err(|source| IoError::with_path(&path, source))?;
            found.push((path, text));
        }
    }
    found.sort();
    Ok(found)
}

/// Whether `path` is the root of a crate, or the file of one of `modules`.
fn is_declared(path: &Path, modules: &HashSet<String>) -> bool {
    let name = |path: &Path| {
        path.file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
    };
    let module = match name(path).as_deref() {
        Some("lib" | "main") => return true,
        Some("mod") => path.parent().and_then(name),
        _ => name(path),
    };
    module.is_some_and(|module| modules.contains(&module))
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
