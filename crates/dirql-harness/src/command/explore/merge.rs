//! `dirql merge`: one report of the shares of an exploration.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use ntsim::explore::Shard;

use super::super::Trouble;
use super::executed::Executed;
use super::json::{self, CoverageReport, Report, ScenarioReport, Share, ViolationReport, Work};
use crate::cli::MergeArgs;
use crate::exit::Exit;
use crate::explore::scenarios::Subject;
use crate::target::SelectError;

/// A report, and the share that it is about.
pub(super) struct Part {
    pub(super) file: String,
    pub(super) shard: Shard,
    pub(super) report: Report,
}

/// Reads the reports of shares.
pub(super) fn read(files: &[PathBuf]) -> Result<Vec<Part>, SelectError> {
    let read = |path: &PathBuf| {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| SelectError::Missing(format!("{file}: {error}")))?;
        let usage = |why: String| SelectError::Usage(format!("{file}: {why}"));
        let report: Report = serde_json::from_str(&text).map_err(|error| {
            usage(format!(
                "no report of this version of dirql explore: {error}"
            ))
        })?;
        let shard = report.shard.as_deref().ok_or_else(|| {
            usage("the report is of a whole; `dirql explore --shard K/N --format json` writes that of a share".to_owned())
        })?;
        let shard = shard.parse().map_err(|error| usage(format!("{error}")))?;
        Ok(Part {
            file,
            shard,
            report,
        })
    };
    files.iter().map(read).collect()
}

pub(in crate::command) fn merge(out: &mut dyn Write, args: &MergeArgs) -> Result<Exit, Trouble> {
    let report = join(read(&args.files)?).map_err(SelectError::Usage)?;
    json::write(out, &report)?;
    let broken = report.scenarios.iter().any(|it| !it.violations.is_empty());
    Ok(if broken { Exit::Failed } else { Exit::Passed })
}

/// Joins the reports of all shares.
///
/// # Errors
///
/// Why they are not the shares of one search.
fn join(mut parts: Vec<Part>) -> Result<Report, String> {
    parts.sort_by_key(|part| part.shard);
    complete(&parts)?;
    let first = &parts[0];
    for part in &parts[1..] {
        let files = format!("{} and {} are not of one search", first.file, part.file);
        if let Some(difference) = first.report.of.difference(&part.report.of) {
            return Err(format!("{files}: {difference}"));
        }
        same_scenarios(&first.report, &part.report).map_err(|why| format!("{files}: {why}"))?;
    }
    let scenarios: Result<Vec<ScenarioReport>, String> = (0..first.report.scenarios.len())
        .map(|at| {
            let shares: Vec<&ScenarioReport> = parts
                .iter()
                .map(|part| &part.report.scenarios[at])
                .collect();
            scenario(&shares)
        })
        .collect();
    let scenarios = scenarios?;
    let [coverage, coverage_of_miniport] = coverage(&scenarios)?;
    let without = |it| ScenarioReport { share: None, ..it };
    Ok(Report {
        model: first.report.model.clone(),
        of: first.report.of.clone(),
        shard: None,
        coverage,
        coverage_of_miniport,
        scenarios: scenarios.into_iter().map(without).collect(),
    })
}

/// Whether each share of one division is there, and once.
fn complete(parts: &[Part]) -> Result<(), String> {
    let Some(first) = parts.first() else {
        return Err("no report".to_owned());
    };
    let of = first.shard.of();
    if let Some(other) = parts.iter().find(|part| part.shard.of() != of) {
        return Err(format!(
            "{} is share {} and {} is share {}: they are of different divisions",
            first.file, first.shard, other.file, other.shard
        ));
    }
    for two in parts.windows(2) {
        if two[0].shard == two[1].shard {
            return Err(format!(
                "share {} is there twice: {} and {}",
                two[0].shard, two[0].file, two[1].file
            ));
        }
    }
    let is_there = |number: &u32| parts.iter().any(|part| part.shard.number() == *number);
    let missing: Vec<String> = (1..=of)
        .filter(|number| !is_there(number))
        .map(|number| format!("{number}/{of}"))
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "there is no report of share {}",
            missing.join(", ")
        ))
    }
}

