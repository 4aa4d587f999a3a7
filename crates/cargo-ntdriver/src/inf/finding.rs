//! What the check of an INF finds: rules of `InfVerif` and `Inf2Cat` by their numbers, and rules of our own.
//!
//! `InfVerif`'s numbers and what they mean are those of Microsoft's page "INF Validation Errors and Warnings"; those
//! that the page leaves out are from public logs, which docs/windows.md cites. Only rules that the text of one INF
//! decides are here; `InfVerif` knows more, among it every INF that comes with Windows. A rule that stands on no page
//! and in no log has a name instead of a number.

use std::fmt;

/// Numbers of `InfVerif` that pages and logs explain and that are not checked: each takes more than the text of one
/// INF, or has no public text (1307, 1323).
pub const NOT_CHECKED: &[u16] = &[1006, 1258, 1293, 1307, 1323, 1402, 2086];

/// Where a rule is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A number of `InfVerif`.
    InfVerif(u16),
    /// A test of `Inf2Cat`.
    Inf2Cat(&'static str),
    /// A name of our own: no page and no log has a number.
    Ours(&'static str),
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InfVerif(number) => write!(f, "{number}"),
            Self::Inf2Cat(test) => write!(f, "Inf2Cat {test}"),
            Self::Ours(name) => write!(f, "ours {name}"),
        }
    }
}

/// How grave a breach is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The package is not accepted, or does not do what it says.
    Error,
    /// Often the symptom of an error; accepted.
    Warning,
}

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// 1001.
    Signature,
    /// 1002.
    Unreadable,
    /// 1003.
    Encoding,
    /// 1005.
    NoSectionName,
    /// 1013.
    NoServiceBinary,
    /// 1100.
    MovedInStore,
    /// 1199.
    NeedsLaterSystem,
    /// 1203.
    SectionNotFound,
    /// 1204.
    ProviderMicrosoft,
    /// 1205.
    SectionOfTwoDirectives,
    /// 1212.
    DefaultInstallAndManufacturer,
    /// 1220.
    SectionOfIncludedInf,
    /// 1221.
    ServicesKey,
    /// 1230.
    NotInSourceDisksFiles,
    /// 1233.
    NoCatalog,
    /// 1235.
    UndefinedString,
    /// 1284.
    SampleClass,
    /// 1285.
    ClassInstallOfMicrosoft,
    /// 1296.
    NoService,
    /// 1297.
    NoDevice,
    /// 1300.
    LegacySection,
    /// 1301.
    LegacyDirective,
    /// 1302.
    DeletesForeign,
    /// 1303.
    CoInstaller,
    /// 1304.
    NotRelativeKey,
    /// 1305.
    AppendsToMultiString,
    /// 1306.
    NotSystemPath,
    /// 1310.
    NeedsOfOtherKind,
    /// 1313.
    NeedsWithoutInclude,
    /// 1322.
    NotIsolated,
    /// 1324.
    PnpLockdown,
    /// 1330.
    OneKeyTwoValues,
    /// 1420.
    NotPrimitive,
    /// 1421.
    DefaultUndecorated,
    /// 2083.
    Unreferenced,
    /// 2084.
    BinaryNotCopied,
    /// 2222.
    Ignored,
    /// 2223.
    Undecorated,
    /// `Inf2Cat` 22.9.6.
    DriverVer,
    /// `Inf2Cat` 22.9.7.
    DriverVerInFuture,
    /// Ours: a part of `DriverVer` has more than 16 bits.
    VersionPart,
    /// Ours.
    NoProvider,
    /// Ours.
    NoClass,
    /// Ours.
    ClassGuid,
    /// Ours.
    ServiceType,
    /// Ours.
    StartType,
    /// Ours.
    TwoFunctionServices,
    /// Ours.
    NoX64,
    /// Ours.
    StringTwice,
    /// Ours.
    Sddl,
    /// Ours.
    MsiSupported,
    /// Ours.
    MessageLimit,
    /// Ours.
    MessageLimitOfMsiX,
    /// Ours.
    KmdfServiceName,
    /// Ours.
    Nul,
}

