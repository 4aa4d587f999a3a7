<#
.SYNOPSIS
Runs every suite on the device twice, by message-signalled interrupts and by the line, and keeps what a report needs.
.PARAMETER Output
The folder for the results.
.PARAMETER Port
A serial port, COM1 say, over which the results are sent as well: cargo xtask vm listens there.
.PARAMETER Remove
Puts the device back to message-signalled interrupts, and removes the results.
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding()]
param(
    [string] $Output = (Join-Path $env:ProgramData 'dirql\results'),
    [string] $Port,
    [switch] $Remove
)

. (Join-Path $PSScriptRoot 'Common.ps1')

$dirql = Join-Path $PackageFolder 'dirql.exe'

# Whether the device may have messages; Windows reads it when the device starts.
function Set-Message([string] $InstanceId, [int] $Supported) {
    $key = "HKLM:\SYSTEM\CurrentControlSet\Enum\$InstanceId\Device Parameters\" +
        'Interrupt Management\MessageSignaledInterruptProperties'
    if ((Get-ItemProperty -LiteralPath $key).MSISupported -eq $Supported) {
        Write-Same "MSISupported is $Supported"
    } else {
        if ($Supported -eq 0) {
            Add-Change 'msi' $InstanceId
        }
        Set-ItemProperty -LiteralPath $key -Name 'MSISupported' -Value $Supported
        Write-Change "MSISupported is $Supported"
        Invoke-Program 'pnputil.exe' @('/restart-device', $InstanceId) @(0) | Out-Null
        Wait-Edu 60 | Out-Null
        if ($Supported -eq 1) {
            Remove-Change 'msi'
        }
    }
}

# Runs the suites; the exit code is the harness's. Its output is kept byte for byte, which `>` would not.
function Invoke-Run([string] $Name) {
    $file = Join-Path $Output "$Name.xml"
    $errors = Join-Path $Output "$Name.log"
    $run = Start-Process -FilePath $dirql -ArgumentList 'run', '--target', 'device', '--format', 'junit' `
        -NoNewWindow -Wait -PassThru -RedirectStandardOutput $file -RedirectStandardError $errors
    Write-Host "${Name}: exit code $($run.ExitCode), results in $file"
    return $run.ExitCode
}

# Sends a file as lines: a name, base64, an end. cargo xtask vm puts it together again.
function Send-File([System.IO.Ports.SerialPort] $To, [string] $Path) {
    $To.WriteLine("DIRQL BEGIN $(Split-Path -Leaf $Path)")
    $text = [Convert]::ToBase64String([System.IO.File]::ReadAllBytes($Path))
    for ($at = 0; $at -lt $text.Length; $at += 76) {
        $To.WriteLine($text.Substring($at, [Math]::Min(76, $text.Length - $at)))
    }
    $To.WriteLine("DIRQL END $(Split-Path -Leaf $Path)")
}

if ($Remove) {
    $device = (Get-Change)['msi']
    if ($null -eq $device) {
        Write-Same 'the device has message-signalled interrupts'
    } else {
        Set-Message $device 1
    }
    if (Test-Path -LiteralPath $Output) {
        Remove-Item -LiteralPath $Output -Recurse
        Write-Change "$Output is removed"
    } else {
        Write-Same "there are no results in $Output"
    }
    return
}

if (-not (Test-Path -LiteralPath $Output)) {
    New-Item -ItemType Directory -Path $Output | Out-Null
}
$start = Get-Date
$worst = 0
try {
    $device = Wait-Edu 60
    try {
        Set-Message $device.InstanceId 1
        $worst = Invoke-Run 'msi'
        Set-Message $device.InstanceId 0
        $code = Invoke-Run 'intx'
        if ($worst -eq 0) {
            $worst = $code
        }
    } finally {
        Set-Message $device.InstanceId 1
    }
} catch {
    # What stopped the run is the most important of the results.
    $_ | Out-String | Set-Content -LiteralPath (Join-Path $Output 'stopped.log') -Encoding UTF8
    Write-Warning "$_"
    $worst = 3
}

& verifier.exe /query | Set-Content -LiteralPath (Join-Path $Output 'verifier.txt') -Encoding UTF8
Get-WinEvent -FilterHashtable @{ LogName = 'System'; StartTime = $start } -ErrorAction SilentlyContinue |
    Select-Object TimeCreated, ProviderName, Id, LevelDisplayName, Message |
    ConvertTo-Json | Set-Content -LiteralPath (Join-Path $Output 'events.json') -Encoding UTF8
$dumps = Join-Path $env:windir 'Minidump'
if (Test-Path -LiteralPath $dumps) {
    Copy-Item -Path (Join-Path $dumps '*.dmp') -Destination $Output
}
Write-Change "the results are in $Output"

if ($Port) {
    $serial = New-Object System.IO.Ports.SerialPort($Port, 115200)
    $serial.NewLine = "`n"
    $serial.Open()
    try {
        foreach ($file in Get-ChildItem -Path $Output -File) {
            Send-File $serial $file.FullName
        }
        $serial.WriteLine("DIRQL EXIT $worst")
        # Closing a port discards what it has not sent.
        while ($serial.BytesToWrite -gt 0) {
            Start-Sleep -Milliseconds 100
        }
    } finally {
        $serial.Close()
    }
}
exit $worst
