//! What the function is, and what its plain registers hold.

use crate::bench::Bench;
use ntsim::device::{
    Edu, PciDevice,
    edu::{
        STATUS_RAISE_WHEN_DONE,
        register::{IDENTIFICATION, INTERRUPT_STATUS, LIVENESS, STATUS},
    },
};

#[test]
fn the_function_is_qemus_edu() {
    let edu = Edu::new();
    assert_eq!(
        edu.identity().expect("a function").to_string(),
        "PCI\\VEN_1234&DEV_11E8&REV_10"
    );
    assert_eq!(edu.bars().len(), 1);
    assert_eq!((edu.bars()[0].index, edu.bars()[0].size), (0, 1 << 20));
    assert!(edu.interrupts().line);
    assert_eq!(edu.interrupts().messages, 1);
    let mut bench = Bench::line();
    assert_eq!(bench.read(IDENTIFICATION), 0x0100_00ED);
}

#[test]
fn the_liveness_register_gives_the_complement() {
    let mut bench = Bench::line();
    bench.write(LIVENESS, 0x1234_5678u32);
    assert_eq!(bench.read(LIVENESS), 0xEDCB_A987);
}

#[test]
fn identification_and_status_words_cannot_be_written() {
    let mut bench = Bench::line();
    bench.write(IDENTIFICATION, 0u32);
    assert_eq!(bench.read(IDENTIFICATION), 0x0100_00ED);
    bench.write(INTERRUPT_STATUS, 0xFFu32);
    assert_eq!(bench.read(INTERRUPT_STATUS), 0);
    bench.write(STATUS, 0xFFFF_FFFFu32);
    assert_eq!(bench.read(STATUS), u64::from(STATUS_RAISE_WHEN_DONE));
}
