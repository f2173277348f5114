//! Elementwise functions, the softmax, and sums.

use shapeproof::kernel::activation::*;
use shapeproof::kernel::add::{add, add_and_rectify};
use shapeproof::kernel::naive;
use shapeproof::kernel::rectifier::Rectifier;
use shapeproof::kernel::softmax::*;
use shapeproof::kernel::sum::{sum_of, sums_of_deviations};
use shapeproof::scalar::Scalar;

use crate::grid::{assert_close, bits, integers, nans};

/// Below, at and above every vector length and number of partial sums.
const LENGTHS: [usize; 12] = [0, 1, 2, 7, 8, 15, 16, 17, 33, 64, 129, 1027];

/// Integers with a NaN among them, if `len` is not 0.
fn with_nan<T: Scalar>(len: usize, seed: usize) -> Vec<T> {
    let mut numbers = integers::<T>(len, seed);
    numbers.iter_mut().skip(len / 2).take(1).for_each(|x| *x = T::nan());
    numbers
}

/// Checks that `fast` and `defined` write the same bits over NaN.
#[track_caller]
fn same<T: Scalar>(len: usize, fast: impl FnOnce(&mut [T]), defined: impl FnOnce(&mut [T])) {
    same_from(&nans(len), fast, defined);
}

/// Checks that `fast` and `defined` compute the same bits from the contents `before`.
#[track_caller]
fn same_from<T: Scalar>(before: &[T], fast: impl FnOnce(&mut [T]), defined: impl FnOnce(&mut [T])) {
    let (mut found, mut expected) = (before.to_vec(), before.to_vec());
    fast(&mut found);
    defined(&mut expected);
    assert_eq!(bits(&found), bits(&expected), "{} numbers", before.len());
}

fn rectifiers_agree<T: Scalar>() {
    let slope = T::from_f64(0.25);
    for len in LENGTHS {
        let (x, dy) = (&with_nan::<T>(len, 1), &integers::<T>(len, 2));
        same(len, |y| relu(x, y), |y| naive::relu(x, y));
        same(len, |dx| relu_grad_input(x, dy, dx), |dx| naive::relu_grad_input(x, dy, dx));
        same_from(dy, |dx| relu_grad_in_place(x, dx), |dx| naive::relu_grad_in_place(x, dx));
        same(len, |y| leaky_relu(slope, x, y), |y| naive::leaky_relu(slope, x, y));
        same(len, |dx| leaky_relu_grad_input(slope, x, dy, dx), |dx| naive::leaky_relu_grad_input(slope, x, dy, dx));
        let x = &integers::<T>(len, 1);
        assert_eq!(leaky_relu_grad_slope(x, dy), naive::leaky_relu_grad_slope(x, dy), "{len} numbers");
        let (mut found, mut defined) = (T::nan(), T::nan());
        same(
            len,
            |dx| found = leaky_relu_backward(slope, x, dy, dx),
            |dx| defined = naive::leaky_relu_backward(slope, x, dy, dx),
        );
        assert_eq!(found, defined, "{len} numbers");
    }
}

