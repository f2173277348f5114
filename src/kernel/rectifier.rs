//! Rectifiers: ReLU, leaky ReLU and PReLU under one type. A rectifier is `x` above zero and `0` or `slope·x` below.
//!
//! An increasing rectifier commutes with max pooling, because `f(max x) = max f(x)`. Fast because a pooling leaves one value of
//! four, or fewer, for the rectifier to process. The largest tensor of a network, the output of its first convolution, is then
//! read and written once less. The argmax of a window is the same before and after `f`, so all results are those of the two
//! layers in their original order, except for the order of summation in the gradient of a slope.

use super::activation::{
    leaky_relu, leaky_relu_backward, leaky_relu_grad_input, leaky_relu_grad_slope, relu, relu_grad_input,
};
use crate::scalar::Scalar;

/// A rectifier: `y = x` where `x > 0`, and elsewhere a slope, or zero.
#[derive(Clone, Copy, Debug)]
pub enum Rectifier<'a, T> {
    /// `0`
    Zero,
    /// `slope·x`
    Slope(T),
    /// `slope[c]·x`, with learned slopes: one for all channels, or one per channel.
    Learned(&'a [T]),
}

impl<T: Scalar> Rectifier<'_, T> {
    /// Whether the rectifier commutes with a max pooling, forward and backward: it is strictly increasing, or zero below zero
    /// without a slope to learn.
    pub fn is_increasing(self) -> bool {
        match self {
            Rectifier::Zero => true,
            Rectifier::Slope(slope) => slope > T::zero(),
            Rectifier::Learned(slopes) => slopes.iter().all(|&slope| slope > T::zero()),
        }
    }

    /// The slope of this channel; `None` if it is a zero that is exact also for numbers that are not finite.
    #[inline(always)]
    pub(super) fn slope(self, channel: usize) -> Option<T> {
        match self {
            Rectifier::Zero => None,
            Rectifier::Slope(slope) => Some(slope),
            Rectifier::Learned(slopes) => Some(slopes[if slopes.len() > 1 { channel } else { 0 }]),
        }
    }

    /// Computes `y` of a sample `[C, H, W]`.
    ///
    /// # Panics
    /// If the lengths differ, the number of slopes is neither 1 nor `channels`, or the sample's length is not a multiple of it.
    #[inline]
    pub fn apply(self, channels: usize, input: &[T], output: &mut [T]) {
        match self {
            Rectifier::Zero => relu(input, output),
            Rectifier::Slope(slope) => leaky_relu(slope, input, output),
            Rectifier::Learned(slopes) => {
                assert_eq!(input.len(), output.len(), "as many inputs as outputs");
                let share = share(channels, slopes, input);
                for ((&slope, x), y) in slopes.iter().zip(input.chunks_exact(share)).zip(output.chunks_exact_mut(share))
                {
                    leaky_relu(slope, x, y);
                }
            }
        }
    }

    /// [`apply`](Rectifier::apply), in place.
    ///
    /// # Panics
    /// If the number of slopes is neither 1 nor `channels`, or the sample's length is not a multiple of it.
    #[inline]
    pub fn apply_in_place(self, channels: usize, sample: &mut [T]) {
        match self {
            Rectifier::Zero => in_place(sample, relu),
            Rectifier::Slope(slope) => in_place(sample, |x, y| leaky_relu(slope, x, y)),
            Rectifier::Learned(slopes) => {
                let share = share(channels, slopes, sample);
                for (&slope, sample) in slopes.iter().zip(sample.chunks_exact_mut(share)) {
                    in_place(sample, |x, y| leaky_relu(slope, x, y));
                }
            }
        }
    }

    /// Computes `∂L/∂x` of a sample, if `grad_input` is given, and `grad_slopes += ∂L/∂slope` if slopes are learned.
    ///
    /// # Panics
    /// If the lengths differ, the number of slopes is neither 1 nor `channels`, the numbers of slopes and their gradients differ, or
    /// the sample's length is not a multiple of the number of slopes.
    #[inline]
    pub fn backward(
        self,
        channels: usize,
        input: &[T],
        grad_output: &[T],
        grad_input: Option<&mut [T]>,
        grad_slopes: &mut [T],
    ) {
        match (self, grad_input) {
            (Rectifier::Zero, Some(dx)) => relu_grad_input(input, grad_output, dx),
            (Rectifier::Slope(slope), Some(dx)) => leaky_relu_grad_input(slope, input, grad_output, dx),
            (Rectifier::Zero | Rectifier::Slope(_), None) => {}
            (Rectifier::Learned(slopes), dx) => {
                assert_eq!(slopes.len(), grad_slopes.len(), "as many gradients as slopes");
                let gradients = [grad_output.len(), dx.as_ref().map_or(input.len(), |dx| dx.len())];
                assert_eq!([input.len(); 2], gradients, "as many gradients as inputs");
                let share = share(channels, slopes, input);
                let shares = slopes.iter().zip(input.chunks_exact(share).zip(grad_output.chunks_exact(share)));
                match dx {
                    Some(dx) => {
                        for (((&slope, (x, dy)), dx), grad) in shares.zip(dx.chunks_exact_mut(share)).zip(grad_slopes) {
                            *grad += leaky_relu_backward(slope, x, dy, dx);
                        }
                    }
                    None => {
                        shares.zip(grad_slopes).for_each(|((_, (x, dy)), grad)| *grad += leaky_relu_grad_slope(x, dy))
                    }
                }
            }
        }
    }
}

