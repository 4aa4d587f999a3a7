//! `TraceLogging`: an event that says what it is.
//!
//! Its first two blocks of data are of a kind of their own. One holds the provider's traits: a 16-bit length, which
//! counts itself, the name with a NUL, and more. The other describes the event: a length likewise, a tag, the name with
//! a NUL, and then each field as name, type and format. What follows is the values, one after another. The high bit of
//! a type says that a format follows, that of a format that a tag follows, and that of a byte of a tag that another
//! does (TraceLoggingProvider.h).

use nt_model::Status;

use crate::kernel::state::trace_event::{TraceField, TraceValue};

/// More follows, in a type, a format or a byte of a tag.
const MORE: u8 = 0x80;
/// A field is an array, of a fixed or a variable length, or has a type of its own.
const ARRAY: u8 = 0x60;

/// `TlgIn_t`.
mod input {
    pub(super) const UTF16_NUL: u8 = 1;
    pub(super) const ANSI_NUL: u8 = 2;
    pub(super) const INT8: u8 = 3;
    pub(super) const UINT8: u8 = 4;
    pub(super) const INT16: u8 = 5;
    pub(super) const UINT16: u8 = 6;
    pub(super) const INT32: u8 = 7;
    pub(super) const UINT32: u8 = 8;
    pub(super) const INT64: u8 = 9;
    pub(super) const UINT64: u8 = 10;
    pub(super) const BOOL32: u8 = 13;
    pub(super) const BINARY: u8 = 14;
    pub(super) const GUID: u8 = 15;
    pub(super) const HEX32: u8 = 20;
    pub(super) const HEX64: u8 = 21;
    pub(super) const UTF16: u8 = 22;
    pub(super) const ANSI: u8 = 23;
}

/// `TlgOut_t`.
mod output {
    pub(super) const BOOLEAN: u8 = 3;
    pub(super) const HEX: u8 = 4;
    pub(super) const NTSTATUS: u8 = 14;
}

/// Bytes that are read from front to back.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self
            .0
            .split_at_checked(length)
            .ok_or_else(|| format!("{length} bytes are due and {} are left", self.0.len()))?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, String> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// A little-endian number of 1 to 8 bytes.
    fn number(&mut self, length: usize) -> Result<u64, String> {
        let bytes = self.take(length)?;
        let most_significant_first = bytes.iter().rev();
        Ok(most_significant_first.fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    /// Units of `width` bytes up to one that is 0, which is taken too.
    fn until_nul(&mut self, width: usize) -> Result<&'a [u8], String> {
        let units = self.0.chunks_exact(width);
        let length = units.take_while(|unit| unit.iter().any(|byte| *byte != 0));
        let length = length.count() * width;
        let text = self.take(length)?;
        self.take(width)
            .map_err(|_| "a name or a text has no NUL".to_owned())?;
        Ok(text)
    }

    fn name(&mut self) -> Result<String, String> {
        let name = self.until_nul(1)?.to_vec();
        String::from_utf8(name).map_err(|_| "a name is not UTF-8".to_owned())
    }

    /// A block that begins with its length, whole.
    fn block(bytes: &'a [u8]) -> Result<Self, String> {
        let mut reader = Self(bytes);
        let length = reader.number(2)?;
        if length != bytes.len() as u64 {
            return Err(format!(
                "a block of {} bytes says that it has {length}",
                bytes.len()
            ));
        }
        Ok(reader)
    }

    fn skip_tag(&mut self) -> Result<(), String> {
        while self.byte()? & MORE != 0 {}
        Ok(())
    }
}

/// The name among a provider's traits.
pub(super) fn provider_name(traits: &[u8]) -> Result<String, String> {
    Reader::block(traits)?.name()
}

/// The name and the fields of an event, from its description and its values.
pub(super) fn event(
    description: &[u8],
    values: &[u8],
) -> Result<(String, Vec<TraceField>), String> {
    let mut description = Reader::block(description)?;
    description.skip_tag()?;
    let event = description.name()?;
    let mut values = Reader(values);
    let mut fields = Vec::new();
    while !description.0.is_empty() {
        let name = description.name()?;
        let kind = description.byte()?;
        let mut format = 0;
        if kind & MORE != 0 {
            format = description.byte()?;
            if format & MORE != 0 {
                description.skip_tag()?;
            }
        }
        let value = value(kind & !MORE, format & !MORE, &mut values)
            .map_err(|why| format!("field {name}: {why}"))?;
        fields.push(TraceField { name, value });
    }
    match values.0.len() {
        0 => Ok((event, fields)),
        left => Err(format!("{left} bytes are left after the last field")),
    }
}

