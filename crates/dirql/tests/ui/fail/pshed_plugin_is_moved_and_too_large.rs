//! A plug-in of more than 512 bytes is not moved over a kernel stack, neither into its block nor out of it.

use dirql::{
    Irql, Passive,
    pshed::{Areas, PluginBlock, PshedPlugin, Registration, register_for_ever},
};

struct Large([u8; 513]);

impl PshedPlugin for Large {}

fn register(irql: &mut Irql<'_, Passive>) -> bool {
    unsafe { Registration::register(irql, Large([0; 513]), &Areas::none()) }.is_ok()
}

fn register_v1(irql: &mut Irql<'_, Passive>) -> bool {
    unsafe { register_for_ever(irql, Large([0; 513]), &Areas::<Large>::none()) }.is_ok()
}

fn unregister(irql: &mut Irql<'_, Passive>, registration: Registration<Large>) -> bool {
    registration.unregister(irql).is_ok()
}

// In place it compiles.
fn in_place(irql: &mut Irql<'_, Passive>, block: PluginBlock<Large>) -> bool {
    let registration = unsafe { Registration::register_in_place(irql, block, &Areas::none()) };
    registration.expect("registered").unregister_in_place(irql).is_ok()
}

fn take_out(irql: &mut Irql<'_, Passive>, block: PluginBlock<Large>) -> u8 {
    block.into_plugin(irql).0[0]
}

fn main() {
    // The assertion belongs to the code that is generated, so the functions have to be.
    core::hint::black_box(register as fn(&mut Irql<'_, _>) -> _);
    core::hint::black_box(register_v1 as fn(&mut Irql<'_, _>) -> _);
    core::hint::black_box(unregister as fn(&mut Irql<'_, _>, _) -> _);
    core::hint::black_box(in_place as fn(&mut Irql<'_, _>, _) -> _);
    core::hint::black_box(take_out as fn(&mut Irql<'_, _>, _) -> _);
}
