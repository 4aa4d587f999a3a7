//! The printf of NT's C runtime: what a format makes of its arguments.
//!
//! Arguments are words of 8 bytes, as the calling convention of x64 passes them. Floating-point numbers and `%n` are not
//! modelled.

use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::{Kernel, irql},
};

/// The longest string that a conversion reads where no precision bounds it.
const STRING_MAX: u64 = 1 << 16;
/// The widest field.
const WIDTH_MAX: usize = 1 << 12;

/// The widths of characters: of the format itself, and of a string that is an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Character {
    Byte,
    Wide,
}

impl Character {
    const fn other(self) -> Self {
        match self {
            Self::Byte => Self::Wide,
            Self::Wide => Self::Byte,
        }
    }
}

/// Where the arguments come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arguments {
    /// Those of the call, from this one on.
    OfCall(usize),
    /// A `va_list`: words in memory.
    List(u64),
}

impl Arguments {
    fn next(&mut self, guest: &Guest) -> Result<u64, Failure> {
        match self {
            Self::OfCall(index) => {
                *index += 1;
                guest.argument(*index - 1)
            }
            Self::List(address) => {
                *address += 8;
                guest.read_u64(*address - 8)
            }
        }
    }
}

/// A conversion: what stands between `%` and its letter.
#[derive(Clone, Debug, Default)]
struct Conversion {
    /// Those of `-+ #0` that it has.
    flags: String,
    width: usize,
    precision: Option<usize>,
    size: String,
}

impl Conversion {
    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    /// A number of the argument's size, with its sign.
    fn number(&self, value: u64, signed: bool) -> (bool, u64) {
        let bits = match self.size.as_str() {
            "hh" => 8,
            "h" => 16,
            "ll" | "I64" | "I" | "z" | "t" | "j" => 64,
            // `long` has 32 bits.
            _ => 32,
        };
        let shift = 64 - bits;
        if signed {
            let value = (value << shift).cast_signed() >> shift;
            (value < 0, value.unsigned_abs())
        } else {
            (false, value << shift >> shift)
        }
    }

    /// Digits with sign or prefix, filled up to the width.
    fn filled(&self, sign: &str, digits: &str) -> String {
        let digits = match self.precision {
            Some(least) => format!("{digits:0>least$}"),
            None => digits.to_owned(),
        };
        let length = sign.len() + digits.len();
        let missing = self.width.saturating_sub(length);
        if self.has('-') {
            format!("{sign}{digits}{}", " ".repeat(missing))
        } else if self.has('0') && self.precision.is_none() {
            format!("{sign}{}{digits}", "0".repeat(missing))
        } else {
            format!("{}{sign}{digits}", " ".repeat(missing))
        }
    }

    fn padded(&self, text: &str) -> String {
        let missing = self.width.saturating_sub(text.chars().count());
        let fill = " ".repeat(missing);
        if self.has('-') {
            format!("{text}{fill}")
        } else {
            format!("{fill}{text}")
        }
    }
}

impl<A> Kernel<A> {
    /// The text that the format at `format` makes of its arguments.
    pub(crate) fn format_text(
        &mut self,
        guest: &Guest,
        format: u64,
        character: Character,
        mut arguments: Arguments,
    ) -> Result<String, Failure> {
        let format: Vec<char> = self
            .read_text(guest, format, character, None)?
            .chars()
            .collect();
        let mut rest = format.as_slice();
        let mut text = String::new();
        while let [first, tail @ ..] = rest {
            rest = tail;
            if *first != '%' {
                text.push(*first);
                continue;
            }
            let (conversion, letter, tail) = parse(rest, &mut |()| arguments.next(guest))?;
            rest = tail;
            if letter == '%' {
                text.push('%');
                continue;
            }
            let value = arguments.next(guest)?;
            let shown = self.convert(guest, &conversion, letter, value, character)?;
            text.push_str(&shown);
        }
        Ok(text)
    }

