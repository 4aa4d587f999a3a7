//! A target that answers from a script. It is no driver: it has no state but what a script says,
//! and exists to fail in controlled ways.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary takes the module in and uses its own part of the script"
)]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use dirql_harness::check::Verdict;
use dirql_harness::fixture::Fixture;
use dirql_harness::plan::{Planned, plan};
use dirql_harness::run::{Extent, Observer, Record, Run};
use dirql_harness::seed::Seeds;
use dirql_harness::suites::{Needs, Test};
use dirql_harness::target::{
    Answer, Completion, Facts, Handle, OpenAccess, Session, Target, Ticket, Variant,
};
use dirql_ioctl::connection::{ConnectionInfo, QueryReply};
use dirql_ioctl::statistics::StatisticsReply;
use dirql_ioctl::synchronize::{ACCOUNTS_TOTAL, SynchronizeReply};
use dirql_ioctl::{CONTRACT_VERSION, ControlCode, Status, code};
use nt_model::{Cause, Failure, InterruptResource, Rule, Strategy};
use zerocopy::{FromZeros, IntoBytes};

/// What the script does besides answering every request with success.
#[derive(Clone, Default)]
pub struct Script {
    /// The session does not begin.
    pub begin: Option<Failure>,
    /// The session does not end well.
    pub finish: Option<Failure>,
    /// Statistics after the first, in this order; then the last again and again.
    pub sequences: VecDeque<u64>,
    /// The contract version of the query.
    pub contract_version: Option<u32>,
    /// The sum of the accounts in a snapshot.
    pub accounts: Option<u64>,
    /// Answers of these codes in place of success.
    pub answers: Vec<(ControlCode, Completion)>,
    /// A driver that outlives its tests, with its interrupt left inactive and reconnected.
    pub left_behind: bool,
}

/// The scripted target; `log` holds every code that was submitted.
pub struct Scripted {
    pub facts: Facts,
    script: Script,
    pub log: Rc<RefCell<Vec<ControlCode>>>,
}

pub const VARIANTS: [Variant; 2] = [
    Variant::simulated(InterruptResource::Line, Strategy::Random),
    Variant::simulated(InterruptResource::Message, Strategy::Random),
];

impl Scripted {
    pub fn new(script: Script) -> Self {
        Self {
            facts: Facts {
                name: "scripted",
                variants: VARIANTS.into(),
                fresh_per_test: !script.left_behind,
                policy: None,
                processors: Some(2),
                replayed: None,
            },
            script,
            log: Rc::default(),
        }
    }

