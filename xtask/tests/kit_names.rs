//! The kit's names on a file system that minds case: cross/wdk-build finds and links them.
#![cfg(unix)]

#[path = "../../cross/wdk-build/src/case.rs"]
mod case;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A kit of two header folders and one library folder, in `name`.
fn kit(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if root.exists() {
        fs::remove_dir_all(&root).unwrap();
    }
    for (file, text) in [
        (
            "Include/10.0.26100.0/km/ntddk.h",
            "#include <WDM.h>\n  # include \"Spb\\Reshub.H\"\n",
        ),
        (
            "Include/10.0.26100.0/km/wdm.h",
            "#include \"DriverSpecs.h\"\n#include \"ntddk.h\"\n",
        ),
        ("Include/10.0.26100.0/km/spb/reshub.h", ""),
        (
            "Include/10.0.26100.0/shared/driverspecs.h",
            "// #included by all\n#include MACRO\n",
        ),
        ("Lib/wdfldr.LIB", ""),
        ("Lib/hal.lib", ""),
    ] {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

/// The links in `folder`, by their path in it, with what they lead to.
fn links(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for entry in case::entries(folder).unwrap() {
        if entry.is_dir() {
            let name = entry.file_name().unwrap().to_string_lossy().into_owned();
            let inner = links(&entry);
            found.extend(
                inner
                    .into_iter()
                    .map(|(path, target)| (format!("{name}/{path}"), target)),
            );
        } else {
            let name = entry.file_name().unwrap().to_string_lossy().into_owned();
            found.push((name, fs::read_link(&entry).unwrap()));
        }
    }
    found
}

#[test]
fn a_folder_is_found_whatever_its_case() {
    let kit = kit("kit-folders");
    let found = case::resolve(&kit, "include/10.0.26100.0/KM").unwrap();
    assert_eq!(found, kit.join("Include/10.0.26100.0/km"));
    assert_eq!(case::resolve(&kit, "Include/10.0.26100.0/um"), None);
}

#[test]
fn a_header_gets_a_link_by_each_spelling_that_includes_it() {
    let kit = kit("kit-headers");
    let sdk = kit.join("Include/10.0.26100.0");
    let folders = [sdk.join("km"), sdk.join("shared")];
    let aliases = kit.join("aliases");
    // Twice, for a build script runs again.
    for _ in 0..2 {
        case::alias_headers(&folders, &aliases).unwrap();
        assert_eq!(
            links(&aliases),
            [
                ("DriverSpecs.h".to_owned(), sdk.join("shared/driverspecs.h")),
                ("Spb/Reshub.H".to_owned(), sdk.join("km/spb/reshub.h")),
                ("WDM.h".to_owned(), sdk.join("km/wdm.h")),
            ]
        );
    }
}

#[test]
fn several_threads_may_ask_for_the_headers_at_once() {
    let kit = kit("kit-threads");
    let folders = [kit.join("Include/10.0.26100.0/km")];
    let aliases = kit.join("aliases");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    case::alias_headers(&folders, &aliases).unwrap();
                    assert!(aliases.join("WDM.h").exists());
                }
            });
        }
    });
}

#[test]
fn a_library_gets_a_link_only_where_its_name_differs() {
    let kit = kit("kit-libraries");
    let folders = [kit.join("Lib")];
    let aliases = kit.join("aliases");
    let names = ["hal.lib", "WdfLdr.lib"].map(str::to_owned);
    case::alias_files(&folders, &names, &aliases).unwrap();
    assert_eq!(
        links(&aliases),
        [("WdfLdr.lib".to_owned(), kit.join("Lib/wdfldr.LIB"))]
    );
}

#[test]
fn a_library_that_the_kit_lacks_is_named() {
    let kit = kit("kit-without-a-library");
    let names = ["wmilib.lib".to_owned()];
    let error = case::alias_files(&[kit.join("Lib")], &names, &kit.join("aliases")).unwrap_err();
    assert!(error.to_string().contains("wmilib.lib"), "{error}");
}
