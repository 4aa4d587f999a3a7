//! The port driver's calls: found and found again, requests, children, power, the DPC.

use std::ptr;

use dirql_video::{
    DISPLAY_ADAPTER_HW_ID, VpStatus,
    mock::{Adapter, Fired, PortDriver},
    sys::RequestPacket,
};

use super::{DECLINED, NOT_THERE, ask, code, found, load};

#[test]
fn a_dpc_follows_an_interrupt_and_reaches_the_state() {
    let adapter = found(11, 11);
    assert!(adapter.initialize());
    assert!(!adapter.run_dpc());
    assert_eq!(adapter.fire(), Fired::Claimed);
    assert_eq!(adapter.fire(), Fired::Claimed);
    assert!(adapter.run_dpc());
    assert!(!adapter.run_dpc(), "queued once while it was queued");
    assert_eq!(ask(&adapter, code::SYNCHRONIZE), Ok(5));
}

#[test]
fn an_adapter_that_was_not_found_answers_everything() {
    let port = PortDriver::new();
    assert_eq!(load(&port), 0);
    let adapter = port.add(9, NOT_THERE);
    assert_eq!(adapter.find(), VpStatus::DEV_NOT_EXIST.0);
    assert_eq!(adapter.fire(), Fired::NotConnected);
    assert!(!adapter.call_interrupt());
    assert!(!adapter.initialize());
    assert_eq!(ask(&adapter, code::LOW), Err(VpStatus::DEV_NOT_EXIST));
    assert_eq!(adapter.power(false, DISPLAY_ADAPTER_HW_ID, 1), 87);
    assert_eq!(adapter.power(true, DISPLAY_ADAPTER_HW_ID, 1), 0);
    assert_eq!(adapter.child(DISPLAY_ADAPTER_HW_ID).0, 1248);
    adapter.assign(11, 11);
    assert_eq!(adapter.find(), 0, "found the next time");
    assert_eq!(ask(&adapter, code::SYNCHRONIZE), Ok(1));
}

#[test]
fn an_interrupt_that_is_declined_is_not_connected_and_gives_no_witness() {
    let adapter = found(DECLINED, 11);
    assert_eq!(adapter.fire(), Fired::NotConnected);
    assert_eq!(
        ask(&adapter, code::SYNCHRONIZE),
        Err(VpStatus::INVALID_FUNCTION)
    );
}

#[test]
fn an_adapter_that_is_found_again_keeps_its_state_and_looks_at_its_interrupt() {
    let adapter = found(11, 11);
    assert_eq!(ask(&adapter, code::SYNCHRONIZE), Ok(1));
    adapter.assign(0, 0);
    assert_eq!(adapter.find(), 0);
    assert_eq!(
        ask(&adapter, code::SYNCHRONIZE),
        Err(VpStatus::INVALID_FUNCTION)
    );
    adapter.assign(0, 5);
    assert_eq!(adapter.find(), 0);
    assert_eq!(ask(&adapter, code::SYNCHRONIZE), Ok(2));
}

#[test]
fn a_configuration_that_is_too_short_is_refused() {
    let port = PortDriver::new();
    assert_eq!(load(&port), 0);
    let adapter = port.add(11, 11);
    let short = u32::try_from(Adapter::SHORT_CONFIG).expect("short");
    assert_eq!(adapter.find_with_length(short - 1), 87);
    assert_eq!(adapter.find_with_length(0), 87);
    assert_eq!(adapter.find_with_length(short), 0);
}

#[test]
fn a_bad_packet_changes_nothing_and_is_answered() {
    let adapter = found(11, 11);
    let reply = |code, length| adapter.request(code, &[], length);
    assert_eq!(reply(code::SYNCHRONIZE, 3).status, 122, "no room");
    assert_eq!(reply(999, 4).status, 1);
    assert_eq!(
        reply(code::LONG, 8).output.len(),
        8,
        "no more than there is"
    );
    let nothing = RequestPacket {
        code: code::ECHO,
        status: ptr::null_mut(),
        input: ptr::null_mut(),
        input_length: 64,
        output: ptr::null_mut(),
        output_length: 64,
    };
    assert_eq!(adapter.packet(nothing), (0, 0), "null buffers are empty");
}

#[test]
fn input_and_output_may_be_the_same_memory() {
    let adapter = found(11, 11);
    let reply = adapter.request(code::ECHO, b"the same buffer", 15);
    assert_eq!(
        (reply.status, &reply.output[..]),
        (0, &b"the same buffer"[..])
    );
}

#[test]
fn children_and_power_are_answered_in_the_port_drivers_terms() {
    let adapter = found(11, 11);
    let (status, kind, id, _) = adapter.child(DISPLAY_ADAPTER_HW_ID);
    assert_eq!((status, kind, id), (1246, 3, DISPLAY_ADAPTER_HW_ID));
    assert_eq!(adapter.child(0).0, 123);
    let (status, kind, id, descriptor) = adapter.child(1);
    assert_eq!((status, kind, id), (1246, 1, 11));
    assert_eq!(descriptor, [7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(adapter.child(2).0, 1248);
    assert_eq!(adapter.power(false, DISPLAY_ADAPTER_HW_ID, 1), 0);
    assert_eq!(adapter.power(false, 11, 1), 87);
    assert_eq!(adapter.power(true, 11, 9), 0, "which always succeeds");
}
