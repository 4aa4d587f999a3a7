//! `IoConnectInterruptEx`: the kinds of connection, and the connect itself.
//!
//! The interrupt is live before the routine returns: an ISR may run on the calling processor while
//! the caller's variable for the KINTERRUPT is not written yet (nf-wdm-ioconnectinterruptex).

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::{Guest, given, through},
    kernel::{
        Kernel, irql,
        race::Edge,
        state::{
            activation::Flow,
            frame::{ConnectFrame, Frame},
            interrupt::{Interrupt, Trigger, Vector, version},
        },
    },
};

/// Offsets in `IO_CONNECT_INTERRUPT_PARAMETERS` (80 bytes).
mod offset {
    pub(super) const DEVICE: u64 = 8;
    pub(super) const OUT: u64 = 16;
    pub(super) const ROUTINE: u64 = 24;
    pub(super) const CONTEXT: u64 = 32;
    pub(super) const LOCK: u64 = 40;
    pub(super) const SYNCHRONIZE_IRQL: u64 = 48;
    pub(super) const SHARE_VECTOR: u64 = 50;
    pub(super) const VECTOR: u64 = 52;
    pub(super) const IRQL: u64 = 56;
    pub(super) const FALLBACK: u64 = 56;
    pub(super) const MODE: u64 = 60;
    pub(super) const AFFINITY: u64 = 64;
    pub(super) const GROUP: u64 = 72;
}

