//! The libraries of the miniature kit: import libraries, whose `.def` files are written from the data of the bindings, and
//! the framework's stub library, in C.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::data::Item;

/// The stub library's source.
const STUB: &str = include_str!("WdfDriverEntry.c");
/// What BufferOverflowFastFailK.lib of a kit brings to an image: its load configuration, with the cookie of `/GS`.
const LOAD_CONFIGURATION: &str = "\
typedef unsigned long long QWORD;
QWORD __security_cookie = 0x2B992DDFA232ull;
const struct { unsigned long Size; char Before[84]; QWORD *SecurityCookie; char Behind[224]; } _load_config_used = {
    sizeof(_load_config_used), {0}, &__security_cookie, {0}
};
_Static_assert(sizeof(_load_config_used) == 320, \"IMAGE_LOAD_CONFIG_DIRECTORY64\");
";
/// The import libraries: where they lie below `Lib`, in the spelling of a kit, and the module of each.
const IMPORTS: [(&str, &str); 6] = [
    ("10.0.26100.0/km/x64/NtosKrnl.lib", "ntoskrnl.exe"),
    ("10.0.26100.0/km/x64/hal.lib", "HAL.dll"),
    ("10.0.26100.0/km/x64/wmilib.lib", "WMILIB.SYS"),
    ("10.0.26100.0/km/x64/pshed.lib", "PSHED.dll"),
    ("10.0.26100.0/km/x64/videoprt.lib", "VIDEOPRT.SYS"),
    ("wdf/kmdf/x64/1.31/wdfldr.lib", "WDFLDR.SYS"),
];

/// The form of the framework's bind information.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BindForm {
    /// `WDF_BIND_INFO`, until 1.23.
    First,
    /// `WDF_BIND_INFO2`, since 1.25.
    Second,
}

pub(crate) fn run(program: &str, arguments: &[OsString]) {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// An option with a path in it.
pub(crate) fn option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(path);
    option
}

/// Makes the libraries below `lib`; `scratch` is for what is between.
pub(crate) fn make(items: &[Item<'_>], lib: &Path, scratch: &Path, form: BindForm) {
    fs::create_dir_all(scratch).unwrap();
    let exports = exports(items);
    for (path, module) in IMPORTS {
        let definition = scratch.join(module).with_extension("def");
        let mut text = format!("LIBRARY {module}\nEXPORTS\n");
        // WMILIB.SYS has nothing that a driver of the project takes, and a library of nothing is none.
        let names = exports
            .get(module)
            .cloned()
            .unwrap_or_else(|| BTreeSet::from(["WmiCompleteRequest".to_owned()]));
        for name in names {
            writeln!(text, "    {name}").unwrap();
        }
        fs::write(&definition, text).unwrap();
        let library = lib.join(path);
        fs::create_dir_all(library.parent().unwrap()).unwrap();
        run(
            "llvm-dlltool",
            &[
                "-m".into(),
                "i386:x86-64".into(),
                "-d".into(),
                definition.into(),
                "-l".into(),
                library.into(),
            ],
        );
    }
    let defines: &[&str] = match form {
        BindForm::First => &["-DBIND_INFO_1"],
        BindForm::Second => &[],
    };
    archive(
        STUB,
        defines,
        &lib.join("wdf/kmdf/x64/1.31/WdfDriverEntry.lib"),
        scratch,
    );
    archive(
        LOAD_CONFIGURATION,
        &[],
        &lib.join("10.0.26100.0/km/x64/BufferOverflowFastFailK.lib"),
        scratch,
    );
}

/// What each module exports, by the data.
fn exports(items: &[Item<'_>]) -> BTreeMap<String, BTreeSet<String>> {
    let mut exports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for item in items {
        let (name, module, suffix) = match item {
            Item::Routine {
                name,
                exporter: Some(module),
                ..
            } => (name, module, ""),
            Item::Variable {
                name,
                exporter: Some(module),
                by_address,
                ..
            } => (
                name,
                module,
                if *by_address { " CONSTANT" } else { " DATA" },
            ),
            _ => continue,
        };
        let module = exports.entry((*module).to_owned()).or_default();
        module.insert(format!("{name}{suffix}"));
    }
    exports
}

/// Compiles a source of C for kernel mode, and answers the object.
pub(crate) fn compile(source: &str, name: &str, defines: &[&str], scratch: &Path) -> PathBuf {
    let file = scratch.join(name).with_extension("c");
    let object = file.with_extension("obj");
    fs::write(&file, source).unwrap();
    let mut arguments: Vec<OsString> = [
        "--target=x86_64-pc-windows-msvc",
        "-ffreestanding",
        "-fshort-wchar",
        "-mno-red-zone",
        "-O1",
        "-Wall",
        "-Wno-builtin-requires-header",
        "-Werror",
        "-c",
    ]
    .map(OsString::from)
    .to_vec();
    arguments.extend(defines.iter().map(OsString::from));
    arguments.extend([file.into(), "-o".into(), object.clone().into()]);
    run("clang", &arguments);
    object
}

fn archive(source: &str, defines: &[&str], library: &Path, scratch: &Path) {
    let name = library.file_stem().unwrap().to_string_lossy().into_owned();
    let object = compile(source, &name, defines, scratch);
    run(
        "llvm-lib",
        &["/nologo".into(), option("/out:", library), object.into()],
    );
}
