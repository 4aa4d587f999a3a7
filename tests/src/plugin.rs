//! How to talk to the guest `plugin`, which makes one call of PSHED or WHEA a request.

use ntsim::{
    Config, Failure, FileId, Machine, Rule, Rules, Status, Summary, device::Bare, device::Identity,
};

use crate::images;

#[path = "../guests/plugin/src/protocol.rs"]
#[expect(
    dead_code,
    reason = "the file is the guest's own, and a client opens the simulated device without its GUID"
)]
mod protocol;

use protocol::{ARGUMENTS, CALL, CALLBACKS, ROUTINES, WORDS};

/// The word of the memory that callbacks answer.
pub const ANSWER: usize = protocol::ANSWER;
/// The word that counts callbacks.
pub const COUNT: usize = protocol::COUNT;
/// Where the newest callback wrote which it was, and its first three arguments.
pub const NEWEST: usize = protocol::NEWEST;

/// A machine with the guest, and the guest's memory as the client wants it or has seen it.
pub struct Plugin {
    /// The machine.
    pub machine: Machine,
    file: FileId,
    words: Vec<u64>,
    memory: u64,
    callbacks: [u64; CALLBACKS],
}

impl Plugin {
    /// Starts the guest on a machine that `prepare` has changed.
    ///
    /// # Panics
    ///
    /// Where it does not start.
    #[must_use]
    pub fn start(config: &Config, prepare: impl FnOnce(&mut Machine)) -> Self {
        let device = Bare::new(Identity {
            vendor: 0x1234,
            device: 1,
            revision: 0,
            class: 0x00FF_0000,
        });
        // What the callbacks write is not declared atomic by this guest.
        let config = Config {
            rules: Rules::ALL.without(Rule::Race),
            ..config.clone()
        };
        let image = images::guest("plugin");
        let mut machine = match Machine::new(config, &image, Box::new(device)) {
            Ok(machine) => machine,
            Err(error) => panic!("{error}"),
        };
        prepare(&mut machine);
        let file = machine
            .start()
            .and_then(|()| machine.open(true, true))
            .unwrap_or_else(|failure| panic!("{failure}"));
        let mut plugin = Self {
            machine,
            file,
            words: vec![0; WORDS],
            memory: 0,
            callbacks: [0; CALLBACKS],
        };
        plugin.look().unwrap_or_else(|failure| panic!("{failure}"));
        plugin
    }

    /// Calls a routine at an IRQL, with the memory set as the client has it.
    ///
    /// # Errors
    ///
    /// The failure that ended the run.
    ///
    /// # Panics
    ///
    /// Where there is no such routine, or the guest refuses.
    pub fn call(&mut self, name: &str, irql: u8, arguments: &[u64]) -> Result<u64, Failure> {
        let routine = ROUTINES.iter().position(|routine| *routine == name);
        let routine = routine.expect("the guest can call it");
        let mut padded = [0; ARGUMENTS];
        padded[..arguments.len()].copy_from_slice(arguments);
        let head = [routine as u64, irql.into()];
        let input: Vec<u8> = head
            .iter()
            .chain(&padded)
            .chain(&self.words)
            .flat_map(|word| word.to_le_bytes())
            .collect();
        let output = 8 * (2 + CALLBACKS + WORDS);
        let request = self.machine.submit(self.file, CALL, &input, output)?;
        let completion = self.machine.wait(request)?;
        assert_eq!(completion.status, Status::SUCCESS, "{name}");
        let words: Vec<u64> = completion
            .output
            .chunks_exact(8)
            .map(|bytes| u64::from_le_bytes(bytes.try_into().expect("eight bytes")))
            .collect();
        self.memory = words[1];
        self.callbacks.copy_from_slice(&words[2..2 + CALLBACKS]);
        self.words = words[2 + CALLBACKS..].to_vec();
        Ok(words[0])
    }

    /// The same at `PASSIVE_LEVEL`, where nothing is to go wrong; the low half of the result.
    ///
    /// # Panics
    ///
    /// Where something does.
    pub fn value(&mut self, name: &str, arguments: &[u64]) -> u32 {
        self.status(name, arguments).0
    }

    /// The same of a routine that answers an NTSTATUS.
    ///
    /// # Panics
    ///
    /// Where something goes wrong.
    pub fn status(&mut self, name: &str, arguments: &[u64]) -> Status {
        match self.call(name, 0, arguments) {
            Ok(result) => Status::of_register(result),
            Err(failure) => panic!("{name}: {failure}"),
        }
    }

    /// Looks at the memory again.
    ///
    /// # Errors
    ///
    /// The failure that ended the run.
    pub fn look(&mut self) -> Result<(), Failure> {
        self.call("nothing", 0, &[]).map(drop)
    }

    /// The address of a byte of the memory.
    #[must_use]
    pub fn at(&self, byte: u64) -> u64 {
        self.memory + byte
    }

    /// The address of a callback.
    #[must_use]
    pub fn callback(&self, which: usize) -> u64 {
        self.callbacks[which]
    }

    /// A word of the memory, by its place.
    #[must_use]
    pub fn word(&self, place: usize) -> u64 {
        self.words[place]
    }

    /// Sets a word of the memory for the next call.
    pub fn set(&mut self, place: usize, value: u64) {
        self.words[place] = value;
    }

    /// Sets bytes of the memory for the next call.
    pub fn put(&mut self, byte: usize, bytes: &[u8]) {
        for (offset, value) in bytes.iter().enumerate() {
            let (word, shift) = ((byte + offset) / 8, (byte + offset) % 8 * 8);
            self.words[word] = self.words[word] & !(0xFF << shift) | u64::from(*value) << shift;
        }
    }

    /// A number of the memory, of so many bytes.
    #[must_use]
    pub fn number(&self, byte: usize, bytes: usize) -> u64 {
        let byte_at = |at: usize| self.words[at / 8] >> (at % 8 * 8) & 0xFF;
        (0..bytes).fold(0, |number, offset| {
            number | byte_at(byte + offset) << (8 * offset)
        })
    }

    /// Removes the device and unloads the driver.
    ///
    /// # Errors
    ///
    /// As [`Machine::remove`].
    pub fn remove(mut self) -> Result<Summary, Failure> {
        self.machine.close(self.file)?;
        self.machine.remove()
    }
}
