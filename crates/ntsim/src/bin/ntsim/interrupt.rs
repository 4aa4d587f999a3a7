//! Ctrl-C: the first one ends the run, and the command tells what has run; the second one ends the process.

use std::{
    io,
    sync::{Arc, atomic::AtomicBool},
};

/// A flag that is set from the first Ctrl-C, or request to terminate, on. On Windows those end the process as ever.
pub(crate) fn flag() -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    #[cfg(unix)]
    {
        use signal_hook::{
            consts::{SIGINT, SIGTERM},
            flag::{register, register_conditional_shutdown},
        };

        use crate::exit::Exit;

        for signal in [SIGINT, SIGTERM] {
            // In this order, so that it is the second one that finds the flag set.
            register_conditional_shutdown(signal, Exit::Interrupted as i32, Arc::clone(&flag))?;
            register(signal, Arc::clone(&flag))?;
        }
    }
    Ok(flag)
}
