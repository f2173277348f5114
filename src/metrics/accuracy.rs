//! Accuracy, top-1 and top-k: `accuracy = (correct predictions) / (all predictions)`.
//!
//! All functions rank the outputs of a sample in the same order: larger first, NaN after all numbers, and the lower index first
//! among equals. So `top_k(output, label, 1)` is exactly `argmax(output) == label`.

use core::cmp::Ordering;

use crate::scalar::Scalar;

/// The fraction of `labels` that were `predicted`, from 0 to 1; NaN if there are none.
///
/// # Panics
///
/// If the two lengths differ.
///
/// ```
/// # use shapeproof::metrics::accuracy;
/// assert_eq!(accuracy(&[7, 2, 1, 1], &[7, 2, 1, 0]), 0.75);
/// ```
pub fn accuracy(labels: &[usize], predicted: &[usize]) -> f64 {
    let (predictions, labeled) = (predicted.len(), labels.len());
    assert_eq!(predictions, labeled, "accuracy of {predictions} predictions against {labeled} labels");
    let correct = predicted.iter().zip(labels).filter(|(predicted, label)| predicted == label).count();
    correct as f64 / predictions as f64
}

/// The index of the largest output: the class a network predicts.
///
/// Among equals it is the first. A NaN is never the largest; if all outputs are NaN, the index is 0.
///
/// # Panics
///
/// If `output` is empty.
///
/// ```
/// # use shapeproof::metrics::argmax;
/// assert_eq!(argmax(&[0.5, 2.0, -1.0, 2.0]), 1);
/// ```
pub fn argmax<T: Scalar>(output: &[T]) -> usize {
    assert!(!output.is_empty(), "argmax of no outputs");
    (1..output.len()).fold(0, |best, i| if ahead(output, i, best) { i } else { best })
}

/// Whether `label` is among the `k` largest outputs.
///
/// Among equals the lower index ranks first, as in [`argmax`], so exactly `min(k, output.len())` classes are included. NaN ranks
/// after all numbers.
///
/// # Panics
///
/// If `label` is not an index of `output`.
///
/// ```
/// # use shapeproof::metrics::top_k;
/// let output = [0.5, 2.0, -1.0, 1.0];
/// assert!(top_k(&output, 3, 2));
/// assert!(!top_k(&output, 0, 2));
/// ```
#[doc(alias = "top5")]
pub fn top_k<T: Scalar>(output: &[T], label: usize, k: usize) -> bool {
    let classes = output.len();
    assert!(label < classes, "label {label} is not one of {classes} outputs");
    (0..classes).filter(|&i| ahead(output, i, label)).count() < k
}

/// Whether output `i` ranks before output `j`.
fn ahead<T: Scalar>(output: &[T], i: usize, j: usize) -> bool {
    let (a, b) = (output[i], output[j]);
    let numbers_first = a.is_nan().cmp(&b.is_nan());
    let larger_first = || b.partial_cmp(&a).unwrap_or(Ordering::Equal); // incomparable: both are NaN here
    numbers_first.then_with(larger_first).then(i.cmp(&j)) == Ordering::Less
}

#[cfg(test)]
mod tests {
    use super::{accuracy, argmax, top_k};

    const NAN: f32 = f32::NAN;
    const INF: f32 = f32::INFINITY;

    #[test]
    fn accuracy_counts_matches() {
        assert_eq!(accuracy(&[3, 1, 4, 1, 5], &[3, 1, 4, 2, 6]), 0.6);
        assert_eq!(accuracy(&[0, 0], &[1, 2]), 0.0);
        assert!(accuracy(&[], &[]).is_nan());
    }

    #[test]
    #[should_panic(expected = "accuracy of 3 predictions against 2 labels")]
    fn accuracy_needs_pairs() {
        accuracy(&[1, 2], &[1, 2, 3]);
    }

    #[test]
    fn argmax_takes_the_first_of_the_largest() {
        for (output, expected) in [
            (&[-3.0, -1.0, -2.0][..], 1),
            (&[1.0, 5.0, 5.0, 0.0], 1),
            (&[0.0, -0.0], 0),
            (&[-0.0, 0.0], 0),
            (&[4.0], 0),
            (&[NAN, -INF, NAN], 1),
            (&[1.0, NAN, 2.0, NAN], 2),
            (&[NAN, NAN], 0),
            (&[-INF, -INF], 0),
        ] {
            assert_eq!(argmax(output), expected, "{output:?}");
        }
    }

    #[test]
    #[should_panic(expected = "argmax of no outputs")]
    fn argmax_needs_an_output() {
        argmax::<f32>(&[]);
    }

    #[test]
    fn top_k_breaks_ties_by_index() {
        // The ranking is 3, 1, 2, 5, 0, 4: ties by index, NaN last.
        let output = [-1.0, 2.0, 2.0, 7.0, NAN, 0.0];
        for (rank, label) in [3, 1, 2, 5, 0, 4].into_iter().enumerate() {
            for k in 0..9 {
                assert_eq!(top_k(&output, label, k), rank < k, "label {label}, k {k}");
            }
        }
    }

    #[test]
    fn k_classes_are_in_and_the_first_is_argmax() {
        const VALUES: [f32; 5] = [NAN, -INF, 0.0, 1.0, INF];
        for digits in 0..5usize.pow(4) {
            let output: [f32; 4] = core::array::from_fn(|i| VALUES[digits / 5usize.pow(i as u32) % 5]);
            for k in 0..6 {
                let hits = (0..4).filter(|&label| top_k(&output, label, k)).count();
                assert_eq!(hits, k.min(4), "{output:?}, k {k}");
            }
            assert!(top_k(&output, argmax(&output), 1), "{output:?}");
        }
    }

    #[test]
    #[should_panic(expected = "label 4 is not one of 4 outputs")]
    fn top_k_needs_a_label_in_range() {
        top_k(&[0.0f64; 4], 4, 2);
    }
}
