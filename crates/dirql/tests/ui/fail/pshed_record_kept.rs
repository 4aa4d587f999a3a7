//! A record is the kernel's, and lent for the time of a callback; so is a packet.

use std::sync::Mutex;

use dirql::pshed::{ErrorPacket, ErrorRecord};

fn keep_record(record: &ErrorRecord<'_>, kept: &Mutex<Option<&'static [u8]>>) {
    *kept.lock().unwrap() = Some(record.as_bytes());
}

fn keep_packet(packet: ErrorPacket<'_>, kept: &Mutex<Option<ErrorPacket<'static>>>) {
    *kept.lock().unwrap() = Some(packet);
}

fn main() {
    let _ = (keep_record, keep_packet);
}