fn same_scenarios(one: &Report, other: &Report) -> Result<(), String> {
    let titles = |report: &Report| report.scenarios.iter().map(ScenarioReport::title).collect();
    let (own, others): (Vec<String>, Vec<String>) = (titles(one), titles(other));
    let lacks = |all: &[String], of: &[String]| of.iter().find(|it| !all.contains(it)).cloned();
    if let Some(title) = lacks(&own, &others).or_else(|| lacks(&others, &own)) {
        return Err(format!("one of them lacks {title}"));
    }
    if own != others {
        return Err("their scenarios come in different orders".to_owned());
    }
    for (own, other) in one.scenarios.iter().zip(&other.scenarios) {
        if own.machine != other.machine {
            return Err(format!(
                "the machines of {} have different policies or rules: '{}' and '{}'",
                own.title(),
                own.machine,
                other.machine
            ));
        }
    }
    Ok(())
}

/// One scenario of all shares.
fn scenario(shares: &[&ScenarioReport]) -> Result<ScenarioReport, String> {
    let first = shares[0];
    let title = first.title();
    let known = |it: &ScenarioReport| it.share.as_ref().map(|share| share.conflict_set.clone());
    let all = union(shares);
    let behind: Vec<String> = (1..)
        .zip(shares)
        .filter(|(_, share)| known(share).as_ref() != Some(&all))
        .map(|(number, _): (u32, _)| number.to_string())
        .collect();
    if !behind.is_empty() {
        return Err(format!(
            "{title}: share {} lacks conflicts that others have found; run each share again with --conflicts and these files",
            behind.join(", ")
        ));
    }
    let mut joined = first.clone();
    for share in &shares[1..] {
        add(&mut joined, share).map_err(|why| format!("{title}: {why}"))?;
    }
    Ok(joined)
}

