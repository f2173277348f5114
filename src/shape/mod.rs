//! Shapes as values: `network!` computes with them, and the type of a layer is checked against them.
//!
//! - [`Dims`]: the shape of one sample, and [`Shape`], the trait that ties it to a type;
//! - [`Window`]: how a kernel moves over an image, with its [`Padding`]; [`Geometry`]: a whole convolution or pooling, from input to
//!   output;
//! - [`inference`]: the output shape of each layer, or why there is none; [`MAX_NUMBERS`]: how large a shape may be;
//! - [`ConstString`]: the text of a compile-time error.

mod const_string;
mod geometry;
pub mod inference;
mod limits;
mod padding;
mod window;

use core::fmt;

use bytemuck::Pod;

use crate::scalar::Scalar;

pub use const_string::ConstString;
pub use geometry::Geometry;
pub use limits::MAX_NUMBERS;
pub(crate) use limits::volume;
pub use padding::Padding;
pub use window::Window;

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
    #[inline(always)]
    pub const fn new(channels: usize, height: usize, width: usize) -> Dims {
        Dims { channels, height, width }
    }

    /// How many numbers a sample of this shape has; `usize::MAX` if the product overflows.
    #[inline(always)]
    pub const fn len(self) -> usize {
        volume!(self.channels, self.height, self.width)
    }

    /// Whether a sample of this shape has no numbers at all.
    #[inline(always)]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether a sample of this shape has numbers, and not more than [`MAX_NUMBERS`].
    #[inline(always)]
    pub const fn is_allowed(self) -> bool {
        !self.is_empty() && self.len() <= MAX_NUMBERS
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
        let text = ConstString::new().dims(*self);
        f.pad(text.as_str())
    }
}

/// One sample of a known shape, the input or output of a layer.
///
/// Every shape is a [`Tensor`](crate::tensor::Tensor); the trait is for generic code, and not for users to implement.
pub trait Shape: Pod + Send + Sync + PartialEq + fmt::Debug {
    /// The type of its numbers.
    type Scalar: Scalar;
    /// The shape, as a value.
    const DIMS: Dims;
    /// All numbers, channel by channel, row by row.
    fn as_slice(&self) -> &[Self::Scalar];
    /// All numbers, channel by channel, row by row.
    fn as_mut_slice(&mut self) -> &mut [Self::Scalar];
}