impl Rule {
    /// Every rule, in the order of the numbers.
    pub const ALL: &[Self] = &[
        Self::Signature,
        Self::Unreadable,
        Self::Encoding,
        Self::NoSectionName,
        Self::NoServiceBinary,
        Self::MovedInStore,
        Self::NeedsLaterSystem,
        Self::SectionNotFound,
        Self::ProviderMicrosoft,
        Self::SectionOfTwoDirectives,
        Self::DefaultInstallAndManufacturer,
        Self::SectionOfIncludedInf,
        Self::ServicesKey,
        Self::NotInSourceDisksFiles,
        Self::NoCatalog,
        Self::UndefinedString,
        Self::SampleClass,
        Self::ClassInstallOfMicrosoft,
        Self::NoService,
        Self::NoDevice,
        Self::LegacySection,
        Self::LegacyDirective,
        Self::DeletesForeign,
        Self::CoInstaller,
        Self::NotRelativeKey,
        Self::AppendsToMultiString,
        Self::NotSystemPath,
        Self::NeedsOfOtherKind,
        Self::NeedsWithoutInclude,
        Self::NotIsolated,
        Self::PnpLockdown,
        Self::OneKeyTwoValues,
        Self::NotPrimitive,
        Self::DefaultUndecorated,
        Self::Unreferenced,
        Self::BinaryNotCopied,
        Self::Ignored,
        Self::Undecorated,
        Self::DriverVer,
        Self::DriverVerInFuture,
        Self::VersionPart,
        Self::NoProvider,
        Self::NoClass,
        Self::ClassGuid,
        Self::ServiceType,
        Self::StartType,
        Self::TwoFunctionServices,
        Self::NoX64,
        Self::StringTwice,
        Self::Sddl,
        Self::MsiSupported,
        Self::MessageLimit,
        Self::MessageLimitOfMsiX,
        Self::KmdfServiceName,
        Self::Nul,
    ];

    /// Where the rule is from, and what the rule says.
    #[allow(clippy::too_many_lines, reason = "a table with a line for each rule")]
    const fn says(self) -> (Code, &'static str) {
        match self {
            Self::Signature => (
                Code::InfVerif(1001),
                "[Version] must have Signature \"$Windows NT$\"",
            ),
            Self::Unreadable => (Code::InfVerif(1002), "the line cannot be parsed"),
            Self::MovedInStore => (
                Code::InfVerif(1100),
                "a file must keep its name and folder in the driver store",
            ),
            Self::NeedsLaterSystem => (
                Code::InfVerif(1199),
                "the syntax came with a later Windows than the models section is decorated for",
            ),
            Self::SectionNotFound => (Code::InfVerif(1203), "the section is not found"),
            Self::ProviderMicrosoft => (Code::InfVerif(1204), "the provider cannot be Microsoft"),
            Self::SectionOfTwoDirectives => (
                Code::InfVerif(1205),
                "two different directives reference one section",
            ),
            Self::DefaultInstallAndManufacturer => (
                Code::InfVerif(1212),
                "there cannot be both [DefaultInstall] and [Manufacturer]",
            ),
            Self::SectionOfIncludedInf => (
                Code::InfVerif(1220),
                "a section of an included INF is reached by Needs only",
            ),
            Self::ServicesKey => (
                Code::InfVerif(1221),
                "the services key is reached by HKR only",
            ),
            Self::NotInSourceDisksFiles => (
                Code::InfVerif(1230),
                "the file is not in [SourceDisksFiles]",
            ),
            Self::NoCatalog => (
                Code::InfVerif(1233),
                "[Version] names no CatalogFile, which a signature takes",
            ),
            Self::UndefinedString => (
                Code::InfVerif(1235),
                "the string token is not defined in [Strings]",
            ),
            Self::ClassInstallOfMicrosoft => (
                Code::InfVerif(1285),
                "[ClassInstall32] is for classes of one's own, and this one is Microsoft's",
            ),
            Self::NoService => (
                Code::InfVerif(1296),
                "the install section associates no service with the device",
            ),
            Self::NoDevice => (Code::InfVerif(1297), "the driver installs on no device"),
            Self::LegacySection => (Code::InfVerif(1300), "a section that drivers no longer use"),
            Self::LegacyDirective => (
                Code::InfVerif(1301),
                "a directive that drivers no longer use",
            ),
            Self::DeletesForeign => (
                Code::InfVerif(1302),
                "an operation on what is not the package's",
            ),
            Self::CoInstaller => (
                Code::InfVerif(1303),
                "a registry value that names a co-installer",
            ),
            Self::NotRelativeKey => (Code::InfVerif(1304), "a registry operation outside of HKR"),
            Self::AppendsToMultiString => (
                Code::InfVerif(1305),
                "a string is appended to, or deleted from, a REG_MULTI_SZ",
            ),
            Self::NotSystemPath => (
                Code::InfVerif(1306),
                "a file goes to a folder outside of the system's",
            ),
            Self::NeedsOfOtherKind => (
                Code::InfVerif(1310),
                "Needs names a section of another kind",
            ),
            Self::NeedsWithoutInclude => (
                Code::InfVerif(1313),
                "Needs names a section that nothing includes",
            ),
            Self::OneKeyTwoValues => (
                Code::InfVerif(1330),
                "one global value is set to two different data",
            ),
            Self::Unreferenced => (Code::InfVerif(2083), "the section is not referenced"),
            Self::Ignored => (Code::InfVerif(2222), "a legacy directive is ignored"),
            Self::Undecorated => (
                Code::InfVerif(2223),
                "the models section has no architecture decoration",
            ),
            Self::Encoding => (
                Code::InfVerif(1003),
                "the file's encoding is neither ANSI nor UTF-16 LE",
            ),
            Self::NoSectionName => (Code::InfVerif(1005), "the directive must name a section"),
            Self::NoServiceBinary => (Code::InfVerif(1013), "a service has no ServiceBinary"),
            Self::SampleClass => (
                Code::InfVerif(1284),
                "the class \"Sample\" is reserved for Microsoft",
            ),
            Self::NotIsolated => (
                Code::InfVerif(1322),
                "a file is not isolated to the driver store, DIRID 13",
            ),
            Self::PnpLockdown => (
                Code::InfVerif(1324),
                "[Version] should have PnpLockdown = 1",
            ),
            Self::NotPrimitive => (
                Code::InfVerif(1420),
                "an INF with [DefaultInstall] cannot be processed as primitive",
            ),
            Self::DefaultUndecorated => (
                Code::InfVerif(1421),
                "the section should have an architecture decoration",
            ),
            Self::BinaryNotCopied => (
                Code::InfVerif(2084),
                "a service's binary should be the destination of a CopyFiles",
            ),
            Self::DriverVer => (
                Code::Inf2Cat("22.9.6"),
                "DriverVer is missing or in an incorrect format",
            ),
            Self::DriverVerInFuture => (
                Code::Inf2Cat("22.9.7"),
                "DriverVer has a date in the future",
            ),
            Self::VersionPart => (
                Code::Ours("version-part"),
                "each part of DriverVer's version is at most 65535",
            ),
            Self::NoProvider => (Code::Ours("provider"), "[Version] names no Provider"),
            Self::NoClass => (Code::Ours("class"), "[Version] names no Class"),
            Self::ClassGuid => (Code::Ours("class-guid"), "ClassGuid is no GUID in braces"),
            Self::ServiceType => (
                Code::Ours("service-type"),
                "a service has no valid ServiceType",
            ),
            Self::StartType => (
                Code::Ours("start-type"),
                "a service's StartType is one of 0 to 4",
            ),
            Self::TwoFunctionServices => (
                Code::Ours("function-services"),
                "a device has one function driver",
            ),
            Self::NoX64 => (
                Code::Ours("x64"),
                "no decoration installs on an x64 machine",
            ),
            Self::StringTwice => (Code::Ours("string-twice"), "the string has two values"),
            Self::Sddl => (Code::Ours("sddl"), "the security descriptor is no SDDL"),
            Self::MsiSupported => (
                Code::Ours("msi-supported"),
                "MSISupported is a REG_DWORD of 0 or 1",
            ),
            Self::MessageLimit => (
                Code::Ours("message-limit"),
                "MessageNumberLimit is a REG_DWORD of 1 to 2048",
            ),
            Self::MessageLimitOfMsiX => (
                Code::Ours("message-limit-msi-x"),
                "MSI takes 1, 2, 4, 8 or 16 messages: the limit fits MSI-X alone",
            ),
            Self::KmdfServiceName => (
                Code::Ours("kmdf-service"),
                "KmdfService names a service that the INF does not add",
            ),
            Self::Nul => (Code::Ours("nul"), "the text has a NUL character"),
        }
    }

