# What the scripts share: where the package is, what earlier runs changed, and how changes are said.
# The other scripts dot-source this one; by itself it does nothing.

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# The package: the folder above the scripts.
$PackageFolder = Split-Path -Parent $PSScriptRoot
# What the scripts changed, so that -Remove undoes that and no more; logs and results are kept beside it.
$StateFolder = Join-Path $env:ProgramData 'dirql'
$StateFile = Join-Path $StateFolder 'changes.json'
# QEMU's edu device, whatever its place on the bus.
$DeviceId = 'PCI\VEN_1234&DEV_11E8'

function Write-Change([string] $What) {
    Write-Host "changed:   $What"
}

function Write-Same([string] $What) {
    Write-Host "unchanged: $What"
}

# The changes on record, as a table from a name to a value.
function Get-Change {
    $table = @{}
    if (Test-Path -LiteralPath $StateFile) {
        $stored = Get-Content -LiteralPath $StateFile -Raw | ConvertFrom-Json
        foreach ($property in $stored.PSObject.Properties) {
            $table[$property.Name] = $property.Value
        }
    }
    return $table
}

function Save-Change([hashtable] $Table) {
    if (-not (Test-Path -LiteralPath $StateFolder)) {
        New-Item -ItemType Directory -Path $StateFolder | Out-Null
    }
    $Table | ConvertTo-Json | Set-Content -LiteralPath $StateFile -Encoding UTF8
}

# Puts a change on record. It is called before the change is made: one that is made and not known is worse than one that
# is known and not made.
function Add-Change([string] $Name, $Value) {
    $table = Get-Change
    $table[$Name] = $Value
    Save-Change $table
}

function Remove-Change([string] $Name) {
    $table = Get-Change
    $table.Remove($Name)
    Save-Change $table
}

# Runs a program of the system, shows what it says, and stops if its exit code is none of those named.
function Invoke-Program([string] $Program, [string[]] $Arguments, [int[]] $Accepted) {
    Write-Host "> $Program $($Arguments -join ' ')"
    & $Program @Arguments | Out-Host
    if ($Accepted -notcontains $LASTEXITCODE) {
        throw "$Program ended with $LASTEXITCODE"
    }
    return $LASTEXITCODE
}

# The edu devices that are present.
function Get-Edu {
    return @(Get-PnpDevice -PresentOnly | Where-Object { $_.InstanceId -like "$DeviceId*" })
}

# Waits until one of them runs.
function Wait-Edu([int] $Seconds) {
    $end = (Get-Date).AddSeconds($Seconds)
    $devices = @()
    while ((Get-Date) -lt $end) {
        $devices = @(Get-Edu)
        $running = @($devices | Where-Object { $_.Status -eq 'OK' -and $_.Class -eq 'Dirql' })
        if ($running.Count -gt 0) {
            return $running[0]
        }
        Start-Sleep -Seconds 1
    }
    if ($devices.Count -eq 0) {
        throw "there is no device $DeviceId; start the virtual machine with -device edu"
    }
    throw "the device does not run: status $($devices[0].Status), problem $($devices[0].Problem)"
}
