//! A provider: its registration, whether anybody listens, and writing to those who do.

use core::{
    ffi::c_void,
    ptr::null,
    sync::atomic::{
        AtomicU32, AtomicU64,
        Ordering::{Acquire, Relaxed, Release},
    },
};

use dirql::{Irql, Passive, atomics::Field};
use tracelogging::{
    _internal::{EventDataDescriptor, EventDescriptor},
    Guid, Level,
};

use crate::sys;

/// Nothing listens.
const NO_LEVEL: u32 = 0;
/// Above every level: a session that asks for level 0 gets all of them.
const EVERY_LEVEL: u32 = 0x100;

/// A provider of events, in a static: [`define_provider!`](crate::define_provider) makes it.
#[derive(Debug)]
pub struct Provider {
    /// Its traits: a length of 16 bits, which counts itself, and the name with a NUL.
    metadata: &'static [u8],
    id: Guid,
    /// Events below this level are wanted; [`NO_LEVEL`] wants none.
    bound: AtomicU32,
    /// Of an event's keywords any must be among these.
    any: AtomicU64,
    /// And all of these among an event's keywords.
    all: AtomicU64,
    /// The registration; 0 without.
    handle: AtomicU64,
}

impl Provider {
    /// What is atomic in it, for the table in the image ([`dirql::atomics`]).
    pub const ATOMICS: [Field; 4] = dirql::atomic_fields!(Self: bound, any, all, handle);

    /// Registers the provider: `EtwRegister` with a callback that keeps what is listened to, then
    /// `EtwSetInformation` with the provider's name.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, in a system thread (nf-wdm-etwregister): a driver's `DriverEntry`.
    ///
    /// # Errors
    ///
    /// The NTSTATUS of `EtwRegister`. The provider stays silent then, and writing to it does nothing. That a provider
    /// could not be named is no error: its events name it, too.
    ///
    /// # Safety
    ///
    /// It is not registered, nothing writes to it meanwhile, and it is [unregistered](Self::unregister) before the
    /// image that it stands in is unloaded.
    pub unsafe fn register(&'static self, _irql: &mut Irql<'_, Passive>) -> Result<(), i32> {
        let mut handle = 0;
        // SAFETY: IRQL is PASSIVE_LEVEL. The identifier and the callback's context are statics, the callback is the
        // one for that context, and the handle's place lives through the call. The caller sees to the thread and to
        // EtwUnregister (nf-wdm-etwregister).
        let status = unsafe {
            sys::etw_register(
                &raw const self.id,
                Some(enable),
                (&raw const *self).cast_mut().cast(),
                &raw mut handle,
            )
        };
        if status < 0 {
            return Err(status);
        }
        self.handle.store(handle, Release);
        // SAFETY: The handle is that of the registration, IRQL is PASSIVE_LEVEL, and the traits are a static of the
        // length that they begin with (nf-wdm-etwsetinformation, ne-evntprov-event_info_class).
        let _ = unsafe {
            sys::etw_set_information(
                handle,
                sys::SET_TRAITS,
                self.metadata.as_ptr().cast(),
                length(self.metadata.len()),
            )
        };
        Ok(())
    }

    /// Unregisters the provider, if it is registered: `EtwUnregister`. Its callback runs no more.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, in a system thread (nf-wdm-etwunregister).
    pub fn unregister(&self, _irql: &mut Irql<'_, Passive>) {
        // What is written from here on goes nowhere.
        self.bound.store(NO_LEVEL, Relaxed);
        let handle = self.handle.swap(0, Acquire);
        if handle != 0 {
            // SAFETY: The handle is that of the registration and given back once; IRQL is PASSIVE_LEVEL
            // (nf-wdm-etwunregister).
            let _ = unsafe { sys::etw_unregister(handle) };
            // The callback may have run meanwhile.
            self.bound.store(NO_LEVEL, Relaxed);
        }
    }

