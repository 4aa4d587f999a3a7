//! What is done with a connection: `IoDisconnectInterruptEx`, and the soft state, in which the ISR of a connected
//! interrupt is not called (`IoReportInterruptActive`, `IoReportInterruptInactive`).

use nt_model::{Failure, Rule};

use crate::{
    guest::{Guest, through},
    kernel::{
        Kernel,
        race::Edge,
        state::{
            activation::Flow,
            frame::Frame,
            interrupt::version,
            wait::{DispatcherObject, Wait},
        },
    },
};

/// The bugcheck for a connection context of another type (bug check 0xCA).
const PNP_DETECTED_FATAL_ERROR: u64 = 0xCA;
const INVALID_CONNECTION_TYPE: u64 = 9;

impl<A> Kernel<A> {
    /// The interrupt object that a disconnect or soft-state call names by version and context; a
    /// wrong one breaks the rule `broken`.
    pub(crate) fn connection_argument(
        &self,
        guest: &Guest,
        routine: &str,
        broken: Rule,
    ) -> Result<u64, Failure> {
        let parameters = guest.argument(0)?;
        let read = guest.read_u32(parameters).and_then(|version| {
            let context = guest.read_u64(parameters + 8)?;
            Ok((version, context))
        });
        let (version, context) = read.map_err(|failure| through("Parameters", failure))?;
        let object = match version {
            version::MESSAGE_BASED => self.interrupts.tables.get(&context).copied(),
            _ => self
                .interrupts
                .get(context)
                .filter(|interrupt| interrupt.version == version)
                .map(|interrupt| interrupt.object),
        };
        object.ok_or_else(|| {
            Failure::new(
                broken,
                format!(
                    "{routine} was given the connection context {context:#x} as of type {version}, which it is not (bug check {PNP_DETECTED_FATAL_ERROR:#x}, parameter {INVALID_CONNECTION_TYPE}, where NT looks)"
                ),
            )
        })
    }

    /// `IoDisconnectInterruptEx`.
    pub(crate) fn io_disconnect_interrupt_ex(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let object = self.connection_argument(guest, "IoDisconnectInterruptEx", Rule::Bugcheck)?;
        if self.synchronize_in_flight(object) {
            return Err(Failure::new(
                Rule::BadArgument,
                "IoDisconnectInterruptEx was called while KeSynchronizeExecution runs on the interrupt",
            ));
        }
        let silent = self.check_silent(guest, object, "IoDisconnectInterruptEx was called");
        silent.or_else(|failure| self.unless_off(failure))?;
        let table = self
            .interrupts
            .tables
            .iter()
            .find(|(_, named)| **named == object)
            .map(|(table, _)| *table);
        if let Some(table) = table {
            self.interrupts.tables.remove(&table);
            self.kernel_free(guest, table)?;
        }
        Ok(match self.take_down(object) {
            Some(wait) => Flow::WaitThen {
                wait,
                frame: Frame::ReturnAfter(0),
            },
            None => Flow::Return(0),
        })
    }

    /// Disconnects an interrupt object; what waits for its ISR, where a disconnect does and it runs.
    pub(crate) fn take_down(&mut self, object: u64) -> Option<Wait> {
        self.interrupts.disconnect(object);
        if !self.isr_is_running(object) {
            // To take it out of the chain, NT visits the processors on which it ran.
            self.acquires(Edge::IsrEnd(object));
            return None;
        }
        self.policy.disconnect_waits.then_some(Wait {
            object: Some(DispatcherObject::Isr(object)),
        })
    }

    /// Calls the ISR of a connected interrupt object from now on, or no more.
    pub(crate) fn set_active(&mut self, object: u64, active: bool) {
        if active {
            self.releases(Edge::IsrBegin(object));
        }
        if let Some(interrupt) = self.interrupts.get_mut(object) {
            interrupt.active = active;
        }
        self.attention = true;
    }

    fn report_interrupt(
        &mut self,
        guest: &mut Guest,
        routine: &str,
        active: bool,
    ) -> Result<Flow<A>, Failure> {
        let object = self.connection_argument(guest, routine, Rule::BadArgument)?;
        if !active {
            let silent = self.check_silent(guest, object, &format!("{routine} was called"));
            silent.or_else(|failure| self.unless_off(failure))?;
        }
        self.set_active(object, active);
        Ok(Flow::Return(0))
    }

    /// `IoReportInterruptActive`.
    pub(crate) fn io_report_interrupt_active(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.report_interrupt(guest, "IoReportInterruptActive", true)
    }

    /// `IoReportInterruptInactive`.
    pub(crate) fn io_report_interrupt_inactive(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.report_interrupt(guest, "IoReportInterruptInactive", false)
    }
}
