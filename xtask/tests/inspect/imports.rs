//! What the image imports.

use xtask::inspect::{AllowList, Scope, Violation, inspect};

use crate::{patient::Patient, support};

#[test]
fn an_import_beyond_the_list_is_refused() {
    let mut patient = Patient::new();
    let at = patient.find(b"WdfVersionBind\0");
    patient.write(at, b"WdfVersionFind\0");
    let module = "WDFLDR.SYS".to_owned();
    assert_eq!(
        patient.violations(),
        [
            Violation::UnexpectedImport {
                module: module.clone(),
                name: "WdfVersionFind".to_owned()
            },
            Violation::StaleAllowance {
                module,
                name: "WdfVersionBind".to_owned()
            },
        ]
    );
}

#[test]
fn an_allowance_without_an_import_is_stale_in_a_release_image_only() {
    let list = format!(
        "{}\nhal.dll HalDoNothing\n",
        include_str!("../../imports-allowed.txt")
    );
    let list = AllowList::parse(&list).unwrap();
    let image = support::image();
    assert_eq!(
        inspect(&image, &list, Scope::Release),
        [Violation::StaleAllowance {
            module: "hal.dll".to_owned(),
            name: "HalDoNothing".to_owned()
        }]
    );
    assert_eq!(inspect(&image, &list, Scope::Other), []);
}

#[test]
fn what_is_listed_as_the_hals_is_taken_from_the_kernel_too() {
    let committed = include_str!("../../imports-allowed.txt");
    let of_the_hal = |name: &str| {
        let from = format!("ntoskrnl.exe  {name}\n");
        assert!(committed.contains(&from));
        let list = committed.replace(&from, &format!("HAL.dll  {name}\n"));
        AllowList::parse(&list).unwrap()
    };
    // The image imports it from the kernel: allowed, and not stale.
    let list = of_the_hal("KeGetCurrentIrql");
    assert_eq!(inspect(&support::image(), &list, Scope::Release), []);
}