impl<A> Kernel<A> {
    /// `IoConnectInterruptEx`.
    pub(crate) fn io_connect_interrupt_ex(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let parameters = guest.argument(0)?;
        let version = guest
            .read_u32(parameters)
            .map_err(|failure| through("Parameters", failure))?;
        if !self.knows_kind(version) {
            return self.refuse_kind(guest, parameters);
        }
        let device = guest.read_u64(parameters + offset::DEVICE)?;
        let routine = guest.read_u64(parameters + offset::ROUTINE)?;
        if device == 0 {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        let parameter = match version {
            version::MESSAGE_BASED => "MessageServiceRoutine",
            _ => "ServiceRoutine",
        };
        given("IoConnectInterruptEx", parameter, routine)?;
        if Some(device) != self.physical_device {
            return Err(Failure::new(
                Rule::BadArgument,
                format!(
                    "IoConnectInterruptEx was given {device:#x}, which is not the device's physical device object"
                ),
            ));
        }
        match version {
            version::LINE_BASED => self.connect_line(guest, parameters, offset::ROUTINE),
            version::MESSAGE_BASED => self.connect_messages(guest, parameters),
            _ => self.connect_fully_specified(guest, parameters, version),
        }
    }

    fn connect_fully_specified(
        &mut self,
        guest: &mut Guest,
        parameters: u64,
        version: u32,
    ) -> Result<Flow<A>, Failure> {
        let number = guest.read_u32(parameters + offset::VECTOR)?;
        let level = guest.read_u8(parameters + offset::IRQL)?;
        let synchronize_irql = guest.read_u8(parameters + offset::SYNCHRONIZE_IRQL)?;
        let affinity = guest.read_u64(parameters + offset::AFFINITY)?;
        let latched = guest.read_u32(parameters + offset::MODE)? == 1;
        let shared = guest.read_u8(parameters + offset::SHARE_VECTOR)? != 0;
        // The group of version 1 is 0, whatever stands there.
        let group = if version == version::FULLY_SPECIFIED_GROUP {
            guest.read_u16(parameters + offset::GROUP)?
        } else {
            0
        };
        let lock = guest.read_u64(parameters + offset::LOCK)?;
        let Some(vector) = self.interrupts.find(number) else {
            return Ok(Flow::status(Status::NOT_FOUND));
        };
        if affinity == 0 {
            return Ok(Flow::status(Status::INVALID_PARAMETER_10));
        }
        // The neighbour's driver shares the line, so an exclusive connect cannot be granted.
        let exclusive_on_shared = vector.is_line() && !shared;
        if level != vector.irql
            || !(level..=irql::HIGH).contains(&synchronize_irql)
            || latched != vector.is_latched()
            || affinity & !vector.affinity != 0
            || group != 0
            || exclusive_on_shared
            || level == irql::PASSIVE && (synchronize_irql != irql::PASSIVE || lock != 0)
        {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        let object = self.new_object();
        let interrupt = Interrupt {
            object,
            vector: number,
            version,
            affinity,
            synchronize_irql,
            lock: if lock == 0 { object } else { lock },
            routine: guest.read_u64(parameters + offset::ROUTINE)?,
            context: guest.read_u64(parameters + offset::CONTEXT)?,
            names_itself: true,
            message: None,
            active: true,
        };
        self.go_live(
            guest,
            interrupt,
            ConnectFrame {
                parameters,
                version,
                context: object,
            },
        )
    }

    /// A line-based connect; `routine` is the offset of the ISR, which a fallback has elsewhere.
    fn connect_line(
        &mut self,
        guest: &mut Guest,
        parameters: u64,
        routine: u64,
    ) -> Result<Flow<A>, Failure> {
        if !self.knows_kind(version::LINE_BASED) {
            return self.refuse_kind(guest, parameters);
        }
        let vector = self.interrupts.of_device();
        // The page refuses a device with several messages, and leaves open what it does with one.
        let several = self.interrupts.all_of_device().len() > 1;
        if several || !vector.is_line() && !self.policy.line_takes_one_message {
            return Ok(Flow::status(Status::INVALID_DEVICE_REQUEST));
        }
        let (number, level, affinity) = (vector.number, vector.irql, vector.affinity);
        let Some(synchronize_irql) = Self::system_chosen(guest, parameters, level)? else {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        };
        let lock = guest.read_u64(parameters + offset::LOCK)?;
        // The lock of a passive-level interrupt is an event of NT's.
        if level == irql::PASSIVE && lock != 0 {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        let object = self.new_object();
        let lock = if level == irql::PASSIVE {
            object
        } else {
            self.lock_of(lock, object)
        };
        let interrupt = Interrupt {
            object,
            vector: number,
            version: version::LINE_BASED,
            affinity,
            synchronize_irql,
            lock,
            routine: guest.read_u64(parameters + routine)?,
            context: guest.read_u64(parameters + offset::CONTEXT)?,
            names_itself: true,
            message: None,
            active: true,
        };
        self.go_live(
            guest,
            interrupt,
            ConnectFrame {
                parameters,
                version: version::LINE_BASED,
                context: object,
            },
        )
    }

    fn connect_messages(&mut self, guest: &mut Guest, parameters: u64) -> Result<Flow<A>, Failure> {
        let vector = self.interrupts.of_device().clone();
        if vector.is_line() {
            if guest.read_u64(parameters + offset::FALLBACK)? == 0 {
                return Ok(Flow::status(Status::NOT_FOUND));
            }
            return self.connect_line(guest, parameters, offset::FALLBACK);
        }
        if self.interrupts.all_of_device().len() > 1 {
            return Err(Failure::not_modelled(
                "a message-based connect of a device with several messages",
            ));
        }
        let Some(synchronize_irql) = Self::system_chosen(guest, parameters, vector.irql)? else {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        };
        let asked = guest.read_u8(parameters + offset::SYNCHRONIZE_IRQL)?;
        let lock = guest.read_u64(parameters + offset::LOCK)?;
        let object = self.new_object();
        let table = self.message_table(
            guest,
            &vector,
            object,
            if lock != 0 || asked != 0 {
                synchronize_irql
            } else {
                0
            },
        )?;
        let interrupt = Interrupt {
            object,
            vector: vector.number,
            version: version::MESSAGE_BASED,
            affinity: vector.affinity,
            synchronize_irql,
            lock: self.lock_of(lock, object),
            routine: guest.read_u64(parameters + offset::ROUTINE)?,
            context: guest.read_u64(parameters + offset::CONTEXT)?,
            names_itself: true,
            message: Some(0),
            active: true,
        };
        self.go_live(
            guest,
            interrupt,
            ConnectFrame {
                parameters,
                version: version::MESSAGE_BASED,
                context: table,
            },
        )
    }

    /// The `SynchronizeIrql` of a line- or message-based connect: 0 leaves it to the system, and
    /// anything below the interrupt's own IRQL is refused.
    fn system_chosen(guest: &Guest, parameters: u64, level: u8) -> Result<Option<u8>, Failure> {
        let asked = guest.read_u8(parameters + offset::SYNCHRONIZE_IRQL)?;
        Ok(match asked {
            0 => Some(level),
            asked if level == irql::PASSIVE || !(level..=irql::HIGH).contains(&asked) => None,
            asked => Some(asked),
        })
    }

    /// Writes an `IO_INTERRUPT_MESSAGE_INFO` with one entry: 8 + 48 bytes.
    fn message_table(
        &mut self,
        guest: &mut Guest,
        vector: &Vector,
        object: u64,
        unified: u8,
    ) -> Result<u64, Failure> {
        let table = self.kernel_allocate(guest, 56)?;
        guest.write_u8(table, unified)?;
        guest.write_u32(table + 4, 1)?;
        let entry = table + 8;
        guest.write_u64(entry, 0xFEE0_0000)?;
        guest.write_u64(entry + 8, vector.affinity)?;
        guest.write_u64(entry + 16, object)?;
        guest.write_u32(entry + 24, vector.number)?;
        guest.write_u32(entry + 28, vector.number)?;
        guest.write_u8(entry + 32, vector.irql)?;
        guest.write_u32(entry + 36, 1)?;
        guest.write_u32(entry + 40, 1)?;
        self.interrupts.tables.insert(table, object);
        Ok(table)
    }

    fn go_live(
        &mut self,
        guest: &Guest,
        interrupt: Interrupt,
        frame: ConnectFrame,
    ) -> Result<Flow<A>, Failure> {
        self.note_origin(guest, interrupt.object);
        self.make_live(interrupt);
        Ok(Flow::Pause {
            frame: Frame::Connect(frame),
        })
    }

    /// Connects an interrupt object: its ISR may be called from now on, what has asked for it and whenever that one is
    /// told.
    pub(crate) fn make_live(&mut self, interrupt: Interrupt) {
        let number = interrupt.vector;
        self.releases(Edge::IsrBegin(interrupt.object));
        self.interrupts.connect(interrupt);
        if self.policy.interrupt_in_connect {
            let cpu = self.cpu_index();
            let vector = self.interrupts.vector_mut(number);
            let rises = !vector.is_line() || vector.trigger == Trigger::Edge && !vector.high;
            if vector.is_line() {
                vector.neighbour.asserted = true;
                vector.high = true;
            }
            if rises {
                vector.pending |= 1 << cpu;
            }
        }
        self.attention = true;
    }

    /// Ends a connect.
    pub(crate) fn resume_connect(
        &mut self,
        guest: &mut Guest,
        frame: &ConnectFrame,
    ) -> Result<Flow<A>, Failure> {
        let out = guest.read_u64(frame.parameters + offset::OUT)?;
        guest
            .write_u64(out, frame.context)
            .map_err(|failure| through("ConnectionContext", failure))?;
        guest.write_u32(frame.parameters, frame.version)?;
        Ok(Flow::status(Status::SUCCESS))
    }
}

// The kinds of connection that the system knows, and the lock of one that comes without.
impl<A> Kernel<A> {
    /// Whether the system knows a kind of connection.
    fn knows_kind(&self, kind: u32) -> bool {
        (version::FULLY_SPECIFIED..=version::FULLY_SPECIFIED_GROUP).contains(&kind)
            && self.policy.unknown_kind.version() != Some(kind)
    }

    /// Ends a connect of a kind that the system does not know. "Unsupported type given: filled with the maximum
    /// supported type" (wdm.h).
    fn refuse_kind(&self, guest: &mut Guest, parameters: u64) -> Result<Flow<A>, Failure> {
        let most = if self.knows_kind(version::FULLY_SPECIFIED_GROUP) {
            version::FULLY_SPECIFIED_GROUP
        } else {
            version::MESSAGE_BASED
        };
        guest.write_u32(parameters, most)?;
        Ok(Flow::status(if self.policy.unknown_kind_not_supported {
            Status::NOT_SUPPORTED
        } else {
            Status::INVALID_PARAMETER_1
        }))
    }

    /// The lock of a line- or message-based connection: the driver's, where it gave one. What stands for it
    /// otherwise is the interrupt object, or one object for all of the device's.
    fn lock_of(&mut self, given: u64, object: u64) -> u64 {
        match given {
            0 if self.policy.null_lock_shared => {
                let fresh = self.new_object();
                *self.interrupts.shared_lock.get_or_insert(fresh)
            }
            0 => object,
            given => given,
        }
    }
}
