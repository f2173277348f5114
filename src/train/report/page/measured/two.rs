//! The pictures of two classes: what every threshold of the probability would give.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use maud::{Markup, html};

use super::super::{Part, figure, number};
use crate::train::report::chart::{Chart, Mark};
use crate::train::report::classes::{Classes, thresholds};

/// The most points of a curve.
const POINTS: usize = 500;

/// The curves and the table, if there are two classes.
pub(super) fn all(classes: &Classes) -> Part {
    let (Some((scores, labels)), Some([auroc, average])) = (&classes.two, classes.ranking()) else {
        return Ok(html! {});
    };
    let name = &classes.names[1];
    let curve = thresholds(scores, labels);
    let members = labels.iter().filter(|&&label| label).count() as f64;
    let others = labels.len() as f64 - members;
    let roc = curve.iter().map(|&(_, right, wrong)| (wrong as f64 / others, right as f64 / members)).collect();
    let precision =
        curve.iter().skip(1).map(|&(_, right, wrong)| (right as f64 / members, right as f64 / (right + wrong) as f64));
    let rare = members / labels.len() as f64;
    let of = |title, axes, guess, points| Chart {
        title,
        axes,
        ranges: [Some(0.0..1.0), Some(0.0..1.0)],
        marks: vec![Mark::Dashes(guess), Mark::Line(0, thinned(points))],
    };
    let roc = of("ROC curve", ["false positive rate", "true positive rate"], vec![(0.0, 0.0), (1.0, 1.0)], roc);
    let precision =
        of("Precision-recall curve", ["recall", "precision"], vec![(0.0, rare), (1.0, rare)], precision.collect());
    let key = |what: &str, name: &str, figure: f64| {
        html! { b { (what) } ", " (name) " " (number(figure)) span.legend { span.key.c0 {} "this network" } span.legend { span.key.c1 {} "guessing" } }
    };
    let (roc, precision) = (
        figure(&roc, &key("ROC", "AUROC", auroc))?,
        figure(&precision, &key("Precision-recall", "average precision", average))?,
    );
    Ok(html! {
        section {
            h2 { "Thresholds of “" (name) "”" }
            div.row { (roc) (precision) }
            (table(scores, labels))
        }
    })
}

/// A curve with fewer points, the first and the last among them.
fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let (step, last) = (points.len().div_ceil(POINTS).max(1), points.len().saturating_sub(1));
    points.into_iter().enumerate().filter(|(i, _)| i % step == 0 || *i == last).map(|(_, point)| point).collect()
}

fn table(scores: &[f32], labels: &[bool]) -> Markup {
    let row = |tenths: u8| {
        let threshold = f32::from(tenths) / 10.0;
        let count = |taken: bool, label: bool| {
            scores.iter().zip(labels).filter(|(score, of)| (**score > threshold) == taken && **of == label).count()
        };
        let [right, wrong, missed, others] =
            [count(true, true), count(true, false), count(false, true), count(false, false)];
        let ratio = |part: usize, rest: usize| number(part as f64 / (part + rest) as f64);
        html! {
            tr {
                th scope="row" { (format!("{threshold:.1}")) }
                td { (right) } td { (wrong) } td { (missed) } td { (others) }
                td { (ratio(right, wrong)) } td { (ratio(right, missed)) } td { (ratio(2 * right, wrong + missed)) } td { (ratio(wrong, others)) }
            }
        }
    };
    html! {
        div.tall {
            table {
                thead { tr {
                    @for name in ["threshold", "true positives", "false positives", "false negatives", "true negatives", "precision", "recall", "F1", "false positive rate"] {
                        th scope="col" { (name) }
                    }
                } }
                tbody { @for tenths in 1..10 { (row(tenths)) } }
                caption { "What would be predicted, if a probability above the threshold counted as the class." }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_curve_keeps_its_ends() {
        let points: Vec<_> = (0..1234).map(|i| (f64::from(i), 0.0)).collect();
        let thinned = thinned(points);
        assert!(thinned.len() <= POINTS + 1 && thinned[0].0 == 0.0 && thinned[thinned.len() - 1].0 == 1233.0);
    }
}
