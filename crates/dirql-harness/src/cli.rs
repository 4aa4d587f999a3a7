//! The command line of `dirql`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use nt_model::program_version;

use crate::exit::Exit;

/// The program's version, and which replay tokens it reads.
const VERSION: &str = program_version!();

/// With the licence of this build.
const LONG_VERSION: &str = if cfg!(feature = "sim") {
    program_version!(
        "\nGPL-2.0-only, for it links the simulator and Unicorn; without the feature `sim` MIT OR Apache-2.0"
    )
} else {
    program_version!("\nMIT OR Apache-2.0")
};

/// Drives the dirql driver by its IOCTLs and judges every answer against the contract.
#[derive(Debug, Parser)]
#[command(name = "dirql", version = VERSION, long_version = LONG_VERSION, after_help = Exit::help())]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the tests whose id contains one of the filters, all of them without a filter.
    Run(RunArgs),
    /// Run programs of requests, cancellations and handles, drawn at random, until COUNT requests
    /// were made or one broke something.
    Fuzz(FuzzArgs),
    /// Run every schedule of a scenario under a bound: a few requests, interrupts and changes of the device, in every order.
    #[cfg(feature = "sim")]
    Explore(ExploreArgs),
    /// Refuse each call of the driver's that may fail, once in a run of its own, and judge how the driver goes on.
    #[cfg(feature = "sim")]
    Faults(FaultsArgs),
    /// Print one report of the shares of an exploration, as `dirql explore --shard K/N --format json` wrote them.
    #[cfg(feature = "sim")]
    Merge(MergeArgs),
    /// Print the ids of the tests, one a line.
    List(ListArgs),
    /// Print what NT's documentation leaves open, and the values of each choice; the default comes first.
    Policies,
    /// Print what the driver says of itself: versions, and how its interrupt is connected.
    Info(InfoArgs),
    /// Print the table of runs on other machines from their JUnit reports, and end as they did.
    Report(ReportArgs),
    /// Say what a bugcheck of the driver means: where it panicked, or which promise it broke.
    DecodeBugcheck(DecodeArgs),
}

/// Arguments of `dirql report`.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// The reports, as `dirql run --format junit` wrote them.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

/// Arguments of `dirql decode-bugcheck`.
#[derive(Args, Debug)]
pub struct DecodeArgs {
    /// The bugcheck's code and its four parameters, as the blue screen, the event log or the debugger prints them:
    /// hexadecimal, with or without 0x.
    #[arg(value_name = "NUMBER", num_args = 5, required = true, value_parser = hexadecimal)]
    pub numbers: Vec<u64>,
    /// The PDB of the build that stopped.
    #[arg(long, value_name = "PATH", env = "DIRQL_PDB")]
    pub pdb: Option<PathBuf>,
    /// The image of that build; by default the .sys beside the PDB.
    #[arg(long, value_name = "PATH", env = "DIRQL_IMAGE")]
    pub image: Option<PathBuf>,
    /// The address at which the kernel had loaded the image (`lm m dirql_driver` in a kernel debugger).
    #[arg(long, value_name = "ADDRESS", value_parser = hexadecimal)]
    pub base: Option<u64>,
}

/// A number as kernel debuggers print it: hexadecimal, perhaps with `0x` and with a grave accent in its middle.
fn hexadecimal(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(',').replace('`', "");
    let digits = digits
        .strip_prefix("0x")
        .or(digits.strip_prefix("0X"))
        .unwrap_or(&digits);
    u64::from_str_radix(digits, 16).map_err(|error| error.to_string())
}

/// Arguments of `dirql run`.
#[derive(Args, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line, with a name of its own there"
)]
pub struct RunArgs {
    /// Run only tests whose id contains FILTER; several filters add up, and each must match a test.
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    /// Where the driver runs.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// How the outcome is printed on standard output.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// The seed from which each test's own seed is derived; the same seed gives the same run.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "replay")]
    pub seed: u64,
    /// Under how many seeds each test runs whose schedule is drawn. The first draws the start of the driver, too; the others
    /// go on behind it.
    #[arg(long, value_name = "N", default_value = "1", conflicts_with_all = ["replay", "every_policy"])]
    pub seeds: std::num::NonZero<u64>,
    /// How many tests run at a time in the simulator; by default as many as there are processors. With pictures or events it
    /// is one.
    #[arg(long, value_name = "N")]
    pub jobs: Option<std::num::NonZero<usize>>,
    /// Boot the simulator exactly as TOKEN says, as a failure printed it; give the test's id too.
    #[arg(long, value_name = "TOKEN")]
    pub replay: Option<String>,
    /// The pictures of the first test that breaks something, else of the last one.
    #[command(flatten)]
    pub pictures: PictureArgs,
    /// Listen to the driver's events in the simulator, and print them on standard error after each test. On Windows
    /// Windows Performance Recorder listens (docs/windows.md).
    #[arg(long)]
    pub trace: bool,
    /// Run each test twice in the simulator: the second time stacks and pool that is not initialized hold other bytes, and
    /// what comes out of the driver has to be the same (the rule `uninitialized`).
    #[arg(long, conflicts_with = "trace")]
    pub uninitialized: bool,
    /// Run under every value of every policy, one after the other and in combinations, each test in one of
    /// its variants each time.
    #[arg(long, conflicts_with_all = ["replay", "policy", "format", "trace", "uninitialized", "perfetto", "html"])]
    pub every_policy: bool,
    /// Run each test in one of its variants, which take turns from test to test, and not in all: a quarter of a run.
    #[arg(long, conflicts_with_all = ["replay", "every_policy"])]
    pub one_variant: bool,
}

