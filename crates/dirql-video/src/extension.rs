//! The device extension: both parts of one adapter, in memory that the port driver zeroes and frees.

use core::{cell::UnsafeCell, ffi::c_void, marker::PhantomData, mem::MaybeUninit};

use crate::{Discovery, Found, Miniport, VideoAdapter, VpStatus};

/// The alignment that a device extension is sure to have. No page promises more than what its pointers need.
const EXTENSION_ALIGNMENT: usize = 8;

/// What `HwDeviceExtension` points to.
///
/// # Invariants
///
/// - `adapter` comes first: its address is the extension's.
/// - All zero it is an adapter that was not found yet. `miniport` is initialised once the adapter is complete,
///   and not written again.
#[repr(C)]
pub(crate) struct Extension<M: Miniport> {
    adapter: VideoAdapter<M::State>,
    miniport: UnsafeCell<MaybeUninit<M>>,
}

/// Evidence that a miniport's parts can lie in a device extension.
pub(crate) struct Admissible<M>(PhantomData<fn(M)>);

impl<M: Miniport> Admissible<M> {
    /// The size of the extension, in bytes.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the assertion beside it holds the size to 32 bits"
    )]
    pub(crate) const SIZE: u32 = size_of::<Extension<M>>() as u32;

    /// Fails to compile, in a `const` block, where they cannot.
    pub(crate) const fn assert() -> Self {
        assert!(
            !core::mem::needs_drop::<M::State>(),
            "the state of a miniport may not own a value with a destructor: the port driver frees the device \
             extension without a callback"
        );
        assert!(
            !core::mem::needs_drop::<M>(),
            "a miniport may not own a value with a destructor: the port driver frees the device extension \
             without a callback"
        );
        assert!(
            align_of::<Extension<M>>() <= EXTENSION_ALIGNMENT,
            "a miniport may not ask for more than 8 bytes of alignment, which is what a device extension has"
        );
        assert!(
            size_of::<Extension<M>>() <= u32::MAX as usize,
            "a device extension has less than 4 GiB"
        );
        Self(PhantomData)
    }
}

impl<M: Miniport> Extension<M> {
    /// The extension behind `HwDeviceExtension`; none behind null.
    ///
    /// # Safety
    ///
    /// The port driver calls the miniport with this extension, which it has zeroed, and which lives for `'a`.
    pub(crate) unsafe fn from_raw<'a>(extension: *mut c_void) -> Option<&'a Self> {
        // SAFETY: The extension is as large as the initialization data asks and aligned, by the evidence that
        // `initialize` has, and valid when it is all zero. It is shared, and all of it is atomic or behind
        // `UnsafeCell`.
        unsafe { extension.cast::<Self>().as_ref() }
    }

    /// The same, once the adapter is complete.
    ///
    /// # Safety
    ///
    /// As for [`from_raw`](Self::from_raw).
    pub(crate) unsafe fn complete_from_raw<'a>(
        extension: *mut c_void,
    ) -> Option<(&'a M, &'a VideoAdapter<M::State>)> {
        // SAFETY: As the caller promises.
        let this = unsafe { Self::from_raw(extension) }?;
        Some((this.miniport()?, &this.adapter))
    }

    /// The resident part, once the adapter is complete.
    fn miniport(&self) -> Option<&M> {
        self.adapter.is_complete().then(|| {
            // SAFETY: The adapter is complete, so the place is initialised and not written again.
            unsafe { &*self.miniport.get().cast::<M>() }
        })
    }

    /// Carries `HwVidFindAdapter` out.
    ///
    /// # Safety
    ///
    /// No other call of `HwVidFindAdapter` for this extension is on.
    pub(crate) unsafe fn find(&self, discovery: &mut Discovery<'_>) -> Result<(), VpStatus> {
        // Nothing is let in by an interrupt of which it is not known any more whether it is connected.
        self.adapter.set_interrupt(false);
        if let Some(miniport) = self.miniport() {
            miniport.found_again(discovery)?;
        } else {
            let Found { miniport, state } = M::find_adapter(discovery)?;
            // SAFETY: The adapter is not complete, so nothing else uses the place.
            unsafe { self.miniport.get().cast::<M>().write(miniport) };
            self.adapter.complete(state).map_err(|_| VpStatus::BUSY)?;
        }
        let (level, vector) = discovery.interrupt();
        self.adapter
            .set_interrupt(M::HANDLES_INTERRUPTS && (level != 0 || vector != 0));
        Ok(())
    }
}
