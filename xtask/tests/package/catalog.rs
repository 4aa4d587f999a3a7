//! The catalog: what it lists, as another program reads it.

use std::{path::Path, process::Command};

use crate::{package, ready, said};

/// Whether a member of the catalog is `file`, by the SHA-256 that openssl makes.
pub(crate) fn lists(file: &Path) -> bool {
    let output = Command::new("openssl")
        .args(["dgst", "-sha256", "-r"])
        .arg(file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let hash = String::from_utf8(output.stdout).unwrap()[..64].to_ascii_uppercase();
    let member = format!("8 OCTET STRING      [HEX DUMP]:{hash}");
    catalog_lines().contains(&member)
}

/// The catalog's list as openssl prints it: one line for each object identifier, text and hash.
fn catalog_lines() -> Vec<String> {
    let output = Command::new("openssl")
        .args(["asn1parse", "-inform", "DER", "-in"])
        .arg(package().join("dirql_driver.cat"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    // From the list's identifier to the certificates.
    let lines = text.lines().map(|line| {
        let (place, value) = line.split_once(" l=").unwrap();
        let depth = place.split_once("d=").unwrap().1.split(' ').next().unwrap();
        let value = value.split_once(": ").unwrap().1.trim_end();
        format!("{depth} {value}")
    });
    let lines: Vec<String> = lines.collect();
    let from = lines
        .iter()
        .position(|line| line.contains("311.10.1"))
        .unwrap();
    let to = lines
        .iter()
        .position(|line| line == "3 cont [ 0 ]")
        .unwrap();
    lines[from..to].to_vec()
}

/// Text as the catalog holds it: UTF-16, the small end first, with its end.
fn wide(text: &str) -> String {
    let units = text.encode_utf16().chain([0]);
    let bytes: Vec<String> = units
        .flat_map(u16::to_le_bytes)
        .map(|byte| format!("{byte:02X}"))
        .collect();
    bytes.concat()
}

#[test]
fn the_catalog_is_built_as_inf2cat_builds_it() {
    if !ready() {
        return;
    }
    let lines = catalog_lines();
    let hashes: Vec<&String> = lines
        .iter()
        .filter(|line| line.starts_with("8 OCTET STRING"))
        .collect();
    assert_eq!(hashes.len(), 4, "two files, each by SHA-1 and by SHA-256");
    assert!(
        hashes.is_sorted(),
        "members stand in the order of their hashes"
    );

    let count = |what: &str| lines.iter().filter(|line| line.contains(what)).count();
    // Member information: [0] for the image, [2] for the INF.
    assert_eq!(count("1.3.6.1.4.1.311.12.2.3"), 4);
    assert_eq!(
        lines.iter().filter(|line| *line == "11 cont [ 0 ]").count(),
        2
    );
    assert_eq!(
        lines.iter().filter(|line| *line == "11 cont [ 2 ]").count(),
        2
    );
    for (value, times) in [
        ("2:10.0", 4),
        ("dirql_driver.sys", 2),
        ("dirql_driver.inf", 2),
    ] {
        assert_eq!(
            count(&format!("[HEX DUMP]:{}", wide(value))),
            times,
            "{value}"
        );
    }
    // The hash proper: an image's data, a flat file's link, each with a SHA-256.
    assert_eq!(count("1.3.6.1.4.1.311.2.1.4"), 2);
    assert_eq!(count("1.3.6.1.4.1.311.2.1.15"), 1);
    assert_eq!(count("1.3.6.1.4.1.311.2.1.25"), 1);
    assert_eq!(count(":sha256"), 2);
    // What the whole list says: the system, and the hardware ID in small letters.
    assert!(count(&wide("_v100_X64")) == 1);
    assert!(count(&wide(r"pci\ven_1234&dev_11e8")) == 1);
    assert!(lines.contains(&"7 OBJECT            :1.3.6.1.4.1.311.12.1.1".to_owned()));
    assert!(lines.contains(&"7 OBJECT            :1.3.6.1.4.1.311.12.1.3".to_owned()));
}
