//! The mutants that are wrong where a call is refused: the fault sweep catches each, and not the driver.

use xtask::{
    Workspace,
    mutant::SourceCopy,
    toolchain::{self, Choice},
};

use crate::{
    build::{Built, DRIVER, build, variable},
    drive::{Verdict, refuse},
    table::Catch,
};

/// A mutant, and the workload whose refusals catch it.
#[derive(Debug)]
pub(crate) struct Refused {
    /// `xtask/mutants/NAME.diff` is what is wrong.
    pub(crate) name: &'static str,
    /// What that is, in a clause.
    pub(crate) defect: &'static str,
    workload: &'static str,
    caught_by: Catch,
}

/// Every one of them.
pub(crate) const TABLE: &[Refused] = &[
    Refused {
        name: "refused_list_forgotten",
        defect: "a stress run that is refused a thread forgets the list of those that it has",
        workload: "stress",
        caught_by: Catch::Rule("pool-leak"),
    },
    Refused {
        name: "refused_told_as_served",
        defect: "a reconnect that the system refuses is answered as one that was served",
        workload: "reconnect",
        caught_by: Catch::Invariant("the kind of a reconnect that was served"),
    },
    Refused {
        name: "object_kept_per_refusal",
        defect: "each stress run that is refused its thread leaves an object, which goes with the device",
        workload: "stress",
        caught_by: Catch::Invariant("refusals of PsCreateSystemThread the driver has"),
    },
    Refused {
        name: "reply_room_unlooked",
        defect: "a request is served before there is room to say so, and refused where there is none",
        workload: "synchronize",
        caught_by: Catch::Invariant("the counter behind synchronize"),
    },
];

/// What a sweep has found, each as `rule: what happened`.
fn found(report: &str) -> Vec<String> {
    let said = |field: &str| -> Vec<&str> {
        let named = format!("\"{field}\": ");
        let fields = report
            .lines()
            .filter_map(|line| line.trim().strip_prefix(&named));
        fields.map(|text| text.trim_matches([',', '"'])).collect()
    };
    let (messages, rules) = (said("message"), said("rule"));
    let both = rules.iter().zip(&messages);
    both.map(|(rule, message)| format!("{rule}: {message}"))
        .collect()
}

impl Refused {
    fn judge(&self, verdict: &Verdict) -> Result<String, String> {
        let found = found(&verdict.report);
        match found.iter().find(|found| self.caught_by.is(found)) {
            Some(caught) if !verdict.passed => Ok(format!("{}: {caught}", self.workload)),
            _ => Err(format!(
                "{} ({}) survives the refusals of {}; wanted {:?}, heard {found:#?}",
                self.name, self.defect, self.workload, self.caught_by
            )),
        }
    }
}

#[test]
fn every_mutant_of_a_refusal_is_caught_and_the_driver_is_not() {
    let workspace = Workspace::find().unwrap();
    let toolchain = toolchain::provide(Choice::default()).unwrap();
    let copy = SourceCopy::lock(&workspace).unwrap();
    let mut survivors = Vec::new();
    for mutant in TABLE {
        let caught = build(&copy, &toolchain, (mutant.name, None), &DRIVER)
            .and_then(|built| mutant.judge(&refuse((&built.sys, &built.pdb), mutant.workload)));
        match caught {
            Ok(caught) => println!("{}: {caught}", mutant.name),
            Err(survived) => survivors.push(survived),
        }
    }
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));

    let driver = Built {
        sys: variable("DIRQL_IMAGE"),
        pdb: variable("DIRQL_PDB"),
    };
    for workload in ["stress", "reconnect", "synchronize"] {
        let verdict = refuse((&driver.sys, &driver.pdb), workload);
        assert!(verdict.passed, "the driver itself: {}", verdict.report);
    }
}
