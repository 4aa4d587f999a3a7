//! What the pages of the "Unattended Windows Setup Reference" say of each element that the answers have.
//!
//! A row is a page, and each row has one: none was written without. Its name is the last part of its address below
//! learn.microsoft.com, `windows-hardware/customize/desktop/unattend`, which is the component and the element's path, in
//! lower case. Each row was compared with the page's Markdown of December 2018, in the public copy of Microsoft's repository,
//! sfigg/commercialization-public at `34b0f79c731f`. Fourteen of the pages were also read as the site had them later, and say
//! the same of children, passes and values.
//!
//! Which elements are items of lists is in the examples of the pages, by `wcm:action`.

use std::ops::RangeInclusive;

/// A page.
pub(super) struct Page {
    /// The last part of its address.
    pub(super) name: &'static str,
    /// "Valid Configuration Passes"; those of components list none, but that of the international settings.
    pub(super) passes: &'static [&'static str],
    pub(super) says: Says,
}

/// What a page says of its element.
pub(super) enum Says {
    /// The "Child Elements".
    Settings(&'static [&'static str]),
    /// The same, of an item of a list, which says what is done with it.
    Item(&'static [&'static str]),
    /// One of these.
    Words(&'static [&'static str]),
    /// A number.
    Number(RangeInclusive<u32>),
    /// A string, perhaps with a longest length, that may be empty.
    Text(Option<usize>),
    /// A string that "does not support empty elements".
    Filled,
    /// A name of a user: 256 characters at most, not empty, none of those that the page forbids, and not "NONE".
    User,
    /// A language and its region, by RFC 3066.
    Language,
    /// "An uppercase letter, C through Z".
    Letter,
}

impl Says {
    /// Whether an element may have this text.
    pub(super) fn allows(&self, text: &str) -> bool {
        match self {
            Self::Settings(_) | Self::Item(_) => false,
            Self::Words(words) => words.contains(&text),
            Self::Number(range) => text.parse().is_ok_and(|number| range.contains(&number)),
            Self::Text(longest) => longest.is_none_or(|longest| text.chars().count() <= longest),
            Self::Filled => !text.is_empty(),
            Self::User => {
                let forbidden = |sign| "\"/\\[]:|<>+=;,?*%@".contains(sign);
                (1..=256).contains(&text.chars().count())
                    && !text.contains(forbidden)
                    && !text.eq_ignore_ascii_case("NONE")
            }
            Self::Language => text.split_once('-').is_some_and(|(language, region)| {
                [language, region].iter().all(|part| {
                    part.len() == 2 && part.bytes().all(|sign| sign.is_ascii_alphabetic())
                })
            }),
            Self::Letter => matches!(text.as_bytes(), [b'C'..=b'Z']),
        }
    }
}

const BOOLEAN: Says = Says::Words(&["true", "false"]);
const ANY: RangeInclusive<u32> = 0..=u32::MAX;
const FROM_ONE: RangeInclusive<u32> = 1..=u32::MAX;

const WINDOWS_PE: &[&str] = &["windowsPE"];
const OOBE: &[&str] = &["oobeSystem"];
const ACCOUNTS: &[&str] = &["auditSystem", "oobeSystem"];
const LOGON: &[&str] = &["auditSystem", "oobeSystem", "specialize"];

