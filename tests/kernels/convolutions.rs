//! Convolutions and their patches: every path agrees with the definition, and adjoint identities hold.

use shapeproof::kernel::conv2d::{self, Backward, BackwardScratch, Columns, Epilogue, Forward, Plan, im2col_gemm};
use shapeproof::kernel::gemm::{Write, packed};
use shapeproof::kernel::matrix::Matrix;
use shapeproof::kernel::rectifier::Rectifier;
use shapeproof::kernel::{im2col, naive};
use shapeproof::scalar::Scalar;
use shapeproof::shape::{Dims, Geometry, Window, inference};

use crate::grid::{dot, for_each_geometry, for_each_grouped, integers, nans};

type Gemm<T> = fn(Matrix<'_, T>, Matrix<'_, T>, Write<'_, T>, &mut [T], usize);

/// Band by band: two rows at a time, and the rest.
fn patches_agree<T: Scalar>() {
    for_each_geometry(|geometry| {
        let (pixels, entries, rows) =
            (geometry.input.len(), geometry.patch() * geometry.positions(), geometry.output.height);
        let (image, patches) = (integers::<T>(pixels, 1), integers::<T>(entries, 2));
        let bands = || (0..rows).step_by(2).map(|oy| oy..(oy + 2).min(rows));
        let width = geometry.output.width * geometry.patch();

        let (mut fast, mut defined) = (nans(entries), nans(entries));
        for band in bands() {
            im2col::im2row(geometry, band.clone(), &image, &mut fast[band.start * width..band.end * width]);
        }
        naive::im2row(geometry, &image, &mut defined);
        assert_eq!(fast, defined, "im2row, {geometry:?}");

        naive::im2col(geometry, &image, &mut defined);
        for band in bands() {
            let positions = band.len() * geometry.output.width;
            let mut columns = nans(geometry.patch() * positions);
            im2col::im2col(geometry, band.clone(), &image, &mut columns);
            for (found, defined) in columns.chunks(positions).zip(defined.chunks(geometry.positions())) {
                assert_eq!(found, &defined[band.start * geometry.output.width..][..positions], "im2col, {geometry:?}");
            }
        }

        let mut fast = integers::<T>(pixels, 3);
        let mut defined = fast.clone();
        for band in bands() {
            im2col::add_row2im(geometry, band.clone(), &patches[band.start * width..band.end * width], &mut fast);
        }
        naive::add_row2im(geometry, &patches, &mut defined);
        assert_eq!(fast, defined, "add_row2im, {geometry:?}");

        im2col::add_col2im(geometry, 0..rows, &patches, &mut fast);
        naive::add_col2im(geometry, &patches, &mut defined);
        assert_eq!(fast, defined, "add_col2im, {geometry:?}");
    });
}

/// im2col with any GEMM, for every shape.
fn the_textbook_agrees<T: Scalar>(gemm: Gemm<T>) {
    for_each_geometry(|geometry| {
        let (x, y) = (geometry.input.len(), geometry.output.len());
        let (filters, weights) = (geometry.output.channels, geometry.output.channels * geometry.patch());
        let (input, weight, bias) = (integers::<T>(x, 1), integers(weights, 2), integers(filters, 3));
        let (grad_output, columns) = (integers(y, 4), &mut nans(geometry.patch() * geometry.positions()));

        let (mut found, mut defined) = (nans(y), nans(y));
        im2col_gemm::conv2d(geometry, &input, &weight, Write::Bias(&bias), columns, &mut found, gemm);
        naive::conv2d(geometry, 1, &input, &weight, &bias, &mut defined);
        assert_eq!(found, defined, "{geometry:?}");

        let (mut found, mut defined) = (nans(x), nans(x));
        im2col_gemm::conv2d_grad_input(geometry, &weight, &grad_output, Write::Overwrite, columns, &mut found, gemm);
        naive::conv2d_grad_input(geometry, 1, &weight, &grad_output, &mut defined);
        assert_eq!(found, defined, "gradient of the input, {geometry:?}");

        let (bias, plane) = (integers::<T>(geometry.input.channels, 3), geometry.input.height * geometry.input.width);
        let write = Write::Bias(&bias);
        im2col_gemm::conv2d_grad_input(geometry, &weight, &grad_output, write, columns, &mut found, gemm);
        defined.chunks_mut(plane).zip(&bias).for_each(|(plane, &bias)| plane.iter_mut().for_each(|x| *x += bias));
        assert_eq!(found, defined, "transposed convolution, {geometry:?}");

        let mut found = integers(weights, 5);
        let mut defined = found.clone();
        im2col_gemm::add_conv2d_grad_weight(geometry, &input, &grad_output, columns, &mut found, |a, b, c| {
            gemm(a, b.transposed(), Write::Accumulate, c, b.rows);
        });
        let grad_bias = &mut vec![T::zero(); filters];
        naive::add_conv2d_grad_parameters(geometry, 1, &input, &grad_output, &mut defined, grad_bias);
        assert_eq!(found, defined, "gradient of the weight, {geometry:?}");
    });
}

/// Two samples, forward and backward, with a gradient without zeros, and with one that is mostly zeros.
fn convolution_agrees<T: Scalar>(geometry: &Geometry) {
    grouped_agrees::<T>(geometry, 1);
}

fn grouped_agrees<T: Scalar>(geometry: &Geometry, groups: usize) {
    let (x, y, patch) = (geometry.input.len(), geometry.output.len(), geometry.group(groups).patch());
    let (filters, weights) = (geometry.output.channels, geometry.output.channels * patch);
    let (input, weight) = (integers::<T>(2 * x, 1), integers(weights, 2));

    let (numbers, starts) = (&mut nans(patch * geometry.positions()), &mut vec![0; patch]);
    let panels = &mut nans(weights);
    for bias in [integers(filters, 3), Vec::new()] {
        let (mut fast, mut defined) = (nans(y), nans(y));
        let columns = Columns { numbers: &mut *numbers, starts: &mut *starts, panels: &mut *panels };
        let of = Forward::new(&input[..x], &weight, &bias, &mut fast);
        conv2d::conv2d(&geometry.group(groups), groups, of, columns);
        naive::conv2d(geometry, groups, &input[..x], &weight, &bias, &mut defined);
        assert_eq!(fast, defined, "{groups} groups, {geometry:?}");
    }

    let mut scratch = BackwardScratch::new(&geometry.group(groups), groups);
    for (name, kept) in [("dense", 1), ("sparse", 5)] {
        let mut grad_output = integers::<T>(2 * y, 4);
        grad_output.iter_mut().enumerate().filter(|(i, _)| i % kept != 0).for_each(|(_, dy)| *dy = T::zero());
        let (mut grad_input, mut fast) = (nans(2 * x), (integers(weights, 5), integers(filters, 6)));
        let mut defined = fast.clone();
        for grad_input in [None, Some(&mut *grad_input)] {
            let gradients = Backward {
                input: (&*input).into(),
                weight: &weight,
                grad_output: (&*grad_output).into(),
                grad_input,
                grad_weight: &mut fast.0,
                grad_bias: &mut fast.1,
            };
            conv2d::conv2d_backward(&geometry.group(groups), groups, gradients, &mut scratch);
            for (input, grad_output) in input.chunks(x).zip(grad_output.chunks(y)) {
                naive::add_conv2d_grad_parameters(geometry, groups, input, grad_output, &mut defined.0, &mut defined.1);
            }
            assert_eq!(fast, defined, "gradients of weight and bias, {name}, {groups} groups, {geometry:?}");
        }
        let (none, gradients) = (
            &mut [][..],
            Backward {
                input: (&*input).into(),
                weight: &weight,
                grad_output: (&*grad_output).into(),
                grad_input: None,
                grad_weight: &mut fast.0,
                grad_bias: &mut [],
            },
        );
        conv2d::conv2d_backward(&geometry.group(groups), groups, gradients, &mut scratch);
        for (input, grad_output) in input.chunks(x).zip(grad_output.chunks(y)) {
            naive::add_conv2d_grad_parameters(geometry, groups, input, grad_output, &mut defined.0, none);
        }
        assert_eq!(fast, defined, "without bias, {name}, {groups} groups, {geometry:?}");
        for (found, grad_output) in grad_input.chunks(x).zip(grad_output.chunks(y)) {
            let mut defined = nans(x);
            naive::conv2d_grad_input(geometry, groups, &weight, grad_output, &mut defined);
            assert_eq!(found, defined, "gradient of the input, {name}, {groups} groups, {geometry:?}");
        }
    }
}

#[test]
fn patches_are_what_they_are_defined_to_be() {
    patches_agree::<f32>();
    patches_agree::<f64>();
}

#[test]
fn im2col_and_gemm_are_a_convolution() {
    the_textbook_agrees::<f32>(packed::gemm);
    the_textbook_agrees::<f64>(packed::gemm);
    the_textbook_agrees::<f32>(naive::gemm);
}

#[test]
fn a_convolution_is_what_it_is_defined_to_be() {
    for_each_geometry(convolution_agrees::<f32>);
    for_each_geometry(convolution_agrees::<f64>);
}

#[test]
fn a_convolution_in_groups_is_what_it_is_defined_to_be() {
    for_each_grouped(grouped_agrees::<f32>);
    for_each_grouped(grouped_agrees::<f64>);
}

/// Images whose patches do not fit in one band, with a small patch and with a large one.
#[test]
fn a_convolution_of_a_large_image_is_what_it_is_defined_to_be() {
    let window = Window::new([3, 2], [1, 2], [1, 0]);
    for (input, filters) in [(Dims::new(3, 90, 91), 4), (Dims::new(17, 41, 40), 5)] {
        let Ok(output) = inference::conv2d("Conv2D", input, filters, 1, window) else {
            panic!("the shape does not fit")
        };
        convolution_agrees::<f32>(&Geometry { input, output, window });
        convolution_agrees::<f64>(&Geometry { input, output, window });
    }
}

/// Rows of outputs, of inputs and of windows that are whole vectors, so that patches are read in place.
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
        // Nearly whole: the last vector of a row begins earlier.
        (Dims::new(5, 6, 28), 6, [3, 3], [1, 1], [1, 1]),
        (Dims::new(9, 5, 31), 5, [2, 2], [1, 1], [0, 0]),
        (Dims::new(7, 6, 61), 5, [3, 3], [2, 2], [1, 1]),
        (Dims::new(4, 3, 44), 9, [3, 5], [1, 1], [0, 2]),
    ] {
        let plain = Window::new(kernel, stride, padding);
        // As wide as before, with rows that are apart.
        let apart = Window { dilation: [2, 1], before: [2, plain.before[1]], after: [3, plain.after[1]], ..plain };
        for window in [plain, apart] {
            let Ok(output) = inference::conv2d("Conv2D", input, filters, 1, window) else {
                panic!("the shape does not fit")
            };
            convolution_agrees::<f32>(&Geometry { input, output, window });
            convolution_agrees::<f64>(&Geometry { input, output, window });
        }
    }
}

