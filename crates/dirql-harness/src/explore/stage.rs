//! What the host keeps of one schedule, and what its actors do.

use dirql_ioctl::interrupt::WaitRequest;
use dirql_ioctl::statistics::StatisticsReply;
use dirql_ioctl::synchronize::{ACCOUNTS_TOTAL, Operation, SynchronizeReply, SynchronizeRequest};
use dirql_ioctl::{ControlCode, Status, code};
use nt_model::{DeviceState, Failure, Finding, Order, Severity, Transition};
use ntsim::explore::{Actor, Scenario};
use ntsim::{Completion, FileId, Machine, OrderId, RequestId};
use zerocopy::FromBytes;

use crate::check::{Stop, Verdict, equal, that};
use crate::contract::documented;
use crate::fuzz::oracle::Oracle;
use crate::message::{Request, lengths, name};
use crate::target::{Answer, OpenAccess};

const BOTH: OpenAccess = OpenAccess {
    read: true,
    write: true,
};

/// A request of a scenario.
#[derive(Clone, Debug)]
pub struct Message {
    code: ControlCode,
    input: Vec<u8>,
}

impl Message {
    /// A request by its type.
    #[must_use]
    pub fn of<R: Request>(request: &R) -> Self {
        Self {
            code: R::CODE,
            input: request.as_bytes().to_vec(),
        }
    }

    /// What reports call it.
    #[must_use]
    pub fn name(&self) -> String {
        name(self.code)
    }

    /// The length of its reply, in bytes.
    fn reply_length(&self) -> usize {
        lengths(self.code).map_or(0, |(_, reply)| reply)
    }

    /// Whether it may wait for an interrupt.
    fn waits(&self) -> bool {
        self.code == code::WAIT
    }
}

/// A request that an actor has sent.
#[derive(Clone, Debug)]
struct Sent {
    message: Message,
    request: RequestId,
    /// It was cancelled, or its handle closed: it ends by itself.
    ends: bool,
}

/// What the host keeps of one schedule.
#[derive(Clone, Debug)]
pub struct Stage {
    files: Vec<FileId>,
    /// By the places of the actors.
    sent: Vec<Option<Sent>>,
    orders: Vec<OrderId>,
    /// A change of the device is part of the scenario, or the end of a handle: requests may meet it.
    disturbed: bool,
}

/// A scenario of this driver's.
pub type Drama = Scenario<Stage>;

/// The number of the one error source.
pub const SOURCE: u32 = 1;

/// Puts a scenario together.
#[derive(Debug)]
pub struct Builder {
    name: String,
    says: String,
    actors: Vec<Actor<Stage>>,
    orders: Vec<Order>,
    first: Vec<Message>,
    disturbed: bool,
}

