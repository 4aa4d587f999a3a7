//! A registered plug-in: as long as the value lives, for version 2, or for ever, for version 1.

use core::{
    fmt,
    marker::PhantomData,
    mem::ManuallyDrop,
    ptr::{NonNull, null_mut},
};

use super::{
    Areas, PshedPlugin, RegisterError, RegisterFailure, WithoutDiscovery,
    block::{Admissible, Block},
    layout::{PACKET_V1, PACKET_V1_SIZE, PACKET_V2, PACKET_V2_SIZE, RegistrationPacket},
};
use crate::{
    Irql, Passive, Reason,
    atomics::{Field, Group, marked},
    bugcheck,
    platform::{self, PASSIVE_LEVEL, nt_success},
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
/// # Invariants
///
/// The block is live and known to PSHED, and `handle` is what PSHED gave for it.
pub struct Registration<P: PshedPlugin> {
    block: NonNull<Block<P>>,
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
        Block::<P>::in_plugin(offset, fields)
    }

    /// Registers a plug-in that can be unregistered.
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
        let _ = irql;
        let admissible = const { Admissible::assert() };
        let block = establish(plugin, areas, &admissible, PACKET_V2, PACKET_V2_SIZE)?;
        // SAFETY: The block is live.
        let packet = unsafe { Block::packet(block) };
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
        unsafe { Block::plugin(self.block) }
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
        marked::load_wide(unsafe { Block::above_level(self.block) })
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
    unsafe fn dissolve(&self) -> P {
        // SAFETY: IRQL is PASSIVE_LEVEL and the handle is that of a registered plug-in
        // (nf-ntddk-pshedunregisterplugin).
        unsafe { platform::pshed_unregister_plugin(self.handle) };
        // SAFETY: The plug-in has been unregistered; IRQL is PASSIVE_LEVEL and no lock is held.
        unsafe { Block::wait_until_left(self.block) };
        // SAFETY: PSHED does not know the block any more, no callback is in it, and this value, which is
        // not used again, is the only other way to it.
        unsafe { Block::into_plugin(self.block) }
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
    let _ = irql;
    let admissible = const { Admissible::assert() };
    let block = establish(plugin, areas, &admissible, PACKET_V1, PACKET_V1_SIZE)?;
    // SAFETY: The block is never freed, and the plug-in stays in it.
    Ok(unsafe { Block::plugin(block) })
}

/// Puts the plug-in into a block and makes it known to PSHED.
fn establish<P: PshedPlugin, D>(
    plugin: P,
    areas: &Areas<P, D>,
    admissible: &Admissible<P>,
    version: u32,
    length: u32,
) -> Result<NonNull<Block<P>>, RegisterError<P>> {
    let refuse = |failure, plugin| {
        Err(RegisterError {
            failure,
            plugin: Some(plugin),
        })
    };
    if platform::current_irql() != PASSIVE_LEVEL {
        return refuse(RegisterFailure::AbovePassive, plugin);
    }
    if areas.mask() == 0 {
        return refuse(RegisterFailure::NoArea, plugin);
    }
    if !is_system_whea_enabled() {
        return refuse(RegisterFailure::NoWhea, plugin);
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
    // SAFETY: IRQL is PASSIVE_LEVEL.
    let block = match unsafe { Block::allocate(plugin, packet, admissible) } {
        Ok(block) => block,
        Err(plugin) => return refuse(RegisterFailure::NoMemory, plugin),
    };
    // SAFETY: The block is live.
    let packet = unsafe { Block::packet(block) };
    // SAFETY: IRQL is PASSIVE_LEVEL. The packet is filled as its version asks, and it and its context live
    // until the plug-in is unregistered or the call has failed; the callbacks take that context.
    let status = unsafe { platform::pshed_register_plugin(packet) };
    if nt_success(status) {
        return Ok(block);
    }
    // Only of version 2 does a page say that callbacks are entered where a visit to every processor waits them
    // out. One of version 1 may be a thread that has not counted itself in.
    if version == PACKET_V1 {
        return Err(RegisterError {
            failure: RegisterFailure::Refused(status),
            plugin: None,
        });
    }
    // SAFETY: PSHED has refused the plug-in; IRQL is PASSIVE_LEVEL and no lock is held.
    unsafe { Block::wait_until_left(block) };
    // SAFETY: PSHED does not know the block, and no callback is in it.
    let plugin = unsafe { Block::into_plugin(block) };
    refuse(RegisterFailure::Refused(status), plugin)
}
