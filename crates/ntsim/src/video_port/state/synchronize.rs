//! How far a synchronized call has come.

/// A synchronized call between two of its steps.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Raised; the lock is not held yet.
    Acquire { lock: u64, call: Call },
    /// The routine runs, with this lock held. The number is that of the run.
    Running {
        lock: Option<u64>,
        old: u8,
        run: u32,
    },
}

/// What a call asks for, and the IRQL that it came from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(in crate::video_port) priority: u32,
    pub(in crate::video_port) old: u8,
    pub(in crate::video_port) routine: u64,
    pub(in crate::video_port) context: u64,
}
