//! Files that a driver opens, reads and writes, one call after the other.
//!
//! A call blocks for as long as the disk takes, and the processor is another's meanwhile. A kernel handle is not asked for
//! which access it was opened.

use nt_model::{Failure, Status};

use crate::{
    guest::Guest,
    kernel::{
        Kernel,
        state::{
            activation::Flow,
            file_system::{FileSystem, OpenFile, Place, canonical},
            frame::Frame,
            handle::Object,
        },
    },
};

/// `OBJECT_ATTRIBUTES`.
mod attributes {
    pub(super) const SIZE: u32 = 48;
    pub(super) const ROOT_DIRECTORY: u64 = 8;
    pub(super) const OBJECT_NAME: u64 = 16;
    pub(super) const ATTRIBUTES: u64 = 24;
    pub(super) const KERNEL_HANDLE: u32 = 0x200;
}

/// `ACCESS_MASK`.
mod access {
    pub(super) const READ: u32 = 1 | 0x8000_0000 | 0x1000_0000;
    pub(super) const WRITE: u32 = 2 | 4 | 0x4000_0000 | 0x1000_0000;
    pub(super) const SYNCHRONIZE: u32 = 0x10_0000;
}

/// `FILE_SHARE_READ` and `FILE_SHARE_WRITE`.
const READS: u32 = 1;
const WRITES: u32 = 2;

/// `CreateDisposition`.
mod disposition {
    pub(super) const SUPERSEDE: u32 = 0;
    pub(super) const OPEN: u32 = 1;
    pub(super) const CREATE: u32 = 2;
    pub(super) const OPEN_IF: u32 = 3;
    pub(super) const OVERWRITE: u32 = 4;
    pub(super) const OVERWRITE_IF: u32 = 5;
}

/// `CreateOptions`.
mod option {
    pub(super) const SYNCHRONOUS: u32 = 0x10 | 0x20;
    pub(super) const NO_DIRECTORY: u32 = 0x40;
    /// What says how a file is cached, and nothing else.
    pub(super) const OF_THE_CACHE: u32 = 2 | 4 | 0x800;
}

/// `FILE_INFORMATION_CLASS`.
mod class {
    pub(super) const POSITION: u32 = 14;
    pub(super) const END_OF_FILE: u32 = 20;
}

/// A `ByteOffset` that stands for a place: `FILE_WRITE_TO_END_OF_FILE` and `FILE_USE_FILE_POINTER_POSITION`.
const TO_THE_END: u64 = 0xFFFF_FFFF_FFFF_FFFF;
const AT_THE_POSITION: u64 = 0xFFFF_FFFF_FFFF_FFFE;
/// How long a file may become.
const LENGTH_MAX: u64 = 16 << 20;
/// What a call takes at least, in cycles: the disk's time.
const DISK_CYCLES: u64 = 10_000;

/// How a file is to be opened.
struct Opening {
    path: String,
    uses: u32,
    shares: u32,
    disposition: u32,
}

/// What opening a file did (`IO_STATUS_BLOCK.Information`).
#[derive(Clone, Copy)]
enum Done {
    Superseded = 0,
    Opened = 1,
    Created = 2,
    Overwritten = 3,
}

impl<A> Kernel<A> {
    /// Fills an `IO_STATUS_BLOCK`, and lets the disk take its time.
    fn disk_answers(
        &mut self,
        guest: &mut Guest,
        block: u64,
        (status, information): (Status, u64),
    ) -> Result<Flow<A>, Failure> {
        self.access_for_driver(block, 16, true)?;
        guest.write_u32(block, status.0)?;
        guest.write_u64(block + 8, information)?;
        self.cycles += DISK_CYCLES;
        Ok(Flow::Yield {
            frame: Frame::ReturnAfter(status.into()),
        })
    }

    /// The name in `OBJECT_ATTRIBUTES`; a status where it is none.
    fn path_argument(
        &mut self,
        guest: &Guest,
        index: usize,
    ) -> Result<Result<String, Status>, Failure> {
        let at = guest.argument(index)?;
        self.access_for_driver(at, attributes::SIZE.into(), false)?;
        if guest.read_u32(at)? != attributes::SIZE {
            return Ok(Err(Status::INVALID_PARAMETER));
        }
        if guest.read_u64(at + attributes::ROOT_DIRECTORY)? != 0 {
            return Err(Failure::not_modelled("OBJECT_ATTRIBUTES.RootDirectory"));
        }
        let flags = guest.read_u32(at + attributes::ATTRIBUTES)?;
        if flags & attributes::KERNEL_HANDLE == 0 {
            return Err(Failure::not_modelled(
                "a handle of a process's, which OBJECT_ATTRIBUTES without OBJ_KERNEL_HANDLE ask for",
            ));
        }
        let name = guest.read_u64(at + attributes::OBJECT_NAME)?;
        let text = String::from_utf16_lossy(&self.counted_text(guest, name, false)?);
        if !text.starts_with('\\') {
            return Ok(Err(Status::OBJECT_PATH_SYNTAX_BAD));
        }
        Ok(Ok(canonical(&text)))
    }

