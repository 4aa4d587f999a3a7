//! File objects: the framework's object for each open handle, and what happens when the handle is closed.
//!
//! The last handle's closing is `IRP_MJ_CLEANUP`: `EvtFileCleanup` first, then what the file has sent and waits in
//! queues is cancelled (`FxPkgGeneral::OnCleanup`). A request that the driver owns is the driver's: nothing
//! cancels it. Each request keeps the file, so that `IRP_MJ_CLOSE`, and with it `EvtFileClose`, comes when the
//! last is complete.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::state::{
        activation::Flow,
        frame::{Frame, Holds},
    },
    wdf::{
        Framework,
        attributes::{Attributes, Constraints, Scope},
        callback_lock::Callback,
        state::{
            file::{CAN_BE_OPTIONAL, CANNOT_USE_FS_CONTEXTS, File, FileConfig, NOT_REQUIRED},
            frame::WdfFrame,
            object::Kind,
            request::{Major, State},
        },
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfDeviceInitSetFileObjectConfig`.
    pub(crate) fn wdf_device_init_set_file_object_config(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.device_init_argument(guest)?;
        let (config, attributes) = (guest.argument(2)?, guest.argument(3)?);
        let size = guest.read_u32(config)?;
        if size != FileConfig::SIZE {
            return Err(Failure::new(
                Rule::BadArgument,
                format!(
                    "WDF_FILEOBJECT_CONFIG has the size {size}, not {}",
                    FileConfig::SIZE
                ),
            ));
        }
        let class = guest.read_u32(config + FileConfig::FILE_OBJECT_CLASS)? & !CAN_BE_OPTIONAL;
        if !(NOT_REQUIRED..=CANNOT_USE_FS_CONTEXTS).contains(&class) {
            return Err(Failure::new(
                Rule::BadArgument,
                format!("{class} is no WDF_FILEOBJECT_CLASS"),
            ));
        }
        let attributes = match attributes {
            0 => None,
            at => Some(Attributes::read(guest, at)?),
        };
        if attributes.is_some_and(|attributes| attributes.parent != 0) {
            return Err(Failure::new(
                Rule::BadArgument,
                "the attributes of file objects have a parent, which the framework does not allow",
            ));
        }
        self.wdf.device.files = Some(FileConfig {
            create: guest.read_u64(config + FileConfig::EVT_DEVICE_FILE_CREATE)?,
            close: guest.read_u64(config + FileConfig::EVT_FILE_CLOSE)?,
            cleanup: guest.read_u64(config + FileConfig::EVT_FILE_CLEANUP)?,
            has_objects: class != NOT_REQUIRED,
            attributes,
        });
        Ok(Flow::Return(0))
    }

    /// A program opens the device: `IRP_MJ_CREATE`. Where the driver takes part, the host's number of its request.
    pub(crate) fn open_file(
        &mut self,
        guest: &mut Guest,
        file: u32,
        name: &str,
    ) -> Result<Option<u32>, Failure> {
        let object = match self.wdf.device.files {
            Some(config) if config.has_objects => {
                let device = self.wdf.device.handle;
                let attributes = config.attributes.unwrap_or_default();
                self.new_wdf_object(guest, Kind::File, device, &attributes)?
            }
            _ => 0,
        };
        let opened = File {
            object,
            name: self.new_file_name(guest, name)?,
            cleaned_up: false,
            senders: 0,
        };
        self.wdf.files.insert(file, opened);
        let create = self.wdf.device.files.map_or(0, |config| config.create);
        if create == 0 {
            if self.wdf.dispatching.contains_key(&Major::Create) {
                return self
                    .submit(guest, file, (Major::Create, 0), &[], 0)
                    .map(Some);
            }
            return Ok(None);
        }
        let request = self.new_request(guest, file, (Major::Create, 0), &[], 0)?;
        let frame = Frame::above(WdfFrame::FileCreate { file, request });
        self.kernel.spawn(guest, "create of a file", frame)?;
        Ok(Some(self.wdf.requests[&request].number))
    }

    /// That thread begins (`FxPkgGeneral::OnCreate`).
    pub(super) fn create_file(
        &mut self,
        guest: &mut Guest,
        file: u32,
        request: u64,
    ) -> Result<Flow<A>, Failure> {
        let target = self.wdf.device.files.map_or(0, |config| config.create);
        let found = self.wdf.requests.get_mut(&request).expect("just made");
        found.state = State::Unqueued;
        found.presented = true;
        found.callback = target;
        let callback = Callback {
            what: "EvtDeviceFileCreate",
            target,
            arguments: vec![self.wdf.device.handle, request, self.file_object(file)],
        };
        let lock = self.file_callback_lock();
        self.call_under(guest, lock, callback, WdfFrame::Finish)
    }

    /// The driver refuses to open a file, which is gone without `EvtFileCleanup` and `EvtFileClose`.
    pub(super) fn refuse_file(&mut self, guest: &mut Guest, file: u32) -> Result<(), Failure> {
        let Some(File { object, name, .. }) = self.wdf.files.remove(&file) else {
            return Ok(());
        };
        self.kernel.kernel_free(guest, name)?;
        match object {
            0 => Ok(()),
            object => self.end_by_work_item(guest, object),
        }
    }

    /// The name in a file object: a `UNICODE_STRING`, with its text behind it.
    fn new_file_name(&mut self, guest: &mut Guest, name: &str) -> Result<u64, Failure> {
        const STRING: u64 = 16;
        let text: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let length = text.len() as u64;
        let at = self.kernel.kernel_allocate(guest, STRING + length)?;
        let half = u32::from(length as u16);
        guest.write_u64(at, 0)?;
        guest.write_u32(at, half << 16 | half)?;
        guest.write_u64(at + 8, if length == 0 { 0 } else { at + STRING })?;
        guest.write(at + STRING, &text)?;
        Ok(at)
    }

    /// The last handle of a file is closed: a thread of the program cleans up.
    pub(crate) fn begin_cleanup(&mut self, guest: &mut Guest, file: u32) -> Result<(), Failure> {
        let frame = Frame::above(WdfFrame::FileCleanup { file });
        self.kernel
            .spawn(guest, "cleanup of a file", frame)
            .map(drop)
    }

    /// That thread begins.
    pub(super) fn clean_up(&mut self, guest: &mut Guest, file: u32) -> Result<Flow<A>, Failure> {
        let target = self.wdf.device.files.map_or(0, |config| config.cleanup);
        match target {
            0 => self.flush(guest, file),
            target => {
                let callback = self.file_callback("EvtFileCleanup", target, file);
                let lock = self.file_callback_lock();
                self.call_under(guest, lock, callback, WdfFrame::FileFlush { file })
            }
        }
    }

    /// `EvtFileCleanup` has returned: what waits in queues is cancelled, queue by queue in the order of creation.
    pub(super) fn flush(&mut self, guest: &mut Guest, file: u32) -> Result<Flow<A>, Failure> {
        let queues = self.wdf.queues.keys().rev().copied().collect();
        self.go_on_flushing(guest, file, queues)
    }

    /// The cleanup is done.
    pub(super) fn cleaned_up(&mut self, guest: &mut Guest, file: u32) -> Result<Flow<A>, Failure> {
        if let Some(file) = self.wdf.files.get_mut(&file) {
            file.cleaned_up = true;
        }
        if self.is_referenced(file) {
            return Ok(Flow::Finish);
        }
        self.close_file(guest, file)
    }

    fn is_referenced(&self, file: u32) -> bool {
        let mut requests = self.wdf.requests.values();
        let opened = self.wdf.files.get(&file);
        opened.is_some_and(|file| file.senders > 0) || requests.any(|request| request.file == file)
    }

    /// A thread of a program begins to send by a handle: it has looked the handle up, and sends later.
    pub(crate) fn begin_sending(&mut self, file: u32) {
        if let Some(file) = self.wdf.files.get_mut(&file) {
            file.senders += 1;
        }
    }

    /// That thread sends, so that its request keeps the file, or is told that it will not.
    pub(crate) fn end_sending(&mut self, file: u32) {
        if let Some(file) = self.wdf.files.get_mut(&file) {
            file.senders -= 1;
        }
    }

    /// A request of the file is complete: a file whose last handle is closed goes with its last request.
    pub(crate) fn release_file(&mut self, guest: &mut Guest, file: u32) -> Result<(), Failure> {
        let closed = self
            .wdf
            .files
            .get(&file)
            .is_some_and(|file| file.cleaned_up);
        if !closed || self.is_referenced(file) {
            return Ok(());
        }
        let frame = Frame::above(WdfFrame::FileClose { file });
        self.kernel.spawn(guest, "close of a file", frame).map(drop)
    }

    /// `IRP_MJ_CLOSE`.
    pub(super) fn close_file(&mut self, guest: &mut Guest, file: u32) -> Result<Flow<A>, Failure> {
        let target = self.wdf.device.files.map_or(0, |config| config.close);
        match target {
            0 => self.file_closed(guest, file),
            target => {
                let callback = self.file_callback("EvtFileClose", target, file);
                let lock = self.file_callback_lock();
                self.call_under(guest, lock, callback, WdfFrame::FileClosed { file })
            }
        }
    }

    /// `EvtFileClose` has returned.
    pub(super) fn file_closed(&mut self, guest: &mut Guest, file: u32) -> Result<Flow<A>, Failure> {
        let Some(closed) = self.wdf.files.remove(&file) else {
            return Ok(Flow::Finish);
        };
        self.kernel.kernel_free(guest, closed.name)?;
        match closed.object {
            0 => Ok(Flow::Finish),
            object => self.end(guest, object, false, WdfFrame::Finish),
        }
    }

    fn file_callback(&self, what: &'static str, target: u64, file: u32) -> Callback {
        Callback {
            what,
            target,
            arguments: vec![self.file_object(file)],
        }
    }

    /// At which level, and how synchronized, callbacks of files are called (`FxPkgGeneral::ConfigureConstraints`). From 1.11
    /// on they are at PASSIVE where the attributes leave the level open.
    pub(super) fn file_constraints(&self) -> Constraints {
        let device = self.wdf.device.constraints;
        let Some(attributes) = self.wdf.device.files.and_then(|files| files.attributes) else {
            return Constraints {
                passive: true,
                scope: Scope::None,
            };
        };
        Constraints {
            passive: true,
            scope: attributes.constraints(device).scope,
        }
    }

    /// The lock of file objects: that of the device where they are synchronized with it.
    pub(super) fn file_callback_lock(&self) -> Option<u64> {
        (self.file_constraints().scope == Scope::Device).then_some(self.wdf.device.handle)
    }

    /// The status with which a device of these constraints is refused for the attributes of its file objects.
    pub(super) fn refuses_file_attributes(&self, device: Constraints) -> Option<Status> {
        let attributes = self.wdf.device.files?.attributes?;
        match attributes.constraints(device).scope {
            Scope::Queue => Some(Status::INVALID_DEVICE_REQUEST),
            Scope::Device if !device.passive => Some(Status::INVALID_DEVICE_REQUEST),
            Scope::Device | Scope::None => None,
        }
    }

    fn file_object(&self, file: u32) -> u64 {
        self.wdf.files.get(&file).map_or(0, |file| file.object)
    }

    /// The file that a handle names, where one is given: 0 is none.
    pub(super) fn file_argument(&self, handle: u64) -> Result<Option<u32>, Failure> {
        if handle == 0 {
            return Ok(None);
        }
        let mut files = self.wdf.files.iter();
        match files.find(|(_, file)| file.object == handle) {
            Some((file, _)) => Ok(Some(*file)),
            None => Err(Failure::new(
                Rule::BadHandle,
                format!("{handle:#x} names no file object, or none any more"),
            )),
        }
    }

    /// `WdfRequestGetFileObject`.
    pub(crate) fn wdf_request_get_file_object(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Request)?;
        let request = &self.wdf.requests[&handle];
        if !matches!(request.state, State::Owned(_) | State::Unqueued) {
            return Err(Failure::new(
                Rule::RequestMisuse,
                "the driver asks for the file of a request that it does not own",
            ));
        }
        Ok(Flow::Return(self.file_object(request.file)))
    }

    /// `WdfFileObjectGetDevice`.
    pub(crate) fn wdf_file_object_get_device(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::File)?;
        Ok(Flow::Return(self.wdf.objects[&handle].parent))
    }

    /// `WdfFileObjectGetFileName`: what stood behind the device's name when it was opened.
    pub(crate) fn wdf_file_object_get_file_name(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::File)?;
        let mut files = self.wdf.files.values();
        let file = files.find(|file| file.object == handle);
        let file =
            file.ok_or_else(|| Failure::new(Rule::BadHandle, "the file of this object is closed"))?;
        Ok(Flow::Return(file.name))
    }
}
