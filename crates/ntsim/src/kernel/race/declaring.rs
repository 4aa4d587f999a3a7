//! What the driver declares atomic becomes so: in its image, its pool, its contexts.

use image::Image;
use nt_model::{Failure, Rule};

use crate::{
    guest::layout,
    kernel::{
        Kernel,
        race::declared::{CONTEXT, Declared, Entry, POOL, SECTION, STATIC},
    },
};

impl<A> Kernel<A> {
    /// Takes the driver's table over, as it stands in the loaded image.
    pub(crate) fn load_declared(&mut self, image: &Image, memory: &[u8]) -> Result<(), Failure> {
        let mut sections = image.sections().iter();
        let (Some(races), Some(section)) = (
            self.races.as_mut(),
            sections.find(|section| section.name == SECTION),
        ) else {
            return Ok(());
        };
        let from = section.rva as usize;
        let to = (from + section.mapped_size() as usize).min(memory.len());
        let declared = Declared::parse(&memory[from..to])
            .map_err(|reason| Failure::new(Rule::StartFailed, reason))?;
        let image = layout::IMAGE_BASE..layout::IMAGE_BASE + u64::from(image.size());
        if let Some((at, _)) = declared
            .instructions
            .iter()
            .find(|(at, _)| !image.contains(at))
        {
            return Err(Failure::new(
                Rule::StartFailed,
                format!("the section {SECTION} names an instruction at {at:#x}, outside the image"),
            ));
        }
        for entry in declared.matching(|entry| entry.kind == STATIC) {
            let at = entry.base + u64::from(entry.offset);
            if !image.contains(&at) {
                return Err(Failure::new(
                    Rule::StartFailed,
                    format!("the section {SECTION} names a static at {at:#x}, outside the image"),
                ));
            }
            races.shadow.declare(at, u64::from(entry.length));
        }
        races.declared = declared.into();
        Ok(())
    }

    /// Pool was allocated.
    pub(crate) fn declare_pool(&mut self, address: u64, length: u64, tag: u32) {
        self.declare_where(address, |entry| {
            entry.kind == POOL && entry.tag == tag && u64::from(entry.size) == length
        });
    }

    /// A context was made for the type that `type_info` describes.
    pub(crate) fn declare_context(&mut self, address: u64, type_info: u64) {
        self.declare_where(address, |entry| {
            entry.kind == CONTEXT && entry.base == type_info
        });
    }

    fn declare_where(&mut self, address: u64, wanted: impl Fn(&Entry) -> bool) {
        if let Some(races) = self.races.as_mut() {
            for entry in races.declared.matching(wanted) {
                let at = address + u64::from(entry.offset);
                races.shadow.declare(at, u64::from(entry.length));
            }
        }
    }
}
