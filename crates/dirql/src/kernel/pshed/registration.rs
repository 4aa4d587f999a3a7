//! A registered plug-in: as long as the value lives, for version 2, or for ever, for version 1.

use core::{
    fmt,
    marker::PhantomData,
    mem::ManuallyDrop,
    ptr::{NonNull, null_mut},
};

use super::{
    Areas, PluginBlock, PshedPlugin, RegisterError, RegisterFailure, RegisterInPlaceError,
    WithoutDiscovery,
    layout::{PACKET_V1, PACKET_V1_SIZE, PACKET_V2, PACKET_V2_SIZE, RegistrationPacket},
    plugin_context::{Admissible, ByValue, PluginContext},
};
use crate::{
    Irql, Passive, Reason,
    atomics::{Field, Group, access},
    kernel::bugcheck,
    kernel::platform::{self, PASSIVE_LEVEL, nt_success},
};

/// An unregistration that was refused, because IRQL was above `PASSIVE_LEVEL`.
#[must_use = "the plug-in is still registered"]
pub struct UnregisterError<P: PshedPlugin> {
    /// The registration.
    pub registration: Registration<P>,
}

impl<P: PshedPlugin> fmt::Debug for UnregisterError<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnregisterError").finish_non_exhaustive()
    }
}

/// Whether the platform has WHEA for the whole system.
///
/// Wraps `PshedIsSystemWheaEnabled` (nf-ntddk-pshedissystemwheaenabled).
///
/// # IRQL
///
/// Any.
#[must_use]
pub fn is_system_whea_enabled() -> bool {
    platform::pshed_is_system_whea_enabled()
}

/// A plug-in of version 2 that PSHED may call, until this is unregistered or dropped.
///
/// # Examples
///
/// ```
/// use core::sync::atomic::{AtomicU32, Ordering};
///
/// use dirql::{
///     Dispatch, Irql, Passive, enter,
///     mock::Whea,
///     pshed::{Areas, ErrorInjection, ErrorKinds, Injection, PshedPlugin, Refusal, Registration},
/// };
///
/// #[derive(Default)]
/// struct Injector(AtomicU32);
///
/// impl PshedPlugin for Injector {}
///
/// impl ErrorInjection for Injector {
///     fn capabilities(&self, _: &mut Irql<'_, Dispatch>) -> ErrorKinds {
///         ErrorKinds::CORRECTABLE
///     }
///
///     fn inject(&self, _: &mut Irql<'_, Dispatch>, _: &Injection) -> Result<(), Refusal> {
///         self.0.fetch_add(1, Ordering::Relaxed);
///         Ok(())
///     }
/// }
///
/// let whea = Whea::new();
/// // SAFETY: A thread at PASSIVE_LEVEL, that holds no interrupt lock.
/// unsafe {
///     enter::<Passive, _>(|irql| {
///         // The mask and the table of callbacks follow from the areas.
///         let areas = Areas::none().with_error_injection();
///         // SAFETY: It is unregistered below, before the plug-in's code goes.
///         let registration =
///             unsafe { Registration::register(irql, Injector::default(), &areas) }.unwrap();
///         assert_eq!(whea.registered().len(), 1);
///         let injector = registration.unregister(irql).unwrap();
///         assert_eq!(injector.0.into_inner(), 0);
///     })
/// }
/// ```
///
/// # Invariants
///
/// The block is live and known to PSHED, and `handle` is what PSHED gave for it.
pub struct Registration<P: PshedPlugin> {
    block: NonNull<PluginContext<P>>,
    handle: *mut core::ffi::c_void,
    areas: u32,
    _owns: PhantomData<P>,
}

// SAFETY: The block may be reached from any thread: the plug-in in it is `Send` and `Sync`, the rest
// atomic; the handle is a number to the driver.
unsafe impl<P: PshedPlugin> Send for Registration<P> {}
// SAFETY: As above; a shared registration gives the plug-in, which is `Sync`.
unsafe impl<P: PshedPlugin> Sync for Registration<P> {}

impl<P: PshedPlugin> Registration<P> {
    /// Atomic fields of what stands at `offset` in the plug-in, for the driver's
    /// [`AtomicTable`](crate::atomics::AtomicTable).
    #[must_use]
    pub const fn atomics_in_plugin(offset: usize, fields: &'static [Field]) -> Group {
        PluginContext::<P>::in_plugin(offset, fields)
    }

