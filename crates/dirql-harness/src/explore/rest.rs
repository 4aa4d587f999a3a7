//! What must hold once everything of a schedule has ended: of each answer, and of their sum.

use dirql_ioctl::connection::QueryReply;
use dirql_ioctl::interrupt::{RaiseReply, SetActiveRequest, WaitRequest};
use dirql_ioctl::pshed::SourcesReply;
use dirql_ioctl::statistics::StatisticsReply;
use dirql_ioctl::synchronize::{ACCOUNTS_TOTAL, Operation, SynchronizeReply, SynchronizeRequest};
use dirql_ioctl::{Status, code};
use nt_model::{DeviceState, Failure, Transition};
use ntsim::{Completion, Machine};
use zerocopy::FromBytes;

use super::stage::{Message, Sent, Stage, Twist};
use crate::check::{Stop, Verdict, equal, that, within};
use crate::contract::documented;
use crate::fuzz::oracle::Oracle;
use crate::message::{PshedSources, Query, Statistics};
use crate::target::{Answer, OpenAccess};

/// What the answers of a schedule add up to.
#[derive(Default)]
struct Sums {
    /// To the shared counter.
    added: u64,
    /// Closures of synchronize requests.
    closures: u64,
    /// Raises of raise requests.
    raised: u64,
    /// Their causes.
    causes: u32,
    /// The newest interrupt that one of them was before.
    raised_past: Option<u64>,
    /// What the interrupt was made, active or not: where all said the same.
    active: Option<u32>,
    /// Some said one thing, some the other.
    undecided: bool,
}

impl Sums {
    /// Adds up what a request has done that was served.
    fn served(&mut self, message: &Message, completion: &Completion) {
        match message.code {
            code::SYNCHRONIZE => {
                if let Ok(request) = SynchronizeRequest::read_from_bytes(&message.input) {
                    let repeat = u64::from(request.repeat);
                    self.closures += repeat;
                    if request.operation == Operation::Add as u32 {
                        let added = request.argument.wrapping_mul(repeat);
                        self.added = self.added.wrapping_add(added);
                    }
                }
            }
            code::RAISE => {
                if let Ok(reply) = RaiseReply::read_from_bytes(&completion.output)
                    && reply.raised > 0
                {
                    self.raised += u64::from(reply.raised);
                    let causes = message.input.first_chunk().copied();
                    self.causes |= u32::from_le_bytes(causes.unwrap_or_default());
                    self.raised_past = self.raised_past.max(Some(reply.sequence_before));
                }
            }
            code::SET_ACTIVE => {
                if let Ok(request) = SetActiveRequest::read_from_bytes(&message.input) {
                    self.undecided |= self.active.is_some_and(|active| active != request.active);
                    self.active = Some(request.active);
                }
            }
            _ => {}
        }
    }
}

