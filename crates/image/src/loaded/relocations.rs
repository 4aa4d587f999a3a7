//! Base relocations: the 64-bit addresses inside the image that move with it.

use object::{pe, read::pe::RelocationBlockIterator};

use super::{ImageFault, headers::Headers};

/// The RVAs of all 64-bit addresses to relocate, ascending and without repetition.
pub(super) fn read(memory: &[u8], headers: &Headers<'_>) -> Result<Vec<u32>, ImageFault> {
    if headers.relocations_stripped {
        return Err(ImageFault::Fixed);
    }
    let Some((rva, size)) = headers.directory(pe::IMAGE_DIRECTORY_ENTRY_BASERELOC) else {
        return Ok(Vec::new());
    };
    let damaged = |reason| ImageFault::Table {
        table: "relocation table",
        rva,
        reason,
    };
    let data = memory
        .get(rva as usize..)
        .and_then(|data| data.get(..size as usize))
        .ok_or_else(|| damaged("it exceeds the image"))?;
    let first_section = headers.size;
    let mut targets = Vec::new();
    for block in RelocationBlockIterator::new(data) {
        let block = block.map_err(|_| damaged("a block's size is wrong"))?;
        for relocation in block {
            let target = relocation.virtual_address;
            match relocation.typ {
                // Padding, whatever its offset.
                pe::IMAGE_REL_BASED_ABSOLUTE => continue,
                pe::IMAGE_REL_BASED_DIR64 => {}
                other => {
                    return Err(ImageFault::Relocation {
                        rva: target,
                        reason: format!(
                            "is of type {other}{}; x64 has type 10 (DIR64) only",
                            type_name(other)
                        ),
                    });
                }
            }
            let inside = (target as usize)
                .checked_add(8)
                .is_some_and(|end| end <= memory.len());
            if !inside || target < first_section {
                return Err(ImageFault::Relocation {
                    rva: target,
                    reason: "lies outside the image's sections".to_owned(),
                });
            }
            targets.push(target);
        }
    }
    targets.sort_unstable();
    if let Some(pair) = targets.windows(2).find(|pair| pair[1] - pair[0] < 8) {
        return Err(ImageFault::Relocation {
            rva: pair[1],
            reason: format!("overlaps the one for RVA {:#x}", pair[0]),
        });
    }
    Ok(targets)
}

/// Adds `delta` to every address that [`read`] found.
pub(super) fn apply(memory: &mut [u8], targets: &[u32], delta: u64) {
    for &target in targets {
        let slot = memory
            .get_mut(target as usize..)
            .and_then(|tail| tail.first_chunk_mut::<8>());
        if let Some(slot) = slot {
            *slot = u64::from_le_bytes(*slot).wrapping_add(delta).to_le_bytes();
        }
    }
}

fn type_name(kind: u16) -> &'static str {
    match kind {
        pe::IMAGE_REL_BASED_HIGH => " (HIGH)",
        pe::IMAGE_REL_BASED_LOW => " (LOW)",
        pe::IMAGE_REL_BASED_HIGHLOW => " (HIGHLOW)",
        pe::IMAGE_REL_BASED_HIGHADJ => " (HIGHADJ)",
        _ => "",
    }
}