impl Builder {
    /// A scenario with a short name, and what it is about in a sentence.
    #[must_use]
    pub fn new(name: impl Into<String>, says: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            says: says.into(),
            actors: Vec::new(),
            orders: Vec::new(),
            first: Vec::new(),
            disturbed: false,
        }
    }

    /// PSHED is told to do something before anything else.
    #[must_use]
    pub fn first_order(mut self, order: Order) -> Self {
        self.orders.push(order);
        self
    }

    /// A request is served before anything is explored.
    #[must_use]
    pub fn first<R: Request>(mut self, request: &R) -> Self {
        self.first.push(Message::of(request));
        self
    }

    fn actor(
        mut self,
        name: String,
        behind: Option<usize>,
        act: impl Fn(&mut Machine, &mut Stage) -> Result<(), Failure> + Send + Sync + 'static,
    ) -> Self {
        self.actors.push(Actor {
            name,
            behind,
            act: Box::new(act),
        });
        self
    }

    /// Sends a request by a handle of its own.
    #[must_use]
    pub fn send<R: Request>(self, request: &R) -> Self {
        self.message(Message::of(request))
    }

    /// As [`Self::send`], by what it is made of.
    #[must_use]
    pub fn message(self, message: Message) -> Self {
        let place = self.actors.len();
        self.actor(message.name(), None, move |machine, stage| {
            let output = message.reply_length();
            let file = stage.files[place];
            let request = machine.submit(file, message.code.0, &message.input, output)?;
            stage.sent[place] = Some(Sent {
                message: message.clone(),
                request,
                ends: false,
            });
            Ok(())
        })
    }

    /// Cancels what an earlier actor has sent.
    #[must_use]
    pub fn cancel(mut self, sender: usize) -> Self {
        self.disturbed = true;
        let name = format!("cancel {}", self.actors[sender].name);
        self.actor(name, Some(sender), move |machine, stage| {
            match &mut stage.sent[sender] {
                Some(sent) => {
                    sent.ends = true;
                    machine.cancel(sent.request)
                }
                None => Ok(()),
            }
        })
    }

    /// Closes the handle by which an earlier actor has sent.
    #[must_use]
    pub fn close(mut self, sender: usize) -> Self {
        self.disturbed = true;
        let name = format!("close the handle of {}", self.actors[sender].name);
        self.actor(name, Some(sender), move |machine, stage| {
            if let Some(sent) = &mut stage.sent[sender] {
                sent.ends = true;
            }
            machine.begin_close(stage.files[sender])
        })
    }

    /// The device raises these causes by itself.
    #[must_use]
    pub fn raise(self, causes: u32) -> Self {
        let name = format!("the device raises {causes:#x}");
        self.actor(name, None, move |machine, _| machine.raise_device(causes))
    }

    /// Another device on the line interrupts.
    #[must_use]
    pub fn neighbour(self) -> Self {
        self.actor("the neighbour interrupts".to_owned(), None, |machine, _| {
            machine.raise_neighbour()
        })
    }

    /// A change of the device begins.
    #[must_use]
    pub fn change(self, transition: Transition) -> Self {
        self.change_behind(transition, None)
    }

    /// As [`Self::change`], behind another actor.
    #[must_use]
    pub fn change_behind(mut self, transition: Transition, behind: Option<usize>) -> Self {
        self.disturbed = true;
        self.actor(format!("{transition:?}"), behind, move |machine, _| {
            machine.begin_transition(transition)
        })
    }

    /// The device is taken out of the machine; the bus has not found it gone.
    #[must_use]
    pub fn unplug(mut self) -> Self {
        self.disturbed = true;
        self.actor("unplug".to_owned(), None, |machine, _| machine.unplug())
    }

    /// The hardware reports an error at the source.
    #[must_use]
    pub fn error(self, severity: Severity) -> Self {
        self.actor(
            format!("an error, {severity:?}"),
            None,
            move |machine, _| machine.raise_errors(SOURCE, 1, severity),
        )
    }

    /// PSHED is told to do something.
    #[must_use]
    pub fn order(self, order: Order) -> Self {
        self.actor(format!("{order:?}"), None, move |machine, stage| {
            let begun = machine.begin_order(order)?;
            stage.orders.push(begun);
            Ok(())
        })
    }

    /// The scenario.
    #[must_use]
    pub fn build(self) -> Drama {
        let Self {
            name,
            says,
            actors,
            orders,
            first,
            disturbed,
        } = self;
        let places = actors.len();
        Drama {
            name,
            says,
            actors,
            before: Box::new(move |machine| {
                let mut stage = Stage {
                    files: Vec::new(),
                    sent: vec![None; places],
                    orders: Vec::new(),
                    disturbed,
                };
                // The last handle is the host's own.
                for _ in 0..=places {
                    stage.files.push(machine.open(true, true)?);
                }
                for order in &orders {
                    let begun = machine.begin_order(*order)?;
                    machine.wait_order(begun)?;
                }
                for message in &first {
                    let completion = stage.ask(machine, message)?;
                    if !completion.status.is_success() {
                        return Err(Failure::new(
                            Finding::SetUp,
                            format!("{}: {}", message.name(), completion.status),
                        ));
                    }
                }
                machine.settle()?;
                Ok(stage)
            }),
            after: Box::new(|machine, stage| stage.end(machine)),
        }
    }
}

impl Stage {
    /// Sends a request by the host's own handle and waits for its end.
    fn ask(&self, machine: &mut Machine, message: &Message) -> Result<Completion, Failure> {
        let output = message.reply_length();
        let file = self.files[self.sent.len()];
        let request = machine.submit(file, message.code.0, &message.input, output)?;
        machine.wait(request)
    }

    /// Everything has ended that ends by itself: what must hold now.
    fn end(&mut self, machine: &mut Machine) -> Result<(), Failure> {
        let mut oracle = Oracle::new(false);
        let mut added = 0_u64;
        let is_up = is_up(machine)?;
        for sent in self.sent.clone().into_iter().flatten() {
            let completion = match machine.poll(sent.request)? {
                Some(completion) => completion,
                None if sent.message.waits() && !sent.ends => {
                    if is_up {
                        self.nothing_was_missed(machine, &sent)?;
                    }
                    // It may wait for ever.
                    machine.cancel(sent.request)?;
                    machine.wait(sent.request)?
                }
                None => machine.wait(sent.request)?,
            };
            let judged = self.judge(&sent, &completion, &mut oracle);
            judged.map_err(|failure| machine.completed_at(sent.request, failure))?;
            added = added.wrapping_add(added_by(&sent, &completion));
        }
        for order in core::mem::take(&mut self.orders) {
            machine.wait_order(order)?;
        }
        if is_up {
            self.look(machine, added)?;
        }
        machine.unload().map(drop)
    }

