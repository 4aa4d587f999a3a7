//! The simulator's WHEA, as a test plays with it.

use ntsim::ErrorSourceKind;

use super::{
    Fault, Order, OrderOutcome, Platform, Severity, SourceKind, SourceReport, sim::SimSession,
};

impl Platform for SimSession {
    fn raise_errors(&mut self, source: u32, count: u32, severity: Severity) -> Result<(), Fault> {
        let severity = match severity {
            Severity::Corrected => ntsim::Severity::Corrected,
            Severity::Recoverable => ntsim::Severity::Recoverable,
        };
        Ok(self.machine.raise_errors(source, count, severity)?)
    }

    fn settle(&mut self) -> Result<(), Fault> {
        Ok(self.machine.settle()?)
    }

    fn source(&mut self, source: u32) -> Result<SourceReport, Fault> {
        let report = self.machine.error_source(source)?;
        Ok(SourceReport {
            handled: report.handled,
            waiting: report.waiting,
            enabled: report.enabled,
            served_by_plugin: report.served_by_plugin,
            served_by_pshed: report.served_by_pshed,
        })
    }

    fn order(&mut self, order: Order) -> Result<OrderOutcome, Fault> {
        let begun = self.machine.begin_order(match order {
            Order::Set(source) => ntsim::Order::Set(source),
            Order::Enable(source) => ntsim::Order::Enable(source),
            Order::Disable(source) => ntsim::Order::Disable(source),
            Order::Inject(error_type, parameters) => ntsim::Order::Inject {
                error_type,
                parameters,
            },
            Order::Capabilities => ntsim::Order::Capabilities,
            Order::WriteDummy => ntsim::Order::WriteDummy,
            Order::Read(id, room) => ntsim::Order::Read(id, room),
            Order::Clear(id) => ntsim::Order::Clear(id),
        })?;
        let outcome = self.machine.wait_order(begun)?;
        Ok(OrderOutcome {
            status: outcome.status,
            by_plugin: outcome.by_plugin,
            value: outcome.value,
        })
    }

    fn other_plugin(&mut self, areas: u32) {
        match areas {
            0 => self.machine.unregister_other_plugin(),
            areas => self.machine.register_other_plugin(areas),
        }
    }
}

/// The simulator's name of a kind of source.
pub(super) const fn source_kind(kind: SourceKind) -> ErrorSourceKind {
    match kind {
        SourceKind::CorrectedMachineCheck => ErrorSourceKind::CorrectedMachineCheck,
        SourceKind::Polled => ErrorSourceKind::Polled,
        SourceKind::GenericPolled => ErrorSourceKind::GenericPolled,
        SourceKind::Generic => ErrorSourceKind::Generic,
        SourceKind::GenericV2 => ErrorSourceKind::GenericV2,
        SourceKind::PciExpress => ErrorSourceKind::PciExpress,
        SourceKind::MachineCheck => ErrorSourceKind::MachineCheck,
        SourceKind::Nmi => ErrorSourceKind::Nmi,
        SourceKind::GenericByNmi => ErrorSourceKind::GenericByNmi,
    }
}
