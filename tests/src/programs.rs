//! The guest `offender` with machine code in the rooms that it has for programs.

use std::fs;

use ntsim::Image;

use crate::images;

/// How many bytes of code a room has.
pub const ROOM: usize = 160;

/// The image of the guest with code in its rooms: `A` and `B` are called by the requests `first` and `second`, `I` by its
/// ISR. The code has the address of eight words in RCX, of which the last four are declared atomic.
///
/// # Panics
///
/// Where the guest is not built, has no such room, or the code is too long for one.
#[must_use]
pub fn image_with(rooms: &[(&str, &[u8])]) -> Image {
    let mut bytes = fs::read(images::guest_path("offender")).expect("the guest is built");
    for (room, code) in rooms {
        assert!(code.len() <= ROOM, "the code is too long");
        let name = format!("offender: room {room}");
        let places = bytes.windows(name.len());
        let found: Vec<usize> = places
            .enumerate()
            .filter(|(_, window)| *window == name.as_bytes())
            .map(|(at, _)| at + name.len())
            .collect();
        let [at] = found[..] else {
            panic!("the image has {} places of the name {name}", found.len());
        };
        bytes[at..at + code.len()].copy_from_slice(code);
    }
    let file = image::ImageFile::parse(&bytes).expect("the image is as it was");
    let field = file.checksum_field();
    let checksum = image::checksum(&bytes, field.start);
    bytes[field].copy_from_slice(&checksum.to_le_bytes());
    Image::from_bytes("programs", &bytes).expect("the image is as it was")
}
