//! The plug-in while it is registered, and why it is not.

use core::sync::atomic::{AtomicU32, Ordering};

use dirql::{
    Irql, Passive, Revocable,
    pshed::{RegisterFailure, Registration, is_system_whea_enabled},
};
use dirql_ioctl::{Status, pshed::failure};
use wdk_sys::{NTSTATUS, WDFDRIVER};

use super::{
    own_source,
    parameters::Parameters,
    plugin::{self, Plugin},
};
use crate::{status::ntstatus, trace};

/// The plug-in, from its registration until the driver is unloaded.
pub(super) static PLUGIN: Revocable<Registration<Plugin>> = Revocable::new();
/// Why there is none: a constant of `dirql_ioctl::pshed::failure`.
pub(super) static FAILURE: AtomicU32 = AtomicU32::new(failure::NOT_WANTED);
/// The `NTSTATUS` behind that.
pub(super) static REFUSAL: AtomicU32 = AtomicU32::new(0);

/// Registers the plug-in. It is the last thing that `DriverEntry` does, so that nothing fails after it.
pub(crate) fn start(driver: WDFDRIVER, irql: &mut Irql<'_, Passive>) {
    let parameters = Parameters::read(driver);
    match register(irql, &parameters) {
        Ok(registration) => {
            FAILURE.store(failure::NONE, Ordering::Relaxed);
            trace::plugin(failure::NONE, 0);
            // The place is empty: `DriverEntry` runs once.
            let _ = PLUGIN.publish(irql, registration);
            if parameters.own_source {
                own_source::add();
            }
        }
        Err(failed) => {
            let (reason, status) = match failed {
                RegisterFailure::NoWhea => (failure::NO_WHEA, 0),
                RegisterFailure::NoMemory => (failure::NO_MEMORY, 0),
                RegisterFailure::NoArea => (failure::NOT_WANTED, 0),
                RegisterFailure::Refused(status) => (failure::REFUSED, status.cast_unsigned()),
                _ => (failure::OTHER, 0),
            };
            REFUSAL.store(status, Ordering::Relaxed);
            FAILURE.store(reason, Ordering::Relaxed);
            trace::plugin(reason, status);
        }
    }
}

/// Makes the plug-in where it stays, and registers it there.
///
/// # Errors
///
/// The reason. Where there is nothing to register, or nothing to register with, no memory is asked for.
fn register(
    irql: &mut Irql<'_, Passive>,
    parameters: &Parameters,
) -> Result<Registration<Plugin>, RegisterFailure> {
    let areas = plugin::areas(parameters.areas);
    if areas.mask() == 0 {
        return Err(RegisterFailure::NoArea);
    }
    if !is_system_whea_enabled() {
        return Err(RegisterFailure::NoWhea);
    }
    let plugin = Plugin::in_place(irql, parameters)?;
    // SAFETY: Nothing of `DriverEntry` fails after this, and `stop` unregisters before the image is unloaded.
    unsafe { Registration::register_in_place(irql, plugin, &areas) }.map_err(|error| error.failure)
}

/// Unregisters the plug-in: its sources are let go of first.
pub(crate) fn stop(irql: &mut Irql<'_, Passive>) {
    own_source::remove();
    let _ = PLUGIN.access(irql, |registration, irql| {
        registration.plugin().let_go(irql);
    });
    if let Ok(Some(registration)) = PLUGIN.revoke(irql) {
        // IRQL is PASSIVE_LEVEL, so that it is not refused; dropped, it would unregister all the same.
        let _ = registration.unregister_in_place(irql);
        trace::plugin_gone();
    }
}

/// Runs `body` on the registered plug-in.
///
/// # Errors
///
/// `NOT_SUPPORTED` where there is none.
pub(super) fn with_plugin<'cx, R>(
    irql: &mut Irql<'cx, Passive>,
    body: impl FnOnce(&Registration<Plugin>, &mut Irql<'cx, Passive>) -> Result<R, NTSTATUS>,
) -> Result<R, NTSTATUS> {
    PLUGIN
        .access(irql, body)
        .unwrap_or(Err(ntstatus(Status::NOT_SUPPORTED)))
}
