//! Recording the timeline: what the kernel's state says of a processor, at every moment at which that may have changed.

use crate::{
    guest::Guest,
    kernel::{
        Kernel,
        calls::DEEPEST,
        state::{
            activation::{Activation, Origin},
            frame::Frame,
            log::Event,
            plan::Place,
            scheduler::Step,
            timeline::{At, Decision, Span, Timeline, What},
        },
    },
};

impl<A> Kernel<A> {
    /// Begins to record, with what the processors do now.
    pub(crate) fn record_timeline(&mut self) {
        self.timeline = Some(Box::new(Timeline::new(self.cpus.len())));
        for cpu in 0..self.cpus.len() {
            self.changed(cpu);
        }
    }

    /// What was recorded, with the earlier access of the race that was reported last.
    pub(crate) fn recorded_timeline(&self) -> Option<Timeline> {
        let mut timeline = Timeline::clone(self.timeline.as_ref()?);
        if let Some((cpu, at, instruction)) = self.earlier_access() {
            timeline.put_earlier_access(cpu, at, instruction);
        }
        Some(timeline)
    }

    fn now(&self) -> At {
        At {
            cycles: self.cycles,
            instructions: self.instructions,
        }
    }

    /// Something has begun or ended on a processor, perhaps.
    #[inline]
    pub(crate) fn changed(&mut self, cpu: usize) {
        if self.timeline.is_some() {
            self.bring_up(cpu);
        }
    }

    /// As [`Self::changed`], of the current processor.
    #[inline]
    pub(crate) fn changed_here(&mut self) {
        if self.timeline.is_some() {
            self.bring_up(self.cpu_index());
        }
    }

    /// The driver has perhaps changed its level by an instruction of its own.
    #[inline]
    pub(crate) fn level_changed(&mut self) {
        if let Some(timeline) = &self.timeline
            && let cpu = self.cpu_index()
            && timeline.level(cpu) != self.cpus[cpu].irql
        {
            self.bring_up(cpu);
        }
    }

    /// The live activation is at a place that the entries which follow are to name.
    #[inline]
    pub(crate) fn stands(&mut self, guest: &Guest) {
        if self.timeline.is_some() && self.live.is_some() {
            let (cpu, calls) = (self.cpu_index(), self.live_calls(guest, DEEPEST));
            if let Some(timeline) = &mut self.timeline {
                timeline.stands_at(cpu, calls);
            }
        }
    }

    /// A processor is nowhere in the driver: what it ran has ended, or another thread begins.
    pub(crate) fn stands_nowhere(&mut self, cpu: usize) {
        if let Some(timeline) = &mut self.timeline {
            timeline.stands_at(cpu, Vec::new());
        }
    }

    /// The calls at the moment that was sought.
    pub(super) fn stood(&mut self, calls: Vec<u64>) {
        let instructions = self.instructions;
        if let Some(timeline) = &mut self.timeline {
            timeline.found(instructions, calls);
        }
    }

    pub(super) fn record_event(&mut self, event: &Event) {
        if self.timeline.is_some() {
            self.bring_up(event.cpu.into());
            let at = self.now();
            if let Some(timeline) = &mut self.timeline {
                timeline.log(at, event);
            }
        }
    }

    /// The host does something.
    pub(crate) fn record_act(&mut self, name: &str) {
        self.record(self.cpu_index(), |_| What::Act(name.to_owned()));
    }

    /// A step was chosen: whether that was a choice, and one at which what ran does not go on.
    pub(crate) fn record_choice(
        &mut self,
        guest: &Guest,
        steps: &[Step],
        place: Place,
        (before, step): (usize, Step),
    ) {
        if self.timeline.is_none() {
            return;
        }
        let turn = self.scheduler.turn_behind(before);
        let goes_on = self.live.is_some() && steps.contains(&Step::Run(self.last));
        let is_preemption = goes_on && step != Step::Run(self.last) && place != Place::Inside;
        if turn.is_none() && !is_preemption {
            return;
        }
        self.stands(guest);
        self.record(self.last, |kernel| {
            let mut offered: Vec<String> = steps.iter().map(|it| kernel.told(*it)).collect();
            let taken = kernel.told(step);
            if !offered.contains(&taken) {
                offered.push(taken.clone());
            }
            What::Choice(Box::new(Decision {
                taken,
                offered,
                turn,
                is_preemption,
            }))
        });
    }

    /// A message was sent to a processor of several by a turn of the plan.
    pub(super) fn record_target(&mut self, candidates: &[usize], before: usize, target: usize) {
        let Some(turn) = self.scheduler.turn_behind(before) else {
            return;
        };
        let told = |cpu: usize| format!("the message goes to processor {cpu}");
        self.record(self.last, |_| {
            What::Choice(Box::new(Decision {
                taken: told(target),
                offered: candidates.iter().map(|cpu| told(*cpu)).collect(),
                turn: Some(turn),
                is_preemption: false,
            }))
        });
    }

    fn record(&mut self, cpu: usize, what: impl FnOnce(&Self) -> What) {
        if self.timeline.is_some() {
            self.bring_up(cpu);
            let (at, what) = (self.now(), what(self));
            if let Some(timeline) = &mut self.timeline {
                timeline.say(at, cpu, what);
            }
        }
    }

    fn told(&self, step: Step) -> String {
        match step {
            Step::Run(cpu) => format!("processor {cpu} goes on"),
            Step::Interrupt(cpu, vector) => {
                format!("processor {cpu} takes the interrupt of vector {vector:#x}")
            }
            Step::Error(cpu, _) => format!("processor {cpu} takes a hardware error"),
            Step::Dpc(cpu) => format!("processor {cpu} drains its DPC queue"),
            Step::Switch(cpu) => match self.threads.next_ready(cpu) {
                Some(thread) => format!("processor {cpu} goes on with thread {}", thread.0),
                None => format!("processor {cpu} goes on with another thread"),
            },
            Step::Host(actor) => format!("the host's actor {actor} cuts in"),
        }
    }

    /// Compares the timeline's state of a processor with the kernel's.
    #[cold]
    fn bring_up(&mut self, cpu: usize) {
        let (at, processor) = (self.now(), &self.cpus[cpu]);
        let mut running = Vec::new();
        if let Some((id, thread)) = processor
            .thread
            .and_then(|id| Some((id, self.threads.get(id)?)))
        {
            running.push(Span::Thread {
                number: id.0,
                name: thread.name.as_str().into(),
            });
            running.extend(callbacks(&thread.activation));
        }
        for activation in &processor.nested {
            running.push(match activation.origin {
                Origin::Dpc => Span::Dpcs,
                _ => Span::Interrupt {
                    vector: activation.frames.first().and_then(|it| match &it.frame {
                        Frame::Isr(isr) => Some(isr.vector),
                        _ => None,
                    }),
                },
            });
            running.extend(callbacks(activation));
        }
        let locks: Vec<u64> = self.spin_locks.held_by(cpu).collect();
        let level = processor.irql;
        if let Some(timeline) = &mut self.timeline {
            timeline.settle(at, cpu, level, &running, &locks);
        }
    }
}

/// The callbacks that an activation is in, outermost first.
fn callbacks<A>(activation: &Activation<A>) -> impl Iterator<Item = Span> {
    let records = activation.frames.iter();
    let entered = records.filter(|record| record.irql.is_some());
    entered.map(|record| Span::Callback {
        what: record.what,
        target: record.target,
    })
}
