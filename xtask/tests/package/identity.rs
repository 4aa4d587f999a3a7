//! Who signs: the test certificate, or a key of one's own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::{authority, ready, said, support, temporary, xtask};

#[test]
fn the_test_certificate_signs_code_for_ten_years() {
    if !ready() {
        return;
    }
    let ten_years = (10 * 365 * 24 * 3600).to_string();
    let output = Command::new("openssl")
        .args([
            "x509",
            "-noout",
            "-ext",
            "extendedKeyUsage",
            "-checkend",
            &ten_years,
        ])
        .arg("-in")
        .arg(authority())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("Code Signing"));
    // The key stays where git does not see it.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let ignored = Command::new("git")
        .args(["check-ignore", "--quiet", ".signing/test.key"])
        .current_dir(root)
        .status()
        .unwrap();
    assert!(ignored.success());
}

/// A key and a certificate with these extensions.
fn own_identity(name: &str, extensions: &str) -> [PathBuf; 2] {
    let [config, key, certificate] =
        ["cnf", "key", "pem"].map(|ending| temporary(name).with_extension(ending));
    let request = format!(
        "[req]\ndistinguished_name = n\nx509_extensions = e\nprompt = no\n[n]\nCN = {name}\n[e]\n{extensions}\n"
    );
    fs::write(&config, request).unwrap();
    let output = Command::new("openssl")
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-config",
        ])
        .arg(&config)
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    [key, certificate]
}

fn package_by(own: &[PathBuf; 2], out: &Path) -> Output {
    xtask(&["package", "--image"])
        .arg(support::image_path())
        .arg("--out")
        .arg(out)
        .arg("--key")
        .arg(&own[0])
        .arg("--certificate")
        .arg(&own[1])
        .output()
        .unwrap()
}

#[test]
fn a_key_of_ones_own_signs_if_its_certificate_may() {
    if !ready() {
        return;
    }
    let out = temporary("package/own");
    let own = own_identity("someone", "extendedKeyUsage = codeSigning");
    let output = package_by(&own, &out);
    assert!(output.status.success(), "{}", said(&output));
    let verified = Command::new("osslsigncode")
        .args(["verify", "-CAfile"])
        .arg(&own[1])
        .arg("-in")
        .arg(out.join("dirql_driver.sys"))
        .status()
        .unwrap();
    assert!(verified.success());

    let refused = temporary("package/refused");
    let server = own_identity("server", "extendedKeyUsage = serverAuth");
    let output = package_by(&server, &refused);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("does not name code signing"),
        "{}",
        said(&output)
    );
    assert!(!refused.exists(), "a refused key leaves no folder");
}
