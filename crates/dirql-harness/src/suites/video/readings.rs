//! What each priority comes to under each reading of the documentation, with and without an interrupt.
//!
//! Written by hand, apart from the simulator's own words for the same, so that the one can be held against the other.

use dirql_ioctl::video::{PRIORITY_HIGH, PRIORITY_LOW, PRIORITY_MEDIUM};
use nt_model::{High, VideoPolicy};

use super::session::Line;
use crate::check::{self, Stop};

/// The IRQL of a routine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// The caller's own.
    Caller,
    Dispatch,
    /// That of the interrupt.
    Device,
    /// `SYNCH_LEVEL`.
    Synch,
    High,
}

impl Level {
    /// The number, for a caller at `caller` and an interrupt at `device`.
    pub(super) const fn irql(self, caller: u8, device: u32) -> u32 {
        match self {
            Self::Caller => caller as u32,
            Self::Dispatch => 2,
            Self::Device => device,
            Self::Synch => 12,
            Self::High => 15,
        }
    }
}

/// What does not run while a routine does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excludes {
    /// `HwVidInterrupt`, on every processor.
    ServiceRoutine,
    /// `HwVidInterrupt` on the routine's own processor: elsewhere it runs.
    OnItsProcessor,
    Nothing,
}

/// What a cell of the matrix comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comes {
    /// There is no witness, and the port driver is not called.
    Refused,
    /// The routine runs there, with the lock of the interrupt or without.
    Runs(Level, bool, Excludes),
}

/// Some cells, and what each of them comes to.
struct Row {
    priority: u32,
    /// Where an interrupt is connected, where none is, or either.
    line: Option<Line>,
    reading: fn(VideoPolicy) -> bool,
    comes: Comes,
}

const fn row(
    priority: u32,
    line: Option<Line>,
    reading: fn(VideoPolicy) -> bool,
    comes: Comes,
) -> Row {
    Row {
        priority,
        line,
        reading,
        comes,
    }
}

const CONNECTED: Option<Line> = Some(Line::Connected);
const ABSENT: Option<Line> = Some(Line::Absent);

/// The matrix: 3 priorities, 2 lines, 12 policies. Each cell belongs to one row.
const TABLE: &[Row] = &[
    row(
        PRIORITY_LOW,
        None,
        |policy| policy.low_raises,
        Comes::Runs(Level::Dispatch, false, Excludes::Nothing),
    ),
    row(
        PRIORITY_LOW,
        None,
        |policy| !policy.low_raises,
        Comes::Runs(Level::Caller, false, Excludes::Nothing),
    ),
    row(PRIORITY_MEDIUM, ABSENT, |_| true, Comes::Refused),
    row(
        PRIORITY_MEDIUM,
        CONNECTED,
        |policy| !policy.medium_degrades,
        Comes::Runs(Level::Device, true, Excludes::ServiceRoutine),
    ),
    row(
        PRIORITY_MEDIUM,
        CONNECTED,
        |policy| policy.medium_degrades && policy.low_raises,
        Comes::Runs(Level::Dispatch, false, Excludes::Nothing),
    ),
    row(
        PRIORITY_MEDIUM,
        CONNECTED,
        |policy| policy.medium_degrades && !policy.low_raises,
        Comes::Runs(Level::Caller, false, Excludes::Nothing),
    ),
    row(
        PRIORITY_HIGH,
        CONNECTED,
        |policy| policy.high == High::AsMedium && !policy.medium_degrades,
        Comes::Runs(Level::Device, true, Excludes::ServiceRoutine),
    ),
    row(
        PRIORITY_HIGH,
        CONNECTED,
        |policy| policy.high == High::AsMedium && policy.medium_degrades && policy.low_raises,
        Comes::Runs(Level::Dispatch, false, Excludes::Nothing),
    ),
    row(
        PRIORITY_HIGH,
        CONNECTED,
        |policy| policy.high == High::AsMedium && policy.medium_degrades && !policy.low_raises,
        Comes::Runs(Level::Caller, false, Excludes::Nothing),
    ),
    row(
        PRIORITY_HIGH,
        ABSENT,
        |policy| policy.high == High::AsMedium && policy.low_raises,
        Comes::Runs(Level::Dispatch, false, Excludes::Nothing),
    ),
    row(
        PRIORITY_HIGH,
        ABSENT,
        |policy| policy.high == High::AsMedium && !policy.low_raises,
        Comes::Runs(Level::Caller, false, Excludes::Nothing),
    ),
    row(
        PRIORITY_HIGH,
        CONNECTED,
        |policy| policy.high == High::Masked && !policy.medium_degrades,
        Comes::Runs(Level::High, true, Excludes::ServiceRoutine),
    ),
    row(
        PRIORITY_HIGH,
        CONNECTED,
        |policy| policy.high == High::Masked && policy.medium_degrades,
        Comes::Runs(Level::High, false, Excludes::OnItsProcessor),
    ),
    row(
        PRIORITY_HIGH,
        ABSENT,
        |policy| policy.high == High::Masked,
        Comes::Runs(Level::High, false, Excludes::OnItsProcessor),
    ),
    row(
        PRIORITY_HIGH,
        None,
        |policy| policy.high == High::Unlocked,
        Comes::Runs(Level::Synch, false, Excludes::OnItsProcessor),
    ),
];

/// The one row of a cell.
pub(super) fn comes(priority: u32, line: Line, policy: VideoPolicy) -> Result<Comes, Stop> {
    let mut rows = TABLE.iter().filter(|row| {
        row.priority == priority
            && row.line.is_none_or(|only| only == line)
            && (row.reading)(policy)
    });
    match (rows.next(), rows.next()) {
        (Some(row), None) => Ok(row.comes),
        _ => check::fail("the table has not one row for this cell"),
    }
}
