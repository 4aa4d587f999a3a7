//! A mock kernel in the test process, for tests on a host: what the feature `mock` has the adapters call.
//!
//! It is a test back end and simulates as much of NT as the adapters call, no more. A thread of the test
//! is a processor with an IRQL of its own; a [`Device`] has interrupts that any thread can fire, and
//! [`Faults`] by which the kernel misbehaves; a bug check is a panic with a [`Bugcheck`]. Each routine
//! checks the IRQL that its page asks for and stops the machine where it is wrong.
//!
//! # Examples
//!
//! ```
//! use dirql::{Connection, Interrupt, InterruptHandler, Passive, ServiceContext, Serviced, enter, mock};
//!
//! struct Count(u32);
//!
//! impl InterruptHandler for Count {
//!     fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
//!         self.0 += 1;
//!         Serviced::Claimed
//!     }
//! }
//!
//! let device = mock::Device::with_line(9);
//! let to = Connection::LineBased { device: device.physical_device() };
//! // SAFETY: A thread at PASSIVE_LEVEL, that holds no interrupt lock.
//! unsafe {
//!     enter::<Passive, _>(|irql| {
//!         // SAFETY: The device is alive, and the interrupt is disconnected below.
//!         let interrupt = unsafe { Interrupt::connect(irql, to, Count(0)) }.unwrap();
//!         assert_eq!(device.fire(), Some(true));
//!         assert_eq!(interrupt.disconnect(irql).unwrap().0, 1);
//!     })
//! }
//! ```

mod bugcheck;
mod device;
mod dpc;
mod interrupts;
mod object;
mod plan;
mod pool;
mod processor;
mod rundown;
mod spin_lock;
#[cfg(feature = "wdf")]
mod wdf;
#[cfg(feature = "pshed")]
mod whea;

pub use bugcheck::Bugcheck;
pub use device::{Device, Faults, Hook};
pub use dpc::{when_a_dpc_is_queued, when_dpcs_are_flushed};
pub use pool::{fail_allocations, fail_allocations_after, live_allocations};
pub use processor::{at_irql, critical_regions, irql};
pub use rundown::when_protection_is_granted;
#[cfg(feature = "wdf")]
pub use wdf::{FrameworkDevice, FrameworkFaults, FrameworkLock};
#[cfg(feature = "pshed")]
pub use whea::{Control, Source, Whea, WheaFaults};

pub(crate) use bugcheck::bugcheck;
pub(crate) use dpc::{flush_dpcs, initialize_dpc, insert_dpc, remove_dpc};
pub(crate) use interrupts::{
    connect_interrupt, disconnect_interrupt, report_interrupt_active, report_interrupt_inactive,
    synchronize_execution,
};
pub(crate) use pool::{allocate, free};
pub(crate) use processor::{
    current_irql, delay, enter_critical_region, leave_critical_region, lower_irql, raise_irql,
    run_on_every_processor,
};
pub(crate) use rundown::{
    RundownRef, rundown_acquire, rundown_initialize, rundown_reinitialize, rundown_release,
    rundown_wait,
};
pub(crate) use spin_lock::initialize_spin_lock;
#[cfg(feature = "wdf")]
pub(crate) use wdf::{
    wdf_context, wdf_disable, wdf_enable, wdf_has_object, wdf_interrupt_create, wdf_queue_dpc,
    wdf_queue_work_item, wdf_release_lock, wdf_report, wdf_synchronize, wdf_try_lock,
    wdf_wait_lock_create,
};
#[cfg(feature = "pshed")]
pub(crate) use whea::{
    pshed_is_system_whea_enabled, pshed_register_plugin, pshed_synchronize_execution,
    pshed_unregister_plugin,
};
