//! A machine at a workload: its steps, what each answer is held to, and whether the driver works behind them.

use dirql_ioctl::connection::{ConnectionInfo, QueryReply, ReconnectRequest};
use dirql_ioctl::interrupt::{SetActiveRequest, WaitReply, WaitRequest};
use dirql_ioctl::statistics::StatisticsReply;
use dirql_ioctl::stress::{Mode, StressRequest};
use dirql_ioctl::synchronize::{Operation, SynchronizeReply, SynchronizeRequest};
use dirql_ioctl::{Status, code, video};
use nt_model::{DeviceState, Failure, Finding, Transition};
use ntsim::{Answer as Returned, Completion, FileId, Machine, RequestId};
use zerocopy::{FromBytes, IntoBytes};

use super::said::{Fault, Said};
use super::workload::{Step, WaitEnd, Workload};
use crate::check::{Stop, Verdict, equal, that};
use crate::contract::{documented, documented_in_trouble};
use crate::explore::scenarios::On;
use crate::explore::stage::Message;
use crate::fuzz::oracle::Oracle;
use crate::message::{Query, Statistics};
use crate::target::{Answer, OpenAccess};

/// A verdict as the failure of a run.
fn judged(verdict: Verdict) -> Result<(), Failure> {
    verdict.map_err(Stop::into_failure)
}

/// What the driver says of itself around a request.
#[derive(Clone, Copy, Debug)]
struct Look {
    counter: u64,
    raised: u64,
    synchronized: u64,
    /// Whether the interrupt is active.
    active: u32,
}

/// A machine at a workload.
pub(super) struct Player {
    pub(super) machine: Machine,
    /// The host's own handle; none where the machine has a display adapter.
    main: Option<FileId>,
    pub(super) said: Vec<Said>,
    oracle: Oracle,
    /// A closure may not run, and its request says so.
    not_run: bool,
    /// Waits that are still on.
    waits: Vec<(Message, RequestId)>,
}

impl Player {
    pub(super) fn new(
        mut machine: Machine,
        workload: &Workload,
        fault: Option<Fault<'_>>,
    ) -> Result<Self, Failure> {
        let main = match workload.on {
            On::Device(_) => Some(machine.open(true, true)?),
            On::Adapter => None,
        };
        Ok(Self {
            machine,
            main,
            said: Vec::new(),
            oracle: Oracle::new(false),
            not_run: fault.is_some_and(|fault| fault.refusal.answer == Returned::False),
            waits: Vec::new(),
        })
    }

    fn say(&mut self, what: impl Into<String>, how: impl Into<String>) {
        self.said.push(Said {
            what: what.into(),
            how: how.into(),
            output: Vec::new(),
        });
    }

    fn file(&self) -> Result<FileId, Failure> {
        self.main
            .ok_or_else(|| Failure::new(Finding::Suite, "an adapter has no handles"))
    }

    pub(super) fn play(&mut self, workload: &Workload) -> Result<(), Failure> {
        for step in &workload.steps {
            match step {
                Step::Ask(message) => self.ask_between_looks(message)?,
                Step::Wait(end) => self.wait(*end)?,
                Step::Raise(causes) => {
                    self.machine.raise_device(*causes)?;
                    self.machine.settle()?;
                }
                Step::Change(transition) => self.change(*transition)?,
                Step::Restart => {
                    self.change(Transition::Restart(self.machine.config().interrupt))?;
                }
                Step::Open => {
                    let file = self.machine.open(true, false)?;
                    self.machine.close(file)?;
                }
                Step::Error(severity) => {
                    let source = crate::explore::stage::SOURCE;
                    self.machine.raise_errors(source, 1, *severity)?;
                    self.machine.settle()?;
                }
                Step::Order(order) => {
                    let begun = self.machine.begin_order(*order)?;
                    let outcome = self.machine.wait_order(begun)?;
                    self.say(format!("{order:?}"), format!("{outcome:?}"));
                }
                Step::Video(code, input, room) => self.ask_adapter(*code, input, *room)?,
            }
        }
        for (message, request) in core::mem::take(&mut self.waits) {
            let ended = if let Some(ended) = self.machine.poll(request)? {
                ended
            } else {
                self.machine.cancel(request)?;
                self.machine.wait(request)?
            };
            self.judge(&message, request, &ended)?;
            self.hear(&message, &ended);
        }
        Ok(())
    }

