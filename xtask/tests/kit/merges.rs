//! Packages become a kit's folder.

use std::{fs, path::Path, process::Command};

use crate::{
    libraries::BindForm,
    miniature::{content, is_possible, pack, scratch, xtask},
};

/// What the command says, which fails.
fn refused(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{said}");
    said
}

/// A package of one header, unpacked.
fn package(folder: &Path, name: &str, header: &str, text: &str) {
    let file = folder.join(name).join("c").join(header);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

#[test]
fn nothing_is_fetched_before_the_terms_are_accepted() {
    // A gallery that nothing answers at: the message is not its.
    let said = refused(xtask(&["setup", "--kit"]).env("DIRQL_NUGET", "http://127.0.0.1:9"));
    for part in [
        "Microsoft.Windows.WDK.x64",
        "https://",
        "--accept-license",
        "--from",
    ] {
        assert!(said.contains(part), "not named: {part}: {said}");
    }
}

#[test]
fn options_of_a_kit_without_one_are_refused() {
    let said = refused(&mut xtask(&["setup", "--accept-license"]));
    assert!(said.contains("go with --kit"), "{said}");
}

#[test]
fn packages_become_one_root_whether_they_are_packed_or_not() {
    if !is_possible() {
        return;
    }
    let folder = scratch("merged");
    let unpacked = content(&folder.join("content"), BindForm::Second);
    pack(&unpacked, &folder.join("packages"));
    let nuget = folder.join("nuget");
    fs::create_dir_all(&nuget).unwrap();
    for package in &unpacked {
        let name = package.file_name().unwrap().to_string_lossy().into_owned();
        fs::rename(package, nuget.join(format!("{name}.10.0.26100.2454"))).unwrap();
    }
    for (from, out) in [("packages", "of-zips"), ("nuget", "of-folders")] {
        let (from, out) = (folder.join(from), folder.join(out));
        // Twice: the second takes the place of the first.
        for _ in 0..2 {
            let output = xtask(&["setup", "--kit", "--from"])
                .arg(&from)
                .arg("--out")
                .arg(&out)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}");
            assert_eq!(
                String::from_utf8(output.stdout).unwrap().trim(),
                out.to_str().unwrap()
            );
        }
        for file in [
            "Include/10.0.26100.0/km/crt/stddef.h",
            "Include/10.0.26100.0/km/wdm.h",
            "Include/10.0.26100.0/shared/ntdef.h",
            "Include/wdf/kmdf/1.31/wdf.h",
            "Lib/10.0.26100.0/km/x64/NtosKrnl.lib",
            "Lib/wdf/kmdf/x64/1.31/WdfDriverEntry.lib",
        ] {
            assert!(out.join(file).is_file(), "{file} of {}", out.display());
        }
        for left_out in ["Include/10.0.26100.0/um", "Lib/10.0.26100.0/um"] {
            assert!(!out.join(left_out).exists(), "{left_out}");
        }
    }
    assert!(!folder.join("outside.h").exists());
}

#[test]
fn a_package_that_is_missing_is_named() {
    let folder = scratch("missing");
    package(
        &folder,
        "Microsoft.Windows.WDK.x64.10.0.26100.2454",
        "Include/10.0.26100.0/km/wdm.h",
        "",
    );
    let said = refused(xtask(&["setup", "--kit", "--from"]).arg(&folder));
    assert!(
        said.contains("missing: Microsoft.Windows.SDK.CPP, Microsoft.Windows.SDK.CPP.x64"),
        "{said}"
    );
}

#[test]
fn packages_of_two_versions_are_refused() {
    let folder = scratch("versions");
    for (name, version) in [
        ("Microsoft.Windows.WDK.x64", "10.0.26100.2454"),
        ("Microsoft.Windows.SDK.CPP", "10.0.22621.755"),
        ("Microsoft.Windows.SDK.CPP.x64", "10.0.26100.2454"),
    ] {
        package(
            &folder,
            &format!("{name}.{version}"),
            "Include/10.0.26100.0/km/wdm.h",
            "",
        );
    }
    let said = refused(xtask(&["setup", "--kit", "--from"]).arg(&folder));
    assert!(said.contains("different versions"), "{said}");
    assert!(said.contains("10.0.22621.755"), "{said}");
}

#[test]
fn two_files_of_one_name_in_two_cases_are_refused_where_they_differ() {
    let folder = scratch("cases");
    for (name, header, text) in [
        ("WDK.x64", "Include/10.0.26100.0/km/wdm.h", "one"),
        ("SDK.CPP", "include/10.0.26100.0/KM/WDM.h", "another"),
        ("SDK.CPP.x64", "Lib/10.0.26100.0/km/x64/hal.lib", ""),
    ] {
        package(
            &folder,
            &format!("Microsoft.Windows.{name}.10.0.26100.2454"),
            header,
            text,
        );
    }
    let out = folder.join("out");
    let said = refused(
        xtask(&["setup", "--kit", "--from"])
            .arg(&folder)
            .arg("--out")
            .arg(&out),
    );
    assert!(said.contains("have different files"), "{said}");
}

#[test]
fn a_folder_that_is_no_kit_is_not_written_over() {
    let folder = scratch("foreign");
    for (name, header) in [
        ("WDK.x64", "Include/10.0.26100.0/km/wdm.h"),
        ("SDK.CPP", "Include/10.0.26100.0/shared/ntdef.h"),
        ("SDK.CPP.x64", "Lib/10.0.26100.0/km/x64/hal.lib"),
    ] {
        package(
            &folder,
            &format!("Microsoft.Windows.{name}.10.0.26100.2454"),
            header,
            "",
        );
    }
    let out = folder.join("documents");
    fs::create_dir_all(&out).unwrap();
    fs::write(out.join("letter.txt"), "dear").unwrap();
    let said = refused(
        xtask(&["setup", "--kit", "--from"])
            .arg(&folder)
            .arg("--out")
            .arg(&out),
    );
    assert!(said.contains("no kit of this command's"), "{said}");
    assert_eq!(fs::read_to_string(out.join("letter.txt")).unwrap(), "dear");
}

#[test]
fn a_folder_without_headers_or_libraries_is_no_kit() {
    let folder = scratch("no-kit");
    let said = refused(xtask(&["build", "--kit"]).arg(&folder));
    assert!(said.contains("no headers of kernel mode"), "{said}");
    assert!(said.contains("setup --kit"), "{said}");
    fs::create_dir_all(folder.join("Include/10.0.26100.0/km")).unwrap();
    let said = refused(xtask(&["build"]).env("WDKContentRoot", &folder));
    assert!(said.contains("no libraries of kernel mode"), "{said}");
}
