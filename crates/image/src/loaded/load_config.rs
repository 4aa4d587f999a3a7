//! The load configuration: what a loader of NT writes into an image beside its imports.

use object::pe;

use super::{ImageFault, headers::Headers};

/// What a loader looks at in an image's load configuration, as RVAs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadConfig {
    /// The variable that holds the security cookie (`/GS`), 8 bytes.
    pub security_cookie: Option<u32>,
    /// The pointer to the routine that checks the target of an indirect call, 8 bytes.
    pub guard_check: Option<u32>,
    /// The pointer to the routine that checks such a target and goes there, 8 bytes.
    pub guard_dispatch: Option<u32>,
    /// The functions that control-flow guard lets indirect calls lead to, ascending; none where the image has no table.
    pub guard_functions: Option<Vec<u32>>,
}

/// Offsets in `IMAGE_LOAD_CONFIG_DIRECTORY64` ("The Load Configuration Structure", PE Format).
mod field {
    pub(super) const SECURITY_COOKIE: usize = 88;
    pub(super) const GUARD_CHECK: usize = 112;
    pub(super) const GUARD_DISPATCH: usize = 120;
    pub(super) const GUARD_FUNCTIONS: usize = 128;
    pub(super) const GUARD_COUNT: usize = 136;
    pub(super) const GUARD_FLAGS: usize = 144;
}

/// `IMAGE_GUARD_CF_INSTRUMENTED` and `IMAGE_GUARD_CF_FUNCTION_TABLE_PRESENT`.
const HAS_TABLE: u32 = 0x100 | 0x400;
/// `IMAGE_GUARD_CF_FUNCTION_TABLE_SIZE_SHIFT`: from here on, the bytes that follow each RVA of the table.
const STRIDE_SHIFT: u32 = 28;
/// The most functions of a table: each has a byte of code at least.
const FUNCTIONS_MAX: u64 = 1 << 20;

/// Reads the load configuration of a mapped image; all is absent where the image has none.
pub(super) fn read(memory: &[u8], headers: &Headers<'_>) -> Result<LoadConfig, ImageFault> {
    let Some((rva, _)) = headers.directory(pe::IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG) else {
        return Ok(LoadConfig::default());
    };
    if rva == 0 {
        return Ok(LoadConfig::default());
    }
    let damaged = |reason| ImageFault::Table {
        table: "load configuration",
        rva,
        reason,
    };
    let tail = memory.get(rva as usize..).unwrap_or_default();
    // The structure states its own length: the directory's is one of the first releases.
    let size = word(tail, 0).ok_or_else(|| damaged("it lies outside the image"))?;
    let data = tail
        .get(..size as usize)
        .ok_or_else(|| damaged("it exceeds the image"))?;
    let at = |field| {
        let address = quad(data, field).filter(|address| *address != 0);
        address.map(|address| {
            let offset = address.wrapping_sub(headers.preferred_base);
            u32::try_from(offset)
                .ok()
                .filter(|rva| *rva >= headers.size && *rva < headers.image_size)
                .ok_or_else(|| damaged("an address in it lies outside the sections"))
        })
    };
    let slot = |field| {
        let found = at(field).transpose()?;
        match found {
            Some(rva) if headers.image_size - rva < 8 => {
                Err(damaged("a pointer in it exceeds the image"))
            }
            found => Ok(found),
        }
    };
    let flags = word(data, field::GUARD_FLAGS).unwrap_or(0);
    let table = at(field::GUARD_FUNCTIONS).transpose()?;
    let guard_functions = if flags & HAS_TABLE == HAS_TABLE {
        let count = quad(data, field::GUARD_COUNT).unwrap_or(0);
        let stride = 4 + (flags >> STRIDE_SHIFT) as usize;
        Some(
            functions(memory, table, count, stride)
                .ok_or_else(|| damaged("its table of functions exceeds the image"))?,
        )
    } else {
        None
    };
    Ok(LoadConfig {
        security_cookie: slot(field::SECURITY_COOKIE)?,
        guard_check: slot(field::GUARD_CHECK)?,
        guard_dispatch: slot(field::GUARD_DISPATCH)?,
        guard_functions,
    })
}

fn functions(memory: &[u8], table: Option<u32>, count: u64, stride: usize) -> Option<Vec<u32>> {
    if count == 0 {
        return Some(Vec::new());
    }
    if count > FUNCTIONS_MAX {
        return None;
    }
    let length = stride * usize::try_from(count).ok()?;
    let bytes = memory.get(table? as usize..)?.get(..length)?;
    let mut functions: Vec<u32> = bytes
        .chunks(stride)
        .filter_map(|entry| word(entry, 0))
        .collect();
    functions.sort_unstable();
    Some(functions)
}

fn word(data: &[u8], at: usize) -> Option<u32> {
    let bytes = data.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*bytes))
}

fn quad(data: &[u8], at: usize) -> Option<u64> {
    let bytes = data.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*bytes))
}
