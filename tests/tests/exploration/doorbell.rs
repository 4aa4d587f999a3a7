//! A driver that has nothing to do with dirql: a reader, a ring, and what takes the reader away.

use dirql_tests::{doorbell, images, session::Device};
use ntsim::{
    Config, FileId, Machine, Points, RequestId, Status,
    explore::{Bounds, Explorer, Scenario},
};

use crate::actor;

#[derive(Clone)]
struct Host {
    reader: FileId,
    ringer: FileId,
    read: Option<RequestId>,
    ring: Option<RequestId>,
}

fn scenario(
    name: &str,
    last: fn(&mut Machine, &mut Host) -> Result<(), ntsim::Failure>,
) -> Scenario<Host> {
    let read = actor("read", |machine: &mut Machine, host: &mut Host| {
        host.read = Some(machine.read(host.reader, 16)?);
        Ok(())
    });
    let ring = actor("ring", |machine: &mut Machine, host: &mut Host| {
        host.ring = Some(machine.submit(host.ringer, doorbell::RING, &[], 0)?);
        Ok(())
    });
    let mut last = actor("end", last);
    last.behind = Some(0);
    Scenario {
        name: name.to_owned(),
        says: String::new(),
        before: Box::new(|machine| {
            Ok(Host {
                reader: machine.open(true, true)?,
                ringer: machine.open(true, true)?,
                read: None,
                ring: None,
            })
        }),
        actors: vec![read, ring, last],
        after: Box::new(|machine, host| {
            let ring = machine.wait(host.ring.expect("it was sent"))?;
            assert_eq!(ring.status, Status::SUCCESS);
            let read = machine.wait(host.read.expect("it was sent"))?;
            let known = [Status::SUCCESS, Status::CANCELLED];
            assert!(known.contains(&read.status), "{}", read.status);
            machine.unload().map(drop)
        }),
    }
}

fn explored(scenario: &Scenario<Host>) {
    let image = images::guest("doorbell");
    let mut machine =
        Machine::new(Config::default(), &image, Device::Bare.make()).expect("it is loaded");
    machine.start().expect("it starts");
    let mut explorer = Explorer::new(&mut machine, scenario).expect("it is open");
    let bounds = Bounds {
        points: Points::Access,
        preemptions: 1,
    };
    let found = explorer.explore(bounds, |_| true).expect("it is modelled");
    assert!(
        found.complete && found.violations.is_empty(),
        "{:?}",
        found.violations
    );
    assert!(found.schedules > 100, "{}", found.schedules);
}

#[test]
fn a_reader_that_is_cancelled_meets_a_ring_in_every_order() {
    let _ = images::guest_path("doorbell");
    explored(&scenario("cancel", |machine, host| {
        machine.cancel(host.read.expect("it was sent"))
    }));
}

#[test]
fn a_reader_whose_handle_is_closed_meets_a_ring_in_every_order() {
    explored(&scenario("close", |machine, host| {
        machine.begin_close(host.reader)
    }));
}
