//! What the check of an INF finds: `InfVerif`'s rules by their numbers.
//!
//! The numbers and what they mean are those of Microsoft's page "INF Validation Errors and Warnings". Only rules that
//! the text of one INF decides are here; `InfVerif` knows more, among it every INF that comes with Windows.

use std::fmt;

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// 1001.
    Signature,
    /// 1002.
    Unreadable,
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
    /// 1330.
    OneKeyTwoValues,
    /// 2083.
    Unreferenced,
    /// 2222.
    Ignored,
    /// 2223.
    Undecorated,
}

impl Rule {
    /// Every rule, in the order of the numbers.
    pub const ALL: &[Self] = &[
        Self::Signature,
        Self::Unreadable,
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
        Self::OneKeyTwoValues,
        Self::Unreferenced,
        Self::Ignored,
        Self::Undecorated,
    ];

    /// `InfVerif`'s number, and what the rule says.
    const fn says(self) -> (u16, &'static str) {
        match self {
            Self::Signature => (1001, "[Version] must have Signature \"$Windows NT$\""),
            Self::Unreadable => (1002, "the line cannot be parsed"),
            Self::MovedInStore => (
                1100,
                "a file must keep its name and folder in the driver store",
            ),
            Self::NeedsLaterSystem => (
                1199,
                "the syntax came with a later Windows than the models section is decorated for",
            ),
            Self::SectionNotFound => (1203, "the section is not found"),
            Self::ProviderMicrosoft => (1204, "the provider cannot be Microsoft"),
            Self::SectionOfTwoDirectives => {
                (1205, "two different directives reference one section")
            }
            Self::DefaultInstallAndManufacturer => (
                1212,
                "there cannot be both [DefaultInstall] and [Manufacturer]",
            ),
            Self::SectionOfIncludedInf => (
                1220,
                "a section of an included INF is reached by Needs only",
            ),
            Self::ServicesKey => (1221, "the services key is reached by HKR only"),
            Self::NotInSourceDisksFiles => (1230, "the file is not in [SourceDisksFiles]"),
            Self::NoCatalog => (
                1233,
                "[Version] names no CatalogFile, which a signature takes",
            ),
            Self::UndefinedString => (1235, "the string token is not defined in [Strings]"),
            Self::ClassInstallOfMicrosoft => (
                1285,
                "[ClassInstall32] is for classes of one's own, and this one is Microsoft's",
            ),
            Self::NoService => (
                1296,
                "the install section associates no service with the device",
            ),
            Self::NoDevice => (1297, "the driver installs on no device"),
            Self::LegacySection => (1300, "a section that drivers no longer use"),
            Self::LegacyDirective => (1301, "a directive that drivers no longer use"),
            Self::DeletesForeign => (1302, "an operation on what is not the package's"),
            Self::CoInstaller => (1303, "a registry value that names a co-installer"),
            Self::NotRelativeKey => (1304, "a registry operation outside of HKR"),
            Self::AppendsToMultiString => (
                1305,
                "a string is appended to, or deleted from, a REG_MULTI_SZ",
            ),
            Self::NotSystemPath => (1306, "a file goes to a folder outside of the system's"),
            Self::NeedsOfOtherKind => (1310, "Needs names a section of another kind"),
            Self::NeedsWithoutInclude => (1313, "Needs names a section that nothing includes"),
            Self::OneKeyTwoValues => (1330, "one global value is set to two different data"),
            Self::Unreferenced => (2083, "the section is not referenced"),
            Self::Ignored => (2222, "a legacy directive is ignored"),
            Self::Undecorated => (2223, "the models section has no architecture decoration"),
        }
    }

    /// `InfVerif`'s number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.says().0
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
        let (number, says) = self.rule.says();
        if self.line > 0 {
            write!(f, "{}: ", self.line)?;
        }
        write!(f, "{number}: {says}: {}", self.what)
    }
}
