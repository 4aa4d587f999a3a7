//! One life of the device: start, requests, changes of power and resources, removal.

use clap::ValueEnum;
use ntsim::{DeviceState, Failure, FileId, InterruptResource, Machine, RequestId, Transition};

use crate::{
    answers::Answers,
    arguments::{Arguments, Control},
};

/// A change of power or resources that `--pnp` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Change {
    /// To D3.
    Down,
    /// Back to D0.
    Up,
    /// Stopped, so that its resources can be assigned anew.
    Stop,
    /// Started again after that.
    Restart,
    /// Gone, without a word before.
    Surprise,
}

impl Change {
    const fn begins_at(self) -> DeviceState {
        match self {
            Self::Down | Self::Stop | Self::Surprise => DeviceState::Started,
            Self::Up => DeviceState::LowPower,
            Self::Restart => DeviceState::Stopped,
        }
    }

    const fn ends_at(self) -> DeviceState {
        match self {
            Self::Down => DeviceState::LowPower,
            Self::Up | Self::Restart => DeviceState::Started,
            Self::Stop => DeviceState::Stopped,
            Self::Surprise => DeviceState::SurpriseRemoved,
        }
    }

    /// What is wrong with an order of changes, if anything is.
    pub(crate) fn check(changes: &[Self]) -> Result<(), String> {
        let mut state = DeviceState::Started;
        for change in changes {
            if change.begins_at() != state {
                return Err(format!("{change:?} does not follow from {state:?}"));
            }
            state = change.ends_at();
        }
        Ok(())
    }
}

/// Lives one life, and says what the requests ended with.
pub(crate) fn live(machine: &mut Machine, arguments: &Arguments) -> Result<Answers, Failure> {
    let mut answers = Answers::default();
    machine.start()?;
    let mut files = Vec::new();
    let handles = if machine.can_be_opened() {
        arguments.parallel
    } else {
        answers.note("started, nothing to open: the driver made no interface");
        0
    };
    for _ in 0..handles {
        match machine.try_open_named(&arguments.name, true, true)? {
            Ok(file) => files.push(file),
            Err(status) => answers.note(format!("refused to open with {:#010x}", status.0)),
        }
    }
    ask(machine, arguments, &files, &mut answers)?;
    for change in &arguments.pnp {
        if machine.device_state() != change.begins_at() {
            // The driver has let the last one fail, and is on its way out.
            break;
        }
        let resource: InterruptResource = machine.config().interrupt;
        let transition = match change {
            Change::Down => Transition::PowerDown,
            Change::Up => Transition::PowerUp,
            Change::Stop => Transition::Stop,
            Change::Restart => Transition::Restart(resource),
            Change::Surprise => {
                machine.unplug()?;
                Transition::SurpriseRemoval
            }
        };
        if machine.transition(transition)? == DeviceState::Started {
            ask(machine, arguments, &files, &mut answers)?;
        }
    }
    for file in files {
        machine.close(file)?;
    }
    machine.unload()?;
    if answers.is_empty() {
        answers.note("opened");
    }
    answers.count(machine.events());
    Ok(answers)
}

/// What is sent on a handle.
#[derive(Clone, Copy)]
enum Sent<'a> {
    Write(&'a [u8]),
    Read(u32),
    Control(&'a Control),
}

impl<'a> Sent<'a> {
    /// What the command line asks for, in its order.
    fn all(arguments: &'a Arguments) -> impl Iterator<Item = Self> {
        let write = arguments.write.as_ref().map(|bytes| Self::Write(&bytes.0));
        let read = arguments.read.map(Self::Read);
        let controls = arguments.controls.iter().map(Self::Control);
        [write, read].into_iter().flatten().chain(controls)
    }

    fn submit(self, machine: &mut Machine, file: FileId) -> Result<RequestId, Failure> {
        match self {
            Self::Write(bytes) => machine.write(file, bytes),
            Self::Read(length) => machine.read(file, length as usize),
            Self::Control(control) => {
                let length = control.output as usize;
                machine.submit(file, control.code, &control.input.0, length)
            }
        }
    }
}

/// Sends the requests on every handle, as often as is wanted, while the device raises what it is told to.
fn ask(
    machine: &mut Machine,
    arguments: &Arguments,
    files: &[FileId],
    answers: &mut Answers,
) -> Result<(), Failure> {
    for _ in 0..arguments.repeat {
        for sent in Sent::all(arguments) {
            let mut requests = Vec::new();
            for file in files {
                requests.push(sent.submit(machine, *file)?);
                if let Some(causes) = arguments.raise {
                    machine.raise_device(causes)?;
                }
            }
            for request in requests {
                answers.completed(machine.wait(request)?);
            }
        }
    }
    Ok(())
}
