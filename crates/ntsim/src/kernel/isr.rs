//! Interrupts on their way: which vector a processor could take, where a message goes, and the running of a vector's ISRs
//! from the processor's acceptance to the end of interrupt.

use nt_model::{Failure, InterruptResource, Rule};

use crate::{
    device::InterruptDelivery,
    guest::Guest,
    kernel::{
        Kernel,
        race::Edge,
        state::{
            activation::Flow,
            frame::{Frame, IsrFrame},
            interrupt::{Interrupt, Trigger, Vector},
            io_space::Presence,
            spin_lock::Attempt,
            wait::DispatcherObject,
        },
    },
};

/// How often in a row a line may be delivered without being deasserted before it is a storm.
const STORM: u32 = 1000;

impl<A> Kernel<A> {
    /// Goes on with the ISRs of a vector.
    pub(crate) fn resume_isr(
        &mut self,
        guest: &mut Guest,
        mut frame: IsrFrame,
        value: u64,
    ) -> Result<Flow<A>, Failure> {
        let (level, trigger) = {
            let vector = self.interrupts.vector(frame.vector);

            (vector.irql, vector.trigger)
        };
        let latched = trigger != Trigger::Level;
        if self.interrupts.vector(frame.vector).is_passive() {
            return self.resume_passive_isr(frame, value);
        }
        if frame.chain.is_none() {
            let vector = self.interrupts.vector_mut(frame.vector);
            frame.chain = Some(vector.chain.clone());
            let first = vector.is_line() && vector.neighbour.first;
            if first && self.serve_neighbour(frame.vector) {
                frame.claimed = true;
                if !latched {
                    // It claims the interrupt, so nothing behind it in the chain is asked.
                    return self.end_of_interrupt(&frame);
                }
            }
        }
        if let Some((lock, object)) = frame.running.take() {
            self.unlock(guest, lock)
                .map_err(|failure| self.in_dispatch_of(failure, lock, object))?;
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
            let was_dispatched = dispatched.is_some();
            let Some(interrupt) = self.to_be_called(*object, dispatched) else {
                // Disconnected, or made inactive, since the interrupt arrived.
                frame.position += 1;
                continue;
            };
            if !was_dispatched && self.hold_isr_up() {
                frame.dispatched = Some(interrupt);
                return Ok(Flow::Pause {
                    frame: Frame::Isr(frame),
                });
            }
            self.cpu_mut().irql = interrupt.synchronize_irql;
            let lock = interrupt.lock;
            let attempt = self
                .try_lock(guest, lock)
                .map_err(|failure| self.in_dispatch_of(failure, lock, interrupt.object))?;
            if attempt == Attempt::Busy {
                frame.dispatched = Some(interrupt);
                return Ok(Flow::Spin {
                    lock,
                    frame: Frame::Isr(frame),
                });
            }
            frame.running = Some((interrupt.lock, interrupt.object));
            self.interrupts.running.push(interrupt.object);
            self.acquires(Edge::IsrBegin(interrupt.object));
            if trigger == Trigger::Message {
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
        if self.goes_through_again(&mut frame)? {
            return self.resume_isr(guest, frame, 0);
        }
        self.end_of_interrupt(&frame)
    }

    /// Whether the chain of a latched vector is gone through once more, which is until a pass finds nothing: an edge of one
    /// device that came while another's ISR ran, or while another held the line, is seen only so.
    pub(super) fn goes_through_again(&mut self, frame: &mut IsrFrame) -> Result<bool, Failure> {
        let vector = self.interrupts.vector(frame.vector);
        let (trigger, last) = (vector.trigger, !vector.neighbour.first);
        match trigger {
            Trigger::Level => return Ok(false),
            Trigger::Message => {
                let several = frame.chain.as_ref().is_some_and(|chain| chain.len() > 1);
                if !several || !frame.claimed {
                    return Ok(false);
                }
            }
            Trigger::Edge => {
                frame.claimed |= last && self.serve_neighbour(frame.vector);
                let vector = self.interrupts.vector_mut(frame.vector);
                if !frame.claimed {
                    vector.undeasserted = 0;
                    return Ok(false);
                }
                vector.undeasserted += 1;
                if vector.undeasserted > STORM {
                    let what = format!(
                        "the chain of vector {:#x} was gone through {STORM} times in a row, and each time an ISR claimed the edge",
                        frame.vector
                    );
                    self.storm(frame.vector, what)?;
                    return Ok(false);
                }
                frame.chain = None;
            }
        }
        frame.claimed = false;
        frame.position = 0;
        Ok(true)
    }

    /// The ISR of the neighbour on a line is called, and lets the line go; whether its device had interrupted.
    pub(super) fn serve_neighbour(&mut self, number: u32) -> bool {
        let claimed = self.interrupts.vector_mut(number).neighbour.serve();
        self.watch_line();
        claimed
    }

    /// A rule is broken where the ISR that was connected last leaves a vector to interrupt again and again.
    fn storm(&mut self, number: u32, what: String) -> Result<(), Failure> {
        let isr = self.interrupts.vector(number).chain.last().copied();
        let isr = isr.and_then(|object| self.interrupts.get(object));
        let place = isr.and_then(|isr| self.locate_function(isr.routine));
        self.unless_off(Failure::new(Rule::Storm, what).at(place))
    }

    /// The interrupt object whose ISR is called next, if it still is. Of one for whose lock the
    /// processor has spun, NT has read the object, and nothing but a disconnect that waits keeps it
    /// from calling the ISR once the lock is free.
    pub(super) fn to_be_called(
        &self,
        object: u64,
        dispatched: Option<Interrupt>,
    ) -> Option<Interrupt> {
        let connected = self.interrupts.get(object).cloned();
        match dispatched {
            // NT lets no thread into an image that is gone.
            Some(_) if self.interrupts.image_is_gone => None,
            Some(interrupt) if connected.is_some() || !self.policy.disconnect_waits => {
                Some(interrupt)
            }
            Some(_) => None,
            None => connected.filter(|interrupt| interrupt.active),
        }
    }

    /// An ISR has returned: a disconnect that waits for it goes on.
    pub(super) fn isr_ended(&mut self, object: u64) {
        let running = &mut self.interrupts.running;
        if let Some(place) = running.iter().position(|other| *other == object) {
            running.swap_remove(place);
        }
        if !self.isr_is_running(object) {
            self.wake_waiters(DispatcherObject::Isr(object), 0, usize::MAX);
        }
    }

    /// Whether the object's ISR runs on some processor.
    pub(crate) fn isr_is_running(&self, object: u64) -> bool {
        self.interrupts.running.contains(&object)
    }

    /// How many ISRs run, on all processors.
    pub(crate) fn isrs_running(&self) -> usize {
        self.interrupts.running.len()
    }

    /// The end of interrupt: the neighbour on the line serves its device, and the line may be
    /// delivered again.
    pub(super) fn end_of_interrupt(&mut self, frame: &IsrFrame) -> Result<Flow<A>, Failure> {
        let vector = self.interrupts.vector(frame.vector);
        // An acknowledgement that is still on its way has the line delivered once more, and not for ever.
        if !vector.is_latched() && vector.undeasserted > 1 {
            self.take_posted_writes();
        }
        let asserted = self.device_asserts();
        let vector = self.interrupts.vector_mut(frame.vector);
        vector.in_service = false;
        if !vector.is_latched() {
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

impl<A> Kernel<A> {
    /// The vectors that hardware could deliver on `cpu` right now.
    pub(crate) fn deliverable(&self, cpu: usize) -> impl Iterator<Item = u32> {
        self.interrupts
            .vectors
            .iter()
            .filter(move |vector| self.can_deliver(cpu, vector))
            .map(|vector| vector.number)
    }

    fn can_deliver(&self, cpu: usize, vector: &Vector) -> bool {
        if vector.is_passive() {
            return false;
        }
        let waits = if vector.is_latched() {
            vector.pending >> cpu & 1 == 1
        } else {
            !vector.in_service && (vector.neighbour.asserted || self.device_asserts())
        };
        waits
            && self.cpus[cpu].irql < vector.irql
            && self.interrupts.unmasked(vector) >> cpu & 1 == 1
    }

    /// The processor takes the interrupt.
    pub(crate) fn accept(&mut self, cpu: usize, number: u32) -> Result<(), Failure> {
        let vector = self.interrupts.vector_mut(number);
        if vector.is_passive() && vector.is_latched() {
            // The edge waits in the controller, and no processor.
            vector.pending = 0;
            vector.in_service = true;
            return Ok(());
        }
        if vector.is_latched() {
            vector.pending &= !(1 << cpu);
            return Ok(());
        }
        vector.in_service = true;
        vector.undeasserted += 1;
        if vector.undeasserted > STORM {
            let what = format!(
                "the line of vector {number:#x} was delivered {STORM} times in a row, and no ISR made its device deassert it"
            );
            self.storm(number, what)?;
        }
        Ok(())
    }

    /// The second device on the line interrupts. Where nothing of the driver's is connected to the
    /// line, its ISR serves it out of the driver's sight.
    pub(crate) fn raise_neighbour(&mut self) {
        let interrupts = &mut self.interrupts;
        let unmasked = interrupts.unmasked(interrupts.of_device());
        let vector = interrupts.of_device_mut();
        if !vector.is_line() {
            return;
        }
        vector.neighbour.asserted = true;
        let number = vector.number;
        self.watch_line();
        if unmasked == 0 {
            self.serve_neighbour(number);
        }
        self.attention = true;
    }

    /// Looks at the device's line, after whatever could have changed it: an edge-triggered one that has risen is delivered
    /// once.
    pub(crate) fn watch_line(&mut self) {
        let vector = self.interrupts.of_device();
        if vector.trigger != Trigger::Edge {
            return;
        }
        let high = vector.neighbour.asserted || self.device_asserts();
        let vector = self.interrupts.of_device_mut();
        let number = vector.number;
        if core::mem::replace(&mut vector.high, high) || !high {
            return;
        }
        self.latch(number);
    }

    /// The `PnP` manager decides for another interrupt of the device.
    pub(crate) fn reassign_interrupt(&mut self, resource: InterruptResource) {
        let cpus = self.cpus.len();
        let messages = self.device.interrupts().messages;
        self.interrupts.assign(resource, messages, cpus);
        self.device.enable_interrupts(match resource {
            InterruptResource::Line => InterruptDelivery::Line,
            InterruptResource::Message => InterruptDelivery::Message,
        });
    }

    /// Looks at the device's line, takes the messages that it has sent and routes each to a processor.
    pub(crate) fn collect_device_interrupts(&mut self) {
        self.attention = true;
        self.watch_line();
        while let Some(message) = self.device.take_message() {
            // A function outside D0 masters no bus, so it sends nothing.
            if self.io_space.presence == Presence::On {
                self.route_message(message);
            }
        }
    }

    /// Routes one message of the device.
    pub(crate) fn route_message(&mut self, message: u16) {
        let interrupts = &self.interrupts;
        // What was not assigned to it is the first one, as for a function that was granted fewer messages than it can send.
        let wanted = interrupts.all_of_device().nth(message.into());
        let vector = wanted.unwrap_or_else(|| interrupts.of_device());
        if vector.is_line() {
            self.interrupts.messages_lost += 1;
            return;
        }
        self.latch(vector.number);
    }

    /// Has a message, or an edge of a line, wait on a processor that takes it. Where none does, it is lost.
    fn latch(&mut self, number: u32) {
        let vector = self.interrupts.vector(number);
        let unmasked = self.interrupts.unmasked(vector);
        let kept = !vector.chain.is_empty() && self.policy.inactive_messages_kept;
        let affinity = match unmasked {
            0 if kept => vector.affinity,
            mask => mask,
        };
        if affinity == 0 {
            self.interrupts.messages_lost += 1;
            return;
        }
        let mut targets: Vec<usize> = (0..self.cpus.len())
            .filter(|cpu| affinity >> cpu & 1 == 1)
            .collect();
        self.leave_out_idle(&mut targets);
        let before = self.scheduler.turns();
        let target = self.scheduler.target(&targets, self.last);
        self.record_target(&targets, before, target);
        self.interrupts.vector_mut(number).pending |= 1 << target;
    }
}
