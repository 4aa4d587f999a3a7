//! Plug-ins: `PshedRegisterPlugin` and its relatives, the memory that they ask PSHED for, and who is called for an area.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::{
        race::Edge,
        state::{
            activation::Flow,
            frame::{Frame, Holds},
        },
    },
    whea::{
        HardwareErrors,
        state::{
            frame::WheaFrame,
            plugin::{Callback, Plugin},
        },
    },
};

/// The tag under which PSHED allocates for a plug-in.
const TAG: u32 = u32::from_le_bytes(*b"Pshd");
/// `PshedFADiscovery`.
const DISCOVERY: u32 = 0x01;

/// Every functional area.
const AREAS: u32 = 0x3F;
/// The callbacks that each area asks for, by their places.
const NEEDED: [(u32, &[usize]); 6] = [
    (DISCOVERY, &[0]),
    (0x02, &[3, 4, 5]),
    (0x04, &[6, 7, 8]),
    (0x08, &[9, 10, 11]),
    (0x10, &[12]),
    (0x20, &[13, 14]),
];
const VERSION_1: u32 = 0x0001_0000;
const VERSION_2: u32 = 0x0002_0000;

impl super::Whea {
    /// What of WHEA is still the driver's: a sentence, and what it is about.
    pub(crate) fn leak(&self) -> Option<(String, u64)> {
        if let Some(plugin) = self.plugins.iter().find(|plugin| plugin.guest.is_some()) {
            let areas = plugin.areas;
            return Some((
                format!("a PSHED plug-in for the areas {areas:#x} is still registered"),
                plugin.handle.unwrap_or_default(),
            ));
        }
        let mut sources = self.sources.iter();
        if let Some(source) = sources.find(|source| source.of_driver) {
            return Some((
                format!("the driver's error source {} was not removed", source.id),
                source.lock,
            ));
        }
        self.drivers.leak()
    }
}

