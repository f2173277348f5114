//! The fast kernels against their definitions, and against each other: the same numbers, and true adjoints.
//!
//! All numbers are small integers, so every sum is exact and has to agree to the last bit whatever its order. Results are
//! filled with NaN beforehand: what a kernel does not write, or reads without reason, shows.

use shapeproof::kernel::conv2d::{Backward, BackwardScratch};
use shapeproof::kernel::{avg_pool2d, conv2d, dense, im2col, naive, pool2d};
use shapeproof::scalar::Scalar;
use shapeproof::shape::{Dims, Geometry, Window, rules};

/// Calls `check` with every convolution of a grid in which no two sizes agree for long: kernels larger and smaller than
/// their stride, windows wholly in the padding, last rows and columns out of reach.
fn for_each_geometry(mut check: impl FnMut(&Geometry)) {
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
    for input in inputs {
        for kernel in [[1, 1], [2, 2], [3, 3], [2, 3], [5, 1], [1, 4]] {
            for stride in [[1, 1], [2, 2], [1, 3], [3, 2]] {
                for padding in [[0, 0], [1, 1], [2, 0], [1, 3]] {
                    let window = Window { kernel, stride, padding };
                    filters = filters % 5 + 1;
                    if let Ok(output) = rules::conv2d(input, filters, window) {
                        check(&Geometry { input, output, window });
                    }
                }
            }
        }
    }
}

/// Those of the grid that are poolings as well, and for each of their images a window as large as the image.
fn for_each_pooling(mut check: impl FnMut(&Geometry)) {
    for_each_geometry(|geometry| {
        let Dims { channels, height, width } = geometry.input;
        let window = Window { kernel: [height, width], stride: [height, width], padding: [0, 0] };
        check(&Geometry { output: Dims::new(channels, 1, 1), window, ..*geometry });
        if let Ok(output) = rules::pool2d("MaxPool2D", geometry.input, geometry.window) {
            check(&Geometry { output, ..*geometry });
        }
    });
}

/// Integers from −5 to 5, without a period.
fn integers<T: Scalar>(len: usize, seed: usize) -> Vec<T> {
    let mut state = seed as u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407); // Knuth's MMIX
        (state >> 33) % 11
    };
    (0..len).map(|_| T::from_f64(next() as f64 - 5.0)).collect()
}

