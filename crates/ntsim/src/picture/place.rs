//! Addresses of the driver by their names.

use image::Image;

use crate::guest::layout;

/// A function of the driver, and a line in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The function, or module and offset where its name is not known.
    pub function: String,
    /// The file and the line, where they are known.
    pub line: Option<(String, u32)>,
    /// Whether it was compiled into its caller, the place that follows.
    pub inlined: bool,
}

impl Place {
    /// The function that has an instruction, and those that it was compiled into, innermost first.
    #[must_use]
    pub fn of(image: &Image, address: u64) -> Vec<Self> {
        let rva = address.checked_sub(layout::IMAGE_BASE);
        let Some(rva) = rva.and_then(|rva| u32::try_from(rva).ok()) else {
            return Vec::new();
        };
        let found = image.symbols().resolve(rva);
        let frames = found.frames();
        if frames.is_empty() {
            return vec![Self {
                function: found.to_string(),
                line: None,
                inlined: false,
            }];
        }
        let last = frames.len() - 1;
        let module = image.symbols().module();
        let places = frames.iter().enumerate().map(|(at, frame)| Self {
            function: frame
                .function
                .as_deref()
                .map_or_else(|| format!("{module}+{rva:#x}"), str::to_owned),
            line: frame.file.as_deref().map(str::to_owned).zip(frame.line),
            inlined: at < last,
        });
        places.collect()
    }

    /// The function that begins at an address.
    #[must_use]
    pub fn function(image: &Image, address: u64) -> Option<Self> {
        // Its first code may be that of a function which was compiled into it.
        Self::of(image, address).pop()
    }

    /// `file:line`, where it is known.
    #[must_use]
    pub fn file_line(&self) -> Option<String> {
        let (file, line) = self.line.as_ref()?;
        Some(format!("{file}:{line}"))
    }
}
