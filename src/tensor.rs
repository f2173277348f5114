//! Tensors: one sample, `C × H × W`, with its shape in its type.
//!
//! A **batch is a slice** of tensors: its length is known at run time, its shape at compile time. A tensor contains only its
//! values, so the slice is one contiguous `[N, C, H, W]` block. A batch can be split, iterated and shared between threads like
//! any slice, and bytes that already have this layout (for example, a memory-mapped file) can be viewed as a batch without a
//! copy.
//!
//! ```
//! use shapeproof::tensor::{self, Tensor};
//!
//! let pixels: Vec<u8> = (0..2 * 3 * 4).collect();
//! let images: &[Tensor<1, 3, 4, u8>] = tensor::view(&pixels).unwrap();
//! assert_eq!(images.len(), 2);
//! assert_eq!(images[1][[0, 2, 3]], 23);
//!
//! let batch = tensor::zeros::<Tensor<8, 26, 26>>(64); // on the heap, zeroed in place
//! assert_eq!(batch.len(), 64);
//! ```

use alloc::boxed::Box;
use core::fmt;
use core::ops::{Index, IndexMut};

use bytemuck::{Pod, Zeroable};

use crate::memory;
use crate::scalar::Scalar;
use crate::shape::{Dims, Shape};

/// One sample: `C` channels of `H` rows of `W` columns, in that order in memory.
///
/// A feature vector is `C × 1 × 1`; see [`Vector`]. Large tensors belong on the heap: [`zeros`] and [`boxed`] allocate them
/// there without passing through the stack.
#[derive(Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(transparent)]
pub struct Tensor<const C: usize, const H: usize, const W: usize, T = f32>(
    /// The values: `self.0[channel][row][column]`.
    pub [[[T; W]; H]; C],
);

/// A feature vector of `N` values: a tensor with `N` channels of one row and one column.
pub type Vector<const N: usize, T = f32> = Tensor<N, 1, 1, T>;

impl<const C: usize, const H: usize, const W: usize, T> Tensor<C, H, W, T> {
    /// The shape, as a value.
    pub const DIMS: Dims = Dims::new(C, H, W);

    /// All `C·H·W` values, channel by channel, row by row.
    #[inline]
    pub const fn as_slice(&self) -> &[T] {
        self.0.as_flattened().as_flattened()
    }

    /// All `C·H·W` values, channel by channel, row by row.
    #[inline]
    pub const fn as_mut_slice(&mut self) -> &mut [T] {
        self.0.as_flattened_mut().as_flattened_mut()
    }
}

impl<const N: usize, T> From<[T; N]> for Vector<N, T> {
    fn from(values: [T; N]) -> Self {
        Tensor(values.map(|value| [[value]]))
    }
}

impl<const C: usize, const H: usize, const W: usize, T: Scalar> Shape for Tensor<C, H, W, T> {
    type Scalar = T;
    const DIMS: Dims = Dims::new(C, H, W);

    #[inline]
    fn as_slice(&self) -> &[T] {
        self.as_slice()
    }

    #[inline]
    fn as_mut_slice(&mut self) -> &mut [T] {
        self.as_mut_slice()
    }
}

/// `tensor[[channel, row, column]]`
impl<const C: usize, const H: usize, const W: usize, T> Index<[usize; 3]> for Tensor<C, H, W, T> {
    type Output = T;

    fn index(&self, [channel, row, column]: [usize; 3]) -> &T {
        &self.0[channel][row][column]
    }
}

/// `tensor[[channel, row, column]] = value`
impl<const C: usize, const H: usize, const W: usize, T> IndexMut<[usize; 3]> for Tensor<C, H, W, T> {
    fn index_mut(&mut self, [channel, row, column]: [usize; 3]) -> &mut T {
        &mut self.0[channel][row][column]
    }
}

impl<const C: usize, const H: usize, const W: usize, T: fmt::Debug> fmt::Debug for Tensor<C, H, W, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tensor {} ", Self::DIMS)?;
        self.0.fmt(f)
    }
}

/// Allocates `count` tensors of zeros in one heap block, without passing them through the stack.
///
/// # Panics
/// If memory cannot be allocated.
pub fn zeros<S: Zeroable>(count: usize) -> Box<[S]> {
    memory::zeros(count)
}

