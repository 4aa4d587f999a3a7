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
    guest::{self, Guest, code::Instructions, emulator, layout, written::Written},
    machine::hook::{self, Slot},
};

/// How many emulators a thread keeps. A driver and a guest or two alternate in a test.
const IDLE_MAX: usize = 4;
/// `MXCSR` as NT gives it to a kernel thread.
const MXCSR: u64 = 0x1F80;

thread_local! {
    static IDLE: RefCell<Vec<Emulator>> = const { RefCell::new(Vec::new()) };
}

/// What is mapped in every machine, beside the image.
const REGIONS: [(u64, u64, Prot); 6] = [
    (
        layout::TRAP_BASE,
        layout::TRAP_SIZE,
        Prot::READ.union(Prot::EXEC),
    ),
    (
        layout::SYSTEM_BASE,
        layout::SYSTEM_SIZE,
        Prot::READ.union(Prot::WRITE),
    ),
    (
        layout::POOL_BASE,
        layout::POOL_SIZE,
        Prot::READ.union(Prot::WRITE),
    ),
    // That a driver only reads these is said where the emulator asks: the simulator writes them often, and to write to a
    // region that forbids it costs two changes of the memory's map.
    (
        layout::SHARED_DATA,
        layout::PAGE,
        Prot::READ.union(Prot::WRITE),
    ),
    (
        layout::PROCESSOR,
        layout::PAGE,
        Prot::READ.union(Prot::WRITE),
    ),
    (
        layout::FRAMEWORK_TABLE,
        layout::PAGE,
        Prot::READ.union(Prot::WRITE),
    ),
];

/// How much of its memory a machine has used.
pub(super) struct Used {
    /// Bytes of pool.
    pub(super) pool: u64,
    /// Where the stacks end.
    pub(super) stacks_end: u64,
}

/// An emulator that holds the code of an image and nothing else: what is mapped besides is zero, and the image's data is
/// whatever the last machine left.
pub(super) struct Emulator {
    image: Image,
    /// What is known of its instructions.
    pub(super) code: Rc<RefCell<Instructions>>,
    pub(super) uc: guest::Emulator<'static>,
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
        let mut uc = Unicorn::new_with_data(Arch::X86, Mode::MODE_64, Written::default())
            .map_err(emulator)?;
        uc.ctl_tlb_type(TlbType::VIRTUAL).map_err(emulator)?;
        // The emulator's own answer is for the one kind of access that asks, and the next of another kind asks again: a
        // stack does so at every other instruction. So a page that is written may be read, too. One that is read asks again
        // before it is written, once, and then it is noted. What a region itself forbids is forbidden beyond this.
        uc.add_tlb_hook(1, 0, |uc, address, access| {
            let perms = match access {
                MemType::FETCH => Prot::EXEC,
                MemType::WRITE if !layout::is_read_only(address) => {
                    uc.get_data_mut().note(address, 1);
                    Prot::READ | Prot::WRITE
                }
                _ => Prot::READ,
            };
            let paddr = address;
            Some(TlbEntry { paddr, perms })
        })
        .map_err(emulator)?;
        let mut guest = Guest(&mut uc);
        for (base, size, protection) in REGIONS {
            guest.map(base, size, protection)?;
        }
        let memory = image.relocated(layout::IMAGE_BASE);
        for section in image.sections() {
            map_section(&mut guest, section)?;
            if lasts(section) {
                write_section(&mut guest, section, &memory)?;
            }
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
        mut uc: guest::Emulator<'static>,
        slot: Rc<Slot>,
        pristine: Rc<Context>,
        used: &Used,
    ) {
        let Ok(mapped_stacks) = forget(image, &mut uc, &pristine, used) else {
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

/// Maps a section at its place.
fn map_section(guest: &mut Guest, section: &Section) -> Result<(), Failure> {
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
    guest.map(base, u64::from(section.mapped_size()), protection)
}

/// Has a section hold what the image's memory has at its place, and zero beyond.
pub(super) fn write_section(
    guest: &mut Guest,
    section: &Section,
    memory: &[u8],
) -> Result<(), Failure> {
    let base = layout::IMAGE_BASE + u64::from(section.rva);
    let from = section.rva as usize;
    let to = (from + section.mapped_size() as usize).min(memory.len());
    let mut wanted = memory[from..to].to_vec();
    wanted.resize(section.mapped_size() as usize, 0);
    // To write to what is executable costs its translation, and what is read-only is mostly as it was.
    if guest.read_vec(base, wanted.len())? != wanted {
        guest.write(base, &wanted)?;
    }
    Ok(())
}

/// Leaves nothing of a machine but its image and empty memory, of which it has used so much, and says where the stacks
/// end that are mapped.
fn forget(
    image: &Image,
    uc: &mut guest::Emulator<'static>,
    pristine: &Context,
    used: &Used,
) -> Result<u64, Failure> {
    let is_image =
        |base: u64| (0..u64::from(image.size())).contains(&base.wrapping_sub(layout::IMAGE_BASE));
    let mut guest = Guest(uc);
    let mut mapped_stacks = layout::STACK_BASE;
    // To map and to unmap is what costs.
    for region in guest.0.mem_regions().map_err(emulator)? {
        let (begin, size) = (region.begin, region.end - region.begin + 1);
        let is_stack = (layout::STACK_BASE..layout::STACK_END).contains(&begin);
        let dirty = match begin {
            layout::TRAP_BASE => 0,
            base if is_image(base) => 0,
            layout::POOL_BASE => used.pool,
            // Stacks are taken in order, without gaps.
            base if is_stack && base >= used.stacks_end => 0,
            base if layout::is_io_space(base) => 0,
            _ => size,
        };
        if is_stack {
            mapped_stacks = mapped_stacks.max(begin + layout::STACK_STRIDE);
        }
        guest.zero(begin, dirty)?;
    }
    guest.0.context_restore(pristine).map_err(emulator)?;
    Ok(mapped_stacks)
}
