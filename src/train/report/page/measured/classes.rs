//! Confusion matrix, figures of each class, calibration, mistakes.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use maud::{Markup, html};

use super::super::{Part, figure, number, percent};
use super::two;
use crate::train::report::Evaluation;
use crate::train::report::chart::{Chart, Mark};
use crate::train::report::classes::{Classes, Figures, Mistake};
use crate::train::report::image::{Paint, Strip};

/// With more classes than this, the cells have no numbers.
const NUMBERED: usize = 20;

pub(super) fn all(classes: &Classes, evaluation: &Evaluation, paint: &Paint) -> Part {
    let calibration = calibration(classes)?;
    let two = two::all(classes)?;
    let mistakes = mistakes(classes, evaluation, paint)?;
    Ok(html! {
        section {
            h2 { "Classes, on the " (evaluation.name) " data" }
            div.row {
                figure {
                    (matrix(classes))
                    figcaption { b { "Confusion matrix" } ": a row for each true class, a column for each predicted one. The darker, or in a dark page the lighter, the larger its share of the row." }
                }
                div { (table(classes)) }
            }
        }
        (two)
        section {
            h2 { "Calibration" }
            div.row {
                (calibration)
                div {
                    (bins(classes))
                    p {
                    "A network is well calibrated if it is right as often as it is sure: nine times out of ten when it says 90 %. "
                    "The expected calibration error is " b { (percent(classes.calibration_error())) } ": how far both are apart, on average."
                    }
                }
            }
        }
        (mistakes)
    })
}

/// The confusion matrix as a picture.
fn matrix(classes: &Classes) -> Markup {
    let count = classes.names.len();
    let longest = classes.names.iter().map(|name| name.chars().count()).max().unwrap_or(1).min(12);
    let (cell, label) = (if count <= NUMBERED { 44 } else { (880 / count).max(6) }, 12 + 8 * longest);
    let side = cell * count;
    let all = label + 24 + side;
    let short = |name: &String| -> String {
        if name.chars().count() > 12 { name.chars().take(11).chain(['…']).collect() } else { name.clone() }
    };
    let center = |at: usize| label + 20 + cell * at + cell / 2;
    html! {
        svg.matrix role="img" viewBox=(format!("0 0 {all} {all}")) style=(format!("max-width: {}px", all * 6 / 5)) {
            title { "Confusion matrix of " (count) " classes" }
            text x=(label + 20 + side / 2) y="13" text-anchor="middle" { "predicted" }
            text x="13" y=(label + 20 + side / 2) text-anchor="middle" transform=(format!("rotate(-90 13 {})", label + 20 + side / 2)) { "truth" }
            @if count <= NUMBERED {
                @for (at, name) in classes.names.iter().enumerate() {
                    text x=(label + 14) y=(center(at) + 5) text-anchor="end" { (short(name)) }
                    @if longest <= 3 {
                        text x=(center(at)) y=(label + 12) text-anchor="middle" { (short(name)) }
                    } @else {
                        text x=(center(at)) y=(label + 14) transform=(format!("rotate(-90 {0} {1}) translate(0 5)", center(at), label + 14)) { (short(name)) }
                    }
                }
            }
            @for (truth, row) in classes.counts.iter().enumerate() {
                @for (predicted, &samples) in row.iter().enumerate() {
                    (square(classes, [truth, predicted], samples, [label + 20 + cell * predicted, label + 20 + cell * truth, cell]))
                }
            }
        }
    }
}

/// A cell of the matrix.
fn square(classes: &Classes, [truth, predicted]: [usize; 2], samples: u64, [x, y, side]: [usize; 3]) -> Markup {
    let all: u64 = classes.counts[truth].iter().sum();
    // The root: a share of one percent is seen.
    let shade = (samples as f64 / all.max(1) as f64).sqrt();
    // The number is white or black, whichever contrasts more with the cell, in a light page and in a dark one.
    let color = match shade {
        shade if shade > 0.77 => "n lw dk",
        shade if shade > 0.54 => "n dk",
        _ => "n",
    };
    let names = [truth, predicted].map(|class| &classes.names[class]);
    html! {
        g {
            title { "truth " (names[0]) ", predicted " (names[1]) ": " (samples) }
            rect.cell x=(x) y=(y) width=(side) height=(side) fill-opacity=(format!("{shade:.3}")) {}
            @if samples > 0 && classes.names.len() <= NUMBERED {
                text class=(color) x=(x + side / 2) y=(y + side / 2 + 5) text-anchor="middle" { (samples) }
            }
        }
    }
}

