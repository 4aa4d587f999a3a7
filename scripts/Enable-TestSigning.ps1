<#
.SYNOPSIS
Lets Windows load test-signed drivers. The change takes effect after a restart.
.PARAMETER Remove
Undoes it.
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding()]
param([switch] $Remove)

. (Join-Path $PSScriptRoot 'Common.ps1')

# What this boot was started with. The words are those of the boot loader and are not translated.
$options = (Get-ItemProperty -LiteralPath 'HKLM:\SYSTEM\CurrentControlSet\Control').SystemStartOptions
$on = $options -match '(^|\s)TESTSIGNING(\s|$)'
$ours = (Get-Change).ContainsKey('testsigning')

if ($Remove) {
    if ($ours) {
        Invoke-Program 'bcdedit.exe' @('/set', 'testsigning', 'off') @(0) | Out-Null
        Remove-Change 'testsigning'
        Write-Change 'test signing is off from the next start on'
    } else {
        Write-Same 'test signing was not switched on by this script'
    }
    return
}

if ($on) {
    Write-Same 'test signing is on'
    return
}
if ($ours) {
    Write-Same 'test signing is on from the next start on: restart Windows'
    return
}
$secure = $false
try {
    $secure = Confirm-SecureBootUEFI
} catch [System.PlatformNotSupportedException] {
    Write-Verbose 'no UEFI, so no Secure Boot'
}
if ($secure) {
    throw 'Secure Boot is on, and no test-signed driver loads with it: switch it off in the firmware of the machine'
}
Add-Change 'testsigning' $true
Invoke-Program 'bcdedit.exe' @('/set', 'testsigning', 'on') @(0) | Out-Null
Write-Change 'test signing is on from the next start on: restart Windows'
