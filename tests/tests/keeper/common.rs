//! The guest in its variants, under several schedules.

use dirql_tests::{
    classic,
    session::{Device, Session, random, until_blocked},
};
use ntsim::{Config, Failure, Image, InterruptResource, Machine, Rule};

pub(crate) fn configs() -> Vec<Config> {
    let mut all = vec![until_blocked(InterruptResource::Line)];
    all.extend((1..=6).map(|seed| random(InterruptResource::Line, seed)));
    all
}

pub(crate) fn start(config: &Config, image: &Image) -> Session {
    start_on(Device::Bare, config, image)
}

fn start_on(device: Device, config: &Config, image: &Image) -> Session {
    match Session::start(config, image, device) {
        Ok(session) => session,
        Err(failure) => panic!("{failure}"),
    }
}

/// Lets `body` talk to a variant of the guest in every schedule, and removes it: no rule is broken.
#[track_caller]
pub(crate) fn in_every_schedule(variant: &str, body: impl Fn(&mut Session) -> Result<(), Failure>) {
    let Some(image) = classic::image(variant) else {
        return;
    };
    for config in configs() {
        let mut session = start(&config, &image);
        let ended = body(&mut session).and_then(|()| session.remove());
        if let Err(failure) = ended {
            panic!("{variant}: {failure}");
        }
    }
}

/// Starts a driver that programs cannot open, and unloads it: no rule is broken. Answers the machine with its events.
#[track_caller]
pub(crate) fn unopened(config: &Config, image: &Image) -> Machine {
    let mut machine = Session::make(config, image, Device::Bare);
    let lived = machine.start().and_then(|()| {
        assert!(!machine.can_be_opened());
        machine.unload()
    });
    if let Err(failure) = lived {
        panic!("{failure}");
    }
    machine
}

/// Lets `body` talk to a variant of the guest in every schedule, and removes it: `rule` is broken each time, or where
/// `sometimes` is set in one of them at least. The report has these words, and points at the line of the driver that is
/// marked with the rule.
#[track_caller]
fn breaks_in(
    (device, variant): (Device, &str),
    (rule, says, sometimes): (Rule, &str, bool),
    body: impl Fn(&mut Session) -> Result<(), Failure>,
) {
    let Some(image) = classic::image(variant) else {
        return;
    };
    let mut broken = 0;
    for config in configs() {
        let mut session = start_on(device, &config, &image);
        let Err(failure) = body(&mut session).and_then(|()| session.remove()) else {
            assert!(sometimes, "{variant}: no rule is broken");
            continue;
        };
        broken += 1;
        assert_eq!(failure.cause, rule, "{failure}");
        assert!(failure.message.contains(says), "{failure}");
        let location = failure.location.clone().unwrap_or_default();
        assert!(is_marked(&location, rule), "{location}: {failure}");
    }
    assert!(broken > 0, "{variant}: no rule is broken in any schedule");
}

#[track_caller]
pub(crate) fn breaks(
    variant: &str,
    rule: Rule,
    says: &str,
    body: impl Fn(&mut Session) -> Result<(), Failure>,
) {
    breaks_in((Device::Bare, variant), (rule, says, false), body);
}

#[track_caller]
pub(crate) fn breaks_on(
    device: Device,
    variant: &str,
    rule: Rule,
    says: &str,
    body: impl Fn(&mut Session) -> Result<(), Failure>,
) {
    breaks_in((device, variant), (rule, says, false), body);
}

#[track_caller]
pub(crate) fn breaks_in_some_schedule(
    variant: &str,
    rule: Rule,
    body: impl Fn(&mut Session) -> Result<(), Failure>,
) {
    breaks_in((Device::Bare, variant), (rule, "", true), body);
}

/// Whether the line says that it breaks the rule.
pub(crate) fn is_marked(location: &str, rule: Rule) -> bool {
    let Some((file, line)) = location.rsplit_once(':') else {
        return false;
    };
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let path = format!("{}/guests/keeper/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let line = line
        .parse::<usize>()
        .ok()
        .and_then(|line| text.lines().nth(line - 1));
    line.is_some_and(|line| line.contains(&format!("/* breaks: {rule} */")))
}