/// The words that any of them has in its conflict set.
pub(super) fn union(shares: &[&ScenarioReport]) -> Vec<u64> {
    let mut all: Vec<u64> = shares
        .iter()
        .filter_map(|it| it.share.as_ref())
        .flat_map(|share| share.conflict_set.iter().copied())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Adds what another search of the same scenario has come to.
pub(super) fn add(to: &mut ScenarioReport, other: &ScenarioReport) -> Result<(), String> {
    to.points = to.points.max(other.points);
    to.schedules += other.schedules;
    to.choices += other.choices;
    to.offered += other.offered;
    to.taken += other.taken;
    to.instructions += other.instructions;
    to.restarts += other.restarts;
    let (own, others) = (to.before_anew, other.before_anew);
    to.before_anew = Work {
        schedules: own.schedules + others.schedules,
        choices: own.choices + others.choices,
        instructions: own.instructions + others.instructions,
    };
    to.complete &= other.complete;
    to.seconds += other.seconds;
    to.seconds_of_resets += other.seconds_of_resets;
    for violation in &other.violations {
        match to.violations.iter_mut().find(|it| is_as(it, violation)) {
            Some(known) => known.schedules += violation.schedules,
            None => to.violations.push(violation.clone()),
        }
    }
    to.tokens.extend_from_slice(&other.tokens);
    let conflict_set = union(&[&*to, other]);
    to.conflicts = conflict_set.len();
    let executed = [&*to, other].map(|it| it.share.as_ref()?.executed.as_ref());
    let executed = Executed::join(executed.into_iter().flatten())?;
    let instructions = [&*to, other].iter().find_map(|it| it.coverage.as_ref());
    let instructions = instructions.map(|it| it.instructions);
    to.coverage = instructions.map(|all| CoverageReport::joined(all, &executed));
    to.share = Some(Share {
        conflict_set,
        executed: Some(executed),
    });
    Ok(())
}

/// Whether two are of the same rule at the same places, whichever of them comes first.
fn is_as(one: &ViolationReport, other: &ViolationReport) -> bool {
    let sites = |it: &ViolationReport| {
        let mut sites = it.sites.clone();
        sites.sort_unstable();
        sites
    };
    one.rule == other.rule && sites(one) == sites(other)
}

/// What all scenarios have executed of each image that they are about, by the shares that they have.
pub(super) fn coverage(
    scenarios: &[ScenarioReport],
) -> Result<[Option<CoverageReport>; 2], String> {
    let mut sums = BTreeMap::new();
    for subject in Subject::ALL {
        let name = subject.to_string();
        let about = scenarios.iter().filter(|it| it.subject == name);
        let instructions = about.clone().find_map(|it| it.coverage.as_ref());
        let instructions = instructions.map(|it| it.instructions);
        let executed = Executed::join(about.filter_map(|it| it.share.as_ref()?.executed.as_ref()))?;
        sums.insert(
            name,
            instructions.map(|all| CoverageReport::joined(all, &executed)),
        );
    }
    Ok(Subject::ALL.map(|subject| sums.remove(&subject.to_string()).flatten()))
}

#[cfg(test)]
mod tests {
    use super::super::json::Origin;
    use super::*;

    fn violation(rule: &str, sites: &[&str], schedules: u64) -> ViolationReport {
        ViolationReport {
            rule: rule.to_owned(),
            sites: sites.iter().map(|site| (*site).to_owned()).collect(),
            stacks: Vec::new(),
            message: String::new(),
            schedules,
            acted: Vec::new(),
            token: String::new(),
            again: String::new(),
        }
    }

    fn share(number: u32, of: u32) -> Part {
        let scenario = ScenarioReport {
            name: "query+interrupt".to_owned(),
            interrupt: "line".to_owned(),
            machine: "4-b-2-l-0000000000000001".to_owned(),
            subject: "driver".to_owned(),
            points: 17,
            schedules: 10 * u64::from(number),
            choices: 1,
            offered: 2,
            taken: 2,
            instructions: 100,
            conflicts: 1,
            restarts: 0,
            before_anew: Work::default(),
            complete: true,
            seconds: 0.5,
            seconds_of_resets: 0.1,
            violations: vec![violation("race", &["a.rs:1", "b.rs:2"], 3)],
            coverage: None,
            tokens: Vec::new(),
            pct: None,
            share: Some(Share {
                conflict_set: vec![8],
                executed: None,
            }),
        };
        Part {
            file: format!("{number}.json"),
            shard: Shard::new(number, of).expect("there is one"),
            report: Report {
                model: String::new(),
                of: Origin {
                    version: "1".to_owned(),
                    images: BTreeMap::from([("driver".to_owned(), "ab".to_owned())]),
                    points: "access".to_owned(),
                    preemptions: 1,
                },
                shard: Some(format!("{number}/{of}")),
                scenarios: vec![scenario],
                coverage: None,
                coverage_of_miniport: None,
            },
        }
    }

    #[test]
    fn numbers_are_added_and_violations_are_united_by_rule_and_sites() {
        let (first, mut second, mut third) = (share(1, 3), share(2, 3), share(3, 3));
        second.report.scenarios[0].violations = vec![violation("race", &["b.rs:2", "a.rs:1"], 4)];
        third.report.scenarios[0].violations = vec![violation("storm", &["b.rs:2"], 1)];
        let joined = join(vec![third, first, second]).expect("they are one search");
        let [scenario] = &joined.scenarios[..] else {
            panic!("{joined:?}");
        };
        assert_eq!((scenario.schedules, scenario.offered), (60, 6));
        let found = scenario.violations.iter();
        let found: Vec<_> = found.map(|it| (it.rule.as_str(), it.schedules)).collect();
        assert_eq!(found, [("race", 7), ("storm", 1)]);
        assert!(scenario.complete && joined.shard.is_none());
    }

    #[test]
    fn a_share_that_did_not_end_leaves_the_sum_without_an_end() {
        let mut second = share(2, 2);
        second.report.scenarios[0].complete = false;
        let joined = join(vec![share(1, 2), second]).expect("they are one search");
        assert!(!joined.scenarios[0].complete);
    }

    #[test]
    fn what_is_no_complete_set_of_one_search_is_refused() {
        type Change = fn(&mut Part);
        let changed = |change: Change| {
            let mut second = share(2, 2);
            change(&mut second);
            join(vec![share(1, 2), second])
        };
        let refusals: [(Change, &str); 8] = [
            (
                |it| it.shard = Shard::WHOLE,
                "they are of different divisions",
            ),
            (
                |it| it.shard = Shard::new(1, 2).expect("there is one"),
                "share 1/2 is there twice: 1.json and 2.json",
            ),
            (|it| it.report.of.version.push('1'), "version: '1' and '11'"),
            (|it| it.report.of.points.clear(), "points: 'access' and ''"),
            (
                |it| it.report.of.preemptions = 2,
                "preemptions: '1' and '2'",
            ),
            (
                |it| it.report.scenarios[0].name.push('2'),
                "one of them lacks query+interrupt2 by line",
            ),
            (
                |it| it.report.scenarios[0].machine.push_str("-p1"),
                "different policies or rules",
            ),
            (
                |it| {
                    if let Some(share) = &mut it.report.scenarios[0].share {
                        share.conflict_set.push(16);
                    }
                },
                "share 1 lacks conflicts that others have found",
            ),
        ];
        for (change, says) in refusals {
            let refused = changed(change).expect_err(says);
            assert!(refused.contains(says), "{refused}");
        }
        let refused = join(vec![share(1, 3), share(3, 3)]).expect_err("one is missing");
        assert!(
            refused.contains("there is no report of share 2/3"),
            "{refused}"
        );
        assert!(join(Vec::new()).is_err());
    }
}