    fn hear(&mut self, message: &Message, completion: &Completion) {
        self.said.push(Said {
            what: message.name(),
            how: completion.status.to_string(),
            output: completion.output[..completion.information].to_vec(),
        });
    }

    /// Sends a request and waits for its end, which has to be one of the contract's.
    fn send(&mut self, message: &Message) -> Result<Completion, Failure> {
        let output = message.reply_length();
        let file = self.file()?;
        let request = self
            .machine
            .submit(file, message.code.0, &message.input, output)?;
        let completion = self.machine.wait(request)?;
        self.judge(message, request, &completion)?;
        Ok(completion)
    }

    fn judge(
        &mut self,
        message: &Message,
        request: RequestId,
        completion: &Completion,
    ) -> Result<(), Failure> {
        let Message { code, input } = message;
        let output = message.reply_length();
        let known = documented(OpenAccess::BOTH, *code, input, output);
        let answer = Answer::Exact(completion.status);
        let allowed = known.allows(&answer)
            || documented_in_trouble(*code).allows(&answer)
            || known.allows_in_a_change(&answer);
        let what = message.name();
        let verdict = that(allowed, format_args!("{what} was answered {answer}")).and_then(|()| {
            if !answer.is_success() {
                Ok(())
            } else if self.not_run {
                counts_what_has_not_run(message, completion)
            } else {
                let reply = &completion.output[..completion.information];
                self.oracle.served(*code, input, reply)
            }
        });
        judged(verdict).map_err(|failure| self.machine.completed_at(request, failure))
    }

    /// What the driver says of itself; none where it does not say.
    fn look(&mut self) -> Result<Option<Look>, Failure> {
        let query = self.send(&Message::of(&Query))?;
        let statistics = self.send(&Message::of(&Statistics))?;
        let snapshot = self.send(&Message::of(&SynchronizeRequest {
            operation: Operation::Snapshot as u32,
            repeat: 1,
            ..SynchronizeRequest::default()
        }))?;
        let query = QueryReply::read_from_bytes(&query.output);
        let statistics = StatisticsReply::read_from_bytes(&statistics.output);
        let snapshot = SynchronizeReply::read_from_bytes(&snapshot.output);
        Ok(match (query, statistics, snapshot) {
            (Ok(query), Ok(statistics), Ok(snapshot)) if snapshot.ran == 1 => Some(Look {
                active: query.connection.active,
                counter: snapshot.counter,
                raised: statistics.raised,
                synchronized: statistics.synchronized,
            }),
            _ => None,
        })
    }

    /// Sends a request, and holds what the driver says of itself before and afterwards to the answer.
    fn ask_between_looks(&mut self, message: &Message) -> Result<(), Failure> {
        let before = self.look()?;
        let completion = self.send(message)?;
        self.hear(message, &completion);
        judged(is_as_asked(message, &completion))?;
        let after = self.look()?;
        if let (Some(before), Some(after)) = (before, after) {
            judged(fits(message, &completion, before, after))?;
        }
        Ok(())
    }

    fn wait(&mut self, end: WaitEnd) -> Result<(), Failure> {
        let statistics = self.send(&Message::of(&Statistics))?;
        let reply = StatisticsReply::read_from_bytes(&statistics.output);
        let Ok(StatisticsReply {
            sequence: after, ..
        }) = reply
        else {
            self.say("statistics", statistics.status.to_string());
            return Ok(());
        };
        let message = Message::of(&WaitRequest { after });
        let file = match end {
            WaitEnd::Close => self.machine.open(true, true)?,
            _ => self.file()?,
        };
        let room = message.reply_length();
        let request = self
            .machine
            .submit(file, message.code.0, &message.input, room)?;
        let pending = self.machine.poll(request)?;
        let is_on = pending.is_none();
        match end {
            WaitEnd::Later if is_on => {
                self.waits.push((message, request));
                return Ok(());
            }
            WaitEnd::Interrupt if is_on => self.machine.raise_device(1)?,
            WaitEnd::Cancel if is_on => self.machine.cancel(request)?,
            WaitEnd::Close => self.machine.close(file)?,
            _ => {}
        }
        let ended = match pending {
            Some(completion) => Some(completion),
            None => self.machine.poll(request)?,
        };
        let completion = if let Some(completion) = ended {
            completion
        } else {
            // A claim that could not be told of: the next interrupt, or the sender, ends it.
            self.say("wait", "pending behind an interrupt");
            self.machine.cancel(request)?;
            self.machine.wait(request)?
        };
        self.judge(&message, request, &completion)?;
        self.hear(&message, &completion);
        if completion.status.is_success() {
            let reply = WaitReply::read_from_bytes(&completion.output[..completion.information]);
            let past = reply.is_ok_and(|reply| reply.sequence > after);
            judged(that(past, "a wait ended before its interrupt"))?;
        }
        Ok(())
    }

