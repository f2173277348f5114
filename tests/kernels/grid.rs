//! A grid of sizes that rarely coincide, and numbers whose sums are exact.

use shapeproof::scalar::Scalar;
use shapeproof::shape::{Dims, Geometry, Window, inference};

/// Calls `check` with every convolution of a grid of sizes that rarely coincide: kernels larger and smaller than their stride,
/// windows entirely in the padding, last rows and columns that no window reaches; each also with another padding on each side and
/// with dilation.
pub fn for_each_geometry(mut check: impl FnMut(&Geometry)) {
    let inputs = [
        Dims::new(1, 5, 7),
        Dims::new(3, 8, 4),
        Dims::new(2, 6, 11),
        Dims::new(4, 1, 6),
        Dims::new(2, 9, 1),
        Dims::new(5, 7, 6),
        // Wide enough for whole vectors whatever the stride, and too large to be kept on the stack.
        Dims::new(2, 4, 27),
        Dims::new(1, 41, 53),
    ];
    let mut filters = 0;
    for (input, window) in inputs.into_iter().flat_map(|input| windows().map(move |window| (input, window))) {
        filters = filters % 5 + 1;
        if let Ok(output) = inference::conv2d("Conv2D", input, filters, 1, window) {
            check(&Geometry { input, output, window });
        }
    }
}

fn windows() -> impl Iterator<Item = Window> {
    let kernels = [[1, 1], [2, 2], [3, 3], [2, 3], [5, 1], [1, 4]].into_iter();
    let strides = |kernel| [[1, 1], [2, 2], [1, 3], [3, 2]].map(|stride| (kernel, stride));
    let paddings =
        |(kernel, stride)| [[0, 0], [1, 1], [2, 0], [1, 3]].map(|padding| Window::new(kernel, stride, padding));
    let plain = kernels.flat_map(strides).flat_map(paddings);
    plain.enumerate().flat_map(|(i, plain)| {
        let after = [[0, 1], [3, 0], [1, 2]][i % 3];
        let dilation = [[1, 1], [2, 2], [1, 3], [3, 1], [2, 5]][i % 5];
        [plain, Window { after, dilation, ..plain }]
    })
}

/// Calls `check` with convolutions of the grid in two or three groups, and of one channel in up to five.
pub fn for_each_grouped(mut check: impl FnMut(&Geometry, usize)) {
    let mut count = 0;
    for_each_geometry(|geometry| {
        count += 1;
        let Geometry { input, output, window } = *geometry;
        let grouped = |channels: usize, filters: usize, groups: usize| Geometry {
            input: Dims { channels: channels * groups, ..input },
            output: Dims { channels: filters * groups, ..output },
            window,
        };
        if count % 4 == 0 {
            check(&grouped(input.channels, output.channels, 2 + count % 3 % 2), 2 + count % 3 % 2);
        }
        check(&grouped(1, 1 + count % 2, 2 + count % 4), 2 + count % 4);
    });
}

/// Calls `check` with the geometries of the grid that are poolings too, also rounded up, and for each image with a window as large
/// as the image.
pub fn for_each_pooling(mut check: impl FnMut(&Geometry)) {
    for_each_geometry(|geometry| {
        let Dims { channels, height, width } = geometry.input;
        let window = Window::new([height, width], [height, width], [0, 0]);
        check(&Geometry { output: Dims::new(channels, 1, 1), window, ..*geometry });
        for ceil in [false, true] {
            let window = Window { ceil, ..geometry.window };
            if let Ok(output) = inference::pool2d("MaxPool2D", geometry.input, window) {
                check(&Geometry { output, window, ..*geometry });
            }
        }
    });
}

/// Integers from −5 to 5, without a period.
pub fn integers<T: Scalar>(len: usize, seed: usize) -> Vec<T> {
    let mut state = seed as u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407); // Knuth's MMIX
        (state >> 33) % 11
    };
    (0..len).map(|_| T::from_f64(next() as f64 - 5.0)).collect()
}

pub fn nans<T: Scalar>(len: usize) -> Vec<T> {
    vec![T::nan(); len]
}

pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The bits of all numbers, so that NaN is equal to itself.
pub fn bits<T: Scalar>(numbers: &[T]) -> Vec<u64> {
    numbers.iter().map(|x| x.into_f64().to_bits()).collect()
}

/// Checks that two results are the same up to rounding, with NaN equal to itself.
#[track_caller]
pub fn assert_close<T: Scalar>(what: &str, found: &[T], defined: &[T], tolerance: f64) {
    assert_eq!(found.len(), defined.len(), "{what}");
    for (i, (found, defined)) in found.iter().zip(defined).enumerate() {
        let (found, defined) = (found.into_f64(), defined.into_f64());
        let close = (found - defined).abs() <= tolerance * defined.abs().max(1.0);
        assert!(close || (found.is_nan() && defined.is_nan()), "{what}[{i}]: {found}, by definition {defined}");
    }
}
