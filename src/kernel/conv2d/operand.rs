//! Operands of a convolution that a batch normalization next to it has to compute first.
//!
//! Between two convolutions, a batch normalization by itself reads and writes all activations twice forward and twice backward, and in
//! training they are too many to stay in cache. A convolution reads its operands part by part, and each part fits: so the normalization
//! computes a part just before the convolution reads it, and never writes the whole.

use core::ops::Range;

use crate::kernel::batch_norm::{InputGradient, ParameterGradients};
use crate::scalar::Scalar;

/// Numbers of all samples of a convolution, read part by part: one sample, or a group of its channels.
#[derive(Debug)]
pub enum Operand<'a, T> {
    /// In memory.
    Numbers(&'a [T]),
    /// The output of a batch normalization.
    Normalized {
        /// Its input.
        input: &'a [T],
        /// The normalization, and what the gradient of its output adds to the gradients of its parameters.
        gradients: ParameterGradients<'a, T>,
        /// Room for the largest part.
        room: &'a mut [T],
    },
    /// The gradient of the input of a batch normalization.
    Gradient {
        /// What it is computed from.
        of: InputGradient<'a, T>,
        /// Room for the largest part.
        room: &'a mut [T],
    },
}

impl<'a, T> From<&'a [T]> for Operand<'a, T> {
    fn from(numbers: &'a [T]) -> Self {
        Operand::Numbers(numbers)
    }
}

impl<T: Scalar> Operand<'_, T> {
    /// How many numbers there are.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        match self {
            Operand::Numbers(numbers) => numbers.len(),
            Operand::Normalized { input, .. } => input.len(),
            Operand::Gradient { of, .. } => of.input.len(),
        }
    }

    /// The part at this place.
    #[inline(always)]
    pub(super) fn part(&mut self, part: Range<usize>) -> &[T] {
        match self {
            Operand::Numbers(numbers) => &numbers[part],
            Operand::Normalized { input, gradients, room } => {
                let room = &mut room[..part.len()];
                gradients.normalization().apply_to_part(input, part, room);
                room
            }
            Operand::Gradient { of, room } => {
                let room = &mut room[..part.len()];
                of.compute(part, room);
                room
            }
        }
    }

    /// Takes the gradient of the part that begins at this index.
    #[inline(always)]
    pub(super) fn take_gradient(&mut self, at: usize, gradient: &[T]) {
        if let Operand::Normalized { input, gradients, .. } = self {
            gradients.add(at, &input[at..at + gradient.len()], gradient);
        }
    }
}
