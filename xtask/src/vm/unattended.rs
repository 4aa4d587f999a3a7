//! The answers to Windows' set-up: a local administrator who logs on by himself, and the guest's script from then on.
//!
//! No set-up has read them yet: there is no Windows here. The element names are those of the "Unattended Windows Setup
//! Reference"; a test holds the file to those pages. No product key is given; set-up takes an edition's image by its index.
//!
//! A server wants a password of three kinds of characters, and one for its own administrator.

/// `autounattend.xml`, for the edition with this index.
pub(super) fn answers(edition: u32) -> String {
    ANSWERS.replace("EDITION", &edition.to_string())
}

const ANSWERS: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<unattend xmlns="urn:schemas-microsoft-com:unattend" xmlns:wcm="http://schemas.microsoft.com/WMIConfig/2002/State">
  <settings pass="windowsPE">
    <component name="Microsoft-Windows-International-Core-WinPE" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS">
      <SetupUILanguage><UILanguage>en-US</UILanguage></SetupUILanguage>
      <InputLocale>en-US</InputLocale>
      <SystemLocale>en-US</SystemLocale>
      <UILanguage>en-US</UILanguage>
      <UserLocale>en-US</UserLocale>
    </component>
    <component name="Microsoft-Windows-Setup" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS">
      <DiskConfiguration>
        <Disk wcm:action="add">
          <DiskID>0</DiskID>
          <WillWipeDisk>true</WillWipeDisk>
          <CreatePartitions>
            <CreatePartition wcm:action="add"><Order>1</Order><Type>Primary</Type><Extend>true</Extend></CreatePartition>
          </CreatePartitions>
          <ModifyPartitions>
            <ModifyPartition wcm:action="add"><Order>1</Order><PartitionID>1</PartitionID><Format>NTFS</Format><Label>Windows</Label><Letter>C</Letter><Active>true</Active></ModifyPartition>
          </ModifyPartitions>
        </Disk>
      </DiskConfiguration>
      <ImageInstall>
        <OSImage>
          <InstallFrom><MetaData wcm:action="add"><Key>/IMAGE/INDEX</Key><Value>EDITION</Value></MetaData></InstallFrom>
          <InstallTo><DiskID>0</DiskID><PartitionID>1</PartitionID></InstallTo>
        </OSImage>
      </ImageInstall>
      <UserData><AcceptEula>true</AcceptEula></UserData>
    </component>
  </settings>
  <settings pass="oobeSystem">
    <component name="Microsoft-Windows-Shell-Setup" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS">
      <OOBE>
        <HideEULAPage>true</HideEULAPage>
        <HideOnlineAccountScreens>true</HideOnlineAccountScreens>
        <HideWirelessSetupInOOBE>true</HideWirelessSetupInOOBE>
        <ProtectYourPC>3</ProtectYourPC>
      </OOBE>
      <UserAccounts>
        <AdministratorPassword><Value>Dirql-123</Value><PlainText>true</PlainText></AdministratorPassword>
        <LocalAccounts>
          <LocalAccount wcm:action="add">
            <Name>dirql</Name>
            <Group>Administrators</Group>
            <Password><Value>Dirql-123</Value><PlainText>true</PlainText></Password>
          </LocalAccount>
        </LocalAccounts>
      </UserAccounts>
      <AutoLogon>
        <Enabled>true</Enabled>
        <Username>dirql</Username>
        <Password><Value>Dirql-123</Value><PlainText>true</PlainText></Password>
        <LogonCount>99</LogonCount>
      </AutoLogon>
      <FirstLogonCommands>
        <SynchronousCommand wcm:action="add">
          <Order>1</Order>
          <CommandLine>powershell.exe -ExecutionPolicy Bypass -Command "$d = (Get-Volume -FileSystemLabel DIRQL).DriveLetter; Copy-Item -Recurse ($d + ':\') C:\dirql; &amp; C:\dirql\scripts\Start-Guest.ps1"</CommandLine>
        </SynchronousCommand>
      </FirstLogonCommands>
    </component>
  </settings>
