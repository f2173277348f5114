//! Shapes as values: what `network!` computes with, and what the type of a layer is checked against.

use core::fmt;

use bytemuck::Pod;

use crate::scalar::Scalar;

/// The shape of one sample: channels, height, width. Prints as `8×12×12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dims {
    /// Channels, `C`.
    pub channels: usize,
    /// Rows, `H`.
    pub height: usize,
    /// Columns, `W`.
    pub width: usize,
}

impl Dims {
    /// `channels × height × width`.
    pub const fn new(channels: usize, height: usize, width: usize) -> Dims {
        Dims { channels, height, width }
    }

    /// How many numbers a sample of this shape has.
    pub const fn len(self) -> usize {
        self.channels * self.height * self.width
    }

    /// Whether a sample of this shape has no numbers at all.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether this is a feature vector, `C×1×1`.
    pub const fn is_flat(self) -> bool {
        self.height == 1 && self.width == 1
    }

    /// Whether the two are the same shape (`==`, for constants).
    pub const fn equals(self, other: Dims) -> bool {
        self.channels == other.channels && self.height == other.height && self.width == other.width
    }
}

/// `C×H×W`; a feature vector prints as its length alone.
impl fmt::Display for Dims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Text::new().dims(*self);
        f.pad(text.as_str())
    }
}

/// One sample of a known shape: what layers take and give. Implemented by [`Tensor`](crate::tensor::Tensor).
pub trait Shape: Pod + Send + Sync + PartialEq + fmt::Debug {
    /// The numbers it is made of.
    type Scalar: Scalar;
    /// The shape, as a value.
    const DIMS: Dims;
    /// All numbers, channel by channel, row by row.
    fn as_slice(&self) -> &[Self::Scalar];
    /// All numbers, channel by channel, row by row.
    fn as_mut_slice(&mut self) -> &mut [Self::Scalar];
}

/// How a kernel or a pooling window walks over an image: `[vertical, horizontal]` each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Rows and columns that one output sees.
    pub kernel: [usize; 2],
    /// Rows and columns from one output to the next.
    pub stride: [usize; 2],
    /// Rows and columns added on each side of the image.
    pub padding: [usize; 2],
}

impl Window {
    /// How many outputs fit along `axis` (0 vertical, 1 horizontal) of an image with `size` pixels there:
    ///
    /// ```text
    /// ⌊(size + 2·padding − kernel) / stride⌋ + 1
    /// ```
    ///
    /// Zero if the kernel is empty, does not fit into the padded image, or does not move.
    pub const fn output(self, axis: usize, size: usize) -> usize {
        let (kernel, stride) = (self.kernel[axis], self.stride[axis]);
        let padded = size + 2 * self.padding[axis];
        if kernel == 0 || stride == 0 || kernel > padded { 0 } else { (padded - kernel) / stride + 1 }
    }
}

/// A short text put together at compile time: what a shape error says.
#[derive(Clone, Copy)]
pub struct Text {
    bytes: [u8; Text::CAPACITY],
    len: usize,
}

impl Text {
    const CAPACITY: usize = 256;

    /// An empty text.
    pub const fn new() -> Text {
        Text { bytes: [0; Text::CAPACITY], len: 0 }
    }

    /// This text, then `text` (left out if it would not fit into 256 bytes).
    pub const fn str(mut self, text: &str) -> Text {
        let bytes = text.as_bytes();
        if self.len + bytes.len() <= Text::CAPACITY {
            let mut i = 0;
            while i < bytes.len() {
                self.bytes[self.len] = bytes[i];
                self.len += 1;
                i += 1;
            }
        }
        self
    }

    /// This text, then `number` in decimal.
    pub const fn number(self, number: usize) -> Text {
        let text = if number >= 10 { self.number(number / 10) } else { self };
        let digit = [b'0' + (number % 10) as u8];
        match core::str::from_utf8(&digit) {
            Ok(digit) => text.str(digit),
            Err(_) => text,
        }
    }

    /// This text, then `3×5`.
    pub const fn pair(self, [vertical, horizontal]: [usize; 2]) -> Text {
        self.number(vertical).str("×").number(horizontal)
    }

    /// This text, then `8×12×12`, or the length alone for a feature vector.
    pub const fn dims(self, dims: Dims) -> Text {
        let text = self.number(dims.channels);
        if dims.is_flat() { text } else { text.str("×").number(dims.height).str("×").number(dims.width) }
    }

    /// The text.
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Text::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_counts_its_outputs() {
        // (size, kernel, stride, padding) → outputs
        for (size, kernel, stride, padding, outputs) in [
            (28, 3, 1, 1, 28),
            (14, 3, 2, 2, 8),
            (8, 2, 2, 0, 4),
            (7, 2, 2, 0, 3),
            (5, 5, 3, 0, 1),
            (5, 6, 1, 0, 0),
            (5, 7, 1, 1, 1),
            (5, 3, 0, 0, 0),
            (5, 0, 1, 0, 0),
        ] {
            let window = Window { kernel: [kernel, 1], stride: [stride, 1], padding: [padding, 0] };
            assert_eq!(window.output(0, size), outputs, "{window:?} over {size}");
            assert_eq!(window.output(1, 9), 9);
        }
    }

    #[test]
    fn texts_are_put_together() {
        let text = Text::new().str("kernel ").pair([13, 5]).str(" on ").dims(Dims::new(8, 12, 100));
        assert_eq!(text.as_str(), "kernel 13×5 on 8×12×100");
        assert_eq!(Text::new().number(0).str(", ").dims(Dims::new(1024, 1, 1)).as_str(), "0, 1024");
    }
}
