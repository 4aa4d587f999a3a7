<#
.SYNOPSIS
Trusts the package's certificate, installs the driver, and waits until the device runs.
.PARAMETER Remove
Removes the driver package, and the certificate from the stores that this script put it into.
.PARAMETER Timeout
Seconds to wait for the device.
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding()]
param(
    [switch] $Remove,
    [int] $Timeout = 60
)

. (Join-Path $PSScriptRoot 'Common.ps1')

$stores = @('Root', 'TrustedPublisher')
$inf = Join-Path $PackageFolder 'dirql_driver.inf'
$certificateFile = Join-Path $PackageFolder 'WDRLocalTestCert.cer'
$log = Join-Path $env:windir 'INF\setupapi.dev.log'

# The names under which the driver store keeps the package. Its tools print translated text; the files do not.
function Get-PublishedInf {
    $files = Get-ChildItem -Path (Join-Path $env:windir 'INF') -Filter 'oem*.inf'
    foreach ($file in $files) {
        if (Select-String -LiteralPath $file.FullName -SimpleMatch 'dirql_driver.cat' -Quiet) {
            $file.Name
        }
    }
}

# Keeps what the installer logged since a place in its log.
function Save-SetupLog([long] $From) {
    $to = Join-Path $StateFolder 'setupapi.dev.log'
    if (-not (Test-Path -LiteralPath $log)) {
        return
    }
    $stream = [System.IO.File]::Open($log, 'Open', 'Read', 'ReadWrite')
    try {
        # A log that became shorter was begun anew.
        if ($stream.Length -ge $From) {
            $stream.Position = $From
        }
        $reader = New-Object System.IO.StreamReader($stream)
        Set-Content -LiteralPath $to -Value $reader.ReadToEnd() -Encoding UTF8
    } finally {
        $stream.Dispose()
    }
    Write-Change "the installer's log is kept in $to"
}

if ($Remove) {
    $published = @(Get-PublishedInf)
    if ($published.Count -eq 0) {
        Write-Same 'the driver is not installed'
    }
    foreach ($name in $published) {
        Invoke-Program 'pnputil.exe' @('/delete-driver', $name, '/uninstall', '/force') @(0, 3010) | Out-Null
        Write-Change "driver package $name is removed"
    }
    foreach ($store in $stores) {
        $added = (Get-Change)["certificate-$store"]
        if ($null -eq $added) {
            Write-Same "no certificate was put into LocalMachine\$store by this script"
            continue
        }
        $path = "Cert:\LocalMachine\$store\$added"
        if (Test-Path -LiteralPath $path) {
            Remove-Item -LiteralPath $path
            Write-Change "certificate $added is removed from LocalMachine\$store"
        }
        Remove-Change "certificate-$store"
    }
    return
}

$certificate = New-Object System.Security.Cryptography.X509Certificates.X509Certificate2($certificateFile)
foreach ($store in $stores) {
    if (Test-Path -LiteralPath "Cert:\LocalMachine\$store\$($certificate.Thumbprint)") {
        Write-Same "certificate $($certificate.Thumbprint) is in LocalMachine\$store"
        continue
    }
    Add-Change "certificate-$store" $certificate.Thumbprint
    Import-Certificate -FilePath $certificateFile -CertStoreLocation "Cert:\LocalMachine\$store" | Out-Null
    Write-Change "certificate $($certificate.Thumbprint) is in LocalMachine\$store"
}

if (-not (Test-Path -LiteralPath $StateFolder)) {
    New-Item -ItemType Directory -Path $StateFolder | Out-Null
}
$before = [long] 0
if (Test-Path -LiteralPath $log) {
    $before = (Get-Item -LiteralPath $log).Length
}
try {
    # 259: the package is there already and no device wants another one. 3010: a restart completes it.
    $code = Invoke-Program 'pnputil.exe' @('/add-driver', $inf, '/install') @(0, 259, 3010)
    if ($code -eq 259) {
        Write-Same 'the driver package is installed'
    } else {
        Write-Change 'the driver package is installed'
    }
    $device = Wait-Edu $Timeout
    Write-Host "running:   $($device.InstanceId) ($($device.FriendlyName))"
} finally {
    Save-SetupLog $before
}
