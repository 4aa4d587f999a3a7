//! Simulated devices, most of them PCI functions: what a driver sees of its hardware.
//!
//! A device is a state machine over virtual time. The machine reads and writes its registers for
//! the driver, lets time pass for it, and looks at what it does to the system: the level of its
//! interrupt line, the messages it sends, the memory it reads and writes by itself. A device is
//! cloned with the machine, so it holds plain data; it knows neither processors nor drivers.
//!
//! The machine's part of the contract:
//! - before it accesses a register at a time, it has called [`PciDevice::tick`] for every
//!   [`PciDevice::next_event`] up to that time;
//! - after each access and each tick it looks at [`PciDevice::line_asserted`] and takes every
//!   message;
//! - whether the device is there at all (surprise removal, powered down) is the machine's matter:
//!   it does not ask a device that does not answer, but for [`PciDevice::permits`].

mod access;
mod bare;
mod configuration;
pub mod edu;
pub mod fw_cfg;
mod pci;
pub mod probe;
mod time;
pub mod virtio;

pub use access::{Access, AccessFault, AccessWidth, Direction};
pub use bare::Bare;
pub use configuration::configuration;
pub use edu::Edu;
pub use fw_cfg::FwCfg;
pub use pci::{
    Bar, Capability, Identity, InterruptCapability, InterruptDelivery, NoSystemMemory, PciDevice,
    Space, SystemBus,
};
pub use probe::Probe;
pub use time::VirtualTime;
pub use virtio::Entropy;
