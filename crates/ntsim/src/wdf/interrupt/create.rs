//! `WdfInterruptCreate`, and the resources that an interrupt is assigned.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        attributes::{Allowed, Attributes},
        state::{
            frame::WdfFrame,
            interrupt::{Assigned, Interrupt, InterruptCallbacks},
            object::Kind,
            resources::Descriptor,
        },
    },
};

/// Offsets in `WDF_INTERRUPT_CONFIG` (104 bytes; 96 before 1.13, 56 before 1.11).
mod offset {
    pub(super) const SPIN_LOCK: u64 = 8;
    pub(super) const SHARE_VECTOR: u64 = 16;
    pub(super) const FLOATING_SAVE: u64 = 20;
    pub(super) const AUTOMATIC_SERIALIZATION: u64 = 21;
    pub(super) const ISR: u64 = 24;
    pub(super) const DPC: u64 = 32;
    pub(super) const ENABLE: u64 = 40;
    pub(super) const DISABLE: u64 = 48;
    pub(super) const WORK_ITEM: u64 = 56;
    pub(super) const RAW: u64 = 64;
    pub(super) const TRANSLATED: u64 = 72;
    pub(super) const WAIT_LOCK: u64 = 80;
    pub(super) const PASSIVE_HANDLING: u64 = 88;
    pub(super) const REPORT_INACTIVE: u64 = 92;
    pub(super) const CAN_WAKE: u64 = 96;
}

/// `WDF_TRI_STATE`.
const TRUE: u32 = 1;
const USE_DEFAULT: u32 = 2;

/// `WDF_INTERRUPT_CONFIG` of any release, read; what a release lacks is as its initialisation has it.
struct Config {
    spin_lock: u64,
    share_vector: u32,
    serialized: bool,
    callbacks: InterruptCallbacks,
    descriptors: [u64; 2],
    wait_lock: u64,
    passive: bool,
    report_inactive: u32,
    can_wake: bool,
}

