//! What the driver has of the system at some moment, in numbers that grow where something is kept.

use crate::{kernel::state::thread::State, system::System};

/// What a driver has of the system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    /// Blocks of pool.
    pub blocks: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Objects of the framework's.
    pub objects: usize,
    /// References to them beyond the framework's own.
    pub references: u64,
    /// Requests that are not complete.
    pub requests: usize,
    /// Open kernel handles.
    pub handles: usize,
    /// Threads of its making that have not ended.
    pub threads: usize,
    /// Mappings of device registers.
    pub mappings: usize,
    /// Connected interrupts.
    pub interrupts: usize,
}

impl System {
    /// What the driver has now.
    pub(crate) fn accounts(&self) -> Accounts {
        let (blocks, bytes) = self.kernel.pool.of_driver();
        let threads = self.kernel.threads.iter();
        let objects = self.wdf.objects.values();
        Accounts {
            blocks,
            bytes,
            objects: self.wdf.objects.len(),
            references: objects.map(|object| u64::from(object.references)).sum(),
            requests: self.wdf.requests.len(),
            handles: self.kernel.handles.iter().count(),
            threads: threads
                .filter(|(_, it)| it.of_driver && !matches!(it.state, State::Terminated))
                .count(),
            mappings: self.kernel.io_space.iter().count(),
            interrupts: self.kernel.interrupts.connected().count(),
        }
    }
}
