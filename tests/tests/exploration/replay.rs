//! A schedule is what its turns say, wherever it is run.

use ntsim::{
    Config, Conflicts, InterruptResource, Plan, Points, Turn,
    explore::{Bounds, Explorer},
};

use crate::{query_and_interrupt, started};

fn plan(turns: &[Turn]) -> Plan {
    Plan {
        points: Points::Instruction,
        turns: turns.to_vec(),
        conflicts: Conflicts::default(),
    }
}

fn configurations() -> [Config; 2] {
    [InterruptResource::Line, InterruptResource::Message].map(|interrupt| Config {
        interrupt,
        ..Config::default()
    })
}

#[test]
fn a_schedule_after_thousands_of_others_is_the_one_of_a_fresh_machine() {
    let scenario = query_and_interrupt();
    for config in configurations() {
        let some: Vec<Vec<Turn>> = [(0, 1), (7, 1), (30, 1), (100, 1)]
            .map(|(at, take)| vec![Turn { at, take }])
            .into();
        let run = |explorer: &mut Explorer<'_, _>| -> Vec<String> {
            let logs = some.iter().map(|turns| {
                let outcome = explorer.run(plan(turns)).expect("the turns are there");
                assert!(outcome.failure.is_none());
                explorer.machine().events().to_string()
            });
            logs.collect()
        };
        let mut fresh = started(config.clone());
        let wanted = run(&mut Explorer::new(&mut fresh, &scenario).expect("it is open"));
        let mut machine = started(config);
        let mut explorer = Explorer::new(&mut machine, &scenario).expect("it is open");
        let bounds = Bounds {
            points: Points::Instruction,
            preemptions: 1,
        };
        let found = explorer.explore(bounds, |_| true).expect("it is modelled");
        assert!(found.schedules > 1000, "{}", found.schedules);
        assert_eq!(run(&mut explorer), wanted);
    }
}

#[test]
fn a_turn_that_the_run_does_not_offer_is_told() {
    let scenario = query_and_interrupt();
    let mut machine = started(Config::default());
    let mut explorer = Explorer::new(&mut machine, &scenario).expect("it is open");
    for (at, take) in [(0, 7), (1_000_000, 1)] {
        let refused = explorer.run(plan(&[Turn { at, take }]));
        let message = refused.expect_err("there is no such turn").message;
        assert!(message.contains("of another run"), "{message}");
    }
}
