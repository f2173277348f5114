//! Predicted numbers beside their targets, and their errors.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use maud::{Markup, html};

use super::super::{Part, figure, number};
use crate::train::report::Evaluation;
use crate::train::report::chart::{Chart, Mark};
use crate::train::report::image::{Paint, Strip};
use crate::train::report::numbers::Numbers;

/// The most points that are drawn.
const POINTS: usize = 2000;

/// How many bars a histogram has.
const BARS: usize = 30;

pub(super) fn all(numbers: &Numbers, evaluation: &Evaluation, paint: &Paint) -> Part {
    let (scatter, histogram) = (scatter(numbers)?, histogram(numbers)?);
    let errors = errors(numbers, evaluation, paint)?;
    Ok(html! {
        section {
            h2 { "Predictions, on the " (evaluation.name) " data" }
            div.row { (scatter) (histogram) }
        }
        (errors)
    })
}

fn scatter(numbers: &Numbers) -> Part {
    let step = numbers.pairs.len().div_ceil(POINTS).max(1);
    let points: Vec<_> = numbers.pairs.iter().copied().step_by(step).collect();
    let ends = points.iter().flat_map(|&(target, predicted)| [target, predicted]).filter(|number| number.is_finite());
    let (min, max) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), x| (min.min(x), max.max(x)));
    let marks = vec![Mark::Points(2, points), Mark::Dashes(vec![(min, min), (max, max)])];
    let chart =
        Chart { title: "Predictions beside targets", axes: ["target", "prediction"], ranges: [None, None], marks };
    figure(
        &chart,
        &html! { b { "Predictions" } ", a point for each" @if step > 1 { " of " (POINTS) } span.legend { span.key.c1 {} "perfect" } },
    )
}

fn histogram(numbers: &Numbers) -> Part {
    let finite = numbers.errors().filter(|error| error.is_finite());
    let largest = finite.clone().fold(0.0, |largest: f64, error| largest.max(error.abs()));
    let width = 2.0 * largest.max(f64::MIN_POSITIVE) / BARS as f64;
    let mut counts = [0_u32; BARS];
    for error in finite {
        counts[(((error + largest) / width) as usize).min(BARS - 1)] += 1;
    }
    let bar = |(at, &count): (usize, &u32)| {
        let from = at as f64 * width - largest;
        [from + 0.05 * width, from + 0.95 * width, f64::from(count)]
    };
    let bars = Mark::Bars(2, counts.iter().enumerate().map(bar).collect());
    let chart = Chart {
        title: "Histogram of the errors",
        axes: ["prediction − target", "predictions"],
        ranges: [None, None],
        marks: vec![bars],
    };
    figure(&chart, &html! { b { "Errors" } ": how many predictions are so far above their target, or below" })
}

/// The largest errors.
fn errors(numbers: &Numbers, evaluation: &Evaluation, paint: &Paint) -> Part {
    let dims = evaluation.pictures.dims;
    let mut rows = Vec::new();
    for (error, input) in numbers.worst.iter().zip(&evaluation.pictures.worst) {
        let shown = match paint.picture(input, dims) {
            Some(picture) => {
                let strip = Strip::new(&[picture], [dims.height, dims.width], 1);
                let address = strip.address().map_err(|error| format!("{error}"))?;
                html! { img src=(address) alt=(format!("Sample {}", error.index)) style="width: 4rem"; }
            }
            None => first_numbers(input),
        };
        rows.push(html! {
            tr {
                th scope="row" { (error.index) }
                @for figure in [error.target, error.predicted, error.predicted - error.target] { td { (number(figure)) } }
                td.text { (shown) }
            }
        });
    }
    Ok(html! {
        section {
            h2 { "The largest errors" }
            div.tall {
                table {
                    thead { tr { @for name in ["sample", "target", "prediction", "error"] { th scope="col" { (name) } } th.text scope="col" { "input" } } }
                    tbody { @for row in &rows { (row) } }
                }
            }
        }
    })
}

fn first_numbers(input: &[f32]) -> Markup {
    let numbers: Vec<_> = input.iter().take(10).map(|number| format!("{number:.3}")).collect();
    html! { (numbers.join(", ")) @if input.len() > 10 { ", …" } }
}
