//! The way of one interrupt into D0 and out of it: `FxInterrupt::Connect` and `FxInterrupt::Disconnect`.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::{
        irql,
        state::{
            activation::Flow,
            frame::{Frame, Holds},
            interrupt::{Interrupt as Connected, version},
            spin_lock::Attempt,
            wait::{DispatcherObject, Wait},
        },
    },
    wdf::{
        Framework,
        state::{
            frame::WdfFrame,
            interrupt::{
                AfterPassive, Down, InterruptFrame, OnItsWay, PassiveCall, Stage, Then, Up, Way,
            },
        },
    },
};

/// The module of the framework's own routines, and its ISR.
const FRAMEWORK: &str = "(framework)";

fn frame<A: Holds<WdfFrame>>(on: OnItsWay) -> Frame<A> {
    Frame::above(WdfFrame::Interrupt(InterruptFrame::Way(on)))
}

const fn is_success(status: u64) -> bool {
    status as u32 >> 31 == 0
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// Begins the way of an interrupt.
    pub(super) fn begin_way(
        &mut self,
        guest: &mut Guest,
        handle: u64,
        way: Way,
        then: Then,
    ) -> Result<Flow<A>, Failure> {
        let stage = Stage::Connected;
        let on = OnItsWay {
            handle,
            way,
            stage,
            then,
        };
        match way {
            Way::Up(up) => self.begin_up(guest, on, up),
            Way::Down(down) => self.begin_down(guest, on, down),
        }
    }

    /// `IsSoftDisconnectCapable`.
    fn is_soft(&self, handle: u64) -> bool {
        let interrupt = self.interrupt(handle);
        interrupt.soft && interrupt.object != 0 && interrupt.connected
    }

    fn begin_up(&mut self, guest: &mut Guest, on: OnItsWay, up: Up) -> Result<Flow<A>, Failure> {
        let handle = on.handle;
        if self.is_soft(handle) && up == Up::Wake {
            if !self.interrupt(handle).active {
                self.report_activity(handle, true);
            }
            return self.await_enable(on);
        }
        let interrupt = self.interrupt(handle);
        let Some(assigned) = interrupt.assigned.filter(|_| !interrupt.kept_disconnected) else {
            return self.end_way(guest, on, 0);
        };
        let refused = self.kernel.refuse_call(guest, "IoConnectInterruptEx");
        let failed = refused.or_else(|| self.kernel.fail_call("IoConnectInterruptEx"));
        if let Some(Flow::Return(status)) = failed {
            if is_success(status) {
                return Err(Failure::not_modelled(
                    "a framework interrupt whose connect gives no object",
                ));
            }
            self.note(handle, "not connected");
            self.wdf.pnp.interrupt_failed = Some(("IoConnectInterruptEx", status));
            return self.end_way(guest, on, status);
        }
        let (lock, passive) = (self.interrupt(handle).lock, self.interrupt(handle).passive);
        // A lock that does not go with the level is refused by NT.
        let vector = self.kernel.interrupts.find(assigned.vector);
        if vector.is_none_or(|vector| vector.is_passive() != passive) {
            self.note(handle, "not connected");
            let status = u64::from(Status::INVALID_PARAMETER);
            self.wdf.pnp.interrupt_failed = Some(("IoConnectInterruptEx", status));
            return self.end_way(guest, on, status);
        }
        self.interrupt_mut(handle).disconnecting = false;
        let object = self.kernel.new_object();
        let routine = self.kernel.traps.address_of(FRAMEWORK, "FxInterruptThunk");
        self.kernel.make_live(Connected {
            object,
            vector: assigned.vector,
            version: version::FULLY_SPECIFIED_GROUP,
            affinity: assigned.affinity,
            synchronize_irql: if passive {
                irql::PASSIVE
            } else {
                self.synchronize_irql(lock)
            },
            lock: if passive { object } else { lock },
            routine,
            context: handle,
            names_itself: true,
            message: None,
            active: true,
        });
        self.note(handle, "connected");
        Ok(Flow::Pause {
            frame: frame(OnItsWay {
                stage: Stage::Connecting(object),
                ..on
            }),
        })
    }

    fn begin_down(
        &mut self,
        guest: &mut Guest,
        on: OnItsWay,
        down: Down,
    ) -> Result<Flow<A>, Failure> {
        let interrupt = self.interrupt(on.handle);
        let nothing = interrupt.assigned.is_none()
            || down == Down::Inactive && !self.is_soft(on.handle)
            || !interrupt.connected;
        if nothing {
            return self.end_way(guest, on, 0);
        }
        if !interrupt.enabled {
            return self.discard_edges(guest, on);
        }
        self.lock_for_callback(guest, on)
    }

    /// The interrupt may be delivered from now on; a neighbour's on its line is, before `EvtInterruptEnable`.
    fn await_enable(&mut self, on: OnItsWay) -> Result<Flow<A>, Failure> {
        self.kernel.raise_neighbour();
        Ok(Flow::Pause {
            frame: frame(OnItsWay {
                stage: Stage::Connected,
                ..on
            }),
        })
    }

    /// Goes on with the way of an interrupt.
    pub(super) fn resume_way(
        &mut self,
        guest: &mut Guest,
        on: OnItsWay,
        value: u64,
    ) -> Result<Flow<A>, Failure> {
        let handle = on.handle;
        match on.stage {
            Stage::Connecting(object) => {
                self.kernel.set_active(object, true);
                let interrupt = self.interrupt_mut(handle);
                interrupt.object = object;
                interrupt.connected = true;
                interrupt.active = true;
                self.await_enable(on)
            }
            Stage::Connected => self.lock_for_callback(guest, on),
            Stage::Locking(old) => self.call_locked(guest, on, old),
            Stage::Called(old) => self.callback_returned(guest, on, old, value),
            Stage::Marking(old) => self.mark_disconnecting(guest, on, old),
            Stage::Flushing => self.flush_deferred(on),
            Stage::Flushed => self.leave_line(guest, on),
            Stage::Disconnected => self.disconnected(guest, on),
        }
    }

    /// `EvtInterruptEnable` or `EvtInterruptDisable`, with its name.
    fn callback(&self, on: &OnItsWay) -> (&'static str, u64) {
        let callbacks = self.interrupt(on.handle).callbacks;
        match on.way {
            Way::Up(_) => ("EvtInterruptEnable", callbacks.enable),
            Way::Down(_) => ("EvtInterruptDisable", callbacks.disable),
        }
    }

    /// Raises to the interrupt's level to call `EvtInterruptEnable` or `EvtInterruptDisable` under its lock, where there is
    /// such a callback.
    fn lock_for_callback(&mut self, guest: &mut Guest, on: OnItsWay) -> Result<Flow<A>, Failure> {
        let (_, target) = self.callback(&on);
        if target == 0 {
            return self.enabled_or_disabled(guest, on, 0);
        }
        let object = self.interrupt(on.handle).object;
        if self.interrupt(on.handle).passive {
            let (what, target) = self.callback(&on);
            return self.call_passive(PassiveCall {
                what,
                target,
                arguments: vec![on.handle, self.wdf.device.handle],
                to_take: vec![on.handle, object],
                taken: Vec::new(),
                after: AfterPassive::Way(on),
            });
        }
        let (level, _) = self.kernel.lock_to_take(object, "KeSynchronizeExecution")?;
        let old = self.kernel.cpu().irql;
        self.kernel.cpu_mut().irql = level;
        self.call_locked(guest, on, old)
    }

    fn call_locked(
        &mut self,
        guest: &mut Guest,
        on: OnItsWay,
        old: u8,
    ) -> Result<Flow<A>, Failure> {
        let lock = self.interrupt(on.handle).lock;
        if self.kernel.try_lock(guest, lock)? == Attempt::Busy {
            let stage = Stage::Locking(old);
            return Ok(Flow::Spin {
                lock,
                frame: frame(OnItsWay { stage, ..on }),
            });
        }
        let (what, target) = self.callback(&on);
        let arguments = vec![on.handle, self.wdf.device.handle];
        let stage = Stage::Called(old);
        Ok(Flow::Call {
            what,
            target,
            arguments,
            frame: frame(OnItsWay { stage, ..on }),
        })
    }

    fn callback_returned(
        &mut self,
        guest: &mut Guest,
        on: OnItsWay,
        old: u8,
        status: u64,
    ) -> Result<Flow<A>, Failure> {
        let lock = self.interrupt(on.handle).lock;
        self.kernel.unlock(guest, lock)?;
        self.kernel.cpu_mut().irql = old;
        self.enabled_or_disabled(guest, on, status)
    }

    pub(super) fn enabled_or_disabled(
        &mut self,
        guest: &mut Guest,
        on: OnItsWay,
        status: u64,
    ) -> Result<Flow<A>, Failure> {
        let failed = !is_success(status);
        if failed {
            let (what, _) = self.callback(&on);
            self.wdf.pnp.interrupt_failed = Some((what, status));
        }
        match on.way {
            Way::Up(_) => {
                self.interrupt_mut(on.handle).enabled = !failed;
                self.end_way(guest, on, status)
            }
            Way::Down(_) => {
                self.check_silenced(guest, on.handle)?;
                self.interrupt_mut(on.handle).enabled = false;
                self.discard_edges(guest, on)
            }
        }
    }

    /// `EvtInterruptDisable` has returned: the device is silent. A driver without one may silence it wherever it likes.
    fn check_silenced(&mut self, guest: &Guest, handle: u64) -> Result<(), Failure> {
        let interrupt = self.interrupt(handle);
        let (object, target) = (interrupt.object, interrupt.callbacks.disable);
        if target == 0 {
            return Ok(());
        }
        let silent = self
            .kernel
            .check_silent(guest, object, "EvtInterruptDisable has returned");
        let Err(failure) = silent else {
            return Ok(());
        };
        let place = self.kernel.locate_function(target);
        self.kernel.unless_off(failure.at(place))
    }

    /// Has the framework's ISR discard what arrives on an edge-triggered line from now on, as is said under the interrupt's
    /// lock (`_InterruptMarkDisconnecting`). What waits for DPCs comes next.
    fn discard_edges(&mut self, guest: &mut Guest, on: OnItsWay) -> Result<Flow<A>, Failure> {
        let interrupt = self.interrupt(on.handle);
        if !interrupt.is_edge() || interrupt.object == 0 {
            return self.flush_deferred(on);
        }
        let old = self.kernel.cpu().irql;
        if !interrupt.passive {
            let (level, _) = self
                .kernel
                .lock_to_take(interrupt.object, "KeSynchronizeExecution")?;
            self.kernel.cpu_mut().irql = level;
        }
        self.mark_disconnecting(guest, on, old)
    }

    fn mark_disconnecting(
        &mut self,
        guest: &mut Guest,
        on: OnItsWay,
        old: u8,
    ) -> Result<Flow<A>, Failure> {
        let interrupt = self.interrupt(on.handle);
        let (lock, object) = (interrupt.lock, interrupt.object);
        let stage = Stage::Marking(old);
        if interrupt.passive {
            if !self.kernel.take_event(object) {
                return Ok(Flow::WaitThen {
                    wait: Wait {
                        object: Some(DispatcherObject::InterruptEvent(object)),
                    },
                    frame: frame(OnItsWay { stage, ..on }),
                });
            }
            self.kernel.release_event(object);
        } else {
            if self.kernel.try_lock(guest, lock)? == Attempt::Busy {
                return Ok(Flow::Spin {
                    lock,
                    frame: frame(OnItsWay { stage, ..on }),
                });
            }
            self.kernel.unlock(guest, lock)?;
            self.kernel.cpu_mut().irql = old;
        }
        let interrupt = self.interrupt_mut(on.handle);
        interrupt.disconnecting = true;
        interrupt.captured = 0;
        self.flush_deferred(on)
    }

    /// Waits for the DPCs that are queued, and for the work item. The interrupt is still connected: another device's on
    /// the line is delivered now, and its ISR may queue again.
    fn flush_deferred(&mut self, on: OnItsWay) -> Result<Flow<A>, Failure> {
        let handle = on.handle;
        let wait = self.kernel.flush_dpcs().or_else(|| {
            let interrupt = self.interrupt(handle);
            let works = interrupt.work_item_queued || interrupt.work_item_runs > 0;
            works.then_some(Wait {
                object: Some(DispatcherObject::WorkItem(handle)),
            })
        });
        if let Some(wait) = wait {
            let stage = Stage::Flushing;
            return Ok(Flow::WaitThen {
                wait,
                frame: frame(OnItsWay { stage, ..on }),
            });
        }
        self.kernel.raise_neighbour();
        let stage = Stage::Flushed;
        Ok(Flow::Pause {
            frame: frame(OnItsWay { stage, ..on }),
        })
    }

    /// Reports the interrupt inactive, or disconnects it.
    fn leave_line(&mut self, guest: &mut Guest, on: OnItsWay) -> Result<Flow<A>, Failure> {
        let handle = on.handle;
        if self.is_soft(handle) && on.way == Way::Down(Down::Sleep) {
            if self.interrupt(handle).active {
                self.report_activity(handle, false);
            }
            self.interrupt_mut(handle).disconnecting = false;
            return self.end_way(guest, on, 0);
        }
        let object = core::mem::take(&mut self.interrupt_mut(handle).object);
        self.refuse_while_synchronizing(object)?;
        self.note(handle, "disconnected");
        match self.kernel.take_down(object) {
            Some(wait) => Ok(Flow::WaitThen {
                wait,
                frame: frame(OnItsWay {
                    stage: Stage::Disconnected,
                    ..on
                }),
            }),
            None => self.disconnected(guest, on),
        }
    }

    fn disconnected(&mut self, guest: &mut Guest, on: OnItsWay) -> Result<Flow<A>, Failure> {
        let interrupt = self.interrupt_mut(on.handle);
        interrupt.connected = false;
        interrupt.active = false;
        self.end_way(guest, on, 0)
    }

    fn end_way(
        &mut self,
        guest: &mut Guest,
        on: OnItsWay,
        status: u64,
    ) -> Result<Flow<A>, Failure> {
        match on.then {
            Then::Walk(walk) => self.next_of_walk(guest, walk, status),
            Then::Return => {
                // KMDF tells the caller of a failure in no way.
                self.wdf.pnp.interrupt_failed = None;
                Ok(Flow::Return(0))
            }
        }
    }

    /// NT's object is about to be freed: nothing may be at work on it.
    fn refuse_while_synchronizing(&mut self, object: u64) -> Result<(), Failure> {
        let threads = self
            .kernel
            .threads
            .iter()
            .map(|(_, thread)| &thread.activation);
        let nested = self.kernel.cpus.iter().flat_map(|cpu| &cpu.nested);
        let mut frames = threads
            .chain(nested)
            .flat_map(|activation| &activation.frames);
        let read = frames.any(|record| {
            matches!(
                record.frame.of::<WdfFrame>(),
                Some(WdfFrame::Interrupt(InterruptFrame::Synchronize { object: read, .. })) if *read == object
            ) || matches!(
                record.frame.of::<WdfFrame>(),
                Some(WdfFrame::Interrupt(InterruptFrame::Passive(call) | InterruptFrame::PassiveCalled(call)))
                    if call.to_take.contains(&object) || call.taken.contains(&object)
            )
        });
        drop(frames);
        if !read && !self.kernel.synchronize_in_flight(object) {
            return Ok(());
        }
        self.kernel.unless_off(Failure::new(
            Rule::BadArgument,
            "the framework disconnects an interrupt while WdfInterruptSynchronize runs on it: nothing but the driver keeps the two apart",
        ))
    }

    pub(super) fn report_activity(&mut self, handle: u64, active: bool) {
        let interrupt = self.interrupt_mut(handle);
        interrupt.active = active;
        let object = interrupt.object;
        self.kernel.set_active(object, active);
        self.note(handle, if active { "active" } else { "inactive" });
    }

    fn note(&mut self, handle: u64, what: &str) {
        self.kernel.note(format!("interrupt {handle:#x}: {what}"));
    }

    /// `WdfInterruptDisable`: disconnects, and lets no way into D0 connect again.
    pub(crate) fn wdf_interrupt_disable(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = self.interrupt_handle(guest)?;
        self.interrupt_mut(handle).kept_disconnected = true;
        self.begin_way(guest, handle, Way::Down(Down::Disconnect), Then::Return)
    }

    /// `WdfInterruptEnable`: connects what was disconnected.
    pub(crate) fn wdf_interrupt_enable(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = self.interrupt_handle(guest)?;
        let interrupt = self.interrupt_mut(handle);
        if interrupt.connected {
            return Err(Failure::new(
                Rule::BadArgument,
                "WdfInterruptEnable was called for an interrupt that is connected: KMDF connects it again and forgets the first connection",
            ));
        }
        interrupt.kept_disconnected = false;
        self.begin_way(guest, handle, Way::Up(Up::Connect), Then::Return)
    }
}
