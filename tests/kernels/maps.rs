//! What works on whole maps: global pooling, maxout, gates, upsampling, group and layer normalization.

use shapeproof::kernel::gate::*;
use shapeproof::kernel::global_pool2d::*;
use shapeproof::kernel::group_norm::*;
use shapeproof::kernel::maxout::*;
use shapeproof::kernel::naive;
use shapeproof::kernel::upsample2d::*;
use shapeproof::scalar::Scalar;
use shapeproof::shape::Dims;

use crate::grid::{assert_close, bits, integers, nans};

/// How many maps, and how many numbers each: below, at and above whole vectors.
const MAPS: [[usize; 2]; 7] = [[1, 1], [5, 1], [3, 7], [4, 16], [2, 33], [3, 129], [1, 1027]];

/// Integers with a NaN among them in every map but the first, and in its end in the last.
fn with_nans<T: Scalar>([maps, positions]: [usize; 2], seed: usize) -> Vec<T> {
    let mut numbers = integers::<T>(maps * positions, seed);
    (1..maps).for_each(|c| numbers[c * positions + (c * 31) % positions] = T::nan());
    if maps > 1 {
        numbers[maps * positions - 1] = T::nan();
    }
    numbers
}

#[track_caller]
fn same<T: Scalar>(found: &[T], expected: &[T]) {
    assert_eq!(bits(found), bits(expected), "{} numbers", found.len());
}

fn global_poolings_agree<T: Scalar>() {
    for [maps, positions] in MAPS {
        let (x, dy) = (integers::<T>(maps * positions, 1), integers::<T>(maps, 2));
        let (mut found, mut defined) = (nans(maps), nans(maps));
        global_avg_pool2d(positions, &x, &mut found);
        naive::global_avg_pool2d(positions, &x, &mut defined);
        same::<T>(&found, &defined);
        let (mut dx, mut by_definition) = (nans(x.len()), nans(x.len()));
        global_avg_pool2d_grad_input(positions, &dy, &mut dx);
        naive::global_avg_pool2d_grad_input(positions, &dy, &mut by_definition);
        same::<T>(&dx, &by_definition);

        for x in [x, with_nans([maps, positions], 3)] {
            let (mut argmax, mut defined_argmax) = (vec![99; maps], vec![99; maps]);
            global_max_pool2d(positions, &x, &mut found, Some(&mut argmax));
            naive::global_max_pool2d(positions, &x, &mut defined, &mut defined_argmax);
            same::<T>(&found, &defined);
            assert_eq!(argmax, defined_argmax);
            found.fill(T::zero());
            global_max_pool2d(positions, &x, &mut found, None);
            same::<T>(&found, &defined);
            global_max_pool2d_grad_input(positions, &argmax, &dy, &mut dx);
            naive::global_max_pool2d_grad_input(positions, &argmax, &dy, &mut by_definition);
            same::<T>(&dx, &by_definition);
        }
    }
}

fn maxouts_agree<T: Scalar>() {
    for [maps, positions] in MAPS {
        for pieces in [1, 2, 3, 5] {
            let dy = integers::<T>(maps * positions, 2);
            for x in [integers::<T>(dy.len() * pieces, 1), with_nans([maps * pieces, positions], 3)] {
                let (mut found, mut defined) = (nans(dy.len()), nans(dy.len()));
                let (mut argmax, mut defined_argmax) = (vec![99; dy.len()], vec![99; dy.len()]);
                maxout(positions, pieces, &x, &mut found, Some(&mut argmax));
                naive::maxout(positions, pieces, &x, &mut defined, &mut defined_argmax);
                same::<T>(&found, &defined);
                assert_eq!(argmax, defined_argmax);
                found.fill(T::zero());
                maxout(positions, pieces, &x, &mut found, None);
                same::<T>(&found, &defined);
                let (mut dx, mut by_definition) = (nans(x.len()), nans(x.len()));
                maxout_grad_input(positions, pieces, &argmax, &dy, &mut dx);
                naive::maxout_grad_input(positions, pieces, &argmax, &dy, &mut by_definition);
                same::<T>(&dx, &by_definition);
            }
        }
    }
}

fn gates_agree<T: Scalar>() {
    for [maps, positions] in MAPS {
        let len = maps * positions;
        let (x, g, dy) = (integers::<T>(len, 1), integers::<T>(maps, 2), integers::<T>(len, 3));
        let (mut found, mut defined) = (nans(len), nans(len));
        gate(positions, &g, &x, &mut found);
        naive::gate(positions, &g, &x, &mut defined);
        same::<T>(&found, &defined);
        add_gate_grad_input(positions, &g, &dy, &mut found);
        naive::add_gate_grad_input(positions, &g, &dy, &mut defined);
        same::<T>(&found, &defined);
        let (mut found, mut defined) = (nans(maps), nans(maps));
        gate_grad_factors(positions, &x, &dy, &mut found);
        naive::gate_grad_factors(positions, &x, &dy, &mut defined);
        same::<T>(&found, &defined);
    }
}

