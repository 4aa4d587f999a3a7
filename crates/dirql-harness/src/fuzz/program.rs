//! A program: what the fuzzer does to the driver, step by step.

use dirql_ioctl::ControlCode;
use serde::{Deserialize, Serialize};

/// One step.
///
/// Handles and requests are counted, modulo how many there are, and a step that finds none does
/// nothing: every list of steps is a program, so that any of them can be taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// Opens a handle.
    Open {
        /// With `GENERIC_READ`.
        read: bool,
        /// With `GENERIC_WRITE`.
        write: bool,
    },
    /// Closes a handle, never the first one.
    Close {
        /// Which.
        handle: usize,
    },
    /// Submits a request and goes on.
    Submit {
        /// On which handle.
        handle: usize,
        /// The control code, all 32 bits of it.
        #[serde(with = "hex_code")]
        code: ControlCode,
        /// The input, two digits a byte.
        #[serde(with = "hex_bytes")]
        input: Vec<u8>,
        /// The length of the output buffer, in bytes.
        output_len: usize,
    },
    /// Submits a request that is wrong so many times: what each refusal keeps of what the driver has adds up. A request that
    /// is right is submitted once.
    Repeat {
        /// On which handle.
        handle: usize,
        /// The control code.
        #[serde(with = "hex_code")]
        code: ControlCode,
        /// The input, two digits a byte.
        #[serde(with = "hex_bytes")]
        input: Vec<u8>,
        /// The length of the output buffer, in bytes.
        output_len: usize,
        /// How many times.
        times: u32,
    },
    /// Asks for a pending request to be cancelled and goes on.
    Cancel {
        /// Which.
        request: usize,
    },
    /// Lets the driver execute so many instructions.
    Advance {
        /// How many.
        instructions: u32,
    },
    /// Lets everything happen that can happen by itself.
    Settle,
    /// Ends the transition of the device that is under way, else begins one that is possible
    /// where the device stands. A real machine makes none when asked.
    Change {
        /// Which of those that are possible.
        which: usize,
    },
    /// Lets another device on the line interrupt. A real machine does not when asked.
    Neighbour,
    /// Has the device raise causes by itself, wherever it stands. A real device does not when asked.
    Cause {
        /// Which, a bit each.
        causes: u32,
    },
    /// Has the hardware report errors at a source of the machine. A real machine does not when asked.
    Error {
        /// Which source.
        source: usize,
        /// How many.
        count: u32,
        /// Whether they are not corrected.
        recoverable: bool,
    },
    /// Tells PSHED to do something, and waits for it. A real machine does not when asked.
    Order {
        /// What.
        which: usize,
        /// With which source, or type of error.
        source: usize,
    },
}

/// A list of steps.
pub type Program = Vec<Step>;

/// A control code as text: `0x0022a004`.
mod hex_code {
    use dirql_ioctl::ControlCode;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    pub(super) fn serialize<S: Serializer>(code: &ControlCode, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{:#010x}", code.0))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<ControlCode, D::Error> {
        let text = String::deserialize(from)?;
        text.strip_prefix("0x")
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .map(ControlCode)
            .ok_or_else(|| D::Error::custom(format!("{text} is no control code like 0x0022a004")))
    }
}

/// Bytes as text: two digits each, `0aff`.
mod hex_bytes {
    use core::fmt::Write;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        let text = bytes.iter().fold(String::new(), |mut text, byte| {
            // A string takes all that is written to it.
            let _ = write!(text, "{byte:02x}");
            text
        });
        to.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        let byte = |pair: &[u8]| {
            let [high, low] = pair else { return None };
            let digit = |digit: u8| char::from(digit).to_digit(16);
            u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()
        };
        text.as_bytes()
            .chunks(2)
            .map(byte)
            .collect::<Option<Vec<u8>>>()
            .ok_or_else(|| D::Error::custom(format!("{text} is no list of bytes like 0aff")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_reads_back_as_it_was_written() {
        let program = vec![
            Step::Open {
                read: true,
                write: false,
            },
            Step::Submit {
                handle: 3,
                code: ControlCode(0x22_a004),
                input: vec![0, 0x0a, 0xff],
                output_len: 16,
            },
            Step::Repeat {
                handle: 1,
                code: ControlCode(0x22_6008),
                input: vec![7],
                output_len: 16,
                times: 257,
            },
            Step::Cancel { request: 9 },
            Step::Advance { instructions: 77 },
            Step::Settle,
            Step::Change { which: 4 },
            Step::Neighbour,
            Step::Cause {
                causes: 0x8000_0400,
            },
            Step::Error {
                source: 2,
                count: 5,
                recoverable: true,
            },
            Step::Order {
                which: 3,
                source: 1,
            },
            Step::Close { handle: 1 },
        ];
        let text = serde_json::to_string(&program).expect("a program is plain data");
        assert!(
            text.contains(r#""code":"0x0022a004","input":"000aff""#),
            "{text}"
        );
        let read: Program = serde_json::from_str(&text).expect("it was written just now");
        assert_eq!(read, program);
    }

    #[test]
    fn damaged_steps_are_refused_and_say_why() {
        for (text, reason) in [
            (r#"[{"step":"jump"}]"#, "unknown variant"),
            (
                r#"[{"step":"cancel","request":0,"now":1}]"#,
                "unknown field",
            ),
            (
                r#"[{"step":"submit","handle":0,"code":"22","input":"","output_len":0}]"#,
                "no control code",
            ),
            (
                r#"[{"step":"submit","handle":0,"code":"0x22","input":"0g","output_len":0}]"#,
                "no list of bytes",
            ),
            (
                r#"[{"step":"submit","handle":0,"code":"0x22","input":"0","output_len":0}]"#,
                "no list of bytes",
            ),
        ] {
            let error = serde_json::from_str::<Program>(text).expect_err(text);
            assert!(error.to_string().contains(reason), "{text}: {error}");
        }
    }
}
