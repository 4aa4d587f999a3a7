//! What pages ask of elements together: one that has to be there when another is, or may not be.

use roxmltree::Node;

/// What a page asks.
pub(super) struct Rule {
    /// The last part of the page's address: below `customize/desktop/unattend` as for the elements, or below
    /// `manufacture/desktop`.
    pub(super) page: &'static str,
    pub(super) asks: &'static str,
    /// A text of the answers, and what instead of it breaks the rule.
    pub(super) broken_by: (&'static str, &'static str),
    pub(super) kept: fn(Answers<'_, '_>) -> bool,
}

/// The root of an answer file.
#[derive(Clone, Copy)]
pub(super) struct Answers<'a, 'text>(pub(super) Node<'a, 'text>);

impl<'a, 'text> Answers<'a, 'text> {
    /// All elements at a path, whose first part is the component.
    fn all(self, path: &str) -> Vec<Node<'a, 'text>> {
        let mut parts = path.split('/');
        let component = parts.next();
        let settings = self.0.children().filter(Node::is_element);
        let mut found: Vec<_> = settings
            .flat_map(|settings| settings.children())
            .filter(|node| node.attribute("name") == component)
            .collect();
        for part in parts {
            found = found
                .iter()
                .flat_map(Node::children)
                .filter(|node| node.tag_name().name() == part)
                .collect();
        }
        found
    }

    /// The text of the one element at a path.
    fn one(self, path: &str) -> Option<&'a str> {
        match self.all(path)[..] {
            [node] => node.text(),
            _ => None,
        }
    }

    /// All elements of a name.
    fn named(self, name: &str) -> impl Iterator<Item = Node<'a, 'text>> {
        let all = self.0.descendants();
        all.filter(move |node| node.tag_name().name() == name)
    }

    fn created(self) -> Vec<Node<'a, 'text>> {
        self.all("Microsoft-Windows-Setup/DiskConfiguration/Disk/CreatePartitions/CreatePartition")
    }

    fn modified(self) -> Vec<Node<'a, 'text>> {
        self.all("Microsoft-Windows-Setup/DiskConfiguration/Disk/ModifyPartitions/ModifyPartition")
    }

    /// The created partitions by their numbers, which extended ones have none of.
    fn partition(self, number: &str) -> Option<Node<'a, 'text>> {
        let number: usize = number.parse().ok()?;
        let counted = |node: &Node<'_, '_>| setting(*node, "Type") != Some("Extended");
        self.created()
            .into_iter()
            .filter(counted)
            .nth(number.checked_sub(1)?)
    }

    /// The changes to the partition that Windows is installed to.
    fn of_windows(self) -> Option<Node<'a, 'text>> {
        let number = self.one(&format!("{IMAGE}/InstallTo/PartitionID"))?;
        self.partition(number)?;
        let mut modified = self.modified().into_iter();
        modified.find(|node| setting(*node, "PartitionID") == Some(number))
    }

    /// The changes to partitions that become active.
    fn active(self) -> Vec<Node<'a, 'text>> {
        let is_active = |node: &Node<'_, '_>| setting(*node, "Active") == Some("true");
        self.modified().into_iter().filter(is_active).collect()
    }

    /// The local account that logs on by itself.
    fn who_logs_on(self) -> Option<Node<'a, 'text>> {
        let user = self.one(&format!("{SHELL}/AutoLogon/Username"))?;
        let mut accounts = self.all(ACCOUNT).into_iter();
        accounts.find(|account| setting(*account, "Name") == Some(user))
    }
}

const SHELL: &str = "Microsoft-Windows-Shell-Setup";
const IMAGE: &str = "Microsoft-Windows-Setup/ImageInstall/OSImage";
const LANGUAGES: &str = "Microsoft-Windows-International-Core-WinPE";
const ACCOUNT: &str = "Microsoft-Windows-Shell-Setup/UserAccounts/LocalAccounts/LocalAccount";
/// Elements that their pages call deprecated.
const DEPRECATED: [(&str, &str); 2] = [
    ("SetupUILanguage", "WillShowUI"),
    ("OOBE", "NetworkLocation"),
];

/// The text of an element's child.
fn setting<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let mut children = node.children();
    children
        .find(|child| child.tag_name().name() == name)
        .and_then(|child| child.text())
}

fn extends(partition: Node<'_, '_>) -> bool {
    setting(partition, "Extend") == Some("true")
}

