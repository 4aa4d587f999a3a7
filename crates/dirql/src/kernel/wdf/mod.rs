//! Interrupts of KMDF's: the same promises as those of [`Interrupt`](crate::Interrupt), on a WDFINTERRUPT.
//!
//! The framework connects such an interrupt behind `EvtDeviceD0Entry` and disconnects it before `EvtDeviceD0Exit`, and
//! calls `EvtInterruptIsr`, `EvtInterruptDpc`, `EvtInterruptEnable` and `EvtInterruptDisable`. What a driver shares with them is
//! a [`FrameworkHandler`]: it lives in the context of the WDFINTERRUPT, and only those callbacks and closures reach it.
//!
//! # The gate
//!
//! `WdfInterruptSynchronize` reads NT's interrupt object out of the framework's and hands it to NT, and nothing
//! keeps the object between the two. A disconnect, which comes with each change of power, frees it. So a
//! closure passes a gate: it is open from the end of `EvtDeviceD0EntryPostInterruptsEnabled` ([`open`](FrameworkInterrupt::open)) to
//! `EvtDeviceD0ExitPreInterruptsDisabled` ([`close`](FrameworkInterrupt::close)), which waits until no closure is inside.
//! `EvtInterruptDisable` cannot do it, for it runs at the interrupt's level and may not wait. A closure at a closed gate
//! does not run: [`NotRun::NoInterrupt`](crate::NotRun::NoInterrupt).
//!
//! # The life of a handler
//!
//! | callback of the driver | what it calls |
//! |---|---|
//! | `EvtDriverDeviceAdd` or `EvtDevicePrepareHardware` | [`InterruptKind::create`] |
//! | `EvtDevicePrepareHardware` or `EvtDeviceD0Entry` | [`install`](FrameworkInterrupt::install), where there is no handler yet |
//! | `EvtDeviceD0EntryPostInterruptsEnabled`, as its last act | [`open`](FrameworkInterrupt::open) |
//! | `EvtDeviceD0ExitPreInterruptsDisabled`, as its first | [`close`](FrameworkInterrupt::close) |
//! | `EvtDeviceReleaseHardware` | [`remove`](FrameworkInterrupt::remove), where what the handler owns goes |
//!
//! A handler that is not removed is dropped when the framework deletes the interrupt, at `PASSIVE_LEVEL`. Between
//! `EvtInterruptDisable` and the next `EvtInterruptEnable` the service routine of the handler is not called, whatever arrives
//! on the line: what is another device's is [`NotMine`](crate::Serviced::NotMine), and nothing is queued.
//!
//! # What follows the service routine
//!
//! A handler may have a DPC ([`DpcRoutine`]) or a work item ([`WorkItemRoutine`]), which its service routine queues. Either
//! synchronizes without the gate, because the framework waits for it before it disconnects.
//!
//! # An edge-triggered line
//!
//! An edge comes once. So the framework does not answer it by itself while it connects, as it does what arrives early on any other
//! line: it reaches [`service_disabled`](FrameworkHandler::service_disabled) before [`enable`](FrameworkHandler::enable). The handler is
//! complete then, because it was installed before `EvtDeviceD0Entry` returned. `enable` looks at the device for what it has raised so
//! far, for a line that is asserted already does not rise.
//!
//! # At passive level
//!
//! A [`PassiveFrameworkInterrupt`] is another type, as [`PassiveInterrupt`](crate::PassiveInterrupt) is: NT excludes its service routine by an event, and
//! the framework by a wait lock inside of that. Its closures are for `PASSIVE_LEVEL` alone, and one kind of them waits for neither.
//!
//! # Examples
//!
//! ```
//! use dirql::{
//!     Irql, Passive, Serviced, enter,
//!     mock::FrameworkDevice,
//!     wdf::{Config, FrameworkHandler, InterruptKind, ServiceContext},
//! };
//!
//! struct Count(u32);
//!
//! static COUNT: InterruptKind<Count> = InterruptKind::new(c"Count", &raw const COUNT);
//!
//! impl FrameworkHandler for Count {
//!     const KIND: &'static InterruptKind<Self> = &COUNT;
//!
//!     fn service(&mut self, _: &ServiceContext<'_, Self>) -> Serviced {
//!         self.0 += 1;
//!         Serviced::Claimed
//!     }
//! }
//!
//! let device = FrameworkDevice::new(9);
//! // SAFETY: A thread at PASSIVE_LEVEL, that holds no interrupt lock.
//! unsafe {
//!     enter::<Passive, _>(|irql| {
//!         // SAFETY: The device is live, and nothing uses the interrupt when it is deleted.
//!         let interrupt = unsafe { COUNT.create(irql, device.handle(), &Config::new()) }.unwrap();
//!         interrupt.install(irql, Count(0)).ok().unwrap();
//!
//!         device.connect().unwrap();
//!         // SAFETY: This is where interrupts have been enabled, and the gate is closed before they are disabled.
//!         unsafe { interrupt.open(irql) }.unwrap();
//!         assert_eq!(device.fire(0), Some(true));
//!         assert_eq!(interrupt.synchronize(irql, |count| count.0), Ok(1));
//!
//!         interrupt.close(irql).unwrap();
//!         device.disconnect();
//!         assert!(interrupt.synchronize(irql, |count| count.0).is_err());
//!     })
//! }
//! device.delete();
//! ```

mod callbacks;
mod context;
mod dpc;
mod handler;
mod interrupt;
mod kind;
mod passive;
mod passive_sharing;
mod shared_wait_lock;
mod work_item;

pub use dpc::{DpcContext, DpcRoutine};
pub use handler::{FrameworkHandler, ServiceContext};
pub use interrupt::{FrameworkInterrupt, NotConnected};
pub use kind::{Config, InterruptKind};
pub use passive::PassiveFrameworkInterrupt;
pub use passive_sharing::{PassiveSharing, PassiveSharingHandler, SharedPassiveInterrupt};
pub use shared_wait_lock::SharedWaitLock;
pub use work_item::{WorkItemContext, WorkItemRoutine};