/// Depthwise: heights that are whole stacks of rows, that are not, and that are less than one; one filter for each channel, and two.
#[test]
fn a_depthwise_convolution_of_whole_vectors_is_what_it_is_defined_to_be() {
    for (height, width) in [(8, 16), (13, 16), (16, 32), (7, 16), (9, 20)] {
        for (kernel, padding, dilation) in [
            ([3, 3], [1, 1], [1, 1]),
            ([5, 5], [2, 2], [1, 1]),
            ([3, 1], [0, 0], [1, 1]),
            ([5, 2], [4, 8], [1, 1]),
            ([3, 3], [2, 2], [2, 2]),
            ([3, 3], [1, 2], [1, 2]),
            ([4, 5], [0, 0], [1, 1]),
        ] {
            let window = Window { dilation, ..Window::new(kernel, [1, 1], padding) };
            for (channels, filters) in [(3, 3), (2, 4)] {
                let input = Dims::new(channels, height, width);
                let Ok(output) = inference::conv2d("Conv2D", input, filters, channels, window) else { continue };
                grouped_agrees::<f32>(&Geometry { input, output, window }, channels);
                grouped_agrees::<f64>(&Geometry { input, output, window }, channels);
            }
        }
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
        im2col::add_row2im(geometry, all, &y, &mut image);
        assert_eq!(dot(&rows, &y), dot(&x, &image), "{geometry:?}");
    });
}

