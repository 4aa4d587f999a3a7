//! One life of the device: start, requests, changes of power and resources, removal.

use std::collections::BTreeMap;

use clap::ValueEnum;
use ntsim::{DeviceState, Failure, FileId, InterruptResource, Machine, RequestId, Transition};

use crate::arguments::Arguments;

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

/// What the request's handles answered: each answer, and how often it came.
#[derive(Default)]
struct Answers(BTreeMap<String, u32>);

impl Answers {
    fn told(self) -> String {
        let several = self.0.len() > 1;
        let answers = self.0.into_iter().map(|(answer, times)| {
            if several {
                format!("{answer} ({times} times)")
            } else {
                answer
            }
        });
        answers.collect::<Vec<_>>().join("; ")
    }
}

/// Lives one life, and says what the requests ended with.
pub(crate) fn live(machine: &mut Machine, arguments: &Arguments) -> Result<String, Failure> {
    machine.start()?;
    if !machine.can_be_opened() {
        machine.unload()?;
        return Ok("started, nothing to open: the driver made no interface".to_owned());
    }
    let mut files = Vec::new();
    let mut answers = Answers::default();
    for _ in 0..arguments.parallel {
        match machine.try_open_named(&arguments.name, true, true)? {
            Ok(file) => files.push(file),
            Err(status) => {
                let answer = format!("refused to open with {:#010x}", status.0);
                *answers.0.entry(answer).or_default() += 1;
            }
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
    Ok(if answers.0.is_empty() {
        "opened".to_owned()
    } else {
        answers.told()
    })
}

/// What is sent on a handle.
#[derive(Clone, Copy)]
enum Sent<'a> {
    Write(&'a [u8]),
    Read(u32),
    Control(u32),
}

impl<'a> Sent<'a> {
    /// What the command line asks for, in its order.
    fn all(arguments: &'a Arguments) -> impl Iterator<Item = Self> {
        let write = arguments.write.as_ref().map(|bytes| Self::Write(&bytes.0));
        let read = arguments.read.map(Self::Read);
        let control = arguments.code.map(Self::Control);
        [write, read, control].into_iter().flatten()
    }

    fn submit(
        self,
        machine: &mut Machine,
        arguments: &Arguments,
        file: FileId,
    ) -> Result<RequestId, Failure> {
        match self {
            Self::Write(bytes) => machine.write(file, bytes),
            Self::Read(length) => machine.read(file, length as usize),
            Self::Control(code) => {
                let length = arguments.output as usize;
                machine.submit(file, code, &arguments.input.0, length)
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
                requests.push(sent.submit(machine, arguments, *file)?);
                if let Some(causes) = arguments.raise {
                    machine.raise_device(causes)?;
                }
            }
            for request in requests {
                let completion = machine.wait(request)?;
                let (status, information) = (completion.status, completion.information);
                let answer = format!("{status:#010x}, {information} bytes");
                *answers.0.entry(answer).or_default() += 1;
            }
        }
    }
    Ok(())
}
