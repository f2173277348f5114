//! The numbers of networks and batches as lists, and comparisons.

use shapeproof::layer::Module;
use shapeproof::scalar::Scalar;
use shapeproof::shape::Shape;
use shapeproof::tensor::{flat_mut, zeros};

/// All parameters of a network.
pub fn numbers<N: Module>(network: &N) -> Vec<N::Scalar> {
    let mut all = Vec::new();
    N::visit([network], [], &mut |_, [numbers], []| all.extend_from_slice(numbers));
    all
}

/// The bits of all parameters of a network: NaN is equal to itself, and −0 is not 0.
pub fn bits<N: Module<Scalar = f32>>(network: &N) -> Vec<u32> {
    numbers(network).into_iter().map(f32::to_bits).collect()
}

/// Fills `to` with `from`, rounded to its type.
pub fn fill<T: Scalar>(to: &mut [T], from: &[f64]) {
    assert_eq!(to.len(), from.len());
    to.iter_mut().zip(from).for_each(|(to, &from)| *to = T::from_f64(from));
}

/// A batch of these numbers.
pub fn batch<S: Shape>(numbers: &[f64]) -> Box<[S]> {
    let mut batch = zeros(numbers.len() / S::DIMS.len());
    fill(flat_mut(&mut batch), numbers);
    batch
}

/// A batch of NaN, in which a number that is not overwritten shows.
pub fn nans<S: Shape>(samples: usize) -> Box<[S]> {
    batch(&vec![f64::NAN; samples * S::DIMS.len()])
}

/// Whether each number is the expected one, up to `tolerance`, relative to 1 or the expected number, whichever is larger.
#[track_caller]
pub fn assert_close<T: Scalar>(what: &str, found: &[T], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (found, &expected)) in found.iter().zip(expected).enumerate() {
        let off = (found.into_f64() - expected).abs();
        assert!(off <= tolerance * expected.abs().max(1.0), "{what}[{i}]: found {found}, expected {expected}");
    }
}
