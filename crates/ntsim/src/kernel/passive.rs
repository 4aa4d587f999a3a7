//! Interrupts at `PASSIVE_LEVEL`: a line whose translated level is zero.
//!
//! The hardware interrupts as ever. NT masks the line, has a thread of its own run the ISRs, each with the event of its
//! interrupt object held, and unmasks the line when they have ended. No call tells when NT has chosen to start the thread:
//! where a disconnect does not wait, the thread may call an ISR that was disconnected since.

use nt_model::Failure;

use crate::{
    guest::Guest,
    kernel::{
        Kernel,
        race::Edge,
        state::{
            activation::Flow,
            frame::{Frame, IsrFrame, SynchronizeFrame},
            log::EventKind,
            thread::ThreadId,
            wait::{DispatcherObject, Wait},
        },
    },
};

impl<A> Kernel<A> {
    /// Starts the threads of the passive-level lines that are asserted, connected and not in service.
    pub(crate) fn serve_passive_lines(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        if !self.interrupts.any_passive() {
            return Ok(());
        }
        let asserted = self.device_asserts();
        let vectors = self.interrupts.vectors.iter();
        let due = vectors.filter(|vector| {
            let waits = if vector.is_latched() {
                vector.pending != 0
            } else {
                vector.neighbour.asserted || asserted
            };
            vector.is_passive()
                && !vector.in_service
                && waits
                && self.interrupts.unmasked(vector) != 0
        });
        let due: Vec<u32> = due.map(|vector| vector.number).collect();
        for number in due {
            self.accept(0, number)?;
            self.event(EventKind::Interrupt { vector: number });
            let chain = self.interrupts.vector(number).chain.clone();
            let first = chain
                .first()
                .and_then(|object| self.interrupts.get(*object));
            let frame = IsrFrame {
                dispatched: first.cloned(),
                ..IsrFrame::new(number)
            };
            self.spawn(guest, "service of a passive-level line", Frame::Isr(frame))?;
        }
        Ok(())
    }

    /// Goes on with the ISRs of a passive-level line, in a thread of NT's.
    pub(super) fn resume_passive_isr(
        &mut self,
        mut frame: IsrFrame,
        value: u64,
    ) -> Result<Flow<A>, Failure> {
        let latched = self.interrupts.vector(frame.vector).is_latched();
        if frame.chain.is_none() {
            let vector = self.interrupts.vector_mut(frame.vector);
            frame.chain = Some(vector.chain.clone());
            if vector.neighbour.first && self.serve_neighbour(frame.vector) {
                frame.claimed = true;
                if !latched {
                    return self.end_of_interrupt(&frame);
                }
            }
        }
        if let Some((event, object)) = frame.running.take() {
            self.release_event(event);
            self.releases(Edge::IsrEnd(object));
            self.isr_ended(object);
            frame.position += 1;
            frame.claimed |= value & 0xFF != 0;
            if frame.claimed && !latched {
                return self.end_of_interrupt(&frame);
            }
        }
        let chain = frame.chain.clone().unwrap_or_default();
        let chained = chain.get(frame.position).copied();
        // One that was disconnected since NT has read it is in the chain no more.
        let late = frame.dispatched.as_ref().map(|interrupt| interrupt.object);
        let late = late.filter(|_| frame.position == 0);
        let Some(object) = chained.or(late) else {
            if self.goes_through_again(&mut frame)? {
                return self.resume_passive_isr(frame, 0);
            }
            return self.end_of_interrupt(&frame);
        };
        let read = frame.dispatched.take();
        let read = read.filter(|interrupt| interrupt.object == object);
        let Some(interrupt) = self.to_be_called(object, read) else {
            frame.position += 1;
            return self.resume_passive_isr(frame, value);
        };
        let event = interrupt.lock;
        if !self.take_event(event) {
            frame.dispatched = Some(interrupt);
            return Ok(Flow::WaitThen {
                wait: Wait {
                    object: Some(DispatcherObject::InterruptEvent(event)),
                },
                frame: Frame::Isr(frame),
            });
        }
        frame.running = Some((event, object));
        self.interrupts.running.push(object);
        self.acquires(Edge::IsrBegin(object));
        Ok(Flow::Call {
            what: "ISR",
            target: interrupt.routine,
            arguments: interrupt.arguments(),
            frame: Frame::Isr(frame),
        })
    }

    /// Goes on with a synchronized call on a passive-level interrupt, whose event is its lock.
    pub(super) fn synchronize_by_event(&mut self, frame: SynchronizeFrame) -> Flow<A> {
        let SynchronizeFrame::Acquire {
            object,
            lock,
            old,
            routine,
            arguments,
            twice,
        } = frame
        else {
            unreachable!("only an acquisition waits for an event");
        };
        if self.take_event(lock) {
            return Flow::Call {
                what: "synchronize routine",
                target: routine,
                arguments: arguments.clone(),
                frame: Frame::Synchronize(SynchronizeFrame::Running {
                    object,
                    lock,
                    old,
                    again: twice.then_some((routine, arguments)),
                }),
            };
        }
        Flow::WaitThen {
            wait: Wait {
                object: Some(DispatcherObject::InterruptEvent(lock)),
            },
            frame: Frame::Synchronize(SynchronizeFrame::Acquire {
                object,
                lock,
                old,
                routine,
                arguments,
                twice,
            }),
        }
    }

    fn this_thread(&self) -> Option<ThreadId> {
        self.cpu().thread
    }

    /// Takes an interrupt's event for the current thread, if it is free. A thread that holds it waits for itself.
    pub(crate) fn take_event(&mut self, event: u64) -> bool {
        let Some(thread) = self.this_thread() else {
            return false;
        };
        if self.interrupts.events.contains_key(&event) {
            return false;
        }
        self.interrupts.events.insert(event, thread);
        self.acquires(Edge::Lock(event));
        true
    }

    /// Gives an interrupt's event back, and says whether it was one that something held.
    pub(crate) fn release_event(&mut self, event: u64) -> bool {
        let held = self.interrupts.events.remove(&event).is_some();
        if held {
            self.releases(Edge::Lock(event));
            self.wake_waiters(DispatcherObject::InterruptEvent(event), 0, usize::MAX);
        }
        held
    }
}
