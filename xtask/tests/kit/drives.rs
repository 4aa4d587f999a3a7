//! The images over the miniature kit: built, inspected, and driven by every suite.

use std::{fs, process::Command};

use image::ImageFile;
use xtask::inspect::Binding;

use crate::{
    libraries::{self, BindForm, option, run},
    miniature::{content, is_possible, pack, scratch, xtask},
};

fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    format!("{said}{}", String::from_utf8_lossy(&output.stdout))
}

#[test]
fn the_driver_over_a_kit_is_inspected_and_every_suite_drives_it() {
    if !is_possible() {
        return;
    }
    let folder = scratch("driven");
    let packages = folder.join("packages");
    pack(
        &content(&folder.join("content"), BindForm::Second),
        &packages,
    );
    let kit = folder.join("kit");
    succeeds(
        xtask(&["setup", "--kit", "--from"])
            .arg(&packages)
            .arg("--out")
            .arg(&kit),
    );
    let said = succeeds(
        xtask(&["run", "--kit"])
            .arg(&kit)
            .args(["--", "--seed", "1"]),
    );
    assert!(said.contains(", over "), "{said}");
    assert!(said.contains("The image is fit to load; KMDF 1.31 with 458 functions, minimum 1.31"));
    assert!(said.contains("0 failed"), "{said}");
    assert!(!said.contains("path override"), "{said}");
}

#[test]
fn both_forms_of_the_bind_information_are_read() {
    if !is_possible() {
        return;
    }
    for (form, minimum) in [(BindForm::First, None), (BindForm::Second, Some(31))] {
        let folder = scratch(&format!("{form:?}"));
        let [wdk, ..] = content(&folder, form);
        let driver = libraries::compile(
            "unsigned long WdfMinimumVersionRequired = 31;\n\
             long DriverEntry(void *Driver, void *Path) { return Driver == Path; }\n",
            "driver",
            &[],
            &folder,
        );
        let image = folder.join("driver.sys");
        let libraries = [
            "wdf/kmdf/x64/1.31/WdfDriverEntry.lib",
            "wdf/kmdf/x64/1.31/wdfldr.lib",
            "10.0.26100.0/km/x64/NtosKrnl.lib",
        ]
        .map(|library| wdk.join("c/Lib").join(library).into_os_string());
        let mut arguments = vec![
            "-driver".into(),
            "-subsystem:native".into(),
            "-entry:FxDriverEntry".into(),
            "-nodefaultlib".into(),
            option("-out:", &image),
            driver.into_os_string(),
        ];
        arguments.extend(libraries);
        run("lld-link", &arguments);
        let bytes = fs::read(&image).unwrap();
        let found = Binding::read(&ImageFile::parse(&bytes).unwrap());
        let expected = Binding {
            major: 1,
            minor: 31,
            functions: 458,
            minimum,
        };
        assert_eq!(found, Some(expected));
    }
}
