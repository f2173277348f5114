//! What losses of distances have in common: the mean over all numbers of a sample of a function of `d = y − t`.

use crate::scalar::Scalar;
use crate::shape::Shape;

/// The distances between output and target, in `f64`.
fn distances<S: Shape>(output: &S, target: &S) -> impl Iterator<Item = f64> {
    output.as_slice().iter().zip(target.as_slice()).map(|(y, t)| y.into_f64() - t.into_f64())
}

/// `1/N Σᵢ of(yᵢ − tᵢ)`
pub(super) fn mean<S: Shape>(output: &S, target: &S, of: impl Fn(f64) -> f64) -> f64 {
    distances(output, target).map(of).sum::<f64>() / output.as_slice().len() as f64
}

/// Writes `scale·slope(yᵢ − tᵢ)/N` to `grad_output`, where `both` returns a function of a distance and its slope. Returns the
/// [`mean`] of the function.
pub(super) fn gradient<S: Shape>(
    output: &S,
    target: &S,
    scale: S::Scalar,
    grad_output: &mut S,
    both: impl Fn(f64) -> (f64, f64),
) -> f64 {
    let count = output.as_slice().len() as f64;
    let gradients = grad_output.as_mut_slice().iter_mut().zip(distances(output, target));
    let values = gradients.map(|(grad, d)| {
        let (value, slope) = both(d);
        *grad = scale * S::Scalar::from_f64(slope / count);
        value
    });
    values.sum::<f64>() / count
}
