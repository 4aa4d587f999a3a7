//! Tables that a driver may carry and NT's loader does nothing with: thread-local storage and delayed imports.
//!
//! A damaged one is named all the same: it tells that the file is not what its linker made.

use object::pe;

use super::{ImageFault, headers::Headers};

/// `IMAGE_TLS_DIRECTORY64`.
const TLS_SIZE: u32 = 40;
/// An entry of the table of delayed imports.
const DELAY_SIZE: u32 = 32;
/// In such an entry: its values are RVAs, as in every image of x64.
const BY_RVA: u32 = 1;

/// Refuses an image whose tables of that kind lead out of it.
pub(super) fn check(memory: &[u8], headers: &Headers<'_>) -> Result<(), ImageFault> {
    for (index, table, check) in [
        (
            pe::IMAGE_DIRECTORY_ENTRY_TLS,
            "table of thread-local storage",
            check_tls as fn(&[u8], &Headers<'_>, &[u8]) -> Result<(), &'static str>,
        ),
        (
            pe::IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT,
            "table of delayed imports",
            check_delayed,
        ),
    ] {
        let Some((rva, size)) = headers
            .directory(index)
            .filter(|(rva, size)| (*rva, *size) != (0, 0))
        else {
            continue;
        };
        let damaged = |reason| ImageFault::Table { table, rva, reason };
        let data = memory
            .get(rva as usize..)
            .and_then(|tail| tail.get(..size as usize))
            .ok_or_else(|| damaged("it exceeds the image"))?;
        if rva < headers.size {
            return Err(damaged("it lies in the headers"));
        }
        check(memory, headers, data).map_err(damaged)?;
    }
    Ok(())
}

/// The addresses of the data, of the index and of the callbacks, as linked.
fn check_tls(memory: &[u8], headers: &Headers<'_>, data: &[u8]) -> Result<(), &'static str> {
    if data.len() < TLS_SIZE as usize {
        return Err("it is cut short");
    }
    let inside = |address: u64| {
        let rva = address.wrapping_sub(headers.preferred_base);
        rva >= u64::from(headers.size) && rva <= memory.len() as u64
    };
    let mut addresses = data[..32].chunks_exact(8).map(|bytes| {
        let mut address = [0; 8];
        address.copy_from_slice(bytes);
        u64::from_le_bytes(address)
    });
    if addresses.all(|address| address == 0 || inside(address)) {
        Ok(())
    } else {
        Err("an address in it lies outside the sections")
    }
}

/// Each module's name and its lists.
fn check_delayed(memory: &[u8], headers: &Headers<'_>, data: &[u8]) -> Result<(), &'static str> {
    for entry in data.chunks_exact(DELAY_SIZE as usize) {
        let mut words = [0; 8];
        for (word, bytes) in words.iter_mut().zip(entry.chunks_exact(4)) {
            let mut value = [0; 4];
            value.copy_from_slice(bytes);
            *word = u32::from_le_bytes(value);
        }
        if words == [0; 8] {
            return Ok(());
        }
        let [attributes, name, handle, addresses, names, ..] = words;
        if attributes & BY_RVA == 0 {
            return Err("an entry has addresses where x64 has RVAs");
        }
        let inside = |rva: u32| rva >= headers.size && (rva as usize) < memory.len();
        if ![name, handle, addresses, names].into_iter().all(inside) {
            return Err("an entry leads out of the sections");
        }
    }
    Err("it has no end")
}
