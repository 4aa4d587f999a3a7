//! The error sources that callbacks have named, each with the state that is shared with its handler.

use core::{
    mem::MaybeUninit,
    sync::atomic::{
        AtomicI32, AtomicU32, AtomicU64,
        Ordering::{Relaxed, Release},
    },
};

use dirql::{
    Claimed, Irql, NotRun, Passive, Revocable,
    atomics::Field,
    pshed::{AdoptedSource, Descriptor, ErrorSource},
};
use dirql_ioctl::{
    Status,
    pshed::{ACCOUNTS_TOTAL, SOURCES_MAX, Source as Entry},
};
use wdk_sys::NTSTATUS;

use crate::status::ntstatus;

/// What a handler and closures share: two accounts of one sum, and a count of errors.
pub(super) struct State {
    pub(super) left: u64,
    pub(super) right: u64,
    pub(super) errors: u64,
}

impl State {
    /// Moves `amount` from the left account to the right, and says whether their sum was right before.
    pub(super) fn transfer(&mut self, amount: u64) -> bool {
        let balanced = self.left.wrapping_add(self.right) == ACCOUNTS_TOTAL;
        self.left = self.left.wrapping_sub(amount);
        // What gets in here finds the sum broken. The accounts are written for others to see.
        core::hint::black_box(&mut *self);
        self.right = self.right.wrapping_add(amount);
        balanced
    }
}

/// One source. Its number stands in `state` from when it is first seen.
pub(super) struct Source {
    pub(super) state: ErrorSource<State>,
    /// The source beyond its callbacks, while it is adopted.
    pub(super) adopted: Revocable<AdoptedSource>,
    /// What a callback has allowed to be adopted.
    adoptable: Claimed<Option<AdoptedSource>>,
    is_adopted: AtomicU32,
    kind: AtomicI32,
    maskable: AtomicU32,
    seen: AtomicU64,
    /// Errors whose handler came to the plug-in, whether or not it got in.
    pub(super) arrived: AtomicU64,
    errors: AtomicU64,
    refused: AtomicU64,
    pub(super) synchronized: AtomicU64,
    pub(super) not_run: AtomicU64,
    pub(super) violations: AtomicU64,
}

impl Source {
    /// What is atomic in a source.
    pub(super) const ATOMICS: [Field; 10] = dirql::atomic_fields!(
        Self: is_adopted,
        kind,
        maskable,
        seen,
        arrived,
        errors,
        refused,
        synchronized,
        not_run,
        violations,
    );

    /// There are as many as the contract has places, and only the code to make one of them.
    #[inline(never)]
    fn new(callers_at_dispatch: bool) -> Self {
        let state = ErrorSource::unbound(State {
            left: ACCOUNTS_TOTAL,
            right: 0,
            errors: 0,
        });
        let state = if callers_at_dispatch {
            // SAFETY: A parameter says so, whose description is the promise: the handlers of the machine's
            // sources run at DISPATCH_LEVEL or above.
            unsafe { state.with_callers_at_dispatch() }
        } else {
            state
        };
        Self {
            state,
            adopted: Revocable::new(),
            adoptable: Claimed::new(None),
            is_adopted: AtomicU32::new(0),
            kind: AtomicI32::new(0),
            maskable: AtomicU32::new(0),
            seen: AtomicU64::new(0),
            arrived: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            synchronized: AtomicU64::new(0),
            not_run: AtomicU64::new(0),
            violations: AtomicU64::new(0),
        }
    }

    /// Notes an error, in the handler of the source.
    pub(super) fn count_error(&self, descriptor: &Descriptor<'_>) {
        self.arrived.fetch_add(1, Relaxed);
        let counted = self.state.handle(descriptor, |state| {
            state.errors += 1;
            state.transfer(1)
        });
        match counted {
            Ok(balanced) => {
                self.errors.fetch_add(1, Relaxed);
                self.violations.fetch_add(u64::from(!balanced), Relaxed);
            }
            // The error is left to PSHED: what was to be counted is counted as such.
            Err(_) => {
                self.refused.fetch_add(1, Relaxed);
            }
        }
    }

