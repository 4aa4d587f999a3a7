//! Each rule on INFs speaks up on an INF that is bad in its way, and is silent on the project's own.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use ntdriver::inf::{Inf, Rule, Stamp, decode, rules, stamp};
use xtask::inf::judge;

/// The main package's INF, before it is stamped.
fn good() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../inf/dirql_driver.inx");
    fs::read_to_string(file).unwrap()
}

/// The codes of the rules that the bytes break, read as the command reads them.
fn broken(text: &str) -> BTreeSet<String> {
    judge("dirql_other", text)
        .iter()
        .map(|line| code(line))
        .collect()
}

/// The code in a line for a person: `12: warning 1324: ...`.
fn code(line: &str) -> String {
    let known = Rule::ALL.iter().map(|rule| rule.code().to_string());
    let found = |code: &String| {
        let rest = line
            .split_once(": ")
            .filter(|(at, _)| at.parse::<usize>().is_ok());
        let rest = rest.map_or(line, |(_, rest)| rest);
        rest.trim_start_matches("warning ")
            .starts_with(&format!("{code}: "))
    };
    known
        .into_iter()
        .find(found)
        .unwrap_or_else(|| panic!("{line}"))
}

/// The good INF with a damage: what is replaced, by what, and the numbers that the result breaks.
const DAMAGES: &[(&str, &str, &[&str])] = &[
    ("$WINDOWS NT$", "$CHICAGO$", &["1001"]),
    ("[Version]", "[Version", &["1002"]),
    ("\"dirql driver disk\"", "\"dirql driver disk", &["1002"]),
    (
        "dirql_driver.sys = 1,,",
        "dirql_driver.sys = 1,x64",
        &["1100"],
    ),
    (
        "[Dirql_CopyFiles]\ndirql_driver.sys",
        "[Dirql_CopyFiles]\nother.sys,dirql_driver.sys",
        &["1100", "2084"],
    ),
    ("10.0...19041", "10.0...10240", &["1199"]),
    (".10.0...19041", "", &["1199"]),
    (
        "AddReg = Dirql_HW_AddReg",
        "AddReg = Dirql_HW_AddReg,Absent",
        &["1203"],
    ),
    (
        "%DeviceDescription% = Dirql_Device,",
        "%DeviceDescription% = Absent,PCI\\VEN_1\n%DeviceDescription% = Dirql_Device,",
        &["1203"],
    ),
    (
        "= Dirql,NT$ARCH$.10.0...19041",
        "= Dirql,NT$ARCH$.10.0...19041,NTarm64",
        &["1203"],
    ),
    (
        "ProviderName       = \"dirql\"",
        "ProviderName       = \"Microsoft\"",
        &["1204"],
    ),
    (
        "[Dirql_Device.NT.HW]",
        "[Dirql_Device.NT.HW]\nDelProperty = Dirql_HW_AddReg",
        &["1205"],
    ),
    (
        "[Strings]",
        "[DefaultInstall.NTamd64]\nCopyFiles = Dirql_CopyFiles\n[Strings]",
        &["1212"],
    ),
    (
        "[Dirql_Device.NT]",
        "[Dirql_Device.NT]\nInclude = pci.inf\nNeeds = Pci_Device.NT\nAddReg = Pci_AddReg",
        &["1220"],
    ),
    (
        "HKR,,DeviceCharacteristics",
        "HKLM,System\\CurrentControlSet\\Services\\dirql_driver,Start,0x00010001,3\nHKR,,DeviceCharacteristics",
        &["1221"],
    ),
    (
        "[Dirql_CopyFiles]",
        "[Dirql_CopyFiles]\nother.sys",
        &["1230"],
    ),
    (
        "%13%\\dirql_driver.sys",
        "%13%\\other.sys",
        &["1230", "2084"],
    ),
    ("CatalogFile = dirql_driver.cat", "", &["1233"]),
    ("%%SystemRoot%%", "%SystemRoot%", &["1235"]),
    (
        "{d7a3b5c1-0f44-4c6e-9a0e-5a1c7f2b8e60}",
        "{4D36E97D-E325-11CE-BFC1-08002BE10318}",
        &["1285"],
    ),
    (
        "ClassName          = \"Dirql\"",
        "ClassName          = \"HIDClass\"",
        &["1285"],
    ),
    ("dirql_driver,0x00000002,", "dirql_driver,,", &["1296"]),
    (
        "Dirql_Device,PCI\\VEN_1234&DEV_11E8",
        "Dirql_Device",
        &["1297"],
    ),
    (
        "[Strings]",
        "[Dirql_Device.NT.CoInstallers]\nCopyFiles = Dirql_CopyFiles\n[Strings]",
        &["1300"],
    ),
    (
        "[Dirql_Device.NT]",
        "[Dirql_Ini]\n[Dirql_Device.NT]\nUpdateInis = Dirql_Ini",
        &["1301"],
    ),
    (
        "[Dirql_Device.NT]",
        "[Dirql_Old]\nold.sys\n[Dirql_Device.NT]\nDelFiles = Dirql_Old",
        &["1302"],
    ),
    (
        "HKR,,Security",
        "HKR,,CoInstallers32,0x00010000,\"x.dll\"\nHKR,,Security",
        &["1303"],
    ),
    (
        "HKR,,Security",
        "HKLM,Software\\dirql,Here,0x00010001,1\nHKR,,Security",
        &["1304"],
    ),
    (
        "HKR,,Security",
        "HKR,,UpperFilters,0x00010008,\"x\"\nHKR,,Security",
        &["1305"],
    ),
    (
        "DefaultDestDir = 13",
        "DefaultDestDir = 24",
        &["1306", "1322", "2084"],
    ),
    (
        "[Dirql_Device.NT.Services]",
        "[Dirql_Device.NT.Services]\nInclude = pci.inf\nNeeds = Pci_Device.NT.HW",
        &["1310"],
    ),
    (
        "[Dirql_Device.NT.Services]",
        "[Dirql_Device.NT.Services]\nNeeds = Pci_Device.NT.Services",
        &["1313"],
    ),
    (
        "HKR,,Security",
        "HKLM,Software\\dirql,Here,0x00010001,1\nHKLM,Software\\dirql,Here,0x00010001,2\nHKR,,Security",
        &["1304", "1330"],
    ),
    ("[Strings]", "[Nothing]\nx = 1\n[Strings]", &["2083"]),
    (
        "[Dirql_Device.NT.Wdf]",
        "[Dirql_Log]\n[Dirql_Device.NT.LogConfigOverride]\nLogConfig = Dirql_Log\n[Dirql_Device.NT.Wdf]",
        &["1300", "1301", "2222"],
    ),
    (
        "\"dirql driver disk\"",
        "\"dirql-Treiber für Ger\u{e4}te\"",
        &["1003"],
    ),
    (
        "\"dirql driver disk\"",
        "\"dirql\0driver disk\"",
        &["ours nul"],
    ),
    ("0x00000002,Dirql_Service", "0x00000002,", &["1005", "2083"]),
    (
        "0x00000002,Dirql_Service",
        "0x00000002,Absent",
        &["1203", "2083"],
    ),
    (
        "dirql_driver,Dirql_Wdf",
        "dirql_driver,Absent",
        &["1203", "2083"],
    ),
    (
        "[Dirql_Device.NT.Services]",
        "[Dirql_Device.NT.Interfaces]\nAddInterface = {d7a3b5c1-0f44-4c6e-9a0e-5a1c7f2b8e61},,Absent\n[Dirql_Device.NT.Services]",
        &["1203"],
    ),
    (
        "[Dirql_Device.NT.Services]",
        "[Dirql_Device.NT.Software]\nAddSoftware = dirql,,Absent\n[Dirql_Device.NT.Services]",
        &["1203"],
    ),
    (
        "DisplayName   =",
        "AddTrigger = Absent\nDisplayName =",
        &["1203"],
    ),
    (
        "[Strings]",
        "[SignatureAttributes]\ndirql_driver.sys = Absent\n[Strings]",
        &["1203"],
    ),
    (
        "[Dirql_CopyFiles]\ndirql_driver.sys",
        "[Dirql_CopyFiles]",
        &["2084"],
    ),
    ("ServiceBinary = %13%\\dirql_driver.sys", "", &["1013"]),
    ("ServiceType   = 1", "", &["ours service-type"]),
    (
        "ServiceType   = 1",
        "ServiceType = kernel",
        &["ours service-type"],
    ),
    ("StartType     = 3", "", &["ours start-type"]),
    ("StartType     = 3", "StartType = 9", &["ours start-type"]),
    (
        "AddService = dirql_driver,0x00000002,Dirql_Service",
        "AddService = dirql_driver,0x00000002,Dirql_Service\nAddService = other,0x00000002,Dirql_Service",
        &["ours function-services"],
    ),
    (
        "KmdfService = dirql_driver,",
        "KmdfService = other,",
        &["ours kmdf-service"],
    ),
    (
        "ClassName          = \"Dirql\"",
        "ClassName          = \"Sample\"",
        &["1284", "1285"],
    ),
    ("PnpLockdown = 1", "", &["1324"]),
    ("PnpLockdown = 1", "PnpLockdown = 0", &["1324"]),
    (
        "DefaultDestDir = 13",
        "DefaultDestDir = 12",
        &["1322", "2084"],
    ),
    ("DriverVer   =", "", &["Inf2Cat 22.9.6"]),
    (
        "DriverVer   =",
        "DriverVer = 2024-02-03,1.0.0.0",
        &["Inf2Cat 22.9.6"],
    ),
    (
        "DriverVer   =",
        "DriverVer = 02/30/2024,1.0.0.0",
        &["Inf2Cat 22.9.6"],
    ),
    (
        "DriverVer   =",
        "DriverVer = 02/03/2024",
        &["Inf2Cat 22.9.6"],
    ),
    (
        "DriverVer   =",
        "DriverVer = 02/03/2024,1.0.x.0",
        &["Inf2Cat 22.9.6"],
    ),
    (
        "DriverVer   =",
        "DriverVer = 02/03/2024,1.0.0.0.0",
        &["Inf2Cat 22.9.6"],
    ),
    (
        "DriverVer   =",
        "DriverVer = 02/03/9999,1.0.0.0",
        &["Inf2Cat 22.9.7"],
    ),
    (
        "DriverVer   =",
        "DriverVer = 02/03/2024,1.0.0.65536",
        &["ours version-part"],
    ),
    ("Provider    = %ProviderName%", "", &["ours provider"]),
    ("Class       = %ClassName%", "", &["ours class"]),
    (
        "ClassGuid   = {d7a3b5c1",
        "ClassGuid   = {d7a3b5cX",
        &["ours class-guid"],
    ),
    (
        "ClassGuid   = {d7a3b5c1-0f44-4c6e-9a0e-5a1c7f2b8e60}",
        "",
        &["ours class-guid"],
    ),
    (
        "NT$ARCH$.10.0...19041",
        "NTarm64.10.0...19041",
        &["ours x64"],
    ),
    (
        "NT$ARCH$.10.0...19041",
        "NTamd46.10.0...19041",
        &["ours x64"],
    ),
    (
        "ManufacturerName   = \"dirql\"",
        "ManufacturerName   = \"dirql\"\nmanufacturername = \"other\"",
        &["ours string-twice"],
    ),
    (
        "D:P(A;;GA;;;SY)(A;;GA;;;BA)",
        "D:P(A;;GA;;;SY)(A;;GA;;;BA",
        &["ours sddl"],
    ),
    ("D:P(A;;GA;;;SY)", "D:P(A;;GQ;;;SY)", &["ours sddl"]),
    ("D:P(A;;GA;;;SY)", "D:P(Q;;GA;;;SY)", &["ours sddl"]),
    ("D:P(A;;GA;;;SY)", "D:P(A;;GA;;SY)", &["ours sddl"]),
    ("D:P(A;;GA;;;SY)", "D:P(A;;GA;;;QQ)", &["ours sddl"]),
    ("D:P(A;;GA;;;SY)", "P(A;;GA;;;SY)", &["ours sddl"]),
    (
        "DisplayName   =",
        "Security = \"D:\u{e4}\"\nDisplayName =",
        &["1003", "ours sddl"],
    ),
    (
        "MSISupported,0x00010001,1",
        "MSISupported,0x00000000,1",
        &["ours msi-supported"],
    ),
    (
        "MSISupported,0x00010001,1",
        "MSISupported,0x00010001,2",
        &["ours msi-supported"],
    ),
    (
        "Limit,0x00010001,1",
        "Limit,0x00000000,1",
        &["ours message-limit"],
    ),
    (
        "Limit,0x00010001,1",
        "Limit,0x00010001,0",
        &["ours message-limit"],
    ),
    (
        "Limit,0x00010001,1",
        "Limit,0x00010001,2049",
        &["ours message-limit"],
    ),
    (
        "Limit,0x00010001,1",
        "Limit,0x00010001,3",
        &["ours message-limit-msi-x"],
    ),
    (
        "Limit,0x00010001,1",
        "Limit,0x00010001,2048",
        &["ours message-limit-msi-x"],
    ),
    (
        "[Manufacturer]\n%ManufacturerName% = Dirql,NT$ARCH$.10.0...19041",
        "[DefaultInstall]\nCopyFiles = Dirql_CopyFiles\n[DefaultUninstall]\n[Dirql]",
        &["1420", "1421", "2083"],
    ),
    (
        "= Dirql,NT$ARCH$.10.0...19041",
        "= Dirql",
        &["1297", "2083", "2223"],
    ),
];

