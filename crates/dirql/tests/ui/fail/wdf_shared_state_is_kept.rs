//! The state that passive interrupts share does not leave the lock.

use dirql::{
    Irql, Passive, Serviced,
    wdf::{
        InterruptKind, PassiveSharing, PassiveSharingHandler, ServiceContext,
        SharedPassiveInterrupt,
    },
};

struct Button;

static BUTTON: InterruptKind<PassiveSharing<Button>> =
    InterruptKind::new(c"Button", &raw const BUTTON);

impl PassiveSharingHandler for Button {
    type State = u32;
    const KIND: &'static InterruptKind<PassiveSharing<Self>> = &BUTTON;

    fn service(
        &mut self,
        total: &mut u32,
        _: &ServiceContext<'_, PassiveSharing<Self>>,
    ) -> Serviced {
        *total += 1;
        Serviced::Claimed
    }
}

fn keep(interrupt: &SharedPassiveInterrupt<Button>, irql: &mut Irql<'_, Passive>) {
    let _ = interrupt.synchronize(irql, |_, total| total);
}

fn main() {}