    fn change(&mut self, transition: Transition) -> Result<(), Failure> {
        let what = format!("{transition:?}");
        if !self.machine.may_begin(transition) {
            let state = self.machine.device_state();
            self.say(what, format!("not begun in the state {state:?}"));
            return Ok(());
        }
        let state = self.machine.transition(transition)?;
        self.say(what, format!("{state:?}"));
        Ok(())
    }

    fn ask_adapter(&mut self, code: u32, input: &[u8], room: u32) -> Result<(), Failure> {
        let id = self.machine.submit_video(code, input, room)?;
        let completion = self.machine.wait_video(id)?;
        let request = video::SynchronizeRequest::read_from_bytes(input);
        let reply = video::SynchronizeReply::read_from_bytes(&completion.output);
        if let (video::SYNCHRONIZE, Ok(request), Ok(reply)) = (code, request, reply) {
            judged(equal(
                "closures that ran, were not called or were turned away",
                reply.ran + reply.not_called + reply.contended,
                request.repeat,
            ))?;
        }
        self.said.push(Said {
            what: format!("video request {code:#x}"),
            how: format!("VP_STATUS {}", completion.status),
            output: completion.output,
        });
        Ok(())
    }
}

/// The reply of a request of which a closure has not run counts those that have.
fn counts_what_has_not_run(message: &Message, completion: &Completion) -> Verdict {
    let reply = SynchronizeReply::read_from_bytes(&completion.output);
    let request = SynchronizeRequest::read_from_bytes(&message.input);
    match (message.code, request, reply) {
        (code::SYNCHRONIZE, Ok(request), Ok(reply)) => equal(
            "closures that ran or did not",
            reply.ran + reply.not_run,
            request.repeat,
        ),
        _ => Ok(()),
    }
}

/// A request that was served has done what was asked, by its reply alone.
fn is_as_asked(message: &Message, completion: &Completion) -> Verdict {
    let request = ReconnectRequest::read_from_bytes(&message.input);
    let reply = ConnectionInfo::read_from_bytes(&completion.output);
    match (message.code, request, reply) {
        (code::RECONNECT, Ok(request), Ok(reply)) if completion.status.is_success() => equal(
            "the kind of a reconnect that was served",
            reply.kind_asked,
            request.kind,
        ),
        _ => Ok(()),
    }
}

/// A request has done what its answer says.
fn fits(message: &Message, completion: &Completion, before: Look, after: Look) -> Verdict {
    let what = message.name();
    let request = SynchronizeRequest::read_from_bytes(&message.input);
    let reply = SynchronizeReply::read_from_bytes(&completion.output);
    let added = match (message.code, request, reply) {
        (code::SYNCHRONIZE, Ok(request), Ok(reply))
            if completion.status.is_success() && request.operation == Operation::Add as u32 =>
        {
            request.argument.wrapping_mul(reply.ran.into())
        }
        _ => 0,
    };
    equal(
        format_args!("the counter behind {what}"),
        after.counter,
        before.counter.wrapping_add(added),
    )?;
    if completion.status.is_success() || message.code == code::STRESS {
        return match (
            message.code,
            SetActiveRequest::read_from_bytes(&message.input),
        ) {
            (code::SET_ACTIVE, Ok(asked)) => equal(
                "whether the interrupt is active behind set-active",
                after.active,
                asked.active,
            ),
            _ => Ok(()),
        };
    }
    equal(
        format_args!("raises that a refused {what} counts"),
        after.raised,
        before.raised,
    )?;
    // The look itself has synchronized once.
    equal(
        format_args!("closures that a refused {what} counts"),
        after.synchronized,
        before.synchronized + 1,
    )
}

impl Player {
    /// Brings the device to D0 and its interrupt to work, from wherever a step has left them; whether that is there.
    pub(super) fn mend(&mut self) -> Result<bool, Failure> {
        let Some(_) = self.main else {
            return Ok(true);
        };
        self.machine.settle()?;
        if !self.is_up()? {
            return Ok(false);
        }
        if self.probe()? {
            return Ok(true);
        }
        let active = SetActiveRequest {
            active: 1,
            reserved: 0,
        };
        self.send(&Message::of(&active))?;
        if self.probe()? {
            return Ok(true);
        }
        self.machine.transition(Transition::Stop)?;
        self.is_up()
    }

