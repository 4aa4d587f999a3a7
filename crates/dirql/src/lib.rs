//! Safe closures over Windows' synchronize-execution routines.
//!
//! An interrupt service routine shares state with the rest of its driver, and runs on any processor at any
//! time. Windows excludes it with a lock that belongs to the interrupt, and offers
//! `KeSynchronizeExecution` to run a routine under that lock: a pointer goes in, a BOOLEAN comes out, and
//! that the state is touched in no other way is up to the driver's author. This crate makes it a matter of
//! types. The state lives inside the connection, and the one way to it is a closure:
//!
//! ```
//! # use dirql::{mock, Connection, Interrupt, InterruptHandler, Passive, ServiceContext, Serviced, enter};
//! # struct Ticks(u64);
//! # impl InterruptHandler for Ticks {
//! #     fn service(&mut self, _: &ServiceContext<'_>) -> Serviced { self.0 += 1; Serviced::Claimed }
//! # }
//! # let device = mock::Device::with_line(9);
//! # unsafe { enter::<Passive, _>(|irql| {
//! # let to = Connection::LineBased { device: device.physical_device() };
//! # let interrupt = unsafe { Interrupt::connect(irql, to, Ticks(0)) }.unwrap();
//! # device.fire().unwrap();
//! let ticks = interrupt.synchronize(irql, |state| core::mem::take(&mut state.0))?;
//! # assert_eq!(ticks, 1);
//! # drop(interrupt);
//! # Ok::<(), dirql::NotRun>(()) }) }.unwrap();
//! ```
//!
//! # A complete handler
//!
//! The device of this example raises a line, says why in one register and is acknowledged by another. The
//! handler owns what the service routine needs; the rest of the driver takes the events out under the lock.
//! (On a host the kernel is the `mock` and the registers are memory; in a driver they are mapped by
//! `MmMapIoSpaceEx`, and the token comes from a callback of the framework.)
//!
//! ```
//! use core::cell::Cell;
//! use dirql::{
//!     Connection, ConnectError, Interrupt, InterruptHandler, Irql, Passive, ServiceContext, Serviced,
//!     TranslatedInterrupt, enter, mock,
//! };
//!
//! /// The registers of the device.
//! struct Registers {
//!     status: *const u32,
//!     acknowledge: *mut u32,
//! }
//!
//! // SAFETY: Registers are reached from any processor.
//! unsafe impl Send for Registers {}
//!
//! /// What the service routine and the driver share.
//! struct Events {
//!     registers: Registers,
//!     /// Whether the registers answer. While they do, the device is served, whether the driver is ready or not.
//!     in_d0: bool,
//!     seen: u32,
//!     count: u64,
//! }
//!
//! impl InterruptHandler for Events {
//!     fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
//!         if !self.in_d0 {
//!             return Serviced::NotMine; // The line is shared, and others do not sleep.
//!         }
//!         // SAFETY: The register is mapped for as long as the handler lives.
//!         let status = unsafe { self.registers.status.read_volatile() };
//!         if status == 0 {
//!             return Serviced::NotMine; // It was another device on the line.
//!         }
//!         // SAFETY: As above.
//!         unsafe { self.registers.acknowledge.write_volatile(status) };
//!         self.seen |= status;
//!         self.count += 1;
//!         Serviced::Claimed
//!     }
//! }
//!
//! /// Connects the line that the plug and play manager has assigned, to a device that it has brought to D0.
//! fn start(
//!     irql: &mut Irql<'_, Passive>,
//!     device: dirql::PhysicalDevice<'_>,
//!     interrupt: TranslatedInterrupt,
//!     registers: Registers,
//! ) -> Result<Interrupt<Events>, ConnectError<Events>> {
//!     let handler = Events { registers, in_d0: true, seen: 0, count: 0 };
//!     let to = Connection::FullySpecified { device, interrupt };
//!     // SAFETY: The resource is this device's, translated and assigned; the driver disconnects in
//!     // EvtDeviceReleaseHardware.
//!     unsafe { Interrupt::connect(irql, to, handler) }
//! }
//!
//! /// Takes the events that have come since the last time.
//! fn take_events(interrupt: &Interrupt<Events>, irql: &mut Irql<'_, Passive>) -> (u32, u64) {
//!     interrupt
//!         .synchronize(irql, |events| (core::mem::take(&mut events.seen), events.count))
//!         .unwrap_or_default()
//! }
//!
//! /// D0 exit: masks the device, which this one does by itself, and keeps the service routine away from it, at once.
//! fn sleep(interrupt: &Interrupt<Events>, irql: &mut Irql<'_, Passive>) -> Result<(), dirql::NotRun> {
//!     interrupt.synchronize(irql, |events| events.in_d0 = false)
//! }
//!
//! let (status, acknowledged) = (Cell::new(0x10), Cell::new(0));
//! let device = mock::Device::with_line(9);
//! let interrupt = TranslatedInterrupt::parse(&device.descriptor())?;
//!
//! // SAFETY: An ordinary thread at PASSIVE_LEVEL that holds no interrupt lock.
//! unsafe {
//!     enter::<Passive, _>(|irql| {
//!         let registers = Registers {
//!             status: status.as_ptr(),
//!             acknowledge: acknowledged.as_ptr(),
//!         };
//!         let interrupt = start(irql, device.physical_device(), interrupt, registers).unwrap();
//!
//!         assert_eq!(device.fire(), Some(true));
//!         status.set(0);
//!         assert_eq!(device.fire(), Some(false), "something else on the line");
//!         assert_eq!(take_events(&interrupt, irql), (0x10, 1));
//!
//!         sleep(&interrupt, irql).unwrap();
//!         status.set(u32::MAX); // The registers do not answer any more.
//!         assert_eq!(device.fire(), Some(false), "something else on the line");
//!
//!         let events = interrupt.disconnect(irql).unwrap();
//!         assert_eq!((events.seen, events.count), (0, 1));
//!     })
//! }
//! assert_eq!(acknowledged.get(), 0x10);
//! # Ok::<(), dirql::DescriptorError>(())
//! ```
//!
//! The registers of a real device answer in D0 alone, and a shared line calls the service routine at any time. A handler that
//! stays connected while the device sleeps has a flag, which `EvtDeviceD0Entry` and `EvtDeviceD0Exit` change under the lock.
//! Where it is clear, the handler answers [`Serviced::NotMine`] without a look: the README's example shows it.
//!
//! # The argument
//!
//! Why safe code with an [`Interrupt`] cannot race, nest or outlive it:
//!
//! 1. **The state is inside the lock.** [`Interrupt::connect`] moves the handler into a non-paged block of
//!    its own, beside the spin lock that it gives to NT. Only the service routine and closures get `&mut`,
//!    and NT holds the lock around both. There is no guard: a guard can be leaked, or dropped out of order,
//!    and the acquire and release calls that it would need stop the machine on a passive-level interrupt.
//! 2. **The lock is the identity.** It is always the crate's own, never the one that NT makes where none is
//!    given, about which the documentation contradicts itself. All messages of a connection come under it;
//!    a message table that says otherwise is disconnected and refused.
//! 3. **IRQL is a token.** [`synchronize`](Interrupt::synchronize) borrows an [`Irql`] mutably for as long
//!    as the closure runs, and there is one for each activation. So a second `synchronize` inside the
//!    closure, which would wait for its own lock for ever, does not compile. A service routine gets no token
//!    at all.
//! 4. **The result is out of band.** The BOOLEAN of the NT routine cannot tell "did not run" from "ran, and
//!    said FALSE". One thunk stands behind every closure and notes that it is called: never is
//!    [`NotRun`], a second time is noted and has no effect.
//! 5. **Nothing captured is dropped implicitly at the interrupt's IRQL.** A closure with a capture that has a
//!    destructor does not compile; its result travels out and is dropped where the caller drops it. What a
//!    body drops in so many words is its author's: see the limits.
//! 6. **The end waits.** `disconnect` takes the handle, so that no closure runs; it waits out the service
//!    routines, which no page says that NT does; then it hands the handler back. A handle that is dropped
//!    does the same, or stops the machine where IRQL does not allow it. [`Revocable`] does it for a handle
//!    that concurrent callbacks share.
//!
//! The argument is relative to the `unsafe` contracts: [`enter`] is told the truth about IRQL, and
//! [`connect`](Interrupt::connect) about the device. Whatever needs `PASSIVE_LEVEL` for soundness also looks
//! at the IRQL at run time, in release builds as well. Safe code of other crates can raise it behind the
//! token.
//!
//! # The DPC
//!
//! A service routine leaves what takes longer to a DPC. [`ServiceContext::queue_dpc`] queues the one that is in the connection,
//! and it runs [`InterruptHandler::DPC`]. That gets a token of [`Dispatch`] and a [`DpcContext`], by which it synchronizes
//! without the handle. It runs between the connect and the disconnect only. What is queued before the connect has returned is
//! queued when it has. A disconnect lets nothing be queued any more, takes the DPC out of its queue and waits for its runs.
//! Only then does it free the interrupt object by which they synchronize.
//!
//! # The other families
//!
//! The `pshed` module does the same for a plug-in of the platform-specific hardware error driver and
//! `PshedSynchronizeExecution`. Its pages leave more open, so it promises less of NT and claims the state
//! by a word of its own ([`Claimed`]).
//!
//! The crate `dirql-video` does it for a video miniport and `VideoPortSynchronizeExecution`. A miniport connects no interrupt
//! itself, so the state is behind a witness that the port driver has one, and is claimed as well. It stands on what
//! this crate has without any feature, and so would an adapter over another routine of the family: the tokens,
//! [`Claimed`], and [`thunk`].
//!
//! # The framework's interrupts
//!
//! Microsoft recommends an interrupt of the framework's to a KMDF driver. The framework connects it behind `EvtDeviceD0Entry` and
//! disconnects it before `EvtDeviceD0Exit`. The module `wdf` keeps the same promises there. The handler lives in the context of the
//! WDFINTERRUPT, and a closure passes a gate that is open while the interrupt is connected. The gate is closed, and waited out,
//! before the framework disconnects.
//!
//! # The limits
//!
//! - Excluded is the service routine of *this* connection, and other closures on it. Interrupts of other
//!   connections, those of higher IRQL, NMIs and DMA go on.
//! - Two locks at a time cannot be had: the token is borrowed by the first. The one exception is dropping a
//!   [`PassiveInterrupt`] under the event of another, which waits for its own event.
//! - A closure can still misbehave at the interrupt's IRQL without breaking memory safety: take too long,
//!   touch pageable memory, or call what must not be called there.
//! - Memory can still be freed and allocated there, by code that says so: `ManuallyDrop::into_inner` of a
//!   capture, a captured `&mut Option<Box<_>>` or `&Cell<Option<Box<_>>>` that is emptied, `Box::new` in the
//!   body, or a field of a handler that owns memory. The last needs a handler that declares
//!   [`PLAIN`](InterruptHandler::PLAIN) to be `false`. Captures by `&mut` stay allowed, because results and
//!   buffers travel that way. `ExFreePoolWithTag` and `ExAllocatePool2` bound their callers by
//!   `DISPATCH_LEVEL`, and the simulator of this project reports such a call with the line of the closure.
//! - A handler may own a handle to its own interrupt, for example in an `Arc<Mutex<Option<_>>>`. Where it is
//!   the only one and `service` drops it, a [`PassiveInterrupt`] waits for ever for the event that it holds
//!   itself, and an [`Interrupt`] stops the machine. Neither frees what is in use.
//! - The assertions on closures and handlers (5, and `PLAIN`) fire when code is generated. `cargo check`
//!   does not show them.
//! - A panic under the lock does not unwind. In a driver it is a bug check.
//! - A handle that is forgotten leaves its interrupt connected: `connect` makes the caller promise not to.
//!   [`Revocable::revoke`] inside an access to the same place waits for ever, as does disconnecting or
//!   dropping a [`PassiveInterrupt`] inside its own service routine.
//!
//! # The cost
//!
//! `synchronize` is one call of `KeSynchronizeExecution` with a pointer to the stack. The thunk is made for
//! the closure, which is compiled into it. Around them stands what C needs for the same promise: the address of the
//! state, which the thunk takes and overwrites by a small number, and which is looked at after the call. IRQL is proved
//! by the token and not read. The token has no size.
//!
//! The service routine counts itself in and out, with two interlocked instructions. Connecting allocates once,
//! the lock, the count and the handler together. Disconnecting moves the thread over all processors once, and twice more
//! where the handler has a DPC.
//!
//! A kernel stack has 24 KiB. A handler that is passed by value lies on it more than once, so it has at most
//! [`BY_VALUE_MAX`] bytes, by an assertion. A larger one is written into a [`HandlerBlock`] and stays there:
//! [`Interrupt::connect_in_place`] and [`Interrupt::disconnect_in_place`] take no more stack for it, and their
//! errors leave it there. What a closure captures or returns lies on the stack of its caller, more than once,
//! too; a large result belongs behind a captured `&mut`.
//!
//! # Features
//!
//! None is on by default, and each adds to the others. Without any, the crate is what all adapters share, and calls
//! nothing of NT: [`Irql`], [`Claimed`], [`Outcome`], [`Serviced`], [`thunk`], [`atomics`].
//!
//! - `wdk`: interrupts over the kernel routines of `wdk-sys`, for a driver.
//! - `mock`: the same over the `mock`, a kernel in the test process, for tests on a host. It takes `std`, so that no
//!   build with it is a kernel image: where it is on, it is the mock that is called.
//! - `wdf`: the `wdf` module beside interrupts. A driver with it is bound to KMDF. With `wdk` it has the macro
//!   `call_unsafe_wdf_function_binding`, which takes the place of that of `wdk-sys`: no call of the framework can panic then.
//! - `pshed`: the `pshed` module beside interrupts. A driver with it imports PSHED.dll.
#![no_std]

#[cfg(feature = "mock")]
extern crate std;

pub mod atomics;
mod claim;
#[cfg(all(feature = "wdk", feature = "wdf"))]
#[doc(hidden)]
pub mod framework_table;
mod irql;
mod isr_result;
#[cfg(any(feature = "mock", feature = "wdk"))]
mod kernel;
mod outcome;
pub mod thunk;

pub use claim::Claimed;
pub use irql::{Dispatch, Irql, Level, Passive, enter_unchecked};
pub use isr_result::Serviced;
#[cfg(any(feature = "mock", feature = "wdk"))]
pub use kernel::*;
pub use outcome::{NotRun, Outcome};
