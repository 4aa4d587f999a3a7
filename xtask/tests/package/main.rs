//! The package: what is in it, that its signatures hold and what breaks them, and what is refused.
//!
//! Another implementation than the one that made them judges the hashes and signatures: `osslsigncode` and `openssl`.
//! Windows has judged none of them yet.

mod catalog;
mod identity;
#[path = "../support/mod.rs"]
mod support;

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

use catalog::lists;
use xtask::{
    inspect::{Scope, imports_of_the_driver, inspect},
    needs::{Need, ready as provided},
};

/// What a package holds besides its scripts.
const FILES: &[&str] = &[
    "LICENSE-APACHE.txt",
    "LICENSE-MIT.txt",
    "NOTICE.txt",
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
    let missing = provided(Need::Package).err();
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
    let violations = inspect(&signed, &imports_of_the_driver(), Scope::Other);
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
