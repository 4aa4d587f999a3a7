<#
.SYNOPSIS
Lets Driver Verifier watch the driver: its standard rules, and those that matter for interrupts and locks. The change takes
effect after a restart.
.PARAMETER LowResources
Also lets allocations fail at random, from seven minutes after the start on.
.PARAMETER Remove
Ends it.
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding()]
param(
    [switch] $LowResources,
    [switch] $Remove
)

. (Join-Path $PSScriptRoot 'Common.ps1')

$driver = 'dirql_driver.sys'
# Rule classes by number; the page "Driver Verifier command syntax" lists them. Those up to 34 are the standard set.
$classes = @(
    @{ Number = 1; Name = 'Special pool' }
    @{ Number = 2; Name = 'Force IRQL checking' }
    @{ Number = 4; Name = 'Pool tracking' }
    @{ Number = 5; Name = 'I/O verification' }
    @{ Number = 6; Name = 'Deadlock detection' }
    @{ Number = 8; Name = 'DMA checking' }
    @{ Number = 9; Name = 'Security checks' }
    @{ Number = 12; Name = 'Miscellaneous checks' }
    @{ Number = 18; Name = 'DDI compliance checking' }
    @{ Number = 34; Name = 'WDF checking' }
    @{ Number = 10; Name = 'Force pending I/O requests' }
    @{ Number = 26; Name = 'Code integrity checking' }
    @{ Number = 33; Name = 'Driver isolation checks' }
    @{ Number = 35; Name = 'Additional IRQL checking' }
    @{ Number = 36; Name = 'DIF, which driver isolation takes' }
)
if ($LowResources) {
    $classes += @{ Number = 3; Name = 'Randomized low resources simulation' }
}

# The drivers that Verifier watches from the next start on.
$memory = Get-ItemProperty -LiteralPath 'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management'
$watched = ''
if ($memory.PSObject.Properties['VerifyDrivers']) {
    $watched = $memory.VerifyDrivers
}
$recorded = (Get-Change)['verifier']

if ($Remove) {
    if ($null -eq $recorded) {
        Write-Same 'Driver Verifier was not set up by this script'
        return
    }
    Invoke-Program 'verifier.exe' @('/reset') @(0, 2) | Out-Null
    Remove-Change 'verifier'
    Write-Change 'Driver Verifier is off from the next start on'
    return
}

$numbers = @($classes | ForEach-Object { [string] $_.Number })
$wanted = $numbers -join ' '
if ($recorded -eq $wanted) {
    Write-Same "Driver Verifier watches $driver by rule classes $wanted"
    return
}
if ($watched -and $null -eq $recorded) {
    throw "Driver Verifier is set up for $watched, and not by this script: run verifier /reset first"
}
Add-Change 'verifier' $wanted
# 2: a restart completes it.
Invoke-Program 'verifier.exe' (@('/rc') + $numbers + @('/driver', $driver)) @(0, 2) | Out-Null
Write-Change "Driver Verifier watches $driver from the next start on: restart Windows"
foreach ($class in $classes) {
    Write-Host ('           {0,2}  {1}' -f $class.Number, $class.Name)
}
