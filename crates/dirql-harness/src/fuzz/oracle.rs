//! The oracle: what a success must say, and what must be true once a program has come to rest.
//!
//! The judge knows which answers a request may get. The oracle looks into the replies and adds
//! them up: what the driver told each of many callers must fit together in the end.

use dirql_ioctl::connection::QueryReply;
use dirql_ioctl::interrupt::{RaiseReply, RaiseRequest, WaitReply, WaitRequest};
use dirql_ioctl::pshed::{
    self, InjectReply, PshedReply, SourcesReply, SynchronizeSourceReply, SynchronizeSourceRequest,
};
use dirql_ioctl::statistics::StatisticsReply;
use dirql_ioctl::stress::{Mode, StressReply, StressRequest};
use dirql_ioctl::synchronize::{ACCOUNTS_TOTAL, Operation, SynchronizeReply, SynchronizeRequest};
use dirql_ioctl::{ControlCode, code};
use zerocopy::FromBytes;

use crate::check::{Verdict, equal, fail, that, within};
use crate::fixture::Fixture;

/// What the replies so far amount to.
#[derive(Clone, Debug, Default)]
pub struct Oracle {
    /// Everything that was added to the shared counter.
    added: u64,
    /// The greatest interrupt sequence that any reply has shown.
    sequence: u64,
    /// A handler of the machine's errors holds its source's lock while it counts.
    excluded: bool,
}

impl Oracle {
    /// An oracle that has seen nothing; `excluded` says whether a handler holds its lock while the plug-in counts.
    #[must_use]
    pub fn new(excluded: bool) -> Self {
        Self {
            excluded,
            ..Self::default()
        }
    }

    /// Looks at a request that succeeded.
    ///
    /// # Errors
    ///
    /// [`crate::check::Stop::Failed`] where the reply says what it cannot.
    pub fn served(&mut self, code: ControlCode, input: &[u8], output: &[u8]) -> Verdict {
        match code {
            code::SYNCHRONIZE => self.synchronized(read(input)?, &read(output)?),
            code::RAISE => self.raised(read(input)?, read(output)?),
            code::WAIT => self.waited(read(input)?, read(output)?),
            code::STRESS => stressed(read(input)?, &read(output)?),
            code::STATISTICS => {
                let statistics: StatisticsReply = read(output)?;
                self.saw(statistics.sequence);
                equal("closures that did not run", statistics.not_run, 0)
            }
            code::QUERY => {
                let query: QueryReply = read(output)?;
                equal("a reserved field of query", query.reserved, 0)
            }
            code::PSHED => {
                let plugin: PshedReply = read(output)?;
                equal("callbacks above their level", plugin.above_level, 0)
            }
            code::PSHED_SOURCES => sources(&read(output)?),
            code::PSHED_SYNCHRONIZE => self.synchronized_source(read(input)?, &read(output)?),
            code::PSHED_INJECT => {
                let injected: InjectReply = read(output)?;
                equal("pshed-inject: a reserved field", injected.reserved, 0)
            }
            _ => Ok(()),
        }
    }

    fn synchronized(&mut self, request: SynchronizeRequest, reply: &SynchronizeReply) -> Verdict {
        equal("synchronize: runs", reply.ran, request.repeat)?;
        equal("synchronize: not run", reply.not_run, 0)?;
        equal("synchronize: a reserved field", reply.reserved, 0)?;
        equal(
            "synchronize: IRQL before",
            reply.irql_before,
            request.caller_irql,
        )?;
        equal(
            "synchronize: IRQL after",
            reply.irql_after,
            request.caller_irql,
        )?;
        that(
            reply.irql_inside > 2,
            format_args!("synchronize: the closure ran at IRQL {}", reply.irql_inside),
        )?;
        let sum = reply.left.wrapping_add(reply.right);
        equal("synchronize: the sum of the accounts", sum, ACCOUNTS_TOTAL)?;
        self.saw(reply.sequence);
        let said = u32::from(request.operation != Operation::ReturnFalse as u32);
        equal("synchronize: what the closure said", reply.said, said)?;
        match Operation::from_u32(request.operation) {
            Some(Operation::Add) => {
                let repeat = u64::from(request.repeat);
                self.added = self
                    .added
                    .wrapping_add(request.argument.wrapping_mul(repeat));
                equal("synchronize: the new counter", reply.value, reply.counter)
            }
            Some(Operation::Fill) => {
                let wrong = (0_u64..).zip(reply.bytes).find(|(index, byte)| {
                    request.argument.wrapping_add(*index).to_le_bytes()[0] != *byte
                });
                match wrong {
                    None => Ok(()),
                    Some((index, byte)) => {
                        fail(format_args!("synchronize: byte {index} is {byte:#04x}"))
                    }
                }
            }
            _ => Ok(()),
        }
    }

