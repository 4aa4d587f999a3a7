//! `MmMapIoSpaceEx`: device registers in the driver's address space.

use nt_model::{Failure, Rule};

use crate::{
    device::{Access, AccessWidth},
    guest::{Guest, layout},
    kernel::{
        Kernel,
        race::Edge,
        state::{
            activation::Flow,
            io_space::{Mapping, Presence},
            time::CYCLES_PER_UNIT,
        },
    },
};

/// `PAGE_READWRITE`, the only protection that makes sense for registers.
const PAGE_READWRITE: u32 = 4;
const PAGE_READONLY: u32 = 2;

impl<A> Kernel<A> {
    /// `MmMapIoSpaceEx`.
    pub(crate) fn mm_map_io_space_ex(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
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
        let start = layout::bar_physical(index as u8);
        let Some(bar) = self
            .device
            .bars()
            .iter()
            .find(|bar| bar.is_memory() && u64::from(bar.index) == index)
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
        let base = layout::MMIO_BASE + self.io_space.next * layout::MMIO_STRIDE;
        self.io_space.next += 1;
        let mapping = Mapping {
            base,
            length,
            bar: bar.index,
            offset,
        };
        self.io_space.fresh = Some(mapping);
        self.io_space.mapped.insert(base, mapping);
        self.note_origin(guest, base);
        Ok(Flow::Return(base))
    }

    /// `MmUnmapIoSpace`.
    pub(crate) fn mm_unmap_io_space(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (base, length) = (guest.argument(0)?, guest.argument(1)?);
        let mapping = self.io_space.mapped.get(&base);
        if mapping.is_none_or(|mapping| mapping.length != length) {
            return Err(Failure::new(
                Rule::BadArgument,
                format!("MmUnmapIoSpace was given {base:#x} and {length:#x}, which is no mapping"),
            ));
        }
        self.io_space.mapped.remove(&base);
        Ok(Flow::Return(0))
    }

    /// Whether the device answers an access. A wrong one is wrong whether it does or not.
    pub(super) fn answers(&self, access: Access) -> Result<bool, Failure> {
        self.device
            .permits(access)
            .map_err(|fault| Failure::new(Rule::BadMmio, fault.to_string()))?;
        match self.io_space.presence {
            Presence::On => Ok(true),
            Presence::Gone => Ok(false),
            Presence::Off => {
                let Access {
                    bar,
                    offset,
                    direction,
                    ..
                } = access;
                let since = match self.io_space.silent_since {
                    Some((callback, at)) => {
                        let ago = (self.cycles - at) / CYCLES_PER_UNIT;
                        format!(
                            ": {callback} had returned {}.{} us before",
                            ago / 10,
                            ago % 10
                        )
                    }
                    None => String::new(),
                };
                Err(Failure::new(
                    Rule::BadMmio,
                    format!(
                        "a register access ({direction:?} at BAR{bar} offset {offset:#x}) while the device is not in D0{since}"
                    ),
                ))
            }
        }
    }

    /// Lets the registers answer, or not; those of a device that is gone never do again.
    pub(crate) fn power_registers(&mut self, on: bool) {
        // What changes the power of a device pushes the writes before it, and waits for what the device writes.
        self.take_posted_writes();
        self.learns_of_transfers();
        let presence = &mut self.io_space.presence;
        if *presence != Presence::Gone {
            if *presence == Presence::On && !on {
                self.device.lose_power();
            }
            *presence = if on { Presence::On } else { Presence::Off };
        }
        self.watch_line();
        self.attention = true;
    }

    /// The driver's `callback` has returned, behind which the registers do not answer.
    pub(crate) fn silence_registers(&mut self, guest: &Guest, callback: &'static str) {
        self.io_space.loud = self.loudness_of_device(guest);
        self.power_registers(false);
        self.io_space.silent_since = Some((callback, self.cycles));
    }

    /// Takes the device out of the machine. The driver is not told; its registers tell.
    pub(crate) fn unplug(&mut self) {
        if self.io_space.presence != Presence::Gone {
            self.io_space.presence = Presence::Gone;
            self.lose_posted_writes();
            self.note("the device is gone");
            self.watch_line();
            self.attention = true;
        }
    }

