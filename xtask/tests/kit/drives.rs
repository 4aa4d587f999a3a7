//! The images over the miniature kit: built, inspected, driven by every suite, and packaged.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use image::ImageFile;
use xtask::{
    inspect::{Binding, Scope, file_version, imports_of_the_driver, inspect, inspect_over_kit},
    needs::{self, Need},
    package::{Identity, verify},
};

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
    is_packaged(&kit, &folder.join("package"));
}

/// That `package --kit` makes a package of the driver over `kit`, signed and of one version.
fn is_packaged(kit: &Path, out: &Path) {
    if let Err(missing) = needs::ready(Need::Package) {
        println!("SKIPPED: {missing}");
        return;
    }
    let said = succeeds(xtask(&["package", "--kit"]).arg(kit).arg("--out").arg(out));
    assert!(said.contains("The image is fit to load; KMDF 1.31 with 458 functions, minimum 1.31"));
    let place = |file: &str| out.join(file);
    let [sys, inf, cat] = ["dirql_driver.sys", "dirql_driver.inf", "dirql_driver.cat"].map(place);

    // The kit's stub library is in it: its entry is named by the PDB, and exported by nothing.
    let signed = fs::read(&sys).unwrap();
    let entry = Some("FxDriverEntry");
    assert_eq!(
        inspect_over_kit(&signed, entry, &imports_of_the_driver()),
        []
    );
    assert_ne!(inspect(&signed, &imports_of_the_driver(), Scope::Other), []);
    assert!(place("dirql_driver.pdb").is_file());

    let identity = Identity {
        key: place("no.key"),
        certificate: authority(&place("WDRLocalTestCert.cer"), out),
    };
    for (file, catalog) in [(&sys, None), (&sys, Some(cat.as_path())), (&cat, None)] {
        verify(file, catalog, &identity).unwrap();
    }

    let text = fs::read_to_string(&inf).unwrap();
    let version = file_version(&ImageFile::parse(&signed).unwrap()).unwrap();
    let of_inf = text.lines().find(|line| line.starts_with("DriverVer"));
    assert!(
        of_inf.unwrap().trim_end().ends_with(&format!(",{version}")),
        "{of_inf:?}, {version}"
    );
    // The harness looks for the device that the INF has a driver for.
    let id = r"PCI\VEN_1234&DEV_11E8";
    assert!(text.contains(id));
    let wide: Vec<u8> = id.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let harness = fs::read(place("dirql.exe")).unwrap();
    assert!(harness.windows(wide.len()).any(|window| window == wide));
}

/// The certificate as PEM, which is what the program that verifies reads.
fn authority(certificate: &Path, out: &Path) -> PathBuf {
    let pem = out.with_extension("pem");
    succeeds(
        Command::new("openssl")
            .args(["x509", "-inform", "DER", "-in"])
            .arg(certificate)
            .arg("-out")
            .arg(&pem),
    );
    pem
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
