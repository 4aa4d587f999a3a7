//! What of the driver's memory is atomic: a table in the image, for tools that look for races in it.
//!
//! Each type lists its own fields, and the compiler checks the lists; this module says where the types
//! stand. Those of dirql's own types are marked where they are used. An atomic that is missing here shows as a
//! possible race in the simulator.

use core::mem::offset_of;

use dirql::{
    Revocable,
    atomics::{self, AtomicTable, Field, Group},
};

use dirql_trace::Provider;

use crate::{
    board::Board,
    context::Context,
    counters::Counters,
    device::Device,
    exclusive::Exclusive,
    file::File,
    hardware::Hardware,
    interrupt::{Base, DeviceInterrupt},
    reach::Reach,
    trace,
    waits::After,
};

/// Fields of what stands at `offset` in the device's context.
const fn in_device(offset: usize, fields: &'static [Field]) -> Group {
    Group::in_context::<Device>(Device::KIND.as_ptr().cast(), offset, fields)
}

/// Where the device's interrupt is, while the device is started.
const INTERRUPT: usize = offset_of!(Device, hardware)
    + Revocable::<Hardware>::VALUE_OFFSET
    + offset_of!(Hardware, interrupt);

const GROUPS: &[Group] = &[
    in_device(0, &Device::ATOMICS),
    in_device(offset_of!(Device, exclusive), &Exclusive::ATOMICS),
    in_device(offset_of!(Device, base), &Base::ATOMICS),
    in_device(offset_of!(Device, base.counters), &Counters::ATOMICS),
    in_device(offset_of!(Device, board), &Board::ATOMICS),
    in_device(offset_of!(Device, base.reach), &Reach::ATOMICS),
    in_device(INTERRUPT, &DeviceInterrupt::ATOMICS),
    Group::in_context::<File>(File::KIND.as_ptr().cast(), 0, &File::ATOMICS),
    Group::in_context::<After>(After::KIND.as_ptr().cast(), 0, &After::ATOMICS),
    Group::in_static(trace::provider(), 0, &Provider::ATOMICS),
];

/// The table. Nothing reads it but tools.
#[used]
#[unsafe(link_section = ".atomics")]
static TABLE: AtomicTable<{ atomics::count(GROUPS) }> = AtomicTable::new(GROUPS);