    /// A request waits for an interrupt, and there was none behind the one that it names.
    fn nothing_was_missed(&self, machine: &mut Machine, sent: &Sent) -> Result<(), Failure> {
        let completion = self.ask(machine, &Message::of(&crate::message::Statistics))?;
        let verdict = reply::<StatisticsReply>(&completion).and_then(|reply| {
            let after = WaitRequest::read_from_bytes(&sent.message.input).map_or(0, |it| it.after);
            that(
                reply.sequence <= after,
                format_args!(
                    "a request waits past interrupt {after}, and interrupt {} was claimed",
                    reply.sequence
                ),
            )
        });
        broken(verdict)
    }

    fn judge(
        &self,
        sent: &Sent,
        completion: &Completion,
        oracle: &mut Oracle,
    ) -> Result<(), Failure> {
        let Sent { message, .. } = sent;
        let output = message.reply_length();
        let known = documented(BOTH, message.code, &message.input, output);
        let answer = Answer::Exact(completion.status);
        let mut allowed =
            known.allows(&answer) || self.disturbed && known.allows_in_a_change(&answer);
        // The host cancels what waits in the end.
        allowed |= message.waits() && answer.is(Status::CANCELLED);
        let what = message.name();
        let verdict = that(allowed, format_args!("{what} was answered {answer}")).and_then(|()| {
            if answer.is_success() {
                oracle.served(message.code, &message.input, &completion.output)
            } else {
                Ok(())
            }
        });
        broken(verdict)
    }

    /// What the driver says in the end fits what it has answered.
    fn look(&self, machine: &mut Machine, added: u64) -> Result<(), Failure> {
        let snapshot = Message::of(&SynchronizeRequest {
            operation: Operation::Snapshot as u32,
            repeat: 1,
            ..SynchronizeRequest::default()
        });
        let completion = self.ask(machine, &snapshot)?;
        if completion.status == Status::INVALID_DEVICE_STATE {
            // The interrupt was left inactive.
            return Ok(());
        }
        let verdict =
            equal("a snapshot at rest", completion.status, Status::SUCCESS).and_then(|()| {
                let reply = reply::<SynchronizeReply>(&completion)?;
                equal("the counter at rest", reply.counter, added)?;
                let sum = reply.left.wrapping_add(reply.right);
                equal("the sum of the accounts at rest", sum, ACCOUNTS_TOTAL)
            });
        broken(verdict)?;
        let completion = self.ask(machine, &Message::of(&crate::message::Statistics))?;
        let verdict =
            equal("statistics at rest", completion.status, Status::SUCCESS).and_then(|()| {
                let reply = reply::<StatisticsReply>(&completion)?;
                equal("closures that did not run", reply.not_run, 0)
            });
        broken(verdict)
    }
}

/// What a request has added to the shared counter.
fn added_by(sent: &Sent, completion: &Completion) -> u64 {
    let request = SynchronizeRequest::read_from_bytes(&sent.message.input);
    match request {
        Ok(request)
            if sent.message.code == code::SYNCHRONIZE
                && request.operation == Operation::Add as u32
                && completion.status.is_success() =>
        {
            request.argument.wrapping_mul(request.repeat.into())
        }
        _ => 0,
    }
}

/// Brings the device to D0 from wherever the scenario has left it, and says whether it is there.
fn is_up(machine: &mut Machine) -> Result<bool, Failure> {
    let transition = match machine.device_state() {
        DeviceState::Started => return Ok(true),
        DeviceState::LowPower => Transition::PowerUp,
        DeviceState::Stopped => Transition::Restart(machine.config().interrupt),
        _ => return Ok(false),
    };
    Ok(machine.transition(transition)? == DeviceState::Started)
}

fn reply<T: FromBytes>(completion: &Completion) -> Result<T, Stop> {
    match T::read_from_bytes(&completion.output) {
        Ok(reply) => Ok(reply),
        Err(_) => crate::check::fail(format_args!("a reply of {} bytes", completion.output.len())),
    }
}

fn broken(verdict: Verdict) -> Result<(), Failure> {
    match verdict {
        Ok(()) => Ok(()),
        Err(Stop::Failed(failure)) => Err(failure),
        Err(Stop::Skipped(why)) => Err(Failure::new(Finding::Suite, why)),
    }
}