/// Applies `f` to `numbers` in place, by copying a block at a time to the stack.
fn in_place<T: Scalar>(numbers: &mut [T], f: impl Fn(&[T], &mut [T])) {
    let mut copy = [T::zero(); 1024];
    for numbers in numbers.chunks_mut(copy.len()) {
        let copy = &mut copy[..numbers.len()];
        copy.copy_from_slice(numbers);
        f(copy, numbers);
    }
}

/// The number of consecutive values of a sample that have the same slope. (At least 1, even in an empty sample.)
fn share<T>(channels: usize, slopes: &[T], sample: &[T]) -> usize {
    let (slopes, numbers) = (slopes.len(), sample.len());
    assert!(slopes > 0 && [1, channels].contains(&slopes), "{slopes} slopes for {channels} channels");
    assert!(numbers.is_multiple_of(slopes), "{numbers} values cannot be split over {channels} channels");
    (numbers / slopes).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: [f64; 6] = [-1.0, 2.0, 0.0, -3.0, -0.5, 4.0];
    const DY: [f64; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];

    #[test]
    fn by_hand() {
        // Three channels of two values.
        for (rectifier, y, dx, slopes) in [
            (Rectifier::Zero, [0.0, 2.0, 0.0, 0.0, 0.0, 4.0], [0.0, 2.0, 0.0, 0.0, 0.0, 6.0], &[][..]),
            (Rectifier::Slope(0.5), [-0.5, 2.0, 0.0, -1.5, -0.25, 4.0], [0.5, 2.0, 1.5, 2.0, 2.5, 6.0], &[]),
            (Rectifier::Learned(&[0.5]), [-0.5, 2.0, 0.0, -1.5, -0.25, 4.0], [0.5, 2.0, 1.5, 2.0, 2.5, 6.0], &[-15.5]),
            (
                Rectifier::Learned(&[1.0, 2.0, 3.0]),
                [-1.0, 2.0, 0.0, -6.0, -1.5, 4.0],
                [1.0, 2.0, 6.0, 8.0, 15.0, 6.0],
                &[-1.0, -12.0, -2.5],
            ),
        ] {
            let (mut found, mut gradient, mut in_place) = ([f64::NAN; 6], [f64::NAN; 6], X);
            rectifier.apply(3, &X, &mut found);
            rectifier.apply_in_place(3, &mut in_place);
            assert_eq!((found, in_place), (y, y), "{rectifier:?}");
            let mut grad_slopes = alloc::vec![0.0; slopes.len()];
            rectifier.backward(3, &X, &DY, Some(&mut gradient), &mut grad_slopes);
            assert_eq!((gradient, &grad_slopes[..]), (dx, slopes), "{rectifier:?}");
            rectifier.backward(3, &X, &DY, None, &mut grad_slopes);
            assert!(grad_slopes.iter().zip(slopes).all(|(&found, &once)| found == 2.0 * once), "{rectifier:?}");
        }
    }

    #[test]
    fn a_slope_of_zero_or_less_is_not_increasing() {
        assert!(Rectifier::<f32>::Zero.is_increasing() && Rectifier::Slope(0.1).is_increasing());
        assert!(!Rectifier::Slope(0.0).is_increasing() && !Rectifier::Slope(-0.1).is_increasing());
        assert!(Rectifier::Learned(&[0.1, 0.2]).is_increasing() && !Rectifier::Learned(&[0.1, -0.2]).is_increasing());
    }
}
