//! A place in a driver's code, with the functions that were inlined there.

use std::{fmt, ptr};

/// One function of the inline stack at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The function's name.
    pub function: Option<String>,
    /// The source file, shortened.
    pub file: Option<String>,
    /// The line in `file` that the instruction belongs to, from 1.
    pub line: Option<u32>,
}

/// Where an address lies; displayed as `module!function+0x12 (file:line)`, or as `module+0x1234`
/// where nothing more is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    module: String,
    rva: u32,
    /// Where the function that was compiled into code of its own begins.
    function_start: Option<u32>,
    /// From the innermost inlined function out.
    frames: Vec<Frame>,
}

impl Location {
    pub(super) fn unknown(module: &str, rva: u32) -> Self {
        Self {
            module: module.to_owned(),
            rva,
            function_start: None,
            frames: Vec::new(),
        }
    }

    pub(super) fn known(module: &str, rva: u32, start: u32, frames: Vec<Frame>) -> Self {
        Self {
            module: module.to_owned(),
            rva,
            function_start: Some(start),
            frames,
        }
    }

    /// The address, relative to the image's base.
    #[must_use]
    pub fn rva(&self) -> u32 {
        self.rva
    }

    /// Whether the address is that of a function, and not one inside.
    #[must_use]
    pub fn is_start(&self) -> bool {
        self.function_start == Some(self.rva)
    }

    /// The inline stack, from the innermost function out; empty where nothing is known.
    #[must_use]
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// The frame a reader wants to see: the innermost that is not the Rust library's own nor a header's of the
    /// Windows kits, so that an atomic operation, and a routine of the framework, is shown where the driver
    /// asks for it.
    #[must_use]
    pub fn frame(&self) -> Option<&Frame> {
        let own = self
            .frames
            .iter()
            .find(|frame| !frame.file.as_deref().is_some_and(is_another));
        own.or_else(|| self.frames.first())
    }

    /// What [`Self::frame`] was inlined into, from the inside out, without those of a library: an
    /// allocator's code in a closure leads to the closure.
    pub fn inlined_into(&self) -> impl Iterator<Item = &Frame> {
        let is_library = |frame: &&Frame| frame.file.as_deref().is_some_and(is_another);
        let from = self.frame().map(ptr::from_ref);
        let mut frames = self.frames.iter();
        // Up to the frame that is shown, and that one.
        let _ = frames.find(|frame| Some(ptr::from_ref(*frame)) == from);
        frames.filter(move |frame| !is_library(frame))
    }

    /// `file:line` of [`Self::frame`].
    #[must_use]
    pub fn file_line(&self) -> Option<String> {
        let frame = self.frame()?;
        Some(format!("{}:{}", frame.file.as_ref()?, frame.line?))
    }

    /// The name of the function of [`Self::frame`].
    #[must_use]
    pub fn function(&self) -> Option<&str> {
        self.frame()?.function.as_deref()
    }
}

/// Whether a file is not of the driver's authors.
fn is_another(path: &str) -> bool {
    super::path::is_library(path)
        || super::path::is_kit_header(path)
        || super::path::is_function_table(path)
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The offset is that of the compiled function, the outermost frame.
        let outer = self.frames.last().and_then(|frame| frame.function.as_ref());
        match (outer, self.function_start) {
            (Some(function), Some(start)) => {
                let offset = self.rva.wrapping_sub(start);
                write!(f, "{}!{function}+{offset:#x}", self.module)?;
            }
            _ => write!(f, "{}+{:#x}", self.module, self.rva)?,
        }
        match self.file_line() {
            Some(line) => write!(f, " ({line})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(function: &str, file: &str, line: u32) -> Frame {
        Frame {
            function: Some(function.to_owned()),
            file: Some(file.to_owned()),
            line: Some(line),
        }
    }

    #[test]
    fn an_address_without_symbols_is_module_and_offset() {
        let place = Location::unknown("driver", 0x1234);
        assert_eq!(place.to_string(), "driver+0x1234");
        assert_eq!(place.file_line(), None);
    }

    #[test]
    fn code_that_was_inlined_leads_to_what_it_was_inlined_into() {
        let place = Location::known(
            "driver",
            0x1018,
            0x1000,
            vec![
                frame("drop_in_place", "library/core/src/ptr/mod.rs", 1),
                frame("dealloc", "driver/heap.rs", 20),
                frame("drop", "library/alloc/src/boxed.rs", 2),
                frame("closure$0", "driver/take.rs", 30),
                frame("thunk", "dirql/thunk.rs", 40),
            ],
        );
        assert_eq!(place.file_line().as_deref(), Some("driver/heap.rs:20"));
        let lines: Vec<_> = place.inlined_into().map(|frame| frame.line).collect();
        assert_eq!(lines, [Some(30), Some(40)]);
        assert_eq!(Location::unknown("driver", 1).inlined_into().count(), 0);
    }

    #[test]
    fn an_inlined_library_function_is_shown_where_the_driver_calls_it() {
        let place = Location::known(
            "driver",
            0x1018,
            0x1000,
            vec![
                frame(
                    "core::sync::atomic::atomic_add",
                    "library/core/src/sync/atomic.rs",
                    3923,
                ),
                frame("driver::ring", "src/lib.rs", 13),
                frame("driver::DriverEntry", "src/lib.rs", 25),
            ],
        );
        assert_eq!(place.file_line().as_deref(), Some("src/lib.rs:13"));
        assert_eq!(place.function(), Some("driver::ring"));
        assert_eq!(
            place.to_string(),
            "driver!driver::DriverEntry+0x18 (src/lib.rs:13)"
        );
    }

    #[test]
    fn a_call_of_the_framework_is_shown_where_the_driver_makes_it() {
        let header = "C:/Program Files (x86)/Windows Kits/10/Include/wdf/kmdf/1.33/wdfrequest.h";
        let place = Location::known(
            "driver",
            0x1018,
            0x1000,
            vec![
                frame("WdfRequestComplete", header, 912),
                frame("Answer", "queue.c", 20),
                frame("EvtIoDeviceControl", "queue.c", 60),
            ],
        );
        assert_eq!(place.file_line().as_deref(), Some("queue.c:20"));
        let into: Vec<_> = place.inlined_into().map(|frame| frame.line).collect();
        assert_eq!(into, [Some(60)]);
    }

    #[test]
    fn code_that_is_the_librarys_alone_is_shown_as_such() {
        let place = Location::known(
            "driver",
            0x10d0,
            0x10d0,
            vec![frame(
                "core::panicking::panic_fmt",
                "library/core/src/panicking.rs",
                60,
            )],
        );
        assert_eq!(
            place.file_line().as_deref(),
            Some("library/core/src/panicking.rs:60")
        );
    }
}