/// Arguments of `dirql fuzz`.
#[derive(Args, Debug)]
pub struct FuzzArgs {
    /// Where the driver runs.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// The seed of the programs; the same seed gives the same programs.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// How many requests the programs make, all in all.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub count: u64,
    /// Run the programs of FOLDER first.
    #[arg(long, value_name = "FOLDER")]
    pub corpus: Option<PathBuf>,
    /// Write the smallest program of each new behaviour to FOLDER.
    #[arg(long, value_name = "FOLDER")]
    pub collect: Option<PathBuf>,
    /// Where crash files are written.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub crashes: PathBuf,
    /// Run the program of FILE, and nothing else.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "count", "corpus", "collect"])]
    pub replay: Option<PathBuf>,
    /// The pictures of the program that is replayed.
    #[command(flatten)]
    pub pictures: PictureArgs,
    /// With --replay: write the smallest program that breaks the same beside FILE.
    #[arg(long, requires = "replay")]
    pub shrink: bool,
}

/// Arguments of `dirql explore`.
#[cfg(feature = "sim")]
#[derive(Args, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the command line"
)]
pub struct ExploreArgs {
    /// The scenarios, by their names.
    #[arg(value_name = "SCENARIO")]
    pub scenarios: Vec<String>,
    /// Every scenario.
    #[arg(long, conflicts_with = "scenarios")]
    pub all: bool,
    /// Leave out the scenarios whose name contains WORD; give it again for several.
    #[arg(long, value_name = "WORD")]
    pub but: Vec<String>,
    /// How many scenarios are explored at a time; by default as many as there are processors.
    #[arg(long, value_name = "N")]
    pub jobs: Option<std::num::NonZero<usize>>,
    /// Print the scenarios, one a line.
    #[arg(long, conflicts_with_all = ["all", "scenarios"])]
    pub list: bool,
    /// Where the driver runs.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Which schedules are run.
    #[arg(long, value_enum, default_value_t = SearchKind::Exhaustive)]
    pub strategy: SearchKind,
    /// The seed from which schedules are drawn; the same seed draws the same ones.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// With --strategy pct: how many orders of two things a bug takes that is looked for.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub depth: u32,
    /// How many schedules are drawn.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub count: u64,
    /// Do not print the tokens of the schedules that were drawn.
    #[arg(long)]
    pub no_tokens: bool,
    /// Run a share of the schedules: the share K of N. All shares are the whole, and `dirql merge` joins their reports.
    #[arg(long, value_name = "K/N")]
    pub shard: Option<ntsim::explore::Shard>,
    /// With --shard: go on from the reports of all shares. A scenario is run again where this share lacks conflicts that
    /// others have found.
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "shard")]
    pub conflicts: Vec<PathBuf>,
    /// Go on for N minutes where the last campaign ended: search each scenario to its end where it has one within reach, and
    /// draw schedules by priorities where not.
    #[arg(long, value_name = "N", value_parser = minutes, conflicts_with_all = ["strategy", "shard", "first", "coverage", "replay", "shrink"])]
    pub minutes: Option<f64>,
    /// With --minutes: the folder that keeps how far the campaign is.
    #[arg(
        long,
        value_name = "FOLDER",
        requires = "minutes",
        default_value = "dirql-campaign"
    )]
    pub state: PathBuf,
    /// With --minutes: begin the campaign of the folder anew.
    #[arg(long, requires = "minutes")]
    pub anew: bool,
    /// How often a schedule takes a processor away from what could go on.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub preemptions: u32,
    /// Where that may be.
    #[arg(long, value_enum, default_value_t = PointsKind::Access)]
    pub points: PointsKind,
    /// What interrupt the device has.
    #[arg(long, value_enum, default_value_t = Interrupts::Both)]
    pub interrupts: Interrupts,
    /// How the outcome is printed on standard output.
    #[arg(long, value_enum, default_value_t = ExploreFormat::Human)]
    pub format: ExploreFormat,
    /// End the search of a scenario at the first schedule that breaks something.
    #[arg(long)]
    pub first: bool,
    /// Print how many instructions of the image were executed, and each branch that never was.
    #[arg(long)]
    pub coverage: bool,
    /// Run the schedule of TOKEN, as a violation printed it, and print what happens in it.
    #[arg(long, value_name = "TOKEN", conflicts_with_all = ["all", "scenarios", "list", "strategy", "preemptions", "points", "interrupts", "format", "coverage"])]
    pub replay: Option<String>,
    /// The pictures of the schedule that is replayed.
    #[command(flatten)]
    pub pictures: PictureArgs,
    /// Take the turns out of the schedule of TOKEN without which it breaks the same, and print what is left.
    #[arg(long, value_name = "TOKEN", conflicts_with_all = ["replay", "all", "scenarios", "list", "strategy", "preemptions", "points", "interrupts", "format", "coverage", "perfetto", "html"])]
    pub shrink: Option<String>,
}

