//! The functional areas in which a plug-in takes part, and the callbacks that follow.

use core::{fmt, marker::PhantomData, ptr::null};

use super::{
    ErrorInfoRetrieval, ErrorInjection, ErrorRecordPersistence, ErrorRecovery, ErrorSourceControl,
    ErrorSourceDiscovery, PshedPlugin, callbacks,
    layout::{Callbacks, Routine, callback},
};

/// `PshedFADiscovery`.
pub const AREA_DISCOVERY: u32 = 0x01;
/// `PshedFAErrorSourceControl`.
pub const AREA_ERROR_SOURCE_CONTROL: u32 = 0x02;
/// `PshedFAErrorRecordPersistence`.
pub const AREA_ERROR_RECORD_PERSISTENCE: u32 = 0x04;
/// `PshedFAErrorInfoRetrieval`.
pub const AREA_ERROR_INFO_RETRIEVAL: u32 = 0x08;
/// `PshedFAErrorRecovery`.
pub const AREA_ERROR_RECOVERY: u32 = 0x10;
/// `PshedFAErrorInjection`.
pub const AREA_ERROR_INJECTION: u32 = 0x20;

/// A choice of areas that a plug-in of version 2 can make.
#[derive(Debug)]
pub enum WithoutDiscovery {}

/// A choice of areas with discovery, which is for plug-ins of version 1.
#[derive(Debug)]
pub enum WithDiscovery {}

/// The areas in which a plug-in takes part, each with its callbacks.
///
/// The mask follows from the areas that were listed, and an area can be listed whose trait the plug-in
/// implements. For each area PSHED calls the plug-in that registered last: the fewer, the fewer others are
/// displaced.
pub struct Areas<P, D = WithoutDiscovery> {
    mask: u32,
    callbacks: Callbacks,
    _plugin: PhantomData<fn(P, D)>,
}

impl<P: PshedPlugin> Areas<P> {
    /// No area.
    #[must_use]
    pub const fn none() -> Self {
        const NONE: Routine = null();
        Self {
            mask: 0,
            callbacks: Callbacks {
                get_all_error_sources: NONE,
                reserved: NONE,
                get_error_source_info: NONE,
                set_error_source_info: NONE,
                enable_error_source: NONE,
                disable_error_source: NONE,
                write_error_record: NONE,
                read_error_record: NONE,
                clear_error_record: NONE,
                retrieve_error_info: NONE,
                finalize_error_record: NONE,
                clear_error_status: NONE,
                attempt_recovery: NONE,
                get_injection_capabilities: NONE,
                inject_error: NONE,
            },
            _plugin: PhantomData,
        }
    }

    /// With `PshedFADiscovery`. What comes of it cannot be given to a plug-in of version 2.
    #[must_use]
    pub fn with_discovery(mut self) -> Areas<P, WithDiscovery>
    where
        P: ErrorSourceDiscovery,
    {
        self.callbacks.get_all_error_sources = callbacks::get_all::<P> as callback::GetAll as _;
        Areas {
            mask: self.mask | AREA_DISCOVERY,
            callbacks: self.callbacks,
            _plugin: PhantomData,
        }
    }
}

impl<P: PshedPlugin, D> Areas<P, D> {
    /// With `PshedFAErrorSourceControl`.
    #[must_use]
    pub fn with_error_source_control(mut self) -> Self
    where
        P: ErrorSourceControl,
    {
        self.mask |= AREA_ERROR_SOURCE_CONTROL;
        let callbacks = &mut self.callbacks;
        callbacks.set_error_source_info = callbacks::set_info::<P> as callback::OnSource as _;
        callbacks.enable_error_source = callbacks::enable::<P> as callback::OnSource as _;
        callbacks.disable_error_source = callbacks::disable::<P> as callback::OnSource as _;
        self
    }

    /// With `PshedFAErrorRecordPersistence`.
    #[must_use]
    pub fn with_error_record_persistence(mut self) -> Self
    where
        P: ErrorRecordPersistence,
    {
        self.mask |= AREA_ERROR_RECORD_PERSISTENCE;
        let callbacks = &mut self.callbacks;
        callbacks.write_error_record = callbacks::write::<P> as callback::Write as _;
        callbacks.read_error_record = callbacks::read::<P> as callback::Read as _;
        callbacks.clear_error_record = callbacks::clear::<P> as callback::Clear as _;
        self
    }

    /// With `PshedFAErrorInfoRetrieval`.
    #[must_use]
    pub fn with_error_info_retrieval(mut self) -> Self
    where
        P: ErrorInfoRetrieval,
    {
        self.mask |= AREA_ERROR_INFO_RETRIEVAL;
        let callbacks = &mut self.callbacks;
        callbacks.retrieve_error_info = callbacks::retrieve::<P> as callback::Retrieve as _;
        callbacks.finalize_error_record = callbacks::finalize::<P> as callback::OnRecord as _;
        callbacks.clear_error_status = callbacks::clear_status::<P> as callback::OnRecord as _;
        self
    }

    /// With `PshedFAErrorRecovery`.
    #[must_use]
    pub fn with_error_recovery(mut self) -> Self
    where
        P: ErrorRecovery,
    {
        self.mask |= AREA_ERROR_RECOVERY;
        self.callbacks.attempt_recovery = callbacks::attempt::<P> as callback::Attempt as _;
        self
    }

    /// With `PshedFAErrorInjection`.
    #[must_use]
    pub fn with_error_injection(mut self) -> Self
    where
        P: ErrorInjection,
    {
        self.mask |= AREA_ERROR_INJECTION;
        let callbacks = &mut self.callbacks;
        callbacks.get_injection_capabilities =
            callbacks::capabilities::<P> as callback::GetCapabilities as _;
        callbacks.inject_error = callbacks::inject::<P> as callback::Inject as _;
        self
    }

    /// `FunctionalAreaMask`.
    #[must_use]
    pub const fn mask(&self) -> u32 {
        self.mask
    }

    pub(crate) const fn callbacks(&self) -> Callbacks {
        self.callbacks
    }
}

impl<P, D> fmt::Debug for Areas<P, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Areas({:#x})", self.mask)
    }
}
