//! The package: what is in it, that its signatures hold and what breaks them, and what is refused.
//!
//! Another implementation than the one that made them judges the hashes and signatures: `osslsigncode` and `openssl`.
//! Windows has judged none of them yet.

mod support;

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

use xtask::{
    inspect::{AllowList, Scope, inspect},
    package::{harness_ready, signing_ready},
};

/// What a package holds besides its scripts.
const FILES: &[&str] = &[
    "WDRLocalTestCert.cer",
    "dirql.exe",
    "dirql_driver.cat",
    "dirql_driver.inf",
    "dirql_driver.pdb",
    "dirql_driver.sys",
];

fn xtask(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn temporary(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Whether packages can be made here. A machine of GitHub must; any other says so and goes on.
fn ready() -> bool {
    let missing = signing_ready().and_then(|()| harness_ready()).err();
    if let Some(missing) = &missing {
        eprintln!("SKIPPED: {missing}");
        assert!(env::var_os("GITHUB_ACTIONS").is_none(), "{missing}");
    }
    missing.is_none()
}

/// The package of the built image, made once for all tests.
fn package() -> &'static Path {
    static PACKAGE: OnceLock<PathBuf> = OnceLock::new();
    PACKAGE.get_or_init(|| {
        let out = temporary("package/dirql");
        let output = xtask(&["package", "--image"])
            .arg(support::image_path())
            .arg("--out")
            .arg(&out)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(printed.trim_end(), out.to_str().unwrap());
        out
    })
}

/// The certificate as PEM, which is what osslsigncode reads.
fn authority() -> PathBuf {
    let pem = temporary("authority.pem");
    let output = Command::new("openssl")
        .args(["x509", "-inform", "DER", "-in"])
        .arg(package().join("WDRLocalTestCert.cer"))
        .arg("-out")
        .arg(&pem)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    pem
}

/// Whether osslsigncode accepts `file`, by itself or through `catalog`.
fn accepted(file: &Path, catalog: Option<&Path>) -> bool {
    let mut command = Command::new("osslsigncode");
    command.arg("verify").arg("-CAfile").arg(authority());
    if let Some(catalog) = catalog {
        command.arg("-catalog").arg(catalog);
    }
    command
        .arg("-in")
        .arg(file)
        .output()
        .unwrap()
        .status
        .success()
}

#[test]
fn the_folder_and_the_zip_hold_the_same_files_and_no_key() {
    if !ready() {
        return;
    }
    let folder = package();
    let mut expected: BTreeSet<String> = FILES.iter().map(ToString::to_string).collect();
    for script in fs::read_dir(folder.join("scripts")).unwrap() {
        let name = script.unwrap().file_name();
        expected.insert(format!("scripts/{}", name.to_str().unwrap()));
    }
    assert!(expected.contains("scripts/Install-Dirql.ps1"));
    let top: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "scripts")
        .collect();
    assert!(
        top.iter().map(String::as_str).eq(FILES.iter().copied()),
        "{top:?}"
    );

    let zip = fs::File::open(folder.with_extension("zip")).unwrap();
    let mut zip = zip::ZipArchive::new(zip).unwrap();
    let mut held = BTreeSet::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).unwrap();
        let name = file
            .name()
            .unwrap()
            .strip_prefix("dirql_driver_package/")
            .unwrap()
            .to_owned();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        assert!(bytes == fs::read(folder.join(&name)).unwrap(), "{name}");
        let key = b"PRIVATE KEY-----";
        assert!(
            !bytes.windows(key.len()).any(|window| window == key),
            "{name}"
        );
        held.insert(name);
    }
    assert_eq!(held, expected);
}

#[test]
fn the_signed_image_is_still_fit_to_load() {
    if !ready() {
        return;
    }
    let signed = fs::read(package().join("dirql_driver.sys")).unwrap();
    assert_ne!(signed, support::image());
    let violations = inspect(&signed, &AllowList::of_the_driver(), Scope::Other);
    assert_eq!(violations, []);
}

#[test]
fn signatures_hold_until_a_byte_is_changed() {
    if !ready() {
        return;
    }
    let file = |name: &str| package().join(name);
    let (sys, inf, cat) = (
        file("dirql_driver.sys"),
        file("dirql_driver.inf"),
        file("dirql_driver.cat"),
    );
    assert!(accepted(&sys, None), "the image by itself");
    assert!(accepted(&sys, Some(&cat)), "the image by the catalog");
    assert!(accepted(&cat, None), "the catalog by itself");
    // The program takes no INF, so the list is looked at: its members are the files' hashes.
    assert!(lists(&inf), "the INF is in the catalog");

    let changed = |from: &Path, at: usize| {
        let mut bytes = fs::read(from).unwrap();
        bytes[at] ^= 1;
        let to = temporary(&format!("changed.{}", from.extension().unwrap().display()));
        fs::write(&to, bytes).unwrap();
        to
    };
    // In the first section, behind the headers.
    let image = changed(&sys, 0x600);
    assert!(!accepted(&image, None), "a changed image by itself");
    assert!(
        !accepted(&image, Some(&cat)),
        "a changed image by the catalog"
    );
    assert!(
        !lists(&changed(&inf, 40)),
        "a changed INF is not in the catalog"
    );
    // A hash in the list.
    let hash = fs::read(&cat)
        .unwrap()
        .windows(2)
        .position(|w| w == [4, 32])
        .unwrap();
    assert!(
        !accepted(&sys, Some(&changed(&cat, hash + 2))),
        "a changed catalog"
    );
}

/// Whether a member of the catalog is `file`, by the SHA-256 that openssl makes.
fn lists(file: &Path) -> bool {
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

#[test]
fn two_packages_of_one_image_are_the_same() {
    if !ready() {
        return;
    }
    let out = temporary("package/again");
    let output = xtask(&["package", "--image"])
        .arg(support::image_path())
        .arg("--out")
        .arg(&out)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    for file in FILES {
        let same = fs::read(package().join(file)).unwrap() == fs::read(out.join(file)).unwrap();
        assert!(same, "{file}");
    }
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

#[test]
fn an_image_that_carries_the_mark_of_a_mutant_is_not_packaged() {
    if !ready() {
        return;
    }
    let mut bytes = support::image();
    let name = bytes
        .windows(8)
        .position(|window| window == b".pdata\0\0")
        .unwrap();
    bytes[name..name + 8].copy_from_slice(b".mutant\0");
    let mutant = temporary("mutant.sys");
    fs::write(&mutant, bytes).unwrap();
    let out = temporary("package/mutant");
    let output = xtask(&["package", "--image"])
        .arg(&mutant)
        .arg("--out")
        .arg(&out)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("mutant"), "{}", said(&output));
    assert!(!out.exists());
}

#[test]
fn a_folder_with_other_files_is_left_alone() {
    if !ready() {
        return;
    }
    let out = temporary("package/occupied");
    fs::create_dir_all(&out).unwrap();
    fs::write(out.join("mine.txt"), "mine").unwrap();
    let output = xtask(&["package", "--image"])
        .arg(support::image_path())
        .arg("--out")
        .arg(&out)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert_eq!(fs::read_to_string(out.join("mine.txt")).unwrap(), "mine");
}
