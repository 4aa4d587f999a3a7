//! The interrupt while requests move it: soft inactive, active again, reconnected. Each move revokes it first.

use nt_model::Transition;

use super::requests::{CAUSE, active, looking, reconnect};
use super::{Listed, plain};
use crate::explore::stage::Builder;

pub(super) fn all() -> Vec<Listed> {
    let list = [
        Builder::new(
            "inactive+interrupt+neighbour",
            "the interrupt is reported inactive while the device and its neighbour interrupt",
        )
        .send(&active(0))
        .raise(CAUSE)
        .neighbour(),
        Builder::new(
            "active+interrupt",
            "the interrupt is reported active again while the device interrupts",
        )
        .first(&active(0))
        .send(&active(1))
        .raise(CAUSE),
        Builder::new(
            "active+inactive+interrupt",
            "one request reports the interrupt active, another one inactive, and the device interrupts",
        )
        .first(&active(0))
        .send(&active(1))
        .send(&active(0))
        .raise(CAUSE),
        Builder::new(
            "active+reconnect+interrupt",
            "the interrupt is reported active again and reconnected, and the device interrupts",
        )
        .first(&active(0))
        .send(&active(1))
        .send(&reconnect())
        .raise(CAUSE),
        Builder::new(
            "interrupt+interrupt+reconnect",
            "the device raises two causes while its interrupt is reconnected",
        )
        .send(&reconnect())
        .raise(CAUSE)
        .raise(4),
        Builder::new(
            "inactive+down+interrupt",
            "the interrupt is reported inactive while the device goes to D3 and interrupts",
        )
        .send(&active(0))
        .change(Transition::PowerDown)
        .raise(CAUSE),
    ];
    let looks = looking().into_iter().flat_map(|(name, message)| {
        let reconnected = Builder::new(
            format!("{name}+reconnect+interrupt"),
            format!("{name} while the interrupt is reconnected and the device interrupts"),
        )
        .message(message.clone())
        .send(&reconnect());
        let parked = Builder::new(
            format!("{name}+inactive+interrupt"),
            format!("{name} while the interrupt is reported inactive and the device interrupts"),
        )
        .message(message)
        .send(&active(0));
        [reconnected, parked].map(|builder| builder.raise(CAUSE))
    });
    list.into_iter().chain(looks).map(plain).collect()
}
