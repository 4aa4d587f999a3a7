//! Requests whose sender cancels them, or closes the handle.

use dirql_ioctl::interrupt::WaitRequest;

use super::requests::{CAUSE, stress};
use super::{Listed, plain};
use crate::explore::stage::Builder;

pub(super) fn all() -> Vec<Listed> {
    let wait = WaitRequest::default();
    let list = [
        Builder::new(
            "wait+cancel",
            "a wait is cancelled at any moment, and must end",
        )
        .send(&wait)
        .cancel(0),
        Builder::new(
            "wait+close",
            "the handle of a wait is closed at any moment, and the wait must end",
        )
        .send(&wait)
        .close(0),
        Builder::new(
            "wait+cancel+interrupt",
            "a wait is cancelled while the interrupt that ends it arrives",
        )
        .send(&wait)
        .cancel(0)
        .raise(CAUSE),
        Builder::new(
            "wait+wait+cancel+interrupt",
            "one of two waits is cancelled while the interrupt that ends both arrives",
        )
        .send(&wait)
        .send(&wait)
        .cancel(0)
        .raise(CAUSE),
        Builder::new(
            "wait+close+interrupt",
            "the handle of a wait is closed while the interrupt that ends it arrives",
        )
        .send(&wait)
        .close(0)
        .raise(CAUSE),
        Builder::new("stress+cancel", "a stress run is cancelled at any moment")
            .send(&stress())
            .cancel(0),
        Builder::new(
            "stress+close",
            "the handle of a stress run is closed at any moment",
        )
        .send(&stress())
        .close(0),
    ];
    list.into_iter().map(plain).collect()
}
