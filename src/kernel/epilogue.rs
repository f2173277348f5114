//! What follows a convolution in inference, and is computed in its pass: while an output is still in cache.

use super::rectifier::Rectifier;
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
                    x[s] = T::rectify(simd, x[s]);
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
        let Some([scale, shift]) = self.scale else {
            if let Some(rectifier) = self.rectifier {
                rectifier.apply_in_place(channels, sample);
            }
            return;
        };
        let plane = sample.len() / channels;
        for (c, plane) in sample.chunks_exact_mut(plane).enumerate() {
            let (scale, shift) = (scale[c], shift[c]);
            match self.rectifier.map(|rectifier| rectifier.slope(c)) {
                None => widest!({ plane.iter_mut().for_each(|x| *x = scale * *x + shift) }),
                Some(None) => widest!({
                    for x in plane {
                        let y = scale * *x + shift;
                        *x = if y <= T::zero() { T::zero() } else { y };
                    }
                }),
                Some(Some(slope)) => widest!({
                    let factor = slope; // a copy: a captured variable would be read again for every number
                    for x in plane {
                        let y = scale * *x + shift;
                        *x = if y > T::zero() { y } else { factor * y };
                    }
                }),
            }
        }
    }
}
