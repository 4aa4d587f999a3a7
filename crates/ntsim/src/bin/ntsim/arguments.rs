//! The command line, and the runs that it asks for.

use std::{fs, path::PathBuf};

use clap::{Parser, ValueEnum};
use ntsim::{
    Config, InterruptResource, RegistryKey, RegistryValue, Rules, Strategy,
    device::{Bare, Edu, Entropy, FwCfg, Identity, PciDevice},
};

use crate::{exit::Exit, life::Change};

/// The program's version, and which replay tokens it reads.
const VERSION: &str = ntsim::program_version!();

/// With the licence.
const LONG_VERSION: &str = ntsim::program_version!("\nGPL-2.0-only, for it links Unicorn");

/// Starts a driver, sends it a request, and removes it, under many schedules.
#[derive(Debug, Parser)]
#[command(name = "ntsim", version = VERSION, long_version = LONG_VERSION, after_help = Exit::help())]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the command line"
)]
pub(crate) struct Arguments {
    /// The driver; its PDB is looked for beside it, by the same name and by the one that the linker recorded.
    pub(crate) image: PathBuf,
    /// The control code to send, hexadecimal; without one the device is opened and closed.
    #[arg(value_parser = hexadecimal)]
    code: Option<u32>,
    /// The bytes of the request, hexadecimal.
    #[arg(value_parser = bytes, default_value = "")]
    input: Bytes,
    /// The length of the reply in bytes.
    #[arg(default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=OUTPUT_MAX))]
    output: u32,
    /// Send another control code behind the first, on the same handle; the bytes and the length may be left out. Give it again for
    /// several.
    #[arg(long, value_name = "CODE,BYTES,LENGTH", value_parser = control, requires = "code")]
    then: Vec<Control>,
    /// The control codes that are sent, in their order.
    #[arg(skip)]
    pub(crate) controls: Vec<Control>,
    /// How many schedules are tried, with each kind of interrupt.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// Run once, as TOKEN says, which a broken rule printed.
    #[arg(long, conflicts_with_all = ["seeds", "policy", "without"])]
    token: Option<String>,
    /// Run under a choice where NT's documentation leaves one (`dirql policies` prints them, and a wrong name lists
    /// them); give it again for several.
    #[arg(long, value_name = "NAME=VALUE")]
    policy: Vec<String>,
    /// Do not check RULE, one of docs/rules.md; give it again for several.
    #[arg(long, value_name = "RULE")]
    without: Vec<String>,
    /// How many instructions of the driver the start, the request and the removal may take each, before the rule
    /// `endless` is broken; two thousand million without it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
    /// The device that the driver is started on.
    #[arg(long, value_enum, default_value_t = Device::Edu)]
    pub(crate) device: Device,
    /// Send the request so many times, one after the other.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) repeat: u32,
    /// Send it on so many handles at once.
    #[arg(long, value_name = "M", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) parallel: u32,
    /// Have the device raise CAUSES, hexadecimal, by itself after each request is sent.
    #[arg(long, value_name = "CAUSES", value_parser = hexadecimal)]
    pub(crate) raise: Option<u32>,
    /// Read N bytes instead of sending a control code.
    #[arg(long, value_name = "N", conflicts_with = "code", value_parser = clap::value_parser!(u32).range(0..=OUTPUT_MAX))]
    pub(crate) read: Option<u32>,
    /// Write BYTES, hexadecimal, instead of sending a control code, and before a read.
    #[arg(long, value_name = "BYTES", conflicts_with = "code", value_parser = bytes)]
    pub(crate) write: Option<Bytes>,
    /// Open NAME, which begins with a backslash, behind the device's name.
    #[arg(long, value_name = "NAME", default_value = "", value_parser = file_name)]
    pub(crate) name: String,
    /// Set a value of the service's or the device's keys before the driver is loaded, a number or a text; KEY is `parameters`,
    /// `device` or `driver`. Give it again for several.
    #[arg(long, value_name = "KEY:NAME=VALUE", value_parser = registry)]
    pub(crate) registry: Vec<Registered>,
    /// Change power and resources in this order; the request is sent again wherever the device works again.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "CHANGE")]
    pub(crate) pnp: Vec<Change>,
    /// List what the image imports, and whether it is modelled, and run nothing.
    #[arg(long)]
    pub(crate) imports: bool,
    /// Run an image whose sections are writable and executable, as Windows does where memory integrity is off.
    #[arg(long)]
    pub(crate) allow_wx: bool,
    /// The release of KMDF that is installed, from 1.0 to 1.33.
    #[arg(long, value_name = "1.N", default_value = "1.31", value_parser = release)]
    pub(crate) kmdf: u32,
    /// How the outcome is printed on standard output.
    #[arg(long, value_enum, default_value_t = Format::Human, conflicts_with = "imports")]
    pub(crate) format: Format,
    /// Print what happened in each run, one event a line.
    #[arg(long, conflicts_with = "format")]
    pub(crate) events: bool,
    /// Write what happens to FILE as a trace for Perfetto (ui.perfetto.dev): of the run that breaks something, else of
    /// the last one.
    #[arg(long, value_name = "FILE")]
    pub(crate) perfetto: Option<PathBuf>,
    /// Write it to FILE as a page for a browser, with the source lines of both sides of what is broken.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Make each run twice: the second time stacks and pool that is not initialized hold other bytes, and what comes out of the
    /// driver has to be the same (the rule `uninitialized`).
    #[arg(long)]
    pub(crate) uninitialized: bool,
}

