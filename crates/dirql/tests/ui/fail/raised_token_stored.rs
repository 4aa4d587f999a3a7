//! A raised token cannot outlive the raise.

use dirql::{Dispatch, Irql, Passive};

fn stored(irql: &mut Irql<'_, Passive>) {
    let mut kept: Option<&mut Irql<'_, Dispatch>> = None;
    irql.raise_to_dispatch(|raised| kept = Some(raised));
    drop(kept);
}

fn main() {
    let _ = stored;
}
