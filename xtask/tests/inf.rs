//! Each rule on INFs speaks up on an INF that is bad in its way, and is silent on the project's own.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use xtask::inf::{Inf, Rule, Stamp, judge, rules, stamp};

/// The main package's INF, before it is stamped.
fn good() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../inf/dirql_driver.inx");
    fs::read_to_string(file).unwrap()
}

/// The numbers of the rules that the text breaks.
fn broken(text: &str) -> BTreeSet<u16> {
    let any = Stamp {
        date: "02/03/2024".to_owned(),
        version: "1.2.3.4".to_owned(),
    };
    match Inf::parse(&stamp(text, &any)) {
        Ok(inf) => rules::check(&inf)
            .into_iter()
            .map(|finding| finding.rule.number())
            .collect(),
        Err(finding) => [finding.rule.number()].into(),
    }
}

/// The good INF with a damage: what is replaced, by what, and the numbers that the result breaks.
const DAMAGES: &[(&str, &str, &[u16])] = &[
    ("$WINDOWS NT$", "$CHICAGO$", &[1001]),
    ("[Version]", "[Version", &[1002]),
    ("\"dirql driver disk\"", "\"dirql driver disk", &[1002]),
    (
        "dirql_driver.sys = 1,,",
        "dirql_driver.sys = 1,x64",
        &[1100],
    ),
    (
        "[Dirql_CopyFiles]\ndirql_driver.sys",
        "[Dirql_CopyFiles]\nother.sys,dirql_driver.sys",
        &[1100],
    ),
    ("10.0...19041", "10.0...10240", &[1199]),
    (".10.0...19041", "", &[1199]),
    (
        "AddReg = Dirql_HW_AddReg",
        "AddReg = Dirql_HW_AddReg,Absent",
        &[1203],
    ),
    (
        "%DeviceDescription% = Dirql_Device,",
        "%DeviceDescription% = Absent,PCI\\VEN_1\n%DeviceDescription% = Dirql_Device,",
        &[1203],
    ),
    (
        "= Dirql,NT$ARCH$.10.0...19041",
        "= Dirql,NT$ARCH$.10.0...19041,NTarm64",
        &[1203],
    ),
    (
        "ProviderName       = \"dirql\"",
        "ProviderName       = \"Microsoft\"",
        &[1204],
    ),
    (
        "[Dirql_Device.NT.HW]",
        "[Dirql_Device.NT.HW]\nDelProperty = Dirql_HW_AddReg",
        &[1205],
    ),
    (
        "[Strings]",
        "[DefaultInstall.NTamd64]\nCopyFiles = Dirql_CopyFiles\n[Strings]",
        &[1212],
    ),
    (
        "[Dirql_Device.NT]",
        "[Dirql_Device.NT]\nInclude = pci.inf\nNeeds = Pci_Device.NT\nAddReg = Pci_AddReg",
        &[1220],
    ),
    (
        "HKR,,DeviceCharacteristics",
        "HKLM,System\\CurrentControlSet\\Services\\dirql_driver,Start,0x00010001,3\nHKR,,DeviceCharacteristics",
        &[1221],
    ),
    ("[Dirql_CopyFiles]", "[Dirql_CopyFiles]\nother.sys", &[1230]),
    ("%13%\\dirql_driver.sys", "%13%\\other.sys", &[1230]),
    ("CatalogFile = dirql_driver.cat", "", &[1233]),
    ("%%SystemRoot%%", "%SystemRoot%", &[1235]),
    (
        "{d7a3b5c1-0f44-4c6e-9a0e-5a1c7f2b8e60}",
        "{4D36E97D-E325-11CE-BFC1-08002BE10318}",
        &[1285],
    ),
    (
        "ClassName          = \"Dirql\"",
        "ClassName          = \"HIDClass\"",
        &[1285],
    ),
    ("dirql_driver,0x00000002,", "dirql_driver,,", &[1296]),
    (
        "Dirql_Device,PCI\\VEN_1234&DEV_11E8",
        "Dirql_Device",
        &[1297],
    ),
    (
        "[Strings]",
        "[Dirql_Device.NT.CoInstallers]\nCopyFiles = Dirql_CopyFiles\n[Strings]",
        &[1300],
    ),
    (
        "[Dirql_Device.NT]",
        "[Dirql_Ini]\n[Dirql_Device.NT]\nUpdateInis = Dirql_Ini",
        &[1301],
    ),
    (
        "[Dirql_Device.NT]",
        "[Dirql_Old]\nold.sys\n[Dirql_Device.NT]\nDelFiles = Dirql_Old",
        &[1302],
    ),
    (
        "HKR,,Security",
        "HKR,,CoInstallers32,0x00010000,\"x.dll\"\nHKR,,Security",
        &[1303],
    ),
    (
        "HKR,,Security",
        "HKLM,Software\\dirql,Here,0x00010001,1\nHKR,,Security",
        &[1304],
    ),
    (
        "HKR,,Security",
        "HKR,,UpperFilters,0x00010008,\"x\"\nHKR,,Security",
        &[1305],
    ),
    ("DefaultDestDir = 13", "DefaultDestDir = 24", &[1306]),
    (
        "[Dirql_Device.NT.Services]",
        "[Dirql_Device.NT.Services]\nInclude = pci.inf\nNeeds = Pci_Device.NT.HW",
        &[1310],
    ),
    (
        "[Dirql_Device.NT.Services]",
        "[Dirql_Device.NT.Services]\nNeeds = Pci_Device.NT.Services",
        &[1313],
    ),
    (
        "HKR,,Security",
        "HKLM,Software\\dirql,Here,0x00010001,1\nHKLM,Software\\dirql,Here,0x00010001,2\nHKR,,Security",
        &[1304, 1330],
    ),
    ("[Strings]", "[Nobody]\nx = 1\n[Strings]", &[2083]),
    (
        "[Dirql_Device.NT.Wdf]",
        "[Dirql_Log]\n[Dirql_Device.NT.LogConfigOverride]\nLogConfig = Dirql_Log\n[Dirql_Device.NT.Wdf]",
        &[1300, 1301, 2222],
    ),
    (
        "= Dirql,NT$ARCH$.10.0...19041",
        "= Dirql",
        &[1297, 2083, 2223],
    ),
];

