//! Where the driver runs, behind one asynchronous interface: the simulator or a device.
//!
//! A [`Target`] begins a [`Session`] for each test. In the simulator that boots a machine of its
//! own; on a device it is the same running driver each time. A session opens handles, submits
//! requests and learns how they completed; it knows nothing of what the codes mean.

mod answer;
mod device;
mod select;
mod setup;
#[cfg(feature = "sim")]
pub(crate) mod sim;
mod simulated;
mod variant;
#[cfg(feature = "sim")]
pub(crate) mod video;

use std::time::Duration;

use dirql_ioctl::ControlCode;
use dirql_ioctl::connection::Kind;
use nt_model::{Failure, Policy};

pub use answer::Answer;
#[cfg(feature = "sim")]
pub use select::select_under;
pub use select::{Asked, SelectError, advertised_variants, select};
pub use setup::{EVERY_AREA, Setup, handler_policies};
#[cfg(feature = "sim")]
pub use sim::{Comparison, Recorded, Recorder};
pub use simulated::Simulated;
pub use variant::Variant;
#[cfg(feature = "sim")]
pub use video::VideoPlace;

use crate::seed::Seeds;

/// What is true of a target before any test runs.
#[derive(Clone, Debug)]
pub struct Facts {
    /// `sim` or `device`, as on the command line.
    pub name: &'static str,
    /// Every way in which a test can be run here.
    pub variants: Vec<Variant>,
    /// Whether each session starts from a freshly booted driver. Where it does not, a test finds
    /// what others left, and the device's line may be shared with devices that interrupt too.
    pub fresh_per_test: bool,
    /// What the simulated system does where NT's documentation leaves a choice; none on a real machine.
    pub policy: Option<Policy>,
    /// How many processors the driver can run on, where that is known.
    pub processors: Option<u32>,
    /// The seeds of every session, where a token replaces those that a run derives.
    pub replayed: Option<Seeds>,
}

impl Facts {
    /// A kind of connection that the system does not know, where it is known that there is one.
    #[must_use]
    pub fn unknown_kind(&self) -> Option<Kind> {
        Kind::from_u32(self.policy?.unknown_kind.version()?)
    }
}

/// A place where the driver runs.
pub trait Target {
    /// What is true of this target.
    fn facts(&self) -> &Facts;

    /// The token that makes the session of `variant` and `seeds` happen again, where one can.
    fn token(&self, variant: Variant, seeds: Seeds) -> Option<String>;

    /// Whether the user asked the run to end.
    fn interrupted(&self) -> bool {
        false
    }

    /// The video miniport, for a machine of `variant` and `seeds`.
    ///
    /// # Errors
    ///
    /// Why there is none.
    #[cfg(feature = "sim")]
    fn video(&self, variant: Variant, seeds: Seeds) -> Result<VideoPlace<'_>, String> {
        let _ = (variant, seeds);
        Err("a video miniport runs in the simulator only".to_owned())
    }

    /// What the machine of the last session did, once; none unless that was asked for.
    #[cfg(feature = "sim")]
    fn recorded(&self) -> Option<Recorded> {
        None
    }

    /// How many times each test runs, one after the other, until it fails.
    fn passes(&self) -> u32 {
        1
    }

    /// The target for several threads at a time, where it is one that each can begin sessions on.
    fn shared(&self) -> Option<&(dyn Target + Sync)> {
        None
    }

    /// No session with these variant and start comes any more: what was kept for one is not needed.
    fn end_test(&self) {}

    /// The test is about to run for the time of this number, from 0.
    fn begin_pass(&self, _pass: u32) {}

    /// Begins the session of one test.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the driver does not come up.
    fn begin(&self, variant: Variant, seeds: Seeds) -> Result<Box<dyn Session>, Failure>;

    /// Begins a session on a machine that is set up otherwise; none where the machine is as it is.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the driver does not come up.
    fn begin_on(
        &self,
        _variant: Variant,
        _seeds: Seeds,
        _setup: &Setup,
    ) -> Result<Option<Box<dyn Session>>, Failure> {
        Ok(None)
    }
}

/// One test's time with the driver.
///
/// A failure ends the session: after it, nothing more can be learnt from this driver.
pub trait Session {
    /// Opens a handle on the driver's device interface.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the open is refused or the driver breaks a rule meanwhile.
    fn open(&mut self, access: OpenAccess) -> Result<Handle, Failure>;

    /// Closes a handle; the system cancels what is pending on it, and its tickets stay good.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the handle is not open or the driver breaks a rule meanwhile.
    fn close(&mut self, handle: Handle) -> Result<(), Failure>;

    /// Submits a request and does not wait for it. A refusal is a completion like any other.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the handle is not open or the driver breaks a rule meanwhile.
    fn submit(
        &mut self,
        handle: Handle,
        code: ControlCode,
        input: &[u8],
        output_len: usize,
    ) -> Result<Ticket, Failure>;

    /// Waits until the request completes, and spends the ticket. In the simulator time is virtual,
    /// and a request that nothing can complete is found as such; elsewhere `bound` ends the wait.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the request does not complete or the driver breaks a rule meanwhile.
    fn wait(&mut self, ticket: Ticket, bound: Duration) -> Result<Completion, Failure>;

    /// Lets everything happen that can happen by itself, then looks: `None` is a request that is
    /// still pending; a completion spends the ticket.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the driver breaks a rule meanwhile.
    fn poll(&mut self, ticket: Ticket) -> Result<Option<Completion>, Failure>;

    /// Lets the driver work on, for so many of its instructions where the target counts them: what
    /// comes next then meets it in the middle of its work. A real machine works on by itself.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the driver breaks a rule meanwhile.
    fn advance(&mut self, instructions: u32) -> Result<(), Failure>;

    /// Asks the system to cancel a request. It still completes, and its ticket stays good.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the driver breaks a rule meanwhile.
    fn cancel(&mut self, ticket: Ticket) -> Result<(), Failure>;

    /// What only a simulated system can do, where this is one.
    fn simulated(&mut self) -> Option<&mut dyn Simulated> {
        None
    }

    /// Ends the session in good order: closes what is open and, where the driver was booted for
    /// this session, removes the device, unloads the driver and checks that nothing leaked.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the driver breaks a rule meanwhile.
    fn finish(self: Box<Self>) -> Result<(), Failure>;
}

/// The rights that a handle is opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenAccess {
    /// `GENERIC_READ`.
    pub read: bool,
    /// `GENERIC_WRITE`.
    pub write: bool,
}

impl OpenAccess {
    /// Neither right.
    pub const NONE: Self = Self::new(false, false);
    /// To look only.
    pub const READ: Self = Self::new(true, false);
    /// To change state only.
    pub const WRITE: Self = Self::new(false, true);
    /// Both rights.
    pub const BOTH: Self = Self::new(true, true);

    const fn new(read: bool, write: bool) -> Self {
        Self { read, write }
    }
}

/// An open handle of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(pub usize);

/// A submitted request of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub usize);

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What the driver, or the system before it, answered.
    pub answer: Answer,
    /// The number of bytes that the driver says it returned.
    pub information: usize,
    /// Those bytes.
    pub output: Vec<u8>,
}
