//! What of the plug-in's memory is atomic: a part of the table in the image (`crate::atomics`).

use core::{mem::offset_of, sync::atomic::AtomicU32};

use dirql::{
    atomics::{self, AtomicTable, Field, Group},
    pshed::Registration,
};
use dirql_ioctl::pshed::SOURCES_MAX;

use super::{
    own_source,
    plugin::Plugin,
    registered::{FAILURE, REFUSAL},
    sources::Source,
};

/// The plug-in's counts, and the statics.
const BESIDE_SOURCES: usize = 5;

const fn groups() -> [Group; BESIDE_SOURCES + SOURCES_MAX] {
    const WORD: &[Field] = &[Field::new::<AtomicU32, _>(0, |word| word)];
    let (counts, fields) = Plugin::ATOMICS;
    let counts = Registration::<Plugin>::atomics_in_plugin(counts, fields);
    let mut groups = [counts; BESIDE_SOURCES + SOURCES_MAX];
    groups[1] = Group::in_static(&FAILURE, 0, WORD);
    groups[2] = Group::in_static(&REFUSAL, 0, WORD);
    groups[3] = own_source::ATOMICS[0];
    groups[4] = own_source::ATOMICS[1];
    let mut place = 0;
    while place < SOURCES_MAX {
        let source = offset_of!(Plugin, sources) + place * size_of::<Source>();
        groups[BESIDE_SOURCES + place] =
            Registration::<Plugin>::atomics_in_plugin(source, &Source::ATOMICS);
        place += 1;
    }
    groups
}

const GROUPS: &[Group] = &groups();

/// The table. Nothing reads it but tools.
#[used]
#[unsafe(link_section = ".atomics")]
static TABLE: AtomicTable<{ atomics::count(GROUPS) }> = AtomicTable::new(GROUPS);
