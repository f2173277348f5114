//! The names of layers, and the numbers that represent them in types.

use core::fmt;

use crate::shape::ConstString;

/// The name of a layer as a number: its first character in the lowest six bits, and so on.
///
/// A name has 1 to 21 of the characters `A`–`Z`, `a`–`z`, `0`–`9` and `_`, which count as 1 to 63 in this order. It does not begin
/// with a digit, because digits are the positions of layers without a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Name(u128);

/// Returns the number that represents `text` in a [`Named`](crate::layer::Named) layer's type.
///
/// # Panics
/// If `text` is not a [`Name`]. In a type, that is a compile error.
#[track_caller]
pub const fn name(text: &str) -> u128 {
    match Name::new(text) {
        Ok(name) => name.0,
        Err(why) => panic!("{}", why.as_str()),
    }
}

impl Name {
    /// How many characters of six bits fit in a `u128`.
    const LONGEST: usize = 21;

    /// Returns the name `text`, or why it cannot be a name.
    pub const fn new(text: &str) -> Result<Name, ConstString> {
        let bytes = text.as_bytes();
        let mut number = 0;
        let mut at = bytes.len();
        while at > 0 {
            at -= 1;
            let digit = match bytes[at] {
                letter @ b'A'..=b'Z' => letter - b'A' + 1,
                letter @ b'a'..=b'z' => letter - b'a' + 27,
                digit @ b'0'..=b'9' => digit - b'0' + 53,
                b'_' => 63,
                _ => return Err(Name::refuse(text)),
            };
            number = number << 6 | digit as u128;
        }
        if bytes.is_empty() || bytes.len() > Name::LONGEST || bytes[0].is_ascii_digit() {
            return Err(Name::refuse(text));
        }
        Ok(Name(number))
    }

    const fn refuse(text: &str) -> ConstString {
        let refusal =
            ConstString::new().str("`").str(text).str("` cannot be a name: that takes up to ").number(Name::LONGEST);
        refusal.str(" ASCII letters, digits and underscores, no digit first")
    }

    /// Returns the name as text.
    pub const fn text(self) -> ConstString {
        let (mut text, mut rest) = (ConstString::new(), self.0);
        while rest != 0 {
            let letter = match (rest & 63) as u8 {
                upper @ 1..=26 => b'A' + upper - 1,
                lower @ 27..=52 => b'a' + lower - 27,
                digit @ 53..=62 => b'0' + digit - 53,
                63 => b'_',
                _ => b'?',
            };
            if let Ok(letter) = core::str::from_utf8(&[letter]) {
                text = text.str(letter);
            }
            rest >>= 6;
        }
        text
    }

    /// Whether the number represents a name.
    pub(crate) const fn is_name(self) -> bool {
        match Name::new(self.text().as_str()) {
            Ok(name) => name.0 == self.0,
            Err(_) => false,
        }
    }

    /// Returns the name that `number` represents in a type.
    pub(crate) const fn of(number: u128) -> Name {
        Name(number)
    }

    /// Returns the number that represents the name in a type.
    pub const fn number(self) -> u128 {
        self.0
    }

    /// `==`, for constants.
    pub(crate) const fn is(self, other: Name) -> bool {
        self.0 == other.0
    }

    /// Returns the error of a second layer with this name.
    pub(crate) const fn taken(self) -> ConstString {
        ConstString::new().str("the name `").str(self.text().as_str()).str("` is already used by an earlier layer")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text().as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_name_is_a_number() {
        assert_eq!(name("A"), 1);
        assert_eq!(name("b2_"), 28 + (55 << 6) + (63 << 12));
        for text in ["z", "conv1", "_", "Ab9_", "abcdefghijklmnopqrstu", "_____________________"] {
            assert_eq!(Name(name(text)).to_string(), text);
            assert!(Name(name(text)).is_name());
        }
        for text in ["", "1", "1st", "conv-1", "conv.1", "Größe", "abcdefghijklmnopqrstuv"] {
            let refusal = Name::new(text).unwrap_err();
            assert!(refusal.as_str().starts_with(&alloc::format!("`{text}` cannot be a name")), "{}", refusal.as_str());
        }
        for number in [0, 53, 1 << 6, 1 << 127, u128::MAX] {
            assert!(!Name(number).is_name(), "{number}");
        }
    }
}
