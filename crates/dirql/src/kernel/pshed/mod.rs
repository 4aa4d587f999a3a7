//! PSHED plug-ins and `PshedSynchronizeExecution`.
//!
//! A plug-in of the platform-specific hardware error driver shares state with the low-level handler of an
//! error source. `PshedSynchronizeExecution` runs a routine while that handler is kept out. Its page says
//! that it raises IRQL and takes a lock. It does not say how the lock is found, in which callbacks it is
//! held already, or at which IRQL. Nor does it say what happens for a handler that no IRQL masks.
//!
//! So this module promises what holds whatever the answers are. The state of a source lives in an
//! [`ErrorSource`], and every access claims it by one word as well. Sources whose handlers are not known to
//! be maskable are refused. What a callback may do follows from its type: [`Descriptor`] and its like are
//! borrowed for as long as it lasts, and a token is given only where the page bounds the IRQL.
//!
//! ```
//! use dirql::pshed::{
//!     Areas, Descriptor, ErrorInfoRetrieval, ErrorPacket, ErrorRecord, ErrorSource, PshedPlugin,
//!     Refusal,
//! };
//!
//! /// Counts the errors of source 7.
//! struct Counter {
//!     errors: ErrorSource<u64>,
//! }
//!
//! impl PshedPlugin for Counter {}
//!
//! impl ErrorInfoRetrieval for Counter {
//!     fn retrieve(&self, source: &Descriptor<'_>, _: &mut ErrorPacket<'_>) -> Result<(), Refusal> {
//!         // Where the source is another one, or something is inside, PSHED goes on by itself.
//!         self.errors
//!             .handle(source, |errors| *errors += 1)
//!             .map_err(|_| Refusal::NotSupported)
//!     }
//!     fn finalize(&self, _: &Descriptor<'_>, _: &ErrorRecord<'_>) -> Result<(), Refusal> {
//!         Err(Refusal::NotSupported)
//!     }
//!     fn clear_status(&self, _: &Descriptor<'_>, _: &ErrorRecord<'_>) -> Result<(), Refusal> {
//!         Err(Refusal::NotSupported)
//!     }
//! }
//!
//! let areas = Areas::<Counter>::none().with_error_info_retrieval();
//! assert_eq!(areas.mask(), 0x08);
//! ```

mod areas;
mod callbacks;
mod descriptor;
mod error_source;
mod failure;
mod info;
mod injection;
mod kind;
pub(crate) mod layout;
mod list;
mod packet;
mod plugin;
mod plugin_block;
mod plugin_context;
mod record;
mod registration;
mod source;

pub use areas::{
    AREA_DISCOVERY, AREA_ERROR_INFO_RETRIEVAL, AREA_ERROR_INJECTION, AREA_ERROR_RECORD_PERSISTENCE,
    AREA_ERROR_RECOVERY, AREA_ERROR_SOURCE_CONTROL, Areas, WithDiscovery, WithoutDiscovery,
};
pub use descriptor::Descriptor;
pub use error_source::ErrorSource;
pub use failure::{RegisterError, RegisterFailure, RegisterInPlaceError};
pub use info::{Aer, Bank, Generic, Notification, SourceInfo};
pub use injection::{ErrorKinds, Injection};
pub use kind::{NotificationType, SourceType};
pub use list::{DESCRIPTOR_SIZE, SourceList};
pub use packet::{DoesNotFit, ErrorPacket, packet_flag};
pub use plugin::{
    ErrorInfoRetrieval, ErrorInjection, ErrorRecordPersistence, ErrorRecovery, ErrorSourceControl,
    ErrorSourceDiscovery, NotRead, PshedPlugin, ReadRecord, Refusal,
};
pub use plugin_block::PluginBlock;
pub use record::{ErrorRecord, Section};
pub use registration::{
    Registration, UnregisterError, is_system_whea_enabled, register_for_ever,
    register_for_ever_in_place,
};
pub use source::{AdoptError, AdoptedSource, Source};
