//! Counted and terminated strings, and the printf family.

use nt_model::{Failure, Status};

use crate::{
    guest::Guest,
    kernel::{
        Kernel,
        format::{Arguments, Character},
        state::activation::Flow,
    },
};

/// The longest terminated string that is looked for its end.
const STRING_MAX: u64 = 1 << 20;
/// The longest `UNICODE_STRING` and `ANSI_STRING`, in bytes, without what terminates them.
const COUNTED_MAX: u64 = 0xFFFC;

impl<A> Kernel<A> {
    /// The characters of a terminated string, each of `width` bytes, before its end.
    fn length_of(&mut self, guest: &Guest, text: u64, width: u64) -> Result<u64, Failure> {
        let mut length = 0;
        while length < STRING_MAX {
            let at = text + width * length;
            let unit = match width {
                1 => u16::from(guest.read_u8(at)?),
                _ => guest.read_u16(at)?,
            };
            if unit == 0 {
                break;
            }
            length += 1;
        }
        self.access_for_driver(text, width * (length + 1), false)?;
        Ok(length)
    }

    /// Writes a counted string that leads to a terminated one.
    fn init_string(&mut self, guest: &mut Guest, width: u64) -> Result<Flow<A>, Failure> {
        let (string, text) = (guest.argument(0)?, guest.argument(1)?);
        let (length, room) = if text == 0 {
            (0, 0)
        } else {
            let length = (width * self.length_of(guest, text, width)?).min(COUNTED_MAX);
            (length, length + width)
        };
        self.access_for_driver(string, 16, true)?;
        guest.write(string, &(length as u16).to_le_bytes())?;
        guest.write(string + 2, &(room as u16).to_le_bytes())?;
        guest.write_u64(string + 8, text)?;
        Ok(Flow::Return(0))
    }

    /// `RtlInitUnicodeString`.
    pub(crate) fn rtl_init_unicode_string(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.init_string(guest, 2)
    }

    /// `RtlInitAnsiString` and `RtlInitString`.
    pub(crate) fn rtl_init_ansi_string(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        self.init_string(guest, 1)
    }

    /// `strlen`.
    pub(crate) fn strlen(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let text = guest.argument(0)?;
        Ok(Flow::Return(self.length_of(guest, text, 1)?))
    }

    /// `wcslen`.
    pub(crate) fn wcslen(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let text = guest.argument(0)?;
        Ok(Flow::Return(self.length_of(guest, text, 2)?))
    }

    /// `strncmp`: the order of the first bytes that differ, as far as both strings go.
    pub(crate) fn strncmp(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (left, right, most) = (guest.argument(0)?, guest.argument(1)?, guest.argument(2)?);
        let (mut order, mut read) = (core::cmp::Ordering::Equal, 0);
        while read < most && order.is_eq() {
            let [one, other] = [left, right].map(|text| guest.read_u8(text + read));
            let (one, other) = (one?, other?);
            order = one.cmp(&other);
            read += 1;
            if one == 0 {
                break;
            }
        }
        for address in [left, right] {
            self.access_for_driver(address, read, false)?;
        }
        Ok(Flow::Return(u64::from((order as i32).cast_unsigned())))
    }

    /// `RtlCompareMemory`: how many bytes are the same.
    pub(crate) fn rtl_compare_memory(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (left, right, length) = (guest.argument(0)?, guest.argument(1)?, guest.argument(2)?);
        let mut same = 0;
        while same < length && guest.read_u8(left + same)? == guest.read_u8(right + same)? {
            same += 1;
        }
        for address in [left, right] {
            self.access_for_driver(address, (same + 1).min(length), false)?;
        }
        Ok(Flow::Return(same))
    }

