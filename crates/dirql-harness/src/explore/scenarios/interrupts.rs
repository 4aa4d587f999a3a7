//! Requests while the device interrupts.

use dirql_ioctl::interrupt::WaitRequest;

use super::requests::{CAUSE, OTHER_CAUSE, changing, every, transfer};
use super::{Listed, plain};
use crate::explore::stage::Builder;

/// Each request, while the device interrupts; and interrupts that meet.
pub(super) fn all() -> Vec<Listed> {
    let each = every().map(|(name, message)| {
        let says = format!("{name}, and the device interrupts");
        Builder::new(format!("{name}+interrupt"), says)
            .message(message)
            .raise(CAUSE)
    });
    let met = [
        Builder::new(
            "interrupt+interrupt",
            "the device raises two causes: two messages on two processors, or one line that stays asserted",
        )
        .raise(CAUSE)
        .raise(OTHER_CAUSE),
        Builder::new(
            "interrupt+interrupt+wait",
            "the device raises two causes, and a request waits for an interrupt",
        )
        .send(&WaitRequest::default())
        .raise(CAUSE)
        .raise(OTHER_CAUSE),
        Builder::new(
            "interrupt+interrupt+transfer",
            "the device interrupts twice during a transfer",
        )
        .send(&transfer())
        .raise(CAUSE)
        .raise(OTHER_CAUSE),
    ];
    each.chain(met).map(plain).collect()
}

/// Each two requests that change something, while the device interrupts.
pub(super) fn pairs() -> Vec<Listed> {
    let all = changing();
    let mut found = Vec::new();
    for (index, (one, first)) in all.iter().enumerate() {
        for (other, second) in &all[index..] {
            let says = format!("{one} and {other} on two processors, and the device interrupts");
            let builder = Builder::new(format!("pair/{one}+{other}+interrupt"), says);
            let builder = builder.message(first.clone()).message(second.clone());
            found.push(plain(builder.raise(CAUSE)));
        }
    }
    found
}
