//! What of the driver's memory is atomic: a table in the section `.atomics` of the image, for tools that
//! look for races in it.
//!
//! A relaxed load is a plain `mov`, so the image alone does not show which accesses are atomic. An entry
//! has 32 bytes; the simulator's documentation says what stands in it.

use core::{
    mem::offset_of,
    sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64},
};

use guest::structure::size;

use crate::{
    deeds::{
        dpc::Deferred,
        interrupt::{Service, program},
        memory,
        race::Counters,
    },
    device::{self, Context},
};

/// An entry of the table.
#[repr(C)]
struct Entry {
    base: *const (),
    kind: u32,
    tag: u32,
    size: u32,
    offset: u32,
    length: u32,
    reserved: u32,
}

const _: () = assert!(size_of::<Entry>() == 32);

/// What an entry describes.
const STATIC: u32 = 1;
const CONTEXT: u32 = 2;

/// An atomic type.
trait Atomic {}

impl Atomic for AtomicBool {}
impl Atomic for AtomicU32 {}
impl Atomic for AtomicU64 {}
impl<T> Atomic for AtomicPtr<T> {}
impl<A: Atomic, const N: usize> Atomic for [A; N] {}

/// The entry of a field of the context, which `get` gives: so its type is known to be atomic.
const fn field<A: Atomic>(offset: usize, _get: fn(&Context) -> &A) -> Entry {
    assert!(
        offset.is_multiple_of(align_of::<A>()) && offset + size_of::<A>() <= size_of::<Context>()
    );
    Entry {
        base: device::kind(),
        kind: CONTEXT,
        tag: 0,
        size: size::<Context>(),
        offset: narrow(offset),
        length: size::<A>(),
        reserved: 0,
    }
}

/// The entry of a static.
const fn variable<A: Atomic>(of: &'static A) -> Entry {
    Entry {
        base: (&raw const *of).cast(),
        kind: STATIC,
        tag: 0,
        size: size::<A>(),
        offset: 0,
        length: size::<A>(),
        reserved: 0,
    }
}

const fn narrow(offset: usize) -> u32 {
    assert!(offset <= 0xFFFF);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the assertion above bounds the offset"
    )]
    {
        offset as u32
    }
}

/// The atomic fields of the context, each named twice by one word: where it is, and what type it has.
macro_rules! fields {
    ($($($name:ident).+),* $(,)?) => {
        [$(field(offset_of!(Context, $($name).+), |context| &context.$($name).+),)*]
    };
}

/// The table. Nothing reads it but tools.
struct Table<const N: usize>([Entry; N]);

// SAFETY: The addresses in the table are never followed.
unsafe impl<const N: usize> Sync for Table<N> {}

#[used]
#[unsafe(link_section = ".atomics")]
static FIELDS: Table<23> = Table(fields!(
    registers,
    physical,
    service.registers,
    service.claimed,
    service.declined,
    service.acknowledges,
    service.raises,
    service.lingers,
    service.powered,
    service.during,
    deferred.handle,
    deferred.work,
    deferred.begun,
    deferred.ended,
    deferred.inside,
    deferred.most,
    deferred.taken,
    own_dpc.runs,
    own_dpc.sum,
    counters.value,
    counters.flag,
    counters.each,
    counters.other,
));

#[used]
#[unsafe(link_section = ".atomics")]
static VARIABLES: Table<5> = Table([
    variable(&memory::VARIABLE),
    variable(&program::WORDS.atomic),
    variable(&program::INTERRUPTS),
    variable(&program::VERSION),
    variable(&program::CONTEXT),
]);

// The types whose fields are listed above; a new atomic field in one of them belongs there.
const _: () = assert!(size_of::<Service>() <= 64 && size_of::<Counters>() <= 64);
const _: () = assert!(size_of::<Deferred>() <= 32);