    /// The units of a `UNICODE_STRING`, in upper case where case does not matter.
    pub(crate) fn counted_text(
        &mut self,
        guest: &Guest,
        string: u64,
        upper: bool,
    ) -> Result<Vec<u16>, Failure> {
        self.access_for_driver(string, 16, false)?;
        let length = u64::from(guest.read_u16(string)?) & !1;
        let buffer = guest.read_u64(string + 8)?;
        self.access_for_driver(buffer, length, false)?;
        let mut bytes = vec![0; length as usize];
        guest.read(buffer, &mut bytes)?;
        let units = bytes
            .chunks_exact(2)
            .map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
        Ok(units
            .map(|unit| if upper { upper_case(unit) } else { unit })
            .collect())
    }

    /// `RtlCompareUnicodeString`.
    pub(crate) fn rtl_compare_unicode_string(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let upper = guest.argument_u8(2)? != 0;
        let (left, right) = (guest.argument(0)?, guest.argument(1)?);
        let left = self.counted_text(guest, left, upper)?;
        let right = self.counted_text(guest, right, upper)?;
        Ok(Flow::Return(u64::from(
            (left.cmp(&right) as i32).cast_unsigned(),
        )))
    }

    /// `RtlEqualUnicodeString`.
    pub(crate) fn rtl_equal_unicode_string(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let upper = guest.argument_u8(2)? != 0;
        let (left, right) = (guest.argument(0)?, guest.argument(1)?);
        let left = self.counted_text(guest, left, upper)?;
        let right = self.counted_text(guest, right, upper)?;
        Ok(Flow::Return(u64::from(left == right)))
    }

