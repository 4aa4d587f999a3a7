//! The PowerShell scripts: that they parse, that each can undo what it does, and that they call what there is.
//!
//! The parser is a PowerShell grammar for tree-sitter, which is not Microsoft's own. That one is a part of PowerShell,
//! which Debian does not package; the packages on npm and `PyPI` that have its name call one that is installed, or download
//! it from elsewhere. No script was run: there is no Windows here.

use std::{collections::BTreeSet, fs, path::Path};

use tree_sitter::{Node, Parser, Tree};

/// The scripts by name, with their texts.
fn scripts() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts");
    let mut all: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "ps1"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    all.sort();
    all
}

fn parse(text: &str) -> Tree {
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_pwsh::LANGUAGE.into())
        .unwrap();
    parser.parse(text, None).unwrap()
}

/// Calls `see` on every node.
fn walk(node: Node<'_>, see: &mut impl FnMut(Node<'_>)) {
    see(node);
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        walk(child, see);
    }
}

/// The places, from line 1, that do not parse.
fn errors(text: &str) -> Vec<usize> {
    let mut lines = Vec::new();
    walk(parse(text).root_node(), &mut |node| {
        if node.is_error() || node.is_missing() {
            lines.push(node.start_position().row + 1);
        }
    });
    lines
}

/// The texts of the nodes of a kind.
fn texts(text: &str, kind: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    walk(parse(text).root_node(), &mut |node| {
        if node.kind() == kind {
            all.insert(text[node.byte_range()].to_owned());
        }
    });
    all
}

#[test]
fn every_script_parses() {
    let all = scripts();
    assert!(all.len() >= 6);
    for (name, text) in all {
        assert_eq!(errors(&text), [0_usize; 0], "{name}");
        // The package gives it the ends of lines that Windows has.
        let windows = text.replace('\n', "\r\n");
        assert_eq!(errors(&windows), [0_usize; 0], "{name} as packaged");
    }
}

#[test]
fn a_script_that_is_damaged_does_not_parse() {
    for (name, text) in scripts() {
        let last = text.rfind('}').unwrap();
        let mut open = text.clone();
        open.remove(last);
        assert_ne!(errors(&open), [0_usize; 0], "{name} without its last brace");
        let quote = text.rfind('\'').unwrap();
        let mut unquoted = text.clone();
        unquoted.remove(quote);
        assert_ne!(
            errors(&unquoted),
            [0_usize; 0],
            "{name} without its last quote"
        );
    }
}

#[test]
fn every_script_that_a_user_calls_can_undo_what_it_did() {
    for (name, text) in scripts() {
        if name == "Common.ps1" {
            continue;
        }
        let parameters = texts(&text, "param_block");
        assert!(
            parameters
                .iter()
                .any(|block| block.contains("[switch] $Remove")),
            "{name} takes no -Remove"
        );
        assert!(
            text.contains("if ($Remove) {"),
            "{name} does nothing for -Remove"
        );
        assert!(
            text.contains(".PARAMETER Remove"),
            "{name} does not explain -Remove"
        );
        assert!(text.contains("#Requires -RunAsAdministrator"), "{name}");
        assert!(text.contains("Common.ps1"), "{name}");
    }
}

/// What the scripts call that Windows has: cmdlets of Windows PowerShell 5.1.
const OF_WINDOWS: &[&str] = &[
    "Confirm-SecureBootUEFI",
    "ConvertFrom-Json",
    "ConvertTo-Json",
    "Copy-Item",
    "ForEach-Object",
    "Get-ChildItem",
    "Get-Content",
    "Get-Date",
    "Get-Item",
    "Get-ItemProperty",
    "Get-PnpDevice",
    "Get-ScheduledTask",
    "Get-WinEvent",
    "Import-Certificate",
    "Join-Path",
    "New-Item",
    "New-Object",
    "New-ScheduledTaskAction",
    "New-ScheduledTaskPrincipal",
    "New-ScheduledTaskTrigger",
    "Out-Host",
    "Out-Null",
    "Out-String",
    "Register-ScheduledTask",
    "Remove-Item",
    "Restart-Computer",
    "Select-Object",
    "Select-String",
    "Set-Content",
    "Set-ItemProperty",
    "Set-StrictMode",
    "Split-Path",
    "Start-Process",
    "Start-Sleep",
    "Stop-Computer",
    "Test-Path",
    "Unregister-ScheduledTask",
    "Where-Object",
    "Write-Host",
    "Write-Verbose",
    "Write-Warning",
    "verifier.exe",
];

#[test]
fn every_command_that_a_script_calls_exists() {
    let all = scripts();
    let common = &all.iter().find(|(name, _)| name == "Common.ps1").unwrap().1;
    let shared = texts(common, "function_name");
    let mut called = BTreeSet::new();
    for (name, text) in &all {
        let own = texts(text, "function_name");
        for command in texts(text, "command_name") {
            let known = own.contains(&command)
                || shared.contains(&command)
                || OF_WINDOWS.contains(&command.as_str());
            assert!(known, "{name} calls {command}, which nothing defines");
            called.insert(command);
        }
    }
    for known in OF_WINDOWS {
        assert!(called.contains(*known), "no script calls {known}");
    }
}
