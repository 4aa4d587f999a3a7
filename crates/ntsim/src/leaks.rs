//! What has to be gone when a driver is unloaded.

use crate::{Failure, Rule, guest::Guest, kernel::thread::State, sim::Sim};

impl Sim {
    /// Checks that the driver has let go of the hardware, as `EvtDeviceReleaseHardware` has to.
    pub(crate) fn check_hardware_released(&self) -> Result<(), Failure> {
        let leak =
            |what: String, of: u64| Err(Failure::new(Rule::ObjectLeak, what).at(self.origin(of)));
        if let Some(interrupt) = self.kernel.interrupts.connected().next() {
            let what = format!(
                "an interrupt of vector {:#x} is still connected",
                interrupt.vector
            );
            return leak(what, interrupt.object);
        }
        if let Some((base, length)) = self.kernel.io_space.iter().next() {
            let what =
                format!("{length:#x} bytes of device registers are still mapped at {base:#x}");
            return leak(what, *base);
        }
        Ok(())
    }

    fn check_requests(&self) -> Result<(), Failure> {
        let request = self.wdf.requests.values().next();
        request.map_or(Ok(()), |request| Err(self.request_leak(request)))
    }

    fn check_objects(&self) -> Result<(), Failure> {
        let leak =
            |what: String, of: u64| Err(Failure::new(Rule::ObjectLeak, what).at(self.origin(of)));
        if let Some((what, of)) = self.whea_leak() {
            return leak(what, of);
        }
        if let Some((what, of)) = self.etw_leak() {
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
            self.check_hardware_released(),
            self.check_objects(),
            self.check_pool_at_unload(guest),
        ] {
            if let Err(leak) = check {
                self.unless_off(leak)?;
            }
        }
        Ok(())
    }
}
