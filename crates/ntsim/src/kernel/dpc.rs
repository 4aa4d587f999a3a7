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
            time::CYCLES_PER_UNIT,
            wait::DispatcherObject,
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
        self.dpcs.queued.insert(id, dpc);
        self.cpu_mut().dpcs.push_back(id);
        self.attention = true;
        true
    }

    /// Takes a DPC out of its queue; false if it is not queued.
    pub(crate) fn dequeue_dpc(&mut self, id: DpcId) -> bool {
        for cpu in &mut self.cpus {
            cpu.dpcs.retain(|queued| *queued != id);
        }
        self.dpcs.queued.remove(&id).is_some()
    }

    /// Whether the DPC is running on some processor.
    pub(crate) fn dpc_is_running(&self, id: DpcId) -> bool {
        self.dpcs.running.contains(&id)
    }

    /// Whether the DPC is queued or running.
    pub(crate) fn dpc_is_pending(&self, id: DpcId) -> bool {
        self.dpcs.queued.contains_key(&id) || self.dpc_is_running(id)
    }

    /// Goes on with draining the current processor's queue.
    pub(crate) fn resume_dpc(
        &mut self,
        _guest: &mut Guest,
        frame: DpcFrame,
    ) -> Result<Flow<A>, Failure> {
        self.cpu_mut().dpc_watchdog = None;
        if let Some(id) = frame.running {
            // A DPC that was queued again while it ran may run on another processor by now.
            let running = &mut self.dpcs.running;
            if let Some(place) = running.iter().position(|other| *other == id) {
                running.swap_remove(place);
            }
            self.releases(Edge::DpcEnd(id.0));
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
        let dpc = self
            .dpcs
            .queued
            .remove(&id)
            .expect("a DPC in a processor's queue is queued");
        self.dpcs.running.push(id);
        self.acquires(Edge::DpcBegin(id.0));
        self.cpu_mut().dpc_watchdog = Some((self.cycles + DPC_CYCLES_MAX, dpc.routine));
        Ok(Flow::Call {
            what: "DPC",
            target: dpc.routine,
            arguments: dpc.arguments,
            frame: Frame::Dpc(DpcFrame { running: Some(id) }),
        })
    }
}

impl<A> Kernel<A> {
    /// A DPC has returned: whoever waits for that goes on.
    pub(crate) fn dpc_ended(&mut self, id: DpcId) {
        self.wake_waiters(DispatcherObject::Dpc(id.0), 0, usize::MAX);
    }
}