    /// Adopts the source, or lets it go.
    pub(super) fn adopt(&self, irql: &mut Irql<'_, Passive>, adopt: bool) -> Result<(), NTSTATUS> {
        if self.maskable.load(Relaxed) == 0 {
            return Err(ntstatus(Status::NOT_SUPPORTED));
        }
        let wrong_state = ntstatus(Status::INVALID_DEVICE_STATE);
        if adopt {
            let taken = self.adoptable.access(Option::take).unwrap_or(None);
            let adopted = taken.ok_or(wrong_state)?;
            // What cannot be published, since another request is at it, is let go of.
            self.adopted
                .publish(irql, adopted)
                .map_err(|_| wrong_state)?;
            self.is_adopted.store(1, Release);
            return Ok(());
        }
        let adopted = self
            .adopted
            .revoke(irql)
            .unwrap_or(None)
            .ok_or(wrong_state)?;
        self.is_adopted.store(0, Release);
        let _ = self.adoptable.access(|place| *place = Some(adopted));
        Ok(())
    }

    /// Counts what a closure came to.
    pub(super) fn count<R>(&self, result: &Result<R, NotRun>) {
        let count = if result.is_ok() {
            &self.synchronized
        } else {
            &self.not_run
        };
        count.fetch_add(1, Relaxed);
    }

    #[inline(never)]
    fn describe(&self, entry: &mut Entry) {
        *entry = Entry {
            id: self.state.id(),
            kind: self.kind.load(Relaxed),
            maskable: self.maskable.load(Relaxed),
            adopted: self.is_adopted.load(Relaxed),
            seen: self.seen.load(Relaxed),
            errors: self.errors.load(Relaxed),
            refused: self.refused.load(Relaxed),
            synchronized: self.synchronized.load(Relaxed),
            not_run: self.not_run.load(Relaxed),
            contended: self.state.contended(),
            violations: self.violations.load(Relaxed),
        };
    }
}

/// The sources, in the order in which they were seen.
#[repr(transparent)]
pub(super) struct Sources([Source; SOURCES_MAX]);

impl Sources {
    /// Writes the places of sources that were not seen yet, one by one.
    pub(super) fn write(place: &mut MaybeUninit<Self>, callers_at_dispatch: bool) {
        // SAFETY: This is transparent over an array, and an array of places that may hold anything is one place
        // that may.
        let sources = unsafe {
            &mut *place
                .as_mut_ptr()
                .cast::<[MaybeUninit<Source>; SOURCES_MAX]>()
        };
        for source in sources {
            source.write(Source::new(callers_at_dispatch));
        }
    }

    /// The place of the source that a callback names; none where there is no place left.
    pub(super) fn see(&self, descriptor: &Descriptor<'_>, adopts: bool) -> Option<&Source> {
        // Every processor asks the places in the same order, so that a source has one.
        let source = self.0.iter().find(|source| source.state.bind(descriptor))?;
        source.seen.fetch_add(1, Relaxed);
        source.kind.store(descriptor.kind().0, Relaxed);
        source
            .maskable
            .store(u32::from(descriptor.is_maskable()), Relaxed);
        if adopts && source.is_adopted.load(Relaxed) == 0 {
            // SAFETY: The parameter that lets the plug-in adopt says that descriptors stay where they are
            // while their sources exist, and that sources are not removed. What is adopted is let go of
            // before the plug-in is unregistered.
            if let Ok(adopted) = unsafe { descriptor.adopt() } {
                let _ = source.adoptable.access(|place| {
                    place.get_or_insert(adopted);
                });
            }
        }
        Some(source)
    }

    /// The source with this number.
    pub(super) fn find(&self, id: u32) -> Option<&Source> {
        self.0
            .iter()
            .find(|source| id != 0 && source.state.id() == id)
    }

    /// Errors that have arrived, of all sources.
    pub(super) fn arrived(&self) -> u64 {
        let each = self.0.iter().map(|source| source.arrived.load(Relaxed));
        each.fold(0, u64::wrapping_add)
    }

    /// Lets go of every adopted source.
    pub(super) fn let_go(&self, irql: &mut Irql<'_, Passive>) {
        for source in &self.0 {
            let _ = source.adopted.revoke(irql);
        }
    }

    /// Writes what is known of each, and says how many there are.
    pub(super) fn describe(&self, entries: &mut [Entry; SOURCES_MAX]) -> u32 {
        let seen = self.0.iter().take_while(|source| source.state.id() != 0);
        let mut count = 0;
        for (source, entry) in seen.zip(entries) {
            source.describe(entry);
            count += 1;
        }
        count
    }
}
