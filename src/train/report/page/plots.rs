//! The curves of a training.

use alloc::vec;
use alloc::vec::Vec;

use maud::html;

use super::super::Contents;
use super::super::chart::{Chart, Mark};
use super::{Part, figure};
use crate::train::{EpochRecord, Score};

type Figure = fn(&Score) -> f64;

/// Loss, what is measured beside it, and the learning rate.
pub(super) fn learning(contents: &Contents) -> Part {
    let epochs = &contents.history.epochs;
    if epochs.is_empty() {
        return Ok(html! {});
    }
    let mut figures = vec![curves(epochs, "loss", Score::loss)?];
    let measured: [(&str, Figure); 2] = [
        ("accuracy", Score::accuracy),
        ("mean absolute error", |score| score.errors().map_or(f64::NAN, |errors| errors.mae())),
    ];
    for (name, of) in measured {
        if epochs.iter().any(|epoch| of(&epoch.train).is_finite()) {
            figures.push(curves(epochs, name, of)?);
        }
    }
    figures.push(learning_rate(contents)?);
    let best = contents.history.best();
    Ok(html! {
        section {
            h2 { "Learning" }
            @if let Some(best) = best { p { "The validation loss was smallest after epoch " (best.epoch) "." } }
            @if contents.history.stopped_early { p { "The training was stopped early." } }
            div.row { @for figure in &figures { (figure) } }
        }
    })
}

/// One figure over the epochs: on the training data, and on the validation data if there are any.
fn curves(epochs: &[EpochRecord], name: &str, of: Figure) -> Part {
    let train = epochs.iter().map(|epoch| (epoch.epoch as f64, of(&epoch.train))).collect();
    let validation: Vec<_> =
        epochs.iter().filter_map(|epoch| Some((epoch.epoch as f64, of(epoch.validation.as_ref()?)))).collect();
    let has_validation = !validation.is_empty();
    let mut marks = vec![Mark::Dashes(train)];
    if has_validation {
        marks.push(Mark::Line(0, validation));
    }
    let last = epochs.len() as f64;
    let x = if last > 1.0 { 1.0..last } else { 0.5..1.5 };
    let chart = Chart { title: name, axes: ["epoch", name], ranges: [Some(x), None], marks };
    figure(
        &chart,
        &html! {
            b { (name) }
            span.legend { span.key.c1 {} "training data, while training" }
            @if has_validation { span.legend { span.key.c0 {} "validation data" } }
        },
    )
}

/// Of every step if it is known, otherwise at the end of every epoch.
fn learning_rate(contents: &Contents) -> Part {
    let epochs = &contents.history.epochs;
    let (x, points) = match &contents.schedule[..] {
        [] => ("epoch", epochs.iter().map(|epoch| (epoch.epoch as f64, epoch.lr)).collect()),
        steps => ("step", steps.to_vec()),
    };
    let chart = Chart {
        title: "learning rate",
        axes: [x, "learning rate"],
        ranges: [None, None],
        marks: vec![Mark::Line(0, points)],
    };
    let when = if x == "step" { "of each step, as planned" } else { "at the end of each epoch" };
    figure(&chart, &html! { b { "learning rate" } " " (when) })
}