const fn page(name: &'static str, passes: &'static [&'static str], says: Says) -> Page {
    Page { name, passes, says }
}

/// The pages.
pub(super) const PAGES: &[Page] = &[
    page(
        "microsoft-windows-international-core-winpe",
        WINDOWS_PE,
        Says::Settings(&[
            "InputLocale",
            "LayeredDriver",
            "SetupUILanguage",
            "SystemLocale",
            "UILanguage",
            "UILanguageFallback",
            "UserLocale",
        ]),
    ),
    page(
        "microsoft-windows-international-core-winpe-inputlocale",
        WINDOWS_PE,
        Says::Language,
    ),
    page(
        "microsoft-windows-international-core-winpe-setupuilanguage",
        WINDOWS_PE,
        Says::Settings(&["UILanguage", "WillShowUI"]),
    ),
    page(
        "microsoft-windows-international-core-winpe-setupuilanguage-uilanguage",
        WINDOWS_PE,
        Says::Language,
    ),
    page(
        "microsoft-windows-international-core-winpe-systemlocale",
        WINDOWS_PE,
        Says::Language,
    ),
    page(
        "microsoft-windows-international-core-winpe-uilanguage",
        WINDOWS_PE,
        Says::Language,
    ),
    page(
        "microsoft-windows-international-core-winpe-userlocale",
        WINDOWS_PE,
        Says::Language,
    ),
    page(
        "microsoft-windows-setup",
        &[],
        Says::Settings(&[
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
        ]),
    ),
    page(
        "microsoft-windows-setup-diskconfiguration",
        WINDOWS_PE,
        Says::Settings(&["Disk", "WillShowUI", "DisableEncryptedDiskProvisioning"]),
    ),
    page(
        "microsoft-windows-setup-diskconfiguration-disk",
        WINDOWS_PE,
        Says::Item(&[
            "DiskID",
            "CreatePartitions",
            "ModifyPartitions",
            "WillWipeDisk",
        ]),
    ),
    page(
        "microsoft-windows-setup-diskconfiguration-disk-diskid",
        WINDOWS_PE,
        Says::Number(ANY),
    ),
    page(
        "microsoft-windows-setup-diskconfiguration-disk-willwipedisk",
        WINDOWS_PE,
        BOOLEAN,
    ),
    page(
        "microsoft-windows-setup-diskconfiguration-disk-createpartitions",
        WINDOWS_PE,
        Says::Settings(&["CreatePartition"]),
    ),
    page(
        "microsoft-windows-setup-diskconfiguration-disk-createpartitions-createpartition",
        WINDOWS_PE,
        Says::Item(&["Extend", "Order", "Size", "Type"]),
    ),
    page(
        "microsoft-windows-setup-diskconfiguration-disk-createpartitions-createpartition-extend",
        WINDOWS_PE,
        BOOLEAN,
    ),
    page(
        "microsoft-windows-setup-diskconfiguration-disk-createpartitions-createpartition-order",
        WINDOWS_PE,
        Says::Number(FROM_ONE),
    ),
    page(
        "microsoft-windows-setup-diskconfiguration-disk-createpartitions-createpartition-size",
        WINDOWS_PE,
        Says::Number(FROM_ONE),
    ),
    page(
        "microsoft-windows-setup-diskconfiguration-disk-createpartitions-createpartition-type",
        WINDOWS_PE,
        Says::Words(&["EFI", "Extended", "Logical", "MSR", "Primary"]),
    ),
    page(
        "microsoft-windows-setup-diskconfiguration-disk-modifypartitions",
        WINDOWS_PE,
        Says::Settings(&["ModifyPartition"]),
    ),
    page(
        "microsoft-windows-setup-diskconfiguration-disk-modifypartitions-modifypartition",
        WINDOWS_PE,
        Says::Item(&[
            "Active",
            "Extend",
            "Format",
            "Label",
            "Letter",
            "Order",
            "PartitionID",
            "TypeID",
        ]),
    ),
    page(
        "microsoft-windows-setup-diskconfiguration-disk-modifypartitions-modifypartition-active",
        WINDOWS_PE,
        BOOLEAN,
    ),
    page(
        "microsoft-windows-setup-diskconfiguration-disk-modifypartitions-modifypartition-format",
        WINDOWS_PE,
        Says::Words(&["NTFS", "FAT32"]),
    ),
    page(
        "microsoft-windows-setup-diskconfiguration-disk-modifypartitions-modifypartition-label",
        WINDOWS_PE,
        Says::Filled,
    ),
    page(
        "microsoft-windows-setup-diskconfiguration-disk-modifypartitions-modifypartition-letter",
        WINDOWS_PE,
        Says::Letter,
    ),
    page(
        "microsoft-windows-setup-diskconfiguration-disk-modifypartitions-modifypartition-order",
        WINDOWS_PE,
        Says::Number(FROM_ONE),
    ),
    page(
        "microsoft-windows-setup-diskconfiguration-disk-modifypartitions-modifypartition-partitionid",
        WINDOWS_PE,
        Says::Number(FROM_ONE),
    ),
    page(
        "microsoft-windows-setup-imageinstall",
        WINDOWS_PE,
        Says::Settings(&["DataImage", "OSImage"]),
    ),
    page(
        "microsoft-windows-setup-imageinstall-osimage",
        WINDOWS_PE,
        Says::Settings(&[
            "InstallFrom",
            "InstallTo",
            "InstallToAvailablePartition",
            "WillShowUI",
        ]),
    ),
    page(
        "microsoft-windows-setup-imageinstall-osimage-installfrom",
        WINDOWS_PE,
        Says::Settings(&["Credentials", "MetaData", "Path"]),
    ),
    page(
        "microsoft-windows-setup-imageinstall-osimage-installfrom-metadata",
        WINDOWS_PE,
        Says::Item(&["Key", "Value"]),
    ),
    page(
        "microsoft-windows-setup-imageinstall-osimage-installfrom-metadata-key",
        WINDOWS_PE,
        Says::Words(&["/IMAGE/INDEX", "/IMAGE/NAME", "/IMAGE/DESCRIPTION"]),
    ),
    page(
        "microsoft-windows-setup-imageinstall-osimage-installfrom-metadata-value",
        WINDOWS_PE,
        Says::Filled,
    ),
    page(
        "microsoft-windows-setup-imageinstall-osimage-installto",
        WINDOWS_PE,
        Says::Settings(&["DiskID", "PartitionID"]),
    ),
    page(
        "microsoft-windows-setup-imageinstall-osimage-installto-diskid",
        WINDOWS_PE,
        Says::Number(ANY),
    ),
    page(
        "microsoft-windows-setup-imageinstall-osimage-installto-partitionid",
        WINDOWS_PE,
        Says::Number(FROM_ONE),
    ),
    page(
        "microsoft-windows-setup-userdata",
        WINDOWS_PE,
        Says::Settings(&["AcceptEula", "FullName", "Organization", "ProductKey"]),
    ),
    page(
        "microsoft-windows-setup-userdata-accepteula",
        WINDOWS_PE,
        BOOLEAN,
    ),
    page(
        "microsoft-windows-setup-userdata-productkey",
        WINDOWS_PE,
        Says::Settings(&["Key", "WillShowUI"]),
    ),
    page(
        "microsoft-windows-setup-userdata-productkey-willshowui",
        WINDOWS_PE,
        Says::Words(&["Always", "OnError", "Never"]),
    ),
    page(
        "microsoft-windows-shell-setup",
        &[],
        Says::Settings(&[
            "AutoLogon",
            "BluetoothTaskbarIconEnabled",
            "ComputerName",
            "ConvertibleSlateModePromptPreference",
            "CopyProfile",
            "DisableAutoDaylightTimeSet",
            "Display",
            "FirstLogonCommands",
            "FolderLocations",
            "LogonCommands",
            "NotificationArea",
            "OEMInformation",
            "OEMName",
            "OfflineUserAccounts",
            "OOBE",
            "ProductKey",
            "RegisteredOrganization",
            "RegisteredOwner",
            "ShowPowerButtonOnStartScreen",
            "SignInMode",
            "StartTiles",
            "TaskbarLinks",
            "Themes",
            "TimeZone",
            "UserAccounts",
            "VisualEffects",
            "WindowsFeatures",
        ]),
    ),
    page(
        "microsoft-windows-shell-setup-oobe",
        OOBE,
        Says::Settings(&[
            "HideEULAPage",
            "HideLocalAccountScreen",
            "HideOEMRegistrationScreen",
            "HideOnlineAccountScreens",
            "HideWirelessSetupInOOBE",
            "NetworkLocation",
            "OEMAppID",
            "ProtectYourPC",
            "UnattendEnableRetailDemo",
            "VMModeOptimizations",
        ]),
    ),
    page(
        "microsoft-windows-shell-setup-oobe-hideeulapage",
        OOBE,
        BOOLEAN,
    ),
    page(
        "microsoft-windows-shell-setup-oobe-hidelocalaccountscreen",
        OOBE,
        BOOLEAN,
    ),
    page(
        "microsoft-windows-shell-setup-oobe-hideonlineaccountscreens",
        OOBE,
        BOOLEAN,
    ),
    page(
        "microsoft-windows-shell-setup-oobe-hidewirelesssetupinoobe",
        OOBE,
        BOOLEAN,
    ),
    page(
        "microsoft-windows-shell-setup-oobe-protectyourpc",
        OOBE,
        Says::Words(&["1", "2", "3"]),
    ),
    page(
        "microsoft-windows-shell-setup-useraccounts",
        ACCOUNTS,
        Says::Settings(&["AdministratorPassword", "DomainAccounts", "LocalAccounts"]),
    ),
    page(
        "microsoft-windows-shell-setup-useraccounts-administratorpassword",
        ACCOUNTS,
        Says::Settings(&["Value", "PlainText"]),
    ),
    page(
        "microsoft-windows-shell-setup-useraccounts-administratorpassword-plaintext",
        ACCOUNTS,
        BOOLEAN,
    ),
    page(
        "microsoft-windows-shell-setup-useraccounts-administratorpassword-value",
        ACCOUNTS,
        Says::Text(None),
    ),
    page(
        "microsoft-windows-shell-setup-useraccounts-localaccounts",
        ACCOUNTS,
        Says::Settings(&["LocalAccount"]),
    ),
    page(
        "microsoft-windows-shell-setup-useraccounts-localaccounts-localaccount",
        ACCOUNTS,
        Says::Item(&["Description", "DisplayName", "Group", "Name", "Password"]),
    ),
    page(
        "microsoft-windows-shell-setup-useraccounts-localaccounts-localaccount-group",
        ACCOUNTS,
        Says::Text(Some(256)),
    ),
    page(
        "microsoft-windows-shell-setup-useraccounts-localaccounts-localaccount-name",
        ACCOUNTS,
        Says::User,
    ),
    page(
        "microsoft-windows-shell-setup-useraccounts-localaccounts-localaccount-password",
        ACCOUNTS,
        Says::Settings(&["PlainText", "Value"]),
    ),
    page(
        "microsoft-windows-shell-setup-useraccounts-localaccounts-localaccount-password-plaintext",
        ACCOUNTS,
        BOOLEAN,
    ),
    page(
        "microsoft-windows-shell-setup-useraccounts-localaccounts-localaccount-password-value",
        ACCOUNTS,
        Says::Text(None),
    ),
    page(
        "microsoft-windows-shell-setup-autologon",
        LOGON,
        Says::Settings(&["Domain", "Enabled", "LogonCount", "Password", "Username"]),
    ),
    page(
        "microsoft-windows-shell-setup-autologon-enabled",
        LOGON,
        BOOLEAN,
    ),
    page(
        "microsoft-windows-shell-setup-autologon-logoncount",
        LOGON,
        Says::Number(ANY),
    ),
    page(
        "microsoft-windows-shell-setup-autologon-password",
        LOGON,
        Says::Settings(&["PlainText", "Value"]),
    ),
    page(
        "microsoft-windows-shell-setup-autologon-password-plaintext",
        LOGON,
        BOOLEAN,
    ),
    page(
        "microsoft-windows-shell-setup-autologon-password-value",
        LOGON,
        Says::Text(None),
    ),
    page(
        "microsoft-windows-shell-setup-autologon-username",
        LOGON,
        Says::User,
    ),
    page(
        "microsoft-windows-shell-setup-firstlogoncommands",
        OOBE,
        Says::Settings(&["SynchronousCommand"]),
    ),
    page(
        "microsoft-windows-shell-setup-firstlogoncommands-synchronouscommand",
        OOBE,
        Says::Item(&["CommandLine", "Description", "Order", "RequiresUserInput"]),
    ),
    page(
        "microsoft-windows-shell-setup-firstlogoncommands-synchronouscommand-commandline",
        OOBE,
        Says::Text(Some(1024)),
    ),
    page(
        "microsoft-windows-shell-setup-firstlogoncommands-synchronouscommand-order",
        OOBE,
        Says::Number(1..=500),
    ),
];
