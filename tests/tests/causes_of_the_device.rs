//! A device that raises a cause by itself, before each instruction of what the driver does with its interrupt: the line
//! falls again, the driver goes on, and its neighbour on the line is served.

use dirql_ioctl::{
    code,
    connection::{ConnectionInfo, Kind, ReconnectRequest},
    interrupt::SetActiveRequest,
};
use dirql_tests::{
    dirql, images,
    session::{Device, Session, until_blocked},
};
use ntsim::{DeviceState, Failure, InterruptResource, Policy, Status, Transition};
use zerocopy::IntoBytes;

/// What the device raises; no request of these tests does.
const CAUSE: u32 = 0x400;

/// Something that the driver does with its interrupt, as it begins and as it is waited for.
#[derive(Clone, Copy, Debug)]
enum Deed {
    SetActive(bool),
    Reconnect(Kind),
    Change(Transition, DeviceState),
}

impl Deed {
    /// Does it, and has the device raise its cause after so many instructions of it. How many it took.
    fn raised_after(self, session: &mut Session, instructions: u64) -> Result<u64, Failure> {
        let began = session.machine.instructions();
        let request = match self {
            Self::SetActive(active) => {
                let request = SetActiveRequest {
                    active: active.into(),
                    reserved: 0,
                };
                Some(session.submit(code::SET_ACTIVE.0, request.as_bytes(), 0)?)
            }
            Self::Reconnect(kind) => {
                let request = ReconnectRequest {
                    kind: kind as u32,
                    reserved: 0,
                };
                let reply = size_of::<ConnectionInfo>();
                Some(session.submit(code::RECONNECT.0, request.as_bytes(), reply)?)
            }
            Self::Change(transition, _) => {
                session.machine.begin_transition(transition)?;
                None
            }
        };
        session
            .machine
            .advance(u32::try_from(instructions).expect("a short deed"))?;
        session.machine.raise_device(CAUSE)?;
        session.machine.raise_neighbour()?;
        match (request, self) {
            (Some(request), _) => {
                assert_eq!(
                    session.machine.wait(request)?.status,
                    Status::SUCCESS,
                    "{self:?}"
                );
            }
            (None, Self::Change(_, state)) => {
                assert_eq!(session.machine.end_transition()?, state, "{self:?}");
            }
            (None, _) => unreachable!("every request is one"),
        }
        Ok(session.machine.instructions() - began)
    }
}

/// The deeds that bring the interrupt from live to live, one after the other.
fn rounds(resource: InterruptResource) -> Vec<Vec<Deed>> {
    let mut rounds = vec![
        vec![Deed::SetActive(false), Deed::SetActive(true)],
        vec![
            Deed::Change(Transition::PowerDown, DeviceState::LowPower),
            Deed::Change(Transition::PowerUp, DeviceState::Started),
        ],
        vec![
            Deed::Change(Transition::Stop, DeviceState::Stopped),
            Deed::Change(Transition::Restart(resource), DeviceState::Started),
        ],
    ];
    let serves = |kind: &Kind| resource == InterruptResource::Line || *kind != Kind::Line;
    let kinds = Kind::ALL.into_iter().filter(serves);
    rounds.extend(kinds.map(|kind| vec![Deed::Reconnect(kind)]));
    rounds
}

/// Goes through every instruction of a round, on machines of one policy.
fn every_instruction(resource: InterruptResource, policy: Policy, first: bool) {
    let config = until_blocked(resource);
    let image = images::driver();
    for round in rounds(resource) {
        let run = || -> Result<(), Failure> {
            let mut session = Session::with_policy(&config, policy, &image, Device::Edu)?;
            session.machine.place_neighbour(first)?;
            for at in 0..round.len() {
                let mut instructions = 0;
                loop {
                    let mut took = 0;
                    for (place, deed) in round.iter().enumerate() {
                        let there = if place == at { instructions } else { 0 };
                        let took_now = deed.raised_after(&mut session, there)?;
                        if place == at {
                            took = took_now;
                        }
                    }
                    // The interrupt serves, whatever became of the causes.
                    let before = dirql::raise(&mut session, 0x8, 1)?.sequence_before;
                    let answer = dirql::wait(&mut session, before)?;
                    assert_eq!(answer.causes & !CAUSE, 0x8, "{round:?}");
                    let neighbour = session.machine.neighbour();
                    assert!(!neighbour.asserted, "{round:?}: the neighbour is starved");
                    if instructions > took {
                        break;
                    }
                    instructions += 1;
                }
            }
            session.remove().map(drop)
        };
        run().unwrap_or_else(|failure| panic!("{round:?}: {failure}"));
    }
}

#[test]
fn every_instruction_by_line() {
    for first in [false, true] {
        every_instruction(InterruptResource::Line, Policy::default(), first);
    }
}

#[test]
fn every_instruction_by_line_without_an_interrupt_in_the_connect() {
    let policy = Policy {
        interrupt_in_connect: false,
        ..Policy::default()
    };
    every_instruction(InterruptResource::Line, policy, false);
}

#[test]
fn every_instruction_by_message() {
    for inactive_messages_kept in [false, true] {
        let policy = Policy {
            inactive_messages_kept,
            ..Policy::default()
        };
        every_instruction(InterruptResource::Message, policy, false);
    }
}