    /// Runs one test, named `scripted::phenomenon`, in the first variant only.
    pub fn run(&self, body: fn(&mut Fixture<'_>) -> Verdict) -> Run {
        self.run_as(7, body)
    }

    /// The same, in an extent.
    pub fn run_as(&self, extent: impl Into<Extent>, body: fn(&mut Fixture<'_>) -> Verdict) -> Run {
        let test = Test {
            suite: "scripted",
            name: "phenomenon",
            needs: Needs::Nothing,
            body,
        };
        let plan = plan(&[test], &VARIANTS[..1], &[]);
        dirql_harness::run::run(self, &plan, extent, &mut Unwatched)
    }
}

pub struct Unwatched;

impl Observer for Unwatched {
    fn started(&mut self, _: &Planned) {}
    fn finished(&mut self, _: &Record) {}
}

pub fn failed(cause: impl Into<Cause>) -> Failure {
    let cause = cause.into();
    Failure {
        backtrace: vec![
            "acknowledge at driver/isr.rs:12".to_owned(),
            "service at driver/isr.rs:40".to_owned(),
        ],
        ..Failure::new(cause, format!("the script breaks {cause}"))
            .at(Some("driver/isr.rs:12".to_owned()))
    }
}

pub fn completion(status: Status, output: &[u8]) -> Completion {
    Completion {
        answer: Answer::Exact(status),
        information: output.len(),
        output: output.to_vec(),
    }
}

impl Target for Scripted {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn token(&self, variant: Variant, seeds: Seeds) -> Option<String> {
        let behind = seeds.behind.map(|seed| format!("-s{seed:x}"));
        let behind = behind.unwrap_or_default();
        Some(format!("token-{variant}-{:x}{behind}", seeds.start))
    }

    fn begin(&self, _: Variant, _: Seeds) -> Result<Box<dyn Session>, Failure> {
        if let Some(failure) = &self.script.begin {
            return Err(failure.clone());
        }
        Ok(Box::new(Reading {
            script: self.script.clone(),
            completions: Vec::new(),
            queries: 0,
            opened: 0,
            log: Rc::clone(&self.log),
        }))
    }
}

struct Reading {
    script: Script,
    completions: Vec<Option<Completion>>,
    queries: u32,
    opened: usize,
    log: Rc<RefCell<Vec<ControlCode>>>,
}

impl Reading {
    fn answer(&mut self, asked: ControlCode) -> Completion {
        let scripted = self.script.answers.iter().find(|(code, _)| *code == asked);
        if let Some((_, completion)) = scripted {
            return completion.clone();
        }
        match asked {
            code::QUERY => {
                self.queries += 1;
                let first = self.queries == 1;
                let connection = ConnectionInfo {
                    active: (first || !self.script.left_behind).into(),
                    kind_asked: if first || !self.script.left_behind {
                        1
                    } else {
                        2
                    },
                    ..ConnectionInfo::default()
                };
                let reply = QueryReply {
                    contract_version: self.script.contract_version.unwrap_or(CONTRACT_VERSION),
                    driver_version: 0x0001_0203,
                    connection,
                    ..QueryReply::default()
                };
                completion(Status::SUCCESS, reply.as_bytes())
            }
            code::STATISTICS => {
                let mut reply = StatisticsReply::new_zeroed();
                reply.sequence = match self.script.sequences.len() {
                    0 => 0,
                    1 => self.script.sequences[0],
                    _ => self.script.sequences.pop_front().expect("two are left"),
                };
                completion(Status::SUCCESS, reply.as_bytes())
            }
            code::SYNCHRONIZE => {
                let mut reply = SynchronizeReply::new_zeroed();
                reply.left = self.script.accounts.unwrap_or(ACCOUNTS_TOTAL);
                completion(Status::SUCCESS, reply.as_bytes())
            }
            code::RECONNECT => completion(Status::SUCCESS, ConnectionInfo::default().as_bytes()),
            code::SET_ACTIVE | code::RESET_STATISTICS => completion(Status::SUCCESS, &[]),
            _ => completion(Status::INVALID_DEVICE_REQUEST, &[]),
        }
    }
}

impl Session for Reading {
    fn open(&mut self, _: OpenAccess) -> Result<Handle, Failure> {
        self.opened += 1;
        Ok(Handle(self.opened - 1))
    }

    fn close(&mut self, _: Handle) -> Result<(), Failure> {
        Ok(())
    }

    fn submit(
        &mut self,
        _: Handle,
        code: ControlCode,
        _: &[u8],
        _: usize,
    ) -> Result<Ticket, Failure> {
        self.log.borrow_mut().push(code);
        let completion = self.answer(code);
        self.completions.push(Some(completion));
        Ok(Ticket(self.completions.len() - 1))
    }

    fn wait(&mut self, ticket: Ticket, _: Duration) -> Result<Completion, Failure> {
        self.completions[ticket.0]
            .take()
            .ok_or_else(|| failed(Rule::Hang))
    }

    fn poll(&mut self, ticket: Ticket) -> Result<Option<Completion>, Failure> {
        Ok(self.completions[ticket.0].take())
    }

    fn advance(&mut self, _: u32) -> Result<(), Failure> {
        Ok(())
    }

    fn cancel(&mut self, _: Ticket) -> Result<(), Failure> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), Failure> {
        self.script.finish.map_or(Ok(()), Err)
    }
}