/// Allocates one zero value on the heap, without passing it through the stack.
///
/// Use this for a large tensor or a network: `Box::new(value)` would first build the value on the stack.
///
/// # Panics
/// If memory cannot be allocated.
pub fn boxed<S: Zeroable>() -> Box<S> {
    memory::zeroed()
}

/// Views `numbers`, a `[N, C, H, W]` block, as a batch of `N` tensors without a copy.
///
/// Returns `None` if the length is not a multiple of `C·H·W`, or if a sample has no values.
pub fn view<const C: usize, const H: usize, const W: usize, T: Pod>(numbers: &[T]) -> Option<&[Tensor<C, H, W, T>]> {
    bytemuck::try_cast_slice(numbers).ok()
}

/// Like [`view`], but mutable.
pub fn view_mut<const C: usize, const H: usize, const W: usize, T: Pod>(
    numbers: &mut [T],
) -> Option<&mut [Tensor<C, H, W, T>]> {
    bytemuck::try_cast_slice_mut(numbers).ok()
}

/// Like [`view`], for the bytes of the samples.
///
/// Returns `None` if the length is not a whole number of samples, or the bytes are not aligned for `T` (for `u8` they always are).
pub fn view_bytes<const C: usize, const H: usize, const W: usize, T: Pod>(
    bytes: &[u8],
) -> Option<&[Tensor<C, H, W, T>]> {
    bytemuck::try_cast_slice(bytes).ok()
}

/// All values of a batch, sample by sample, as one `[N, C, H, W]` block.
pub fn flat<S: Shape>(batch: &[S]) -> &[S::Scalar] {
    bytemuck::cast_slice(batch)
}

/// All values of a batch, sample by sample, as one mutable block.
pub fn flat_mut<S: Shape>(batch: &mut [S]) -> &mut [S::Scalar] {
    bytemuck::cast_slice_mut(batch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lie_channel_by_channel_row_by_row() {
        let numbers: [i16; 24] = core::array::from_fn(|i| i as i16);
        let batch: &[Tensor<2, 3, 4, i16>] = view(&numbers).unwrap();
        assert_eq!(batch.len(), 1);
        for (at, expected) in [([0, 0, 3], 3), ([0, 1, 0], 4), ([1, 0, 0], 12), ([1, 2, 3], 23)] {
            assert_eq!(batch[0][at], expected, "at {at:?}");
        }
        assert_eq!(batch[0].as_slice(), numbers);
    }

    #[test]
    fn a_view_needs_whole_samples() {
        assert!(view::<2, 3, 4, u8>(&[0; 48]).is_some_and(|batch| batch.len() == 2));
        assert!(view::<2, 3, 4, u8>(&[0; 47]).is_none());
        assert!(view::<2, 3, 4, u8>(&[]).is_some_and(|batch| batch.is_empty()));
        assert!(view::<0, 3, 4, u8>(&[0; 5]).is_none());
    }

    #[test]
    fn a_view_of_bytes_needs_alignment() {
        let words = [0.5f32; 8];
        let bytes: &[u8] = bytemuck::cast_slice(&words);
        assert_eq!(view_bytes::<1, 2, 2, f32>(bytes).unwrap()[1][[0, 1, 1]], 0.5);
        assert!(view_bytes::<1, 2, 2, f32>(&bytes[1..17]).is_none());
    }

    #[test]
    fn a_batch_is_one_block() {
        let mut batch = zeros::<Tensor<2, 1, 3>>(2);
        batch[1][[1, 0, 2]] = 7.0;
        assert_eq!(flat(&batch)[11], 7.0);
        flat_mut(&mut batch)[0] = 1.0;
        assert_eq!(batch[0][[0, 0, 0]], 1.0);
    }

    #[test]
    fn prints_its_shape() {
        let tensor = Tensor([[[1.0f32, 2.0]], [[3.0, 4.0]]]);
        assert_eq!(alloc::format!("{tensor:?}"), "Tensor 2×1×2 [[[1.0, 2.0]], [[3.0, 4.0]]]");
    }
}