    /// Registers a plug-in that can be unregistered.
    ///
    /// The plug-in has at most [`BY_VALUE_MAX`](crate::BY_VALUE_MAX) bytes; a larger one is for
    /// [`register_in_place`](Self::register_in_place).
    ///
    /// It may be called before this returns. For each of its areas it displaces the plug-in that was
    /// registered before.
    ///
    /// Wraps `PshedRegisterPlugin` (nf-ntddk-pshedregisterplugin), whose page and header contradict each
    /// other about IRQL: the lower is right under both. Needs Windows 10 1903.
    ///
    /// # Safety
    ///
    /// The value is unregistered or dropped, never forgotten, before the image unloads. So it is too where
    /// `DriverEntry` fails later.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`RegisterError`] with the reason, and with the plug-in. Nothing is registered.
    ///
    /// Stops the machine with [`BUGCHECK_CODE`](crate::BUGCHECK_CODE) where PSHED says that it has registered the
    /// plug-in and gives no handle to unregister it by.
    pub unsafe fn register(
        irql: &mut Irql<'_, Passive>,
        plugin: P,
        areas: &Areas<P, WithoutDiscovery>,
    ) -> Result<Self, RegisterError<P>> {
        let admissible = const { Admissible::assert() };
        let by_value = const { ByValue::<P>::assert() };
        let _ = irql;
        let block = filled(plugin, areas, &admissible, &by_value)?;
        Self::establish(block, areas).map_err(|error| moved_out(error, &by_value))
    }

    /// Registers the plug-in in `block`: what [`register`](Self::register) does, without moving the plug-in,
    /// of which the stack that this takes does not depend.
    ///
    /// Wraps `PshedRegisterPlugin` (nf-ntddk-pshedregisterplugin).
    ///
    /// # Safety
    ///
    /// As for [`register`](Self::register).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`RegisterInPlaceError`] with the reason, and with the block, in which the plug-in is still. It can be
    /// registered again. Nothing is registered.
    ///
    /// Stops the machine as [`register`](Self::register) does.
    pub unsafe fn register_in_place(
        irql: &mut Irql<'_, Passive>,
        block: PluginBlock<P>,
        areas: &Areas<P, WithoutDiscovery>,
    ) -> Result<Self, RegisterInPlaceError<P>> {
        let _ = irql;
        Self::establish(block, areas)
    }

    fn establish(
        block: PluginBlock<P>,
        areas: &Areas<P, WithoutDiscovery>,
    ) -> Result<Self, RegisterInPlaceError<P>> {
        let block = establish(block, areas, PACKET_V2, PACKET_V2_SIZE)?;
        // SAFETY: The block is live.
        let packet = unsafe { PluginContext::packet(block) };
        // SAFETY: As above, so the field may be named.
        let handle = unsafe { &raw const (*packet).handle };
        // SAFETY: PSHED wrote it before the registration returned, and does not write it again.
        let handle = unsafe { handle.read() };
        if handle.is_null() {
            // The plug-in may be called at any time and nothing can unregister it, so to return an error, after
            // which a driver unloads, would be to have freed code called.
            bugcheck::stop(
                Reason::RegisteredWithoutHandle,
                areas.mask() as usize,
                block.addr().get(),
            );
        }
        Ok(Self {
            block,
            handle,
            areas: areas.mask(),
            _owns: PhantomData,
        })
    }

    /// The plug-in.
    #[must_use]
    pub fn plugin(&self) -> &P {
        // SAFETY: The block is live while this value is, and the plug-in stays in it.
        unsafe { PluginContext::plugin(self.block) }
    }

    /// `FunctionalAreaMask`.
    #[must_use]
    pub const fn areas(&self) -> u32 {
        self.areas
    }

    /// How often a callback was entered above the IRQL that its page allows, and refused.
    #[must_use]
    pub fn above_level(&self) -> u64 {
        // SAFETY: The block is live while this value is.
        access::load_wide(unsafe { PluginContext::above_level(self.block) })
    }