/// Precision, recall and F1 of each class.
fn table(classes: &Classes) -> Markup {
    let [per_class, per_sample] = classes.averages();
    let right: u64 = (0..classes.names.len()).map(|class| classes.counts[class][class]).sum();
    let cells = |figures: &Figures| {
        html! { @for figure in [figures.precision, figures.recall, figures.f1] { td { (number(figure)) } } td { (figures.support) } }
    };
    html! {
        div.tall {
            table {
                thead { tr { th scope="col" { "class" } th scope="col" { "precision" } th scope="col" { "recall" } th scope="col" { "F1" } th scope="col" { "samples" } } }
                tbody {
                    @for (name, figures) in classes.names.iter().zip(classes.figures()) {
                        tr { th scope="row" { (name) } (cells(&figures)) }
                    }
                }
                tfoot {
                    tr { th scope="row" { "mean of classes" } (cells(&per_class)) }
                    tr { th scope="row" { "mean of samples" } (cells(&per_sample)) }
                    tr { th scope="row" { "accuracy" } td {} td {} td { (number(right as f64 / classes.total() as f64)) } td { (classes.total()) } }
                }
                caption { "Precision: how many of those predicted as the class are of it. Recall: how many of the class are predicted as such. F1: the harmonic mean of both." }
            }
        }
    }
}

/// How often the network is right, by how sure it is.
fn calibration(classes: &Classes) -> Part {
    let filled: Vec<_> = classes.calibration.iter().enumerate().filter(|(_, bin)| bin.samples > 0).collect();
    let width = 1.0 / classes.calibration.len() as f64;
    let share = |part: f64, bin: &crate::train::report::classes::Bin| part / bin.samples as f64;
    let bars = filled
        .iter()
        .map(|(at, bin)| [(*at as f64 + 0.08) * width, (*at as f64 + 0.92) * width, share(bin.correct as f64, bin)]);
    let points = filled.iter().map(|(_, bin)| (share(bin.probability, bin), share(bin.correct as f64, bin)));
    let marks = vec![
        Mark::Bars(2, bars.collect()),
        Mark::Dashes(vec![(0.0, 0.0), (1.0, 1.0)]),
        Mark::Line(0, points.collect()),
    ];
    let chart = Chart {
        title: "Calibration: how often the network is right, by the probability of the predicted class",
        axes: ["probability of the predicted class", "share that is right"],
        ranges: [Some(0.0..1.0), Some(0.0..1.0)],
        marks,
    };
    figure(
        &chart,
        &html! { b { "Calibration" } span.legend { span.key.c0 {} "this network" } span.legend { span.key.c1 {} "perfectly calibrated" } },
    )
}

/// The bins of the calibration.
fn bins(classes: &Classes) -> Markup {
    let width = 100 / classes.calibration.len();
    html! {
        table {
            thead { tr { th scope="col" { "probability" } th scope="col" { "on average" } th scope="col" { "right" } th scope="col" { "samples" } } }
            tbody {
                @for (at, bin) in classes.calibration.iter().enumerate().filter(|(_, bin)| bin.samples > 0) {
                    tr {
                        th scope="row" { (at * width) "–" ((at + 1) * width) " %" }
                        td { (percent(bin.probability / bin.samples as f64)) } td { (percent(bin.correct as f64 / bin.samples as f64)) } td { (bin.samples) }
                    }
                }
            }
        }
    }
}

/// The mistakes of which the network was most sure.
fn mistakes(classes: &Classes, evaluation: &Evaluation, paint: &Paint) -> Part {
    let dims = evaluation.pictures.dims;
    let mut drawn = Vec::new();
    for (mistake, input) in classes.worst.iter().zip(&evaluation.pictures.worst) {
        let picture = match paint.picture(input, dims) {
            Some(picture) => {
                let strip = Strip::new(&[picture], [dims.height, dims.width], 1);
                Some(strip.address().map_err(|error| error.to_string())?)
            }
            None => None,
        };
        drawn.push(item(classes, mistake, input, picture));
    }
    let few = drawn.len() < classes.mistakes;
    Ok(html! {
        section {
            h2 { "Mistakes" }
            @if drawn.is_empty() { p { "There are none." } } @else {
                p {
                    (classes.mistakes) " of " (classes.total()) " samples are not predicted as what they are. "
                    @if few { "These are the " (drawn.len()) " of which the network was most sure." } @else { "The network was most sure of the first." }
                }
                ul.mistakes { @for item in &drawn { (item) } }
            }
        }
    })
}

fn item(classes: &Classes, mistake: &Mistake, input: &[f32], picture: Option<String>) -> Markup {
    let [predicted, truth] = [mistake.predicted, mistake.truth].map(|class| &classes.names[class]);
    let [of_predicted, of_truth] = mistake.probability.map(|probability| percent(probability.into()));
    let numbers: Vec<_> = input.iter().take(8).map(|number| format!("{number:.3}")).collect();
    html! {
        li {
            @match picture {
                Some(picture) => img src=(picture) alt=(format!("Sample {}: a {truth}, predicted as {predicted}", mistake.index));
                None => span.quiet { (numbers.join(", ")) @if input.len() > 8 { ", …" } }
            }
            span { "truth " b { (truth) } " " span.quiet style="display: inline" { (of_truth) } }
            span { "predicted " b { (predicted) } " " span.quiet style="display: inline" { (of_predicted) } }
            span.quiet { "sample " (mistake.index) }
        }
    }
}
