//! Predicted classes beside the true ones: what a report says of a classifier.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use serde::Serialize;

use super::judge::Judged;
use crate::metrics::{argmax, auroc, average_precision};

/// How many mistakes are shown.
pub(super) const MISTAKES: usize = 24;

/// How many bins a calibration has.
const BINS: usize = 10;

/// The predictions of a classifier.
pub(super) struct Classes {
    pub names: Vec<String>,
    /// `counts[truth][predicted]`
    pub counts: Vec<Vec<u64>>,
    /// The mistakes of which the network was most sure.
    pub worst: Vec<Mistake>,
    pub mistakes: usize,
    pub calibration: Vec<Bin>,
    /// Of two classes: the probability of class 1, and whether it was.
    pub two: Option<(Vec<f32>, Vec<bool>)>,
}

/// A sample whose class was not predicted.
pub(super) struct Mistake {
    pub index: usize,
    pub truth: usize,
    pub predicted: usize,
    /// Of the predicted class, and of the true one.
    pub probability: [f32; 2],
}

/// The samples whose predicted class has a probability in one range.
#[derive(Clone, Default)]
pub(super) struct Bin {
    pub samples: u64,
    pub correct: u64,
    pub probability: f64,
}

/// The figures of a class; an average of them, if it has no number.
#[derive(Serialize)]
pub(super) struct Figures {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
    pub support: u64,
}

impl Classes {
    /// The predictions of a network with this many outputs. Classes beyond the names are left out, unless one occurs.
    pub fn new(judged: Vec<Judged>, names: &[String], outputs: usize) -> Classes {
        let samples: Vec<(usize, usize, Vec<f32>)> =
            judged.into_iter().enumerate().filter_map(|(index, one)| of_class(index, one, outputs)).collect();
        let used = samples.iter().map(|(_, label, p)| argmax(p).max(*label) + 1).max().unwrap_or(0);
        let shown = if names.is_empty() { outputs } else { names.len().max(used).min(outputs) };
        let name = |class: usize| names.get(class).cloned().unwrap_or_else(|| class.to_string());
        let mut classes = Classes {
            names: (0..shown).map(name).collect(),
            counts: vec![vec![0; shown]; shown],
            worst: Vec::new(),
            mistakes: 0,
            calibration: vec![Bin::default(); BINS],
            two: (shown == 2).then(|| samples.iter().map(|(_, label, p)| (p[1], *label == 1)).unzip()),
        };
        for (index, truth, probabilities) in &samples {
            classes.record(*index, *truth, probabilities);
        }
        classes.mistakes = classes.worst.len();
        classes.worst.sort_by(|a, b| b.probability[0].total_cmp(&a.probability[0]));
        classes.worst.truncate(MISTAKES);
        classes
    }

    fn record(&mut self, index: usize, truth: usize, probabilities: &[f32]) {
        let predicted = argmax(probabilities);
        let probability = [probabilities[predicted], probabilities[truth]];
        self.counts[truth][predicted] += 1;
        let at = (f64::from(probability[0]) * BINS as f64) as usize;
        let bin = &mut self.calibration[at.min(BINS - 1)];
        bin.samples += 1;
        bin.correct += u64::from(predicted == truth);
        bin.probability += f64::from(probability[0]);
        if predicted != truth {
            self.worst.push(Mistake { index, truth, predicted, probability });
        }
    }

