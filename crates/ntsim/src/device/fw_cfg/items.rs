//! The items of configuration: blobs by their keys, and the directory of those that have names.

use std::collections::BTreeMap;

/// Keys that every device has.
pub mod key {
    /// Four bytes: [`super::SIGNATURE`].
    pub const SIGNATURE: u16 = 0x0000;
    /// The features, a number of 32 bits in little-endian order.
    pub const ID: u16 = 0x0001;
    /// The directory of files.
    pub const FILE_DIRECTORY: u16 = 0x0019;
    /// The first file.
    pub const FILE_FIRST: u16 = 0x0020;
}

/// What the item [`key::SIGNATURE`] holds.
pub const SIGNATURE: [u8; 4] = *b"QEMU";
/// The bits of the item [`key::ID`]: ports for selector and data, and direct memory access.
pub const FEATURES: u32 = 3;
/// Room for a file's name in the directory, with the zero behind it.
pub const NAME_LENGTH: usize = 56;
/// The file that a driver writes the place of its dump's details to.
pub const VMCOREINFO: &str = "etc/vmcoreinfo";

/// The bit of the selector that once asked for writes by the data port, which has no effect any more.
const WRITE_MODE: u16 = 0x4000;

#[derive(Debug, Clone)]
struct Item {
    bytes: Vec<u8>,
    writable: bool,
}

/// The items, and where the next access goes.
#[derive(Debug, Clone)]
pub(super) struct Items {
    by_key: BTreeMap<u16, Item>,
    names: Vec<String>,
    selected: u16,
    offset: usize,
}

impl Items {
    pub(super) fn new() -> Self {
        let mut items = Self {
            by_key: BTreeMap::new(),
            names: Vec::new(),
            selected: key::SIGNATURE,
            offset: 0,
        };
        items.put(key::SIGNATURE, SIGNATURE.to_vec(), false);
        items.put(key::ID, FEATURES.to_le_bytes().to_vec(), false);
        items.list();
        items
    }

    fn put(&mut self, key: u16, bytes: Vec<u8>, writable: bool) {
        self.by_key.insert(key, Item { bytes, writable });
    }

    /// Adds a file behind the others.
    pub(super) fn add_file(&mut self, name: &str, bytes: Vec<u8>, writable: bool) {
        let key = key::FILE_FIRST + self.names.len() as u16;
        self.names.push(name.to_owned());
        self.put(key, bytes, writable);
        self.list();
    }

    /// Writes the directory anew: how many files there are, and for each its length, its key and its name.
    fn list(&mut self) {
        let mut directory = (self.names.len() as u32).to_be_bytes().to_vec();
        for (key, name) in (key::FILE_FIRST..).zip(&self.names) {
            let length = self.by_key.get(&key).map_or(0, |item| item.bytes.len());
            directory.extend((length as u32).to_be_bytes());
            directory.extend(key.to_be_bytes());
            directory.extend([0; 2]);
            let mut room = [0; NAME_LENGTH];
            room[..name.len()].copy_from_slice(name.as_bytes());
            directory.extend(room);
        }
        self.put(key::FILE_DIRECTORY, directory, false);
    }

    /// What a file holds.
    pub(super) fn file(&self, name: &str) -> Option<&[u8]> {
        let mut files = (key::FILE_FIRST..).zip(&self.names);
        let (key, _) = files.find(|(_, known)| *known == name)?;
        self.by_key.get(&key).map(|item| item.bytes.as_slice())
    }

    /// The next access goes to the beginning of the item of a key, which may be none.
    pub(super) fn select(&mut self, key: u16) {
        self.selected = key & !WRITE_MODE;
        self.offset = 0;
    }

    /// The next bytes, zeros behind the end and where the key has no item.
    pub(super) fn read(&mut self, buffer: &mut [u8]) {
        buffer.fill(0);
        if let Some(item) = self.by_key.get(&self.selected) {
            let rest = item.bytes.get(self.offset..).unwrap_or_default();
            let length = rest.len().min(buffer.len());
            buffer[..length].copy_from_slice(&rest[..length]);
        }
        self.skip(buffer.len());
    }

    /// Passes so many bytes.
    pub(super) fn skip(&mut self, length: usize) {
        self.offset = self.offset.saturating_add(length);
    }

    /// Where so many bytes go, all of them; none where the item is not one to write, or has no such place.
    pub(super) fn room(&mut self, length: usize) -> Option<&mut [u8]> {
        let from = self.offset;
        let item = self.by_key.get_mut(&self.selected)?;
        if !item.writable {
            return None;
        }
        let to = from.checked_add(length)?;
        let room = item.bytes.get_mut(from..to)?;
        self.offset = to;
        Some(room)
    }
}