/// Arguments of `dirql faults`.
#[cfg(feature = "sim")]
#[derive(Args, Debug)]
pub struct FaultsArgs {
    /// The workloads whose calls are refused, by their names; all of them without a name.
    #[arg(value_name = "WORKLOAD")]
    pub workloads: Vec<String>,
    /// Refuse each way to a call once, whichever workload takes it, and repeat little.
    #[arg(long)]
    pub short: bool,
    /// Print the workloads, one a line.
    #[arg(long, conflicts_with = "workloads")]
    pub list: bool,
    /// How many runs are made at a time; by default as many as there are processors.
    #[arg(long, value_name = "N")]
    pub jobs: Option<std::num::NonZero<usize>>,
    /// Where the driver runs.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// How the outcome is printed on standard output.
    #[arg(long, value_enum, default_value_t = ExploreFormat::Human)]
    pub format: ExploreFormat,
}

/// A time that ends.
#[cfg(feature = "sim")]
fn minutes(text: &str) -> Result<f64, String> {
    let minutes: f64 = text.parse().map_err(|error| format!("{error}"))?;
    if minutes > 0.0 && minutes < 1e6 {
        Ok(minutes)
    } else {
        Err("a number of minutes above 0".to_owned())
    }
}

/// Arguments of `dirql merge`.
#[cfg(feature = "sim")]
#[derive(Args, Debug)]
pub struct MergeArgs {
    /// The reports of all shares.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

/// Which schedules of a scenario are run.
#[cfg(feature = "sim")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SearchKind {
    /// Every one under the bound.
    Exhaustive,
    /// Some under the bound, drawn from a seed; each is printed as its token.
    Random,
    /// Some, drawn from a seed by priorities (probabilistic concurrency testing), without a bound of preemptions; each is
    /// printed as its token.
    Pct,
}

/// Where a schedule may take a processor away.
#[cfg(feature = "sim")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PointsKind {
    /// Before every instruction.
    Instruction,
    /// Before every call, every change of IRQL, and every access to what others access.
    Access,
    /// Before every call and every change of IRQL.
    Api,
}

#[cfg(feature = "sim")]
impl From<PointsKind> for ntsim::Points {
    fn from(kind: PointsKind) -> Self {
        match kind {
            PointsKind::Instruction => Self::Instruction,
            PointsKind::Access => Self::Access,
            PointsKind::Api => Self::Api,
        }
    }
}

/// What interrupt the device of a scenario has.
#[cfg(feature = "sim")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Interrupts {
    /// A line, and then a message.
    Both,
    /// A line.
    Line,
    /// A message.
    Message,
}

#[cfg(feature = "sim")]
impl Interrupts {
    /// The resources, one after the other.
    #[must_use]
    pub const fn resources(self) -> &'static [nt_model::InterruptResource] {
        use nt_model::InterruptResource::{Line, Message};
        match self {
            Self::Both => &[Line, Message],
            Self::Line => &[Line],
            Self::Message => &[Message],
        }
    }
}

/// How the outcome of an exploration is printed.
#[cfg(feature = "sim")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExploreFormat {
    /// A table for people.
    Human,
    /// One JSON object.
    Json,
}

/// Arguments of `dirql list`.
#[derive(Args, Debug)]
pub struct ListArgs {
    /// List only tests whose id contains FILTER; several filters add up, and each must match a test.
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    /// Where the driver would run.
    #[arg(long, value_enum, default_value_t = TargetKind::DEFAULT)]
    pub target: TargetKind,
}