/// The weights of linear interpolation are exact for scales that are powers of two.
fn upsamplings_agree<T: Scalar>(tolerance: f64) {
    for (channels, height, width) in [(1, 1, 1), (2, 1, 5), (3, 4, 1), (2, 3, 5), (1, 6, 19)] {
        let dims = Dims::new(channels, height, width);
        for scale in [[1, 1], [2, 2], [4, 2], [1, 8], [3, 2], [2, 5], [7, 3]] {
            let len = dims.len() * scale[0] * scale[1];
            let (x, dy) = (integers::<T>(dims.len(), 1), integers::<T>(len, 2));
            let (mut found, mut defined) = (nans(len), nans(len));
            let (mut dx, mut by_definition) = (nans(x.len()), nans(x.len()));
            nearest2d(dims, scale, &x, &mut found);
            naive::nearest2d(dims, scale, &x, &mut defined);
            same::<T>(&found, &defined);
            nearest2d_grad_input(dims, scale, &dy, &mut dx);
            naive::nearest2d_grad_input(dims, scale, &dy, &mut by_definition);
            same::<T>(&dx, &by_definition);

            bilinear2d(dims, scale, &x, &mut found);
            naive::bilinear2d(dims, scale, &x, &mut defined);
            assert_close("bilinear", &found, &defined, tolerance);
            bilinear2d_grad_input(dims, scale, &dy, &mut dx);
            naive::bilinear2d_grad_input(dims, scale, &dy, &mut by_definition);
            assert_close("gradient of bilinear", &dx, &by_definition, tolerance * scale[0] as f64 * scale[1] as f64);
        }
    }
}

fn normalizations_agree<T: Scalar>(tolerance: f64) {
    let eps = 0.25;
    for ([maps, positions], groups) in
        [([2, 1], 1), ([6, 1], 3), ([35, 1], 1), ([300, 1], 2), ([6, 5], 2), ([4, 33], 4), ([3, 129], 1), ([8, 16], 2)]
    {
        let (sizes, len) = ([positions, groups], 3 * maps * positions);
        let (x, dy) = (integers::<T>(len, 1), integers::<T>(len, 2));
        let (gamma, beta) = (integers::<T>(maps, 3), integers::<T>(maps, 4));
        let (mut found, mut defined) = (nans(len), nans(len));
        let mut statistics = vec![[T::nan(); 2]; 3 * groups];
        group_norm(sizes, eps, &x, [&gamma, &beta], &mut found, Some(&mut statistics));
        naive::group_norm(sizes, T::from_f64(eps), &x, [&gamma, &beta], &mut defined);
        assert_close("group norm", &found, &defined, tolerance);
        let kept = found.clone();
        group_norm(sizes, eps, &x, [&gamma, &beta], &mut found, None);
        same::<T>(&found, &kept);

        let (mut grads, mut defined_grads) = ([beta.clone(), gamma.clone()], [beta.clone(), gamma.clone()]);
        let [grad_gamma, grad_beta] = &mut grads;
        group_norm_backward(sizes, &statistics, &x, &gamma, &dy, &mut found, [grad_gamma, grad_beta]);
        let [grad_gamma, grad_beta] = &mut defined_grads;
        let grads_by_definition: [&mut [T]; 2] = [grad_gamma, grad_beta];
        naive::group_norm_backward(sizes, T::from_f64(eps), &x, &gamma, &dy, &mut defined, grads_by_definition);
        assert_close("gradient of the input", &found, &defined, 10.0 * tolerance);
        assert_close("gradient of gamma", &grads[0], &defined_grads[0], 10.0 * tolerance);
        assert_close("gradient of beta", &grads[1], &defined_grads[1], tolerance);
    }
}

#[test]
fn global_poolings_are_what_they_are_defined_to_be() {
    global_poolings_agree::<f32>();
    global_poolings_agree::<f64>();
}

#[test]
fn a_maxout_is_what_it_is_defined_to_be() {
    maxouts_agree::<f32>();
    maxouts_agree::<f64>();
}

#[test]
fn a_gate_is_what_it_is_defined_to_be() {
    gates_agree::<f32>();
    gates_agree::<f64>();
}

#[test]
fn upsampling_is_what_it_is_defined_to_be() {
    upsamplings_agree::<f32>(1e-6);
    upsamplings_agree::<f64>(1e-13);
}

#[test]
fn a_normalization_of_groups_is_what_it_is_defined_to_be() {
    normalizations_agree::<f32>(1e-5);
    normalizations_agree::<f64>(1e-13);
}
