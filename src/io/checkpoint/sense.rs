//! Consistency checks: finds states that no training can have produced.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::tables::{CURRENT, EPOCHS};
use crate::error::Mismatch;
use crate::io::refusal::{is_plain, one};
use crate::metrics::{Measured, Regression};
use crate::optim::schedule;
use crate::train::limits::MAX_STEPS;
use crate::train::{Score, State};

/// The number of contradictions that are collected at most: a file may have a million.
const ENOUGH: usize = 100;
/// The maximum length of a text in the plan, in bytes.
const LONGEST: usize = 1000;

/// Everything in `state` that is out of range or contradicts the rest.
pub(super) fn contradictions<N>(state: &State<N>) -> Vec<Mismatch> {
    let State { steps, lr_factor, plan, epochs, current, best, .. } = state;
    let mut all = Vec::new();
    let mut demand = |holds: bool, what: &str, found: &dyn fmt::Display, expected: &str| {
        if !holds && all.len() < ENOUGH {
            all.extend(one(what, found, expected));
        }
    };
    demand(*steps <= MAX_STEPS, "steps", steps, &format!("at most {MAX_STEPS}"));
    demand(schedule::allows(*lr_factor), "lr_factor", lr_factor, "a number from 0 to 10¹²");
    for (setting, value) in plan {
        let fits = [setting, value].iter().all(|text| text.len() <= LONGEST && text.chars().all(is_plain));
        demand(fits, setting, value, &format!("at most {LONGEST} bytes, without control characters"));
    }
    if let Some(best) = best {
        demand(
            best.steps <= *steps,
            "steps of the best epoch",
            &best.steps,
            &format!("at most {steps}, those of all epochs"),
        );
    }
    let measured = epochs.iter().any(|record| record.validation.is_some());
    let [found, expected] = [best.is_some(), measured].map(|is_there| if is_there { "one" } else { "none" });
    demand(found == expected, "best epoch", &found, expected);
    let least = (epochs.len() as u64).saturating_add(current.step as u64);
    demand(
        least <= *steps,
        "steps",
        steps,
        &format!("at least {least}: one for each epoch, and those of the one under way"),
    );

    for record in epochs {
        let what = format!("{EPOCHS}, epoch {}", record.epoch);
        let seconds = [record.train_seconds, record.validation_seconds];
        demand(record.train.samples > 0, &what, &"no samples", "at least one");
        for score in [Some(record.train), record.validation] {
            let fault = score.and_then(|score| fault_of(&score));
            demand(fault.is_none(), &what, &fault.unwrap_or_default(), "a score");
        }
        demand(is_figure(record.lr), &what, &record.lr, "a learning rate of 0 or more");
        demand(seconds.into_iter().all(is_figure), &what, &format!("{seconds:?}"), "seconds of 0 or more");
    }
    let (step, samples) = (current.step, current.score.samples);
    demand(samples >= step, CURRENT, &format!("{samples} samples in {step} steps"), "at least one for each step");
    let fault = fault_of(&current.score);
    demand(fault.is_none(), CURRENT, &fault.unwrap_or_default(), "a score");
    demand(is_figure(current.lr), CURRENT, &current.lr, "a learning rate of 0 or more");
    demand(is_figure(current.seconds), CURRENT, &current.seconds, "seconds of 0 or more");
    all
}

/// What is wrong with a score. (A training ends when its loss is not finite, so no checkpoint has such a loss.)
fn fault_of(score: &Score) -> Option<String> {
    match score.measured {
        Measured::Accuracy { correct, of } if correct > of || of > score.samples => {
            return Some(format!("{correct} of {of} correct, in {} samples", score.samples));
        }
        Measured::Regression(Regression { absolute, squared, mean, variation, .. })
            if ![absolute, squared, variation].into_iter().all(is_figure) || !mean.is_finite() =>
        {
            return Some(format!("errors of {absolute} and {squared}, targets of {mean} and {variation}"));
        }
        _ => {}
    }
    (!score.loss_sum.is_finite()).then(|| format!("a loss of {}", score.loss_sum))
}

fn is_figure(number: f64) -> bool {
    number.is_finite() && number >= 0.0
}
