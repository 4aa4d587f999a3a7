//! Why there is no device to drive: what the configuration manager says, in words and with what to do.

/// An edu device that is on the bus although the driver offers no interface for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Its instance ID.
    pub(super) id: String,
    /// Its problem code; `None` where it has none.
    pub(super) problem: Option<u32>,
}

/// What a user reads where the driver offers no interface; `found` are the edu devices that are present.
pub(super) fn explain(found: &[Found]) -> String {
    let Some(device) = found.first() else {
        return "there is no edu device (PCI\\VEN_1234&DEV_11E8) on this machine: the driver serves QEMU's, \
                so start the virtual machine with `-device edu`"
            .to_owned();
    };
    let id = &device.id;
    // Codes and their meanings: "Device Manager Error Messages", CM_PROB_ constants of cfg.h.
    match device.problem {
        // NOT_CONFIGURED, FAILED_INSTALL.
        Some(1 | 28) => format!(
            "the dirql driver is not installed for {id}: run scripts\\Install-Dirql.ps1 of the package, or \
             `pnputil /add-driver dirql_driver.inf /install`, elevated"
        ),
        // DISABLED, HARDWARE_DISABLED.
        Some(22 | 29) => format!(
            "the device is disabled: `pnputil /enable-device \"{id}\"`, elevated, enables it"
        ),
        // UNSIGNED_DRIVER.
        Some(52) => format!(
            "Windows does not accept the driver's signature for {id} (code 52): run \
             scripts\\Enable-TestSigning.ps1 and scripts\\Install-Dirql.ps1 of the package, elevated, and restart"
        ),
        // FAILED_START.
        Some(10) => format!(
            "the driver refused to start {id} (code 10): `pnputil /enum-devices /instanceid \"{id}\" /problem` \
             shows its status"
        ),
        // NEED_RESTART.
        Some(14) => format!("{id} starts after a restart of Windows (code 14)"),
        Some(code) => format!(
            "{id} does not run: problem code {code}; Device Manager and C:\\Windows\\INF\\setupapi.dev.log say more"
        ),
        None => format!(
            "{id} runs, but not by the dirql driver: run scripts\\Install-Dirql.ps1 of the package, elevated"
        ),
    }
}

/// The contract version at the start of a reply to a query of whatever version, if it is not this one.
pub(super) fn other_contract(reply: &[u8], ours: u32) -> Option<String> {
    let theirs = u32::from_le_bytes(reply.get(..4)?.try_into().ok()?);
    (theirs != ours).then(|| {
        let which = if theirs > ours { "older" } else { "newer" };
        format!(
            "the installed driver speaks contract version {theirs} and this dirql, which is {which}, speaks {ours}: \
             install and run the two of one package"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(problem: Option<u32>) -> String {
        explain(&[Found {
            id: r"PCI\VEN_1234&DEV_11E8&SUBSYS_11001AF4&REV_10\3&11583659&0&20".to_owned(),
            problem,
        }])
    }

    #[test]
    fn each_state_of_the_device_is_told_from_the_others() {
        assert!(explain(&[]).contains("-device edu"));
        assert!(with(Some(28)).contains("not installed"));
        assert!(with(Some(22)).contains("disabled"));
        assert!(with(Some(52)).contains("signature"));
        assert!(with(Some(10)).contains("refused to start"));
        assert!(with(Some(39)).contains("problem code 39"));
        assert!(with(None).contains("not by the dirql driver"));
    }

    #[test]
    fn another_contract_is_told_whatever_follows_its_version() {
        assert_eq!(other_contract(&7_u32.to_le_bytes(), 7), None);
        assert_eq!(other_contract(&[1, 0], 7), None);
        let newer = other_contract(&[9, 0, 0, 0, 1, 2, 3], 7).unwrap();
        assert!(
            newer.contains("version 9") && newer.contains("older"),
            "{newer}"
        );
        let older = other_contract(&6_u32.to_le_bytes(), 7).unwrap();
        assert!(older.contains("newer"), "{older}");
    }
}
