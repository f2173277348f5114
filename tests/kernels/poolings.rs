//! Poolings, with ties and NaN.

use shapeproof::kernel::{avg_pool2d, naive, pool2d};
use shapeproof::scalar::Scalar;
use shapeproof::shape::Geometry;

use crate::grid::{assert_close, bits, dot, for_each_pooling, integers, nans};

/// Eleven different numbers make ties in almost every window; `None` for one of them makes it NaN.
fn poolings_agree<T: Scalar>(is_nan: impl Fn(T) -> bool) {
    for_each_pooling(|geometry| {
        let (x, y) = (geometry.input.len(), geometry.output.len());
        let mut input = integers::<T>(x, 1);
        input.iter_mut().filter(|x| is_nan(**x)).for_each(|x| *x = T::nan());
        let grad_output = integers::<T>(y, 2);

        let (mut fast, mut defined) = ((nans(y), vec![u32::MAX; y]), (nans(y), vec![u32::MAX; y]));
        pool2d::max_pool2d(geometry, &input, &mut fast.0, Some(&mut fast.1));
        naive::max_pool2d(geometry, &input, &mut defined.0, &mut defined.1);
        assert_eq!(bits(&fast.0), bits(&defined.0), "{geometry:?}");
        assert_eq!(fast.1, defined.1, "argmax, {geometry:?}");

        let mut values = nans(y);
        pool2d::max_pool2d(geometry, &input, &mut values, None);
        assert_eq!(bits(&values), bits(&defined.0), "without argmax, {geometry:?}");

        let (mut fast, mut defined, argmax) = (nans(x), nans(x), defined.1);
        pool2d::max_pool2d_grad_input(geometry, &argmax, &grad_output, &mut fast);
        naive::max_pool2d_grad_input(geometry, &argmax, &grad_output, &mut defined);
        assert_eq!(fast, defined, "gradient of the input, {geometry:?}");
    });
}

fn averages_agree<T: Scalar>(tolerance: f64) {
    for_each_average(|geometry, count_padding| {
        let (x, y) = (geometry.input.len(), geometry.output.len());
        let (input, grad_output) = (integers::<T>(x, 1), integers::<T>(y, 2));
        let (mut fast, mut defined) = (nans(y), nans(y));
        avg_pool2d::avg_pool2d(geometry, count_padding, &input, &mut fast);
        naive::avg_pool2d(geometry, count_padding, &input, &mut defined);
        assert_eq!(fast, defined, "{count_padding}, {geometry:?}");

        let (mut fast, mut defined) = (nans(x), nans(x));
        avg_pool2d::avg_pool2d_grad_input(geometry, count_padding, &grad_output, &mut fast);
        naive::avg_pool2d_grad_input(geometry, count_padding, &grad_output, &mut defined);
        assert_close(&format!("gradient of the input, {count_padding}, {geometry:?}"), &fast, &defined, tolerance);
    });
}

fn for_each_average(mut check: impl FnMut(&Geometry, bool)) {
    for_each_pooling(|geometry| [false, true].into_iter().for_each(|count_padding| check(geometry, count_padding)));
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
fn a_max_pooling_of_the_lowest_numbers_has_an_argmax() {
    for lowest in [f32::NEG_INFINITY, f32::MIN] {
        for_each_pooling(|geometry| {
            let y = geometry.output.len();
            let (mut output, mut argmax, mut expected) = (nans(y), vec![u32::MAX; y], vec![u32::MAX; y]);
            let input = vec![lowest; geometry.input.len()];
            pool2d::max_pool2d(geometry, &input, &mut output, Some(&mut argmax));
            naive::max_pool2d(geometry, &input, &mut nans(y), &mut expected);
            assert_eq!((output, argmax), (vec![lowest; y], expected), "{geometry:?}");
        });
    }
}

#[test]
fn an_average_pooling_is_what_it_is_defined_to_be() {
    averages_agree::<f32>(1e-6);
    averages_agree::<f64>(1e-14);
}

/// `⟨pool x, y⟩ = ⟨x, ∂L/∂x⟩` for `∂L/∂y = y`: an average pooling is linear.
#[test]
fn the_gradient_of_an_average_pooling_is_its_adjoint() {
    for_each_average(|geometry, count_padding| {
        let (x, y) = (integers(geometry.input.len(), 1), integers(geometry.output.len(), 2));
        let (mut output, mut grad_input) = (nans(y.len()), nans(x.len()));
        avg_pool2d::avg_pool2d(geometry, count_padding, &x, &mut output);
        avg_pool2d::avg_pool2d_grad_input(geometry, count_padding, &y, &mut grad_input);
        let (left, right) = (dot(&output, &y), dot(&x, &grad_input));
        assert!((left - right).abs() <= 1e-12 * left.abs().max(1.0), "{left} and {right}, {geometry:?}");
    });
}
