<#
.SYNOPSIS
From a fresh Windows to results on the serial port: what cargo xtask vm has a guest run at each logon.
.DESCRIPTION
The first logon switches test signing on and restarts; the second installs the driver and has Driver Verifier watch it, and
restarts; the third runs the suites, sends the results, and shuts the machine down.
.PARAMETER Port
The serial port.
.PARAMETER Remove
Takes the script out of the list of what runs at a logon.
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding()]
param(
    [string] $Port = 'COM1',
    [switch] $Remove
)

. (Join-Path $PSScriptRoot 'Common.ps1')

$task = 'dirql guest'
$known = Get-ScheduledTask -TaskName $task -ErrorAction SilentlyContinue

if ($Remove) {
    if ($null -eq $known) {
        Write-Same 'the script runs at no logon'
    } else {
        Unregister-ScheduledTask -TaskName $task -Confirm:$false
        Write-Change 'the script runs at no logon'
    }
    return
}

if ($null -eq $known) {
    $action = New-ScheduledTaskAction -Execute 'powershell.exe' `
        -Argument "-ExecutionPolicy Bypass -File `"$PSCommandPath`" -Port $Port"
    $trigger = New-ScheduledTaskTrigger -AtLogOn
    $principal = New-ScheduledTaskPrincipal -GroupId 'S-1-5-32-544' -RunLevel Highest
    Register-ScheduledTask -TaskName $task -Action $action -Trigger $trigger -Principal $principal | Out-Null
    Write-Change 'the script runs at each logon'
}

$options = (Get-ItemProperty -LiteralPath 'HKLM:\SYSTEM\CurrentControlSet\Control').SystemStartOptions
if ($options -notmatch '(^|\s)TESTSIGNING(\s|$)') {
    & (Join-Path $PSScriptRoot 'Enable-TestSigning.ps1')
    Restart-Computer -Force
    return
}
if (-not (Get-Change).ContainsKey('verifier')) {
    & (Join-Path $PSScriptRoot 'Install-Dirql.ps1')
    & (Join-Path $PSScriptRoot 'Start-Verifier.ps1')
    Restart-Computer -Force
    return
}
& (Join-Path $PSScriptRoot 'Invoke-Suite.ps1') -Port $Port
Stop-Computer -Force