/// The longest reply that may be asked for: what fits into the simulated machine several times.
const OUTPUT_MAX: i64 = 1 << 20;

/// How the outcome is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A line for each run.
    Human,
    /// One JSON object at the end.
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Device {
    /// QEMU's `edu`: one window of registers, a line, one message.
    Edu,
    /// QEMU's virtio entropy device without the legacy interface: a queue in memory, a line, two messages.
    VirtioRng,
    /// QEMU's `fw_cfg` at I/O ports, with the file `bootorder`: no interrupt.
    FwCfg,
    /// The same with the file `etc/vmcoreinfo`, which a driver may write.
    FwCfgVmcoreinfo,
    /// No registers and no interrupt.
    Bare,
}

impl Device {
    pub(crate) fn make(self) -> Box<dyn PciDevice> {
        match self {
            Self::Edu => Box::new(Edu::new()),
            Self::VirtioRng => Box::new(Entropy::new()),
            Self::FwCfg => Box::new(FwCfg::new()),
            Self::FwCfgVmcoreinfo => Box::new(FwCfg::new().with_vmcoreinfo()),
            Self::Bare => Box::new(Bare::new(Identity {
                vendor: 0x1234,
                device: 1,
                revision: 0,
                class: 0x00FF_0000,
            })),
        }
    }
}

/// A control code that is sent.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    pub(crate) code: u32,
    pub(crate) input: Bytes,
    pub(crate) output: u32,
}

fn control(text: &str) -> Result<Control, String> {
    let mut parts = text.splitn(3, ',');
    let code = hexadecimal(parts.next().unwrap_or_default())?;
    let input = bytes(parts.next().unwrap_or_default())?;
    let output = match parts.next() {
        None | Some("") => 0,
        Some(length) => length.parse().map_err(|_| "a length is a number")?,
    };
    if i64::from(output) > OUTPUT_MAX {
        return Err(format!("a reply has at most {OUTPUT_MAX} bytes"));
    }
    Ok(Control {
        code,
        input,
        output,
    })
}

/// The bytes of a request.
#[derive(Clone, Debug)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

/// A number of hexadecimal digits, perhaps behind `0x`. A sign, which Rust's parser takes, is none.
fn hexadecimal(text: &str) -> Result<u32, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if digits.starts_with('+') {
        return Err("a control code has no sign".to_owned());
    }
    u32::from_str_radix(digits, 16).map_err(|error| error.to_string())
}

/// What stands behind a device's name.
fn file_name(text: &str) -> Result<String, String> {
    if text.is_empty() || text.starts_with('\\') {
        return Ok(text.to_owned());
    }
    Err("a name behind the device's begins with a backslash".to_owned())
}

