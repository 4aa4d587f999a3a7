//! What of the plug-in's memory is atomic: a part of the table in the image (`crate::atomics`).

use core::{mem::offset_of, sync::atomic::AtomicU32};

use dirql::{
    Revocable,
    atomics::{self, AtomicTable, Field, Group},
    pshed::Registration,
};
use dirql_ioctl::pshed::SOURCES_MAX;

use super::{FAILURE, PLUGIN, REFUSAL, own_source, plugin::Plugin, sources::Source};

/// The registration, two parts of the plug-in beside its sources, and the statics.
const BESIDE_SOURCES: usize = 8;
const PER_SOURCE: usize = Source::ATOMICS.len();

const fn groups() -> [Group; BESIDE_SOURCES + PER_SOURCE * SOURCES_MAX] {
    const WORD: &[Field] = &[Field::new::<AtomicU32, _>(0, |word| word)];
    let mut groups = [Registration::<Plugin>::ATOMICS; BESIDE_SOURCES + PER_SOURCE * SOURCES_MAX];
    let [kept, counts] = Plugin::ATOMICS;
    groups[1] = Registration::<Plugin>::atomics_in_plugin(kept.0, kept.1);
    groups[2] = Registration::<Plugin>::atomics_in_plugin(counts.0, counts.1);
    groups[3] = Group::in_static(&PLUGIN, 0, &Revocable::<Registration<Plugin>>::ATOMICS);
    groups[4] = Group::in_static(&FAILURE, 0, WORD);
    groups[5] = Group::in_static(&REFUSAL, 0, WORD);
    groups[6] = own_source::ATOMICS[0];
    groups[7] = own_source::ATOMICS[1];
    let mut place = 0;
    while place < SOURCES_MAX {
        let source = offset_of!(Plugin, sources) + place * size_of::<Source>();
        let mut part = 0;
        while part < PER_SOURCE {
            let (offset, fields) = Source::ATOMICS[part];
            groups[BESIDE_SOURCES + place * PER_SOURCE + part] =
                Registration::<Plugin>::atomics_in_plugin(source + offset, fields);
            part += 1;
        }
        place += 1;
    }
    groups
}

const GROUPS: &[Group] = &groups();

/// The table. Nothing reads it but tools.
#[used]
#[unsafe(link_section = ".atomics")]
static TABLE: AtomicTable<{ atomics::count(GROUPS) }> = AtomicTable::new(GROUPS);
