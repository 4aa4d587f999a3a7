//! The handler reaches the state from any processor.

use dirql::pshed::ErrorSource;

fn main() {
    let _ = ErrorSource::new(7, core::ptr::null_mut::<u32>());
}
