//! Changes of an image's numbers: a rectangle is erased, then brightness and contrast are changed.

use num_traits::Float;

use super::variation::{Rectangle, Variation};
use crate::data::Normalize;
use crate::scalar::Scalar;
use crate::shape::{Dims, Shape};

/// Makes these changes, for numbers that were pixels before they were normalized, or that were no pixels.
pub(super) fn shade<S: Shape>(variation: &Variation, normalization: Option<&Normalize>, image: &mut S) {
    let Dims { channels: _, height, width } = S::DIMS;
    for (channel, plane) in image.as_mut_slice().chunks_exact_mut(height * width).enumerate() {
        if let Some(rectangle) = variation.erase {
            erase(rectangle, plane, width);
        }
        let number = |white: f64| normalization.map(|figures| figures.number(white, channel));
        let (black, white) = (number(0.0), number(1.0));
        let limits = (black.unwrap_or(S::Scalar::neg_infinity()), white.unwrap_or(S::Scalar::infinity()));
        if variation.brightness != 1.0 {
            stretch(plane, black.unwrap_or_default(), variation.brightness, limits);
        }
        if variation.contrast != 1.0 {
            stretch(plane, mean(plane), variation.contrast, limits);
        }
    }
}

/// Fills the rectangle with the mean of the channel.
fn erase<T: Scalar>(rectangle: Rectangle, plane: &mut [T], width: usize) {
    let mean = mean(plane);
    let Rectangle { top, left, height, width: columns } = rectangle;
    for row in plane.chunks_exact_mut(width).skip(top).take(height) {
        row[left..left + columns].fill(mean);
    }
}

/// `x ← c + factor·(x − c)`, but within the limits.
fn stretch<T: Scalar>(plane: &mut [T], center: T, factor: f64, (low, high): (T, T)) {
    let factor = T::from_f64(factor);
    for x in plane {
        let stretched = center + factor * (*x - center);
        // Unlike `min` and `max`, this keeps NaN.
        *x = if stretched < low {
            low
        } else if stretched > high {
            high
        } else {
            stretched
        };
    }
}

/// The mean, from eight sums, which are computed side by side.
fn mean<T: Scalar>(plane: &[T]) -> T {
    let mut sums = [0.0; 8];
    for part in plane.chunks(8) {
        for (sum, &x) in sums.iter_mut().zip(part) {
            *sum += x.into_f64();
        }
    }
    T::from_f64(sums.iter().sum::<f64>() / plane.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Tensor;

    const IMAGE: Tensor<2, 2, 3> = Tensor([[[0.0, 0.25, 0.5], [0.75, 1.0, 0.5]], [[0.0, 0.0, 0.0], [0.25, 0.25, 1.0]]]);

    fn shaded(variation: Variation, normalization: Option<&Normalize>) -> Tensor<2, 2, 3> {
        let mut image = IMAGE;
        shade(&variation, normalization, &mut image);
        image
    }

    #[test]
    fn by_hand() {
        let none = Variation::NONE;
        assert_eq!(shaded(none, None), IMAGE);
        // The means are ½ and ¼.
        let rectangle = Rectangle { top: 0, left: 1, height: 2, width: 1 };
        assert_eq!(
            shaded(Variation { erase: Some(rectangle), ..none }, None),
            Tensor([[[0.0, 0.5, 0.5], [0.75, 0.5, 0.5]], [[0.0, 0.25, 0.0], [0.25, 0.25, 1.0]]])
        );
        let brighter = Variation { brightness: 1.5, ..none };
        assert_eq!(
            shaded(brighter, None),
            Tensor([[[0.0, 0.375, 0.75], [1.125, 1.5, 0.75]], [[0.0, 0.0, 0.0], [0.375, 0.375, 1.5]]])
        );
        // Pixels are clipped at white, and at black.
        assert_eq!(
            shaded(brighter, Some(&Normalize::unit())),
            Tensor([[[0.0, 0.375, 0.75], [1.0, 1.0, 0.75]], [[0.0, 0.0, 0.0], [0.375, 0.375, 1.0]]])
        );
        assert_eq!(
            shaded(Variation { contrast: 1.5, ..none }, None),
            Tensor([[[-0.25, 0.125, 0.5], [0.875, 1.25, 0.5]], [[-0.125, -0.125, -0.125], [0.25, 0.25, 1.375]]])
        );
        assert_eq!(
            shaded(Variation { contrast: 0.0, ..none }, Some(&Normalize::unit())),
            Tensor([[[0.5; 3]; 2], [[0.25; 3]; 2]])
        );
    }

    /// A change of pixels that are normalized then is the change of the normalized numbers.
    #[test]
    fn normalized_numbers_change_as_their_pixels_do() {
        let normalize = Normalize { mean: alloc::vec![0.5, 0.25], std: alloc::vec![0.25, 0.5] };
        let numbers = |mut image: Tensor<2, 2, 3>| {
            for (channel, plane) in image.0.iter_mut().enumerate() {
                let (mean, std) = (normalize.mean[channel] as f32, normalize.std[channel] as f32);
                plane.as_flattened_mut().iter_mut().for_each(|x| *x = (*x - mean) / std);
            }
            image
        };
        let erase = Some(Rectangle { top: 1, left: 0, height: 1, width: 2 });
        for (brightness, contrast) in [(1.25, 1.5), (0.75, 2.0), (1.5, 0.5), (0.0, 1.0)] {
            let variation = Variation { brightness, contrast, erase, ..Variation::NONE };
            let expected = numbers(shaded(variation, Some(&Normalize::unit())));
            let mut found = numbers(IMAGE);
            shade(&variation, Some(&normalize), &mut found);
            for (found, expected) in found.as_slice().iter().zip(expected.as_slice()) {
                assert!((found - expected).abs() < 1e-5, "{found} {expected}");
            }
        }
    }

    #[test]
    fn nan_is_kept() {
        let mut image = Tensor([[[f32::NAN, 0.5]]]);
        shade(&Variation { brightness: 1.5, ..Variation::NONE }, Some(&Normalize::unit()), &mut image);
        assert!(image[[0, 0, 0]].is_nan() && image[[0, 0, 1]] == 0.75);
    }
}
