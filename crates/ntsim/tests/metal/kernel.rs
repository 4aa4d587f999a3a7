//! A kernel that does nothing but run the register script on QEMU's edu, by its line and then by its message, and count
//! interrupts. It tells over the first serial port, and ends QEMU by isa-debug-exit.

#![no_std]
#![no_main]

mod script;

use core::{
    arch::{asm, global_asm},
    fmt::{self, Write},
    panic::PanicInfo,
    ptr::{addr_of_mut, null_mut},
};

use script::{Board, Routine};

global_asm!(include_str!("boot.s"), options(att_syntax));

unsafe extern "C" {
    fn line_entry();
    fn message_entry();
    fn spurious_entry();
}

fn outb(port: u16, value: u8) {
    // SAFETY: The machine has nothing that a port could break but this program.
    unsafe { asm!("out dx, al", in("dx") port, in("al") value, options(nostack)) };
}

fn inb(port: u16) -> u8 {
    let value;
    // SAFETY: As for `outb`.
    unsafe { asm!("in al, dx", in("dx") port, out("al") value, options(nostack)) };
    value
}

fn outl(port: u16, value: u32) {
    // SAFETY: As for `outb`.
    unsafe { asm!("out dx, eax", in("dx") port, in("eax") value, options(nostack)) };
}

fn inl(port: u16) -> u32 {
    let value;
    // SAFETY: As for `outb`.
    unsafe { asm!("in eax, dx", in("dx") port, out("eax") value, options(nostack)) };
    value
}

/// The first serial port, which QEMU's firmware has set up.
struct Serial;

impl Write for Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            while inb(0x3FD) & 0x20 == 0 {}
            outb(0x3F8, byte);
        }
        Ok(())
    }
}

/// Ends QEMU, whose exit code is an odd number made of this.
fn end(code: u8) -> ! {
    outb(0xF4, code);
    loop {
        // SAFETY: The processor waits for ever where there is no isa-debug-exit.
        unsafe { asm!("cli", "hlt") };
    }
}

#[panic_handler]
fn panicked(info: &PanicInfo<'_>) -> ! {
    let _ = writeln!(Serial, "{info}");
    end(1)
}

/// The device's function on bus 0.
#[derive(Clone, Copy)]
struct Function(u32);

impl Function {
    /// Finds edu by its identifiers.
    fn find() -> Option<Self> {
        (0..32)
            .map(|slot| Self(slot << 11))
            .find(|function| function.read(0) == 0x11E8_1234)
    }

    fn select(self, place: u32) {
        outl(0xCF8, 0x8000_0000 | self.0 | place & !3);
    }

    fn read(self, place: u32) -> u32 {
        self.select(place);
        inl(0xCFC)
    }

    fn write(self, place: u32, value: u32) {
        self.select(place);
        outl(0xCFC, value);
    }
}

/// The vectors: the line's are those of the 8259s, one a pin.
const PINS: u8 = 0x20;
const MESSAGE: u8 = 0x50;
/// The local APIC's registers.
const LOCAL: u64 = 0xFEE0_0000;

/// A register in memory.
fn at(address: u64) -> *mut u32 {
    core::ptr::with_exposed_provenance_mut(usize::try_from(address).unwrap_or_default())
}

fn read_memory(address: u64) -> u32 {
    // SAFETY: The address is a device's register, which is mapped.
    unsafe { at(address).read_volatile() }
}

fn write_memory(address: u64, value: u32) {
    // SAFETY: As for `read_memory`.
    unsafe { at(address).write_volatile(value) };
}

/// A gate of the table of interrupts.
#[derive(Clone, Copy)]
#[repr(C)]
struct Gate([u64; 2]);

static mut GATES: [Gate; 256] = [Gate([0; 2]); 256];

/// Has a vector lead to `entry`, with interrupts kept out.
fn connect(vector: u8, entry: unsafe extern "C" fn()) {
    let address = (entry as *const ()).addr() as u64;
    let low = address & 0xFFFF | 8 << 16 | 0x8E00 << 32 | (address >> 16 & 0xFFFF) << 48;
    // SAFETY: The table is written before interrupts are let in, by the one processor.
    unsafe {
        addr_of_mut!(GATES)
            .cast::<Gate>()
            .add(vector.into())
            .write(Gate([low, address >> 32]));
    }
}

