//! Strings concatenated at compile time, for shape errors.

use super::Dims;

/// A short string concatenated at compile time, for shape errors.
#[derive(Clone, Copy)]
pub struct ConstString {
    bytes: [u8; ConstString::CAPACITY],
    len: usize,
}

impl ConstString {
    const CAPACITY: usize = 256;

    /// Returns an empty string.
    pub const fn new() -> ConstString {
        ConstString { bytes: [0; ConstString::CAPACITY], len: 0 }
    }

    /// Appends `text`, or nothing if it would not fit into 256 bytes.
    pub const fn str(mut self, text: &str) -> ConstString {
        let bytes = text.as_bytes();
        if self.len + bytes.len() <= ConstString::CAPACITY {
            let mut i = 0;
            while i < bytes.len() {
                self.bytes[self.len] = bytes[i];
                self.len += 1;
                i += 1;
            }
        }
        self
    }

    /// Appends `number` in decimal.
    pub const fn number(self, number: usize) -> ConstString {
        let text = if number >= 10 { self.number(number / 10) } else { self };
        let digit = [b'0' + (number % 10) as u8];
        match core::str::from_utf8(&digit) {
            Ok(digit) => text.str(digit),
            Err(_) => text,
        }
    }

    /// Appends a real number with up to nine decimals, without trailing zeros: `-0.01`, `2`, `1e-5`.
    pub const fn real(self, real: f64) -> ConstString {
        if real.is_nan() {
            return self.str("NaN");
        }
        if real < 0.0 {
            return self.str("-").real(-real);
        }
        if real > 0.0 && real < 1e-4 {
            let (mut mantissa, mut exponent) = (real, 0);
            while mantissa < 1.0 - 1e-12 {
                mantissa *= 10.0;
                exponent += 1;
            }
            return self.real(mantissa).str("e-").number(exponent);
        }
        if real > 1e9 {
            return self.str("more than a billion");
        }
        let mut billionths = (real * 1e9 + 0.5) as u64;
        let text = self.number((billionths / 1_000_000_000) as usize);
        billionths %= 1_000_000_000;
        let mut text = if billionths == 0 { text } else { text.str(".") };
        while billionths != 0 {
            text = text.number((billionths / 100_000_000) as usize);
            billionths = billionths % 100_000_000 * 10;
        }
        text
    }

    /// Appends `3×5`.
    pub const fn pair(self, [vertical, horizontal]: [usize; 2]) -> ConstString {
        self.number(vertical).str("×").number(horizontal)
    }

    /// Appends `8×12×12`, or the length alone for a feature vector.
    pub const fn dims(self, dims: Dims) -> ConstString {
        let text = self.number(dims.channels);
        if dims.is_flat() { text } else { text.str("×").number(dims.height).str("×").number(dims.width) }
    }

    /// Returns the text.
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

impl Default for ConstString {
    fn default() -> Self {
        ConstString::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_put_together() {
        let text = ConstString::new().str("kernel ").pair([13, 5]).str(" on ").dims(Dims::new(8, 12, 100));
        assert_eq!(text.as_str(), "kernel 13×5 on 8×12×100");
        let reals = ConstString::new()
            .real(-0.01)
            .str(" ")
            .real(1e-6)
            .str(" ")
            .real(2.0)
            .str(" ")
            .real(0.1)
            .str(" ")
            .real(12.25);
        assert_eq!(reals.as_str(), "-0.01 1e-6 2 0.1 12.25");
        assert_eq!(ConstString::new().number(0).str(", ").dims(Dims::new(1024, 1, 1)).as_str(), "0, 1024");
    }
}
