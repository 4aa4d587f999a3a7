//! A test whose machines go back to a start that was kept, and the same test on machines that were just switched on, are one
//! run: the logs of all of its machines are the same, byte for byte.

use std::cell::RefCell;
use std::env;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use dirql_ioctl::ControlCode;
use nt_model::{Failure, InterruptResource, Strategy};

use super::session::SimSession;
use super::{SimTarget, kept};
use crate::cli::{PlaceArgs, TargetKind};
use crate::fixture::Fixture;
use crate::plan::{Planned, one_variant_each, plan};
use crate::seed::{Seeds, derive};
use crate::suites;
use crate::target::{
    Asked, Completion, Facts, Handle, OpenAccess, Session, Setup, Simulated, Target, Ticket,
    Variant, VideoPlace,
};

/// The simulator, with the logs of a test's machines in the order in which their sessions ended.
struct Logged<'t> {
    sim: &'t SimTarget,
    /// Machines go back to a start that was kept.
    goes_back: bool,
    logs: Rc<RefCell<Vec<String>>>,
}

/// A session of it.
struct LoggedSession {
    session: SimSession,
    logs: Rc<RefCell<Vec<String>>>,
}

impl<'t> Logged<'t> {
    fn new(sim: &'t SimTarget, goes_back: bool) -> Self {
        Self {
            sim,
            goes_back,
            logs: Rc::default(),
        }
    }

    fn session(
        &self,
        variant: Variant,
        seeds: Seeds,
        setup: &Setup,
    ) -> Result<Box<dyn Session>, Failure> {
        let session = if self.goes_back {
            self.sim.session(variant, seeds, setup)
        } else {
            self.sim.boot(variant, seeds, setup, |_| ())
        };
        Ok(Box::new(LoggedSession {
            session: session?,
            logs: Rc::clone(&self.logs),
        }))
    }

    /// The logs of one run of a test, and how it ended.
    fn run(&self, planned: &Planned, seeds: Seeds) -> (Vec<String>, String) {
        let (verdict, _) = Fixture::with(self, planned.variant, seeds, planned.test.body);
        (self.logs.take(), format!("{verdict:?}"))
    }
}

impl Target for Logged<'_> {
    fn facts(&self) -> &Facts {
        self.sim.facts()
    }

    fn token(&self, variant: Variant, seeds: Seeds) -> Option<String> {
        self.sim.token(variant, seeds)
    }

    fn video(&self, variant: Variant, seeds: Seeds) -> Result<VideoPlace<'_>, String> {
        self.sim.video(variant, seeds)
    }

    fn begin(&self, variant: Variant, seeds: Seeds) -> Result<Box<dyn Session>, Failure> {
        self.session(variant, seeds, &Setup::default())
    }

    fn begin_on(
        &self,
        variant: Variant,
        seeds: Seeds,
        setup: &Setup,
    ) -> Result<Option<Box<dyn Session>>, Failure> {
        self.session(variant, seeds, setup).map(Some)
    }
}

impl Session for LoggedSession {
    fn open(&mut self, access: OpenAccess) -> Result<Handle, Failure> {
        self.session.open(access)
    }

    fn close(&mut self, handle: Handle) -> Result<(), Failure> {
        self.session.close(handle)
    }

    fn submit(
        &mut self,
        handle: Handle,
        code: ControlCode,
        input: &[u8],
        output_len: usize,
    ) -> Result<Ticket, Failure> {
        self.session.submit(handle, code, input, output_len)
    }

    fn wait(&mut self, ticket: Ticket, bound: Duration) -> Result<Completion, Failure> {
        self.session.wait(ticket, bound)
    }

    fn poll(&mut self, ticket: Ticket) -> Result<Option<Completion>, Failure> {
        self.session.poll(ticket)
    }

    fn advance(&mut self, instructions: u32) -> Result<(), Failure> {
        self.session.advance(instructions)
    }

