//! What the emulator calls: before every instruction, at a bad access, at an access to device registers.
//!
//! A hook gets nothing but the emulator. The machine's state lies in a [`Slot`] while the emulator runs, and a hook takes
//! it out, works, and puts it back.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use nt_model::{Failure, Rule};
use unicorn_engine::MemType;

use crate::{
    guest::{Emulator, Guest, emulator},
    kernel::{
        IN_POOL,
        state::{io_space::Mapping, log::Event, traps::Missing},
    },
    system::{Stop, System},
};

/// Where hooks find the machine's state, and whom they tell of what was heard.
#[derive(Default)]
pub(super) struct Slot {
    system: Cell<Option<Box<System>>>,
    listener: Cell<Option<fn(&Event)>>,
    /// Where the emulator asks for device registers: first addresses, and sizes in bytes.
    registers: RefCell<BTreeMap<u64, u64>>,
}

impl Slot {
    /// The state, while no hook works on it.
    pub(super) fn take(&self) -> Option<Box<System>> {
        self.system.take()
    }

    pub(super) fn put(&self, system: Option<Box<System>>) {
        self.system.set(system);
    }

    /// Has `listener` told of each event as it is heard.
    pub(super) fn listen(&self, listener: fn(&Event)) {
        self.listener.set(Some(listener));
    }

    /// Forgets the machine. What the emulator asks for stays.
    pub(super) fn clear(&self) {
        self.system.set(None);
        self.listener.set(None);
    }
}

/// Called before every instruction of the guest.
pub(super) fn on_instruction(slot: &Rc<Slot>, uc: &mut Emulator<'_>, pc: u64) {
    let Some(mut system) = slot.take() else {
        return;
    };
    if system.stop.is_none() {
        let mut guest = Guest(uc);
        let mut result = system.before_instruction(&mut guest, pc);
        if let Some(mapping) = system.kernel.io_space.take_fresh() {
            result = result.and_then(|()| map_registers(slot, guest.0, mapping));
        }
        if let Err(failure) = result {
            system.fail(&mut guest, failure);
        }
        if !system.etw.untold.is_empty() {
            let untold = core::mem::take(&mut system.etw.untold);
            if let Some(listener) = slot.listener.get() {
                untold.iter().for_each(listener);
            }
        }
    }
    slot.put(Some(system));
}

/// Has the emulator ask for what stands at the addresses of device registers.
///
/// It goes on to ask where they are no longer mapped, for to change its map of memory costs more than a test does
/// otherwise: the kernel knows what is mapped.
pub(super) fn map_registers(
    slot: &Rc<Slot>,
    uc: &mut Emulator<'_>,
    mapping: Mapping,
) -> Result<(), Failure> {
    let (base, size) = (mapping.base, mapping.size());
    let mut registers = slot.registers.borrow_mut();
    match registers.insert(base, size) {
        Some(known) if known == size => return Ok(()),
        Some(other) => uc.mem_unmap(base, other as usize).map_err(emulator)?,
        None => {}
    }
    let (reads, writes) = (Rc::clone(slot), Rc::clone(slot));
    uc.mmio_map(
        base,
        size as usize,
        Some(move |uc: &mut Emulator<'_>, at: u64, width: usize| {
            let read = |system: &mut System| system.kernel.register_read(base, at, width);
            inside_access(&reads, uc, read).unwrap_or(u64::MAX)
        }),
        Some(
            move |uc: &mut Emulator<'_>, at: u64, width: usize, value: u64| {
                let write =
                    |system: &mut System| system.kernel.register_write(base, at, width, value);
                inside_access(&writes, uc, write);
            },
        ),
    )
    .map_err(emulator)
}

/// Runs `body` on the machine's state from inside an access; a failure stops the run.
fn inside_access<R>(
    slot: &Rc<Slot>,
    uc: &mut Emulator<'_>,
    body: impl FnOnce(&mut System) -> Result<R, Failure>,
) -> Option<R> {
    let mut system = slot.take()?;
    system.kernel.end_calm();
    let result = body(&mut system);
    let value = match result {
        Ok(value) => Some(value),
        Err(failure) => {
            system.stop = Some(Stop::Failed(Box::new(failure)));
            let _ = uc.emu_stop();
            None
        }
    };
    slot.put(Some(system));
    value
}

/// Called at an access that no memory, or no permission, answers.
pub(super) fn on_bad_access(
    slot: &Rc<Slot>,
    uc: &mut Emulator<'_>,
    kind: MemType,
    address: u64,
    size: usize,
) -> bool {
    let Some(mut system) = slot.take() else {
        return false;
    };
    let place = system.kernel.describe_address(address);
    let verb = match kind {
        MemType::READ_UNMAPPED | MemType::READ_PROT => Some("read"),
        MemType::WRITE_UNMAPPED | MemType::WRITE_PROT => Some("wrote"),
        _ => None,
    };
    if verb.is_none() && system.kernel.traps.missing_at(address).is_some() {
        system.kernel.begin_call("an import that is not modelled");
    }
    let failure = match (system.kernel.traps.missing_at(address), verb) {
        (Some(missing), verb) => not_modelled(missing, verb.unwrap_or("called")),
        (None, Some(verb)) => system.kernel.bad_access(verb, size, address),
        (None, None) => went_astray(address, place),
    };
    let mut guest = Guest(uc);
    system.fail(&mut guest, failure);
    slot.put(Some(system));
    false
}

/// A call of an import that is not modelled, or an access to it.
fn not_modelled(missing: &Missing, verb: &str) -> Failure {
    let what = match (missing.variable, verb) {
        (true, _) => "the variable ",
        // What is no routine that a header declares may be a variable.
        (false, "read" | "wrote") => "what stands at ",
        (false, _) => "",
    };
    Failure::not_modelled(format!(
        "the driver {verb} {what}{missing}, which the simulator does not model"
    ))
}

/// A call, a jump or a return to where the driver has no code.
pub(super) fn went_astray(address: u64, place: &str) -> Failure {
    let what = match place {
        IN_POOL => ", which is not executable",
        _ => "",
    };
    Failure::new(
        Rule::BadAccess,
        format!("the driver called or jumped to {address:#x}, {place}{what}"),
    )
}