    /// Unregisters the plug-in and hands it back.
    ///
    /// When this returns, no callback runs, and none is called again. No page says that
    /// `PshedUnregisterPlugin` waits for one that runs on another processor, so this does. Adopted sources
    /// have been revoked before.
    ///
    /// Wraps `PshedUnregisterPlugin` (nf-ntddk-pshedunregisterplugin).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// IRQL was higher. The registration comes back in the error.
    pub fn unregister(self, irql: &mut Irql<'_, Passive>) -> Result<P, UnregisterError<P>> {
        let by_value = const { ByValue::<P>::assert() };
        let block = self.unregister_in_place(irql)?;
        // SAFETY: IRQL is PASSIVE_LEVEL.
        Ok(unsafe { block.emptied(&by_value) })
    }

    /// Unregisters the plug-in and leaves it in its block: what [`unregister`](Self::unregister) does, without
    /// moving the plug-in.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// IRQL was higher. The registration comes back in the error.
    pub fn unregister_in_place(
        self,
        irql: &mut Irql<'_, Passive>,
    ) -> Result<PluginBlock<P>, UnregisterError<P>> {
        let _ = irql;
        if platform::current_irql() != PASSIVE_LEVEL {
            return Err(UnregisterError { registration: self });
        }
        let this = ManuallyDrop::new(self);
        // SAFETY: IRQL is PASSIVE_LEVEL and the token proves that no lock is held; the value is not used
        // again.
        Ok(unsafe { this.dissolve() })
    }

    /// # Safety
    ///
    /// IRQL is `PASSIVE_LEVEL`; no lock is held; this value is not used again.
    unsafe fn dissolve(&self) -> PluginBlock<P> {
        // SAFETY: IRQL is PASSIVE_LEVEL and the handle is that of a registered plug-in
        // (nf-ntddk-pshedunregisterplugin).
        unsafe { platform::pshed_unregister_plugin(self.handle) };
        // SAFETY: The plug-in has been unregistered; IRQL is PASSIVE_LEVEL and no lock is held.
        unsafe { PluginContext::wait_until_left(self.block) };
        // SAFETY: PSHED does not know the block any more, no callback is in it, and this value, which is
        // not used again, is the only other way to it.
        unsafe { PluginBlock::from_raw(self.block) }
    }
}

impl<P: PshedPlugin> Drop for Registration<P> {
    fn drop(&mut self) {
        if platform::current_irql() != PASSIVE_LEVEL {
            bugcheck::stop(
                Reason::RegistrationDroppedAbovePassive,
                self.handle.addr(),
                self.block.addr().get(),
            );
        }
        // SAFETY: IRQL is PASSIVE_LEVEL, so no lock is held that a closure runs under; the value is not
        // used again.
        drop(unsafe { self.dissolve() });
    }
}

impl<P: PshedPlugin> fmt::Debug for Registration<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("areas", &self.areas)
            .finish_non_exhaustive()
    }
}

/// Registers a plug-in that is never unregistered: one of version 1.
///
/// Its memory is kept for ever. This is how a plug-in takes part in discovery, and how it serves systems
/// before Windows 10 1903.
///
/// # Safety
///
/// The image is never unloaded: it has no unload routine, and `DriverEntry` succeeds. So it does where this fails with
/// [`RegisterFailure::Refused`], too: a callback that PSHED started before it refused may still be on its way into the image.
///
/// # IRQL
///
/// `PASSIVE_LEVEL`, which is checked in release builds too.
///
/// # Errors
///
/// [`RegisterError`] with the reason, and with the plug-in. Where PSHED refused it, the plug-in is kept for ever.
pub unsafe fn register_for_ever<P: PshedPlugin, D>(
    irql: &mut Irql<'_, Passive>,
    plugin: P,
    areas: &Areas<P, D>,
) -> Result<&'static P, RegisterError<P>> {
    let admissible = const { Admissible::assert() };
    let by_value = const { ByValue::<P>::assert() };
    let _ = irql;
    let block = filled(plugin, areas, &admissible, &by_value)?;
    keep_for_ever(block, areas).map_err(|error| moved_out(error, &by_value))
}

/// Registers the plug-in in `block` for ever: what [`register_for_ever`] does, without moving the plug-in.
///
/// # Safety
///
/// As for [`register_for_ever`].
///
/// # IRQL
///
/// `PASSIVE_LEVEL`, which is checked in release builds too.
///
/// # Errors
///
/// [`RegisterInPlaceError`] with the reason, and with the block. Where PSHED refused it, the block is kept for ever.
pub unsafe fn register_for_ever_in_place<P: PshedPlugin, D>(
    irql: &mut Irql<'_, Passive>,
    block: PluginBlock<P>,
    areas: &Areas<P, D>,
) -> Result<&'static P, RegisterInPlaceError<P>> {
    let _ = irql;
    keep_for_ever(block, areas)
}

