//! DPCs: queued to the current processor, dequeued before they run, run at DISPATCH.

use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::{
        Kernel,
        race::Edge,
        state::{
            activation::Flow,
            dpc::{Dpc, DpcId},
            frame::{DpcFrame, Frame},
            thread::State,
            time::CYCLES_PER_UNIT,
            wait::{DispatcherObject, Wait},
        },
    },
};

/// How long a DPC may run, in cycles: 10 ms of virtual time. The guideline is 100 us ("Guidelines for
/// Writing DPC Routines"); NT stops the machine much later (bug check 0x133), at a time that no page
/// fixes and a simulation does not reach.
const DPC_CYCLES_MAX: u64 = 100_000 * CYCLES_PER_UNIT;

impl<A> Kernel<A> {
    /// Looks whether a DPC has run for too long.
    pub(crate) fn watch_dpcs(&self) -> Result<(), Failure> {
        let late = self.cpus.iter().filter_map(|cpu| cpu.dpc_watchdog);
        match late.into_iter().find(|(at, _)| *at <= self.cycles) {
            None => Ok(()),
            Some((_, routine)) => {
                let milliseconds = DPC_CYCLES_MAX / CYCLES_PER_UNIT / 10_000;
                let failure = Failure::new(
                    Rule::DpcWatchdog,
                    format!(
                        "a DPC has run for {milliseconds} ms, where 100 us are the guideline: NT would stop the machine (bug check 0x133)"
                    ),
                );
                Err(failure.at(self.locate_function(routine)))
            }
        }
    }

    /// Queues a DPC on the current processor; false if it is queued already.
    pub(crate) fn queue_dpc(&mut self, id: DpcId, dpc: Dpc) -> bool {
        if self.dpcs.queued.contains_key(&id) {
            return false;
        }
        self.dpcs.insert(id, dpc);
        self.cpu_mut().dpcs.push_back(id);
        self.attention = true;
        true
    }

    /// Takes a DPC out of its queue; false if it is not queued.
    pub(crate) fn dequeue_dpc(&mut self, id: DpcId) -> bool {
        for cpu in &mut self.cpus {
            cpu.dpcs.retain(|queued| *queued != id);
        }
        let removed = self.dpcs.queued.remove(&id).is_some();
        if removed {
            self.wake_flushes();
        }
        removed
    }

    /// Whether the DPC is in a queue.
    pub(crate) fn dpc_is_queued(&self, id: DpcId) -> bool {
        self.dpcs.queued.contains_key(&id)
    }

    /// Whether the DPC is running on some processor.
    pub(crate) fn dpc_is_running(&self, id: DpcId) -> bool {
        self.dpcs.running.iter().any(|(running, _)| *running == id)
    }

    /// Whether the DPC is queued or running.
    pub(crate) fn dpc_is_pending(&self, id: DpcId) -> bool {
        self.dpc_is_queued(id) || self.dpc_is_running(id)
    }

    /// Goes on with draining the current processor's queue.
    pub(crate) fn resume_dpc(
        &mut self,
        guest: &mut Guest,
        frame: DpcFrame,
    ) -> Result<Flow<A>, Failure> {
        self.cpu_mut().dpc_watchdog = None;
        if let Some((id, number)) = frame.running {
            // A DPC that was queued again while it ran may run on another processor by now.
            self.dpcs.running.retain(|run| *run != (id, number));
            self.releases(Edge::DpcEnd(id.0));
            self.releases(Edge::DpcEnds);
            self.wake_flushes();
            if !self.dpc_is_running(id) {
                self.dpc_ended(id);
            }
            let cpu = self.cpu_index();
            let held = self.spin_locks.held_by(cpu).next();
            if let Some(lock) = held {
                self.unless_off(Failure::new(
                    Rule::LockMisuse,
                    format!("a DPC returned and still holds the spin lock {lock:#x}"),
                ))?;
            }
        }
        let Some(id) = self.cpu_mut().dpcs.pop_front() else {
            return Ok(Flow::Finish);
        };
        let (dpc, number) = self
            .dpcs
            .queued
            .remove(&id)
            .expect("a DPC in a processor's queue is queued");
        self.take_out_dpc(guest, id, dpc.routine)?;
        self.dpcs.running.push((id, number));
        self.acquires(Edge::DpcBegin(id.0));
        self.hold_dpc_up();
        self.cpu_mut().dpc_watchdog = Some((self.cycles + DPC_CYCLES_MAX, dpc.routine));
        Ok(Flow::Call {
            what: "DPC",
            target: dpc.routine,
            arguments: dpc.arguments,
            frame: Frame::Dpc(DpcFrame {
                running: Some((id, number)),
            }),
        })
    }
}

impl<A> Kernel<A> {
    /// A DPC has returned: what waits for that goes on.
    pub(crate) fn dpc_ended(&mut self, id: DpcId) {
        self.wake_waiters(DispatcherObject::Dpc(id.0), 0, usize::MAX);
    }

    /// A DPC has returned, or was taken out of its queue: who has waited for it among others goes on, perhaps.
    fn wake_flushes(&mut self) {
        let mut bounds: Vec<u64> = self
            .threads
            .iter()
            .filter_map(|(_, thread)| match &thread.state {
                State::Waiting(Wait {
                    object: Some(DispatcherObject::DpcsQueuedBefore(bound)),
                }) => Some(*bound),
                _ => None,
            })
            .collect();
        bounds.dedup();
        for bound in bounds {
            if self.dpcs.has_ended(bound) {
                self.wake_waiters(DispatcherObject::DpcsQueuedBefore(bound), 0, usize::MAX);
            }
        }
    }
}
