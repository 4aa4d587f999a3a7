//! Ctrl-C in the simulator: the first one ends the run, which then tells what has run; the second one ends the process.
//! On a device of Windows the target has a handler of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From now on Ctrl-C, or a request to terminate, ends runs. Where the system refuses, and on Windows, they end the process
/// as before.
pub(crate) fn on_interrupt() {
    #[cfg(unix)]
    FLAG.get_or_init(|| {
        use crate::exit::Exit;
        use signal_hook::consts::{SIGINT, SIGTERM};
        use signal_hook::flag::{register, register_conditional_shutdown};

        let flag = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order, so that it is the second one that finds the flag set.
            let shutdown =
                register_conditional_shutdown(signal, Exit::Interrupted as i32, Arc::clone(&flag));
            // A refusal of either leaves the signal to the system.
            let _ = shutdown.and_then(|_| register(signal, Arc::clone(&flag)));
        }
        flag
    });
}

/// What is set from the first Ctrl-C on; none where nothing looks for it.
pub(crate) fn flag() -> Option<Arc<AtomicBool>> {
    FLAG.get().cloned()
}

/// Whether Ctrl-C was pressed.
pub(crate) fn interrupted() -> bool {
    FLAG.get().is_some_and(|flag| flag.load(Ordering::Relaxed))
}