    pub fn total(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// The figures of each class, as [`Confusion`](crate::metrics::Confusion) defines them.
    pub fn figures(&self) -> Vec<Figures> {
        let total = self.total();
        let ratio = |part: u64, whole: u64| {
            if whole == 0 && total > 0 { 0.0 } else { part as f64 / whole as f64 }
        };
        let of = |class: usize| {
            let right = self.counts[class][class];
            let support: u64 = self.counts[class].iter().sum();
            let predicted: u64 = self.counts.iter().map(|row| row[class]).sum();
            Figures {
                class: Some(class),
                name: Some(self.names[class].clone()),
                precision: ratio(right, predicted),
                recall: ratio(right, support),
                f1: ratio(2 * right, support + predicted),
                support,
            }
        };
        (0..self.names.len()).map(of).collect()
    }

    /// The means of the figures: over the classes, and over the samples.
    pub fn averages(&self) -> [Figures; 2] {
        let (all, total) = (self.figures(), self.total());
        let mean = |weight: &dyn Fn(&Figures) -> f64| {
            let sum: f64 = all.iter().map(weight).sum();
            let of = |figure: fn(&Figures) -> f64| all.iter().map(|one| weight(one) * figure(one)).sum::<f64>() / sum;
            let [precision, recall, f1] = [of(|one| one.precision), of(|one| one.recall), of(|one| one.f1)];
            Figures { class: None, name: None, precision, recall, f1, support: total }
        };
        [mean(&|_| 1.0), mean(&|one| one.support as f64)]
    }

    /// Expected calibration error: how far the probability of the predicted class is from how often it is right, on average.
    ///
    /// (Guo, Pleiss, Sun and Weinberger 2017, *On Calibration of Modern Neural Networks*, eq. 3.)
    pub fn calibration_error(&self) -> f64 {
        let apart = |bin: &Bin| (bin.correct as f64 - bin.probability).abs();
        self.calibration.iter().map(apart).sum::<f64>() / self.total() as f64
    }

    /// AUROC and average precision of two classes.
    pub fn ranking(&self) -> Option<[f64; 2]> {
        let (scores, labels) = self.two.as_ref()?;
        Some([auroc(scores, labels), average_precision(scores, labels)])
    }
}

/// The label of a sample and its probabilities; `None` if the label is not a class, as one that the loss ignores.
fn of_class(index: usize, one: Judged, outputs: usize) -> Option<(usize, usize, Vec<f32>)> {
    match one {
        Judged::Class { label, probabilities } if label < outputs => Some((index, label, probabilities)),
        _ => None,
    }
}

/// True and false positives with the samples of at least some probability taken for class 1, from none to all.
pub(super) fn thresholds(scores: &[f32], labels: &[bool]) -> Vec<(f32, u64, u64)> {
    let mut ranked: Vec<(f32, bool)> = scores.iter().copied().zip(labels.iter().copied()).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut all = vec![(f32::INFINITY, 0, 0)];
    for group in ranked.chunk_by(|a, b| a.0 == b.0) {
        let (_, mut right, mut wrong) = all[all.len() - 1];
        let members = group.iter().filter(|sample| sample.1).count();
        right += members as u64;
        wrong += (group.len() - members) as u64;
        all.push((group[0].0, right, wrong));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Confusion;

    fn sample(label: usize, probabilities: &[f32]) -> Judged {
        Judged::Class { label, probabilities: probabilities.into() }
    }

    fn three() -> Classes {
        let all = [
            (0, [0.9, 0.1, 0.0]),
            (0, [0.2, 0.8, 0.0]),
            (1, [0.3, 0.7, 0.0]),
            (2, [0.95, 0.05, 0.0]),
            (7, [1.0, 0.0, 0.0]),
        ];
        Classes::new(all.map(|(label, p)| sample(label, &p)).into(), &[], 3)
    }

    #[test]
    fn figures_are_those_of_the_confusion_matrix() {
        let classes = three();
        let confusion = Confusion { counts: [[1, 1, 0], [0, 1, 0], [1, 0, 0]] };
        assert_eq!(classes.counts, confusion.counts.map(Vec::from));
        for (class, figures) in classes.figures().iter().enumerate() {
            assert_eq!(figures.precision, confusion.precision(class));
            assert_eq!(figures.recall, confusion.recall(class));
            assert_eq!((figures.f1, figures.support), (confusion.f1(class), confusion.support(class)));
        }
        let [per_class, per_sample] = classes.averages();
        assert_eq!(per_class.recall, confusion.macro_average(Confusion::recall));
        assert_eq!(per_sample.precision, confusion.weighted_average(Confusion::precision));
    }

    #[test]
    fn the_surest_mistake_comes_first() {
        let classes = three();
        let worst: Vec<_> = classes.worst.iter().map(|one| (one.index, one.truth, one.predicted)).collect();
        assert_eq!((worst, classes.mistakes), (vec![(3, 2, 0), (1, 0, 1)], 2));
        // Of 0.9, 0.8, 0.7 and 0.95, the first and the third are right; 0.9 and 0.95 are in one bin.
        assert!((classes.calibration_error() - (0.85 + 0.8 + 0.3) / 4.0).abs() < 1e-6);
    }

    #[test]
    fn outputs_without_a_name_are_left_out_unless_they_occur() {
        let names = ["cat".to_string(), "dog".to_string()];
        let two = Classes::new(vec![sample(0, &[0.6, 0.3, 0.1])], &names, 3);
        assert_eq!((two.names, two.two.is_some()), (names.to_vec(), true));
        let three = Classes::new(vec![sample(0, &[0.1, 0.3, 0.6])], &names, 3);
        assert_eq!(three.names, ["cat", "dog", "2"]);
    }

    #[test]
    fn thresholds_go_from_none_to_all() {
        let all = thresholds(&[0.1, 0.9, 0.9, 0.4], &[false, true, false, true]);
        assert_eq!(all, [(f32::INFINITY, 0, 0), (0.9, 1, 1), (0.4, 2, 1), (0.1, 2, 2)]);
    }
}
