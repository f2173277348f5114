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

/// Writes `scale·slope(yᵢ − tᵢ)/N` to `grad_output`, where `slope` is the derivative of that function.
pub(super) fn gradient<S: Shape>(
    output: &S,
    target: &S,
    scale: S::Scalar,
    grad_output: &mut S,
    slope: impl Fn(f64) -> f64,
) {
    let count = output.as_slice().len() as f64;
    for (grad, d) in grad_output.as_mut_slice().iter_mut().zip(distances(output, target)) {
        *grad = scale * S::Scalar::from_f64(slope(d) / count);
    }
}