/// `⟨w ⋆ x, g⟩ = ⟨x, ∂L/∂x⟩ = ⟨w, ∂L/∂w⟩` for `∂L/∂y = g`: a convolution is linear in its input and in its weight.
#[test]
fn gradients_of_a_convolution_are_its_adjoints() {
    let check = |geometry: &Geometry, groups: usize| {
        let (x, y, patch) = (geometry.input.len(), geometry.output.len(), geometry.group(groups).patch());
        let (filters, weights) = (geometry.output.channels, geometry.output.channels * patch);
        let (input, weight, grad_output) = (integers(x, 1), integers(weights, 2), integers(y, 3));
        let (numbers, starts, panels) =
            (&mut nans(patch * geometry.positions()), &mut vec![0; patch], &mut nans(weights));
        let columns = Columns { numbers, starts, panels };
        let (mut output, mut grad_input, mut grad_weight) = (nans(y), nans(x), vec![0.0; weights]);

        let of = Forward::new(&*input, &weight, &[], &mut output);
        conv2d::conv2d(&geometry.group(groups), groups, of, columns);
        let gradients = Backward {
            input: (&*input).into(),
            weight: &weight,
            grad_output: (&*grad_output).into(),
            grad_input: Some(&mut grad_input),
            grad_weight: &mut grad_weight,
            grad_bias: &mut vec![0.0; filters],
        };
        conv2d::conv2d_backward(
            &geometry.group(groups),
            groups,
            gradients,
            &mut BackwardScratch::new(&geometry.group(groups), groups),
        );
        let expected = dot(&output, &grad_output);
        assert_eq!(dot(&input, &grad_input), expected, "in the input, {geometry:?}");
        assert_eq!(dot(&weight, &grad_weight), expected, "in the weight, {geometry:?}");
    };
    for_each_geometry(|geometry| check(geometry, 1));
    for_each_grouped(check);
}

