//! What `DriverEntry` offers, and how the port driver answers; statuses.

use std::mem;

use dirql_video::{VpStatus, mock::PortDriver};

use super::load;

#[test]
fn the_whole_structure_is_offered_first_and_taken() {
    let port = PortDriver::new();
    assert_eq!(load(&port), 0);
    assert_eq!(port.offered(), [144]);
    let data = port.accepted().expect("accepted");
    assert_eq!(data.size, 144);
    assert!(data.interrupt.is_some() && data.set_power_state.is_some());
}

#[test]
fn an_older_port_driver_is_offered_smaller_structures() {
    for (known, offered) in [(140, &[144, 140][..]), (64, &[144, 140, 64])] {
        let port = PortDriver::knowing(known);
        assert_eq!(load(&port), 0);
        assert_eq!(port.offered(), offered);
    }
    let nt4 = PortDriver::knowing(64);
    assert_eq!(load(&nt4), 0);
    let data = nt4.accepted().expect("accepted");
    assert!(data.set_power_state.is_none() && data.get_child_descriptor.is_none());
}

#[test]
fn a_port_driver_that_knows_no_size_has_the_last_word() {
    let port = PortDriver::knowing(0);
    assert_eq!(load(&port), 0xC000_0059);
    assert_eq!(port.offered(), [144, 140, 64]);
}

#[test]
fn a_status_reads_as_video_h_writes_it() {
    assert_eq!(VpStatus::NO_ERROR.to_string(), "NO_ERROR");
    assert_eq!(VpStatus(1248).to_string(), "ERROR_NO_MORE_DEVICES");
    assert_eq!(VpStatus(5).to_string(), "VP_STATUS 5");
    assert_eq!(mem::size_of::<VpStatus>(), 4);
}
