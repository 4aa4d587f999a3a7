//! How PSHED and the handlers misbehave, or use the room that their pages leave.

use core::fmt;

use crate::kernel::platform::mock::Hook;

/// What PSHED does otherwise than its pages say, or leave open.
#[derive(Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one way to misbehave, and tests combine them"
)]
pub struct WheaFaults {
    /// WHEA is not enabled for the whole system.
    pub disabled: bool,
    /// `PshedRegisterPlugin` answers this status.
    pub register_status: Option<i32>,
    /// `PshedRegisterPlugin` succeeds and gives no handle.
    pub no_handle: bool,
    /// Runs inside `PshedRegisterPlugin`, when the plug-in can be called and before the call returns.
    pub while_registering: Option<Hook>,
    /// A handler does not hold its lock while it calls the plug-in.
    pub handler_without_lock: bool,
    /// How often `PshedSynchronizeExecution` calls the routine.
    pub thunk_calls: u32,
    /// The BOOLEAN that it returns.
    pub raw_boolean: Option<u8>,
    /// `PshedUnregisterPlugin` does not wait for callbacks that were dispatched before it.
    pub unregister_returns_early: bool,
    /// The callbacks of a plug-in of version 1 are entered in threads, at `PASSIVE_LEVEL`.
    pub callbacks_in_threads: bool,
    /// A callback of a plug-in of version 2 does not keep its processor, as it does by its page: only what the plug-in
    /// itself counts tells that one is inside.
    pub processors_left: bool,
    /// Runs on the thread of a callback after its dispatch and before its first instruction.
    pub dispatched: Option<Hook>,
}

impl Default for WheaFaults {
    /// A PSHED that does what its pages say.
    fn default() -> Self {
        Self {
            disabled: false,
            register_status: None,
            no_handle: false,
            while_registering: None,
            handler_without_lock: false,
            thunk_calls: 1,
            raw_boolean: None,
            unregister_returns_early: false,
            callbacks_in_threads: false,
            processors_left: false,
            dispatched: None,
        }
    }
}

impl fmt::Debug for WheaFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WheaFaults").finish_non_exhaustive()
    }
}
