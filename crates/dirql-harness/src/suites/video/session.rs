//! The miniport in a machine of its own, in the contract's terms.

use dirql_ioctl::video::{
    self, ACCOUNTS_TOTAL, Operation, PRIORITY_MEDIUM, QueryReply, RaiseRequest, StatisticsReply,
    SynchronizeReply, SynchronizeRequest, vp,
};
use nt_model::{Config, Failure, Rule, Strategy, VideoPolicy};
use ntsim::device::probe::{self, Probe};
use ntsim::{Machine, Stimulus, VideoRequestId, VideoRun};
use zerocopy::{FromBytes, IntoBytes};

use crate::check::{self, Stop, Verdict};
use crate::interrupt;
use crate::target::{VideoPlace, sim::Booted};

/// Whether the adapter has an interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Connected,
    Absent,
}

/// What a request was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: i32,
    pub(super) output: Vec<u8>,
}

/// One adapter, from its start to its removal.
pub(super) struct Session {
    machine: Booted,
    what: String,
}

/// What a miniport finds when it starts, besides the policies.
#[derive(Clone, Copy, Debug)]
struct Port {
    /// The longest structure of initialization data that the port driver knows, where it is an older one.
    size: Option<u32>,
    /// The causes that the adapter has raised by then.
    causes: u32,
}

impl Port {
    const PRESENT: Self = Self {
        size: None,
        causes: 0,
    };
}

/// The policies that a test goes through: all of them, or those that the machine is under.
pub(super) fn policies(place: &VideoPlace<'_>) -> Vec<VideoPolicy> {
    if place.replayed || place.chosen {
        vec![place.config.video]
    } else {
        VideoPolicy::all().collect()
    }
}

/// The seeds that a test goes through: the variant's, and some after it where they make a difference.
pub(super) fn seeds(place: &VideoPlace<'_>, count: u64) -> impl Iterator<Item = u64> + use<> {
    let first = place.config.seed;
    let count = match place.config.strategy {
        Strategy::Random if !place.replayed => count,
        _ => 1,
    };
    (0..count).map(move |further| first.wrapping_add(further))
}

fn stopped(what: &str, failure: Failure) -> Stop {
    let token = failure.token.clone().unwrap_or_default();
    Stop::Failed(failure).about(&format!("{what}, token {token}"))
}

impl Session {
    /// Boots a machine and starts the adapter.
    pub(super) fn start(
        place: &VideoPlace<'_>,
        line: Line,
        video: VideoPolicy,
        seed: u64,
    ) -> Result<Self, Stop> {
        let config = Config {
            video,
            seed,
            ..place.config.clone()
        };
        Self::boot(place, line, &config, Port::PRESENT)
    }

    /// The same, of an adapter that asserts its line from the beginning.
    pub(super) fn on_asserted_line(
        place: &VideoPlace<'_>,
        seed: u64,
        causes: u32,
    ) -> Result<Self, Stop> {
        let config = Config {
            seed,
            ..place.config.clone()
        };
        let port = Port {
            causes,
            ..Port::PRESENT
        };
        Self::boot(place, Line::Connected, &config, port)
    }

    /// The same, on a port driver that knows a structure of `size` bytes at most.
    pub(super) fn on_older_port_driver(place: &VideoPlace<'_>, size: u32) -> Result<Self, Stop> {
        let port = Port {
            size: Some(size),
            ..Port::PRESENT
        };
        Self::boot(place, Line::Connected, &place.config, port)
    }

    fn boot(place: &VideoPlace<'_>, line: Line, config: &Config, port: Port) -> Result<Self, Stop> {
        let device = match line {
            Line::Connected => Probe::new(),
            Line::Absent => Probe::without_interrupt(),
        };
        let what = format!("{:?}, {line:?}", config.video);
        // Nothing declares which words of a device extension are atomic, so a race cannot be told from one.
        let config = Config {
            rules: config.rules.without(Rule::Race),
            ..*config
        };
        let mut machine = match Machine::new(config, place.image, Box::new(device)) {
            Ok(machine) => Booted::new(machine, place.recorder, place.image),
            Err(error) => return check::fail(error),
        };
        if let Some(comparison) = place.comparison {
            comparison.watch(&mut machine);
        }
        if let Some(flag) = interrupt::flag() {
            machine.end_on(flag);
        }
        if let Some(size) = port.size {
            machine.limit_video_initialization(size);
        }
        let raised = match port.causes {
            0 => Ok(()),
            causes => machine.raise_device(causes),
        };
        raised
            .and_then(|()| machine.start_video())
            .map_err(|failure| stopped(&what, failure))?;
        Ok(Self { machine, what })
    }

    fn ran<T>(&self, result: Result<T, Failure>) -> Result<T, Stop> {
        result.map_err(|failure| stopped(&self.what, failure))
    }

    /// Says what the session was about in front of a failed check.
    pub(super) fn check(&self, verdict: Verdict) -> Verdict {
        let token = self.machine.config().token();
        verdict.map_err(|stop| stop.about(&format!("{}, token {token}", self.what)))
    }

