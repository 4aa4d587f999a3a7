//! The guests in C.

use std::{fs, path::Path};

use image::ImageFile;
use xtask::{
    Workspace, c_guests,
    needs::{self, Need},
};

#[test]
fn a_guest_in_c_is_a_driver_as_microsofts_tools_build_one() {
    if let Err(missing) = needs::ready(Need::C) {
        eprintln!("skipped: {missing}");
        return;
    }
    let workspace = Workspace::find().expect("the workspace is here");
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests-in-c");
    fs::create_dir_all(&out).expect("a folder for the images");
    c_guests::build(&workspace, &out).expect("they are built");
    let bytes = fs::read(out.join("classic.sys")).expect("the first variant is there");
    let image = ImageFile::parse(&bytes).expect("it is an image");
    let field = image.checksum_field();
    let checksum = image::checksum(&bytes, field.start).to_le_bytes();
    assert_eq!(bytes[field], checksum, "the header states the checksum");
    let load_config = image.directory(10).expect("it has a load configuration");
    let rva = load_config.virtual_address.get(object::LittleEndian);
    let cookie = image.read_pointer(rva + 88).expect("it names a cookie");
    let stands = image.read(cookie, 8).expect("the cookie is in the image");
    assert_eq!(stands, 0x2B99_2DDF_A232_u64.to_le_bytes());
    assert!(
        image.read_pointer(rva + 120).is_some(),
        "it dispatches by a pointer"
    );
    let imports = image.imports().expect("its imports are sound");
    let bind = ("WDFLDR.SYS", "WdfVersionBindClass");
    let mut named = imports.iter();
    assert!(
        named.any(|(module, name)| (module.as_str(), name.as_str()) == bind),
        "{imports:?}"
    );
}
