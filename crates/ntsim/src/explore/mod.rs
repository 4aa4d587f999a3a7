//! Exploration: every schedule of a scenario under a bound.
//!
//! A scenario is a machine at some moment and a few actors, each of which does one thing of the host's: it sends a request,
//! has the device interrupt, cancels, closes, begins a transition. Every actor may cut in at every point, and so may what comes
//! of it: threads on any processor, service routines, DPCs. A schedule is told by its turns, the choices at which what runs does
//! not go on by itself. An actor, a thread, a processor or an interrupt that cuts in while what runs could go on is a
//! preemption, and a bound says how many a schedule has. What goes on where what ran has blocked or ended is free.
//!
//! The search is depth first and runs each schedule from the scenario's snapshot. Each run tells its choices, and those behind
//! its last turn make the schedules that follow from it, so that none is run twice and none is left out.
//!
//! **The model.** Memory is sequentially consistent. An instruction is indivisible, but for a read-modify-write without LOCK:
//! another processor may go on between its read and its write. The store buffers of x64 are not explored; a race is reported in
//! any schedule that makes both accesses, by happens-before.

mod pct;
mod run;
mod scenario;
mod search;
mod shard;
mod tree;
mod violation;

pub use crate::kernel::state::priorities::Reach;
pub use pct::Pct;
pub use run::{Acted, Explorer, Outcome};
pub use scenario::{Act, Actor, Before, Scenario};
pub use search::{Bounds, Drawn, Exploration, Work};
pub use shard::{NoShard, Shard};
pub use violation::{Site, Violation};
