//! Messages of protocol buffers by their fields, declared once each, over the encoder and decoder of `micropb`.

use std::convert::Infallible;

pub(super) use micropb::WIRE_TYPE_LEN;
use micropb::{PbDecoder, PbEncoder, Tag, WIRE_TYPE_VARINT};

/// Why bytes are no message.
pub(super) type DecodeError = micropb::DecodeError<Infallible>;

pub(super) type Encoder = PbEncoder<Vec<u8>>;
pub(super) type Decoder<'a> = PbDecoder<&'a [u8]>;

/// What a field holds.
pub(super) trait Value: Sized {
    /// How its end is found by those who do not know it.
    const WIRE: u8;

    fn put(&self, out: &mut Encoder);

    fn take(from: &mut Decoder<'_>) -> Result<Self, DecodeError>;
}

macro_rules! numbers {
    ($($type:ty, $put:ident, $take:ident;)*) => {$(
        impl Value for $type {
            const WIRE: u8 = WIRE_TYPE_VARINT;

            fn put(&self, out: &mut Encoder) {
                let Ok(()) = out.$put(*self);
            }

            fn take(from: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                from.$take()
            }
        }
    )*};
}

numbers! {
    u32, encode_varint32, decode_varint32;
    u64, encode_varint64, decode_varint64;
    i32, encode_int32, decode_int32;
    i64, encode_int64, decode_int64;
}

impl Value for String {
    const WIRE: u8 = WIRE_TYPE_LEN;

    fn put(&self, out: &mut Encoder) {
        let Ok(()) = out.encode_string(self);
    }

    fn take(from: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let mut text = Self::new();
        from.decode_string(&mut text, micropb::Presence::Explicit)?;
        Ok(text)
    }
}

/// A field of a message.
pub(super) trait Field {
    fn put(&self, number: u32, out: &mut Encoder);

    fn take(&mut self, wire: u8, from: &mut Decoder<'_>) -> Result<(), DecodeError>;
}

fn put<V: Value>(value: &V, number: u32, out: &mut Encoder) {
    let Ok(()) = out.encode_tag(Tag::from_parts(number, V::WIRE));
    value.put(out);
}

fn take<V: Value>(wire: u8, from: &mut Decoder<'_>) -> Result<V, DecodeError> {
    if wire == V::WIRE {
        V::take(from)
    } else {
        Err(DecodeError::WrongWireType)
    }
}

impl<V: Value> Field for Option<V> {
    fn put(&self, number: u32, out: &mut Encoder) {
        if let Some(value) = self {
            put(value, number, out);
        }
    }

    fn take(&mut self, wire: u8, from: &mut Decoder<'_>) -> Result<(), DecodeError> {
        *self = Some(take(wire, from)?);
        Ok(())
    }
}

impl<V: Value> Field for Vec<V> {
    fn put(&self, number: u32, out: &mut Encoder) {
        for value in self {
            put(value, number, out);
        }
    }

    fn take(&mut self, wire: u8, from: &mut Decoder<'_>) -> Result<(), DecodeError> {
        self.push(take(wire, from)?);
        Ok(())
    }
}

/// Declares messages: their fields with types and numbers. A field that is not known is passed over.
macro_rules! messages {
    ($(
        $(#[$about:meta])*
        $name:ident { $($(#[$said:meta])* $field:ident: $type:ty = $number:literal,)* }
    )*) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            $($(#[$said])* pub $field: $type,)*
        }

        impl $name {
            /// The message as bytes.
            #[must_use]
            pub fn encode(&self) -> Vec<u8> {
                let mut out = Encoder::new(Vec::new());
                $(Field::put(&self.$field, $number, &mut out);)*
                out.into_writer()
            }

            /// The message that bytes are.
            ///
            /// # Errors
            ///
            /// Where they are none.
            pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
                Self::take_fields(&mut Decoder::new(bytes), bytes.len())
            }

            fn take_fields(from: &mut Decoder<'_>, length: usize) -> Result<Self, DecodeError> {
                let mut message = Self::default();
                let end = from.bytes_read() + length;
                while from.bytes_read() < end {
                    let tag = from.decode_tag()?;
                    match tag.field_num() {
                        $($number => Field::take(&mut message.$field, tag.wire_type(), from)?,)*
                        _ => from.skip_wire_value(tag.wire_type())?,
                    }
                }
                if from.bytes_read() == end {
                    Ok(message)
                } else {
                    Err(DecodeError::WrongLen)
                }
            }
        }

        impl Value for $name {
            const WIRE: u8 = WIRE_TYPE_LEN;

            fn put(&self, out: &mut Encoder) {
                let Ok(()) = out.encode_bytes(&self.encode());
            }

            fn take(from: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                let length = from.decode_varint32()?;
                Self::take_fields(from, length as usize)
            }
        }
    )*};
}

pub(super) use messages;

#[cfg(test)]
mod tests {
    use super::*;
    use declared::{Inner, Less, Outer};

    #[expect(
        unreachable_pub,
        dead_code,
        reason = "the macro declares what users of the crate reach and take whole"
    )]
    mod declared {
        use super::super::*;

        messages! {
            /// One inside of another.
            Inner { text: Option<String> = 2, }
            /// The other.
            Outer { numbers: Vec<u64> = 1, inner: Option<Inner> = 3, signed: Option<i64> = 4, }
            /// The same, of a reader who knows less.
            Less { signed: Option<i64> = 4, }
        }
    }

    fn outer() -> Outer {
        Outer {
            numbers: vec![0, 300],
            inner: Some(Inner {
                text: Some("text".to_owned()),
            }),
            signed: Some(-1),
        }
    }

    #[test]
    fn a_message_is_the_bytes_that_the_format_says() {
        let bytes = outer().encode();
        let wanted = [
            0x08, 0, 0x08, 0xAC, 0x02, 0x1A, 6, 0x12, 4, b't', b'e', b'x', b't', 0x20,
        ];
        assert_eq!(bytes[..wanted.len()], wanted);
        assert_eq!(bytes[wanted.len()..], [&[0xFF; 9][..], &[1]].concat());
        assert_eq!(Outer::decode(&bytes), Ok(outer()));
    }

    #[test]
    fn a_field_that_is_not_known_is_passed_over() {
        let less = Less::decode(&outer().encode());
        assert_eq!(less, Ok(Less { signed: Some(-1) }));
    }

    #[test]
    fn bytes_that_are_no_message_are_refused() {
        let bytes = outer().encode();
        assert!(Outer::decode(&bytes[..bytes.len() - 1]).is_err());
        // The number 3 as a number, where a message is.
        assert_eq!(Outer::decode(&[0x18, 1]), Err(DecodeError::WrongWireType));
    }
}