    /// Submits a request and does not wait.
    pub(super) fn submit(
        &mut self,
        code: u32,
        input: &[u8],
        output: u32,
    ) -> Result<VideoRequestId, Stop> {
        let submitted = self.machine.submit_video(code, input, output);
        self.ran(submitted)
    }

    /// Waits for a request.
    pub(super) fn wait(&mut self, request: VideoRequestId) -> Result<Answer, Stop> {
        let waited = self.machine.wait_video(request);
        self.ran(waited).map(|completion| Answer {
            status: completion.status,
            output: completion.output,
        })
    }

    /// Submits a request and waits for it.
    pub(super) fn ask(&mut self, code: u32, input: &[u8], output: u32) -> Result<Answer, Stop> {
        let request = self.submit(code, input, output)?;
        self.wait(request)
    }

    /// Asks for something that succeeds, and reads the reply.
    pub(super) fn reply<T: FromBytes>(&mut self, code: u32, input: &[u8]) -> Result<T, Stop> {
        let size = u32::try_from(size_of::<T>()).unwrap_or(u32::MAX);
        let answer = self.ask(code, input, size)?;
        self.check(check::equal("the VP_STATUS", answer.status, vp::NO_ERROR))?;
        match T::read_from_bytes(&answer.output) {
            Ok(reply) => Ok(reply),
            Err(_) => check::fail(format!(
                "{}: a reply of {} bytes instead of {size}",
                self.what,
                answer.output.len()
            )),
        }
    }

    /// The IRQL of the adapter's interrupt, which the miniport is not told.
    pub(super) fn device_irql(&self) -> u32 {
        self.machine.device_irql().into()
    }

    /// Has the adapter interrupt by itself.
    pub(super) fn adapter_raises(&mut self, causes: u32) -> Verdict {
        let raised = self.machine.raise_device(causes);
        self.ran(raised)
    }

    pub(super) fn query(&mut self) -> Result<QueryReply, Stop> {
        self.reply(video::QUERY, &[])
    }

    pub(super) fn statistics(&mut self) -> Result<StatisticsReply, Stop> {
        self.reply(video::STATISTICS, &[])
    }

    pub(super) fn synchronize(
        &mut self,
        request: &SynchronizeRequest,
    ) -> Result<SynchronizeReply, Stop> {
        self.reply(video::SYNCHRONIZE, request.as_bytes())
    }

    /// Raises causes from a request, outside of any closure.
    pub(super) fn raise(&mut self, causes: u32) -> Verdict {
        let request = RaiseRequest {
            causes,
            reserved: 0,
        };
        let answer = self.ask(video::RAISE, request.as_bytes(), 0)?;
        self.check(check::equal("the VP_STATUS", answer.status, vp::NO_ERROR))
    }

    /// Has the adapter interrupt before the `instruction`th instruction of the next closure's routine, and has
    /// that closure run; none where the routine is not as long.
    pub(super) fn interrupted_at(
        &mut self,
        instruction: u64,
        request: &SynchronizeRequest,
    ) -> Result<Option<SynchronizeReply>, Stop> {
        self.machine.arm_video(Some(Stimulus {
            instruction,
            offset: probe::RAISE,
            value: 1,
        }));
        let reply = self.synchronize(request)?;
        let reached = !self.machine.video_is_armed();
        self.machine.arm_video(None);
        Ok(reached.then_some(reply))
    }

    /// The routines that the port driver has run since this was asked for.
    pub(super) fn take_runs(&mut self) -> Vec<VideoRun> {
        self.machine.take_video_runs()
    }

    /// What holds at the end of every session, whatever was done in it; and the adapter is removed.
    pub(super) fn finish(mut self, line: Line) -> Result<StatisticsReply, Stop> {
        let statistics = self.statistics()?;
        if line == Line::Connected {
            self.check(check::equal(
                "the sum of the accounts",
                statistics.left.wrapping_add(statistics.right),
                ACCOUNTS_TOTAL,
            ))?;
        }
        self.check(check::equal(
            "what the service routine found broken",
            statistics.violations,
            0,
        ))?;
        let what = self.what;
        self.machine
            .unload_video()
            .map_err(|failure| stopped(&what, failure))?;
        self.machine.recycle();
        Ok(statistics)
    }

    /// The digest over all events so far.
    pub(super) fn digest(&self) -> u64 {
        self.machine.events().digest()
    }
}

/// No routine of a closure is as long as this.
pub(super) const ROUTINE_MAX: u64 = 400;

/// A transfer at medium priority.
pub(super) const fn transfer(argument: u64, repeat: u32) -> SynchronizeRequest {
    SynchronizeRequest {
        priority: PRIORITY_MEDIUM,
        operation: Operation::Transfer as u32,
        repeat,
        raise: 0,
        argument,
        reserved: 0,
    }
}

/// A closure at a priority that raises causes and does nothing else.
pub(super) const fn raising(priority: u32, raise: u32, repeat: u32) -> SynchronizeRequest {
    SynchronizeRequest {
        priority,
        operation: Operation::Nothing as u32,
        repeat,
        raise,
        argument: 0,
        reserved: 0,
    }
}
