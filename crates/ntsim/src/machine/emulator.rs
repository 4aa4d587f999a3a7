//! Emulators that have translated a driver's code already.
//!
//! Translating the driver takes the emulator longer than a test takes to run. Code does not change
//! from one machine to the next, so an emulator whose machine has ended well goes on to another
//! machine of the same image: with its translations, what was decoded and its hooks, and with no memory but the code,
//! no registers and no kernel of the old one. A machine cannot tell: `tests/` compares the logs.

use std::{cell::RefCell, rc::Rc};

use image::{Image, Section};
use nt_model::Failure;
use unicorn_engine::{
    Arch, Context, HookType, MemType, Mode, RegisterX86, TlbEntry, TlbType, Unicorn,
    unicorn_const::Permission as Prot,
};

use crate::{
    guest::{Guest, code::Instructions, emulator, layout},
    machine::hook::{self, Slot},
};

/// How many emulators a thread keeps. A driver and a guest or two alternate in a test.
const IDLE_MAX: usize = 4;
/// `MXCSR` as NT gives it to a kernel thread.
const MXCSR: u64 = 0x1F80;

thread_local! {
    static IDLE: RefCell<Vec<Emulator>> = const { RefCell::new(Vec::new()) };
}

/// An emulator that holds the code of an image and nothing else.
pub(super) struct Emulator {
    image: Image,
    /// What is known of its instructions.
    pub(super) code: Rc<RefCell<Instructions>>,
    pub(super) uc: Unicorn<'static, ()>,
    /// Where its hooks find the machine's state.
    pub(super) slot: Rc<Slot>,
    /// The registers with which every activation begins.
    pub(super) pristine: Rc<Context>,
    /// The stacks below this address are mapped, and zero.
    pub(super) mapped_stacks: u64,
}

impl Emulator {
    /// An emulator for a machine of `image`.
    pub(super) fn take(image: &Image) -> Result<Self, Failure> {
        let kept = IDLE.with_borrow_mut(|idle| {
            let at = idle.iter().position(|it| it.image.is_the_same(image))?;
            Some(idle.remove(at))
        });
        match kept {
            Some(kept) => Ok(kept),
            None => Self::new(image),
        }
    }

    fn new(image: &Image) -> Result<Self, Failure> {
        let mut uc = Unicorn::new(Arch::X86, Mode::MODE_64).map_err(emulator)?;
        uc.ctl_tlb_type(TlbType::VIRTUAL).map_err(emulator)?;
        // The emulator's own answer is for the one kind of access that asks, and the next of another kind asks again: a
        // stack does so at every other instruction. What a region itself forbids is forbidden beyond this.
        uc.add_tlb_hook(1, 0, |_, address, access| {
            let perms = match access {
                MemType::FETCH => Prot::EXEC,
                _ => Prot::READ | Prot::WRITE,
            };
            let paddr = address;
            Some(TlbEntry { paddr, perms })
        })
        .map_err(emulator)?;
        let mut guest = Guest(&mut uc);
        guest.map(
            layout::TRAP_BASE,
            layout::TRAP_SIZE,
            Prot::READ | Prot::EXEC,
        )?;
        let memory = image.relocated(layout::IMAGE_BASE);
        for section in image.sections().iter().filter(|section| lasts(section)) {
            map_section(&mut guest, section, &memory)?;
        }
        guest.set_reg(RegisterX86::MXCSR, MXCSR);
        guest.set_reg(RegisterX86::GS_BASE, layout::PROCESSOR);
        let pristine = Rc::new(uc.context_init().map_err(emulator)?);
        let slot = Rc::new(Slot::default());
        let at_instruction = Rc::clone(&slot);
        uc.add_code_hook(1, 0, move |uc, pc, _| {
            hook::on_instruction(&at_instruction, uc, pc);
        })
        .map_err(emulator)?;
        let at_access = Rc::clone(&slot);
        uc.add_mem_hook(
            HookType::MEM_INVALID,
            1,
            0,
            move |uc, kind, address, size, _| {
                hook::on_bad_access(&at_access, uc, kind, address, size)
            },
        )
        .map_err(emulator)?;
        Ok(Self {
            image: image.clone(),
            code: Rc::new(RefCell::new(Instructions::new(image))),
            uc,
            slot,
            pristine,
            mapped_stacks: layout::STACK_BASE,
        })
    }

    /// Keeps the emulator of a machine that has ended well for the next one.
    pub(super) fn give_back(
        image: &Image,
        code: Rc<RefCell<Instructions>>,
        mut uc: Unicorn<'static, ()>,
        slot: Rc<Slot>,
        pristine: Rc<Context>,
        stacks_end: u64,
    ) {
        let Ok(mapped_stacks) = forget(image, &mut uc, &pristine, stacks_end) else {
            // It is only slower to begin with a new one.
            return;
        };
        slot.clear();
        let image = image.clone();
        IDLE.with_borrow_mut(|idle| {
            if idle.len() == IDLE_MAX {
                idle.remove(0);
            }
            idle.push(Self {
                image,
                code,
                uc,
                slot,
                pristine,
                mapped_stacks,
            });
        });
    }
}

/// Whether a section is the same in every machine, from its beginning to its end: code that NT does
/// not free once the driver has started.
pub(super) const fn lasts(section: &Section) -> bool {
    section.protection.execute && !section.protection.write && !section.discardable
}
/// Maps a section and fills it from the image's memory at its place.
pub(super) fn map_section(
    guest: &mut Guest,
    section: &Section,
    memory: &[u8],
) -> Result<(), Failure> {
    let mut protection = Prot::NONE;
    for (on, bit) in [
        (section.protection.read, Prot::READ),
        (section.protection.write, Prot::WRITE),
        (section.protection.execute, Prot::EXEC),
    ] {
        if on {
            protection |= bit;
        }
    }
    let base = layout::IMAGE_BASE + u64::from(section.rva);
    guest.map(base, u64::from(section.mapped_size()), protection)?;
    let from = section.rva as usize;
    let to = (from + section.mapped_size() as usize).min(memory.len());
    guest.write(base, &memory[from..to])
}

/// Leaves nothing of a machine but the code of its driver and empty stacks, of which it has used those below
/// `stacks_end`, and says where the stacks end that are mapped.
fn forget(
    image: &Image,
    uc: &mut Unicorn<'static, ()>,
    pristine: &Context,
    stacks_end: u64,
) -> Result<u64, Failure> {
    let empty = vec![0; layout::STACK_SIZE as usize];
    let mut mapped_stacks = layout::STACK_BASE;
    for region in uc.mem_regions().map_err(emulator)? {
        let is_code = image.sections().iter().any(|section| {
            lasts(section) && region.begin == layout::IMAGE_BASE + u64::from(section.rva)
        });
        if is_code || region.begin == layout::TRAP_BASE {
            continue;
        }
        if (layout::STACK_BASE..layout::STACK_END).contains(&region.begin) {
            // To map and to unmap is what costs; stacks are taken in order, without gaps.
            if region.begin < stacks_end {
                uc.mem_write(region.begin, &empty).map_err(emulator)?;
            }
            mapped_stacks = mapped_stacks.max(region.begin + layout::STACK_STRIDE);
        } else {
            let size = region.end - region.begin + 1;
            uc.mem_unmap(region.begin, size as usize)
                .map_err(emulator)?;
        }
    }
    uc.context_restore(pristine).map_err(emulator)?;
    Ok(mapped_stacks)
}
