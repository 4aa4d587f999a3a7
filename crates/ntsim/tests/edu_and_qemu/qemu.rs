//! QEMU's device, under the script, by QEMU's test protocol.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use ntsim::device::{
    InterruptDelivery,
    edu::{STATUS_COMPUTING, STATUS_RAISE_WHEN_DONE, register},
};

use crate::{After, Step};

/// QEMU with the device in slot 4.
pub(crate) struct Qemu {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    line: (u32, u32),
    /// Whether messages are enabled.
    messages: bool,
}

pub(crate) const PROGRAM: &str = "qemu-system-x86_64";
/// Where the device's registers are put.
const WINDOW: u64 = 0xe000_0000;
/// The word that the device's message is written to, and what is written.
const MESSAGE: (u64, u32) = (0x8000, 0x41);
/// How long a factorial may take.
const PATIENCE: Duration = Duration::from_secs(20);

impl Qemu {
    pub(crate) fn new(delivery: InterruptDelivery) -> Self {
        let mut process = Command::new(PROGRAM)
            .args(["-machine", "q35", "-accel", "tcg", "-S", "-m", "16"])
            .args(["-qtest", "stdio", "-qtest-log", "none"])
            .args(["-display", "none", "-nodefaults", "-device", "edu,addr=4"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (
            process.stdin.take().unwrap(),
            process.stdout.take().unwrap(),
        );
        let mut qemu = Self {
            process,
            input,
            output: BufReader::new(output),
            line: (0, 0),
            messages: delivery == InterruptDelivery::Message,
        };
        qemu.command("irq_intercept_in ioapic");
        assert_eq!(qemu.configuration(0x00, "l"), 0x11e8_1234);
        qemu.configure(0x10, "l", u32::try_from(WINDOW).unwrap());
        // Memory, bus master.
        qemu.configure(0x04, "w", 0x6);
        if qemu.messages {
            // The first capability is MSI with 64-bit addresses: control, address, data.
            let capability = qemu.configuration(0x34, "b");
            assert_eq!(qemu.configuration(capability, "b"), 0x05);
            let control = qemu.configuration(capability + 2, "w");
            qemu.configure(capability + 4, "l", u32::try_from(MESSAGE.0).unwrap());
            qemu.configure(capability + 8, "l", 0);
            qemu.configure(capability + 12, "w", MESSAGE.1);
            qemu.configure(capability + 2, "w", control | 1);
        }
        qemu
    }

    /// Sends a line, and answers the number that comes back, if one does.
    fn command(&mut self, line: &str) -> u64 {
        writeln!(self.input, "{line}").unwrap();
        loop {
            let mut answer = String::new();
            let length = self.output.read_line(&mut answer).unwrap();
            assert_ne!(length, 0, "QEMU ended at {line}");
            match answer.split_whitespace().collect::<Vec<_>>()[..] {
                ["IRQ", "raise", _] => self.line.0 += 1,
                ["IRQ", "lower", _] => self.line.1 += 1,
                ["OK"] => return 0,
                ["OK", number] => {
                    let digits = number.trim_start_matches("0x");
                    return u64::from_str_radix(digits, 16).unwrap();
                }
                _ => panic!("{line}: {answer}"),
            }
        }
    }

    /// Selects a place in the device's configuration space, and answers the port that leads to it.
    fn select(&mut self, place: u32) -> u32 {
        let address = 0x8000_0000 | 4 << 11 | place & !3;
        self.command(&format!("outl 0xcf8 {address:#x}"));
        0xcfc + (place & 3)
    }

    fn configuration(&mut self, place: u32, width: &str) -> u32 {
        let port = self.select(place);
        u32::try_from(self.command(&format!("in{width} {port:#x}"))).unwrap()
    }

    fn configure(&mut self, place: u32, width: &str, value: u32) {
        let port = self.select(place);
        self.command(&format!("out{width} {port:#x} {value:#x}"));
    }

    fn read(&mut self, offset: u64) -> u32 {
        let address = WINDOW + offset;
        u32::try_from(self.command(&format!("readl {address:#x}"))).unwrap()
    }

    pub(crate) fn step(&mut self, step: Step) -> After {
        match step {
            Step::Write(offset, value) => {
                let address = WINDOW + offset;
                self.command(&format!("writel {address:#x} {value:#x}"));
            }
            Step::Compute(operand) => {
                let address = WINDOW + register::FACTORIAL;
                self.command(&format!("writel {address:#x} {operand:#x}"));
                // A thread of QEMU's computes, and raises the interrupt after it has cleared the bit.
                let end = Instant::now() + PATIENCE;
                while self.read(register::STATUS) & STATUS_COMPUTING != 0 {
                    assert!(Instant::now() < end, "the factorial is never done");
                    thread::sleep(Duration::from_millis(10));
                }
                let raises = self.read(register::STATUS) & STATUS_RAISE_WHEN_DONE != 0;
                while raises && self.read(register::INTERRUPT_STATUS) & 1 == 0 {
                    assert!(Instant::now() < end, "the factorial raises no interrupt");
                    thread::sleep(Duration::from_millis(10));
                }
            }
        }
        let after = After {
            identification: self.read(register::IDENTIFICATION),
            liveness: self.read(register::LIVENESS),
            factorial: self.read(register::FACTORIAL),
            status: self.read(register::STATUS),
            causes: self.read(register::INTERRUPT_STATUS),
            line: (0, 0),
            messages: self.message(),
        };
        After {
            line: std::mem::take(&mut self.line),
            ..after
        }
    }

    /// Whether a message was sent since the last look. One register access sends one at most.
    fn message(&mut self) -> u32 {
        let (address, data) = MESSAGE;
        let word = self.command(&format!("readl {address:#x}"));
        self.command(&format!("writel {address:#x} 0"));
        match word {
            0 => 0,
            word => {
                assert_eq!(word, u64::from(data));
                1
            }
        }
    }
}

impl Drop for Qemu {
    fn drop(&mut self) {
        // It has no reason to fail, and nothing depends on it.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
