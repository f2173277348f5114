//! What follows a convolution in inference, and is computed in its pass: while an output is still in cache.

use super::rectifier::Rectifier;
use super::rectify::{leak, rectify};
use crate::scalar::Scalar;
use crate::simd::{Simd, widest};

/// A batch normalization, a rectifier and a max pooling, in the order of the network; none by default.
#[derive(Clone, Copy, Debug)]
pub struct Epilogue<'a, T> {
    /// Factors and shifts, one for each channel: `scale·y + shift`, a batch normalization in inference.
    pub scale: Option<[&'a [T]; 2]>,
    /// A rectifier. Before a pooling it may be applied after it, if it [is increasing](Rectifier::is_increasing): the result is the same.
    pub rectifier: Option<Rectifier<'a, T>>,
    /// The rows and columns of the windows of a max pooling, side by side; a rest that fills no window is left out.
    pub pool: Option<[usize; 2]>,
}

impl<'a, T: Scalar> Epilogue<'a, T> {
    /// Nothing follows.
    pub const NONE: Self = Epilogue { scale: None, rectifier: None, pool: None };

    /// Whether nothing but a pooling follows.
    #[inline(always)]
    pub(super) fn is_none(&self) -> bool {
        self.scale.is_none() && self.rectifier.is_none()
    }

    /// The same without the first channels.
    #[inline(always)]
    pub(super) fn skip(self, channels: usize) -> Epilogue<'a, T> {
        let rectifier = match self.rectifier {
            Some(Rectifier::Learned(slopes)) if slopes.len() > 1 => Some(Rectifier::Learned(&slopes[channels..])),
            rectifier => rectifier,
        };
        Epilogue { scale: self.scale.map(|scale| scale.map(|numbers| &numbers[channels..])), rectifier, ..self }
    }

    /// Applies all but the pooling to vectors of a channel.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // an iterator would keep the sums of a tile out of registers
    pub(super) fn of_vectors<S: Simd, const N: usize>(
        &self,
        simd: S,
        channel: usize,
        mut x: [T::Of<S>; N],
    ) -> [T::Of<S>; N] {
        if let Some([scale, shift]) = self.scale {
            let (scale, shift) = (T::splat(simd, scale[channel]), T::splat(simd, shift[channel]));
            for s in 0..N {
                x[s] = T::plus(simd, T::times(simd, scale, x[s]), shift);
            }
        }
        match self.rectifier.map(|rectifier| rectifier.slope(channel)) {
            None => {}
            Some(None) => {
                for s in 0..N {
                    x[s] = T::rectify(simd, x[s], x[s]);
                }
            }
            Some(Some(slope)) => {
                let slope = T::splat(simd, slope);
                for s in 0..N {
                    x[s] = T::if_positive(simd, x[s], x[s], T::times(simd, slope, x[s]));
                }
            }
        }
        x
    }

    /// Applies all but the pooling to a sample, in place.
    #[inline(always)]
    pub(super) fn apply(self, channels: usize, sample: &mut [T]) {
        if !self.is_none() {
            let plane = sample.len() / channels;
            sample.chunks_exact_mut(plane).enumerate().for_each(|(c, plane)| self.apply_to_channel(c, plane));
        }
    }

    #[inline(always)]
    fn apply_to_channel(&self, channel: usize, plane: &mut [T]) {
        let scale = self.scale.map(|[scale, shift]| [scale[channel], shift[channel]]);
        match (scale, self.rectifier.map(|rectifier| rectifier.slope(channel))) {
            (None, None) => {}
            (None, Some(None)) => replace(
                plane,
                #[inline(always)]
                |x| rectify(x, x),
            ),
            (None, Some(Some(slope))) => replace(
                plane,
                #[inline(always)]
                |x| leak(slope, x, x),
            ),
            (Some([scale, shift]), None) => replace(
                plane,
                #[inline(always)]
                |x| scale * x + shift,
            ),
            (Some([scale, shift]), Some(None)) => replace(
                plane,
                #[inline(always)]
                |x| rectify(scale * x + shift, scale * x + shift),
            ),
            (Some([scale, shift]), Some(Some(slope))) => replace(
                plane,
                #[inline(always)]
                |x| leak(slope, scale * x + shift, scale * x + shift),
            ),
        }
    }
}

/// Replaces every number by the function of it.
#[inline(always)]
fn replace<T: Scalar>(numbers: &mut [T], f: impl Fn(T) -> T) {
    widest!({
        for x in numbers {
            *x = f(*x);
        }
    });
}