</unattend>
"#;

#[cfg(test)]
mod tests {
    use super::*;

    /// The pages of the "Unattended Windows Setup Reference" (learn.microsoft.com, `windows-hardware/customize/desktop/unattend`)
    /// of the elements that the file has: the component, the passes that the page lists, the element's path, and the
    /// children that the page lists.
    const PAGES: &[(&str, &str, &str, &[&str])] = &[
        (
            "Microsoft-Windows-International-Core-WinPE",
            "windowsPE",
            "",
            &[
                "InputLocale",
                "LayeredDriver",
                "SetupUILanguage",
                "SystemLocale",
                "UILanguage",
                "UILanguageFallback",
                "UserLocale",
            ],
        ),
        (
            "Microsoft-Windows-International-Core-WinPE",
            "windowsPE",
            "SetupUILanguage",
            &["UILanguage", "WillShowUI"],
        ),
        (
            "Microsoft-Windows-Setup",
            "windowsPE",
            "",
            &[
                "ComplianceCheck",
                "Diagnostics",
                "DiskConfiguration",
                "Display",
                "DynamicUpdate",
                "EnableFirewall",
                "EnableNetwork",
                "ImageInstall",
                "LogPath",
                "PageFile",
                "Restart",
                "RunAsynchronous",
                "RunSynchronous",
                "UpgradeData",
                "UseConfigurationSet",
                "UserData",
                "WindowsDeploymentServices",
            ],
        ),
        (
            "Microsoft-Windows-Setup",
            "windowsPE",
            "DiskConfiguration",
            &["DisableEncryptedDiskProvisioning", "Disk", "WillShowUI"],
        ),
        (
            "Microsoft-Windows-Setup",
            "windowsPE",
            "DiskConfiguration/Disk",
            &[
                "CreatePartitions",
                "DiskID",
                "ModifyPartitions",
                "WillWipeDisk",
            ],
        ),
        (
            "Microsoft-Windows-Setup",
            "windowsPE",
            "DiskConfiguration/Disk/CreatePartitions",
            &["CreatePartition"],
        ),
        (
            "Microsoft-Windows-Setup",
            "windowsPE",
            "DiskConfiguration/Disk/CreatePartitions/CreatePartition",
            &["Extend", "Order", "Size", "Type"],
        ),
        (
            "Microsoft-Windows-Setup",
            "windowsPE",
            "DiskConfiguration/Disk/ModifyPartitions",
            &["ModifyPartition"],
        ),
        (
            "Microsoft-Windows-Setup",
            "windowsPE",
            "DiskConfiguration/Disk/ModifyPartitions/ModifyPartition",
            &[
                "Active",
                "Extend",
                "Format",
                "Label",
                "Letter",
                "Order",
                "PartitionID",
                "TypeID",
            ],
        ),
        (
            "Microsoft-Windows-Setup",
            "windowsPE",
            "ImageInstall",
            &["DataImage", "OSImage"],
        ),
        (
            "Microsoft-Windows-Setup",
            "windowsPE",
            "ImageInstall/OSImage",
            &[
                "Compact",
                "InstallFrom",
                "InstallTo",
                "InstallToAvailablePartition",
                "WillShowUI",
            ],
        ),
        (
            "Microsoft-Windows-Setup",
            "windowsPE",
            "ImageInstall/OSImage/InstallFrom",
            &["Credentials", "MetaData", "Path"],
        ),
        (
            "Microsoft-Windows-Setup",
            "windowsPE",
            "ImageInstall/OSImage/InstallFrom/MetaData",
            &["Key", "Value"],
        ),
        (
            "Microsoft-Windows-Setup",
            "windowsPE",
            "ImageInstall/OSImage/InstallTo",
            &["DiskID", "PartitionID"],
        ),
        (
            "Microsoft-Windows-Setup",
            "windowsPE",
            "UserData",
            &["AcceptEula", "FullName", "Organization", "ProductKey"],
        ),
        (
            "Microsoft-Windows-Shell-Setup",
            "oobeSystem",
            "",
            &[
                "AutoLogon",
                "BluetoothTaskbarIconEnabled",
                "DesktopOptimization",
                "DisableAutoDaylightTimeSet",
                "Display",
                "FirstLogonCommands",
                "FolderLocations",
                "LogonCommands",
                "OEMInformation",
                "OOBE",
                "RegisteredOrganization",
                "RegisteredOwner",
                "ShowWindowsLive",
                "StartPanelOff",
                "TaskbarLinks",
                "Themes",
                "TimeZone",
                "UserAccounts",
                "VisualEffects",
                "WindowsFeatures",
            ],
        ),
        (
            "Microsoft-Windows-Shell-Setup",
            "oobeSystem",
            "OOBE",
            &[
                "HideEULAPage",
                "HideLocalAccountScreen",
                "HideOEMRegistrationScreen",
                "HideOnlineAccountScreens",
                "HideWirelessSetupInOOBE",
                "NetworkLocation",
                "OEMAppId",
                "ProtectYourPC",
                "SkipMachineOOBE",
                "SkipUserOOBE",
                "UnattendEnableRetailDemo",
                "VMModeOptimizations",
            ],
        ),
        (
            "Microsoft-Windows-Shell-Setup",
            "oobeSystem",
            "UserAccounts",
            &["AdministratorPassword", "DomainAccounts", "LocalAccounts"],
        ),
        (
            "Microsoft-Windows-Shell-Setup",
            "oobeSystem",
            "UserAccounts/AdministratorPassword",
            &["PlainText", "Value"],
        ),
        (
            "Microsoft-Windows-Shell-Setup",
            "oobeSystem",
            "UserAccounts/LocalAccounts",
            &["LocalAccount"],
        ),
        (
            "Microsoft-Windows-Shell-Setup",
            "oobeSystem",
            "UserAccounts/LocalAccounts/LocalAccount",
            &["Description", "DisplayName", "Group", "Name", "Password"],
        ),
        (
            "Microsoft-Windows-Shell-Setup",
            "oobeSystem",
            "UserAccounts/LocalAccounts/LocalAccount/Password",
            &["PlainText", "Value"],
        ),
        (
            "Microsoft-Windows-Shell-Setup",
            "oobeSystem",
            "AutoLogon",
            &["Domain", "Enabled", "LogonCount", "Password", "Username"],
        ),
        (
            "Microsoft-Windows-Shell-Setup",
            "oobeSystem",
            "AutoLogon/Password",
            &["PlainText", "Value"],
        ),
        (
            "Microsoft-Windows-Shell-Setup",
            "oobeSystem",
            "FirstLogonCommands",
            &["SynchronousCommand"],
        ),
        (
            "Microsoft-Windows-Shell-Setup",
            "oobeSystem",
            "FirstLogonCommands/SynchronousCommand",
            &["CommandLine", "Description", "Order", "RequiresUserInput"],
        ),
    ];
    /// What pages let an element say.
    const VALUES: &[(&str, &[&str])] = &[
        ("AcceptEula", &["true", "false"]),
        ("Active", &["true", "false"]),
        ("Enabled", &["true", "false"]),
        ("Extend", &["true", "false"]),
        ("Format", &["NTFS", "FAT32"]),
        ("HideEULAPage", &["true", "false"]),
        ("HideOnlineAccountScreens", &["true", "false"]),
        ("HideWirelessSetupInOOBE", &["true", "false"]),
        (
            "Key",
            &["/IMAGE/INDEX", "/IMAGE/NAME", "/IMAGE/DESCRIPTION"],
        ),
        ("PlainText", &["true", "false"]),
        ("ProtectYourPC", &["1", "2", "3"]),
        ("Type", &["EFI", "Extended", "Logical", "MSR", "Primary"]),
        ("WillWipeDisk", &["true", "false"]),
    ];
    /// Items of lists say what is done with them.
    const LISTED: [&str; 6] = [
        "Disk",
        "CreatePartition",
        "ModifyPartition",
        "MetaData",
        "LocalAccount",
        "SynchronousCommand",
    ];
    /// "CommandLine": the longest that it may be.
    const LONGEST_COMMAND: usize = 1024;