    fn convert(
        &mut self,
        guest: &Guest,
        conversion: &Conversion,
        letter: char,
        value: u64,
        character: Character,
    ) -> Result<String, Failure> {
        let size = conversion.size.as_str();
        let of_size = |plain: Character| match size {
            "h" => Character::Byte,
            "l" | "w" => Character::Wide,
            _ => plain,
        };
        Ok(match letter {
            'd' | 'i' => {
                let (negative, value) = conversion.number(value, true);
                let sign = match (negative, conversion.has('+'), conversion.has(' ')) {
                    (true, _, _) => "-",
                    (false, true, _) => "+",
                    (false, false, true) => " ",
                    _ => "",
                };
                conversion.filled(sign, &value.to_string())
            }
            'u' => conversion.filled("", &conversion.number(value, false).1.to_string()),
            'o' => conversion.filled("", &format!("{:o}", conversion.number(value, false).1)),
            'x' | 'X' => {
                let value = conversion.number(value, false).1;
                let prefixed = conversion.has('#') && value != 0;
                match (letter, prefixed) {
                    ('x', true) => conversion.filled("0x", &format!("{value:x}")),
                    ('x', false) => conversion.filled("", &format!("{value:x}")),
                    (_, true) => conversion.filled("0X", &format!("{value:X}")),
                    (_, false) => conversion.filled("", &format!("{value:X}")),
                }
            }
            'p' => conversion.padded(&format!("{value:016X}")),
            'c' | 'C' => {
                let plain = if letter == 'C' {
                    character.other()
                } else {
                    character
                };
                let unit = match of_size(plain) {
                    Character::Byte => u32::from(value as u8),
                    Character::Wide => u32::from(value as u16),
                };
                let shown = char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER);
                conversion.padded(&shown.to_string())
            }
            's' | 'S' => {
                let plain = if letter == 'S' {
                    character.other()
                } else {
                    character
                };
                let shown = if value == 0 {
                    "(null)".to_owned()
                } else {
                    self.read_text(guest, value, of_size(plain), conversion.precision)?
                };
                conversion.padded(&shown)
            }
            'Z' => {
                let of = if size == "w" {
                    Character::Wide
                } else {
                    Character::Byte
                };
                let shown = if value == 0 {
                    "(null)".to_owned()
                } else {
                    let length = usize::from(guest.read_u16(value)?);
                    let buffer = guest.read_u64(value + 8)?;
                    let units = match of {
                        Character::Byte => length,
                        Character::Wide => length / 2,
                    };
                    let most = conversion.precision.unwrap_or(units).min(units);
                    self.read_text(guest, buffer, of, Some(most))?
                };
                conversion.padded(&shown)
            }
            other => {
                return Err(Failure::not_modelled(format!(
                    "the conversion %{size}{other} of printf"
                )));
            }
        })
    }

    /// The text at an address, up to its end or up to `most` characters.
    fn read_text(
        &mut self,
        guest: &Guest,
        address: u64,
        character: Character,
        most: Option<usize>,
    ) -> Result<String, Failure> {
        let most = most.map_or(STRING_MAX, |most| most as u64);
        match character {
            Character::Byte => {
                let mut bytes = Vec::new();
                while (bytes.len() as u64) < most {
                    match guest.read_u8(address + bytes.len() as u64)? {
                        0 => break,
                        byte => bytes.push(byte),
                    }
                }
                self.access_for_driver(address, bytes.len().max(1) as u64, false)?;
                Ok(bytes.into_iter().map(char::from).collect())
            }
            Character::Wide => {
                let mut units = Vec::new();
                while (units.len() as u64) < most {
                    match guest.read_u16(address + 2 * units.len() as u64)? {
                        0 => break,
                        unit => units.push(unit),
                    }
                }
                self.access_for_driver(address, 2 * units.len().max(1) as u64, false)?;
                if self.cpu().irql > irql::PASSIVE {
                    self.unless_off(Failure::new(
                        Rule::Irql,
                        format!(
                            "a wide string was formatted at IRQL {}; the tables that it takes are pageable",
                            self.cpu().irql
                        ),
                    ))?;
                }
                Ok(String::from_utf16_lossy(&units))
            }
        }
    }
}

/// Reads a conversion behind its `%`: what it says, its letter, and what follows. `argument` gives a width or a precision
/// that is an argument.
fn parse<'f>(
    format: &'f [char],
    argument: &mut dyn FnMut(()) -> Result<u64, Failure>,
) -> Result<(Conversion, char, &'f [char]), Failure> {
    let mut conversion = Conversion::default();
    let mut rest = format;
    while let [flag @ ('-' | '+' | ' ' | '#' | '0'), tail @ ..] = rest {
        conversion.flags.push(*flag);
        rest = tail;
    }
    let mut count = |rest: &mut &'f [char]| -> Result<Option<usize>, Failure> {
        if let ['*', tail @ ..] = *rest {
            *rest = tail;
            return Ok(Some((argument(())? as u32 as usize).min(WIDTH_MAX)));
        }
        let mut value = None;
        while let [digit, tail @ ..] = *rest
            && let Some(digit) = digit.to_digit(10)
        {
            value = Some((value.unwrap_or(0) * 10 + digit as usize).min(WIDTH_MAX));
            *rest = tail;
        }
        Ok(value)
    };
    conversion.width = count(&mut rest)?.unwrap_or(0);
    if let ['.', tail @ ..] = rest {
        rest = tail;
        conversion.precision = Some(count(&mut rest)?.unwrap_or(0));
    }
    for size in ["I64", "I32", "hh", "ll", "I", "h", "l", "w", "z", "t", "j"] {
        let length = size.len();
        if rest.len() > length && size.chars().eq(rest[..length].iter().copied()) {
            size.clone_into(&mut conversion.size);
            rest = &rest[length..];
            break;
        }
    }
    match rest {
        [letter, tail @ ..] => Ok((conversion, *letter, tail)),
        [] => Ok((conversion, '%', rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a format of one number makes of it.
    fn shown(format: &str, value: u64) -> String {
        let format: Vec<char> = format.chars().collect();
        let (conversion, letter, rest) =
            parse(&format[1..], &mut |()| Ok(7)).expect("no argument fails");
        assert!(rest.is_empty());
        let (negative, magnitude) = conversion.number(value, letter == 'd');
        let sign = if negative { "-" } else { "" };
        match letter {
            'x' => conversion.filled(sign, &format!("{magnitude:x}")),
            _ => conversion.filled(sign, &magnitude.to_string()),
        }
    }

    #[test]
    fn a_number_has_the_size_and_the_width_that_its_conversion_says() {
        assert_eq!(shown("%d", 0xFFFF_FFFF), "-1");
        assert_eq!(shown("%u", 0xFFFF_FFFF_FFFF_FFFF), "4294967295");
        assert_eq!(shown("%I64d", u64::MAX), "-1");
        assert_eq!(shown("%llx", 0x1_0000_0000), "100000000");
        assert_eq!(shown("%hhd", 0x80), "-128");
        assert_eq!(shown("%08x", 0xBEEF), "0000beef");
        assert_eq!(shown("%-6d", 5), "5     ");
        assert_eq!(shown("%*d", 5), "      5");
        assert_eq!(shown("%.3d", 5), "005");
        assert_eq!(shown("%06d", 0xFFFF_FFFB), "-00005");
    }
}