impl Stage {
    /// Everything has ended that ends by itself: what must hold now.
    pub(super) fn end(&mut self, machine: &mut Machine) -> Result<(), Failure> {
        let mut oracle = Oracle::new(false);
        let mut sums = Sums::default();
        let is_up = !self.plot.has(Twist::Parts) && is_up(machine)?;
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
            if completion.status.is_success() {
                sums.served(&sent.message, &completion);
            }
        }
        for order in core::mem::take(&mut self.orders) {
            machine.wait_order(order)?;
        }
        if is_up {
            self.look(machine, &sums, &oracle)?;
        }
        if self.parting {
            machine.end_removal().map(drop)
        } else {
            machine.unload().map(drop)
        }
    }

    /// A request waits for an interrupt, and there was none behind the one that it names.
    fn nothing_was_missed(&self, machine: &mut Machine, sent: &Sent) -> Result<(), Failure> {
        let completion = self.ask(machine, &Message::of(&Statistics))?;
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
        let known = documented(OpenAccess::BOTH, message.code, &message.input, output);
        let answer = Answer::Exact(completion.status);
        let mut allowed = known.allows(&answer)
            || self.plot.has(Twist::Disturbs) && known.allows_in_a_change(&answer);
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

    /// What the driver says in the end fits what it has answered, and what the hardware has done.
    fn look(&self, machine: &mut Machine, sums: &Sums, oracle: &Oracle) -> Result<(), Failure> {
        let snapshot = Message::of(&SynchronizeRequest {
            operation: Operation::Snapshot as u32,
            repeat: 1,
            ..SynchronizeRequest::default()
        });
        let snapshot = self.ask(machine, &snapshot)?;
        // Left inactive, the interrupt has no closures.
        let inactive =
            self.plot.has(Twist::Parks) && snapshot.status == Status::INVALID_DEVICE_STATE;
        if !inactive {
            broken(at_rest(&snapshot, sums))?;
        }
        if !self.plot.has(Twist::Releases) {
            let completion = self.ask(machine, &Message::of(&Query))?;
            broken(is_where_it_was_put(&completion, sums))?;
        }
        let completion = self.ask(machine, &Message::of(&Statistics))?;
        let verdict = reply::<StatisticsReply>(&completion).and_then(|reply| {
            equal("closures that did not run", reply.not_run, 0)?;
            self.counted(&reply, sums, u64::from(!inactive))?;
            self.claimed(&reply, sums, oracle.sequence())
        });
        broken(verdict)?;
        if inactive {
            self.look_again(machine, &completion)?;
        }
        if self.hardware.errors > 0 {
            let completion = self.ask(machine, &Message::of(&PshedSources))?;
            broken(self.handled(&completion))?;
        }
        Ok(())
    }

    /// What was said of an inactive interrupt is still so when it is active again: nothing was claimed meanwhile.
    fn look_again(&self, machine: &mut Machine, inactive: &Completion) -> Result<(), Failure> {
        let active = SetActiveRequest {
            active: 1,
            reserved: 0,
        };
        let completion = self.ask(machine, &Message::of(&active))?;
        broken(equal("active again", completion.status, Status::SUCCESS))?;
        let completion = self.ask(machine, &Message::of(&Statistics))?;
        let verdict = reply::<StatisticsReply>(inactive).and_then(|before| {
            let after = reply::<StatisticsReply>(&completion)?;
            equal(
                "the newest interrupt, inactive and active again",
                before.sequence,
                after.sequence,
            )
        });
        broken(verdict)
    }

    /// What requests have done is counted, each once.
    fn counted(&self, reply: &StatisticsReply, sums: &Sums, snapshots: u64) -> Verdict {
        if self.plot.has(Twist::Resets) {
            return Ok(());
        }
        let closures = sums.closures + snapshots;
        equal("synchronized closures", reply.synchronized, closures)?;
        if self.plot.has(Twist::Stresses) {
            return Ok(());
        }
        equal("raises of requests", reply.raised, sums.raised)
    }

    /// Interrupts are claimed in their order, and none that nothing has raised.
    fn claimed(&self, reply: &StatisticsReply, sums: &Sums, seen: u64) -> Verdict {
        that(
            reply.sequence >= seen,
            format_args!(
                "interrupt {} is the newest, and a reply has named interrupt {seen}",
                reply.sequence
            ),
        )?;
        if self.plot.has(Twist::Stresses) {
            return Ok(());
        }
        let raises = self.hardware.raises + sums.raised;
        within("interrupts claimed", reply.claimed, 0..=raises)?;
        if self.plot.has(Twist::Moves) {
            return Ok(());
        }
        that(
            sums.raised_past.is_none_or(|past| reply.sequence > past),
            format_args!(
                "a request has raised causes past interrupt {:?}, and interrupt {} is the newest",
                sums.raised_past, reply.sequence
            ),
        )?;
        if self.plot.has(Twist::Resets) {
            return Ok(());
        }
        let causes = self.hardware.causes | sums.causes;
        for (bit, acknowledged) in reply.causes.iter().enumerate() {
            that(
                causes >> bit & 1 == 0 || *acknowledged > 0,
                format_args!("cause {bit} was raised, and the driver has seen none"),
            )?;
        }
        Ok(())
    }

    /// Each error was counted, with the state or without.
    fn handled(&self, completion: &Completion) -> Verdict {
        let reply = reply::<SourcesReply>(completion)?;
        Oracle::new(false).served(code::PSHED_SOURCES, &[], &completion.output)?;
        let sources = reply.sources.iter();
        let handled = sources.map(|source| source.errors + source.refused).sum();
        equal("errors that were counted", handled, self.hardware.errors)
    }
}

/// The shared state is what the answers add up to.
fn at_rest(snapshot: &Completion, sums: &Sums) -> Verdict {
    equal("a snapshot at rest", snapshot.status, Status::SUCCESS)?;
    let reply = reply::<SynchronizeReply>(snapshot)?;
    equal("the counter at rest", reply.counter, sums.added)?;
    let sum = reply.left.wrapping_add(reply.right);
    equal("the sum of the accounts at rest", sum, ACCOUNTS_TOTAL)
}

/// An interrupt is active or not as requests were told that it is.
fn is_where_it_was_put(query: &Completion, sums: &Sums) -> Verdict {
    equal("a query at rest", query.status, Status::SUCCESS)?;
    let reply = reply::<QueryReply>(query)?;
    match sums.active {
        Some(active) if !sums.undecided => equal(
            "whether the interrupt is active",
            reply.connection.active,
            active,
        ),
        _ => Ok(()),
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

pub(super) fn reply<T: FromBytes>(completion: &Completion) -> Result<T, Stop> {
    match T::read_from_bytes(&completion.output) {
        Ok(reply) => Ok(reply),
        Err(_) => crate::check::fail(format_args!("a reply of {} bytes", completion.output.len())),
    }
}

pub(super) fn broken(verdict: Verdict) -> Result<(), Failure> {
    verdict.map_err(Stop::into_failure)
}
