<#
.SYNOPSIS
Undoes all that the scripts of this folder changed, and no more. Restart Windows afterwards.
.PARAMETER Remove
Undoes the uninstallation: installs the driver again.
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding()]
param([switch] $Remove)

. (Join-Path $PSScriptRoot 'Common.ps1')

if ($Remove) {
    & (Join-Path $PSScriptRoot 'Install-Dirql.ps1')
    return
}
# The reverse of the order in which a user comes to them.
foreach ($script in @('Invoke-Suite.ps1', 'Start-Verifier.ps1', 'Install-Dirql.ps1', 'Enable-TestSigning.ps1')) {
    & (Join-Path $PSScriptRoot $script) -Remove
}
if ((Test-Path -LiteralPath $StateFile) -and (Get-Change).Count -eq 0) {
    Remove-Item -LiteralPath $StateFolder -Recurse
    Write-Change "$StateFolder is removed"
}
