//! The hook that the emulator calls before every instruction.

use std::iter;

use unicorn_engine::{MemType, RegisterX86, Unicorn};

use crate::{
    Failure, Limit, Rule,
    exports::Trap,
    guest::{Guest, Slot},
    layout,
    sim::{Goal, Sim, Stop},
};

/// Where a stack has its guard.
const BEYOND_STACK: &str = "beyond a kernel stack";

/// Called before every instruction of the guest.
pub(crate) fn on_instruction(uc: &mut Unicorn<'_, Slot>, pc: u64) {
    let Some(mut sim) = uc.get_data_mut().sim.take() else {
        return;
    };
    let mut guest = Guest(uc);
    if sim.stop.is_none()
        && let Err(failure) = sim.step(&mut guest, pc)
    {
        sim.fail(&mut guest, failure);
    }
    uc.get_data_mut().sim = Some(sim);
}

/// Called at an access that no memory, or no permission, answers.
pub(crate) fn on_bad_access(
    uc: &mut Unicorn<'_, Slot>,
    kind: MemType,
    address: u64,
    size: usize,
) -> bool {
    let Some(mut sim) = uc.get_data_mut().sim.take() else {
        return false;
    };
    let place = sim.describe_address(address);
    let broken = if place == BEYOND_STACK {
        Rule::StackOverflow
    } else {
        Rule::BadAccess
    };
    let accessed = |what| {
        Failure::new(
            broken,
            format!("the driver {what} {size} bytes at {address:#x}, {place}"),
        )
    };
    let failure = match kind {
        MemType::READ_UNMAPPED | MemType::READ_PROT => accessed("read"),
        MemType::WRITE_UNMAPPED | MemType::WRITE_PROT => accessed("wrote"),
        _ => went_astray(address, place),
    };
    let mut guest = Guest(uc);
    sim.fail(&mut guest, failure);
    uc.get_data_mut().sim = Some(sim);
    false
}

/// A call, a jump or a return to where the driver has no code.
pub(crate) fn went_astray(address: u64, place: &str) -> Failure {
    Failure::new(
        Rule::BadAccess,
        format!("the driver called or jumped to {address:#x}, {place}"),
    )
}

impl Sim {
    fn step(&mut self, guest: &mut Guest, pc: u64) -> Result<(), Failure> {
        if let Some(trap) = self.traps.at(pc) {
            let flow = match trap {
                Trap::Return => {
                    let value = guest.reg(RegisterX86::RAX);
                    self.resume(guest, value)?
                }
                Trap::Call(export) => self.call(guest, &export)?,
            };
            return self.drive(guest, flow);
        }
        if matches!(self.goal, Goal::Instructions(_)) && self.goal_reached() {
            self.decided = false;
            return self.halt(guest, Stop::Reached);
        }
        if self.video_port.is_armed() {
            self.look_for_stimulus()?;
        }
        if self.decided {
            self.decided = false;
        } else {
            self.gap = self.gap.saturating_sub(1);
            let due = self.deadline <= self.cycles;
            if (self.gap == 0 || self.attention || due) && !self.at_boundary(guest)? {
                return Ok(());
            }
        }
        self.count_instruction()?;
        self.last_pc = pc;
        self.before_instruction(guest, pc)
    }

    /// Stops the run for a broken rule.
    pub(crate) fn fail(&mut self, guest: &mut Guest, failure: Failure) {
        let failure = self.complete_report(guest, failure);
        self.note(format!(
            "failed: {}: {}",
            failure.cause.heading(),
            failure.message
        ));
        self.stop = Some(Stop::Failed(Box::new(failure)));
        // The emulator is inside a hook and always takes a stop there.
        let _ = guest.0.emu_stop();
    }

    /// Adds place, calls and token to a failure.
    pub(crate) fn complete_report(&self, guest: &Guest, mut failure: Failure) -> Failure {
        if self.live.is_some() {
            let (pc, rsp) = (guest.reg(RegisterX86::RIP), guest.reg(RegisterX86::RSP));
            let mut stack = self.code_addresses(guest, pc, rsp);
            if let Some(call) = self.calling(guest) {
                // A call as the last act of a function leaves no return address of its own.
                if stack
                    .first()
                    .is_none_or(|at| self.locate(*at) != self.locate(call))
                {
                    stack.insert(0, call);
                }
            }
            if failure.location.is_none() {
                failure.location = stack.iter().find_map(|address| self.locate(*address));
            }
            failure.backtrace = self.describe_stack(&stack);
        }
        for injected in self.injections.describe() {
            failure.message.push_str("; before that, ");
            failure.message.push_str(&injected);
        }
        if !self.checks(failure.cause) {
            // Nothing sensible comes after it.
            failure = Failure {
                message: format!(
                    "what a driver does that has broken the rule {}, which is not checked: {}",
                    failure.cause, failure.message
                ),
                cause: Limit::NotModelled.into(),
                ..failure
            };
        }
        failure.token = Some(self.config.token());
        failure
    }

