//! The simulator's edu device and QEMU's, by the register script of a service routine: the same values, and the same number
//! of interrupts, by line and by message.
//!
//! QEMU boots a kernel of our own (`metal`), which runs the script on `-device edu` as a driver does: with interrupts of the
//! 8259s and of the local APIC, counted by the routine that they enter. Here the same text of the script drives the
//! simulator's device, and a processor of the simplest kind.

#[path = "metal/script.rs"]
mod script;

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use ntsim::device::{AccessWidth, Edu, InterruptDelivery, NoSystemMemory, PciDevice, VirtualTime};
use script::{Board, Routine};

/// A processor that takes what the device sends as soon as it may: a line as long as it is asserted, a message once,
/// however often it was sent meanwhile.
struct Simulated {
    device: Edu,
    now: VirtualTime,
    message: bool,
}

impl Simulated {
    fn new(delivery: InterruptDelivery) -> Self {
        let mut device = Edu::new();
        device.enable_interrupts(delivery);
        Self {
            device,
            now: VirtualTime::START,
            message: false,
        }
    }

    /// Whether an interrupt is pending, which is taken if it is a message.
    fn take(&mut self) -> bool {
        while self.device.take_message().is_some() {
            self.message = true;
        }
        std::mem::take(&mut self.message) || self.device.line_asserted()
    }
}

impl Board for Simulated {
    fn read(&mut self, register: u64) -> u32 {
        let value = self.device.read(0, register, AccessWidth::Dword, self.now);
        u32::try_from(value.unwrap()).unwrap()
    }

    fn write(&mut self, register: u64, value: u32) {
        let (width, now) = (AccessWidth::Dword, self.now);
        self.device
            .write(0, register, width, value.into(), now)
            .unwrap();
    }

    fn open(&mut self, routine: &mut Routine) {
        while self.take() {
            assert!(routine.enter(self), "the interrupt is never let go of");
        }
    }

    fn pass(&mut self) {
        if let Some(due) = self.device.next_event() {
            self.now = due;
            self.device.tick(due, &mut NoSystemMemory).unwrap();
        }
    }
}

fn simulated() -> String {
    let mut text = String::new();
    for (heading, delivery) in [
        ("BY LINE\n", InterruptDelivery::Line),
        ("BY MESSAGE\n", InterruptDelivery::Message),
    ] {
        text += heading;
        script::run(&mut Simulated::new(delivery), &mut text).unwrap();
    }
    text + "END\n"
}

const TARGET: &str = "x86_64-unknown-none";
const QEMU: &str = "qemu-system-x86_64";

/// Compiles the kernel; why not, where the target is missing.
fn kernel() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/metal");
    let library = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .map_err(|error| error.to_string())?;
    if !Path::new(String::from_utf8_lossy(&library.stdout).trim()).exists() {
        return Err(format!(
            "rustup's target {TARGET} is missing: run `cargo xtask setup --vm`"
        ));
    }
    if Command::new(QEMU).arg("--version").output().is_err() {
        return Err(format!("{QEMU} is missing: run `cargo xtask setup --vm`"));
    }
    let kernel = Path::new(env!("CARGO_TARGET_TMPDIR")).join("edu.elf");
    let compiled = Command::new("rustc")
        .args(["--edition", "2024", "--target", TARGET, "-D", "warnings"])
        .args(["-C", "panic=abort", "-C", "opt-level=2"])
        .args(["-C", "relocation-model=static", "-C"])
        .arg(format!("link-arg=-T{}", folder.join("link.ld").display()))
        .arg("-o")
        .arg(&kernel)
        .arg(folder.join("kernel.rs"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&compiled.stderr);
    assert!(compiled.status.success(), "{said}");
    Ok(kernel)
}

/// The kernel's account. A machine of GitHub must have what it takes; any other says so and goes on.
fn on_metal() -> Option<String> {
    let kernel = match kernel() {
        Ok(kernel) => kernel,
        Err(why) => {
            eprintln!("SKIPPED: {why}");
            assert!(env::var_os("GITHUB_ACTIONS").is_none(), "{why}");
            return None;
        }
    };
    let output = Command::new("timeout")
        .arg("60")
        .arg(QEMU)
        .args(["-machine", "pc", "-accel", "tcg", "-m", "64", "-no-reboot"])
        .args(["-display", "none", "-nodefaults", "-serial", "stdio"])
        .args([
            "-device",
            "edu",
            "-device",
            "isa-debug-exit,iobase=0xf4,iosize=1",
        ])
        .arg("-kernel")
        .arg(&kernel)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    // isa-debug-exit doubles what it is given and adds 1.
    assert_eq!(output.status.code(), Some(1), "{told}");
    Some(told)
}

/// How many interrupts the script counted, of the part under `heading`.
fn interrupts(account: &str, heading: &str) -> u32 {
    let (_, part) = account.split_once(heading).unwrap();
    let lines = part.lines().take_while(|line| line.contains(':'));
    lines
        .map(|line| {
            let (_, rest) = line.split_once(": ").unwrap();
            rest.split(' ').next().unwrap().parse::<u32>().unwrap()
        })
        .sum()
}

#[test]
fn a_service_routine_sees_the_same_on_qemus_device() {
    let here = simulated();
    // By hand, from the script: a line interrupts as long as a cause is raised, a message for every raise that finds one
    // raised, unless another is on its way.
    assert_eq!(interrupts(&here, "BY LINE\n"), 14, "{here}");
    assert_eq!(interrupts(&here, "BY MESSAGE\n"), 13, "{here}");
    if let Some(there) = on_metal() {
        for (here, there) in here.lines().zip(there.lines()) {
            assert_eq!(here, there);
        }
        assert_eq!(here.lines().count(), there.lines().count());
    }
}
