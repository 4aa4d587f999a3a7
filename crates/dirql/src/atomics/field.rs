//! An atomic field of a type: what counts as atomic, and where in the type it is.

use core::sync::atomic::{
    AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicPtr, AtomicU8,
    AtomicU16, AtomicU32, AtomicU64, AtomicUsize,
};

mod sealed {
    /// Keeps [`super::Atomic`] to the types that it is true of.
    pub trait Sealed {}
}

/// A type that is atomic and nothing else: an atomic of `core`, or an array of them.
pub trait Atomic: sealed::Sealed {}

impl<T: sealed::Sealed> Atomic for T {}

macro_rules! atomic {
    ($($type:ty),*) => {
        $(impl sealed::Sealed for $type {})*
    };
}

atomic!(
    AtomicBool,
    AtomicI8,
    AtomicI16,
    AtomicI32,
    AtomicI64,
    AtomicIsize,
    AtomicU8,
    AtomicU16,
    AtomicU32,
    AtomicU64,
    AtomicUsize
);

impl<T> sealed::Sealed for AtomicPtr<T> {}
impl<A: Atomic, const N: usize> sealed::Sealed for [A; N] {}

/// An atomic field: where it is in its type, and how long. Made by [`atomic_fields!`](crate::atomic_fields).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    pub(super) offset: usize,
    pub(super) length: usize,
}

impl Field {
    /// The field at `offset` of a `T`, which `get` gives a reference to: so its type is known here, and is
    /// atomic.
    ///
    /// # Panics
    ///
    /// At compile time, where there is no such field at that offset.
    #[must_use]
    pub const fn new<T, A: Atomic>(offset: usize, _get: fn(&T) -> &A) -> Self {
        let length = size_of::<A>();
        assert!(
            offset.is_multiple_of(align_of::<A>()) && offset + length <= size_of::<T>(),
            "an atomic field lies in its type, aligned"
        );
        Self { offset, length }
    }
}

/// The atomic fields of a type, checked against it: `atomic_fields!(Type: field, field.inner)`.
#[macro_export]
macro_rules! atomic_fields {
    ($type:ty: $($($field:tt).+),+ $(,)?) => {
        [$($crate::atomics::Field::new::<$type, _>(
            ::core::mem::offset_of!($type, $($field).+),
            |value| &value.$($field).+,
        )),+]
    };
}