fn load_gates() {
    #[repr(C, packed)]
    struct Table(u16, u64);
    let table = Table(4095, addr_of_mut!(GATES).addr() as u64);
    // SAFETY: The table is a static.
    unsafe { asm!("lidt [{}]", in(reg) &raw const table, options(nostack)) };
}

/// edu on this machine.
struct Metal {
    registers: u64,
}

/// What is running the script, while interrupts are let in.
static mut OPEN: (*mut Metal, *mut Routine, bool) = (null_mut(), null_mut(), false);

impl Board for Metal {
    fn read(&mut self, register: u64) -> u32 {
        read_memory(self.registers + register)
    }

    fn write(&mut self, register: u64, value: u32) {
        write_memory(self.registers + register, value);
    }

    fn open(&mut self, routine: &mut Routine) {
        // SAFETY: Interrupts are kept out, and nothing else runs.
        unsafe { OPEN = (&raw mut *self, &raw mut *routine, true) };
        for _ in 0..1000 {
            // SAFETY: The gates are there. An interrupt that is pending is taken after the instruction behind `sti`.
            unsafe { asm!("sti", "nop", "nop", "cli") };
        }
    }

    fn pass(&mut self) {
        core::hint::spin_loop();
    }
}

/// An interrupt: of the line, or of a message.
#[unsafe(no_mangle)]
extern "C" fn interrupted(message: u32) {
    // SAFETY: `open` has put both there and does not touch them while interrupts are let in.
    let goes_on = unsafe {
        let (metal, routine, open) = OPEN;
        open && (*routine).enter(&mut *metal)
    };
    if !goes_on {
        let _ = writeln!(Serial, "an interrupt that nothing waits for, or too many");
        end(2);
    }
    if message == 0 {
        // End of interrupt, of both 8259s.
        outb(0xA0, 0x20);
        outb(0x20, 0x20);
    } else {
        write_memory(LOCAL + 0xB0, 0);
    }
}

/// Sends the pins of both 8259s to vectors of their own, and lets none in but `pin`.
fn set_up_pins(pin: u8) {
    for (port, first, cascade) in [(0x20, PINS, 4), (0xA0, PINS + 8, 2)] {
        outb(port, 0x11);
        for byte in [first, cascade, 1] {
            outb(port + 1, byte);
        }
    }
    let open = 1_u16 << pin | 1 << 2;
    let [low, high] = (!open).to_le_bytes();
    outb(0x21, low);
    outb(0xA1, high);
}

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    let Some(function) = Function::find() else {
        panic!("edu is not on bus 0");
    };
    // Memory and bus master.
    function.write(0x04, function.read(0x04) | 0x6);
    let mut metal = Metal {
        registers: u64::from(function.read(0x10) & !0xF),
    };
    let [pin, ..] = function.read(0x3C).to_le_bytes();
    connect(PINS + 7, spurious_entry);
    connect(PINS + 15, spurious_entry);
    connect(PINS + pin, line_entry);
    connect(MESSAGE, message_entry);
    load_gates();
    set_up_pins(pin);
    // The local APIC is on, and passes on what the 8259s say.
    write_memory(LOCAL + 0xF0, 0x1FF);
    write_memory(LOCAL + 0x350, 0x700);

    let _ = writeln!(Serial, "BY LINE");
    let _ = script::run(&mut metal, &mut Serial);

    // The first capability is MSI, with a 64-bit address.
    let capability = function.read(0x34) & 0xFF;
    function.write(capability + 4, 0xFEE0_0000);
    function.write(capability + 8, 0);
    function.write(capability + 12, MESSAGE.into());
    function.write(capability, function.read(capability) | 1 << 16);
    let _ = writeln!(Serial, "BY MESSAGE");
    let _ = script::run(&mut metal, &mut Serial);
    let _ = writeln!(Serial, "END");
    end(0)
}
