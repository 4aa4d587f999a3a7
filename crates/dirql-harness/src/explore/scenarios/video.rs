//! The closures of the video miniport against its adapter's interrupt, at each priority.

use dirql_ioctl::video::{
    Operation, PRIORITY_HIGH, PRIORITY_LOW, PRIORITY_MEDIUM, SynchronizeRequest,
};

use super::requests::{CAUSE, OTHER_CAUSE};
use super::{Listed, On};
use crate::explore::miniport::Builder;

const fn closure(priority: u32) -> SynchronizeRequest {
    let (operation, argument) = match priority {
        // The state is reached at this priority alone.
        PRIORITY_MEDIUM => (Operation::Transfer, 3),
        _ => (Operation::Nothing, 0),
    };
    SynchronizeRequest {
        priority,
        operation: operation as u32,
        repeat: 1,
        raise: 0,
        argument,
        reserved: 0,
    }
}

pub(super) fn all() -> Vec<Listed> {
    let priorities = [
        ("low", PRIORITY_LOW),
        ("medium", PRIORITY_MEDIUM),
        ("high", PRIORITY_HIGH),
    ];
    let each = priorities.into_iter().map(|(name, priority)| {
        let says =
            format!("a closure of the miniport at {name} priority, and its adapter interrupts");
        Builder::new(format!("video-{name}+interrupt"), says)
            .ask(closure(priority))
            .raise(CAUSE)
    });
    let more = [
        Builder::new(
            "video-medium+interrupt+interrupt",
            "a closure of the miniport, and its adapter interrupts twice",
        )
        .ask(closure(PRIORITY_MEDIUM))
        .raise(CAUSE)
        .raise(OTHER_CAUSE),
        Builder::new(
            "video-medium+video-medium+interrupt",
            "two closures of the miniport, one behind the other, and its adapter interrupts",
        )
        .ask(closure(PRIORITY_MEDIUM))
        .ask(closure(PRIORITY_MEDIUM))
        .raise(CAUSE),
    ];
    each.chain(more)
        .map(|builder| Listed {
            drama: builder.build(),
            on: On::Adapter,
        })
        .collect()
}
