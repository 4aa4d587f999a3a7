//! The register script: what a thread and its service routine do to edu, and what both see of it.
//!
//! It is text that two programs share: the test, which runs it on the simulator's device, and the guest (`kernel.rs`), a
//! kernel of its own that runs it on QEMU's. Each writes down what it saw, and the two must be the same.

use core::fmt::{self, Write};

/// Where the registers are (docs/specs/edu.rst of QEMU).
pub(crate) mod register {
    /// The identification.
    pub(crate) const IDENTIFICATION: u64 = 0x00;
    /// What is read is the complement of what was written.
    pub(crate) const LIVENESS: u64 = 0x04;
    /// Written, an operand; read, its factorial.
    pub(crate) const FACTORIAL: u64 = 0x08;
    /// Whether a factorial is being computed, and whether it interrupts when it is done.
    pub(crate) const STATUS: u64 = 0x20;
    /// The causes that are raised.
    pub(crate) const CAUSES: u64 = 0x24;
    /// Raises causes.
    pub(crate) const RAISE: u64 = 0x60;
    /// Acknowledges causes.
    pub(crate) const ACKNOWLEDGE: u64 = 0x64;
}

/// A factorial is being computed.
pub(crate) const COMPUTING: u32 = 0x01;
/// A factorial raises the cause 1 when it is done.
pub(crate) const RAISES: u32 = 0x80;

/// A device, and a processor that it interrupts. Interrupts are kept out but for [`open`](Self::open).
pub(crate) trait Board {
    /// Reads a register.
    fn read(&mut self, register: u64) -> u32;
    /// Writes a register.
    fn write(&mut self, register: u64, value: u32);
    /// Lets interrupts in: the routine is entered for each, one after the other, until none is left.
    fn open(&mut self, routine: &mut Routine);
    /// Lets the device go on with what takes it time.
    fn pass(&mut self);
}

/// Writes a register.
type Access = (u64, u32);

/// A step: what the thread writes, and what the service routine does each time that it is entered. An entry of which the
/// script says nothing acknowledges what it reads.
struct Step {
    name: &'static str,
    thread: &'static [Access],
    service: &'static [&'static [Access]],
    /// Whether a factorial is waited for.
    computes: bool,
}

const fn step(
    name: &'static str,
    thread: &'static [Access],
    service: &'static [&'static [Access]],
) -> Step {
    Step {
        name,
        thread,
        service,
        computes: false,
    }
}

const fn computing(name: &'static str, thread: &'static [Access]) -> Step {
    Step {
        name,
        thread,
        service: &[],
        computes: true,
    }
}

use register::{ACKNOWLEDGE, FACTORIAL, LIVENESS, RAISE, STATUS};

const SCRIPT: &[Step] = &[
    step("liveness", &[(LIVENESS, 0x1234_5678)], &[]),
    step("raise two causes", &[(RAISE, 0x5)], &[]),
    step(
        "acknowledge one of two",
        &[(RAISE, 0x5)],
        &[&[(ACKNOWLEDGE, 0x1)]],
    ),
    step("acknowledge the rest", &[(ACKNOWLEDGE, u32::MAX)], &[]),
    step(
        "raise another during service",
        &[(RAISE, 0x1)],
        &[&[(RAISE, 0x8), (ACKNOWLEDGE, 0x1)]],
    ),
    step(
        "raise another during service, after all is acknowledged",
        &[(RAISE, 0x1)],
        &[&[(ACKNOWLEDGE, 0x1), (RAISE, 0x2)]],
    ),
    step(
        "raise the same during service",
        &[(RAISE, 0x1)],
        &[&[(RAISE, 0x1), (ACKNOWLEDGE, 0x1)]],
    ),
    step(
        "acknowledge one of three, then another, then the last",
        &[(RAISE, 0x7)],
        &[&[(ACKNOWLEDGE, 0x1)], &[(ACKNOWLEDGE, 0x2)]],
    ),
    step(
        "acknowledge nothing that is raised",
        &[(ACKNOWLEDGE, u32::MAX)],
        &[],
    ),
    step(
        "raise twice before service",
        &[(RAISE, 0x1), (RAISE, 0x2)],
        &[],
    ),
    step(
        "raise and acknowledge before service",
        &[(RAISE, 0x1), (ACKNOWLEDGE, 0x1)],
        &[],
    ),
    step("raise nothing", &[(RAISE, 0)], &[]),
    step("raise every cause", &[(RAISE, u32::MAX)], &[]),
    computing(
        "compute without an interrupt",
        &[(STATUS, 0), (FACTORIAL, 5)],
    ),
    computing(
        "compute with an interrupt",
        &[(STATUS, RAISES), (FACTORIAL, 13)],
    ),
    step("ask for everything", &[(STATUS, u32::MAX)], &[]),
    step("ask for nothing", &[(STATUS, 0)], &[]),
];

/// The service routine.
pub(crate) struct Routine {
    service: &'static [&'static [Access]],
    entered: usize,
    /// The causes that the first entries read.
    seen: [u32; SEEN],
}

const SEEN: usize = 4;
/// More entries than any step makes: the interrupt is never let go of.
const STORM: usize = 16;

impl Routine {
    /// An interrupt has arrived. Says whether the next one may.
    pub(crate) fn enter(&mut self, board: &mut impl Board) -> bool {
        let causes = board.read(register::CAUSES);
        if let Some(seen) = self.seen.get_mut(self.entered) {
            *seen = causes;
        }
        match self.service.get(self.entered) {
            Some(accesses) => {
                for (register, value) in *accesses {
                    board.write(*register, *value);
                }
            }
            None => board.write(ACKNOWLEDGE, causes),
        }
        self.entered += 1;
        self.entered < STORM
    }
}

/// Runs the script, and writes down what every step leaves.
pub(crate) fn run(board: &mut impl Board, out: &mut impl Write) -> fmt::Result {
    for step in SCRIPT {
        let mut routine = Routine {
            service: step.service,
            entered: 0,
            seen: [0; SEEN],
        };
        for (register, value) in step.thread {
            board.write(*register, *value);
        }
        if step.computes {
            // The device raises the cause after it has said that it is done.
            let wanted = board.read(STATUS) & RAISES;
            while board.read(STATUS) & COMPUTING != 0
                || (wanted != 0 && board.read(register::CAUSES) & 1 == 0)
            {
                board.pass();
            }
        }
        board.open(&mut routine);
        write!(out, "{}: {} interrupts", step.name, routine.entered)?;
        for causes in routine.seen.iter().take(routine.entered) {
            write!(out, ", {causes:#x}")?;
        }
        write!(
            out,
            "; causes {:#x}, status {:#x}, identification {:#x}, liveness {:#x}",
            board.read(register::CAUSES),
            board.read(STATUS),
            board.read(register::IDENTIFICATION),
            board.read(LIVENESS)
        )?;
        if step.computes {
            write!(out, ", factorial {:#x}", board.read(FACTORIAL))?;
        }
        writeln!(out)?;
    }
    Ok(())
}
