//! `dirql list`.

use std::io::Write;

use super::{Trouble, matched};
use crate::cli::ListArgs;
use crate::exit::Exit;
use crate::plan::plan;
use crate::suites;
use crate::target::advertised_variants;

pub(super) fn list(out: &mut dyn Write, args: &ListArgs) -> Result<Exit, Trouble> {
    let variants = advertised_variants(args.target)?;
    let plan = plan(&suites::all(), &variants, &args.filters);
    if let Err(exit) = matched(&plan, &args.filters, &variants) {
        return Ok(exit);
    }
    for planned in plan {
        writeln!(out, "{}", planned.id)?;
    }
    Ok(Exit::Passed)
}