fn is_administrator(account: Node<'_, '_>) -> bool {
    setting(account, "Group").is_some_and(|groups| {
        groups
            .split(';')
            .any(|group| group.trim() == "Administrators")
    })
}

/// Whether the orders are 1, 2, 3 and so on.
fn are_in_order(nodes: &[Node<'_, '_>]) -> bool {
    (1..).zip(nodes).all(|(order, node): (u32, _)| {
        setting(*node, "Order").is_some_and(|text| text.parse() == Ok(order))
    })
}

/// The rules.
pub(super) const RULES: &[Rule] = &[
    Rule {
        page: "automate-windows-setup",
        asks: "the language of set-up, and of Windows",
        broken_by: (
            "<SetupUILanguage><UILanguage>en-US</UILanguage></SetupUILanguage>",
            "",
        ),
        kept: |answers| {
            answers
                .one(&format!("{LANGUAGES}/SetupUILanguage/UILanguage"))
                .and(answers.one(&format!("{LANGUAGES}/UILanguage")))
                .is_some()
        },
    },
    Rule {
        page: "microsoft-windows-setup-userdata-accepteula",
        asks: "the terms are accepted, which each unattended installation requires",
        broken_by: ("<AcceptEula>true</AcceptEula>", ""),
        kept: |answers| answers.one("Microsoft-Windows-Setup/UserData/AcceptEula") == Some("true"),
    },
    Rule {
        page: "microsoft-windows-setup-userdata-productkey-willshowui",
        asks: "no page of set-up is always shown",
        broken_by: ("<WillShowUI>OnError", "<WillShowUI>Always"),
        kept: |answers| {
            let mut pages = answers.named("WillShowUI");
            pages.all(|page| page.text() != Some("Always"))
        },
    },
    Rule {
        page: "microsoft-windows-setup-diskconfiguration-disk-createpartitions-createpartition",
        asks: "on a blank disk, the partition that Windows goes to is created and formatted",
        broken_by: (
            "<PartitionID>2</PartitionID><Format>NTFS</Format>",
            "<PartitionID>2</PartitionID>",
        ),
        kept: |answers| {
            answers
                .of_windows()
                .is_some_and(|node| setting(node, "Format").is_some())
        },
    },
    Rule {
        page: "microsoft-windows-setup-diskconfiguration-disk-createpartitions-createpartition-order",
        asks: "each created partition has its order: 1, 2, 3",
        broken_by: ("<Order>2</Order><Type>", "<Order>3</Order><Type>"),
        kept: |answers| are_in_order(&answers.created()),
    },
    Rule {
        page: "microsoft-windows-setup-diskconfiguration-disk-createpartitions-createpartition-extend",
        asks: "a created partition has a size, or extends",
        broken_by: ("<Extend>true</Extend>", ""),
        kept: |answers| {
            let sized = |node| setting(node, "Size").is_some() || extends(node);
            answers.created().into_iter().all(sized)
        },
    },
    Rule {
        page: "microsoft-windows-setup-diskconfiguration-disk-createpartitions-createpartition-size",
        asks: "a created partition that extends has no size",
        broken_by: (
            "<Extend>true</Extend>",
            "<Size>20000</Size><Extend>true</Extend>",
        ),
        kept: |answers| {
            let both = |node| setting(node, "Size").is_some() && extends(node);
            !answers.created().into_iter().any(both)
        },
    },
    Rule {
        page: "microsoft-windows-setup-diskconfiguration-disk-createpartitions-createpartition-type",
        asks: "an MBR disk has four primary partitions at most, none for EFI, and no reserved one",
        broken_by: ("<Order>1</Order><Type>Primary", "<Order>1</Order><Type>EFI"),
        kept: |answers| {
            let created = answers.created();
            let of = |kind| {
                created
                    .iter()
                    .filter(move |node| setting(**node, "Type") == Some(kind))
            };
            of("Primary").count() <= 4 && of("EFI").chain(of("MSR")).count() == 0
        },
    },
    Rule {
        page: "microsoft-windows-setup-diskconfiguration-disk-modifypartitions-modifypartition-order",
        asks: "each modified partition has its order: 1, 2, 3",
        broken_by: ("<Order>2</Order><PartitionID>", "<PartitionID>"),
        kept: |answers| are_in_order(&answers.modified()),
    },
    Rule {
        page: "microsoft-windows-setup-diskconfiguration-disk-modifypartitions-modifypartition-extend",
        asks: "a partition is not extended both when it is created and when it is modified",
        broken_by: (
            "<Letter>C</Letter>",
            "<Letter>C</Letter><Extend>true</Extend>",
        ),
        kept: |answers| {
            answers.modified().into_iter().all(|node| {
                let created =
                    setting(node, "PartitionID").and_then(|number| answers.partition(number));
                !extends(node) || !created.is_some_and(extends)
            })
        },
    },
    Rule {
        page: "microsoft-windows-setup-diskconfiguration-disk-modifypartitions-modifypartition-label",
        asks: "a partition with a label has a format",
        broken_by: (
            "<PartitionID>1</PartitionID><Format>NTFS</Format>",
            "<PartitionID>1</PartitionID>",
        ),
        kept: |answers| {
            let unformatted =
                |node| setting(node, "Label").is_some() && setting(node, "Format").is_none();
            !answers.modified().into_iter().any(unformatted)
        },
    },
    Rule {
        page: "microsoft-windows-setup-diskconfiguration-disk-modifypartitions-modifypartition-partitionid",
        asks: "a modified partition is one that is created",
        broken_by: (
            "<Order>1</Order><PartitionID>1",
            "<Order>1</Order><PartitionID>3",
        ),
        kept: |answers| {
            answers.modified().into_iter().all(|node| {
                setting(node, "PartitionID")
                    .is_some_and(|number| answers.partition(number).is_some())
            })
        },
    },
    Rule {
        page: "microsoft-windows-setup-diskconfiguration-disk-modifypartitions-modifypartition-active",
        asks: "one partition of a disk is active at most, a primary one",
        broken_by: (
            "<Letter>C</Letter>",
            "<Letter>C</Letter><Active>true</Active>",
        ),
        kept: |answers| match answers.active()[..] {
            [] => true,
            [node] => setting(node, "PartitionID")
                .and_then(|number| answers.partition(number))
                .is_some_and(|created| setting(created, "Type") == Some("Primary")),
            _ => false,
        },
    },
    Rule {
        page: "configure-biosmbr-based-hard-drive-partitions",
        asks: "a disk that BIOS starts from has a system partition, active and of 100 MB at least",
        broken_by: ("<Size>350", "<Size>50"),
        kept: |answers| {
            let mut active = answers.active().into_iter();
            active.any(|node| {
                let created =
                    setting(node, "PartitionID").and_then(|number| answers.partition(number));
                created.is_some_and(|created| {
                    let size = setting(created, "Size").and_then(|size| size.parse::<u32>().ok());
                    extends(created) || size.is_some_and(|size| size >= 100)
                })
            })
        },
    },
    Rule {
        page: "configure-biosmbr-based-hard-drive-partitions",
        asks: "the partition of Windows is NTFS",
        broken_by: (
            "<PartitionID>2</PartitionID><Format>NTFS",
            "<PartitionID>2</PartitionID><Format>FAT32",
        ),
        kept: |answers| {
            answers
                .of_windows()
                .is_some_and(|node| setting(node, "Format") == Some("NTFS"))
        },
    },
    Rule {
        page: "microsoft-windows-setup-imageinstall-osimage-installto",
        asks: "a place to install to has a disk, a configured one, and a partition",
        broken_by: ("<InstallTo><DiskID>0", "<InstallTo><DiskID>1"),
        kept: |answers| {
            answers
                .all(&format!("{IMAGE}/InstallTo"))
                .into_iter()
                .all(|node| {
                    let disk = setting(node, "DiskID");
                    let mut disks = answers
                        .all("Microsoft-Windows-Setup/DiskConfiguration/Disk")
                        .into_iter();
                    setting(node, "PartitionID").is_some()
                        && disk.is_some()
                        && disks.any(|configured| setting(configured, "DiskID") == disk)
                })
        },
    },
    Rule {
        page: "microsoft-windows-setup-imageinstall-osimage-installtoavailablepartition",
        asks: "Windows goes to a named partition or to an available one, not to both",
        broken_by: (
            "</InstallTo>",
            "</InstallTo><InstallToAvailablePartition>true</InstallToAvailablePartition>",
        ),
        kept: |answers| {
            let available = answers.one(&format!("{IMAGE}/InstallToAvailablePartition"));
            let named = answers.all(&format!("{IMAGE}/InstallTo")).len();
            named + usize::from(available == Some("true")) == 1
        },
    },
    Rule {
        page: "microsoft-windows-setup-imageinstall-osimage-installfrom-metadata",
        asks: "a key and a value together select the image",
        broken_by: ("<Key>/IMAGE/INDEX</Key>", ""),
        kept: |answers| {
            let mut data = answers.named("MetaData");
            data.all(|node| setting(node, "Key").is_some() && setting(node, "Value").is_some())
        },
    },
    Rule {
        page: "microsoft-windows-shell-setup-oobe",
        asks: "the pages that could be shown are hidden: terms, administrator's password, account, network",
        broken_by: (
            "<HideLocalAccountScreen>true",
            "<HideLocalAccountScreen>false",
        ),
        kept: |answers| {
            [
                "HideEULAPage",
                "HideLocalAccountScreen",
                "HideOnlineAccountScreens",
                "HideWirelessSetupInOOBE",
            ]
            .iter()
            .all(|name| answers.one(&format!("{SHELL}/OOBE/{name}")) == Some("true"))
        },
    },
    Rule {
        page: "microsoft-windows-shell-setup-oobe-protectyourpc",
        asks: "a value, since there is no default and a page is shown otherwise",
        broken_by: ("<ProtectYourPC>3</ProtectYourPC>", ""),
        kept: |answers| {
            answers
                .one(&format!("{SHELL}/OOBE/ProtectYourPC"))
                .is_some()
        },
    },
    Rule {
        page: "microsoft-windows-shell-setup-autologon",
        asks: "an account of the administrators, by which the machine can be managed afterwards",
        broken_by: ("<Group>Administrators", "<Group>Users"),
        kept: |answers| answers.all(ACCOUNT).into_iter().any(is_administrator),
    },
    Rule {
        page: "microsoft-windows-shell-setup-autologon-logoncount",
        asks: "a number of logons, wherever there is a logon by itself, and not 0, which allows none",
        broken_by: ("<LogonCount>99</LogonCount>", ""),
        kept: |answers| {
            let mut logons = answers.all(&format!("{SHELL}/AutoLogon")).into_iter();
            logons.all(|node| setting(node, "LogonCount").is_some_and(|count| count != "0"))
        },
    },
    Rule {
        page: "microsoft-windows-shell-setup-autologon-username",
        asks: "the account that logs on is there",
        broken_by: ("<Username>dirql", "<Username>other"),
        kept: |answers| answers.who_logs_on().is_some(),
    },
    Rule {
        page: "microsoft-windows-shell-setup-autologon-password",
        asks: "the password is that of the account that logs on",
        broken_by: (
            "<Username>dirql</Username>\n        <Password><Value>Dirql-123",
            "<Username>dirql</Username>\n        <Password><Value>other",
        ),
        kept: |answers| {
            let password = answers.one(&format!("{SHELL}/AutoLogon/Password/Value"));
            let account = answers.who_logs_on().and_then(|account| {
                let mut children = account.children();
                children.find(|child| child.tag_name().name() == "Password")
            });
            password.is_some() && account.and_then(|node| setting(node, "Value")) == password
        },
    },
    Rule {
        page: "microsoft-windows-shell-setup-autologon-password-plaintext",
        asks: "a password that is written as it is says so",
        broken_by: ("<PlainText>true", "<PlainText>false"),
        kept: |answers| {
            let mut passwords = answers.named("PlainText");
            passwords.all(|node| node.text() == Some("true"))
        },
    },
    Rule {
        page: "microsoft-windows-shell-setup-firstlogoncommands",
        asks: "who logs on first is an administrator, or the commands may not be run",
        broken_by: ("<Group>Administrators", "<Group>Guests;Users"),
        kept: |answers| answers.who_logs_on().is_some_and(is_administrator),
    },
    Rule {
        // By the command's page each waits for the one before it, by the page of its order they start together.
        page: "microsoft-windows-shell-setup-firstlogoncommands-synchronouscommand-order",
        asks: "one command, since pages differ in whether a second one waits for it",
        broken_by: (
            "</SynchronousCommand>",
            "</SynchronousCommand><SynchronousCommand wcm:action=\"add\"><Order>2</Order><CommandLine>cmd.exe</CommandLine></SynchronousCommand>",
        ),
        kept: |answers| answers.named("SynchronousCommand").count() == 1,
    },
    Rule {
        page: "microsoft-windows-shell-setup-oobe-networklocation",
        asks: "nothing that is deprecated",
        broken_by: ("<OOBE>", "<OOBE><NetworkLocation>Work</NetworkLocation>"),
        kept: |answers| {
            DEPRECATED.iter().all(|(parent, name)| {
                let mut parents = answers.named(parent);
                parents.all(|node| setting(node, name).is_none())
            })
        },
    },
];
