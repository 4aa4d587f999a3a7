//! How many schedules there are.

use ntsim::{
    Config, Points,
    explore::{Bounds, Explorer},
};

use crate::{query_and_interrupt, started};

/// One processor: what runs on it is one after another, or one on top of another.
fn one_processor() -> Config {
    Config {
        cpus: 1,
        ..Config::default()
    }
}

/// The instructions of the driver for a query alone, and for an interrupt alone.
fn instructions() -> (u64, u64) {
    let mut machine = started(one_processor());
    let file = machine.open(true, true).expect("the interface is there");
    machine.settle().expect("nothing is broken");
    let mut of = |body: &dyn Fn(&mut ntsim::Machine)| {
        let before = machine.instructions();
        body(&mut machine);
        machine.instructions() - before
    };
    let query = of(&|machine| {
        let request = machine.submit(file, dirql_ioctl::code::QUERY.0, &[], 56);
        machine
            .wait(request.expect("the handle is open"))
            .expect("it is served");
        machine.settle().expect("nothing is broken");
    });
    let interrupt = of(&|machine| {
        machine.raise_device(1).expect("the device is there");
        machine.settle().expect("nothing is broken");
    });
    (query, interrupt)
}

#[test]
fn straight_instructions_against_one_interrupt_are_as_many_schedules_as_the_formula_says() {
    let (query, interrupt) = instructions();
    let scenario = query_and_interrupt();
    let mut machine = started(one_processor());
    let mut explorer = Explorer::new(&mut machine, &scenario).expect("the device is open");
    let mut schedules = |preemptions| {
        let bounds = Bounds {
            points: Points::Instruction,
            preemptions,
        };
        let found = explorer
            .explore(bounds, |_| true)
            .expect("the driver is modelled");
        assert!(
            found.complete && found.violations.is_empty(),
            "{:?}",
            found.violations
        );
        found.schedules
    };
    // Without a preemption: either comes first, and the other one when it has ended, or between the service routine and its
    // DPC.
    assert_eq!(schedules(0), 3);
    // The query comes first, and at each of its instructions the device may interrupt. The interrupt is served there, or it
    // waits until the query has ended. Or the interrupt comes first, and the query is sent at each of its instructions; it
    // runs when the interrupt has ended.
    assert_eq!(schedules(1), 3 + 2 * query + interrupt);
}
