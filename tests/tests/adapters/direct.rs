//! An interrupt that the driver connects, with a DPC of the connection's (`dirql::InterruptHandler::DPC`).

use dirql_tests::{
    sentry::{self, TIMES, answer, give, order, report, setup},
    trace,
};
use ntsim::{EventKind, InterruptResource, Transition};

use crate::common::{configs, in_every_schedule};

#[test]
fn the_dpc_takes_over_what_the_service_routine_has_served() {
    in_every_schedule(setup::DIRECT, 3, |mut session| {
        for _ in 0..3 {
            give(&mut session, "raise")?;
            session.machine.settle()?;
        }
        let report = report(&mut session)?;
        assert_eq!(report["served"], 3);
        assert_eq!((report["followed"], report["runs"]), (3, 3));
        session.remove().map(drop)
    });
}

#[test]
fn closures_and_the_dpc_share_the_state_through_stops_and_restarts() {
    in_every_schedule(setup::DIRECT, 4, |mut session| {
        let mut ran = 0;
        for resource in [InterruptResource::Message, InterruptResource::Line] {
            let request = order(&mut session, "loop")?;
            give(&mut session, "raise")?;
            session.machine.advance(500)?;
            session.machine.transition(Transition::Stop)?;
            ran += answer(&mut session, request)?;
            session.machine.transition(Transition::Restart(resource))?;
        }
        ran += give(&mut session, "loop")?;
        assert!(ran >= TIMES);
        let report = report(&mut session)?;
        assert_eq!(report["counted"], ran);
        assert_eq!(
            report["followed"], report["served"],
            "nothing is left behind"
        );
        session.remove().map(drop)
    });
}

#[test]
fn no_dpc_runs_on_when_the_interrupt_is_disconnected() {
    // A DPC that was queued as the device is stopped runs before the disconnect, or is taken out: never later.
    for config in configs(12) {
        let run = || {
            let mut session = sentry::start(&config, setup::DIRECT)?;
            let request = order(&mut session, "raise")?;
            session.machine.advance(90)?;
            session.machine.transition(Transition::Stop)?;
            // It may come too late for the registers.
            session.machine.wait(request)?;
            let events = trace::events(session.machine.events());
            let at = |wanted: &dyn Fn(&EventKind) -> bool| {
                events.iter().rposition(|event| wanted(&event.kind))
            };
            let disconnected = at(
                &|kind| matches!(kind, EventKind::Call { name, .. } if *name == "IoDisconnectInterruptEx"),
            );
            let dpc = at(&|kind| matches!(kind, EventKind::Callback { what: "DPC", .. }));
            assert!(dpc <= disconnected, "{dpc:?} and {disconnected:?}");
            session.remove()
        };
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}