/// A convolution with what follows it is the definitions one after the other, for one sample and for five: with whole panels of
/// filters, which are computed by filter, and with other numbers of them; factors; rectifiers that are increasing and that are not;
/// poolings whose windows leave a rest; NaN among the pixels.
fn what_follows_agrees<T: Scalar>() {
    let mut pooled = 0;
    for (count, (filters, groups)) in
        [(16, 1), (32, 1), (48, 1), (64, 2), (80, 1), (20, 1), (4, 4)].into_iter().enumerate()
    {
        for (height, width) in [(5, 7), (8, 8), (9, 16), (13, 30)] {
            for (stride, padding, channels) in [([1, 1], [1, 1], 1), ([2, 2], [2, 1], 6), ([1, 3], [0, 1], 8)] {
                let window = Window::new([3, 3], stride, padding);
                let input = Dims::new(channels * groups, height, width);
                let Ok(output) = inference::conv2d("Conv2D", input, filters, groups, window) else { continue };
                pooled += each_epilogue::<T>(&Geometry { input, output, window }, groups, count % 2 == 1);
            }
        }
    }
    // So large that it is computed in two bands: in one sample, only the second has NaN.
    let (input, output, window) = (Dims::new(1, 28, 28), Dims::new(32, 28, 28), Window::new([3, 3], [1, 1], [1, 1]));
    pooled += each_epilogue::<T>(&Geometry { input, output, window }, 1, true);
    assert!(pooled > 100, "{pooled} convolutions were pooled");
}