#[test]
fn each_rule_names_the_inf_that_is_bad_in_its_way() {
    let mut wrong = Vec::new();
    for (from, to, expected) in DAMAGES {
        let text = good();
        assert!(text.contains(from), "{from} is not in the INF");
        let found = broken(&text.replace(from, to));
        let expected: BTreeSet<String> = expected.iter().map(ToString::to_string).collect();
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
    let shown: BTreeSet<String> = DAMAGES
        .iter()
        .flat_map(|(_, _, codes)| codes.iter().map(ToString::to_string))
        .collect();
    let all: BTreeSet<String> = Rule::ALL
        .iter()
        .map(|rule| rule.code().to_string())
        .collect();
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
            framework: Some("1.31".to_owned()),
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

/// What `check-inf` says of a file with these bytes, in the end and before.
fn checked(name: &str, bytes: &[u8]) -> (bool, String) {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&file, bytes).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("check-inf")
        .arg(&file)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn an_inf_is_read_in_the_encodings_that_windows_takes() {
    let text = good().replace("dirql driver disk", "Ger\u{e4}te");
    let marked = [vec![0xFF, 0xFE], wide(&text)].concat();
    let latin: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    for bytes in [marked, wide(&text), latin] {
        let (read, findings) = decode(&bytes);
        assert_eq!(findings, []);
        assert!(read.contains("Ger\u{e4}te"));
        let (success, said) = checked("dirql_encoded.inx", &bytes);
        assert!(success, "{said}");
        assert!(!said.contains("1003: "), "{said}");
    }
}

#[test]
fn an_inf_in_another_encoding_is_read_and_warned_of() {
    let text = good().replace("dirql driver disk", "Ger\u{e4}te");
    let marked = [&[0xEF, 0xBB, 0xBF], good().as_bytes()].concat();
    let big: Vec<u8> = [0xFEFF]
        .into_iter()
        .chain(good().encode_utf16())
        .flat_map(u16::to_be_bytes)
        .collect();
    for (bytes, what) in [
        (text.into_bytes(), "UTF-8 beyond ASCII"),
        (marked, "UTF-8 with a byte order mark"),
        (big, "UTF-16 BE"),
    ] {
        let (success, said) = checked("dirql_warned.inx", &bytes);
        assert!(success, "{said}");
        let line =
            format!(":1: warning 1003: the file's encoding is neither ANSI nor UTF-16 LE: {what}");
        assert!(said.contains(&line), "{said}");
        assert_eq!(said.matches("warning").count(), 1, "{said}");
    }
}

#[test]
fn lines_may_end_in_any_way() {
    for ending in ["\r", "\n", "\r\n"] {
        let text = good().replace('\n', ending);
        assert_eq!(judge("dirql_other", &text), Vec::<String>::new());
        let bad = good()
            .replace("PnpLockdown = 1", "PnpLockdown = 0")
            .replace('\n', ending);
        let said = judge("dirql_other", &bad);
        assert!(said[0].starts_with("14: warning 1324: "), "{said:?}");
    }
}

#[test]
fn reading_goes_on_after_a_line_that_cannot_be_parsed() {
    let text = good()
        .replace("[DestinationDirs]", "[DestinationDirs")
        .replace("\"dirql driver disk\"", "\"dirql driver disk")
        .replace("StartType     = 3", "StartType = 9");
    let codes: Vec<String> = judge("dirql_other", &text)
        .iter()
        .map(|line| code(line))
        .collect();
    assert_eq!(codes, ["1002", "ours start-type", "1002"]);
}

#[test]
fn what_stands_before_the_first_section_is_no_part_of_the_inf() {
    let text = format!(
        "/*++\n\nCopyright, = and \"\n\nModule Name:\n    dirql.inf\n--*/\n{}",
        good()
    );
    assert_eq!(judge("dirql_other", &text), Vec::<String>::new());
}

/// Changes of the good INF that no rule may blame.
const GOOD: &[(&str, &str)] = &[
    (
        "[Strings]",
        "[SignatureAttributes]\ndirql_driver.sys = SignatureAttributes.DRM\n[SignatureAttributes.DRM]\nDRMLevel = 1300\n[Strings]",
    ),
    (
        "[Strings]",
        "[Dirql_Device.NT.Software]\nAddSoftware = dirql,,Dirql_Software\n[Dirql_Software]\nSoftwareType = 2\n[Strings]",
    ),
    (
        "[Dirql_Service]",
        "[Dirql_Trigger]\nTriggerType = 1\n[Dirql_Service]\nAddTrigger = Dirql_Trigger",
    ),
    (
        "[Dirql_Device.NT]",
        "[Dirql_Data]\nServer = local\n[Dirql_Device.NT]\nDeviceData = Dirql_Data",
    ),
    (
        "[Dirql_Device.NT]",
        "[Dirql_Events]\n[Dirql_Device.NT]\nEvents = Dirql_Events",
    ),
    ("[Manufacturer]", "[Dirql]\n[Manufacturer]"),
    (
        "[Strings]",
        "[Dirql_Device.NT.Remove]\n[Dirql_Device.NT.Remove.Services]\nDelService = dirql_driver\n[Strings]",
    ),
    // The platform's section is taken, and the plain one is no other's.
    (
        "[Strings]",
        "[Dirql_Device]\nUmdfLibraryVersion = 2.15.0\n[Strings]",
    ),
    ("Limit,0x00010001,1", "Limit,0x00010001,16"),
    ("DriverVer   =", "DriverVer = ; stampinf fills this in"),
    (
        "D:P(A;;GA;;;SY)",
        "O:BAG:S-1-5-32-544D:PAI(A;OICI;0x1f01ff;;;S-1-5-18)S:(ML;;NW;;;LW)",
    ),
    ("DriverVer   =", "DriverVer = 2-3-2024,1.65535"),
    (
        "0x00000002,Dirql_Service",
        "0x00000002,Dirql_Service\nAddService = lower,,Dirql_Service",
    ),
];

#[test]
fn no_rule_blames_what_is_documented() {
    for (from, to) in GOOD {
        let text = good();
        assert!(text.contains(from), "{from} is not in the INF");
        let said = judge("dirql_other", &text.replace(from, to));
        assert_eq!(said, Vec::<String>::new(), "{to}");
    }
}

#[test]
fn extensions_and_network_components_associate_no_service() {
    let unserved = good()
        .replace("dirql_driver,0x00000002,", "dirql_driver,,")
        .replace("[ClassInstall32]\nAddReg = DirqlClass_AddReg", "")
        .replace("[DirqlClass_AddReg]\nHKR,,,0,%ClassDescription%\nHKR,,IconPath,0x00010000,\"%%SystemRoot%%\\System32\\setupapi.dll,-5\"", "");
    assert_eq!(broken(&unserved), ["1296".to_owned()].into());
    for class in ["Extension", "NetService", "NetTrans", "NetClient"] {
        let text = unserved.replace("= \"Dirql\"", &format!("= \"{class}\""));
        assert_eq!(judge("dirql_other", &text), Vec::<String>::new(), "{class}");
    }
}

#[test]
fn a_primitive_driver_takes_away_what_it_brought() {
    let primitive = |uninstall: &str| {
        let from = good();
        let (head, tail) = from.split_once("[Manufacturer]").unwrap();
        let tail = &tail[tail.find("[Dirql_CopyFiles]").unwrap()..];
        let (files, _) = tail.split_once("[Dirql_Device.NT.HW]").unwrap();
        let strings = &from[from.find("[Strings]").unwrap()..];
        let head = head.replace("[ClassInstall32]\nAddReg = DirqlClass_AddReg", "");
        let head = &head[..head.find("[DirqlClass_AddReg]").unwrap()];
        judge(
            "dirql_other",
            &format!(
                "{head}\n[DefaultInstall.NTamd64]\nCopyFiles = Dirql_CopyFiles\n{uninstall}\n{files}\n{strings}"
            ),
        )
    };
    let own = "[DefaultUninstall.NTamd64]\nLegacyUninstall = 1\n[DefaultUninstall.NTamd64.Services]\nDelService = dirql_driver,0x200";
    assert_eq!(primitive(own), Vec::<String>::new());
    let elsewhere = own.replace(
        "[DefaultUninstall.NTamd64.Services]",
        "[DefaultInstall.NTamd64.Services]",
    );
    assert!(primitive(&elsewhere)[0].contains("1302: "));
}

#[test]
fn the_driver_store_takes_a_later_windows_of_the_models_that_use_it() {
    let text = good()
        .replace("= Dirql,NT$ARCH$.10.0...19041", "= Dirql,NT$ARCH$,NT$ARCH$.10.0...19041")
        .replace(
            "[Dirql_Device.NT]",
            "[Dirql.NT$ARCH$]\n%DeviceDescription% = Dirql_Old,PCI\\VEN_1234&DEV_11E8\n[Dirql_Old.NT]\nCopyFiles = Dirql_OldFiles\n[Dirql_OldFiles]\ndirql_driver.sys\n[Dirql_Old.NT.Services]\nAddService = dirql_driver,2,Dirql_OldService\n[Dirql_OldService]\nServiceType = 1\nStartType = 3\nServiceBinary = %12%\\dirql_driver.sys\n[Dirql_Device.NT]",
        )
        .replace("DefaultDestDir = 13", "DefaultDestDir = 13\nDirql_OldFiles = 12");
    assert_eq!(judge("dirql_other", &text), Vec::<String>::new());
    let stored = text.replace("Dirql_OldFiles = 12", "Dirql_OldFiles = 13");
    assert_eq!(broken(&stored), ["1199", "2084"].map(str::to_owned).into());
}

#[test]
fn a_driver_ver_is_in_the_future_from_the_next_day_on() {
    let text = good().replace("DriverVer   =", "DriverVer = 02/29/2024,1.0.0.0");
    let inf = Inf::parse(&text.replace("$ARCH$", "amd64")).unwrap();
    let on = |month, day| {
        let today = rules::Date {
            year: 2024,
            month,
            day,
        };
        rules::check_on(&inf, today).len()
    };
    assert_eq!((on(2, 28), on(2, 29), on(3, 1)), (1, 0, 0));
}

#[test]
fn a_foreign_inf_passes_with_warnings_and_is_told_what_is_checked() {
    let text = good().replace("PnpLockdown = 1", "");
    let (success, said) = checked("dirql_foreign.inx", text.as_bytes());
    assert!(success, "{said}");
    assert!(
        said.contains("dirql_foreign.inx:7: warning 1324: "),
        "{said}"
    );
    assert!(said.contains("checked: InfVerif 1001, 1002, "), "{said}");
    assert!(said.contains("Inf2Cat 22.9.6, 22.9.7; ours "), "{said}");
    assert!(said.contains("not checked: InfVerif 1006, "), "{said}");
    for rule in Rule::ALL {
        let code = rule.code().to_string();
        let name = code
            .trim_start_matches("Inf2Cat ")
            .trim_start_matches("ours ");
        assert!(said.contains(name), "{name}: {said}");
    }
}

#[test]
fn an_inf_without_stampinf_s_marks_is_judged_as_it_stands() {
    let stamped = good()
        .replace("$ARCH$", "amd64")
        .replace("$KMDFVERSION$", "1.31");
    let (success, said) = checked("dirql_stamped.inf", stamped.as_bytes());
    assert!(!success && said.contains("Inf2Cat 22.9.6: "), "{said}");
    let whole = stamped.replace("DriverVer   =", "DriverVer = 02/03/2024,1.2.3.4");
    let (success, said) = checked("dirql_stamped.inf", whole.as_bytes());
    assert!(success && !said.contains("warning"), "{said}");
}

/// The steps of xorshift64.
fn random(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 16).unwrap()
}

#[test]
fn no_bytes_make_the_check_panic() {
    let texts = [good().into_bytes(), wide(&good())];
    let spice: &[&[u8]] = &[
        b"[",
        b"]",
        b"\"",
        b"%",
        b"=",
        b",",
        b"\\\n",
        b"\0",
        b"\xFF\xFE",
        b";",
        b".",
        b"(",
        b")",
        b"D:",
        b"\xC3\xA4",
        b"\xE4",
        b"\r",
        b"{",
        b"@",
        b"S-1-",
        b"0x",
    ];
    let mut state = 0x9E37_79B9_7F4A_7C15;
    for round in 0..4000 {
        let mut bytes = texts[round % 2].clone();
        for _ in 0..=random(&mut state) % 8 {
            let at = random(&mut state) % bytes.len();
            let end = (at + random(&mut state) % 40).min(bytes.len());
            match random(&mut state) % 4 {
                0 => bytes[at] = random(&mut state).to_le_bytes()[0],
                1 => drop(bytes.drain(at..end)),
                2 => {
                    let more = spice[random(&mut state) % spice.len()];
                    bytes.splice(at..at, more.iter().copied());
                }
                _ => {
                    let copy = bytes[at..end].to_vec();
                    let to = random(&mut state) % bytes.len();
                    bytes.splice(to..to, copy);
                }
            }
            if bytes.is_empty() {
                bytes.push(b'[');
            }
        }
        let (text, _) = decode(&bytes);
        for line in judge("dirql_other", &text) {
            assert!(!line.is_empty());
        }
    }
}
