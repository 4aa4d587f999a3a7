//! The device is removed and the driver unloaded, against what both leave behind.

use dirql_ioctl::interrupt::WaitRequest;
use dirql_ioctl::stress::StressRequest;
use nt_model::Transition;

use super::requests::{CAUSE, OTHER_CAUSE, add, raise, stress};
use super::{Listed, plain};
use crate::explore::stage::Builder;

pub(super) fn all() -> Vec<Listed> {
    let quiet = StressRequest {
        interrupts: 0,
        ..stress()
    };
    let list = [
        Builder::new(
            "interrupt+remove",
            "the driver is unloaded while the device interrupts and the DPC is late",
        )
        .raise(CAUSE)
        .remove_behind(None),
        Builder::new(
            "interrupt+interrupt+remove",
            "the driver is unloaded while the device interrupts twice",
        )
        .raise(CAUSE)
        .raise(OTHER_CAUSE)
        .remove_behind(None),
        Builder::new(
            "neighbour+remove",
            "the driver is unloaded while another device on the line interrupts",
        )
        .neighbour()
        .remove_behind(None),
        Builder::new(
            "interrupt+asleep+remove",
            "a device that sleeps is woken, removed, and its driver unloaded, while it interrupts",
        )
        .first_change(Transition::PowerDown)
        .raise(CAUSE)
        .remove_behind(None),
        Builder::new(
            "interrupt+surprise+remove",
            "the bus finds the device gone, and the driver is unloaded, while an interrupt is under way",
        )
        .raise(CAUSE)
        .change(Transition::SurpriseRemoval)
        .remove_behind(Some(1)),
        Builder::new(
            "synchronize+close+remove",
            "the handle of a closure's request is closed, and the driver unloaded behind it",
        )
        .send(&add())
        .close(0)
        .remove_behind(Some(1)),
        Builder::new(
            "raise+close+remove",
            "a request has the device interrupt, its handle is closed, and the driver unloaded behind it",
        )
        .send(&raise())
        .close(0)
        .remove_behind(Some(1)),
        Builder::new(
            "wait+close+remove",
            "the handle of a wait is closed, and the driver unloaded behind it",
        )
        .send(&WaitRequest::default())
        .close(0)
        .remove_behind(Some(1)),
        Builder::new(
            "stress-quiet+close+remove",
            "the driver is unloaded behind a stress run without interrupts, whose threads are at their last instructions",
        )
        .send(&quiet)
        .close(0)
        .remove_behind(Some(1)),
        Builder::new(
            "stress+close+remove",
            "the driver is unloaded behind a stress run, whose threads are at their last instructions",
        )
        .send(&stress())
        .close(0)
        .remove_behind(Some(1)),
    ];
    list.into_iter().map(plain).collect()
}