impl Config {
    /// None where the size is no release's.
    fn read(guest: &Guest, at: u64) -> Result<Option<Self>, Failure> {
        let size = guest.read_u32(at)?;
        if ![56, 96, 104].contains(&size) {
            return Ok(None);
        }
        if guest.read_u8(at + offset::FLOATING_SAVE)? != 0 {
            return Err(Failure::not_modelled("an interrupt with FloatingSave"));
        }
        let has = |field: u64| field < u64::from(size);
        let pointer = |field: u64| {
            if has(field) {
                guest.read_u64(at + field)
            } else {
                Ok(0)
            }
        };
        let byte = |field: u64| {
            if has(field) {
                guest.read_u8(at + field)
            } else {
                Ok(0)
            }
        };
        Ok(Some(Self {
            spin_lock: pointer(offset::SPIN_LOCK)?,
            share_vector: guest.read_u32(at + offset::SHARE_VECTOR)?,
            serialized: byte(offset::AUTOMATIC_SERIALIZATION)? != 0,
            callbacks: InterruptCallbacks {
                isr: pointer(offset::ISR)?,
                dpc: pointer(offset::DPC)?,
                work_item: pointer(offset::WORK_ITEM)?,
                enable: pointer(offset::ENABLE)?,
                disable: pointer(offset::DISABLE)?,
            },
            descriptors: [pointer(offset::RAW)?, pointer(offset::TRANSLATED)?],
            wait_lock: pointer(offset::WAIT_LOCK)?,
            passive: byte(offset::PASSIVE_HANDLING)? != 0,
            report_inactive: if has(offset::REPORT_INACTIVE) {
                guest.read_u32(at + offset::REPORT_INACTIVE)?
            } else {
                USE_DEFAULT
            },
            can_wake: byte(offset::CAN_WAKE)? != 0,
        }))
    }
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfInterruptCreate`.
    pub(crate) fn wdf_interrupt_create(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let device = self.wdf_handle(guest, 1, Kind::Device)?;
        let (config, attributes, out) =
            (guest.argument(2)?, guest.argument(3)?, guest.argument(4)?);
        let Some(config) = Config::read(guest, config)? else {
            return Ok(Flow::status(Status::INFO_LENGTH_MISMATCH));
        };
        let attributes = match Attributes::read_for(guest, attributes, Allowed::Neither)? {
            Ok(attributes) => attributes,
            Err(status) => return Ok(Flow::status(status)),
        };
        if let Some(refused) = self.refuse_interrupt(&config, &attributes, device)? {
            return Ok(Flow::status(refused));
        }
        let assigned = match config.descriptors {
            [0, 0] => None,
            descriptors => Some(self.described(descriptors)?),
        };
        let parent = if attributes.parent == 0 {
            device
        } else {
            attributes.parent
        };
        // Without either callback there is nothing to serialize, and the levels have to go together all the same.
        let callbacks = &config.callbacks;
        let passive = callbacks.work_item != 0 || callbacks.dpc == 0 && config.passive;
        let serialized = match self.effective_lock(parent, config.serialized, passive)? {
            Ok(lock) => lock,
            Err(status) => return Ok(Flow::status(status)),
        };
        let handle = self.new_wdf_object(guest, Kind::Interrupt, parent, &attributes)?;
        if let Some(lock) = serialized {
            self.wdf.serialized.insert(handle, lock);
        }
        self.kernel.note_origin(guest, handle);
        if config.spin_lock != 0 {
            self.wdf.interrupt_locks.insert(config.spin_lock);
        }
        let number = self.wdf.interrupts.len() as u32;
        let interrupt = Interrupt {
            callbacks: config.callbacks,
            lock: match (config.spin_lock, config.wait_lock) {
                (0, 0) => handle,
                (0, wait_lock) => wait_lock,
                (spin_lock, _) => spin_lock,
            },
            number,
            of_prepare: assigned.is_some(),
            // The default is not to, but on ARM.
            soft: config.report_inactive == TRUE,
            passive: config.passive,
            assigned,
            object: 0,
            captured: 0,
            disconnecting: true,
            connected: false,
            active: false,
            enabled: false,
            kept_disconnected: false,
            work_item_queued: false,
            work_item_runs: 0,
        };
        self.wdf.interrupts.insert(handle, interrupt);
        guest.write_u64(out, handle)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// What KMDF answers to a configuration that it refuses, in its order.
    fn refuse_interrupt(
        &self,
        config: &Config,
        attributes: &Attributes,
        device: u64,
    ) -> Result<Option<Status>, Failure> {
        let kind = |handle: u64| self.wdf.objects.get(&handle).map(|object| object.kind);
        let (given, preparing) = (config.descriptors, self.wdf.pnp.preparing);
        let refused = if config.callbacks.isr == 0 {
            Some(Status::INVALID_PARAMETER)
        } else if !config.serialized && attributes.parent != 0 {
            Some(Status::WDF_PARENT_ASSIGNMENT_NOT_ALLOWED)
        } else if self.wdf.pnp.was_assigned && !preparing {
            Some(Status::INVALID_DEVICE_STATE)
        } else if !preparing && given != [0, 0] {
            Some(Status::INVALID_PARAMETER)
        } else if preparing && (given.contains(&0) || config.share_vector != USE_DEFAULT) {
            Some(Status::INVALID_DEVICE_STATE)
        } else if config.can_wake
            || config.callbacks.dpc != 0 && config.callbacks.work_item != 0
            || !config.passive && config.wait_lock != 0
            || config.passive && config.spin_lock != 0
        {
            // No resource here has a wake hint.
            Some(Status::INVALID_PARAMETER)
        } else {
            None
        };
        if refused.is_some() {
            return Ok(refused);
        }
        for (member, lock, wanted, what) in [
            ("SpinLock", config.spin_lock, Kind::SpinLock, "spin lock"),
            ("WaitLock", config.wait_lock, Kind::WaitLock, "wait lock"),
        ] {
            if lock != 0 && kind(lock) != Some(wanted) {
                return Err(Failure::new(
                    Rule::BadHandle,
                    format!("WDF_INTERRUPT_CONFIG.{member} is {lock:#x}, which names no {what}"),
                ));
            }
        }
        // A parent is the device, or a queue of it.
        let parent = match attributes.parent {
            0 => Some(Kind::Device),
            parent if parent == device => Some(Kind::Device),
            parent => kind(parent).filter(|kind| *kind == Kind::Queue),
        };
        Ok(parent.is_none().then_some(Status::INVALID_PARAMETER))
    }

    /// The interrupt that a raw and a translated descriptor describe, which KMDF takes for those of its own lists.
    fn described(&self, descriptors: [u64; 2]) -> Result<Assigned, Failure> {
        let [raw, translated] = &self.wdf.resources.descriptors;
        let mut pairs = raw.iter().zip(translated);
        let pair = pairs.find(|(raw, other)| [raw.shown_at, other.shown_at] == descriptors);
        let found = pair.and_then(|(_, translated)| interrupt_in(translated));
        found.ok_or_else(|| {
            Failure::new(
                Rule::BadArgument,
                format!(
                    "InterruptRaw {:#x} and InterruptTranslated {:#x} are not the two descriptors of one interrupt of the device",
                    descriptors[0], descriptors[1]
                ),
            )
        })
    }

    /// Resources were assigned: each interrupt of the lists goes to the next of those that `EvtDriverDeviceAdd` made
    /// (`PnpMatchResources`). What gets none is not connected.
    pub(in crate::wdf) fn assign_interrupts(&mut self) {
        self.wdf.pnp.was_assigned = true;
        let translated = self.wdf.resources.descriptors[1].clone();
        let mut handles: Vec<u64> = self.wdf.interrupts.keys().rev().copied().collect();
        for assigned in translated.iter().filter_map(interrupt_in) {
            let Some(handle) = handles.pop() else {
                break;
            };
            self.interrupt_mut(handle).assigned = Some(assigned);
        }
    }

    /// The resources are the device's no more.
    pub(in crate::wdf) fn revoke_interrupts(&mut self) {
        for interrupt in self.wdf.interrupts.values_mut() {
            interrupt.assigned = None;
        }
    }

    /// The level at which an interrupt's lock is held: the highest of those that share it (`PnpAssignInterruptsSyncIrql`).
    pub(super) fn synchronize_irql(&self, lock: u64) -> u8 {
        let sharers = self.wdf.interrupts.values();
        let levels = sharers
            .filter(|interrupt| interrupt.lock == lock)
            .filter_map(|interrupt| Some(interrupt.assigned?.irql));
        levels.max().unwrap_or(0)
    }
}

/// The interrupt in a translated descriptor, if it is one.
fn interrupt_in(descriptor: &Descriptor) -> Option<Assigned> {
    /// `CmResourceTypeInterrupt`.
    const INTERRUPT: u8 = 2;
    /// `CM_RESOURCE_INTERRUPT_LATCHED` and `CM_RESOURCE_INTERRUPT_MESSAGE`.
    const LATCHED: u8 = 1;
    const MESSAGE: u8 = 2;
    let [kind, share, flags, _, rest @ ..] = descriptor.bytes;
    let word = |at: usize| u32::from_le_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]]);
    (kind == INTERRUPT).then(|| Assigned {
        irql: word(0) as u8,
        vector: word(4),
        affinity: u64::from(word(12)) << 32 | u64::from(word(8)),
        latched: flags & LATCHED != 0,
        message: flags & MESSAGE != 0,
        share,
    })
}
