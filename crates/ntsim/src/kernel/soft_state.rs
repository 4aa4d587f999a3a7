//! `IoReportInterruptActive` and `IoReportInterruptInactive`: a connected interrupt whose ISR is
//! not called.

use crate::{Failure, Rule, activation::Flow, guest::Guest, race::Edge, sim::Sim};

impl Sim {
    fn report_interrupt(
        &mut self,
        guest: &mut Guest,
        routine: &str,
        active: bool,
    ) -> Result<Flow, Failure> {
        let object = self.connection_argument(guest, routine, Rule::BadArgument)?;
        if active {
            self.releases(Edge::IsrBegin(object));
        }
        if let Some(interrupt) = self.kernel.interrupts.get_mut(object) {
            interrupt.active = active;
        }
        self.attention = true;
        Ok(Flow::Return(0))
    }

    /// `IoReportInterruptActive`.
    pub(crate) fn io_report_interrupt_active(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        self.report_interrupt(guest, "IoReportInterruptActive", true)
    }

    /// `IoReportInterruptInactive`.
    pub(crate) fn io_report_interrupt_inactive(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        self.report_interrupt(guest, "IoReportInterruptInactive", false)
    }
}
