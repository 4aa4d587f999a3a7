//! A plug-in lies in pool memory, which is aligned to 16 bytes.

use dirql::{Irql, Passive, pshed::{Areas, PshedPlugin, Registration}};

#[repr(align(32))]
struct Wide(u32);

impl PshedPlugin for Wide {}

fn register(irql: &mut Irql<'_, Passive>) -> bool {
    let areas = Areas::none();
    // SAFETY: For the sake of the test.
    unsafe { Registration::register(irql, Wide(0), &areas) }.is_ok()
}

fn main() {
    // The assertion belongs to the code that is generated, so the function has to be.
    core::hint::black_box(register as fn(&mut Irql<'_, _>) -> _);
}
