//! The bindings in `embedded/`, put where `wdk-sys` includes bindgen's output from.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::{Config, ConfigError, DriverConfig, IoError, KmdfConfig, layouts};

const TYPES: &str = concat!(
    include_str!("../embedded/types/basic.rs"),
    "\n",
    include_str!("../embedded/types/io.rs"),
    "\n",
    include_str!("../embedded/types/processors.rs"),
    "\n",
    include_str!("../embedded/types/waits.rs"),
    "\n",
    include_str!("../embedded/types/interrupts.rs"),
    "\n",
    include_str!("../embedded/types/resources.rs"),
    "\n",
    include_str!("../embedded/types/whea.rs"),
    "\n",
    include_str!("../embedded/types/wdf_handles.rs"),
    "\n",
    include_str!("../embedded/types/wdf_enums.rs"),
    "\n",
    include_str!("../embedded/types/wdf_objects.rs"),
    "\n",
    include_str!("../embedded/types/wdf_device.rs"),
    "\n",
    include_str!("../embedded/types/wdf_queues.rs"),
    "\n",
    include_str!("../embedded/types/wdf_dpc.rs"),
    "\n",
    include_str!("../embedded/types/wdf_functions.rs"),
    "\n",
    include_str!("../embedded/wdffuncenum.rs")
);
const CONSTANTS: &str = include_str!("../embedded/constants.rs");
const NTDDK: &str = include_str!("../embedded/ntddk.rs");
const WDF: &str = include_str!("../embedded/wdf.rs");

/// The length of the function table, by which every WDF call checks its index.
///
/// The published build script reads it from the stub library's variable since 1.25. Here it is the constant that the
/// script used before: the image binds no framework with a shorter table, and a constant leaves the compiler nothing
/// to check, and no panic, in the image.
const WDF_FUNCTION_COUNT: &str = "\
pub const fn get_wdf_function_count() -> usize {
    crate::_WDFFUNCENUM::WdfFunctionTableNumEntries as usize
}
";

const TEST_STUBS: &str = "\
use crate::WDFFUNC;
#[unsafe(no_mangle)]
pub static mut WdfFunctions_01031: *const WDFFUNC = core::ptr::null();
";

/// Writes the seven files that `wdk-sys` includes from its `OUT_DIR`.
pub(crate) fn provide(config: &Config) -> Result<(), ConfigError> {
    refuse_other_models(config)?;
    if let Some(name) = layouts::missing(TYPES) {
        return Err(ConfigError::NoLayout(name));
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts"));

    let types = write(&out, "types.rs", TYPES)?;
    write(&out, "constants.rs", CONSTANTS)?;
    write(&out, "ntddk.rs", NTDDK)?;
    write(&out, "wdf.rs", WDF)?;
    write(&out, "wdf_function_count.rs", WDF_FUNCTION_COUNT)?;
    write(&out, "test_stubs.rs", TEST_STUBS)?;
    write(
        &out,
        "call_unsafe_wdf_function_binding.rs",
        &call_macro(&types),
    )?;
    forget_cached_signatures(&out)
}

/// The embedded bindings serve one driver model on one processor; another one would link and then fail to load.
fn refuse_other_models(config: &Config) -> Result<(), ConfigError> {
    match &config.driver_config {
        DriverConfig::Kmdf(KmdfConfig {
            kmdf_version_major: 1,
            target_kmdf_version_minor: 31,
            minimum_kmdf_version_minor: None | Some(31),
        }) => {}
        other => return Err(ConfigError::NotEmbedded(format!("{other:?}"))),
    }
    match env::var("CARGO_CFG_TARGET_ARCH") {
        Ok(processor) if processor != "x86_64" => Err(ConfigError::NotEmbeddedFor(processor)),
        _ => Ok(()),
    }
}

/// The macro by which drivers call WDF functions; the procedural macro behind it reads the signatures from `types`.
fn call_macro(types: &Path) -> String {
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
        types.display()
    )
}

fn write(out: &Path, name: &str, text: &str) -> Result<PathBuf, ConfigError> {
    let path = out.join(name);
    fs::write(&path, text).map_err(|source| IoError::with_path(&path, source))?;
    Ok(path)
}

/// Removes the signatures that wdk-macros keeps from the bindings it saw first.
///
/// It never looks whether they still hold, so a function added to `embedded/types.rs` would stay unknown. The file
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
