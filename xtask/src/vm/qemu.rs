//! QEMU: its arguments, its accelerators, and its time limit.

use std::{
    ffi::OsString,
    io::{BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    str::FromStr,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use super::channel::{Received, receive};
use crate::{Error, command::step};

/// The program.
const PROGRAM: &str = "qemu-system-x86_64";

/// How instructions of the guest are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accelerator {
    /// KVM where it works, else by software.
    Auto,
    /// KVM or nothing.
    Kvm,
    /// By software.
    Tcg,
}

impl FromStr for Accelerator {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "kvm" => Ok(Self::Kvm),
            "tcg" => Ok(Self::Tcg),
            _ => Err(format!("no accelerator {text}: it is auto, kvm or tcg")),
        }
    }
}

impl Accelerator {
    /// QEMU's names, in the order in which they are tried.
    fn tries(self) -> &'static [&'static str] {
        // A host that is itself a guest may run KVM on page tables of its own, which takes minutes to start a guest and
        // then fails on instructions that it does not emulate.
        let sound = Path::new("/dev/kvm").exists() && !Path::new("/sys/module/kvm_pvm").exists();
        match self {
            Self::Auto if sound => &["kvm", "tcg"],
            Self::Auto | Self::Tcg => &["tcg"],
            Self::Kvm => &["kvm"],
        }
    }
}

/// A machine with an edu device.
pub(super) struct Machine<'a> {
    /// Its disk.
    pub(super) disk: &'a Path,
    /// What lies in its drives, in the order of the letters.
    pub(super) isos: &'a [&'a Path],
    /// Whether it starts from a drive first.
    pub(super) from_iso: bool,
    /// Megabytes.
    pub(super) memory: u32,
    /// Further arguments.
    pub(super) rest: &'a [OsString],
}

impl Machine<'_> {
    /// Runs it until it has sent its exit code, for `limit` at most.
    ///
    /// # Errors
    /// QEMU cannot be started; the guest sends no exit code.
    pub(super) fn run(&self, accelerator: Accelerator, limit: Duration) -> Result<Received, Error> {
        let mut last = None;
        for name in accelerator.tries() {
            match self.attempt(name, limit)? {
                Attempt::Received(received) => return Ok(received),
                Attempt::Silent(why) => {
                    // A guest that has said something fails for reasons of its own.
                    step(&format!("By {name}: {why}"));
                    last = Some(why);
                }
                Attempt::Failed(why) => return Err(failed(&why)),
            }
        }
        Err(failed(last.as_deref().unwrap_or("no accelerator")))
    }

    fn arguments(&self, accelerator: &str) -> Vec<OsString> {
        let mut all: Vec<OsString> = Vec::new();
        let mut add = |words: &[&str]| all.extend(words.iter().map(OsString::from));
        // The PC of old: its IDE drives and its serial port take no driver that some guest lacks.
        add(&["-machine", "pc", "-accel", accelerator]);
        add(&["-m", &self.memory.to_string(), "-smp", "2"]);
        add(&["-display", "none", "-monitor", "none", "-nic", "none"]);
        add(&["-chardev", "stdio,id=channel,signal=off"]);
        add(&["-serial", "chardev:channel"]);
        add(&["-device", "edu"]);
        let disk = format!(
            "file={},format=qcow2,if=ide,index=0,media=disk",
            escaped(self.disk)
        );
        add(&["-drive", &disk]);
        for (index, iso) in (2..).zip(self.isos) {
            let drive = format!(
                "file={},format=raw,if=ide,index={index},media=cdrom,readonly=on",
                escaped(iso)
            );
            add(&["-drive", &drive]);
        }
        if self.from_iso {
            add(&["-boot", "order=cd"]);
        }
        all.extend(self.rest.iter().cloned());
        all
    }

    fn attempt(&self, accelerator: &str, limit: Duration) -> Result<Attempt, Error> {
        let mut child = Command::new(PROGRAM)
            .args(self.arguments(accelerator))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(Error::io(PROGRAM))?;
        let (Some(channel), Some(mut errors)) = (child.stdout.take(), child.stderr.take()) else {
            return Ok(Attempt::Silent("its channel could not be had".to_owned()));
        };
        let watch = Watch::over(child, limit);
        let said = thread::spawn(move || {
            let mut text = String::new();
            // What cannot be read is not shown; the guest's failure is told without it.
            let _ = errors.read_to_string(&mut text);
            text
        });
        let mut heard = false;
        let received = receive(&mut BufReader::new(channel), |line| {
            heard = true;
            eprintln!("  guest: {line}");
        });
        let in_time = watch.end();
        let said = said.join().unwrap_or_default();
        Ok(match received {
            Ok(Some(received)) => Attempt::Received(received),
            Err(why) => Attempt::Failed(why),
            Ok(None) if !in_time => Attempt::Failed(format!(
                "the guest sent no exit code within {} minutes",
                limit.as_secs() / 60
            )),
            Ok(None) if heard => {
                Attempt::Failed(format!("the machine ended without an exit code\n{said}"))
            }
            Ok(None) => {
                Attempt::Silent(format!("QEMU ended before the guest said anything\n{said}"))
            }
        })
    }
}

enum Attempt {
    Received(Received),
    Silent(String),
    Failed(String),
}

/// A comma ends an option of QEMU's, two are one.
fn escaped(path: &Path) -> String {
    path.display().to_string().replace(',', ",,")
}

fn failed(outcome: &str) -> Error {
    Error::Program {
        line: PROGRAM.to_owned(),
        outcome: format!("failed: {outcome}"),
    }
}

/// Ends a process when its time is over or it is no longer needed.
struct Watch {
    /// Nothing is sent: that it is gone says that the process is no longer needed.
    need: mpsc::Sender<()>,
    /// Answers whether the process was ended in time.
    thread: thread::JoinHandle<bool>,
}

impl Watch {
    fn over(mut child: Child, limit: Duration) -> Self {
        let (need, gone) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            let late = gone.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
            // Both fail for a process that has ended, which is what is wanted.
            let _ = child.kill();
            let _ = child.wait();
            !late
        });
        Self { need, thread }
    }

    /// Ends the process; answers whether it was in time.
    fn end(self) -> bool {
        drop(self.need);
        // A thread that panicked has not found the process late.
        self.thread.join().unwrap_or(true)
    }
}