/// Returns how many were pooled.
fn each_epilogue<T: Scalar>(geometry: &Geometry, groups: usize, has_nan: bool) -> usize {
    const SAMPLES: usize = 5;
    let Geometry { input, output, .. } = *geometry;
    let (group, filters, x) = (geometry.group(groups), output.channels, input.len());
    let patch = group.patch();
    let (mut pixels, weight, bias) =
        (integers::<T>(SAMPLES * x, 1), integers(filters * patch, 2), integers(filters, 3));
    if has_nan {
        // In the middle of the first sample, and near the end of the second.
        [pixels[x / 2], pixels[2 * x - 2]] = [T::nan(); 2];
    }
    let mut convolved = nans(SAMPLES * output.len());
    for (pixels, y) in pixels.chunks(x).zip(convolved.chunks_mut(output.len())) {
        naive::conv2d(geometry, groups, pixels, &weight, &bias, y);
    }
    let slopes: Vec<T> = (0..filters).map(|c| T::from_f64([0.5, 2.0, -1.0][c % 3])).collect();
    let positive: Vec<T> = slopes.iter().map(|slope| slope.abs()).collect();
    let shifts: Vec<T> = integers(filters, 4);
    let rectifiers = [
        None,
        Some(Rectifier::Zero),
        Some(Rectifier::Slope(T::from_f64(0.5))),
        Some(Rectifier::Learned(&positive)),
        Some(Rectifier::Learned(&slopes)),
        Some(Rectifier::Learned(&slopes[2..3])),
    ];
    let scales = [None, Some([&*slopes, &*shifts])];
    let pools = [None, Some([2, 2]), Some([3, 2]), Some([1, 1])];
    let most = Plan::forward(&group, groups).most_pooled_rows(&group);
    let mut pooled = 0;
    for (scale, (rectifier, pool)) in scales
        .into_iter()
        .flat_map(|scale| rectifiers.map(|rectifier| (scale, rectifier)))
        .flat_map(|(scale, rectifier)| pools.map(|pool| (scale, (rectifier, pool))))
    {
        let [ph, pw] = pool.unwrap_or([1, 1]);
        if pool.is_some() && ph > most || ph > output.height || pw > output.width {
            continue;
        }
        pooled += usize::from(pool == Some([2, 2]));
        let reduced = Dims::new(filters, output.height / ph, output.width / pw);
        let pooling = Geometry { input: output, output: reduced, window: Window::new([ph, pw], [ph, pw], [0, 0]) };
        let mut defined = nans(SAMPLES * reduced.len());
        for (y, defined) in convolved.chunks(output.len()).zip(defined.chunks_mut(reduced.len())) {
            let mut y = y.to_vec();
            if let Some([scale, shift]) = scale {
                for (plane, (&scale, &shift)) in y.chunks_mut(output.height * output.width).zip(scale.iter().zip(shift))
                {
                    plane.iter_mut().for_each(|y| *y = scale * *y + shift);
                }
            }
            if let Some(rectifier) = rectifier {
                rectifier.apply_in_place(filters, &mut y);
            }
            naive::max_pool2d(&pooling, &y, defined, &mut vec![0; reduced.len()]);
        }
        for samples in [1, SAMPLES] {
            let mut fast = nans(samples * reduced.len());
            let (numbers, starts, panels) =
                (&mut nans(patch * output.height * output.width), &mut vec![0; patch], &mut nans(weight.len()));
            let (then, input) = (Epilogue { scale, rectifier, pool }, &pixels[..samples * x]);
            let of = Forward { then, ..Forward::new(input, &weight, &bias, &mut fast) };
            conv2d::conv2d(&group, groups, of, Columns { numbers, starts, panels });
            let same = fast.iter().zip(&defined).all(|(a, b)| a == b || a.is_nan() && b.is_nan());
            assert!(same, "{samples} samples, {groups} groups, {geometry:?}, {then:?}");
        }
    }
    pooled
}

#[test]
fn what_follows_a_convolution_is_computed_with_it() {
    what_follows_agrees::<f32>();
    what_follows_agrees::<f64>();
}

/// Also where one sample is computed by copied patches that are too large for the cache, and more by filter.
#[test]
fn the_number_of_samples_changes_no_bit() {
    let window = Window::new([1, 9], [1, 1], [0, 4]);
    let (input, output) = (Dims::new(256, 1, 130), Dims::new(144, 1, 130));
    let (geometry, patch) = (Geometry { input, output, window }, 256 * 9);
    let numbers = |count: usize| (0..count).map(|i| (i * 7919 % 1009) as f32 / 504.25 - 1.0).collect::<Vec<_>>();
    let (pixels, weight, bias) = (numbers(4 * input.len()), numbers(144 * patch), numbers(144));
    let predict = |samples: usize| {
        let mut y = nans::<f32>(samples * output.len());
        let (numbers, starts, panels) =
            (&mut nans(patch * geometry.positions()), &mut vec![0; patch], &mut nans(weight.len()));
        let (input, then) = (&pixels[..samples * input.len()], Epilogue::NONE);
        let of = Forward { then, ..Forward::new(input, &weight, &bias, &mut y) };
        conv2d::conv2d(&geometry, 1, of, Columns { numbers, starts, panels });
        y.into_iter().take(output.len()).map(f32::to_bits).collect::<Vec<_>>()
    };
    assert_eq!(predict(1), predict(4));
}
