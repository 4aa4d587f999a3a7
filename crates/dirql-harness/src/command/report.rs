//! `dirql report`: the table of runs that went on elsewhere.

use std::io::Write;

use super::Trouble;
use crate::cli::{PlaceArgs, ReportArgs, TargetKind};
use crate::exit::Exit;
use crate::report::{Again, Grid, read, retold};
use crate::run::Run;
use crate::target::SelectError;

pub(super) fn report(
    out: &mut dyn Write,
    program: &str,
    args: &ReportArgs,
) -> Result<Exit, Trouble> {
    let mut all = Run::empty("device", 0);
    for path in &args.files {
        let missing = |why: String| {
            Trouble::Select(SelectError::Missing(format!("{}: {why}", path.display())))
        };
        let xml = std::fs::read_to_string(path).map_err(|error| missing(error.to_string()))?;
        let run = read(&xml).map_err(missing)?;
        all.duration += run.duration;
        all.records.extend(run.records);
    }
    // Rows are tests: the variants of one stand together, whichever file they come from.
    let place = |id: &str| id.split('@').next().unwrap_or(id).to_owned();
    let order: Vec<String> = all
        .records
        .iter()
        .map(|record| place(&record.planned.id))
        .collect();
    all.records.sort_by_key(|record| {
        let test = place(&record.planned.id);
        order.iter().position(|known| *known == test)
    });
    let plan: Vec<_> = all
        .records
        .iter()
        .map(|record| record.planned.clone())
        .collect();
    let mut grid = Grid::new(&plan);
    for record in &all.records {
        grid.record(out, record)?;
    }
    let place = PlaceArgs {
        without: Vec::new(),
        policy: Vec::new(),
        target: TargetKind::Device,
        image: None,
        pdb: None,
    };
    retold(out, &all, &Again::new(program, None, &place))?;
    Ok(if all.records.is_empty() {
        Exit::NoTestMatched
    } else {
        all.exit()
    })
}