    fn is_up(&mut self) -> Result<bool, Failure> {
        let transition = match self.machine.device_state() {
            DeviceState::Started => return Ok(true),
            DeviceState::LowPower => Transition::PowerUp,
            DeviceState::Stopped => Transition::Restart(self.machine.config().interrupt),
            _ => return Ok(false),
        };
        Ok(self.machine.transition(transition)? == DeviceState::Started)
    }

    /// Whether a closure runs.
    fn probe(&mut self) -> Result<bool, Failure> {
        let closure = Message::of(&SynchronizeRequest {
            operation: Operation::Nothing as u32,
            repeat: 1,
            ..SynchronizeRequest::default()
        });
        let completion = self.send(&closure)?;
        let reply = SynchronizeReply::read_from_bytes(&completion.output);
        Ok(reply.is_ok_and(|reply| reply.ran == 1))
    }

    /// The driver works: at once where it has `told` of nothing, and else when the device was stopped and started.
    pub(super) fn works_again(&mut self, told: bool) -> Result<(), Failure> {
        if self.main.is_none() {
            return self.adapter_works();
        }
        let stands = self.machine.device_state();
        let state = if told { Ok(self.mend()?) } else { self.is_up() };
        if !state? {
            // What has failed on the way into or out of D0 is given up, and what is gone is gone.
            let gone = stands == DeviceState::SurpriseRemoved;
            return judged(that(
                told || gone,
                format_args!("the device is {stands:?}, and the driver has told of nothing"),
            ));
        }
        self.oracle = Oracle::new(false);
        self.serves().map_err(|failure| {
            let how = if told { "" } else { " and has told of nothing" };
            Failure {
                message: format!("the driver does not work again{how}: {}", failure.message),
                ..failure
            }
        })
    }

    /// Every way of serving is served.
    fn serves(&mut self) -> Result<(), Failure> {
        let closure = SynchronizeRequest {
            operation: Operation::Add as u32,
            repeat: 1,
            argument: 1,
            ..SynchronizeRequest::default()
        };
        let stress = StressRequest {
            mode: Mode::Locked as u32,
            threads: 2,
            transfers: 2,
            interrupts: 1,
            reserved: 0,
        };
        let each = [
            Message::of(&Query),
            Message::of(&closure),
            Message::of(&stress),
        ];
        for message in each {
            let completion = self.send_and_serve(&message)?;
            if message.code == code::SYNCHRONIZE {
                let reply = SynchronizeReply::read_from_bytes(&completion.output);
                let ran = reply.is_ok_and(|reply| reply.ran == 1);
                judged(that(ran, "a closure did not run"))?;
            }
        }
        self.said.clear();
        self.wait(WaitEnd::Interrupt)?;
        let ended = self.said.last().map(|said| said.how.clone());
        judged(equal(
            "a wait for an interrupt",
            ended,
            Some(Status::SUCCESS.to_string()),
        ))
    }

    fn send_and_serve(&mut self, message: &Message) -> Result<Completion, Failure> {
        let completion = self.send(message)?;
        judged(equal(message.name(), completion.status, Status::SUCCESS))?;
        Ok(completion)
    }

    fn adapter_works(&mut self) -> Result<(), Failure> {
        let closure = video::SynchronizeRequest {
            priority: video::PRIORITY_MEDIUM,
            operation: video::Operation::Nothing as u32,
            repeat: 1,
            ..video::SynchronizeRequest::default()
        };
        let room = u32::try_from(size_of::<video::SynchronizeReply>()).unwrap_or(u32::MAX);
        let id = self
            .machine
            .submit_video(video::SYNCHRONIZE, closure.as_bytes(), room)?;
        let completion = self.machine.wait_video(id)?;
        let reply = video::SynchronizeReply::read_from_bytes(&completion.output);
        let ran = reply.is_ok_and(|reply| reply.ran == 1);
        judged(that(
            ran,
            format_args!(
                "a closure at medium priority was answered {}",
                completion.status
            ),
        ))
    }

    pub(super) fn unload(&mut self) -> Result<(), Failure> {
        match self.main {
            Some(_) => self.machine.unload(),
            None => self.machine.unload_video(),
        }
        .map(drop)
    }
}