    /// An activation's instruction and the return addresses on its stack, innermost first.
    /// Without frame pointers a word of the stack that points behind a call is taken for one.
    pub(crate) fn code_addresses(&self, guest: &Guest, pc: u64, rsp: u64) -> Vec<u64> {
        let mut addresses = Vec::new();
        if self.is_code(pc) {
            addresses.push(pc);
        }
        let rsp = rsp & !7;
        for slot in 0..256 {
            let Ok(word) = guest.read_u64(rsp + 8 * slot) else {
                break;
            };
            if self.is_code(word) && self.follows_a_call(guest, word) {
                addresses.push(word - 1);
            }
        }
        addresses
    }

    fn is_code(&self, address: u64) -> bool {
        address
            .checked_sub(layout::IMAGE_BASE)
            .and_then(|rva| u32::try_from(rva).ok())
            .and_then(|rva| self.image.section_at(rva))
            .is_some_and(|section| section.protection.execute)
    }

    fn follows_a_call(&self, guest: &Guest, address: u64) -> bool {
        let mut before = [0; 7];
        if guest.read(address - 7, &mut before).is_err() {
            return false;
        }
        // The ModRM byte of `call` through a register or memory has 2 in its middle.
        let calls = |modrm: u8| modrm >> 3 & 7 == 2;
        before[2] == 0xE8
            || [1, 4, 5]
                .into_iter()
                .any(|at| before[at] == 0xFF && calls(before[at + 1]))
    }

    /// `file:line` of an address in the driver.
    pub(crate) fn locate(&self, address: u64) -> Option<String> {
        let rva = u32::try_from(address.checked_sub(layout::IMAGE_BASE)?).ok()?;
        self.image.symbols().resolve(rva).file_line()
    }

    /// The innermost of the driver's calls.
    pub(crate) fn describe_stack(&self, stack: &[u64]) -> Vec<String> {
        let innermost = stack.iter().take(12);
        innermost
            .flat_map(|address| self.describe_code(*address))
            .collect()
    }

    /// `file:line` of a function's first code.
    pub(crate) fn locate_function(&self, address: u64) -> Option<String> {
        let rva = u32::try_from(address.checked_sub(layout::IMAGE_BASE)?).ok()?;
        let place = self.image.symbols().resolve(rva);
        // The code may begin with that of a function which was compiled into it.
        let function = place.frames().last()?;
        Some(format!("{}:{}", function.file.as_ref()?, function.line?))
    }

    /// A place in the code, and each function that its code was inlined into.
    fn describe_code(&self, address: u64) -> Vec<String> {
        let rva = u32::try_from(address - layout::IMAGE_BASE).unwrap_or(u32::MAX);
        let place = self.image.symbols().resolve(rva);
        let into = place.inlined_into().filter_map(|frame| {
            let (function, file) = (frame.function.as_ref()?, frame.file.as_ref()?);
            Some(format!("{function} ({file}:{}), inlined", frame.line?))
        });
        iter::once(place.to_string()).chain(into).collect()
    }

    fn describe_address(&self, address: u64) -> &'static str {
        match address {
            0..0x1_0000 => "next to a null pointer",
            0x1_0000..0x8000_0000_0000 => "in user space",
            layout::OBJECT_BASE..0xFFFF_8100_0000_0000 => "inside an opaque object of the kernel",
            layout::MMIO_BASE..0xFFFF_B100_0000_0000 => {
                "where device registers are not, or no longer, mapped"
            }
            // Below the first stack is a guard, too.
            0xFFFF_CFFF_FFFF_0000..0xFFFF_D100_0000_0000 => BEYOND_STACK,
            layout::IMAGE_BASE..0xFFFF_F801_5000_0000 => {
                "in the image, where that is not permitted"
            }
            _ => "where nothing is mapped",
        }
    }
}
