//! Hardware errors: a machine with error sources, for the programs that play with them.

use dirql_ioctl::{ControlCode, Status, code};
use nt_model::{ErrorSourceKind, Order, Policy, Severity};

use super::program::Step;
use crate::check::{Verdict, equal, that};
use crate::fixture::Fixture;
use crate::message::PshedSources;
use crate::target::{EVERY_AREA, Setup, handler_policies};

/// The machine's error sources.
pub(super) const SOURCES: [(u32, ErrorSourceKind); 4] = [
    (7, ErrorSourceKind::CorrectedMachineCheck),
    (8, ErrorSourceKind::PciExpress),
    (9, ErrorSourceKind::GenericV2),
    (10, ErrorSourceKind::Nmi),
];
/// How many of them the plug-in is told of at the beginning; the others are a program's to tell.
const TOLD: usize = 3;

/// The machine of a program that plays with errors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Errors {
    /// A handler holds its source's lock while the plug-in retrieves.
    pub(super) excluded: bool,
}

const fn is_of_pshed(code: ControlCode) -> bool {
    let mut at = 0;
    while at < code::OF_PSHED.len() {
        if code::OF_PSHED[at].1.0 == code.0 {
            return true;
        }
        at += 1;
    }
    false
}

/// How the machine of a program is set up; none for a program that has nothing to do with errors.
///
/// It depends on the steps, the seed and the policy of the target, so that a program is the same machine again.
pub(super) fn setup(program: &[Step], seed: u64, policy: Policy) -> Option<Setup> {
    let plays = program.iter().any(|step| match step {
        Step::Error { .. } | Step::Order { .. } => true,
        Step::Submit { code, .. } => is_of_pshed(*code),
        _ => false,
    });
    plays.then(|| Setup {
        parameters: vec![
            ("PshedAreas", EVERY_AREA),
            ("PshedAdopt", 1),
            ("PshedCallersAtDispatch", u32::from(seed & 0x10 == 0)),
        ],
        sources: SOURCES.to_vec(),
        policy: handler_policies(policy).nth((seed & 0xF) as usize),
        ..Setup::default()
    })
}

impl Errors {
    /// Has the plug-in see the sources of a machine that was set up so.
    pub(super) fn begin(
        fixture: &mut Fixture<'_>,
        setup: &Setup,
    ) -> Result<Self, crate::check::Stop> {
        for (id, _) in &SOURCES[..TOLD] {
            fixture.order(Order::Set(*id))?;
        }
        let policy = setup.policy.unwrap_or_default();
        Ok(Self {
            excluded: policy.lock_held_in_retrieval,
        })
    }

    /// Has the hardware report errors.
    pub(super) fn report(
        fixture: &mut Fixture<'_>,
        source: usize,
        count: u32,
        recoverable: bool,
    ) -> Verdict {
        let (id, _) = SOURCES[source % SOURCES.len()];
        let severity = if recoverable {
            Severity::Recoverable
        } else {
            Severity::Corrected
        };
        fixture.raise_errors(id, count % 16, severity)
    }

    /// Tells PSHED something. What becomes of it is for it and the plug-in to agree on.
    pub(super) fn order(fixture: &mut Fixture<'_>, which: usize, source: usize) -> Verdict {
        let (id, _) = SOURCES[source % SOURCES.len()];
        let order = match which % 8 {
            0 => Order::Set(id),
            1 => Order::Enable(id),
            2 => Order::Disable(id),
            3 => Order::Inject {
                error_type: 1 << (source % 12),
                parameters: [0, 1, u64::MAX, source as u64],
            },
            4 => Order::Capabilities,
            5 => Order::WriteDummy,
            6 => Order::Read(u64::from(id), 128 << (source % 4)),
            _ => Order::Clear(u64::from(id)),
        };
        fixture.order(order).map(drop)
    }

    /// Looks at what became of the errors, when all have been handled.
    pub(super) fn at_rest(fixture: &mut Fixture<'_>) -> Verdict {
        fixture.handle_errors()?;
        let asked = fixture.start(fixture.main, &PshedSources)?;
        let seen = match fixture.outcome(asked)? {
            Ok(seen) => seen,
            // An image without the feature `pshed`.
            Err(answer) if answer.is(Status::INVALID_DEVICE_REQUEST) => return Ok(()),
            Err(answer) => {
                return that(
                    false,
                    format_args!("the list of sources ends with {answer}"),
                );
            }
        };
        for source in &seen.sources[..seen.count as usize] {
            let id = source.id;
            let report = fixture.error_source(id)?;
            equal(
                format_args!("violations at source {id}"),
                source.violations,
                0,
            )?;
            equal(
                format_args!("errors that wait at source {id}"),
                report.waiting,
                0,
            )?;
            equal(
                format_args!("errors of source {id}, counted or refused"),
                source.errors + source.refused,
                report.handled,
            )?;
        }
        Ok(())
    }
}