    /// Has the device raise causes by itself. It keeps them in whatever state it is: what it raises asleep asserts
    /// its line once it is in D0 again, and the message that it could not send then is lost. One that is gone raises
    /// nothing.
    pub(crate) fn raise_device(&mut self, causes: u32) {
        if self.io_space.presence != Presence::Gone {
            self.note(format!("the device raises {causes:#x} by itself"));
            self.device.raise(causes);
            self.collect_device_interrupts();
        }
    }

    /// Whether the device itself asserts its line.
    pub(crate) fn device_asserts(&self) -> bool {
        self.io_space.presence == Presence::On && self.device.line_asserted()
    }

    /// The driver reads `width` bytes at `at` of what it mapped at `base`, if it is mapped still.
    pub(crate) fn register_read(
        &mut self,
        base: u64,
        at: u64,
        width: usize,
    ) -> Result<u64, Failure> {
        match self.io_space.mapped.get(&base).copied() {
            Some(mapping) => self.device_read(mapping.bar, mapping.offset + at, width),
            None => Err(self.bad_access("read", width, base + at)),
        }
    }

    /// As [`Self::register_read`], for a write.
    pub(crate) fn register_write(
        &mut self,
        base: u64,
        at: u64,
        width: usize,
        value: u64,
    ) -> Result<(), Failure> {
        match self.io_space.mapped.get(&base).copied() {
            Some(mapping) => self.device_write(mapping.bar, mapping.offset + at, width, value),
            None => Err(self.bad_access("wrote", width, base + at)),
        }
    }

    /// A routine of the kernel is about to access memory in the driver's place, which device registers are not.
    pub(super) fn check_no_registers(&self, address: u64) -> Result<(), Failure> {
        let mut mapped = self.io_space.mapped.range(..=address);
        let is_mapped = mapped
            .next_back()
            .is_some_and(|(base, mapping)| address - base < mapping.size());
        if !is_mapped {
            return Ok(());
        }
        let routine = self.routine_at_work().unwrap_or("a routine");
        Err(Failure::not_modelled(format!(
            "{routine} of device registers at {address:#x}"
        )))
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
        self.take_posted_writes();
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
        self.watch_register(bar, offset, value)?;
        self.releases(Edge::Device);
        let width = access_width(width)?;
        if self.answers(Access::write(bar, offset, width))? {
            self.post_write(bar, offset, width, value);
        }
        Ok(())
    }
}

impl<A> Kernel<A> {
    /// Something else than the driver writes a register of the device, which is in D0.
    pub(crate) fn write_past_driver(
        &mut self,
        bar: u8,
        offset: u64,
        value: u32,
    ) -> Result<(), Failure> {
        let now = self.device_time();
        self.device
            .write(bar, offset, AccessWidth::Dword, value.into(), now)
            .map_err(|fault| Failure::new(Rule::BadMmio, fault.to_string()))?;
        self.note(format!(
            "something else than the driver writes {value:#x} to BAR{bar} offset {offset:#x}"
        ));
        self.collect_device_interrupts();
        self.find_deadline();
        Ok(())
    }
}

pub(super) fn access_width(bytes: usize) -> Result<AccessWidth, Failure> {
    AccessWidth::from_bytes(bytes).ok_or_else(|| {
        Failure::new(
            Rule::BadMmio,
            format!("an access of {bytes} bytes to device registers"),
        )
    })
}

impl<A> Kernel<A> {
    /// Checks that the driver has let go of the hardware, as `EvtDeviceReleaseHardware` has to.
    pub(crate) fn check_hardware_released(&self) -> Result<(), Failure> {
        let leak =
            |what: String, of: u64| Err(self.blame(Failure::new(Rule::ObjectLeak, what), of));
        if let Some(interrupt) = self.interrupts.connected().next() {
            let what = format!(
                "an interrupt of vector {:#x} is still connected",
                interrupt.vector
            );
            return leak(what, interrupt.object);
        }
        if let Some(Mapping { base, length, .. }) = self.io_space.iter().next() {
            let what =
                format!("{length:#x} bytes of device registers are still mapped at {base:#x}");
            return leak(what, *base);
        }
        Ok(())
    }
}
