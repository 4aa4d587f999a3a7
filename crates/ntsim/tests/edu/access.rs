//! Which accesses the registers take.

use crate::bench::{Bench, NOW};
use ntsim::device::{
    AccessWidth::{self, Byte, Dword, Qword, Word},
    Direction,
    edu::{
        BUFFER_ADDRESS,
        register::{
            DMA_SOURCE, FACTORIAL, INTERRUPT_ACK, INTERRUPT_RAISE, INTERRUPT_STATUS, LIVENESS,
            STATUS,
        },
    },
};

#[test]
fn a_width_that_the_specification_does_not_allow_is_a_fault_and_changes_nothing() {
    let refused: &[(u64, AccessWidth)] = &[
        (LIVENESS, Byte),
        (LIVENESS, Word),
        (FACTORIAL, Qword),
        (INTERRUPT_RAISE, Qword),
        (0x78, Qword),
        (DMA_SOURCE, Byte),
        (DMA_SOURCE, Word),
    ];
    for (offset, width) in refused {
        let mut bench = Bench::line();
        let read = bench.edu.read(0, *offset, *width, NOW).unwrap_err();
        assert_eq!(read.access.direction, Direction::Read);
        let write = bench.edu.write(0, *offset, *width, 1, NOW).unwrap_err();
        assert_eq!(write.access.direction, Direction::Write);
        assert!(write.explanation.contains("32-bit"), "{write}");
        assert_eq!(bench.read(INTERRUPT_STATUS), 0);
        assert_eq!(bench.read(STATUS), 0);
        assert_eq!(bench.read(LIVENESS), 0);
    }
}

#[test]
fn from_0x80_on_32_and_64_bits_are_allowed_and_a_narrow_write_clears_the_rest() {
    let mut bench = Bench::line();
    let wide = 0x1122_3344_5566_7788;
    bench.edu.write(0, DMA_SOURCE, Qword, wide, NOW).unwrap();
    assert_eq!(bench.edu.read(0, DMA_SOURCE, Qword, NOW), Ok(wide));
    assert_eq!(bench.read(DMA_SOURCE), 0x5566_7788);
    bench.write(DMA_SOURCE, wide);
    assert_eq!(bench.edu.read(0, DMA_SOURCE, Qword, NOW), Ok(0x5566_7788));
}

#[test]
fn accesses_that_are_ragged_or_beyond_the_window_are_faults() {
    let mut bench = Bench::line();
    for (bar, offset, width) in [
        (0, 0x22, Dword),
        (0, 0x84, Qword),
        (0, 0x10_0000, Dword),
        (0, 0xF_FFFC, Qword),
        (0, u64::MAX - 3, Dword),
        (1, 0, Dword),
    ] {
        assert!(bench.edu.read(bar, offset, width, NOW).is_err());
        assert!(bench.edu.write(bar, offset, width, 0, NOW).is_err());
    }
    assert_eq!(bench.read(0xF_FFFC), 0xFFFF_FFFF);
}

#[test]
fn write_only_registers_gaps_and_the_buffer_read_as_ones() {
    let mut bench = Bench::line();
    for offset in [INTERRUPT_RAISE, INTERRUPT_ACK, 0x0C, 0x84, BUFFER_ADDRESS] {
        bench.write(offset, 0u32);
        assert_eq!(bench.read(offset), 0xFFFF_FFFF, "{offset:#x}");
    }
    assert_eq!(bench.edu.read(0, BUFFER_ADDRESS, Qword, NOW), Ok(u64::MAX));
}
