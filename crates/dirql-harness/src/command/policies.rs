//! `dirql policies`, and `dirql run --every-policy`.

use std::io::Write;

use super::Trouble;
use crate::cli::RunArgs;
use crate::exit::Exit;
use crate::target::SelectError;

/// `dirql policies`.
pub(super) fn policies(out: &mut dyn Write) -> Result<Exit, Trouble> {
    cfg_select! {
        feature = "sim" => print(out),
        _ => {{
            let _ = out;
            Err(without())
        }}
    }
}

/// `dirql run --every-policy`.
pub(super) fn sweep(out: &mut dyn Write, program: &str, args: &RunArgs) -> Result<Exit, Trouble> {
    cfg_select! {
        feature = "sim" => sweep_all(out, program, args),
        _ => {{
            let _ = (out, program, args);
            Err(without())
        }}
    }
}

/// Prints the policies of the simulator.
#[cfg(feature = "sim")]
fn print(out: &mut dyn Write) -> Result<Exit, Trouble> {
    for choice in nt_model::Choice::ALL {
        let default = choice.default_value();
        let others = choice.values.iter().copied();
        let others: Vec<&str> = others.filter(|value| *value != default).collect();
        writeln!(out, "{}={default} (or {})", choice.name, others.join(", "))?;
        writeln!(out, "    {}", choice.open)?;
    }
    Ok(Exit::Passed)
}

/// Runs what the filters let through under every value of every policy.
#[cfg(feature = "sim")]
fn sweep_all(out: &mut dyn Write, program: &str, args: &RunArgs) -> Result<Exit, Trouble> {
    use crate::report::{Again, failures};
    use crate::run::Run;
    use crate::sweep::sweep;

    let rerun = std::env::var("DIRQL_RERUN").ok();
    let again = Again::new(program, rerun.as_deref(), &args.place);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut all = Run::empty("sim", args.seed);
    let mut written = Ok(());
    sweep(
        &args.place,
        &args.filters,
        args.seed,
        threads,
        |round, run| {
            let sum = run.summary();
            if written.is_ok() {
                written = writeln!(
                    out,
                    "{} passed, {} failed, {} skipped, {} without a verdict in {:.1} s under {}",
                    sum.passed,
                    sum.failed,
                    sum.skipped,
                    sum.no_verdict,
                    run.duration.as_secs_f64(),
                    round.chosen.join(" ")
                )
                .and_then(|()| failures(out, &run, &again));
            }
            all.interrupted |= run.interrupted;
            all.records.extend(run.records);
        },
    )?;
    written?;
    Ok(all.exit())
}

/// What a build without the simulator answers.
#[cfg_attr(
    feature = "sim",
    expect(dead_code, reason = "this build has the simulator")
)]
fn without() -> Trouble {
    Trouble::Select(SelectError::Missing(
        "policies are the simulator's, which this dirql was built without: build it with the feature `sim`"
            .to_owned(),
    ))
}
