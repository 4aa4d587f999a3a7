//! The miniature kit, as packages.

use std::{
    collections::BTreeSet,
    env,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use xtask::{
    Workspace,
    kit::packages::{PACKAGES, VERSION},
    needs::{self, Need},
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{
    data::{self, Item},
    headers,
    libraries::{self, BindForm},
};

/// The version of the framework.
const MINOR: u8 = 31;
/// The version of the SDK, in the names of folders.
const SDK: &str = "10.0.26100.0";

/// A folder of this test's own, empty.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("kit")
        .join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Whether the machine has what makes libraries; says so where it has not.
pub(crate) fn is_possible() -> bool {
    for need in [Need::Kit, Need::C] {
        if let Err(missing) = needs::ready(need) {
            println!("SKIPPED: {missing}");
            return false;
        }
    }
    true
}

/// `cargo xtask`, as this test was built with it.
pub(crate) fn xtask(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command
        .args(arguments)
        .current_dir(Workspace::find().unwrap().root())
        .env_remove("WDKContentRoot");
    command
}

fn text(file: &str) -> String {
    let root = Workspace::find().unwrap().root().to_path_buf();
    fs::read_to_string(root.join("cross/wdk-build/embedded").join(file)).unwrap()
}

fn items<'a>(file: &str, text: &'a str) -> Vec<Item<'a>> {
    let read = data::read(file, text, Some(MINOR)).unwrap_or_else(|bad| panic!("{bad}"));
    read.into_iter().map(|(_, item)| item).collect()
}

/// Where cargo has unpacked a package.
fn unpacked(name: &str) -> PathBuf {
    let home = env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(env::var_os("HOME").unwrap()).join(".cargo"),
        PathBuf::from,
    );
    let registries = fs::read_dir(home.join("registry/src")).unwrap().flatten();
    registries
        .map(|registry| registry.path().join(name))
        .find(|folder| folder.is_dir())
        .unwrap_or_else(|| panic!("cargo has not unpacked {name}"))
}

/// The names in the sources that are compiled over a kit.
fn asked() -> BTreeSet<String> {
    let root = Workspace::find().unwrap().root().to_path_buf();
    let mut folders: Vec<PathBuf> = ["driver", "crates/dirql/src", "crates/dirql-trace/src"]
        .map(|folder| root.join(folder))
        .to_vec();
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap();
    for package in ["wdk", "wdk-alloc", "wdk-panic", "wdk-sys"] {
        let (_, rest) = lock
            .split_once(&format!("name = \"{package}\"\nversion = \""))
            .unwrap();
        let (version, _) = rest.split_once('"').unwrap();
        folders.push(unpacked(&format!("{package}-{version}")).join("src"));
    }
    let mut names = BTreeSet::new();
    for folder in folders {
        read_names(&folder, &mut names);
    }
    names
}

fn read_names(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_names(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let words = text.split(|sign: char| !sign.is_alphanumeric() && sign != '_');
            names.extend(words.filter(|word| !word.is_empty()).map(ToOwned::to_owned));
        }
    }
}

/// The files of the kit, as a package has them: in `c`, in folders whose case differs from an installed kit's.
pub(crate) fn content(folder: &Path, form: BindForm) -> [PathBuf; 3] {
    let texts = ["nt.txt", "wdf.txt", "exports.txt"].map(|file| (file, text(file)));
    let [kernel, framework, exports] = texts.each_ref().map(|(file, text)| items(file, text));
    // What is a type only wherever it is used, and in no source.
    let headers = headers::write(&kernel, &framework, &asked());
    let [wdk, sdk, sdk_x64] = PACKAGES.map(|package| folder.join(package));
    let write = |package: &Path, path: &str, text: &str| {
        let file = package.join("c").join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    // The spellings of the files and of what includes them differ, as in a kit.
    for (path, text) in [
        (format!("Include/{SDK}/km/crt/stddef.h"), STDDEF),
        (format!("Include/{SDK}/km/wdm.h"), "#include <NtDef.h>\n"),
        (
            format!("Include/{SDK}/km/ntddk.h"),
            "#pragma once\n#include <WDM.H>\n",
        ),
        (format!("Include/{SDK}/km/ntifs.h"), "#include <ntddk.h>\n"),
        (
            format!("Include/{SDK}/km/ntstrsafe.h"),
            "#include <wdm.h>\n",
        ),
    ] {
        write(&wdk, &path, text);
    }
    write(
        &wdk,
        "include/wdf/kmdf/1.31/wdf.h",
        &format!("{WDF}{}{VARIABLES}", headers.framework),
    );
    write(
        &sdk,
        &format!("Include/{SDK}/Shared/ntdef.h"),
        &headers.kernel,
    );
    write(
        &sdk,
        &format!("Include/{SDK}/um/windows.h"),
        "#error no driver includes it\n",
    );
    write(
        &sdk_x64,
        &format!("Lib/{SDK}/um/x64/kernel32.lib"),
        "!<arch>\n",
    );
    let all: Vec<Item<'_>> = [kernel, framework, exports].concat();
    libraries::make(&all, &wdk.join("c/Lib"), &folder.join("scratch"), form);
    [wdk, sdk, sdk_x64]
}

const STDDEF: &str = "#pragma once
typedef unsigned long long size_t;
typedef long long ptrdiff_t;
typedef unsigned short wchar_t;
";
const WDF: &str = "#pragma once
#include <ntddk.h>
#define WdfFunctions WdfFunctions_01031
";
/// What the stub library has, and what it takes of the driver.
const VARIABLES: &str = "
extern const WDFFUNC *WdfFunctions;
extern PWDF_DRIVER_GLOBALS WdfDriverGlobals;
extern ULONG WdfFunctionCount;
__declspec(selectany) ULONG WdfMinimumVersionRequired = KMDF_MINIMUM_VERSION_REQUIRED;
";

/// Packs the folders into `packages`, as nuget.org has them.
pub(crate) fn pack(folders: &[PathBuf; 3], packages: &Path) {
    fs::create_dir_all(packages).unwrap();
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let file = packages.join(format!("{}.{VERSION}.nupkg", name.to_lowercase()));
        let mut zip = ZipWriter::new(File::create(file).unwrap());
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(format!("{name}.nuspec"), options).unwrap();
        zip.write_all(b"<package/>").unwrap();
        // One that leads out of the kit's folder is left alone.
        zip.start_file("c/Include/10.0.26100.0/km/../../../../outside.h", options)
            .unwrap();
        add(&mut zip, &folder.join("c"), "c", options);
        zip.finish().unwrap();
    }
}

fn add(zip: &mut ZipWriter<File>, folder: &Path, path: &str, options: SimpleFileOptions) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{path}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            add(zip, &entry.path(), &path, options);
        } else {
            zip.start_file(&path, options).unwrap();
            zip.write_all(&fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}
