//! What of an image was executed, and which branches never were.

use dirql_tests::{
    images,
    offender::{line_that_breaks, program},
    session::Device,
};
use ntsim::{
    Config, Coverage, FileId, Machine, Points,
    explore::{Bounds, Explorer, Scenario},
};

use crate::{actor, query_and_interrupt, started};

/// A branch that is taken where a request before it has left something; `first` is the request.
fn scenario() -> Scenario<FileId> {
    let send = |machine: &mut Machine, file: &mut FileId| {
        machine.submit(*file, program("branch"), &[], 0).map(drop)
    };
    Scenario {
        name: "branch".to_owned(),
        says: String::new(),
        before: Box::new(|machine| {
            let file = machine.open(true, true)?;
            machine.settle()?;
            Ok(file)
        }),
        actors: vec![actor("branch", send)],
        after: Box::new(|_, _| Ok(())),
    }
}

const BOUNDS: Bounds = Bounds {
    points: Points::Access,
    preemptions: 1,
};

#[test]
fn a_branch_that_no_schedule_executes_is_told_by_its_line() {
    let image = images::guest("offender");
    let mut machine =
        Machine::new(Config::default(), &image, Device::Edu.make()).expect("it is loaded");
    machine.start().expect("it starts");
    let scenario = scenario();
    let mut explorer = Explorer::new(&mut machine, &scenario).expect("it is open");
    let found = explorer.explore(BOUNDS, |_| true).expect("it is modelled");
    let line = line_that_breaks("branch");
    let never = found.coverage.never_executed(&image);
    let told = never.iter().filter(|it| it.contains(&line));
    assert_eq!(told.count(), 1, "{line}: {never:#?}");
    // The check that leads there was executed, and is not told as never executed itself.
    let of_file: Vec<_> = never
        .iter()
        .filter(|it| it.contains("program.rs"))
        .collect();
    assert_eq!(of_file.len(), 1, "{of_file:?}");
}

#[test]
fn the_sum_of_scenarios_has_what_each_has_executed() {
    let image = images::driver();
    // A query alone, and an interrupt alone.
    let of = |actor: usize| {
        let mut scenario = query_and_interrupt();
        scenario.actors = vec![scenario.actors.remove(actor)];
        scenario.after = Box::new(|_, _| Ok(()));
        let mut machine = started(Config::default());
        let mut explorer = Explorer::new(&mut machine, &scenario).expect("it is open");
        let found = explorer.explore(BOUNDS, |_| true).expect("it is modelled");
        found.coverage
    };
    let (query, interrupt) = (of(0), of(1));
    let mut sum = query.clone();
    sum.add(&interrupt);
    let [query, interrupt, whole] = [&query, &interrupt, &sum].map(Coverage::instructions);
    assert!(query > 100 && interrupt > 50, "{query} {interrupt}");
    assert!(whole > query && whole > interrupt, "{whole}");
    assert!(whole <= query + interrupt && whole < Coverage::instructions_of(&image));
    assert!(!sum.never_executed(&image).is_empty());
}
