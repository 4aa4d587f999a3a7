//! A token does not come out of the closure that it was made for.

use dirql::{Irql, Passive, enter};

fn leaked() -> &'static mut Irql<'static, Passive> {
    unsafe { enter::<Passive, _>(|irql| irql) }
}

fn main() {
    let _ = leaked;
}
