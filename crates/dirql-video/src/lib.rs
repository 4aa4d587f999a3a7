//! Safe closures over `VideoPortSynchronizeExecution`, for a video miniport driver.
//!
//! A miniport is not a driver that connects an interrupt. The video port driver does, calls the miniport's
//! `HwVidInterrupt`, and runs a routine against it on request. What excludes what depends on a priority, and
//! on whether an interrupt is connected at all; where it is not, NT runs the routine without exclusion and
//! does not say so. So this adapter promises less than that of an interrupt in the crate [`dirql`], and says where:
//!
//! | call | closure gets | excluded meanwhile |
//! |---|---|---|
//! | [`Witness::synchronize`] | `&mut T` | `HwVidInterrupt`, on every processor, and other closures on `T` |
//! | [`VideoAdapter::run_high`] | nothing | no more than NT happens to exclude |
//! | [`VideoAdapter::run_low`] | nothing | nothing; `HwVidInterrupt` runs in the middle of it |
//!
//! # The argument
//!
//! 1. **`T` lies in the device extension**, which the port driver zeroes before `HwVidFindAdapter` and frees
//!    without a callback. So `T` owns nothing with a destructor, which is asserted, and it is complete before
//!    `HwVidFindAdapter` returns, for an interrupt may come right after that. Until then the extension is all
//!    zero, which means "nothing here", and every other callback answers without touching it.
//! 2. **A [`Witness`] says that an interrupt is connected**: the miniport has a routine, and after
//!    `HwVidFindAdapter` the level or the vector is not 0. Only this crate makes one, from what the port
//!    driver was told. Without it there is no `synchronize`, which is an error and no pretence.
//! 3. **Every access claims a word** beside `T`, inside the routine, after NT has taken its lock. The lock and
//!    the IRQL behind each priority are documented nowhere, and sources contradict each other about them; so
//!    no reference rests on them. A claim that fails is [`NotRun::Contended`](dirql::NotRun::Contended) for a
//!    closure and [`Miniport::interrupt_contended`] for the service routine, and both are counted. Where NT
//!    excludes as documented, neither is ever seen.
//! 4. **The IRQL token is lent to each call**, so a closure cannot call again, and `HwVidInterrupt` gets none:
//!    the routine may call only what `HwVidInterrupt` may, and that call is not among it.
//!
//! # Where it is of use
//!
//! Windows 8 and later support video miniports only for remote and accessibility displays, without hardware:
//! there no interrupt is connected, and [`VideoAdapter::witness`] says so.
//!
//! # What it imports
//!
//! A miniport may import from VIDEOPRT.SYS and from nowhere else. So this crate stands on what `dirql` has without any
//! feature, none of which calls the kernel, and on declarations of its own. That holds whatever features of `dirql` others
//! turn on in the same build.
//!
//! The feature `mock` adds a port driver in the test process, for tests on a host. It takes `std`, so that no build with it
//! is a miniport: where it is on, it is the mock that is called.
//!
//! | module | what it holds |
//! |---|---|
//! | [`sys`] | the part of `video.h` that is needed, with asserted layouts |
//! | [`status`] | `VP_STATUS` |
//! | `adapter` | [`VideoAdapter`], [`Witness`] |
//! | `miniport` | the trait [`Miniport`] |
//! | `find_adapter`, `interrupt`, `request`, `child`, `power` | what its methods are given and answer |
//! | `extension`, `callbacks` | the device extension; what the port driver calls |
//! | `entry` | [`initialize`], for `DriverEntry` |

#![no_std]

#[cfg(feature = "mock")]
extern crate std;

mod adapter;
mod callbacks;
mod child;
mod entry;
mod extension;
mod find_adapter;
mod interrupt;
mod miniport;
#[cfg(feature = "mock")]
pub mod mock;
mod power;
mod request;
pub mod status;
pub mod sys;
#[cfg_attr(
    feature = "mock",
    allow(dead_code, reason = "the mock is called where it is there")
)]
mod videoprt;

core::cfg_select! {
    feature = "mock" => { use mock::routines as port; }
    _ => { use videoprt as port; }
}

pub use adapter::{VideoAdapter, Witness};
pub use child::{Child, ChildKind, ChildQuery, DISPLAY_ADAPTER_HW_ID};
pub use entry::{InitDataSize, initialize};
pub use find_adapter::{Discovery, Found};
pub use interrupt::InterruptContext;
pub use miniport::Miniport;
pub use power::{DeviceId, PowerState};
pub use request::VideoRequest;
pub use status::VpStatus;