/// Sign-extends a number of `bytes` bytes.
const fn signed(value: u64, bytes: usize) -> i64 {
    let unused = 64 - 8 * bytes as u32;
    (value << unused).cast_signed() >> unused
}
fn value(kind: u8, format: u8, values: &mut Reader<'_>) -> Result<TraceValue, String> {
    if kind & ARRAY != 0 {
        return Err("it is an array, which is not decoded here".to_owned());
    }
    let utf16 = |bytes: &[u8]| {
        let units = bytes.chunks_exact(2);
        let units: Vec<u16> = units
            .map(|unit| u16::from_le_bytes([unit[0], unit[1]]))
            .collect();
        TraceValue::Text(String::from_utf16_lossy(&units))
    };
    let ansi = |bytes: &[u8]| TraceValue::Text(String::from_utf8_lossy(bytes).into_owned());
    let counted = |values: &mut Reader<'_>| {
        let length = values.number(2)?;
        values.take(length as usize).map(<[u8]>::to_vec)
    };
    let unsigned = |value| match format {
        output::BOOLEAN => TraceValue::Boolean(value != 0),
        output::HEX => TraceValue::Hex(value),
        output::NTSTATUS => TraceValue::Status(Status(value as u32)),
        _ => TraceValue::Unsigned(value),
    };
    Ok(match kind {
        input::UTF16_NUL => utf16(values.until_nul(2)?),
        input::ANSI_NUL => ansi(values.until_nul(1)?),
        input::INT8 => TraceValue::Signed(signed(values.number(1)?, 1)),
        input::INT16 => TraceValue::Signed(signed(values.number(2)?, 2)),
        input::INT32 => TraceValue::Signed(signed(values.number(4)?, 4)),
        input::INT64 => TraceValue::Signed(signed(values.number(8)?, 8)),
        input::UINT8 => unsigned(values.number(1)?),
        input::UINT16 => unsigned(values.number(2)?),
        input::UINT32 => unsigned(values.number(4)?),
        input::UINT64 => unsigned(values.number(8)?),
        input::BOOL32 => TraceValue::Boolean(values.number(4)? != 0),
        input::HEX32 if format == output::NTSTATUS => {
            TraceValue::Status(Status(values.number(4)? as u32))
        }
        input::HEX32 => TraceValue::Hex(values.number(4)?),
        input::HEX64 => TraceValue::Hex(values.number(8)?),
        input::GUID => TraceValue::Bytes(values.take(16)?.to_vec()),
        input::BINARY => TraceValue::Bytes(counted(values)?),
        input::UTF16 => utf16(&counted(values)?),
        input::ANSI => ansi(&counted(values)?),
        other => return Err(format!("its type {other} is not decoded here")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The description of an event `Go` with these fields: name, type and format.
    fn description(fields: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0, 0, 0];
        bytes.extend(b"Go\0");
        for (name, kind) in fields {
            bytes.extend(name.bytes());
            bytes.push(0);
            bytes.extend(*kind);
        }
        let length = bytes.len() as u16;
        bytes[..2].copy_from_slice(&length.to_le_bytes());
        bytes
    }

    fn decode(fields: &[(&str, &[u8])], values: &[u8]) -> Result<Vec<TraceValue>, String> {
        let (name, fields) = event(&description(fields), values)?;
        assert_eq!(name, "Go");
        Ok(fields.into_iter().map(|field| field.value).collect())
    }

    #[test]
    fn values_are_shown_by_their_type_and_their_format() {
        let fields: &[(&str, &[u8])] = &[
            ("Small", &[input::INT16]),
            ("Count", &[input::UINT32]),
            ("Mask", &[input::HEX32]),
            ("Status", &[input::HEX32 | MORE, output::NTSTATUS]),
            ("Left", &[input::UINT8 | MORE, output::BOOLEAN]),
            ("Place", &[input::ANSI | MORE, 35]),
            ("Wide", &[input::UTF16_NUL]),
        ];
        let mut values = vec![0xFE, 0xFF, 7, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0xC0, 1];
        values.extend([2, 0]);
        values.extend(b"up");
        values.extend([b'h', 0, b'i', 0, 0, 0]);
        assert_eq!(
            decode(fields, &values),
            Ok(vec![
                TraceValue::Signed(-2),
                TraceValue::Unsigned(7),
                TraceValue::Hex(0x10),
                TraceValue::Status(Status::UNSUCCESSFUL),
                TraceValue::Boolean(true),
                TraceValue::Text("up".to_owned()),
                TraceValue::Text("hi".to_owned()),
            ])
        );
    }

    #[test]
    fn a_tag_of_a_field_is_no_field() {
        let tagged: &[u8] = &[input::UINT8 | MORE, MORE, MORE | 1, 2];
        assert_eq!(
            decode(&[("One", tagged), ("Two", &[input::UINT8])], &[1, 2]),
            Ok(vec![TraceValue::Unsigned(1), TraceValue::Unsigned(2)])
        );
    }

    #[test]
    fn values_that_do_not_fit_the_description_are_not_guessed_at() {
        let fields: &[(&str, &[u8])] = &[("Count", &[input::UINT32])];
        for (values, why) in [
            (
                &[1, 2, 3][..],
                "field Count: 4 bytes are due and 3 are left",
            ),
            (&[1, 2, 3, 4, 5], "1 bytes are left after the last field"),
        ] {
            assert_eq!(decode(fields, values).unwrap_err(), why);
        }
        let array: &[u8] = &[input::UINT32 | 0x40];
        let error = decode(&[("List", array)], &[0, 0]).unwrap_err();
        assert!(error.contains("List"), "{error}");
    }

    #[test]
    fn a_block_says_how_long_it_is() {
        let mut bytes = description(&[]);
        bytes.push(0);
        assert!(event(&bytes, &[]).is_err());
        assert_eq!(provider_name(b"\x06\0abc\0"), Ok("abc".to_owned()));
        assert!(provider_name(b"\x05\0abc").is_err(), "no NUL");
    }
}
