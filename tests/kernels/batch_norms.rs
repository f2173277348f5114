//! Batch normalization and its moments. They have roots and quotients, so the last bits may differ.

use shapeproof::kernel::batch_norm::*;
use shapeproof::kernel::moments::{Moments, merge_moments, moments};
use shapeproof::kernel::naive;
use shapeproof::scalar::Scalar;

use crate::grid::{assert_close, bits, integers, nans};

/// Samples, channels and positions.
const SIZES: [[usize; 3]; 6] = [[2, 1, 1], [7, 3, 1], [4, 2, 6], [3, 5, 17], [1, 2, 130], [5, 3, 33]];

const EPS: f64 = 0.01;

fn batch_norms_agree<T: Scalar>(tolerance: f64) {
    for [samples, channels, positions] in SIZES {
        let (len, count, eps) = (samples * channels * positions, samples * positions, T::from_f64(EPS));
        let (x, dy) = (&integers::<T>(len, 1), &integers::<T>(len, 2));
        let (gamma, beta) = (&integers::<T>(channels, 3), &integers::<T>(channels, 4));

        let (mut found, mut defined) = ([nans(channels), nans(channels)], [nans(channels), nans(channels)]);
        let ([mean, second_moment], [defined_mean, defined_second_moment]) = (&mut found, &mut defined);
        moments(positions, x, mean, second_moment);
        naive::moments(positions, x, defined_mean, defined_second_moment);
        assert_close("mean", mean, defined_mean, tolerance);
        assert_close("second moment", second_moment, defined_second_moment, 10.0 * tolerance);

        let inv_std = |moment: &f64| T::from_f64((moment / count as f64 + EPS).sqrt().recip());
        let inv_std: Vec<T> = defined_second_moment.iter().map(inv_std).collect();
        for rectifies in [false, true] {
            let by = Normalization { positions, mean: defined_mean, inv_std: &inv_std, gamma, beta, rectifies };
            let (mut output, mut defined) = (nans(len), nans(len));
            batch_norm(by, x, &mut output);
            if rectifies {
                naive::batch_norm_and_rectify(positions, eps, x, gamma, beta, &mut defined);
            } else {
                naive::batch_norm(positions, eps, x, gamma, beta, &mut defined);
            }
            assert_close("output", &output, &defined, tolerance);

            // The gradient before the ReLU, by the kernel's own output: one so near 0 that its sign is rounding has no other.
            let mut passed = dy.clone();
            if rectifies {
                naive::relu_grad_in_place(&output, &mut passed);
            }
            let (mut grad_gamma, mut grad_beta) = (nans::<f64>(channels), nans::<f64>(channels));
            let (mut defined_gamma, mut defined_beta) = (nans::<T>(channels), nans::<T>(channels));
            batch_norm_grad_parameters(by, x, dy, &mut grad_gamma, &mut grad_beta);
            let defined_gradients = [defined_gamma.as_mut_slice(), &mut defined_beta];
            naive::batch_norm_grad_parameters(positions, eps, x, &passed, defined_gradients);
            let in_f64 = |numbers: &[T]| numbers.iter().map(|x| x.into_f64()).collect::<Vec<_>>();
            assert_close("grad_gamma", &grad_gamma, &in_f64(&defined_gamma), 100.0 * tolerance);
            assert_close("grad_beta", &grad_beta, &in_f64(&defined_beta), tolerance);

            let (mut found, mut defined) = (nans(len), nans(len));
            batch_norm_grad_input(by, count, [&grad_gamma, &grad_beta], x, dy, &mut found);
            naive::batch_norm_grad_input(positions, eps, x, gamma, &passed, &mut defined);
            assert_close("grad_input", &found, &defined, 100.0 * tolerance);
        }

        let (mut found, mut defined) = (nans(len), nans(len));
        scale_and_shift(positions, gamma, beta, x, &mut found);
        naive::scale_and_shift(positions, gamma, beta, x, &mut defined);
        assert_eq!(bits(&found), bits(&defined), "scale and shift");
    }
}

#[test]
fn a_batch_norm_is_what_it_is_defined_to_be() {
    batch_norms_agree::<f32>(1e-5);
    batch_norms_agree::<f64>(1e-13);
}