    fn cancel(&mut self, ticket: Ticket) -> Result<(), Failure> {
        self.session.cancel(ticket)
    }

    fn simulated(&mut self) -> Option<&mut dyn Simulated> {
        self.session.simulated()
    }

    fn finish(mut self: Box<Self>) -> Result<(), Failure> {
        self.session.end()?;
        let events = self.session.machine.events();
        // The text has the last events, and the digest is over all of them.
        let log = format!("{:x} {}\n{events}", events.digest(), events.total());
        self.logs.borrow_mut().push(log);
        self.session.machine.recycle();
        Ok(())
    }
}

fn simulator(replay: Option<&str>) -> SimTarget {
    let path = |variable| {
        let value = env::var_os(variable);
        PathBuf::from(
            value.unwrap_or_else(|| panic!("{variable} is not set: run `cargo xtask test`")),
        )
    };
    let place = PlaceArgs {
        target: TargetKind::Sim,
        image: Some(path("DIRQL_IMAGE")),
        without: Vec::new(),
        policy: Vec::new(),
        pdb: Some(path("DIRQL_PDB")),
    };
    let asked = Asked {
        replay,
        ..Asked::default()
    };
    SimTarget::new(&place, asked).expect("the images can be loaded")
}

fn compare(sim: &SimTarget, planned: &Planned) {
    let (kept, booted) = (Logged::new(sim, true), Logged::new(sim, false));
    let first = Seeds::from(derive(1, &planned.id));
    // The first keeps the start, and the others go back to it.
    let told = kept.run(planned, first.of_run(1));
    assert!(kept::count() > 0, "{}: {}", planned.id, told.1);
    for number in [2, 3] {
        let seeds = first.of_run(number);
        let restored = kept.run(planned, seeds);
        let booted = booted.run(planned, seeds);
        assert!(
            !booted.0.is_empty() && restored == booted,
            "{}: {}, {}",
            planned.id,
            restored.1,
            booted.1
        );
        // Another seed draws another schedule.
        assert_ne!(restored.0, told.0, "{}", planned.id);
    }
    kept::release();
}

#[test]
fn every_test_behind_a_start_that_was_kept_is_the_test_from_the_switch_on() {
    let drawn: Vec<Variant> = Variant::SIMULATED
        .into_iter()
        .filter(|variant| variant.schedule == Some(Strategy::Random))
        .collect();
    let tests = one_variant_each(0, &plan(&suites::all(), &drawn, &[]));
    let next = Mutex::new(tests.iter());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let sim = simulator(None);
                let take = || next.lock().expect("no thread panics with it").next();
                while let Some(planned) = take() {
                    compare(&sim, planned);
                }
            });
        }
    });
}

#[test]
fn the_token_of_a_seed_behind_the_start_is_that_run_again() {
    let sim = simulator(None);
    let variant = Variant::simulated(InterruptResource::Message, Strategy::Random);
    // One of them boots machines that differ from the first.
    for name in [
        "stress::lock_keeps_the_invariant",
        "reconnect::kind_that_the_system_does_not_know_is_refused",
        "pshed::closures_keep_the_handler_out",
    ] {
        let id = format!("{name}@{variant}");
        let plan = plan(&suites::all(), &[variant], &[id]);
        let [planned] = &plan[..] else {
            panic!("{name} is one test");
        };
        let (kept, seeds) = (Logged::new(&sim, true), Seeds::from(9));
        kept.run(planned, seeds.of_run(1));
        let wanted = kept.run(planned, seeds.of_run(2));
        let token = sim.token(variant, seeds.of_run(2)).expect("it has one");
        let replayed = simulator(Some(&token));
        let named = replayed.facts().replayed.expect("the token names them");
        assert_eq!(named, seeds.of_run(2));
        assert!(
            Logged::new(&replayed, true).run(planned, named) == wanted,
            "{token}"
        );
        kept::release();
    }
}
