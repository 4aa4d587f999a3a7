//! Which memory of a driver is atomic, for tools that watch its accesses.
//!
//! On x64 a relaxed load is a plain `mov`, and so is a release store: a compiled driver does not show which
//! of its accesses its author made atomic. A tool that looks for data races in the image itself has to be
//! told. So a driver puts a table into its image, in a section of the name [`SECTION`]. The table lists the
//! atomic fields of its statics, of its framework contexts and of its pool allocations. The types check the
//! table: an entry names a field, and compiles only where that field is an atomic.
//!
//! ```
//! use core::{mem::offset_of, sync::atomic::{AtomicBool, AtomicU32}};
//! use dirql::atomics::{self, AtomicTable, Group};
//!
//! struct Device {
//!     hurry: AtomicBool,
//!     counts: [AtomicU32; 4],
//! }
//!
//! static DEVICE: Device = Device {
//!     hurry: AtomicBool::new(false),
//!     counts: [const { AtomicU32::new(0) }; 4],
//! };
//!
//! const GROUPS: &[Group] = &[Group::in_static(
//!     &DEVICE,
//!     0,
//!     &dirql::atomic_fields!(Device: hurry, counts),
//! )];
//!
//! // In a driver, with `#[used]` and `#[unsafe(link_section = ".atomics")]`.
//! static TABLE: AtomicTable<{ atomics::count(GROUPS) }> = AtomicTable::new(GROUPS);
//! # let _ = &TABLE;
//! ```
//!
//! Nothing reads the table at run time, neither the driver nor NT.

#[cfg_attr(
    all(feature = "wdk", windows, target_arch = "x86_64"),
    path = "marked.rs"
)]
pub(crate) mod access;
mod field;

use core::{ffi::c_void, ptr::null};

pub use field::{Atomic, Field};

/// The name of the section that holds the table.
pub const SECTION: &str = ".atomics";

/// What kind of object a [`Group`] is in, as the table has it.
const STATIC: u32 = 1;
const CONTEXT: u32 = 2;
const POOL: u32 = 3;

/// Atomic fields of one object.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    base: *const c_void,
    kind: u32,
    tag: u32,
    size: usize,
    offset: usize,
    fields: &'static [Field],
}

impl Group {
    /// Fields of a type that stands at `offset` in a static.
    #[must_use]
    pub const fn in_static<T>(base: &'static T, offset: usize, fields: &'static [Field]) -> Self {
        Self {
            base: (&raw const *base).cast(),
            kind: STATIC,
            tag: 0,
            size: size_of::<T>(),
            offset,
            fields,
        }
    }

    /// Fields of a type that stands at `offset` in a context of the type `T`, which the framework makes
    /// for objects with this `WDF_OBJECT_CONTEXT_TYPE_INFO`.
    #[must_use]
    pub const fn in_context<T>(
        type_info: *const c_void,
        offset: usize,
        fields: &'static [Field],
    ) -> Self {
        Self {
            base: type_info,
            kind: CONTEXT,
            tag: 0,
            size: size_of::<T>(),
            offset,
            fields,
        }
    }

    /// Fields of a `T`, of which each is a pool allocation of its own with this tag. Other allocations of
    /// the same tag have another size.
    #[must_use]
    pub const fn in_pool<T>(tag: u32, fields: &'static [Field]) -> Self {
        Self::in_pool_at::<T>(tag, 0, fields)
    }

    /// As [`in_pool`](Self::in_pool), for fields of a type that stands at `offset` in the `T`.
    #[must_use]
    pub const fn in_pool_at<T>(tag: u32, offset: usize, fields: &'static [Field]) -> Self {
        Self {
            base: null(),
            kind: POOL,
            tag,
            size: size_of::<T>(),
            offset,
            fields,
        }
    }
}

/// An entry of the table: 32 bytes, as tools read it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
struct Entry {
    base: *const c_void,
    kind: u32,
    tag: u32,
    size: u32,
    offset: u32,
    length: u32,
    reserved: u32,
}

const _: () = assert!(size_of::<*const c_void>() != 8 || size_of::<Entry>() == 32);

/// How many entries the groups have.
#[must_use]
pub const fn count(groups: &[Group]) -> usize {
    let (mut entries, mut at) = (0, 0);
    while at < groups.len() {
        entries += groups[at].fields.len();
        at += 1;
    }
    entries
}

/// The table.
#[repr(transparent)]
#[derive(Debug)]
pub struct AtomicTable<const N: usize>([Entry; N]);

// SAFETY: The addresses in the table are never followed by this crate, and tools only compare them.
unsafe impl<const N: usize> Sync for AtomicTable<N> {}

impl<const N: usize> AtomicTable<N> {
    /// The table of these groups.
    ///
    /// # Panics
    ///
    /// At compile time, where `N` is not their [`count`], or a field is not inside its object.
    #[must_use]
    pub const fn new(groups: &[Group]) -> Self {
        const NONE: Entry = Entry {
            base: null(),
            kind: 0,
            tag: 0,
            size: 0,
            offset: 0,
            length: 0,
            reserved: 0,
        };
        assert!(count(groups) == N, "the table has a place for each entry");
        let mut entries = [NONE; N];
        let (mut next, mut at) = (0, 0);
        while at < groups.len() {
            let group = groups[at];
            let mut field = 0;
            while field < group.fields.len() {
                let Field { offset, length } = group.fields[field];
                let offset = group.offset + offset;
                assert!(
                    offset + length <= group.size && group.size <= u32::MAX as usize,
                    "an atomic field lies in its object"
                );
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "the assertion above bounds all three"
                )]
                {
                    entries[next] = Entry {
                        base: group.base,
                        kind: group.kind,
                        tag: group.tag,
                        size: group.size as u32,
                        offset: offset as u32,
                        length: length as u32,
                        reserved: 0,
                    };
                }
                next += 1;
                field += 1;
            }
            at += 1;
        }
        Self(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::{
        mem::offset_of,
        sync::atomic::{AtomicU8, AtomicU32},
    };

    struct Inner {
        _pad: u64,
        flags: [AtomicU8; 3],
    }

    struct Outer {
        word: AtomicU32,
        inner: Inner,
    }

    const INNER: [Field; 1] = crate::atomic_fields!(Inner: flags);
    const OUTER: [Field; 2] = crate::atomic_fields!(Outer: word, inner.flags);
    const TAG: u32 = 7;
    const GROUPS: &[Group] = &[
        Group::in_pool::<Outer>(TAG, &OUTER),
        Group::in_context::<Outer>(null(), offset_of!(Outer, inner), &INNER),
    ];

    #[test]
    fn the_table_has_each_field_where_it_is() {
        static TABLE: AtomicTable<{ count(GROUPS) }> = AtomicTable::new(GROUPS);
        let flags = offset_of!(Outer, inner) + offset_of!(Inner, flags);
        let seen = TABLE
            .0
            .map(|entry| (entry.kind, entry.tag, entry.offset as usize, entry.length));
        assert_eq!(
            seen,
            [
                (POOL, TAG, offset_of!(Outer, word), 4),
                (POOL, TAG, flags, 3),
                (CONTEXT, 0, flags, 3),
            ]
        );
        let size = u32::try_from(size_of::<Outer>()).expect("the size is small");
        assert!(TABLE.0.iter().all(|entry| entry.size == size));
    }
}
