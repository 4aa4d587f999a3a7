//! `MmMapIoSpaceEx`: device registers in the driver's address space.

use std::collections::BTreeMap;

use crate::{
    Failure, Rule,
    activation::Flow,
    device::{Access, AccessWidth},
    guest::{Guest, Slot},
    layout,
    race::Edge,
    sim::{Sim, Stop},
};

/// Whether the device's registers answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Presence {
    /// In D0.
    #[default]
    On,
    /// In a lower state, where a PCI function decodes its configuration space only.
    Off,
    /// Not there any more: reads give all ones, and writes are lost.
    Gone,
}

/// The driver's mappings of device registers.
#[derive(Default)]
pub(crate) struct IoSpace {
    pub(crate) presence: Presence,
    /// Virtual address to length.
    mapped: BTreeMap<u64, u64>,
    next: u64,
}

impl IoSpace {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&u64, &u64)> {
        self.mapped.iter()
    }
}

/// `PAGE_READWRITE`, the only protection that makes sense for registers.
const PAGE_READWRITE: u32 = 4;
const PAGE_READONLY: u32 = 2;

impl Sim {
    /// `MmMapIoSpaceEx`.
    pub(crate) fn mm_map_io_space_ex(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let (physical, length, protect) = (
            guest.argument(0)?,
            guest.argument(1)?,
            guest.argument_u32(2)?,
        );
        if protect & 0xFF == PAGE_READONLY {
            return Err(Failure::not_modelled(
                "a read-only mapping of device registers",
            ));
        }
        if protect & 0xFF != PAGE_READWRITE {
            return Ok(Flow::Return(0));
        }
        let index = physical.wrapping_sub(layout::BAR_PHYSICAL) / layout::BAR_STRIDE;
        let start = layout::BAR_PHYSICAL + index * layout::BAR_STRIDE;
        let Some(bar) = self
            .device
            .bars()
            .iter()
            .find(|bar| u64::from(bar.index) == index)
            .copied()
        else {
            return Err(Failure::new(
                Rule::BadArgument,
                format!(
                    "MmMapIoSpaceEx was given the physical address {physical:#x}, which is not the device's"
                ),
            ));
        };
        let offset = physical - start;
        if length == 0 || offset + length > bar.size {
            return Err(Failure::new(
                Rule::BadArgument,
                format!(
                    "MmMapIoSpaceEx was asked for {length:#x} bytes at offset {offset:#x} of a BAR of {:#x} bytes",
                    bar.size
                ),
            ));
        }
        let base = layout::MMIO_BASE + self.kernel.io_space.next * layout::MMIO_STRIDE;
        self.kernel.io_space.next += 1;
        let size = length.next_multiple_of(0x1000);
        guest
            .0
            .mmio_map(
                base,
                size as usize,
                Some(
                    move |uc: &mut unicorn_engine::Unicorn<'_, Slot>, at: u64, width: usize| {
                        with_sim(uc, |sim| sim.device_read(bar.index, offset + at, width))
                            .unwrap_or(u64::MAX)
                    },
                ),
                Some(
                    move |uc: &mut unicorn_engine::Unicorn<'_, Slot>,
                          at: u64,
                          width: usize,
                          value: u64| {
                        with_sim(uc, |sim| {
                            sim.device_write(bar.index, offset + at, width, value)?;
                            Ok(0)
                        });
                    },
                ),
            )
            .map_err(crate::guest::emulator)?;
        self.kernel.io_space.mapped.insert(base, length);
        self.note_origin(guest, base);
        Ok(Flow::Return(base))
    }

    /// `MmUnmapIoSpace`.
    pub(crate) fn mm_unmap_io_space(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let (base, length) = (guest.argument(0)?, guest.argument(1)?);
        if self.kernel.io_space.mapped.get(&base) != Some(&length) {
            return Err(Failure::new(
                Rule::BadArgument,
                format!("MmUnmapIoSpace was given {base:#x} and {length:#x}, which is no mapping"),
            ));
        }
        self.kernel.io_space.mapped.remove(&base);
        guest.unmap(base, length.next_multiple_of(0x1000))?;
        Ok(Flow::Return(0))
    }

    /// Whether the device answers an access. A wrong one is wrong whether it does or not.
    fn answers(&self, access: Access) -> Result<bool, Failure> {
        self.device
            .permits(access)
            .map_err(|fault| Failure::new(Rule::BadMmio, fault.to_string()))?;
        match self.kernel.io_space.presence {
            Presence::On => Ok(true),
            Presence::Gone => Ok(false),
            Presence::Off => {
                let Access {
                    bar,
                    offset,
                    direction,
                    ..
                } = access;
                Err(Failure::new(
                    Rule::BadMmio,
                    format!(
                        "a register access ({direction:?} at BAR{bar} offset {offset:#x}) while the device is not in D0"
                    ),
                ))
            }
        }
    }

    /// Takes the device out of the machine. The driver is not told; its registers tell.
    pub(crate) fn unplug(&mut self) {
        if self.kernel.io_space.presence != Presence::Gone {
            self.kernel.io_space.presence = Presence::Gone;
            self.note("the device is gone");
            self.attention = true;
        }
    }

    /// Has the device raise causes by itself. It keeps them in whatever state it is: what it raises asleep asserts
    /// its line once it is in D0 again, and the message that it could not send then is lost. One that is gone raises
    /// nothing.
    pub(crate) fn raise_device(&mut self, causes: u32) {
        if self.kernel.io_space.presence != Presence::Gone {
            self.note(format!("the device raises {causes:#x} by itself"));
            self.device.raise(causes);
            self.collect_device_interrupts();
        }
    }

    /// Whether the device itself asserts its line.
    pub(crate) fn device_asserts(&self) -> bool {
        self.kernel.io_space.presence == Presence::On && self.device.line_asserted()
    }

    pub(crate) fn device_read(
        &mut self,
        bar: u8,
        offset: u64,
        width: usize,
    ) -> Result<u64, Failure> {
        self.acquires(Edge::Device);
        let now = self.device_time();
        let width = access_width(width)?;
        if !self.answers(Access::read(bar, offset, width))? {
            return Ok(width.truncate(u64::MAX));
        }
        let value = self
            .device
            .read(bar, offset, width, now)
            .map_err(|fault| Failure::new(Rule::BadMmio, fault.to_string()))?;
        self.collect_device_interrupts();
        self.find_deadline();
        self.stall_register_read();
        Ok(value)
    }

    pub(crate) fn device_write(
        &mut self,
        bar: u8,
        offset: u64,
        width: usize,
        value: u64,
    ) -> Result<(), Failure> {
        self.releases(Edge::Device);
        let now = self.device_time();
        let width = access_width(width)?;
        if !self.answers(Access::write(bar, offset, width))? {
            return Ok(());
        }
        self.device
            .write(bar, offset, width, value, now)
            .map_err(|fault| Failure::new(Rule::BadMmio, fault.to_string()))?;
        self.collect_device_interrupts();
        self.find_deadline();
        Ok(())
    }
}

fn access_width(bytes: usize) -> Result<AccessWidth, Failure> {
    AccessWidth::from_bytes(bytes).ok_or_else(|| {
        Failure::new(
            Rule::BadMmio,
            format!("an access of {bytes} bytes to device registers"),
        )
    })
}

/// Runs `body` on the machine's state from inside an access; a failure stops the run.
fn with_sim(
    uc: &mut unicorn_engine::Unicorn<'_, Slot>,
    body: impl FnOnce(&mut Sim) -> Result<u64, Failure>,
) -> Option<u64> {
    let mut sim = uc.get_data_mut().sim.take()?;
    let result = body(&mut sim);
    let value = match result {
        Ok(value) => Some(value),
        Err(failure) => {
            sim.stop = Some(Stop::Failed(Box::new(failure)));
            let _ = uc.emu_stop();
            None
        }
    };
    uc.get_data_mut().sim = Some(sim);
    value
}
