//! A plug-in is reached through its registration, which ends.

use dirql::{Irql, Passive, pshed::{PshedPlugin, Registration}};

struct Nothing;

impl PshedPlugin for Nothing {}

fn late(registration: Registration<Nothing>, irql: &mut Irql<'_, Passive>) {
    let plugin = registration.plugin();
    drop(registration.unregister(irql));
    let _: &Nothing = plugin;
}

fn main() {
    let _ = late;
}
