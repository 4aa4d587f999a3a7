//! The codes of the plug-in while errors are handled.

use dirql_ioctl::pshed::{AdoptRequest, InjectRequest, SynchronizeSourceRequest};
use nt_model::{ErrorSourceKind, Order, Severity};

use super::requests::{CAUSE, Named, named};
use super::{Listed, On};
use crate::explore::stage::{Builder, SOURCE};
use crate::message::{Pshed, PshedSources};
use crate::target::{EVERY_AREA, Setup};

const fn adopt(adopt: u32) -> AdoptRequest {
    AdoptRequest {
        source: SOURCE,
        adopt,
    }
}

fn synchronize() -> SynchronizeSourceRequest {
    SynchronizeSourceRequest {
        source: SOURCE,
        amount: 1,
        repeat: 1,
        ..SynchronizeSourceRequest::default()
    }
}

/// A scenario of a source that the plug-in has seen and adopted.
fn adopted(name: &str, says: &str) -> Builder {
    Builder::new(name, says)
        .first_order(Order::Set(SOURCE))
        .first(&adopt(1))
}

/// A machine with one error source, whose handler is the plug-in's while it has adopted it.
fn with_a_source(builder: Builder) -> Listed {
    let setup = Setup {
        parameters: vec![("PshedAreas", EVERY_AREA), ("PshedAdopt", 1)],
        sources: vec![(SOURCE, ErrorSourceKind::CorrectedMachineCheck)],
        ..Setup::default()
    };
    Listed {
        drama: builder.build(),
        on: On::Device(setup),
    }
}

/// Every request of the plug-in's.
pub(super) fn every() -> [Named; 5] {
    [
        named("pshed", &Pshed),
        named("pshed-sources", &PshedSources),
        named("pshed-let-go", &adopt(0)),
        named("pshed-synchronize", &synchronize()),
        named("pshed-inject", &InjectRequest::default()),
    ]
}

pub(super) fn all() -> Vec<Listed> {
    let each = every().into_iter().map(|(name, message)| {
        let says = format!("{name}, and an error is handled at the source");
        Builder::new(format!("{name}+error"), says)
            .message(message)
            .error(Severity::Corrected)
    });
    let more = [
        Builder::new(
            "pshed-adopt+error",
            "pshed-adopt, and an error is handled at the source",
        )
        .first_order(Order::Set(SOURCE))
        .send(&adopt(1))
        .error(Severity::Corrected),
        adopted(
            "pshed-synchronize-adopted+error",
            "a closure for an adopted source, and an error is handled at it",
        )
        .send(&synchronize())
        .error(Severity::Corrected),
        adopted(
            "pshed-synchronize+pshed-let-go+error",
            "a closure for an error source that is let go, and an error is handled at it",
        )
        .send(&synchronize())
        .send(&adopt(0))
        .error(Severity::Corrected),
        adopted(
            "pshed-synchronize+pshed-synchronize+error",
            "two closures for one error source, and an error is handled at it",
        )
        .send(&synchronize())
        .send(&synchronize())
        .error(Severity::Corrected),
        adopted(
            "pshed-sources+pshed-let-go+error",
            "a look at an error source that is let go, and an error is handled at it",
        )
        .send(&PshedSources)
        .send(&adopt(0))
        .error(Severity::Corrected),
        adopted(
            "pshed-synchronize+error+interrupt",
            "a closure for an error source, an error is handled at it, and the device interrupts",
        )
        .send(&synchronize())
        .error(Severity::Corrected)
        .raise(CAUSE),
    ];
    each.chain(more).map(with_a_source).collect()
}
