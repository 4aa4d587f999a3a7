//! What has to be gone when a driver is unloaded.

use nt_model::{Failure, Rule};

use crate::{guest::Guest, kernel::state::thread::State, system::System};

impl System {
    fn check_requests(&self) -> Result<(), Failure> {
        let request = self.wdf.requests.values().next();
        request.map_or(Ok(()), |request| Err(request.leak(&self.kernel)))
    }

    fn check_objects(&self) -> Result<(), Failure> {
        let leak = |what: String, of: u64| {
            Err(self.kernel.blame(Failure::new(Rule::ObjectLeak, what), of))
        };
        if let Some((what, of)) = self.whea.leak() {
            return leak(what, of);
        }
        if let Some((what, of)) = self.etw.leak() {
            return leak(what, of);
        }
        if let Some((handle, object)) = self.kernel.handles.iter().next() {
            let what = format!("the handle {handle:#x} ({object:x?}) is still open");
            return leak(what, *handle);
        }
        if let Some((_, thread)) = self
            .kernel
            .threads
            .iter()
            .find(|(_, thread)| !matches!(thread.state, State::Terminated))
        {
            let what = format!("the {} still runs", thread.name);
            return leak(what, thread.object);
        }
        Ok(())
    }

    /// Checks that nothing of the driver's is left.
    pub(crate) fn check_leaks(&mut self, guest: &Guest) -> Result<(), Failure> {
        for check in [
            self.check_requests(),
            self.kernel.check_hardware_released(),
            self.kernel.check_bus_interface_released(),
            self.check_objects(),
            self.kernel.check_pool_at_unload(guest),
        ] {
            if let Err(leak) = check {
                self.kernel.unless_off(leak)?;
            }
        }
        Ok(())
    }
}