    fn synchronized_source(
        &self,
        request: SynchronizeSourceRequest,
        reply: &SynchronizeSourceReply,
    ) -> Verdict {
        let counted = reply.ran + reply.contended + reply.above_level + reply.not_run;
        equal(
            "pshed-synchronize: what became of all",
            counted,
            request.repeat,
        )?;
        equal("pshed-synchronize: not run", reply.not_run, 0)?;
        equal("pshed-synchronize: violations", reply.violations, 0)?;
        for (when, level) in [("before", reply.irql_before), ("after", reply.irql_after)] {
            let what = format_args!("pshed-synchronize: IRQL {when}");
            equal(what, level, request.caller_irql)?;
        }
        if reply.ran != 0 {
            let sum = reply.left.wrapping_add(reply.right);
            equal(
                "pshed-synchronize: the sum of the accounts",
                sum,
                pshed::ACCOUNTS_TOTAL,
            )?;
        }
        if self.excluded {
            equal("pshed-synchronize: contended", reply.contended, 0)?;
            equal("pshed-synchronize: errors inside", reply.own_inside, 0)?;
        }
        Ok(())
    }

    fn raised(&mut self, request: RaiseRequest, reply: RaiseReply) -> Verdict {
        equal("raise: a reserved field", reply.reserved, 0)?;
        self.saw(reply.sequence_before);
        within("raise: raises", reply.raised, 0..=request.count)
    }

    fn waited(&mut self, request: WaitRequest, reply: WaitReply) -> Verdict {
        equal("wait: a reserved field", reply.reserved, 0)?;
        self.saw(reply.sequence);
        that(
            reply.sequence > request.after,
            format_args!("wait: after {}, at {}", request.after, reply.sequence),
        )
    }

    /// The newest interrupt that a reply has named.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    const fn saw(&mut self, sequence: u64) {
        if sequence > self.sequence {
            self.sequence = sequence;
        }
    }

    /// Looks at the driver after everything that was asked of it has ended.
    ///
    /// # Errors
    ///
    /// [`crate::check::Stop::Failed`] where what it says now does not fit what it said before.
    pub fn at_rest(&self, fixture: &mut Fixture<'_>) -> Verdict {
        let snapshot = fixture.snapshot()?;
        equal("the counter at rest", snapshot.counter, self.added)?;
        that(
            snapshot.sequence >= self.sequence,
            format_args!(
                "the sequence at rest is {}, and was {} before",
                snapshot.sequence, self.sequence
            ),
        )
    }
}

fn sources(reply: &SourcesReply) -> Verdict {
    equal("pshed-sources: a reserved field", reply.reserved, 0)?;
    within(
        "pshed-sources: how many",
        reply.count as usize,
        0..=pshed::SOURCES_MAX,
    )?;
    for source in &reply.sources {
        equal("pshed-sources: violations", source.violations, 0)?;
        within(
            "pshed-sources: adopted",
            source.adopted,
            0..=source.maskable,
        )?;
    }
    Ok(())
}

fn stressed(request: StressRequest, reply: &StressReply) -> Verdict {
    let transfers = u64::from(request.threads) * u64::from(request.transfers);
    equal(
        "stress: transfers",
        reply.transfers + reply.not_run,
        transfers,
    )?;
    if request.mode == Mode::Locked as u32 {
        equal("stress: not run", reply.not_run, 0)?;
        let violations = reply.violations_in_thread + reply.violations_in_isr;
        equal("stress: violations under the lock", violations, 0)?;
    }
    Ok(())
}

fn read<T: FromBytes>(bytes: &[u8]) -> Result<T, crate::check::Stop> {
    match T::read_from_bytes(bytes) {
        Ok(value) => Ok(value),
        Err(_) => fail(format_args!(
            "a message of {} bytes, the contract says {}",
            bytes.len(),
            size_of::<T>()
        )),
    }
}

#[cfg(test)]
mod tests {
    use dirql_ioctl::interrupt::{RaiseReply, RaiseRequest};
    use zerocopy::IntoBytes;

    use super::*;

    fn wait(after: u64, sequence: u64) -> Verdict {
        let reply = WaitReply {
            sequence,
            causes: 1,
            reserved: 0,
        };
        let request = WaitRequest { after };
        Oracle::default().served(code::WAIT, request.as_bytes(), reply.as_bytes())
    }

    #[test]
    fn a_wait_that_ends_too_early_is_found() {
        assert_eq!(wait(6, 7), Ok(()));
        assert!(wait(7, 7).is_err());
    }

    #[test]
    fn raises_that_nothing_asked_for_are_found() {
        let request = RaiseRequest {
            causes: 1,
            count: 2,
            reserved: 0,
        };
        let served = |raised| {
            let reply = RaiseReply {
                raised,
                ..RaiseReply::default()
            };
            Oracle::default().served(code::RAISE, request.as_bytes(), reply.as_bytes())
        };
        assert_eq!(served(2), Ok(()));
        assert!(served(3).is_err());
    }

    #[test]
    fn a_truncated_reply_is_found() {
        let verdict = Oracle::default().served(code::STATISTICS, &[], &[0; 831]);
        assert!(verdict.is_err());
    }
}
