//! The running of a vector's ISRs, from the processor's acceptance to the end of interrupt.

use crate::{
    Failure,
    activation::{Flow, Frame},
    guest::Guest,
    kernel::{interrupt::Interrupt, spin_lock::Attempt, wait::DispatcherObject},
    race::Edge,
    sim::Sim,
};

/// The running of a vector's ISRs between two of its steps.
#[derive(Clone, Debug)]
pub(crate) struct IsrFrame {
    vector: u32,
    /// The objects that were connected when the interrupt arrived.
    chain: Option<Vec<u64>>,
    position: usize,
    /// Whether any ISR of this pass claimed it.
    claimed: bool,
    /// What the processor spins for: its dispatch has read the interrupt object already.
    dispatched: Option<Interrupt>,
    /// The lock and the object whose ISR is running.
    running: Option<(u64, u64)>,
}

impl IsrFrame {
    pub(crate) fn new(vector: u32) -> Self {
        Self {
            vector,
            chain: None,
            position: 0,
            claimed: false,
            dispatched: None,
            running: None,
        }
    }
}

impl Sim {
    /// Goes on with the ISRs of a vector.
    pub(crate) fn resume_isr(
        &mut self,
        guest: &mut Guest,
        mut frame: IsrFrame,
        value: u64,
    ) -> Result<Flow, Failure> {
        let (level, latched) = {
            let vector = self.kernel.interrupts.vector(frame.vector);
            (vector.irql, vector.latched)
        };
        if frame.chain.is_none() {
            let vector = self.kernel.interrupts.vector_mut(frame.vector);
            frame.chain = Some(vector.chain.clone());
            if !latched && vector.neighbour.first && vector.neighbour.serve() {
                // It claims the interrupt, so nobody behind it in the chain is asked.
                frame.claimed = true;
                return self.end_of_interrupt(&frame);
            }
        }
        if let Some((lock, object)) = frame.running.take() {
            self.unlock(guest, lock)?;
            self.releases(Edge::IsrEnd(object));
            self.isr_ended(object);
            self.cpu_mut().irql = level;
            let claimed = value & 0xFF != 0;
            frame.claimed |= claimed;
            frame.position += 1;
            if claimed && !latched {
                return self.end_of_interrupt(&frame);
            }
        }
        let chain = frame.chain.clone().unwrap_or_default();
        while let Some(object) = chain.get(frame.position) {
            let dispatched = frame.dispatched.take();
            let Some(interrupt) = self.to_be_called(*object, dispatched) else {
                // Disconnected, or made inactive, since the interrupt arrived.
                frame.position += 1;
                continue;
            };
            self.cpu_mut().irql = interrupt.synchronize_irql;
            if self.try_lock(guest, interrupt.lock)? == Attempt::Busy {
                let lock = interrupt.lock;
                frame.dispatched = Some(interrupt);
                return Ok(Flow::Spin {
                    lock,
                    frame: Frame::Isr(frame),
                });
            }
            frame.running = Some((interrupt.lock, interrupt.object));
            self.video_service_begins();
            self.kernel.interrupts.running.push(interrupt.object);
            self.acquires(Edge::IsrBegin(interrupt.object));
            if latched {
                self.acquires(Edge::Device);
            }
            let arguments = interrupt.arguments();
            return Ok(Flow::Call {
                what: "ISR",
                target: interrupt.routine,
                arguments,
                frame: Frame::Isr(frame),
            });
        }
        if latched && frame.claimed && chain.len() > 1 {
            // A latched chain is gone through until a pass finds nothing: an edge of one device
            // that came while another's ISR ran is seen only so.
            frame.claimed = false;
            frame.position = 0;
            return self.resume_isr(guest, frame, 0);
        }
        self.end_of_interrupt(&frame)
    }

    /// The interrupt object whose ISR is called next, if it still is. Of one for whose lock the
    /// processor has spun, NT has read the object, and nothing but a disconnect that waits keeps it
    /// from calling the ISR once the lock is free.
    fn to_be_called(&self, object: u64, dispatched: Option<Interrupt>) -> Option<Interrupt> {
        let connected = self.kernel.interrupts.get(object).cloned();
        match dispatched {
            Some(interrupt) if connected.is_some() || !self.policy.disconnect_waits => {
                Some(interrupt)
            }
            Some(_) => None,
            None => connected.filter(|interrupt| interrupt.active),
        }
    }

    /// An ISR has returned: a disconnect that waits for it goes on.
    fn isr_ended(&mut self, object: u64) {
        let running = &mut self.kernel.interrupts.running;
        if let Some(place) = running.iter().position(|other| *other == object) {
            running.swap_remove(place);
        }
        if !self.isr_is_running(object) {
            self.wake_waiters(DispatcherObject::Isr(object), 0, usize::MAX);
        }
    }

    /// Whether the object's ISR runs on some processor.
    pub(crate) fn isr_is_running(&self, object: u64) -> bool {
        self.kernel.interrupts.running.contains(&object)
    }

    /// How many ISRs run, on all processors.
    pub(crate) fn isrs_running(&self) -> usize {
        self.kernel.interrupts.running.len()
    }

    /// The end of interrupt: the neighbour on the line serves its device, and the line may be
    /// delivered again.
    fn end_of_interrupt(&mut self, frame: &IsrFrame) -> Result<Flow, Failure> {
        let asserted = self.device_asserts();
        let vector = self.kernel.interrupts.vector_mut(frame.vector);
        if !vector.latched {
            vector.in_service = false;
            if !frame.claimed && !vector.neighbour.first {
                vector.neighbour.serve();
            }
            if !asserted && !vector.neighbour.asserted {
                vector.undeasserted = 0;
            }
        }
        self.attention = true;
        Ok(Flow::Finish)
    }
}
