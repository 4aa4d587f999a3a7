//! Video request packets that are wrong, each in one way.

use dirql_ioctl::video::{
    self, Operation, PRIORITY_HIGH, PRIORITY_LOW, PRIORITY_MEDIUM, REPEAT_MAX, RaiseRequest,
    SynchronizeRequest, vp,
};
use nt_model::VideoPolicy;
use zerocopy::IntoBytes;

use super::session::{Line, Session, transfer};
use crate::check::{self, Verdict};
use crate::fixture::Fixture;

/// A packet: what is wrong with it, code, input, length of the output, and the status that answers it.
type Packet = (&'static str, u32, Vec<u8>, u32, i32);

/// Every packet.
fn packets() -> Vec<Packet> {
    let mut packets = Vec::new();
    for (_, code, input, output) in video::ALL {
        let (input, output) = (vec![0; input], u32::try_from(output).unwrap_or(0));
        for other in [code | 3, code | 3 << 14, code ^ 1 << 16, code + 0x1000] {
            packets.push((
                "an unknown code",
                other,
                input.clone(),
                output,
                vp::INVALID_FUNCTION,
            ));
        }
        let mut longer = input.clone();
        longer.push(0);
        packets.push((
            "a longer input",
            code,
            longer,
            output,
            vp::INVALID_PARAMETER,
        ));
        if let Some(shorter) = input.len().checked_sub(1) {
            packets.push((
                "a shorter input",
                code,
                vec![0; shorter],
                output,
                vp::INVALID_PARAMETER,
            ));
            packets.push(("no input", code, Vec::new(), output, vp::INVALID_PARAMETER));
        }
        if let Some(shorter) = output.checked_sub(1) {
            for length in [shorter, 0] {
                packets.push((
                    "too little room",
                    code,
                    input.clone(),
                    length,
                    vp::INSUFFICIENT_BUFFER,
                ));
            }
        }
    }
    for causes in [0, u32::MAX] {
        let request = RaiseRequest {
            causes,
            reserved: 0,
        };
        let input = request.as_bytes().to_vec();
        packets.push((
            "causes out of range",
            video::RAISE,
            input,
            0,
            vp::INVALID_PARAMETER,
        ));
    }
    let reserved = RaiseRequest {
        causes: 1,
        reserved: 1,
    };
    packets.push((
        "a reserved field",
        video::RAISE,
        reserved.as_bytes().to_vec(),
        0,
        vp::INVALID_PARAMETER,
    ));
    packets.extend(closures().map(|(what, request)| {
        (
            what,
            video::SYNCHRONIZE,
            request.as_bytes().to_vec(),
            64,
            vp::INVALID_PARAMETER,
        )
    }));
    packets
}

/// Requests for closures that are out of range.
fn closures() -> impl Iterator<Item = (&'static str, SynchronizeRequest)> {
    let good = transfer(1, 1);
    let nothing = SynchronizeRequest {
        operation: Operation::Nothing as u32,
        argument: 0,
        ..good
    };
    [
        (
            "an unknown priority",
            SynchronizeRequest {
                priority: 3,
                ..nothing
            },
        ),
        (
            "a priority of all ones",
            SynchronizeRequest {
                priority: u32::MAX,
                ..nothing
            },
        ),
        (
            "operation 0",
            SynchronizeRequest {
                operation: 0,
                ..nothing
            },
        ),
        (
            "an unknown operation",
            SynchronizeRequest {
                operation: 3,
                ..good
            },
        ),
        (
            "the state at low priority",
            SynchronizeRequest {
                priority: PRIORITY_LOW,
                ..good
            },
        ),
        (
            "the state at high priority",
            SynchronizeRequest {
                priority: PRIORITY_HIGH,
                ..good
            },
        ),
        (
            "an argument of nothing",
            SynchronizeRequest {
                argument: 1,
                ..nothing
            },
        ),
        ("no repetition", SynchronizeRequest { repeat: 0, ..good }),
        (
            "too many repetitions",
            SynchronizeRequest {
                repeat: REPEAT_MAX + 1,
                ..good
            },
        ),
        (
            "causes of all ones",
            SynchronizeRequest {
                raise: u32::MAX,
                ..good
            },
        ),
        (
            "a reserved field of a closure",
            SynchronizeRequest {
                reserved: 1,
                priority: PRIORITY_MEDIUM,
                ..good
            },
        ),
    ]
    .into_iter()
}

pub(super) fn bad_packets_are_refused_and_change_nothing(fixture: &mut Fixture<'_>) -> Verdict {
    let place = fixture.video()?;
    for line in [Line::Connected, Line::Absent] {
        let policy = VideoPolicy::default();
        let mut session = Session::start(&place, line, policy, place.config.seed)?;
        let before = session.statistics()?;
        for (what, code, input, output, status) in packets() {
            let answer = session.ask(code, &input, output)?;
            session.check(check::equal(
                format!("{what} (code {code:#x})"),
                (answer.status, answer.output),
                (status, Vec::new()),
            ))?;
        }
        let after = session.statistics()?;
        session.check(check::equal("the statistics afterwards", after, before))?;
        session.finish(line)?;
    }
    Ok(())
}

/// A packet that asks for something, with as many bytes of input and output as the contract says.
fn good_packets() -> [(u32, Vec<u8>, u32); 3] {
    let size = |code| {
        let known = video::ALL.iter().find(|(_, known, ..)| *known == code);
        known.map_or(0, |(.., output)| u32::try_from(*output).unwrap_or(0))
    };
    [
        (video::QUERY, Vec::new()),
        (video::STATISTICS, Vec::new()),
        (video::SYNCHRONIZE, transfer(1, 1).as_bytes().to_vec()),
    ]
    .map(|(code, input)| (code, input, size(code)))
}

pub(super) fn more_room_than_the_reply_has_stays_as_it_was(fixture: &mut Fixture<'_>) -> Verdict {
    let place = fixture.video()?;
    let policy = VideoPolicy::default();
    let mut session = Session::start(&place, Line::Connected, policy, place.config.seed)?;
    for (code, input, output) in good_packets() {
        for extra in [0, 1, 8, 500] {
            let answer = session.ask(code, &input, output + extra)?;
            session.check(check::equal(
                format!("bytes of the reply (code {code:#x}, {extra} bytes more room)"),
                (answer.status, answer.output.len()),
                (vp::NO_ERROR, output as usize),
            ))?;
        }
    }
    session.finish(Line::Connected).map(drop)
}
