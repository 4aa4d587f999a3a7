//! Connecting, moving, disconnecting and dropping an interrupt, and what goes wrong on the way.
//!
//! | module | what it shows |
//! |---|---|
//! | [`connect`] | connecting: by each kind of connection, and what is refused |
//! | [`disconnect`] | disconnecting and dropping, and a service routine that runs meanwhile |
//! | [`in_place`] | both, with a handler that stays in its block |

#[path = "../common/mod.rs"]
mod common;
mod connect;
mod disconnect;
mod in_place;

use common::Twin;
use dirql::{ConnectFailure, Connection, Interrupt, Irql, Passive, WithoutMessages, mock::Device};

fn messages(device: &Device, without_messages: WithoutMessages) -> Connection<'_> {
    Connection::MessageBased {
        device: device.physical_device(),
        without_messages,
    }
}

fn try_connect(
    irql: &mut Irql<'_, Passive>,
    to: Connection<'_>,
) -> Result<Interrupt<Twin>, ConnectFailure> {
    let handler = Twin {
        one: 40,
        other: 40,
        last_message: None,
    };
    // SAFETY: The devices of these tests outlive their interrupts, which are not forgotten.
    unsafe { Interrupt::connect(irql, to, handler) }.map_err(|error| {
        assert!(error.handler.one >= 40, "the handler comes back");
        error.failure
    })
}
