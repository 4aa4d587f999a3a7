//! The mark of a mutant: a miniport that is wrong on purpose, to see that it is caught.
//!
//! `--cfg mutant --cfg mutant="name"` builds one, as for the driver. The mark is in the image's exports, and the
//! inspection of the image refuses it: no mutant passes for the miniport.

/// Its name is what is looked for.
#[used]
#[unsafe(no_mangle)]
pub(crate) static DIRQL_MUTANT_MARK: u8 = 1;

/// Waits for an event, where nothing may wait.
#[cfg(mutant = "video_wait_in_routine")]
pub(crate) fn wait() {
    use core::{ffi::c_void, ptr};

    #[link(name = "VIDEOPRT.SYS", kind = "raw-dylib", modifiers = "+verbatim")]
    unsafe extern "C" {
        #[link_name = "VideoPortWaitForSingleObject"]
        fn video_port_wait_for_single_object(
            extension: *mut c_void,
            object: *mut c_void,
            timeout: *mut i64,
        ) -> u32;
    }
    // SAFETY: None: this is a mutant, and the call is what it does wrong.
    unsafe {
        video_port_wait_for_single_object(ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    }
}
