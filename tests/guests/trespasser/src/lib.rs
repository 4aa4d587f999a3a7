//! A video miniport whose requests each break one rule of the port driver, or keep it.
//!
//! | module | what it holds |
//! |---|---|
//! | [`port`] | what VIDEOPRT.SYS exports, as far as it is needed |
//! | [`entry`] | `DriverEntry` and the callbacks |
//! | [`deeds`] | what each request does |

#![no_std]

mod deeds;
mod entry;
mod port;

/// The end of a panic, which nothing here comes to.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

/// What code that was compiled to unwind names as its handler.
#[unsafe(no_mangle)]
extern "C" fn __CxxFrameHandler3() -> i32 {
    0
}
