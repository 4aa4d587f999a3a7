//! What the loader makes of an image, and what it refuses.

mod loaded;
mod refused;
mod sample;
mod unwind;

use image::{Image, ImageFault};
use sample::Sample;

fn load(sample: &Sample) -> Result<Image, ImageFault> {
    Image::from_bytes("sample", &sample.bytes).map_err(|error| error.fault)
}

/// The fault of the sample after one change, with the checksum made right again.
fn fault(change: impl FnOnce(&mut Sample)) -> ImageFault {
    let mut sample = Sample::new();
    change(&mut sample);
    sample.seal();
    load(&sample).expect_err("the changed image is refused")
}
