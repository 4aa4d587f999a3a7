//! The answers to Windows' set-up: a local administrator who logs on by himself, and the guest's script from then on.
//!
//! No set-up has read them yet: there is no Windows here. A test holds every element to its page of the "Unattended Windows
//! Setup Reference", and the whole to what pages ask of elements together.
//!
//! What is in them, and why:
//!
//! - **`ProductKey` without a `Key`.** Evaluation media of Windows Server 2022 and 2025 take none, and `/IMAGE/INDEX` names the
//!   edition: the answer files for them in StefanScherer/packer-windows (at `46f93050923f`) and rgl/windows-vagrant (at
//!   `d59a88cef421`) have `WillShowUI` alone, which says that a page is shown on an error only. `Key` may not be empty. Media
//!   that want a key, retail or by volume licence, stop at its page.
//! - **A system partition.** A disk that BIOS starts from has one, active and of 100 MB at least. The examples of the pages
//!   and the answer files of packer-windows for servers have it apart from Windows, of 300 or 350 MB.
//! - **`HideLocalAccountScreen`.** It hides the page on which a server asks for its administrator's password.
//! - **`LogonCount`.** It has to be there wherever there is `AutoLogon`; its page knows that set-up adds one to it.
//! - **One command.** By one page a second one waits for the first, by another they start together.
//! - **A password of three kinds of characters**, and one for a server's own administrator: its policy wants them.

#[cfg(test)]
mod departures;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod rules;

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
            <CreatePartition wcm:action="add"><Order>1</Order><Type>Primary</Type><Size>350</Size></CreatePartition>
            <CreatePartition wcm:action="add"><Order>2</Order><Type>Primary</Type><Extend>true</Extend></CreatePartition>
          </CreatePartitions>
          <ModifyPartitions>
            <ModifyPartition wcm:action="add"><Order>1</Order><PartitionID>1</PartitionID><Format>NTFS</Format><Label>System</Label><Active>true</Active></ModifyPartition>
            <ModifyPartition wcm:action="add"><Order>2</Order><PartitionID>2</PartitionID><Format>NTFS</Format><Label>Windows</Label><Letter>C</Letter></ModifyPartition>
          </ModifyPartitions>
        </Disk>
      </DiskConfiguration>
      <ImageInstall>
        <OSImage>
          <InstallFrom><MetaData wcm:action="add"><Key>/IMAGE/INDEX</Key><Value>EDITION</Value></MetaData></InstallFrom>
          <InstallTo><DiskID>0</DiskID><PartitionID>2</PartitionID></InstallTo>
        </OSImage>
      </ImageInstall>
      <UserData>
        <ProductKey><WillShowUI>OnError</WillShowUI></ProductKey>
        <AcceptEula>true</AcceptEula>
      </UserData>
    </component>
  </settings>
  <settings pass="oobeSystem">
    <component name="Microsoft-Windows-Shell-Setup" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS">
      <OOBE>
        <HideEULAPage>true</HideEULAPage>
        <HideLocalAccountScreen>true</HideLocalAccountScreen>
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
    use super::{
        answers,
        departures::{departures, pages_of},
        pages::PAGES,
        rules::RULES,
    };

    #[test]
    fn the_answers_are_what_the_reference_has_questions_for() {
        assert_eq!(departures(&answers(2)), Vec::<String>::new());
        assert!(answers(2).contains("<Key>/IMAGE/INDEX</Key><Value>2</Value>"));
    }

    #[test]
    fn each_page_is_there_for_an_element_of_the_answers() {
        let named = pages_of(&answers(1));
        let unused: Vec<&str> = PAGES
            .iter()
            .map(|page| page.name)
            .filter(|name| !named.iter().any(|of_element| of_element == name))
            .collect();
        assert_eq!(unused, Vec::<&str>::new());
    }

    #[test]
    fn an_answer_that_nothing_asks_for_is_found() {
        for (what, instead, says) in [
            (
                "ProtectYourPC>3",
                "ProtectYourPC>4",
                "protectyourpc is \"4\"",
            ),
            (
                "HideEULAPage",
                "SkipMachineOOBE",
                "oobe has no SkipMachineOOBE",
            ),
            (
                "<OOBE>",
                "<OOBE><HideEULAPage>true</HideEULAPage>",
                "oobe has two HideEULAPage",
            ),
            (
                "<InstallFrom>",
                "<InstallFrom><Path>D:\\install.wim</Path>",
                "osimage-installfrom-path has no page here",
            ),
            (
                "pass=\"oobeSystem\"",
                "pass=\"specialize\"",
                "useraccounts in the pass specialize",
            ),
            ("<Type>Primary", "<Type>Main", "type is \"Main\""),
            ("<Letter>C", "<Letter>b", "letter is \"b\""),
            ("<DiskID>0", "<DiskID>first", "diskid is \"first\""),
            ("<Label>Windows", "<Label>", "label is \"\""),
            ("<Name>dirql", "<Name>a/b", "name is \"a/b\""),
            (
                "<UserLocale>en-US",
                "<UserLocale>1033",
                "userlocale is \"1033\"",
            ),
            (
                "<AcceptEula>true",
                "<AcceptEula><Yes/>true",
                "accepteula has elements",
            ),
            (
                "<LocalAccount wcm:action=\"add\">",
                "<LocalAccount>",
                "localaccount: wcm:action",
            ),
            (
                "publicKeyToken",
                "token",
                "Microsoft-Windows-Setup has no publicKeyToken",
            ),
            (
                "schemas-microsoft-com:unattend",
                "schemas-microsoft-com:unattended",
                "userdata is of another space of names",
            ),
        ] {
            assert_found(what, instead, says);
        }
        let long = format!("<CommandLine>{}", "x".repeat(1024));
        assert_found("<CommandLine>", &long, "commandline is \"xx");
    }

    #[test]
    fn each_rule_of_the_pages_can_be_broken() {
        for rule in RULES {
            let (what, instead) = rule.broken_by;
            let asks = format!("{} asks: {}", rule.page, rule.asks);
            assert_found(what, instead, &asks);
        }
    }

    /// That the answers with `instead` in the place of `what` depart from the pages as `says` says.
    fn assert_found(what: &str, instead: &str, says: &str) {
        assert!(answers(1).contains(what), "no {what} in the answers");
        let found = departures(&answers(1).replace(what, instead));
        assert!(
            found.iter().any(|line| line.contains(says)),
            "{says}: {found:?}"
        );
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
