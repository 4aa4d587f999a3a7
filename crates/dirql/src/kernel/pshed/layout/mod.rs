//! The structures that PSHED and a plug-in exchange, laid out as ntddk.h has them on a 64-bit system.
//!
//! Those of hardware errors are packed: their fields are read through raw pointers, unaligned, and no
//! reference to one is formed.

pub(crate) mod callback;
mod record;
mod registration;
mod source;

pub(crate) use record::{ErrorPacket, RecordHeader, SectionDescriptor};
pub(crate) use registration::{
    Callbacks, PACKET_V1, PACKET_V1_SIZE, PACKET_V2, PACKET_V2_SIZE, RegistrationPacket, Routine,
};
#[cfg(feature = "mock")]
pub(crate) use source::INFO;
pub(crate) use source::{
    Aer, AerBridge, AerRootPort, Bank, CorrectedMachineCheck, ErrorSourceDescriptor, Generic,
    GenericV2, INFO_SIZE, Ipf, MachineCheck, Nmi, Notification,
};