    /// What a file says that the pages do not.
    fn departures(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut stack: Vec<&str> = Vec::new();
        let (mut pass, mut component) = ("", "");
        let mut rest = text.split_once("?>").expect("it has a declaration").1;
        while let Some((before, tail)) = rest.split_once('<') {
            let (tag, after) = tail.split_once('>').expect("a bracket closes");
            rest = after;
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(stack.pop(), Some(name), "elements nest");
                let is_leaf = !before.trim().is_empty();
                let values = VALUES.iter().find(|(known, _)| *known == name);
                if let Some((_, values)) = values.filter(|_| is_leaf)
                    && !values.contains(&before)
                {
                    found.push(format!("{name} is {before}"));
                }
                if name == "CommandLine" && before.len() > LONGEST_COMMAND {
                    found.push(format!("a command of {} characters", before.len()));
                }
                continue;
            }
            let name = tag.split_whitespace().next().expect("a tag has a name");
            let attribute = |key: &str| {
                let (_, value) = tag.split_once(&format!("{key}=\""))?;
                value.split_once('"').map(|(value, _)| value)
            };
            match stack.len() {
                0 => {}
                1 => pass = attribute("pass").expect("settings are of a pass"),
                2 => component = attribute("name").expect("a component has a name"),
                _ => {
                    let path = stack[3..].join("/");
                    let page = PAGES
                        .iter()
                        .find(|(of, _, known, _)| *of == component && *known == path);
                    match page {
                        None => found.push(format!("{component} {path} has no page here")),
                        Some((_, passes, ..)) if *passes != pass => {
                            found.push(format!("{component} {path} in the pass {pass}"));
                        }
                        Some((.., children)) if !children.contains(&name) => {
                            found.push(format!("{component} {path} has no {name}"));
                        }
                        Some(_) => {}
                    }
                    if LISTED.contains(&name) != (attribute("wcm:action") == Some("add")) {
                        found.push(format!("{name}: wcm:action"));
                    }
                }
            }
            stack.push(name);
        }
        assert!(stack.is_empty(), "elements are closed");
        found
    }

    #[test]
    fn the_answers_are_what_the_reference_has_questions_for() {
        assert_eq!(departures(&answers(2)), Vec::<String>::new());
        assert!(answers(2).contains("<Key>/IMAGE/INDEX</Key><Value>2</Value>"));
    }

    #[test]
    fn an_answer_that_nothing_asks_for_is_found() {
        for (what, instead, says) in [
            ("ProtectYourPC>3", "ProtectYourPC>4", "ProtectYourPC is 4"),
            (
                "HideEULAPage",
                "HideLicensePage",
                "OOBE has no HideLicensePage",
            ),
            (
                "pass=\"oobeSystem\"",
                "pass=\"specialize\"",
                "in the pass specialize",
            ),
            ("<Type>Primary", "<Type>Main", "Type is Main"),
            (
                "<LocalAccount wcm:action=\"add\">",
                "<LocalAccount>",
                "LocalAccount: wcm:action",
            ),
        ] {
            let wrong = answers(1).replace(what, instead);
            let found = departures(&wrong);
            assert!(
                found.iter().any(|line| line.contains(says)),
                "{says}: {found:?}"
            );
        }
    }

    #[test]
    fn a_server_takes_the_password() {
        let text = answers(1);
        let (_, rest) = text.split_once("<Password><Value>").unwrap();
        let (password, _) = rest.split_once('<').unwrap();
        let kinds: [fn(char) -> bool; 4] = [
            |sign| sign.is_ascii_uppercase(),
            |sign| sign.is_ascii_lowercase(),
            |sign| sign.is_ascii_digit(),
            |sign| sign.is_ascii_punctuation(),
        ];
        let has = kinds
            .iter()
            .filter(|kind| password.chars().any(kind))
            .count();
        assert!(has >= 3, "{password}");
        // "Password must meet complexity requirements": not the account's name, which has more than two characters.
        assert!(password.len() >= 6);
    }
}