    /// Puts bytes behind the text of a counted string, and a null behind them where there is room.
    fn append(&mut self, guest: &mut Guest, to: u64, bytes: &[u8]) -> Result<Flow<A>, Failure> {
        self.access_for_driver(to, 16, true)?;
        let (length, room) = (guest.read_u16(to)?, guest.read_u16(to + 2)?);
        let end = usize::from(length) + bytes.len();
        if end > room.into() {
            return Ok(Flow::status(Status::BUFFER_TOO_SMALL));
        }
        let mut bytes = bytes.to_vec();
        if end + 2 <= room.into() {
            bytes.extend([0, 0]);
        }
        let at = guest.read_u64(to + 8)? + u64::from(length);
        self.access_for_driver(at, bytes.len() as u64, true)?;
        guest.write(at, &bytes)?;
        guest.write(to, &(end as u16).to_le_bytes())?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `RtlAppendUnicodeStringToString`.
    pub(crate) fn rtl_append_unicode_string_to_string(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (to, from) = (guest.argument(0)?, guest.argument(1)?);
        let text = self.counted_text(guest, from, false)?;
        let bytes: Vec<u8> = text.into_iter().flat_map(u16::to_le_bytes).collect();
        self.append(guest, to, &bytes)
    }

    /// `RtlAppendUnicodeToString`: of a terminated string, or of none.
    pub(crate) fn rtl_append_unicode_to_string(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (to, from) = (guest.argument(0)?, guest.argument(1)?);
        let length = match from {
            0 => 0,
            from => 2 * self.length_of(guest, from, 2)?,
        };
        let bytes = guest.read_vec(from, length as usize)?;
        self.append(guest, to, &bytes)
    }

    /// Copies a terminated string to a place in a buffer of so many characters.
    fn copy_checked(&mut self, guest: &mut Guest, behind_text: bool) -> Result<Flow<A>, Failure> {
        const INVALID: u64 = 22;
        const OUT_OF_RANGE: u64 = 34;
        let (to, room, from) = (guest.argument(0)?, guest.argument(1)?, guest.argument(2)?);
        if to == 0 || room == 0 {
            return Ok(Flow::Return(INVALID));
        }
        let place = if behind_text {
            self.length_of(guest, to, 2)?
        } else {
            0
        };
        let length = match from {
            0 => 0,
            from => self.length_of(guest, from, 2)?,
        };
        if from == 0 || place >= room || length >= room - place {
            self.access_for_driver(to, 2, true)?;
            guest.write(to, &[0, 0])?;
            let null = from == 0 || place >= room;
            return Ok(Flow::Return(if null { INVALID } else { OUT_OF_RANGE }));
        }
        let bytes = guest.read_vec(from, 2 * (length as usize + 1))?;
        self.access_for_driver(to + 2 * place, bytes.len() as u64, true)?;
        guest.write(to + 2 * place, &bytes)?;
        Ok(Flow::Return(0))
    }

    /// `wcscpy_s`.
    pub(crate) fn wcscpy_s(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        self.copy_checked(guest, false)
    }

    /// `wcscat_s`.
    pub(crate) fn wcscat_s(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        self.copy_checked(guest, true)
    }

    /// Formats into a buffer of so many characters: what fits, its terminator where there is room, and the length, or -1
    /// where not all fits.
    fn format_into(
        &mut self,
        guest: &mut Guest,
        character: Character,
        arguments: Arguments,
    ) -> Result<Flow<A>, Failure> {
        let (buffer, room, format) = (guest.argument(0)?, guest.argument(1)?, guest.argument(2)?);
        let text = self.format_text(guest, format, character, arguments)?;
        let (mut bytes, width) = match character {
            Character::Byte => (text.chars().map(|unit| unit as u8).collect::<Vec<u8>>(), 1),
            Character::Wide => (text.encode_utf16().flat_map(u16::to_le_bytes).collect(), 2),
        };
        let length = bytes.len() as u64 / width;
        let fits = length <= room;
        if length < room {
            bytes.resize(bytes.len() + width as usize, 0);
        }
        bytes.truncate((room * width) as usize);
        self.access_for_driver(buffer, bytes.len() as u64, true)?;
        guest.write(buffer, &bytes)?;
        Ok(Flow::Return(if fits { length } else { u32::MAX.into() }))
    }

    /// `_snprintf`.
    pub(crate) fn snprintf(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        self.format_into(guest, Character::Byte, Arguments::OfCall(3))
    }

    /// `_snwprintf`.
    pub(crate) fn snwprintf(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        self.format_into(guest, Character::Wide, Arguments::OfCall(3))
    }

    /// `_vsnprintf`.
    pub(crate) fn vsnprintf(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let list = Arguments::List(guest.argument(3)?);
        self.format_into(guest, Character::Byte, list)
    }

    /// `_vsnwprintf`.
    pub(crate) fn vsnwprintf(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let list = Arguments::List(guest.argument(3)?);
        self.format_into(guest, Character::Wide, list)
    }

    /// Writes a formatted line to the event log.
    fn debug_print(
        &mut self,
        guest: &Guest,
        format: u64,
        arguments: Arguments,
    ) -> Result<Flow<A>, Failure> {
        let text = self.format_text(guest, format, Character::Byte, arguments)?;
        // "DbgPrint and DbgPrintEx transmit at most 512 bytes of information at one time."
        let shown: String = text.chars().take(512).collect();
        self.note(format!("DbgPrint: {}", shown.trim_end()));
        Ok(Flow::Return(0))
    }

    /// `DbgPrint`.
    pub(crate) fn dbg_print(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let format = guest.argument(0)?;
        self.debug_print(guest, format, Arguments::OfCall(1))
    }

    /// `DbgPrintEx`.
    pub(crate) fn dbg_print_ex(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let format = guest.argument(2)?;
        self.debug_print(guest, format, Arguments::OfCall(3))
    }

    /// `vDbgPrintEx`.
    pub(crate) fn v_dbg_print_ex(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (format, list) = (guest.argument(2)?, guest.argument(3)?);
        self.debug_print(guest, format, Arguments::List(list))
    }
}

/// A unit of UTF-16 in upper case, where that is one unit.
fn upper_case(unit: u16) -> u16 {
    let Some(character) = char::from_u32(unit.into()) else {
        return unit;
    };
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => u16::try_from(u32::from(one)).unwrap_or(unit),
        _ => unit,
    }
}