    /// `ZwCreateFile`.
    pub(crate) fn zw_create_file(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (out, access, block) = (
            guest.argument(0)?,
            guest.argument_u32(1)?,
            guest.argument(3)?,
        );
        let (shares, disposition) = (guest.argument_u32(6)?, guest.argument_u32(7)?);
        let options = guest.argument_u32(8)?;
        self.create_file(guest, (out, access, block), (shares, disposition), options)
    }

    /// `ZwOpenFile`.
    pub(crate) fn zw_open_file(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (out, access, block) = (
            guest.argument(0)?,
            guest.argument_u32(1)?,
            guest.argument(3)?,
        );
        let (shares, options) = (guest.argument_u32(4)?, guest.argument_u32(5)?);
        let how = (shares, disposition::OPEN);
        self.create_file(guest, (out, access, block), how, options)
    }

    fn create_file(
        &mut self,
        guest: &mut Guest,
        (out, access, block): (u64, u32, u64),
        (shares, disposition): (u32, u32),
        options: u32,
    ) -> Result<Flow<A>, Failure> {
        let path = match self.path_argument(guest, 2)? {
            Ok(path) => path,
            Err(status) => return Ok(Flow::status(status)),
        };
        let synchronous = options & option::SYNCHRONOUS;
        if synchronous == option::SYNCHRONOUS
            || synchronous != 0 && access & access::SYNCHRONIZE == 0
            || disposition > disposition::OVERWRITE_IF
        {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        let known = option::SYNCHRONOUS | option::NO_DIRECTORY | option::OF_THE_CACHE;
        let is_directory = self.file_system.place(&path) == Place::Directory;
        if synchronous == 0
            || options & !known != 0
            || is_directory && options & option::NO_DIRECTORY == 0
        {
            return Err(Failure::not_modelled(format!(
                "a directory that is opened, a file for asynchronous I/O, or another of the options {options:#x}"
            )));
        }
        let opening = Opening {
            path,
            uses: u32::from(access & access::READ != 0) * READS
                + u32::from(access & access::WRITE != 0) * WRITES,
            shares: shares & (READS | WRITES),
            disposition,
        };
        let answer = match self.open_file(&opening) {
            Ok(done) => {
                let handle = self.handles.open(Object::File);
                self.note_origin(guest, handle);
                let opened = OpenFile {
                    path: opening.path,
                    position: 0,
                    uses: opening.uses,
                    shares: opening.shares,
                };
                self.file_system.open.insert(handle, opened);
                self.access_for_driver(out, 8, true)?;
                guest.write_u64(out, handle)?;
                (Status::SUCCESS, done as u64)
            }
            Err(status) => (status, 0),
        };
        self.disk_answers(guest, block, answer)
    }

    /// Opens or makes a file, and says which it did.
    fn open_file(&mut self, opening: &Opening) -> Result<Done, Status> {
        use disposition::{CREATE, OPEN, OPEN_IF, OVERWRITE, SUPERSEDE};
        let path = &opening.path;
        let place = self.file_system.place(path);
        match (place, opening.disposition) {
            (Place::Directory, _) => return Err(Status::FILE_IS_A_DIRECTORY),
            (Place::Nowhere, _) => return Err(Status::OBJECT_PATH_NOT_FOUND),
            (Place::Free, OPEN | OVERWRITE) => return Err(Status::OBJECT_NAME_NOT_FOUND),
            (Place::File, CREATE) => return Err(Status::OBJECT_NAME_COLLISION),
            (Place::Free | Place::File, _) => {}
        }
        if !self
            .file_system
            .may_share(path, opening.uses, opening.shares)
        {
            return Err(Status::SHARING_VIOLATION);
        }
        let content = self.file_system.files.entry(path.clone()).or_default();
        if place == Place::Free {
            return Ok(Done::Created);
        }
        if matches!(opening.disposition, OPEN | OPEN_IF) {
            return Ok(Done::Opened);
        }
        content.clear();
        Ok(if opening.disposition == SUPERSEDE {
            Done::Superseded
        } else {
            Done::Overwritten
        })
    }

    /// The handle of a file, and where the call is to read or write.
    fn transfer_place(
        &mut self,
        guest: &Guest,
        write: bool,
    ) -> Result<Result<(u64, u64), Status>, Failure> {
        let (handle, offset) = (guest.argument(0)?, guest.argument(7)?);
        if guest.argument(1)? != 0 || guest.argument(2)? != 0 {
            return Err(Failure::not_modelled(
                "an event or an APC at the end of a file's transfer",
            ));
        }
        let Some(open) = self.file_system.open.get(&handle) else {
            return Ok(Err(match self.handles.get(handle) {
                Some(_) => Status::OBJECT_TYPE_MISMATCH,
                None => Status::INVALID_HANDLE,
            }));
        };
        let (position, length) = (open.position, self.file_system.files[&open.path].len());
        if offset == 0 {
            return Ok(Ok((handle, position)));
        }
        self.access_for_driver(offset, 8, false)?;
        Ok(match guest.read_u64(offset)? {
            AT_THE_POSITION => Ok((handle, position)),
            TO_THE_END if write => Ok((handle, length as u64)),
            place if place > i64::MAX as u64 => Err(Status::INVALID_PARAMETER),
            place => Ok((handle, place)),
        })
    }

    /// `ZwReadFile`.
    pub(crate) fn zw_read_file(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (handle, place) = match self.transfer_place(guest, false)? {
            Ok(place) => place,
            Err(status) => return Ok(Flow::status(status)),
        };
        let (block, buffer) = (guest.argument(4)?, guest.argument(5)?);
        let length = u64::from(guest.argument_u32(6)?);
        let FileSystem { files, open } = &mut *self.file_system;
        let open = open.get_mut(&handle);
        let open = open.expect("the place is an open file's");
        let content = &files[&open.path];
        let from = (place as usize).min(content.len());
        let to = place.saturating_add(length).min(content.len() as u64) as usize;
        if from >= to && length > 0 {
            return self.disk_answers(guest, block, (Status::END_OF_FILE, 0));
        }
        let bytes = content[from..to].to_vec();
        open.position = to as u64;
        let read = bytes.len() as u64;
        self.access_for_driver(buffer, read, true)?;
        guest.write(buffer, &bytes)?;
        self.disk_answers(guest, block, (Status::SUCCESS, read))
    }

    /// `ZwWriteFile`.
    pub(crate) fn zw_write_file(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (handle, place) = match self.transfer_place(guest, true)? {
            Ok(place) => place,
            Err(status) => return Ok(Flow::status(status)),
        };
        let (block, buffer) = (guest.argument(4)?, guest.argument(5)?);
        let length = u64::from(guest.argument_u32(6)?);
        let end = place.saturating_add(length);
        if end > LENGTH_MAX {
            return Err(Failure::not_modelled("a file of more than 16 MiB"));
        }
        self.access_for_driver(buffer, length, false)?;
        let bytes = guest.read_vec(buffer, length as usize)?;
        let FileSystem { files, open } = &mut *self.file_system;
        let open = open.get_mut(&handle);
        let open = open.expect("the place is an open file's");
        open.position = end;
        let content = files.get_mut(&open.path);
        let content = content.expect("an open file is there");
        if content.len() < end as usize {
            content.resize(end as usize, 0);
        }
        content[place as usize..end as usize].copy_from_slice(&bytes);
        self.disk_answers(guest, block, (Status::SUCCESS, length))
    }

    /// The open file and the buffer of a call that asks for information of a class, or sets it.
    fn information_arguments(
        &mut self,
        guest: &Guest,
        write: bool,
    ) -> Result<Result<(u64, u64, u32), Status>, Failure> {
        let (handle, buffer) = (guest.argument(0)?, guest.argument(2)?);
        let (length, class) = (guest.argument_u32(3)?, guest.argument_u32(4)?);
        if !self.file_system.open.contains_key(&handle) {
            return Ok(Err(Status::INVALID_HANDLE));
        }
        if ![class::POSITION, class::END_OF_FILE].contains(&class) {
            return Err(Failure::not_modelled(format!(
                "the FILE_INFORMATION_CLASS {class}"
            )));
        }
        if length < 8 {
            return Ok(Err(Status::INFO_LENGTH_MISMATCH));
        }
        self.access_for_driver(buffer, 8, write)?;
        Ok(Ok((handle, buffer, class)))
    }

    /// `ZwSetInformationFile`: where it is read and written next, and where it ends.
    pub(crate) fn zw_set_information_file(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (handle, buffer, class) = match self.information_arguments(guest, false)? {
            Ok(arguments) => arguments,
            Err(status) => return Ok(Flow::status(status)),
        };
        let (block, value) = (guest.argument(1)?, guest.read_u64(buffer)?);
        if value > LENGTH_MAX {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        let FileSystem { files, open } = &mut *self.file_system;
        let open = open.get_mut(&handle);
        let open = open.expect("just looked");
        if class == class::POSITION {
            open.position = value;
        } else if let Some(content) = files.get_mut(&open.path) {
            content.resize(value as usize, 0);
        }
        self.disk_answers(guest, block, (Status::SUCCESS, 0))
    }

    /// `ZwQueryInformationFile`: where it is read and written next.
    pub(crate) fn zw_query_information_file(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (handle, buffer, class) = match self.information_arguments(guest, true)? {
            Ok(arguments) => arguments,
            Err(status) => return Ok(Flow::status(status)),
        };
        if class != class::POSITION {
            // Of no class that can be set, and not asked for.
            return Ok(Flow::status(Status::INVALID_INFO_CLASS));
        }
        let (block, position) = (guest.argument(1)?, self.file_system.open[&handle].position);
        guest.write_u64(buffer, position)?;
        self.disk_answers(guest, block, (Status::SUCCESS, 8))
    }
}