/// Merged, the moments of two parts of a batch are those of the whole, by the kernel and by the definition.
#[test]
fn merged_moments_are_what_they_are_defined_to_be() {
    const CHANNELS: usize = 3;
    for [first, second, positions] in [[1, 1, 1], [0, 4, 3], [5, 0, 2], [3, 8, 17]] {
        let x = integers::<f64>((first + second) * CHANNELS * positions, 1);
        let (part, rest) = x.split_at(first * CHANNELS * positions);
        let of = |x: &[f64]| {
            let (mut mean, mut second_moment) = (nans::<f64>(CHANNELS), nans::<f64>(CHANNELS));
            naive::moments(positions, x, &mut mean, &mut second_moment);
            [mean, second_moment]
        };
        let ([mut mean, mut moment], [more_mean, more_moment], whole) = (of(part), of(rest), of(&x));
        let (mut defined_mean, mut defined_moment) = (mean.clone(), moment.clone());
        let (count, more) = (first * positions, second * positions);
        merge_moments([&mut mean, &mut moment], count, [&more_mean, &more_moment], more);
        naive::merge_moments([&mut defined_mean, &mut defined_moment], count, [&more_mean, &more_moment], more);
        for (what, found, defined, whole) in
            [("mean", &mean, &defined_mean, &whole[0]), ("second moment", &moment, &defined_moment, &whole[1])]
        {
            assert_close(what, found, defined, 1e-13);
            assert_close(what, defined, whole, 1e-13);
        }
    }
}

/// A convolution has the batch normalizations next to it computed part by part: samples, or groups of their channels.
#[test]
fn parts_of_a_batch_are_the_batch() {
    for [samples, channels, positions] in SIZES {
        let (sample, len) = (channels * positions, samples * channels * positions);
        let (x, dy) = (&integers::<f32>(len, 1), &integers::<f32>(len, 2));
        let (mean, inv_std) = (&integers::<f64>(channels, 3), &integers::<f32>(channels, 4));
        let (gamma, beta) = (&integers::<f32>(channels, 5), &integers::<f32>(channels, 6));
        let by = Normalization { positions, mean, inv_std, gamma, beta, rectifies: true };
        let mut whole = ([nans(channels), nans(channels)], [nans(channels), nans(channels)], nans(len), nans(len));
        let ([means, second_moments], [grad_gamma, grad_beta], y, dx) = &mut whole;
        moments(positions, x, means, second_moments);
        batch_norm_grad_parameters(by, x, dy, grad_gamma, grad_beta);
        batch_norm(by, x, y);
        batch_norm_grad_input(by, samples * positions, [grad_gamma, grad_beta], x, dy, dx);

        for groups in (1..=channels).filter(|groups| channels % groups == 0) {
            let mut parts = ([nans(channels), nans(channels)], [nans(channels), nans(channels)], nans(len), nans(len));
            let ([means, second_moments], [grad_gamma, grad_beta], y, dx) = &mut parts;
            let size = sample / groups;
            let each = || (0..groups).flat_map(|g| (0..samples).map(move |n| n * sample + g * size));
            let mut moments = Moments::new(positions, [means, second_moments]);
            let mut gradients = ParameterGradients::new(by, [grad_gamma, grad_beta]);
            for at in each() {
                moments.add(at, &x[at..at + size]);
                gradients.add(at, &x[at..at + size], &dy[at..at + size]);
                gradients.normalization().apply_to_part(x, at..at + size, &mut y[at..at + size]);
            }
            let grad_parameters = [grad_gamma.as_slice(), grad_beta];
            let of = InputGradient { by, count: samples * positions, grad_parameters, input: x, grad_output: dy };
            each().for_each(|at| of.compute(at..at + size, &mut dx[at..at + size]));
            assert_eq!(parts, whole, "{samples} samples, {groups} groups of {channels} channels");
        }
    }
}

#[test]
#[should_panic(expected = "2 maps from channel 2 on are not of one sample of 3 maps")]
fn a_part_is_of_one_sample() {
    Moments::new(5, [&mut [0.0; 3], &mut [0.0; 3]]).add(10, &[0f32; 10]);
}

#[test]
#[should_panic(expected = "7 values are not whole maps of 5")]
fn a_part_is_whole_maps() {
    Moments::new(5, [&mut [0.0; 3], &mut [0.0; 3]]).add(0, &[0f32; 7]);
}
