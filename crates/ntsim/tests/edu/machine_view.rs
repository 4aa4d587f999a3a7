//! What the machine asks of a device.

use std::time::Duration;

use crate::bench::{Bench, NOW, factorial_time};
use ntsim::device::{
    AccessWidth::Dword,
    edu::{
        BUFFER_ADDRESS, CAUSE_DMA, CAUSE_FACTORIAL, STATUS_RAISE_WHEN_DONE, TRANSFER_TIME,
        register::{DMA_COMMAND, FACTORIAL, INTERRUPT_STATUS, STATUS},
    },
};

#[test]
fn a_copy_goes_its_own_way() {
    let mut bench = Bench::message();
    bench.raise(0x8);
    bench.write(FACTORIAL, 3u32);
    bench.program(0x10_0000, BUFFER_ADDRESS, 4, 1);
    let mut copy = bench.edu.clone();

    bench.acknowledge(0x8);
    bench.pass(TRANSFER_TIME);
    assert_eq!(copy.read(0, INTERRUPT_STATUS, Dword, NOW), Ok(0x8));
    assert_eq!(copy.read(0, DMA_COMMAND, Dword, NOW), Ok(1));
    assert_eq!(copy.next_event(), Some(NOW.after(factorial_time(3))));
    assert_eq!(copy.take_message(), Some(0));
    assert_eq!(bench.messages(), 1, "the copy's message was its own");
}

#[test]
fn what_is_due_at_different_times_is_done_in_one_tick_in_order() {
    let mut bench = Bench::message();
    bench.write(STATUS, STATUS_RAISE_WHEN_DONE);
    bench.program(0x10_0000, BUFFER_ADDRESS, 4, 1 | 4);
    bench.write(FACTORIAL, 9u32);
    assert_eq!(bench.edu.next_event(), Some(NOW.after(factorial_time(9))));
    bench.pass(factorial_time(9));
    assert_eq!(bench.messages(), 1);
    assert_eq!(bench.edu.next_event(), Some(NOW.after(TRANSFER_TIME)));
    bench.write(FACTORIAL, 9u32);
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.messages(), 2);
    assert_eq!(bench.edu.next_event(), None);
    assert_eq!(
        bench.read(INTERRUPT_STATUS),
        u64::from(CAUSE_FACTORIAL | CAUSE_DMA)
    );
}