    /// Where the rule is from: a tool's number, or our name.
    #[must_use]
    pub const fn code(self) -> Code {
        self.says().0
    }

    /// How grave a breach is.
    ///
    /// 2xxx "appear as warnings" on Microsoft's page, and 1205 and 1324 do in public logs. 1322 is an error of `/w`, which
    /// `cargo make` runs. Of 1003 the page says error; the ANSI reading of a UTF-8 file is an INF too, with other letters, so it is a warning.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::Encoding
            | Self::SectionOfTwoDirectives
            | Self::PnpLockdown
            | Self::Unreferenced
            | Self::BinaryNotCopied
            | Self::Ignored
            | Self::Undecorated
            | Self::NoX64
            | Self::MessageLimitOfMsiX => Level::Warning,
            _ => Level::Error,
        }
    }

    /// Whether an INF beside the main package's may state the rule as excepted: those of today's driver packages that a
    /// driver of an older model cannot keep. What keeps Windows from installing or signing a package is none of them.
    #[must_use]
    pub const fn may_be_excepted(self) -> bool {
        matches!(
            self,
            Self::NoService
                | Self::NoDevice
                | Self::LegacySection
                | Self::LegacyDirective
                | Self::DeletesForeign
                | Self::NotRelativeKey
                | Self::AppendsToMultiString
                | Self::NotSystemPath
                | Self::Ignored
        )
    }
}

/// A breach of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The line, from 1; 0 where the whole INF is meant.
    pub line: usize,
    /// What breaks it.
    pub what: String,
}

impl Finding {
    /// A breach of `rule` by `what` at `line`.
    pub fn new(rule: Rule, line: usize, what: impl Into<String>) -> Self {
        Self {
            rule,
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, says) = self.rule.says();
        let level = match self.rule.level() {
            Level::Error => "",
            Level::Warning => "warning ",
        };
        if self.line > 0 {
            write!(f, "{}: ", self.line)?;
        }
        write!(f, "{level}{code}: {says}: {}", self.what)
    }
}
