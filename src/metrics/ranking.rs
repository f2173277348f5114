//! Metrics of two classes that need no threshold: the area under the ROC curve, and average precision.

use alloc::vec::Vec;

use crate::scalar::Scalar;

/// The area under the ROC curve: the probability that a sample of the class has a higher score than one that is not of it.
///
/// ```text
/// AUROC = 1/(P·N) Σ [sᵢ > sⱼ] + ½·[sᵢ = sⱼ]        over all P samples i of the class, and all N others j
/// ```
///
/// (Hanley and McNeil 1982, *The meaning and use of the area under a receiver operating characteristic curve*; scikit-learn's
/// `roc_auc_score`.) Any score does that grows with the probability of the class: a logit will do. ½ is guessing, 1 perfect.
/// NaN if the class has no samples, or all, or a score is NaN.
///
/// # Panics
/// If there are more scores than labels, or fewer.
///
/// ```
/// # use shapeproof::metrics::auroc;
/// assert_eq!(auroc(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]), 0.75);
/// ```
///
/// For a network with one output, trained by [`BinaryCrossEntropy`](crate::loss::BinaryCrossEntropy):
///
/// ```
/// # use shapeproof::{data::Pairs, network::Network, tensor::Vector};
/// # shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 1) }
/// # let (network, inputs, targets) = (Net::new(1), [Vector::from([1.0, 2.0]), Vector::from([3.0, 1.0])], [true, false]);
/// # let validation = Pairs::new(&inputs, &targets);
/// use shapeproof::metrics::{auroc, average_precision};
/// use shapeproof::train::Threads;
///
/// let judge = |output: &Vector<1>, target: &bool| (output.as_slice()[0], *target);
/// let (scores, labels): (Vec<f32>, Vec<bool>) =
///     Threads::new(None)?.infer(&*network, &validation, judge).into_iter().unzip();
/// println!("AUROC {:.4}, average precision {:.4}", auroc(&scores, &labels), average_precision(&scores, &labels));
/// # Ok::<(), shapeproof::Error>(())
/// ```
#[doc(alias = "AUC")]
#[doc(alias = "ROC")]
#[doc(alias = "roc_auc_score")]
pub fn auroc<T: Scalar>(scores: &[T], labels: &[bool]) -> f64 {
    let Some(groups) = groups(scores, labels, "AUROC") else { return f64::NAN };
    // Each group of equal scores: its members of the class are above all others that come after it, and equal to those in it.
    let (mut pairs, mut members, mut others) = (0.0, 0.0, 0.0);
    for [of_class, of_others] in groups {
        pairs += of_others * (members + 0.5 * of_class);
        members += of_class;
        others += of_others;
    }
    pairs / (members * others)
}

/// Average precision: the mean of the precisions at every threshold, weighted by how much of the class each threshold adds.
///
/// ```text
/// AP = Σ (Rₙ − Rₙ₋₁)·Pₙ        P, R: precision and recall with the n highest different scores taken for the class
/// ```
///
/// (scikit-learn's `average_precision_score`; the area under the precision-recall curve, without interpolation.) It says more than
/// [`auroc`] where the class is rare. NaN if the class has no samples, or a score is NaN.
///
/// # Panics
/// If there are more scores than labels, or fewer.
///
/// ```
/// # use shapeproof::metrics::average_precision;
/// let precision = average_precision(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]);
/// assert!((precision - 5.0 / 6.0).abs() < 1e-12);
/// ```
#[doc(alias = "AUPRC")]
#[doc(alias = "PR curve")]
#[doc(alias = "average_precision_score")]
pub fn average_precision<T: Scalar>(scores: &[T], labels: &[bool]) -> f64 {
    let Some(groups) = groups(scores, labels, "average precision") else { return f64::NAN };
    let (mut sum, mut members, mut all) = (0.0, 0.0, 0.0);
    for [of_class, of_others] in groups {
        members += of_class;
        all += of_class + of_others;
        sum += of_class * (members / all);
    }
    sum / members
}

/// How many samples of the class, and how many others, have each score, from the highest down; `None` if a score is NaN.
fn groups<T: Scalar>(scores: &[T], labels: &[bool], metric: &str) -> Option<Vec<[f64; 2]>> {
    let (found, expected) = (scores.len(), labels.len());
    assert_eq!(found, expected, "{metric} of {found} scores against {expected} labels");
    if scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let mut ranked: Vec<(f64, bool)> =
        scores.iter().map(|score| score.into_f64()).zip(labels.iter().copied()).collect();
    ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    // 0 and −0 are two numbers for `total_cmp`, next to each other, and one for `==`.
    let count = |group: &[(f64, bool)]| {
        let members = group.iter().filter(|sample| sample.1).count();
        [members as f64, (group.len() - members) as f64]
    };
    Some(ranked.chunk_by(|a, b| a.0 == b.0).map(count).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With many ties. The figures are those of scikit-learn's `roc_auc_score` and `average_precision_score`.
    #[test]
    fn agrees_with_scikit_learn() {
        let scores: Vec<f32> = (0..60).map(|i| (i * 7 % 13) as f32 / 4.0 - 1.5).collect();
        let labels: Vec<bool> = (0..60).map(|i| i * 5 % 11 < 4 || i * 7 % 13 > 10).collect();
        assert!((auroc(&scores, &labels) - AUROC).abs() < 1e-14, "{}", auroc(&scores, &labels));
        let found = average_precision(&scores, &labels);
        assert!((found - AVERAGE_PRECISION).abs() < 1e-14, "{found}");
    }

    const AUROC: f64 = 0.8897058823529411;
    const AVERAGE_PRECISION: f64 = 0.8523485897231716;

    #[test]
    fn is_the_share_of_pairs_in_the_right_order() {
        let scores = [0.5, -0.0, 2.0, 0.0, 0.5, -3.0, 2.0, 2.0];
        for mask in 0..256u32 {
            let labels: Vec<bool> = (0..8).map(|i| mask >> i & 1 == 1).collect();
            let (mut sum, mut pairs) = (0.0, 0.0);
            for i in (0..8).filter(|&i| labels[i]) {
                for j in (0..8).filter(|&j| !labels[j]) {
                    pairs += 1.0;
                    sum += if scores[i] > scores[j] {
                        1.0
                    } else if scores[i] == scores[j] {
                        0.5
                    } else {
                        0.0
                    };
                }
            }
            let found = auroc(&scores, &labels);
            assert!(found == sum / pairs || found.is_nan() && pairs == 0.0, "{labels:?}: {found}, not {sum}/{pairs}");
        }
    }

    #[test]
    fn what_cannot_be_known_is_nan() {
        assert!(auroc(&[1.0f32, 2.0], &[true, true]).is_nan() && auroc(&[1.0f32, 2.0], &[false, false]).is_nan());
        assert!(auroc(&[1.0, f64::NAN], &[true, false]).is_nan());
        assert!(average_precision(&[1.0, f64::NAN], &[true, false]).is_nan());
        assert!(average_precision(&[1.0f32, 2.0], &[false, false]).is_nan());
        assert_eq!(average_precision(&[1.0f32, 2.0], &[true, true]), 1.0);
        assert!(auroc::<f32>(&[], &[]).is_nan());
    }

    #[test]
    #[should_panic(expected = "AUROC of 2 scores against 1 labels")]
    fn scores_without_a_label_panic() {
        auroc(&[1.0, 2.0], &[true]);
    }
}
