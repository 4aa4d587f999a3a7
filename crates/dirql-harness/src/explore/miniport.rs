//! Scenarios of the video miniport: what its display driver asks, and what its adapter does.

use dirql_ioctl::video::{
    self, ACCOUNTS_TOTAL, PRIORITY_MEDIUM, StatisticsReply, SynchronizeReply, SynchronizeRequest,
    vp,
};
use nt_model::Failure;
use ntsim::explore::Actor;
use ntsim::{Machine, VideoRequestId};
use zerocopy::{FromBytes, IntoBytes};

use super::rest::broken;
use super::stage::{Drama, Stage};
use crate::check::{Stop, Verdict, equal, fail, that, within};

/// A closure that the display driver has asked for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    request: SynchronizeRequest,
    id: VideoRequestId,
}

/// Puts a scenario of the miniport together.
#[derive(Debug)]
pub struct Builder {
    name: String,
    says: String,
    actors: Vec<Actor<Stage>>,
}

impl Builder {
    /// A scenario with a short name, and what it is about in a sentence.
    #[must_use]
    pub fn new(name: impl Into<String>, says: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            says: says.into(),
            actors: Vec::new(),
        }
    }

    fn actor(
        mut self,
        name: String,
        act: impl Fn(&mut Machine, &mut Stage) -> Result<(), Failure> + Send + Sync + 'static,
    ) -> Self {
        self.actors.push(Actor {
            name,
            behind: None,
            act: Box::new(act),
        });
        self
    }

    /// The display driver asks for a closure.
    #[must_use]
    pub fn ask(self, request: SynchronizeRequest) -> Self {
        let name = format!("a closure at priority {}", request.priority);
        self.actor(name, move |machine, stage| {
            let input = request.as_bytes();
            let room = room_for::<SynchronizeReply>();
            let id = machine.submit_video(video::SYNCHRONIZE, input, room)?;
            stage.asked.push(Asked { request, id });
            Ok(())
        })
    }

    /// The adapter raises these causes by itself.
    #[must_use]
    pub fn raise(self, causes: u32) -> Self {
        let name = format!("the adapter raises {causes:#x}");
        self.actor(name, move |machine, stage| {
            stage.hardware.raises += 1;
            stage.hardware.causes |= causes;
            machine.raise_device(causes)
        })
    }

    /// The scenario.
    #[must_use]
    pub fn build(self) -> Drama {
        Drama {
            name: self.name,
            says: self.says,
            actors: self.actors,
            before: Box::new(|_| Ok(Stage::default())),
            after: Box::new(|machine, stage| stage.end_of_miniport(machine)),
        }
    }
}

impl Stage {
    /// Everything has ended: what must hold now.
    fn end_of_miniport(&mut self, machine: &mut Machine) -> Result<(), Failure> {
        let excludes = !machine.config().video.medium_degrades;
        for Asked { request, id } in core::mem::take(&mut self.asked) {
            let completion = machine.wait_video(id)?;
            broken(answered(
                &request,
                completion.status,
                &completion.output,
                excludes,
            ))?;
        }
        let room = room_for::<StatisticsReply>();
        let id = machine.submit_video(video::STATISTICS, &[], room)?;
        let completion = machine.wait_video(id)?;
        broken(self.at_rest(completion.status, &completion.output, excludes))?;
        machine.unload_video().map(drop)
    }

    /// What the miniport says in the end fits what its adapter has done.
    fn at_rest(&self, status: i32, output: &[u8], excludes: bool) -> Verdict {
        equal("the VP_STATUS of statistics", status, vp::NO_ERROR)?;
        let reply: StatisticsReply = read(output)?;
        let sum = reply.left.wrapping_add(reply.right);
        equal("the sum of the accounts at rest", sum, ACCOUNTS_TOTAL)?;
        equal("what the service routine found broken", reply.violations, 0)?;
        let raises = self.hardware.raises;
        within("interrupts claimed", reply.claimed, 1..=raises)?;
        within("runs of the DPC", reply.dpcs, 1..=reply.claimed)?;
        equal(
            "the causes that were dismissed",
            reply.causes,
            u64::from(self.hardware.causes),
        )?;
        if excludes {
            equal("contention", reply.contended, 0)?;
            equal(
                "interrupts without the state",
                reply.served_without_state,
                0,
            )?;
        }
        Ok(())
    }
}

/// A closure ran, and at medium priority nothing came in between.
fn answered(request: &SynchronizeRequest, status: i32, output: &[u8], excludes: bool) -> Verdict {
    equal("the VP_STATUS of a closure", status, vp::NO_ERROR)?;
    let reply: SynchronizeReply = read(output)?;
    equal(
        "closures that ran or were turned away",
        reply.ran + reply.contended,
        request.repeat,
    )?;
    if request.priority != PRIORITY_MEDIUM {
        return equal("closures that ran", reply.ran, request.repeat);
    }
    if excludes {
        equal("closures that were turned away", reply.contended, 0)?;
        equal("interrupts inside", reply.interrupts_inside, 0)?;
    }
    let sum = reply.left.wrapping_add(reply.right);
    that(
        reply.ran == 0 || sum == ACCOUNTS_TOTAL,
        format_args!("the sum of the accounts inside is {sum}"),
    )
}

/// The length of a reply, in bytes.
fn room_for<T>() -> u32 {
    u32::try_from(size_of::<T>()).unwrap_or(u32::MAX)
}

fn read<T: FromBytes>(output: &[u8]) -> Result<T, Stop> {
    match T::read_from_bytes(output) {
        Ok(reply) => Ok(reply),
        Err(_) => fail(format_args!("a reply of {} bytes", output.len())),
    }
}