/// Compares a slope for each channel with the leaky ReLU of each channel in turn.
fn slopes_agree<T: Scalar>() {
    for (channels, positions) in [(1, 1), (3, 5), (7, 33), (2, 1030)] {
        let len = channels * positions;
        let (x, dy) = (&integers::<T>(len, 1), &integers::<T>(len, 2));
        let slopes: &Vec<T> = &(0..channels).map(|c| T::from_f64(0.25 * (c + 1) as f64)).collect();
        let (mut found, mut defined) = (integers::<T>(channels, 3), integers::<T>(channels, 3));
        let shares = || (0..channels).map(|c| (c, c * positions..(c + 1) * positions));
        let learned = Rectifier::Learned(slopes);
        let by_definition =
            |y: &mut [T]| shares().for_each(|(c, at)| naive::leaky_relu(slopes[c], &x[at.clone()], &mut y[at]));
        same(len, |y| learned.apply(channels, x, y), by_definition);
        same_from(x, |y| learned.apply_in_place(channels, y), by_definition);
        let backward = |dx: &mut [T]| learned.backward(channels, x, dy, Some(dx), &mut found);
        same(len, backward, |dx| {
            for (c, at) in shares() {
                defined[c] += naive::leaky_relu_backward(slopes[c], &x[at.clone()], &dy[at.clone()], &mut dx[at]);
            }
        });
        assert_eq!(found, defined, "{channels} slopes");
        learned.backward(channels, x, dy, None, &mut found);
        shares().for_each(|(c, at)| defined[c] += naive::leaky_relu_grad_slope(&x[at.clone()], &dy[at]));
        assert_eq!(found, defined, "{channels} slopes, without the gradient of the input");

        same(len, |y| Rectifier::Zero.apply(channels, x, y), |y| naive::relu(x, y));
        same_from(x, |y| Rectifier::Zero.apply_in_place(channels, y), |y| naive::relu(x, y));
        let backward = |dx: &mut [T]| Rectifier::Zero.backward(channels, x, dy, Some(dx), &mut []);
        same(len, backward, |dx| naive::relu_grad_input(x, dy, dx));
    }
}

fn sums_agree<T: Scalar>() {
    for len in LENGTHS {
        let (a, b) = (&with_nan::<T>(len, 1), &integers::<T>(len, 2));
        same_from(b, |y| add(a, y), |y| naive::add(a, y));
        same_from(b, |y| add_and_rectify(a, y), |y| naive::add_and_rectify(a, y));

        let (a, term) = (&integers::<T>(len, 1), |a: T, b: T| a * b - a);
        assert_eq!(sum_of(a, b, term), naive::sum_of(a, b, term), "{len} numbers");
        let ((a, b), [two, three]) = ((a.as_slice(), b.as_slice()), [2.0, -3.0].map(T::from_f64));
        let found = sums_of_deviations((a, two), (b, three));
        assert_eq!(found, naive::sums_of_deviations((a, two), (b, three)), "{len} numbers");
    }
}

fn softmaxes_agree<T: Scalar>(tolerance: f64) {
    for (lines, count) in [([1, 1], 1), ([2, 3], 1), ([10, 1], 3), ([7, 9], 2), ([33, 5], 1), ([5, 7], 4)] {
        let len = lines[0] * lines[1] * count;
        let (x, dy) = (integers::<T>(len, 1), integers::<T>(len, 2));
        let (mut found, mut defined) = (nans(len), nans(len));
        softmax(lines, &x, &mut found);
        naive::softmax(lines, &x, &mut defined);
        assert_close("softmax", &found, &defined, tolerance);

        let (y, mut found) = (defined.clone(), nans(len));
        softmax_grad_input(lines, &y, &dy, &mut found);
        naive::softmax_grad_input(lines, &y, &dy, &mut defined);
        assert_close("gradient of the input", &found, &defined, tolerance);

        let (mut found, mut defined) = (nans(len), nans(len));
        log_softmax(lines, &x, &mut found);
        naive::log_softmax(lines, &x, &mut defined);
        assert_close("log-softmax", &found, &defined, tolerance);

        let (y, mut found) = (defined.clone(), nans(len));
        log_softmax_grad_input(lines, &y, &dy, &mut found);
        naive::log_softmax_grad_input(lines, &y, &dy, &mut defined);
        assert_close("gradient of the input of a log-softmax", &found, &defined, tolerance);
    }
}

#[test]
fn rectifiers_are_what_they_are_defined_to_be() {
    rectifiers_agree::<f32>();
    rectifiers_agree::<f64>();
    slopes_agree::<f32>();
    slopes_agree::<f64>();
}

#[test]
fn sums_are_what_they_are_defined_to_be() {
    sums_agree::<f32>();
    sums_agree::<f64>();
}

#[test]
fn a_softmax_is_what_it_is_defined_to_be() {
    softmaxes_agree::<f32>(1e-6);
    softmaxes_agree::<f64>(1e-14);
}