fn keep_for_ever<P: PshedPlugin, D>(
    block: PluginBlock<P>,
    areas: &Areas<P, D>,
) -> Result<&'static P, RegisterInPlaceError<P>> {
    let block = establish(block, areas, PACKET_V1, PACKET_V1_SIZE)?;
    // SAFETY: The block is never freed, and the plug-in stays in it.
    Ok(unsafe { PluginContext::plugin(block) })
}

/// Moves a plug-in that may be registered now into a block.
fn filled<P: PshedPlugin, D>(
    plugin: P,
    areas: &Areas<P, D>,
    admissible: &Admissible<P>,
    by_value: &ByValue<P>,
) -> Result<PluginBlock<P>, RegisterError<P>> {
    let refuse = |failure, plugin| {
        Err(RegisterError {
            failure,
            plugin: Some(plugin),
        })
    };
    if let Err(failure) = admit(areas) {
        return refuse(failure, plugin);
    }
    // SAFETY: IRQL is PASSIVE_LEVEL.
    match unsafe { PluginBlock::filled(plugin, admissible, by_value) } {
        Ok(block) => Ok(block),
        Err(plugin) => refuse(RegisterFailure::NoMemory, plugin),
    }
}

/// The error of a plug-in that was moved in, with the plug-in moved out.
fn moved_out<P: PshedPlugin>(
    RegisterInPlaceError { failure, block }: RegisterInPlaceError<P>,
    by_value: &ByValue<P>,
) -> RegisterError<P> {
    RegisterError {
        failure,
        // SAFETY: A block goes in and comes back at PASSIVE_LEVEL.
        plugin: block.map(|block| unsafe { block.emptied(by_value) }),
    }
}

/// Whether a plug-in of these areas may be registered now.
fn admit<P: PshedPlugin, D>(areas: &Areas<P, D>) -> Result<(), RegisterFailure> {
    if platform::current_irql() != PASSIVE_LEVEL {
        return Err(RegisterFailure::AbovePassive);
    }
    if areas.mask() == 0 {
        return Err(RegisterFailure::NoArea);
    }
    if !is_system_whea_enabled() {
        return Err(RegisterFailure::NoWhea);
    }
    Ok(())
}

/// Makes the plug-in in a block known to PSHED.
fn establish<P: PshedPlugin, D>(
    block: PluginBlock<P>,
    areas: &Areas<P, D>,
    version: u32,
    length: u32,
) -> Result<NonNull<PluginContext<P>>, RegisterInPlaceError<P>> {
    let refuse = |failure, block| {
        Err(RegisterInPlaceError {
            failure,
            block: Some(block),
        })
    };
    if let Err(failure) = admit(areas) {
        return refuse(failure, block);
    }
    let packet = RegistrationPacket {
        length,
        version,
        context: null_mut(),
        areas: areas.mask(),
        reserved: 0,
        callbacks: areas.callbacks(),
        handle: null_mut(),
    };
    let block = block.into_raw();
    // SAFETY: The block was just given up by its only owner.
    unsafe { PluginContext::prepare(block, packet) };
    // SAFETY: The block is live.
    let packet = unsafe { PluginContext::packet(block) };
    // SAFETY: IRQL is PASSIVE_LEVEL. The packet is filled as its version asks, and it and its context live
    // until the plug-in is unregistered or the call has failed; the callbacks take that context.
    let status = unsafe { platform::pshed_register_plugin(packet) };
    if nt_success(status) {
        return Ok(block);
    }
    // Only of version 2 does a page say that callbacks are entered where a visit to every processor waits them
    // out. One of version 1 may be a thread that has not counted itself in.
    if version == PACKET_V1 {
        return Err(RegisterInPlaceError {
            failure: RegisterFailure::Refused(status),
            block: None,
        });
    }
    // SAFETY: PSHED has refused the plug-in; IRQL is PASSIVE_LEVEL and no lock is held.
    unsafe { PluginContext::wait_until_left(block) };
    // SAFETY: PSHED does not know the block, and no callback is in it.
    let block = unsafe { PluginBlock::from_raw(block) };
    refuse(RegisterFailure::Refused(status), block)
}
