//! bindgen, set up over a kit as the published crate sets it up, so that both write the same bindings.

use std::{borrow::Borrow, fmt};

use bindgen::{
    Builder, EnumVariation, Formatter, RustEdition, RustTarget,
    callbacks::{ItemInfo, ItemKind, ParseCallbacks},
};

use crate::{Config, ConfigError};

/// Makes a [`Builder`] for the WDK.
pub trait BuilderExt {
    /// A builder for the WDK's headers, in the kit that `config` names.
    ///
    /// # Errors
    /// No kit, or one without its header folders.
    fn wdk_default(config: impl Borrow<Config> + fmt::Debug) -> Result<Builder, ConfigError>;
}

/// The Rust that the published crate lets bindgen write for: its own `rust-version`.
const RUST_MINOR: u64 = 91;

/// Microsoft's dialect, without the warnings that the kit's headers give by design.
const COMPILER_FLAGS: &[&str] = &[
    "-fms-compatibility",
    "-fms-extensions",
    "-fdelayed-template-parsing",
    // With clang's builtins, `size_t` in `memcpy` and its like would become u64 instead of usize.
    "-fno-builtin",
    "--warn-=no-nonportable-include-path",
    "--warn-=no-pragma-pack",
    "--warn-=no-ignored-attributes",
    "--warn-=no-ignored-pragma-intrinsic",
    "--warn-=no-visibility",
    "--warn-=no-switch",
    "--warn-=no-comment",
    "--warn-=no-deprecated-declarations",
    "--warn-=no-invalid-token-paste",
    "--warn-=no-microsoft",
];

/// Deprecated by the kit, or beyond what bindgen can lay out.
const BLOCKED: &[&str] = &[
    "ExAllocatePoolWithTag",
    "ExAllocatePoolWithQuotaTag",
    "ExAllocatePoolWithTagPriority",
    "ExAllocatePool",
    ".*MCG_CAP(?:__bindgen.*)?",
    ".*WHEA_XPF_MCA_SECTION",
    ".*WHEA_ARM_BUS_ERROR(?:__bindgen.*)?",
    ".*WHEA_ARM_PROCESSOR_ERROR",
    ".*WHEA_ARM_CACHE_ERROR",
];

impl BuilderExt for Builder {
    fn wdk_default(config: impl Borrow<Config> + fmt::Debug) -> Result<Builder, ConfigError> {
        let config = config.borrow();
        let includes = config
            .include_paths()?
            .map(|path| format!("--include-directory={}", path.display()));
        let defines = config
            .preprocessor_definitions()
            .map(|(name, value)| match value {
                Some(value) => format!("--define-macro={name}={value}"),
                None => format!("--define-macro={name}"),
            });
        let target = RustTarget::stable(RUST_MINOR, 0)
            .map_err(|error| ConfigError::RustTarget(error.to_string()))?;

        let builder = Builder::default()
            .use_core()
            .derive_default(true)
            .generate_cstr(true)
            .detect_include_paths(false)
            .clang_args(includes)
            .clang_args(defines)
            .clang_args(COMPILER_FLAGS)
            .opaque_type("_KGDTENTRY64")
            .opaque_type("_KIDTENTRY64")
            .no_default(".*tagMONITORINFOEXA")
            .must_use_type("NTSTATUS")
            .must_use_type("HRESULT")
            .default_enum_style(EnumVariation::ModuleConsts)
            .parse_callbacks(Box::new(bindgen::CargoCallbacks::new()))
            .parse_callbacks(Box::new(FunctionTable {
                symbol: config.compute_wdffunctions_symbol_name(),
            }))
            .formatter(Formatter::Prettyplease)
            .rust_target(target)
            .rust_edition(RustEdition::Edition2024);
        Ok(BLOCKED
            .iter()
            .fold(builder, |builder, item| builder.blocklist_item(item)))
    }
}

/// Gives the WDF function table the name the headers give it: a `#define` that bindgen does not follow.
#[derive(Debug)]
struct FunctionTable {
    symbol: Option<String>,
}

impl ParseCallbacks for FunctionTable {
    fn generated_name_override(&self, item: ItemInfo) -> Option<String> {
        let is_variable = matches!(item.kind, ItemKind::Var);
        (is_variable && self.symbol.as_deref() == Some(item.name))
            .then(|| "WdfFunctions".to_owned())
    }
}