    /// Whether anybody listens to events of this level and these keywords. One load where nothing listens at all.
    ///
    /// # IRQL
    ///
    /// Any.
    #[inline]
    pub fn enabled(&self, level: Level, keyword: u64) -> bool {
        u32::from(level.as_int()) < self.bound.load(Relaxed) && self.wants(keyword)
    }

    /// Whether events of these keywords are listened to: those without any always are (nf-evntrace-enabletraceex2).
    #[cold]
    fn wants(&self, keyword: u64) -> bool {
        let (any, all) = (self.any.load(Relaxed), self.all.load(Relaxed));
        keyword == 0 || (keyword & any != 0 && keyword & all == all)
    }

    /// The provider's traits, which its events begin with.
    #[must_use]
    pub const fn raw_meta(&self) -> &[u8] {
        self.metadata
    }
}

/// `ETWENABLECALLBACK`: something begins to listen, changes what they listen to, or stops. What ETW says is already
/// put together from all sessions.
///
/// # Safety
///
/// ETW calls it with the context of [`Provider::register`].
unsafe extern "system" fn enable(
    _source: *const Guid,
    control: u32,
    level: u8,
    any: u64,
    all: u64,
    _filter: *const c_void,
    context: *mut c_void,
) {
    // SAFETY: The context is a static, of which only shared references are made.
    let provider = unsafe { &*context.cast_const().cast::<Provider>() };
    match control {
        sys::DISABLE => provider.bound.store(NO_LEVEL, Relaxed),
        sys::ENABLE => {
            // No keyword at all stands for any (nf-evntrace-enabletraceex2).
            let any = if any == 0 { u64::MAX } else { any };
            provider.any.store(any, Relaxed);
            provider.all.store(all, Relaxed);
            let bound = match level {
                0 => EVERY_LEVEL,
                level => u32::from(level) + 1,
            };
            provider.bound.store(bound, Relaxed);
        }
        // A session asks for the provider's state, of which it has none to tell.
        _ => {}
    }
}

/// A length that ETW counts in 32 bits. None here is longer than an event may be, which is 64 KiB.
const fn length(bytes: usize) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an event is at most 64 KiB, and what is counted is a part of one"
    )]
    {
        bytes as u32
    }
}

/// A provider that is not registered: what `define_provider!` expands to.
///
/// # Safety
///
/// `metadata` begins with its length, in 16 bits, and goes on with a name that ends with NUL.
#[must_use]
pub const unsafe fn provider_new(metadata: &'static [u8], id: &Guid) -> Provider {
    Provider {
        metadata,
        id: *id,
        bound: AtomicU32::new(NO_LEVEL),
        any: AtomicU64::new(0),
        all: AtomicU64::new(0),
        handle: AtomicU64::new(0),
    }
}

/// Writes an event: what `write_event!` expands to, where something listens.
///
/// # IRQL
///
/// Any (nf-wdm-etwwritetransfer).
pub fn provider_write_transfer(
    provider: &Provider,
    descriptor: &EventDescriptor,
    activity: Option<&[u8; 16]>,
    related: Option<&[u8; 16]>,
    data: &[EventDataDescriptor<'_>],
) -> u32 {
    // SAFETY: The handle is that of the registration: nothing listens before it, or after it. The descriptors and what
    // they describe live through the call. They are values on the stack and constants of the image, in system space
    // and none of them pageable, so that any IRQL will do (nf-wdm-etwwritetransfer).
    let status = unsafe {
        sys::etw_write_transfer(
            provider.handle.load(Acquire),
            descriptor,
            identifier(activity),
            identifier(related),
            length(data.len()),
            data.as_ptr(),
        )
    };
    status.cast_unsigned()
}

/// The identifier of an activity, as ETW takes it.
const fn identifier(bytes: Option<&[u8; 16]>) -> *const Guid {
    match bytes {
        Some(bytes) => bytes.as_ptr().cast(),
        None => null(),
    }
}
