//! What the host keeps of one schedule, and what its actors do. What must hold in the end is in `rest`.

use dirql_ioctl::{ControlCode, code};
use nt_model::{Failure, Finding, Order, Severity, Transition};
use ntsim::explore::{Actor, Scenario};
use ntsim::{Completion, FileId, Machine, OrderId, RequestId};

use super::miniport::Asked;
use crate::message::{Request, lengths, name};

/// A request of a scenario.
#[derive(Clone, Debug)]
pub struct Message {
    pub(crate) code: ControlCode,
    pub(crate) input: Vec<u8>,
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

    /// Its control code.
    #[must_use]
    pub const fn code(&self) -> ControlCode {
        self.code
    }

    /// The length of its reply, in bytes.
    pub(crate) fn reply_length(&self) -> usize {
        lengths(self.code).map_or(0, |(_, reply)| reply)
    }

    /// Whether it may wait for an interrupt.
    pub(super) fn waits(&self) -> bool {
        self.code == code::WAIT
    }
}

/// A request that an actor has sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) message: Message,
    pub(super) request: RequestId,
    /// It was cancelled, or its handle closed: it ends by itself.
    pub(super) ends: bool,
}

/// Something in a scenario that decides what must hold in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twist {
    /// A change of the device, or the end of a handle: requests may meet it.
    Disturbs,
    /// The interrupt does not stay where it is: what the device raises may be acknowledged unseen.
    Moves,
    /// What was counted is forgotten.
    Resets,
    /// The driver itself raises, as often as it gets to.
    Stresses,
    /// The interrupt may be inactive in the end.
    Parks,
    /// The hardware is released, and what was said of the interrupt with it.
    Releases,
    /// The device is removed, and the driver unloaded.
    Parts,
}

/// What a scenario has of them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Plot(u8);

impl Plot {
    pub(super) const fn has(self, twist: Twist) -> bool {
        self.0 >> twist as u8 & 1 != 0
    }

    const fn add(&mut self, twist: Twist) {
        self.0 |= 1 << twist as u8;
    }
}

/// What the hardware has done by itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hardware {
    /// How often the device has raised causes.
    pub(super) raises: u64,
    /// Those causes.
    pub(super) causes: u32,
    /// Errors at the source.
    pub(super) errors: u64,
}

/// What the host keeps of one schedule.
#[derive(Clone, Debug, Default)]
pub struct Stage {
    pub(super) files: Vec<FileId>,
    /// By the places of the actors.
    pub(super) sent: Vec<Option<Sent>>,
    pub(super) orders: Vec<OrderId>,
    /// What the display driver has asked a miniport.
    pub(super) asked: Vec<Asked>,
    pub(super) plot: Plot,
    pub(super) hardware: Hardware,
    /// The device is being removed, or is.
    pub(super) parting: bool,
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
    changes: Vec<Transition>,
    /// Actors whose handle another one closes.
    closed: Vec<usize>,
    plot: Plot,
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
            changes: Vec::new(),
            closed: Vec::new(),
            plot: Plot::default(),
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
        let message = Message::of(request);
        self.see(&message);
        self.first.push(message);
        self
    }

    /// The device has changed its state before anything is explored.
    #[must_use]
    pub fn first_change(mut self, transition: Transition) -> Self {
        self.changes.push(transition);
        self
    }

    /// What a message does to what must hold in the end.
    fn see(&mut self, message: &Message) {
        for (code, twist) in [
            (code::RECONNECT, Twist::Moves),
            (code::SET_ACTIVE, Twist::Moves),
            (code::SET_ACTIVE, Twist::Parks),
            (code::RESET_STATISTICS, Twist::Resets),
            (code::STRESS, Twist::Stresses),
        ] {
            if message.code == code {
                self.plot.add(twist);
            }
        }
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
    pub fn message(mut self, message: Message) -> Self {
        self.see(&message);
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
        self.plot.add(Twist::Disturbs);
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
        self.plot.add(Twist::Disturbs);
        self.closed.push(sender);
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
        self.actor(name, None, move |machine, stage| {
            stage.hardware.raises += 1;
            stage.hardware.causes |= causes;
            machine.raise_device(causes)
        })
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

    /// As [`Self::change`], behind another actor. It begins where the device can begin it; where it is still at another
    /// change, nothing comes of it in that schedule.
    #[must_use]
    pub fn change_behind(mut self, transition: Transition, behind: Option<usize>) -> Self {
        if transition == Transition::Stop {
            self.plot.add(Twist::Releases);
        }
        self.change_to(format!("{transition:?}"), behind, move |_| transition)
    }

    /// The device is started again, with the interrupt that it had.
    #[must_use]
    pub fn restart_behind(self, behind: Option<usize>) -> Self {
        self.change_to("Restart".to_owned(), behind, |machine| {
            Transition::Restart(machine.config().interrupt)
        })
    }

    fn change_to(
        mut self,
        name: String,
        behind: Option<usize>,
        which: impl Fn(&Machine) -> Transition + Send + Sync + 'static,
    ) -> Self {
        self.plot.add(Twist::Disturbs);
        self.plot.add(Twist::Moves);
        self.actor(name, behind, move |machine, _| {
            let transition = which(machine);
            if machine.may_begin(transition) {
                machine.begin_transition(transition)?;
            }
            Ok(())
        })
    }

    /// The device is removed, behind another actor, and the driver unloaded. It begins where no handle is open any more and
    /// no change is on; the handles by which nothing sends are closed from the beginning.
    #[must_use]
    pub fn remove_behind(mut self, behind: Option<usize>) -> Self {
        self.plot.add(Twist::Disturbs);
        self.plot.add(Twist::Moves);
        self.plot.add(Twist::Parts);
        self.actor("Remove".to_owned(), behind, |machine, stage| {
            stage.parting |= machine.begin_removal()?;
            Ok(())
        })
    }

    /// The device is taken out of the machine; the bus has not found it gone.
    #[must_use]
    pub fn unplug(mut self) -> Self {
        self.plot.add(Twist::Disturbs);
        self.plot.add(Twist::Moves);
        self.actor("unplug".to_owned(), None, |machine, _| machine.unplug())
    }

    /// The hardware reports an error at the source.
    #[must_use]
    pub fn error(self, severity: Severity) -> Self {
        self.actor(
            format!("an error, {severity:?}"),
            None,
            move |machine, stage| {
                stage.hardware.errors += 1;
                machine.raise_errors(SOURCE, 1, severity)
            },
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
            changes,
            closed,
            plot,
        } = self;
        let places = actors.len();
        Drama {
            name,
            says,
            actors,
            before: Box::new(move |machine| {
                let mut stage = Stage {
                    sent: vec![None; places],
                    plot,
                    ..Stage::default()
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
                for transition in &changes {
                    machine.transition(*transition)?;
                }
                for (place, file) in stage.files.iter().enumerate() {
                    if plot.has(Twist::Parts) && !closed.contains(&place) {
                        machine.close(*file)?;
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
    pub(super) fn ask(
        &self,
        machine: &mut Machine,
        message: &Message,
    ) -> Result<Completion, Failure> {
        let output = message.reply_length();
        let file = self.files[self.sent.len()];
        let request = machine.submit(file, message.code.0, &message.input, output)?;
        machine.wait(request)
    }
}
