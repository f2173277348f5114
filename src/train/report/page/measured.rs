//! What was measured on a dataset.

mod classes;
mod numbers;
mod two;

use maud::html;

use super::super::{Contents, Outcome};
use super::Part;

/// The part of the page that fits the task.
pub(super) fn all(contents: &Contents) -> Part {
    match &contents.evaluation {
        None => Ok(html! {}),
        Some(evaluation) if evaluation.score.samples == 0 => Ok(html! {
            section { h2 { "On the " (evaluation.name) " data" } p { "There are no samples: nothing was measured." } }
        }),
        Some(evaluation) => match &evaluation.outcome {
            Outcome::Classes(found) => classes::all(found, evaluation, &contents.paint),
            Outcome::Numbers(found) => numbers::all(found, evaluation, &contents.paint),
        },
    }
}