impl<A: Holds<WheaFrame>> HardwareErrors<'_, A> {
    /// The callback, and its context, of the plug-in that registered last for its area.
    pub(super) fn plugin_callback(&self, callback: Callback) -> Option<(u64, u64)> {
        let area = callback.area();
        let last = self
            .whea
            .plugins
            .iter()
            .rev()
            .find(|plugin| plugin.areas & area != 0)?;
        let (context, callbacks) = last.guest.as_ref()?;
        Some((callbacks[callback as usize], *context))
    }

    /// Whether the host's plug-in serves an area.
    pub(super) fn other_plugin_serves(&self, callback: Callback) -> bool {
        let mut plugins = self.whea.plugins.iter().rev();
        plugins
            .find(|plugin| plugin.areas & callback.area() != 0)
            .is_some_and(|plugin| plugin.guest.is_none())
    }

    /// Registers another plug-in, of the host's, for these areas.
    pub(crate) fn register_other_plugin(&mut self, areas: u32) {
        self.whea.plugins.push(Plugin {
            handle: None,
            version: VERSION_2,
            areas,
            guest: None,
        });
    }

    /// Unregisters it.
    pub(crate) fn unregister_other_plugin(&mut self) {
        self.whea.plugins.retain(|plugin| plugin.guest.is_some());
    }

    /// Whether the driver is a registered plug-in.
    pub(super) fn driver_is_plugin(&self) -> bool {
        let mut plugins = self.whea.plugins.iter();
        plugins.any(|plugin| plugin.guest.is_some())
    }

    /// `PshedIsSystemWheaEnabled`.
    pub(crate) fn pshed_is_system_whea_enabled(
        &mut self,
        _guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        Ok(Flow::Return(u64::from(self.whea.enabled)))
    }

    /// `PshedRegisterPlugin`.
    pub(crate) fn pshed_register_plugin(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let packet = guest.argument(0)?;
        let (length, version) = (guest.read_u32(packet)?, guest.read_u32(packet + 4)?);
        let context = guest.read_u64(packet + 8)?;
        let (areas, reserved) = (guest.read_u32(packet + 16)?, guest.read_u32(packet + 20)?);
        let mut callbacks = Vec::new();
        for place in 0..15 {
            callbacks.push(guest.read_u64(packet + 24 + 8 * place)?);
        }
        let length_fits = match version {
            VERSION_1 => length == 144,
            VERSION_2 => length == 152 && areas & DISCOVERY == 0,
            _ => false,
        };
        let complete = NEEDED.iter().all(|(area, places)| {
            areas & area == 0 || places.iter().all(|place| callbacks[*place] != 0)
        });
        let known = areas != 0 && areas & !AREAS == 0 && reserved == 0;
        if !(self.whea.enabled && length_fits && complete && known) {
            self.kernel.note("PshedRegisterPlugin refuses the packet");
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        let handle = (version == VERSION_2).then(|| self.kernel.new_object());
        if let Some(handle) = handle {
            guest.write_u64(packet + 144, handle)?;
            self.kernel.note_origin(guest, handle);
        }
        self.kernel.releases(Edge::IsrBegin(context));
        self.whea.plugins.push(Plugin {
            handle,
            version,
            areas,
            guest: Some((context, callbacks)),
        });
        // It may be called before the driver knows that it is registered.
        self.kernel.attention = true;
        Ok(Flow::Pause {
            frame: Frame::ReturnAfter(Status::SUCCESS.into()),
        })
    }

    /// `PshedUnregisterPlugin`. It does not wait for callbacks: no page says that it does.
    pub(crate) fn pshed_unregister_plugin(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = guest.argument(0)?;
        let place = self
            .whea
            .plugins
            .iter()
            .position(|plugin| plugin.handle == Some(handle) && plugin.version == VERSION_2);
        let Some(place) = place else {
            return Err(Failure::new(
                Rule::BadArgument,
                format!(
                    "PshedUnregisterPlugin was given {handle:#x}, which is the handle of no plug-in of version 2"
                ),
            ));
        };
        self.whea.plugins.remove(place);
        Ok(Flow::Pause {
            frame: Frame::ReturnAfter(0),
        })
    }

    /// `WheaAddErrorSource`, which the page reserves for the system: the kernel keeps a descriptor of its
    /// own, and has the source configured.
    pub(crate) fn whea_add_error_source(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let given = guest.argument(0)?;
        let (length, id) = (guest.read_u32(given)?, guest.read_u32(given + 28)?);
        let kind = Self::described_kind(guest, given)?;
        let size = super::source::DESCRIPTOR_SIZE;
        let (Some(kind), true) = (kind, u64::from(length) == size && id != 0) else {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        };
        if !self.whea.enabled || self.whea.error_source(id).is_some() {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        let bytes = guest.read_vec(given, size as usize)?;
        let descriptor = self.kernel.kernel_allocate(guest, size)?;
        guest.write(descriptor, &bytes)?;
        self.insert_error_source(id, kind, descriptor, true);
        let lock = self.whea.sources.last().map_or(0, |source| source.lock);
        self.kernel.note_origin(guest, lock);
        self.configure_source(guest, id)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WheaRemoveErrorSource`, which answers nothing by its header: no caller learns that there was no such source.
    pub(crate) fn whea_remove_error_source(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let id = guest.argument_u32(0)?;
        let Some(place) = self.whea.error_source(id) else {
            return Ok(Flow::Return(0));
        };
        // Its place stays, so that the places of others do not change; nothing finds it any more.
        let source = &mut self.whea.sources[place];
        source.id = 0;
        source.waiting = 0;
        source.of_driver = false;
        Ok(Flow::Return(0))
    }

    /// `PshedAllocateMemory`.
    pub(crate) fn pshed_allocate_memory(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let length = guest.argument_u32(0)?;
        self.kernel
            .allocate_for_driver(guest, u64::from(length), TAG, false, 0)
    }

    /// `PshedFreeMemory`.
    pub(crate) fn pshed_free_memory(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let address = guest.argument(0)?;
        self.kernel.free(guest, address, TAG)
    }
}
