// The load configuration of an image that no kit's library is linked with: a file that the images take in by `#[path]`. Over a
// kit, BufferOverflowFastFailK.lib brings it.
//
// The linker writes the address of this variable, by its name, into the image's header. What the structure says is that the
// image has nothing of what it could have: no cookie, for rustc emits none, and no table of the targets of calls, because the
// precompiled `core` is not instrumented. docs/windows.md has what the linker says to each.

/// `IMAGE_LOAD_CONFIG_DIRECTORY64` of SDK 10.0.26100, all of it zero behind its size.
#[repr(C)]
struct LoadConfiguration {
    size: u32,
    rest: [u32; 79],
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the structure has 320 bytes"
)]
const SIZE: u32 = size_of::<LoadConfiguration>() as u32;
const _: () = assert!(SIZE == 0x140);

// SAFETY: The name is the linker's, and only an image defines it.
#[unsafe(no_mangle)]
#[used]
static _load_config_used: LoadConfiguration = LoadConfiguration {
    size: SIZE,
    rest: [0; 79],
};
