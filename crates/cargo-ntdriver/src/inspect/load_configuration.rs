//! The load configuration, which tells a loader what the image has: a cookie, guarded calls.
//!
//! Without one, a loader that looks for control-flow guard finds nothing to look at; with flags that are not so, it writes
//! through pointers that lead nowhere ("The Load Configuration Structure", "`IMAGE_LOAD_CONFIG_DIRECTORY64`").

use image::ImageFile;
use object::{LittleEndian as LE, pe::IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG};

use super::Violation;

/// Offsets in the structure.
mod field {
    pub(super) const SECURITY_COOKIE: u32 = 88;
    pub(super) const CHECK: u32 = 112;
    pub(super) const DISPATCH: u32 = 120;
    pub(super) const FUNCTIONS: u32 = 128;
    pub(super) const COUNT: u32 = 136;
    pub(super) const FLAGS: u32 = 144;
}
/// Up to the flags: what a structure without them is, no kernel of today asks.
const LEAST: u32 = field::FLAGS + 4;

/// `IMAGE_GUARD_CF_INSTRUMENTED` and `IMAGE_GUARD_CF_FUNCTION_TABLE_PRESENT`.
const INSTRUMENTED: u32 = 0x100;
const TABLE: u32 = 0x400;
/// Every flag of winnt.h (`IMAGE_GUARD_...`): 0x200000 is none, and nothing stands between `MEMCPY_PRESENT` and the stride.
const DOCUMENTED: u32 = 0xf3df_ff00;

/// That there is one, and that its flags say what the structure has.
pub(super) fn check(image: &ImageFile<'_>, violations: &mut Vec<Violation>) {
    let mut wrong = |what: String| violations.push(Violation::LoadConfiguration(what));
    let rva = image
        .directory(IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG)
        .map_or(0, |directory| directory.virtual_address.get(LE));
    if rva == 0 {
        wrong("the image has no load configuration".to_owned());
        return;
    }
    let at = |offset: u32| image.read_u32(rva.checked_add(offset)?);
    let size = at(0).unwrap_or(0);
    if size < LEAST || at(size.saturating_sub(4)).is_none() {
        wrong(format!(
            "the load configuration at {rva:#x} says that it has {size} bytes: it has {LEAST} at least, in the image"
        ));
        return;
    }
    let pointer = |offset: u32| {
        let words = [at(offset), at(offset + 4)];
        words.into_iter().any(|word| word.unwrap_or(0) != 0)
    };
    let leads_inside = |offset: u32| {
        let target = image.read_pointer(rva + offset);
        target.is_some_and(|target| image.read(target, 1).is_some())
    };
    if pointer(field::SECURITY_COOKIE) && !leads_inside(field::SECURITY_COOKIE) {
        wrong("the security cookie is outside of the image".to_owned());
    }
    let flags = at(field::FLAGS).unwrap_or(0);
    if flags & !DOCUMENTED != 0 {
        wrong(format!(
            "GuardFlags {flags:#x} has bits that no page documents: {:#x}",
            flags & !DOCUMENTED
        ));
    }
    let is_instrumented = flags & INSTRUMENTED != 0;
    if is_instrumented && !(leads_inside(field::CHECK) && leads_inside(field::DISPATCH)) {
        wrong(format!(
            "GuardFlags {flags:#x} says that calls are guarded, and no pointers to the guards are there"
        ));
    }
    if !is_instrumented && flags & TABLE != 0 {
        wrong(format!(
            "GuardFlags {flags:#x} has a table of functions, and says that no call is guarded"
        ));
    }
    if flags & TABLE != 0 && pointer(field::COUNT) && !leads_inside(field::FUNCTIONS) {
        wrong(format!(
            "GuardFlags {flags:#x} says that there is a table of functions, and none is in the image"
        ));
    }
}