fn nans<T: Scalar>(len: usize) -> Vec<T> {
    vec![T::nan(); len]
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `rows[(oy, ox), (ky, kx, c)]` as `columns[(c, ky, kx), (oy, ox)]`.
fn as_columns<T: Scalar>(geometry: &Geometry, rows: &[T]) -> Vec<T> {
    let (channels, patch) = (geometry.input.channels, geometry.patch());
    let entry = |at: usize| {
        let (row, position) = (at / geometry.positions(), at % geometry.positions());
        let (c, tap) = (row / (patch / channels), row % (patch / channels));
        rows[position * patch + tap * channels + c]
    };
    (0..rows.len()).map(entry).collect()
}

/// An image `[H, W, C]` as `[C, H, W]`.
fn channels_outside<T: Scalar>(geometry: &Geometry, image: &[T]) -> Vec<T> {
    let pixels = geometry.input.height * geometry.input.width;
    (0..image.len()).map(|at| image[at % pixels * geometry.input.channels + at / pixels]).collect()
}

/// Band by band: two rows at a time, and what is left.
fn patches_agree<T: Scalar>() {
    for_each_geometry(|geometry| {
        let (pixels, entries, rows) =
            (geometry.input.len(), geometry.patch() * geometry.positions(), geometry.output.height);
        let (image, patches) = (integers::<T>(pixels, 1), integers::<T>(entries, 2));
        let mut defined = nans(entries);
        naive::im2col(geometry, &channels_outside(geometry, &image), &mut defined);
        let bands = || (0..rows).step_by(2).map(|oy| oy..(oy + 2).min(rows));
        let width = geometry.output.width * geometry.patch();

        let mut by_row = nans(entries);
        for band in bands() {
            im2col::im2row(geometry, band.clone(), &image, &mut by_row[band.start * width..band.end * width]);
        }
        assert_eq!(as_columns(geometry, &by_row), defined, "im2row, {geometry:?}");

        for band in bands() {
            let positions = band.len() * geometry.output.width;
            let mut columns = nans(geometry.patch() * positions);
            im2col::im2col(geometry, band.clone(), &channels_outside(geometry, &image), &mut columns);
            for (found, defined) in columns.chunks(positions).zip(defined.chunks(geometry.positions())) {
                assert_eq!(found, &defined[band.start * geometry.output.width..][..positions], "im2col, {geometry:?}");
            }
        }

        let (mut fast, mut defined) = (vec![T::zero(); pixels], nans(pixels));
        for band in bands() {
            im2col::row2im(geometry, band.clone(), &patches[band.start * width..band.end * width], &mut fast);
        }
        naive::col2im(geometry, &as_columns(geometry, &patches), &mut defined);
        assert_eq!(channels_outside(geometry, &fast), defined, "row2im, {geometry:?}");

        let all = 0..rows;
        fast.fill(T::zero());
        im2col::col2im(geometry, all, &as_columns(geometry, &patches), &mut fast);
        assert_eq!(fast, defined, "col2im, {geometry:?}");
    });
}

/// Two samples, forward and backward, with a gradient that has no zeros, and with one that is mostly zeros.
fn convolution_agrees<T: Scalar>(geometry: &Geometry) {
    let (x, y) = (geometry.input.len(), geometry.output.len());
    let (filters, weights) = (geometry.output.channels, geometry.output.channels * geometry.patch());
    let (input, weight, bias) = (integers::<T>(2 * x, 1), integers(weights, 2), integers(filters, 3));

    let (columns, starts) = (&mut nans(geometry.patch() * geometry.positions()), &mut vec![0; geometry.patch()]);
    let (mut fast, mut defined) = (nans(y), nans(y));
    conv2d::conv2d(geometry, &input[..x], &weight, &bias, columns, starts, &mut fast);
    naive::conv2d(geometry, &input[..x], &weight, &bias, &mut defined);
    assert_eq!(fast, defined, "{geometry:?}");

    let mut scratch = BackwardScratch::new(geometry);
    for (name, kept) in [("dense", 1), ("sparse", 5)] {
        let mut grad_output = integers::<T>(2 * y, 4);
        grad_output.iter_mut().enumerate().filter(|(i, _)| i % kept != 0).for_each(|(_, dy)| *dy = T::zero());
        let (mut grad_input, mut fast) = (nans(2 * x), (integers(weights, 5), integers(filters, 6)));
        let mut defined = fast.clone();
        for grad_input in [None, Some(&mut *grad_input)] {
            let gradients = Backward {
                input: &input,
                weight: &weight,
                grad_output: &grad_output,
                grad_input,
                grad_weight: &mut fast.0,
                grad_bias: &mut fast.1,
            };
            conv2d::conv2d_backward(geometry, gradients, &mut scratch);
            for (input, grad_output) in input.chunks(x).zip(grad_output.chunks(y)) {
                naive::add_conv2d_grad_parameters(geometry, input, grad_output, &mut defined.0, &mut defined.1);
            }
            assert_eq!(fast, defined, "gradients of weight and bias, {name}, {geometry:?}");
        }
        for (found, grad_output) in grad_input.chunks(x).zip(grad_output.chunks(y)) {
            let mut defined = nans(x);
            naive::conv2d_grad_input(geometry, &weight, grad_output, &mut defined);
            assert_eq!(found, defined, "gradient of the input, {name}, {geometry:?}");
        }
    }
}

fn dense_layers_agree<T: Scalar>() {
    for (samples, inputs, outputs) in [(1, 1, 1), (1, 5, 3), (4, 1, 2), (3, 7, 1), (2, 33, 20), (9, 6, 40)] {
        let (weights, sizes) = (inputs * outputs, format!("{samples} samples, {inputs} → {outputs}"));
        let (input, weight, bias) = (integers::<T>(samples * inputs, 1), integers(weights, 2), integers(outputs, 3));
        let grad_output = integers::<T>(samples * outputs, 4);

        let (mut fast, mut defined) = (nans(samples * outputs), nans(samples * outputs));
        dense::dense(inputs, &input, &weight, &bias, &mut fast);
        naive::dense(inputs, &input, &weight, &bias, &mut defined);
        assert_eq!(fast, defined, "{sizes}");

        let (mut fast, mut defined) = (nans(samples * inputs), nans(samples * inputs));
        dense::dense_grad_input(inputs, &weight, &grad_output, &mut fast);
        naive::dense_grad_input(inputs, &weight, &grad_output, &mut defined);
        assert_eq!(fast, defined, "gradient of the input, {sizes}");

        let mut fast = (integers(weights, 5), integers(outputs, 6));
        let mut defined = fast.clone();
        dense::add_dense_grad_parameters(inputs, &input, &grad_output, &mut fast.0, &mut fast.1);
        naive::add_dense_grad_parameters(inputs, &input, &grad_output, &mut defined.0, &mut defined.1);
        assert_eq!(fast, defined, "gradients of weight and bias, {sizes}");
    }
}

/// Eleven different numbers make ties in almost every window; `None` for one of them makes it NaN.
fn poolings_agree<T: Scalar>(is_nan: impl Fn(T) -> bool) {
    let bits = |numbers: &[T]| numbers.iter().map(|x| x.into_f64().to_bits()).collect::<Vec<_>>();
    for_each_pooling(|geometry| {
        let (x, y) = (geometry.input.len(), geometry.output.len());
        let mut input = integers::<T>(x, 1);
        input.iter_mut().filter(|x| is_nan(**x)).for_each(|x| *x = T::nan());
        let grad_output = integers::<T>(y, 2);

        let (mut fast, mut defined) = ((nans(y), vec![u32::MAX; y]), (nans(y), vec![u32::MAX; y]));
        pool2d::max_pool2d(geometry, &input, &mut fast.0, Some(&mut fast.1));
        naive::max_pool2d(geometry, &input, &mut defined.0, &mut defined.1);
        assert_eq!(bits(&fast.0), bits(&defined.0), "{geometry:?}");
        assert_eq!(fast.1, defined.1, "winners, {geometry:?}");

        let mut values = nans(y);
        pool2d::max_pool2d(geometry, &input, &mut values, None);
        assert_eq!(bits(&values), bits(&defined.0), "without winners, {geometry:?}");

        let (mut fast, mut defined, winner) = (nans(x), nans(x), defined.1);
        pool2d::max_pool2d_grad_input(geometry, &winner, &grad_output, &mut fast);
        naive::max_pool2d_grad_input(geometry, &winner, &grad_output, &mut defined);
        assert_eq!(fast, defined, "gradient of the input, {geometry:?}");
    });
}

fn averages_agree<T: Scalar>() {
    for_each_pooling(|geometry| {
        let (x, y) = (geometry.input.len(), geometry.output.len());
        let (input, grad_output) = (integers::<T>(x, 1), integers::<T>(y, 2));
        let (mut fast, mut defined) = (nans(y), nans(y));
        avg_pool2d::avg_pool2d(geometry, &input, &mut fast);
        naive::avg_pool2d(geometry, &input, &mut defined);
        assert_eq!(fast, defined, "{geometry:?}");

        let (mut fast, mut defined) = (nans(x), nans(x));
        avg_pool2d::avg_pool2d_grad_input(geometry, &grad_output, &mut fast);
        naive::avg_pool2d_grad_input(geometry, &grad_output, &mut defined);
        assert_eq!(fast, defined, "gradient of the input, {geometry:?}");
    });
}

#[test]
fn patches_are_what_they_are_defined_to_be() {
    patches_agree::<f32>();
    patches_agree::<f64>();
}

#[test]
fn a_convolution_is_what_it_is_defined_to_be() {
    for_each_geometry(convolution_agrees::<f32>);
    for_each_geometry(convolution_agrees::<f64>);
}

#[test]
fn a_dense_layer_is_what_it_is_defined_to_be() {
    dense_layers_agree::<f32>();
    dense_layers_agree::<f64>();
}

#[test]
fn a_max_pooling_is_what_it_is_defined_to_be() {
    poolings_agree::<f32>(|_| false);
    poolings_agree::<f64>(|_| false);
}

#[test]
fn a_max_pooling_passes_nan_on() {
    poolings_agree::<f32>(|x| x == 3.0);
    poolings_agree::<f64>(|x| x > -3.0);
}

#[test]
fn a_max_pooling_of_the_lowest_numbers_has_winners() {
    for lowest in [f32::NEG_INFINITY, f32::MIN] {
        for_each_pooling(|geometry| {
            let y = geometry.output.len();
            let (mut output, mut winner, mut expected) = (nans(y), vec![u32::MAX; y], vec![u32::MAX; y]);
            let input = vec![lowest; geometry.input.len()];
            pool2d::max_pool2d(geometry, &input, &mut output, Some(&mut winner));
            naive::max_pool2d(geometry, &input, &mut nans(y), &mut expected);
            assert_eq!((output, winner), (vec![lowest; y], expected), "{geometry:?}");
        });
    }
}

#[test]
fn an_average_pooling_is_what_it_is_defined_to_be() {
    averages_agree::<f32>();
    averages_agree::<f64>();
}

/// `⟨pool x, y⟩ = ⟨x, ∂L/∂x⟩` for `∂L/∂y = y`: an average pooling is linear.
#[test]
fn the_gradient_of_an_average_pooling_is_its_adjoint() {
    for_each_pooling(|geometry| {
        let (x, y) = (integers(geometry.input.len(), 1), integers(geometry.output.len(), 2));
        let (mut output, mut grad_input) = (nans(y.len()), nans(x.len()));
        avg_pool2d::avg_pool2d(geometry, &x, &mut output);
        avg_pool2d::avg_pool2d_grad_input(geometry, &y, &mut grad_input);
        let (left, right) = (dot(&output, &y), dot(&x, &grad_input));
        assert!((left - right).abs() <= 1e-12 * left.abs().max(1.0), "{left} and {right}, {geometry:?}");
    });
}

/// Images whose patches do not fit in one band, with a small patch and with a large one.
#[test]
fn a_convolution_of_a_large_image_is_what_it_is_defined_to_be() {
    let window = Window { kernel: [3, 2], stride: [1, 2], padding: [1, 0] };
    for (input, filters) in [(Dims::new(3, 90, 91), 4), (Dims::new(17, 41, 40), 5)] {
        let Ok(output) = rules::conv2d(input, filters, window) else { panic!("the shape does not fit") };
        convolution_agrees::<f32>(&Geometry { input, output, window });
        convolution_agrees::<f64>(&Geometry { input, output, window });
    }
}

/// Rows of outputs, of inputs and of windows that are whole vectors, so that patches are read where they lie.
#[test]
fn a_convolution_of_whole_vectors_is_what_it_is_defined_to_be() {
    for (input, filters, kernel, stride, padding) in [
        (Dims::new(16, 5, 16), 6, [3, 3], [1, 1], [1, 1]),
        (Dims::new(16, 4, 32), 9, [1, 3], [1, 1], [0, 1]),
        (Dims::new(32, 7, 16), 5, [3, 1], [1, 1], [2, 0]),
        (Dims::new(48, 5, 48), 3, [2, 2], [1, 1], [0, 1]),
        (Dims::new(16, 9, 33), 4, [3, 3], [2, 2], [1, 0]),
        (Dims::new(3, 8, 32), 17, [5, 3], [3, 2], [2, 1]),
        (Dims::new(32, 6, 48), 5, [3, 3], [1, 3], [0, 0]),
        (Dims::new(33, 5, 32), 7, [1, 1], [2, 2], [0, 0]),
        (Dims::new(8, 3, 80), 4, [4, 4], [1, 1], [2, 2]),
        (Dims::new(8, 4, 16), 3, [3, 3], [1, 1], [4, 1]),
    ] {
        let window = Window { kernel, stride, padding };
        let Ok(output) = rules::conv2d(input, filters, window) else { panic!("the shape does not fit") };
        convolution_agrees::<f32>(&Geometry { input, output, window });
        convolution_agrees::<f64>(&Geometry { input, output, window });
    }
}

/// `⟨im2row x, y⟩ = ⟨x, row2im y⟩`
#[test]
fn row2im_is_the_adjoint_of_im2row() {
    for_each_geometry(|geometry| {
        let (pixels, entries) = (geometry.input.len(), geometry.patch() * geometry.positions());
        let (x, y, all) = (integers(pixels, 1), integers(entries, 2), 0..geometry.output.height);
        let (mut rows, mut image) = (nans(entries), vec![0.0; pixels]);
        im2col::im2row(geometry, all.clone(), &x, &mut rows);
        im2col::row2im(geometry, all, &y, &mut image);
        assert_eq!(dot(&rows, &y), dot(&x, &image), "{geometry:?}");
    });
}

/// `⟨w ⋆ x, g⟩ = ⟨x, ∂L/∂x⟩ = ⟨w, ∂L/∂w⟩` for `∂L/∂y = g`: a convolution is linear in its input and in its weight.
#[test]
fn gradients_of_a_convolution_are_its_adjoints() {
    for_each_geometry(|geometry| {
        let (x, y) = (geometry.input.len(), geometry.output.len());
        let (filters, weights) = (geometry.output.channels, geometry.output.channels * geometry.patch());
        let (input, weight, grad_output) = (integers(x, 1), integers(weights, 2), integers(y, 3));
        let (columns, starts) = (&mut nans(geometry.patch() * geometry.positions()), &mut vec![0; geometry.patch()]);
        let (mut output, mut grad_input, mut grad_weight) = (nans(y), nans(x), vec![0.0; weights]);

        conv2d::conv2d(geometry, &input, &weight, &vec![0.0; filters], columns, starts, &mut output);
        let gradients = Backward {
            input: &input,
            weight: &weight,
            grad_output: &grad_output,
            grad_input: Some(&mut grad_input),
            grad_weight: &mut grad_weight,
            grad_bias: &mut vec![0.0; filters],
        };
        conv2d::conv2d_backward(geometry, gradients, &mut BackwardScratch::new(geometry));
        let expected = dot(&output, &grad_output);
        assert_eq!(dot(&input, &grad_input), expected, "in the input, {geometry:?}");
        assert_eq!(dot(&weight, &grad_weight), expected, "in the weight, {geometry:?}");
    });
}