/// Arguments of `dirql info`.
#[derive(Args, Debug)]
pub struct InfoArgs {
    /// Where the driver runs.
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// Where the driver runs, and which image.
#[derive(Args, Clone, Debug)]
pub struct PlaceArgs {
    /// Where the driver runs.
    #[arg(long, value_enum, default_value_t = TargetKind::DEFAULT)]
    pub target: TargetKind,
    /// The driver image for the simulator.
    #[arg(long, value_name = "PATH", env = "DIRQL_IMAGE")]
    pub image: Option<PathBuf>,
    /// Do not check RULE of the simulator's, one of docs/rules.md; give it again for several. The
    /// rule `race` looks at every access to memory and costs most.
    #[arg(long, value_name = "RULE")]
    pub without: Vec<String>,
    /// Run the simulator under a choice where NT's documentation leaves one, as `dirql policies` prints
    /// them; give it again for several.
    #[arg(long, value_name = "NAME=VALUE")]
    pub policy: Vec<String>,
    /// The image's PDB, for file and line in reports; by default the .pdb beside the image.
    #[arg(long, value_name = "PATH", env = "DIRQL_PDB")]
    pub pdb: Option<PathBuf>,
}

/// Pictures of what happens in the simulator.
#[derive(Args, Clone, Debug, Default)]
pub struct PictureArgs {
    /// Write what happens to FILE as a trace for Perfetto (ui.perfetto.dev): a track for each processor with its IRQL
    /// and what it runs.
    #[arg(long, value_name = "FILE")]
    pub perfetto: Option<PathBuf>,
    /// Write it to FILE as a page for a browser, with the source lines of both sides of what is broken.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

impl PictureArgs {
    /// Each file that is asked for, with its option.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &PathBuf)> {
        let files = [("perfetto", &self.perfetto), ("html", &self.html)];
        files
            .into_iter()
            .filter_map(|(option, file)| Some((option, file.as_ref()?)))
    }

    /// Whether one is.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.files().next().is_some()
    }
}

/// Where the driver runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TargetKind {
    /// The image runs in the simulated NT kernel, freshly booted for each test.
    Sim,
    /// The installed driver on a real device of this Windows machine.
    Device,
}

impl TargetKind {
    /// The simulator where this build has it, else the device.
    pub const DEFAULT: Self = if cfg!(feature = "sim") {
        Self::Sim
    } else {
        Self::Device
    };
}

/// How the outcome is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// One JSON object.
    Json,
    /// JUnit XML.
    Junit,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(args: &[&str]) -> Result<RunArgs, clap::error::ErrorKind> {
        let args = ["dirql", "run"].iter().chain(args);
        match Cli::try_parse_from(args) {
            Ok(Cli {
                command: Command::Run(run),
            }) => Ok(run),
            Ok(other) => panic!("parsed as {other:?}"),
            Err(error) => Err(error.kind()),
        }
    }

    #[test]
    fn the_definition_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn defaults_need_no_argument() {
        let run = run(&[]).expect("no argument is needed");
        assert_eq!(run.format, Format::Human);
        assert_eq!(run.place.target, TargetKind::DEFAULT);
        assert_eq!(run.seed, 1);
        assert!(run.filters.is_empty() && run.replay.is_none());
    }

    #[test]
    fn filters_and_options_mix() {
        let run = run(&["wait::", "--format", "json", "@msi", "--seed", "7"]).expect("valid");
        assert_eq!(run.filters, ["wait::", "@msi"]);
        assert_eq!(run.format, Format::Json);
        assert_eq!(run.seed, 7);
    }

    #[test]
    fn a_replay_leaves_no_room_for_a_seed() {
        let error = run(&["--replay", "t", "--seed", "3"]).expect_err("they contradict each other");
        assert_eq!(error, clap::error::ErrorKind::ArgumentConflict);
        assert_eq!(
            run(&["--replay", "t"]).expect("valid").replay.as_deref(),
            Some("t")
        );
    }

    #[test]
    fn unknown_values_are_refused() {
        use clap::error::ErrorKind::{InvalidValue, UnknownArgument, ValueValidation};
        assert_eq!(run(&["--target", "qemu"]).unwrap_err(), InvalidValue);
        assert_eq!(run(&["--format", "yaml"]).unwrap_err(), InvalidValue);
        assert_eq!(run(&["--seed", "-1x"]).unwrap_err(), UnknownArgument);
        assert_eq!(run(&["--seed", "x"]).unwrap_err(), ValueValidation);
    }

    #[test]
    fn to_fuzz_with_nothing_is_refused() {
        let error = Cli::try_parse_from(["dirql", "fuzz", "--count", "0"]).unwrap_err();
        assert_eq!(error.kind(), clap::error::ErrorKind::ValueValidation);
    }
}
