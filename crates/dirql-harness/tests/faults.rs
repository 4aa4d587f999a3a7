//! The fault sweep on the drivers of the project: each way to a call that may be refused, once.

#![cfg(feature = "sim")]

use std::process::{Command, Output};

use serde_json::Value;

fn dirql(arguments: &[&str]) -> Output {
    assert!(
        std::env::var_os("DIRQL_IMAGE").is_some(),
        "DIRQL_IMAGE is not set: `cargo xtask build` builds the driver image and prints its path"
    );
    Command::new(env!("CARGO_BIN_EXE_dirql"))
        .arg("faults")
        .args(arguments)
        .output()
        .expect("dirql starts")
}

fn report(arguments: &[&str]) -> Value {
    let output = dirql(&[arguments, &["--short", "--format", "json"]].concat());
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    serde_json::from_slice(&output.stdout).expect("it is JSON")
}

/// How often each routine of an image was refused.
fn refused<'a>(report: &'a Value, image: &str, routine: &'a str) -> u64 {
    let images = report["images"].as_array().into_iter().flatten();
    let of_it = images.filter(|it| it["image"] == image);
    let sites = of_it.flat_map(|it| it["sites"].as_array().into_iter().flatten());
    let sites = sites.filter(|site| site["routine"] == routine);
    let refused = sites.flat_map(|site| site["refused"].as_array().into_iter().flatten());
    refused.filter_map(|it| it["times"].as_u64()).sum()
}

#[test]
fn each_way_to_a_call_is_refused_once_and_nothing_leaks_hangs_or_lies() {
    let report = report(&[]);
    for routine in [
        "ExAllocatePool2",
        "MmMapIoSpaceEx",
        "IoConnectInterruptEx",
        "KeSynchronizeExecution",
        "PsCreateSystemThread",
        "EtwRegister",
        "EtwWriteTransfer",
        "WheaAddErrorSource",
        "WdfDriverCreate",
        "WdfDeviceCreate",
        "WdfIoQueueCreate",
        "WdfDpcCreate",
        "WdfSpinLockCreate",
        "WdfRequestRetrieveInputBuffer",
        "WdfRequestRetrieveOutputBuffer",
    ] {
        assert!(refused(&report, "dirql_driver", routine) > 0, "{routine}");
    }
    for routine in ["VideoPortGetDeviceBase", "VideoPortSynchronizeExecution"] {
        assert!(refused(&report, "dirql_video", routine) > 0, "{routine}");
    }
    assert_eq!(report["unlisted"], 0);
}

#[test]
fn nothing_leaks_hangs_or_lies_where_the_interrupt_is_the_framework_s() {
    let variable = |name: &str| {
        std::env::var(name).unwrap_or_else(|_| {
            panic!("{name} is not set: `cargo xtask build` builds the image and prints its path")
        })
    };
    let (image, pdb) = (variable("DIRQL_WDF_IMAGE"), variable("DIRQL_WDF_PDB"));
    let report = report(&["--image", &image, "--pdb", &pdb]);
    for routine in [
        "IoConnectInterruptEx",
        "WdfInterruptCreate",
        "WdfInterruptSynchronize",
    ] {
        assert!(refused(&report, "dirql_wdf", routine) > 0, "{routine}");
    }
}

#[test]
fn an_unknown_workload_is_refused() {
    let output = dirql(&["no-such-workload"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no-such-workload"));
}