#[test]
fn each_rule_names_the_inf_that_is_bad_in_its_way() {
    let mut wrong = Vec::new();
    for (from, to, expected) in DAMAGES {
        let text = good();
        assert!(text.contains(from), "{from} is not in the INF");
        let found = broken(&text.replace(from, to));
        let expected: BTreeSet<u16> = expected.iter().copied().collect();
        if found != expected {
            wrong.push(format!(
                "{from} replaced by {to}: {found:?} instead of {expected:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_rule_is_without_a_bad_inf() {
    let shown: BTreeSet<u16> = DAMAGES
        .iter()
        .flat_map(|(_, _, numbers)| numbers.iter().copied())
        .collect();
    let all: BTreeSet<u16> = Rule::ALL.iter().map(|rule| rule.number()).collect();
    assert_eq!(shown, all);
}

#[test]
fn every_inf_of_the_project_keeps_the_rules() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("check-inf")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("dirql_driver.inx: keeps all"));
}

#[test]
fn a_bad_inf_fails_the_command_with_file_line_and_number() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dirql_bad.inx");
    fs::write(&file, good().replace("CatalogFile = dirql_driver.cat", "")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("check-inf")
        .arg(&file)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("dirql_bad.inx:7: 1233: "), "{said}");
}

/// The good INF with a value outside of HKR, which the comment excepts.
fn with_exception(comment: &str) -> String {
    good().replace(
        "HKR,,Security",
        &format!("{comment}\nHKLM,Software\\dirql,Here,0x00010001,1\nHKR,,Security"),
    )
}

#[test]
fn an_inf_beside_the_main_package_states_what_it_excepts() {
    let stated = with_exception("; check-inf: except 1304: the plug-in is registered there");
    assert_eq!(judge("dirql_other", &stated), Vec::<String>::new());

    let refused = |stem: &str, text: &str, why: &str| {
        let lines = judge(stem, text);
        assert!(lines.iter().any(|line| line.contains(why)), "{lines:?}");
    };
    refused("dirql_driver", &stated, "may state no exception");
    refused(
        "dirql_other",
        &with_exception(""),
        "1304: a registry operation",
    );
    let comment = |text: &str| with_exception(&format!("; check-inf: except {text}"));
    refused("dirql_other", &comment("1304:"), "without a reason");
    refused("dirql_other", &comment("9999: why not"), "is no rule");
    refused(
        "dirql_other",
        &comment("1233: why not"),
        "may not be excepted",
    );
    refused(
        "dirql_other",
        &comment("1305: why not"),
        "is excepted and not broken",
    );
}

#[test]
fn stamping_fills_in_what_stampinf_does() {
    let stamped = stamp(
        &good(),
        &Stamp {
            date: "02/03/2024".to_owned(),
            version: "0.1.0.7".to_owned(),
        },
    );
    let inf = Inf::parse(&stamped).unwrap();
    let version = inf.section("Version").unwrap();
    let driver = version.all("DriverVer").next().unwrap();
    assert_eq!(driver.fields, ["02/03/2024", "0.1.0.7"]);
    assert!(inf.section("Dirql.NTamd64.10.0...19041").is_some());
    let wdf = inf.section("Dirql_Wdf").unwrap();
    assert_eq!(wdf.value("KmdfLibraryVersion"), Some("1.31"));
    assert!(!stamped.contains('$') || stamped.matches('$').count() == 2);
    assert_eq!(
        stamped.matches('\n').count(),
        stamped.matches("\r\n").count()
    );
}
