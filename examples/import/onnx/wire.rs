//! The fields of a protobuf message, read where they are: nothing is copied or allocated for what a file claims.

use prost::DecodeError;
use prost::encoding::{WireType, decode_key, decode_varint};

use super::super::bits::each;
use super::super::fault::Damage;

/// The value of a field.
#[derive(Clone, Copy, Debug)]
pub enum Field<'a> {
    Number(u64),
    Bits32([u8; 4]),
    Bits64([u8; 8]),
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    pub fn int(self) -> Result<i64, Damage> {
        if let Field::Number(number) = self { Ok(number as i64) } else { Err(wrong("an integer")) }
    }

    pub fn float(self) -> Result<f64, Damage> {
        if let Field::Bits32(bits) = self { Ok(f32::from_le_bytes(bits).into()) } else { Err(wrong("a float")) }
    }

    pub fn bytes(self) -> Result<&'a [u8], Damage> {
        if let Field::Bytes(bytes) = self { Ok(bytes) } else { Err(wrong("bytes")) }
    }

    pub fn text(self) -> Result<&'a str, Damage> {
        str::from_utf8(self.bytes()?).map_err(|_| wrong("text"))
    }

    /// Appends one integer, or a packed list of them.
    pub fn ints(self, list: &mut Vec<i64>) -> Result<(), Damage> {
        let Field::Bytes(mut packed) = self else {
            list.push(self.int()?);
            return Ok(());
        };
        while !packed.is_empty() {
            list.push(decode_varint(&mut packed).map_err(damaged)? as i64);
        }
        Ok(())
    }

    /// Appends one float, or a packed list of them.
    pub fn floats(self, list: &mut Vec<f64>) -> Result<(), Damage> {
        let Field::Bytes(packed) = self else {
            list.push(self.float()?);
            return Ok(());
        };
        list.extend(each(packed, f32::from_le_bytes).ok_or(wrong("floats"))?.into_iter().map(f64::from));
        Ok(())
    }

    /// Appends one double, or a packed list of them.
    pub fn doubles(self, list: &mut Vec<f64>) -> Result<(), Damage> {
        match self {
            Field::Bits64(bits) => list.push(f64::from_le_bytes(bits)),
            Field::Bytes(packed) => list.extend(each(packed, f64::from_le_bytes).ok_or(wrong("doubles"))?),
            _ => return Err(wrong("doubles")),
        }
        Ok(())
    }
}

/// The fields of `message`, with their numbers.
pub fn fields(message: &[u8]) -> Fields<'_> {
    Fields { rest: message, is_file: false }
}

/// The same for a whole file, which may be of any kind.
pub fn fields_of_file(file: &[u8]) -> Fields<'_> {
    Fields { rest: file, is_file: true }
}

/// An iterator over fields, which ends after the first that is damaged.
pub struct Fields<'a> {
    rest: &'a [u8],
    is_file: bool,
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Field<'a>), Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Result<(u32, Field<'a>), Damage> {
        let damaged = if self.is_file { |_| no_message() } else { damaged };
        let (tag, kind) = decode_key(&mut self.rest).map_err(damaged)?;
        let field = match kind {
            WireType::Varint => Field::Number(decode_varint(&mut self.rest).map_err(damaged)?),
            WireType::ThirtyTwoBit => Field::Bits32(self.array()?),
            WireType::SixtyFourBit => Field::Bits64(self.array()?),
            WireType::LengthDelimited => {
                let length = decode_varint(&mut self.rest).map_err(damaged)?;
                let split = usize::try_from(length).ok().and_then(|length| self.rest.split_at_checked(length));
                let Some((bytes, rest)) = split else {
                    let expected = format!("at most {}, which is what follows", self.rest.len());
                    return Err(Damage::new("protobuf", format!("a field of {length} bytes"), expected));
                };
                self.rest = rest;
                Field::Bytes(bytes)
            }
            WireType::StartGroup | WireType::EndGroup => return Err(no_message()),
        };
        Ok((tag, field))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(wrong("a number"))?;
        self.rest = rest;
        Ok(*array)
    }
}

fn wrong(expected: &str) -> Damage {
    Damage::new("protobuf", "a field of another type", expected)
}

fn damaged(_: DecodeError) -> Damage {
    Damage::new("protobuf", "a damaged number", "the fields of an ONNX model")
}

fn no_message() -> Damage {
    Damage::new("file", "no protobuf message", "an ONNX model")
}
