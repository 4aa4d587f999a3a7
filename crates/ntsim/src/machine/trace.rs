//! The host's side of event tracing.

use super::Machine;
use crate::{etw::TraceSession, events::Event, failure::Failure};

impl Machine {
    /// Listens to every provider, those of a driver that is not loaded yet included; or stops. A driver that is
    /// loaded is told while the guests run.
    ///
    /// What is heard is in the log ([`Self::events`]), as [`EventKind::Trace`](crate::EventKind::Trace).
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the emulator's.
    pub fn listen(&mut self, session: Option<TraceSession>) -> Result<(), Failure> {
        self.with(|sim, guest| sim.listen(guest, session))
    }

    /// Has `listener` told of each event as it is heard, for a host that does not wait for the end of a run.
    pub fn tell(&mut self, listener: fn(&Event)) {
        self.sim_mut().etw.listener = Some(listener);
    }
}