/// A value of the registry.
#[derive(Clone, Debug)]
pub(crate) struct Registered {
    pub(crate) key: RegistryKey,
    pub(crate) name: String,
    pub(crate) value: RegistryValue,
}

fn registry(text: &str) -> Result<Registered, String> {
    let parts = text.split_once(':').and_then(|(key, rest)| {
        let (name, value) = rest.split_once('=')?;
        Some((key, name, value))
    });
    let (key, name, value) = parts.ok_or("a value is KEY:NAME=VALUE")?;
    Ok(Registered {
        key: match key {
            "parameters" => RegistryKey::Parameters,
            "device" => RegistryKey::Device,
            "driver" => RegistryKey::Driver,
            _ => return Err("KEY is `parameters`, `device` or `driver`".to_owned()),
        },
        name: name.to_owned(),
        value: match value.parse() {
            Ok(number) => RegistryValue::Number(number),
            Err(_) => RegistryValue::Text(value.to_owned()),
        },
    })
}

/// The minor version of a release of KMDF 1.
fn release(text: &str) -> Result<u32, String> {
    let minor = text.strip_prefix("1.").ok_or("a release is 1.N")?;
    minor.parse().map_err(|_| "N is a number".to_owned())
}

fn bytes(text: &str) -> Result<Bytes, String> {
    let digit = |digit: &u8| char::from(*digit).to_digit(16);
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => u8::try_from(digit(high)? << 4 | digit(low)?).ok(),
            _ => None,
        })
        .collect::<Option<_>>()
        .map(Bytes)
        .ok_or_else(|| "a byte is two hexadecimal digits".to_owned())
}

/// What runs: how many, and each of them.
pub(crate) struct Runs {
    pub(crate) count: u64,
    pub(crate) configurations: Box<dyn Iterator<Item = Config>>,
}

impl Arguments {
    /// The command line of this process; where it is wrong, it says so and ends the process.
    pub(crate) fn of_this_process() -> Self {
        let mut arguments = Self::parse();
        let first = arguments.code.map(|code| Control {
            code,
            input: arguments.input.clone(),
            output: arguments.output,
        });
        arguments.controls = first.into_iter().chain(arguments.then.clone()).collect();
        arguments
    }

    /// The runs that the command line asks for; what is wrong with it where it asks for none.
    pub(crate) fn runs(&self) -> Result<Runs, String> {
        Change::check(&self.pnp).map_err(|error| format!("--pnp: {error}"))?;
        if let Some(token) = &self.token {
            let config = Config::from_token(token).map_err(|error| format!("--token: {error}"))?;
            return Ok(Runs {
                count: 1,
                configurations: Box::new(std::iter::once(config)),
            });
        }
        let rules = Rules::ALL
            .without_named(&self.without)
            .map_err(|error| format!("--without: {error}"))?;
        let mut base = Config {
            strategy: Strategy::Random,
            rules,
            ..Config::default()
        };
        base.choose_all(&self.policy)
            .map_err(|error| format!("--policy: {error}"))?;
        let both = [InterruptResource::Line, InterruptResource::Message];
        let configurations = (1..=self.seeds)
            .flat_map(move |seed| both.map(|interrupt| (seed, interrupt)))
            .map(move |(seed, interrupt)| Config {
                seed,
                interrupt,
                ..base.clone()
            });
        Ok(Runs {
            count: self.seeds.saturating_mul(2),
            configurations: Box::new(configurations),
        })
    }

    /// Refuses an image that is not there, or that is no file which can be read from its beginning to its end.
    ///
    /// # Errors
    ///
    /// What the image is instead.
    pub(crate) fn check_image(&self) -> Result<(), String> {
        let named = |what: &dyn std::fmt::Display| format!("{}: {what}", self.image.display());
        let image = fs::metadata(&self.image).map_err(|error| named(&error))?;
        if image.is_file() {
            Ok(())
        } else {
            Err(named(&"not a regular file"))
        }
    }
}
