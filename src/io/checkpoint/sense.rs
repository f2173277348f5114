//! What cannot have come of any training, whatever a file says.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::RangeInclusive;

use super::tables::{CURRENT, EPOCHS};
use crate::error::Mismatch;
use crate::io::refusal::{is_plain, one};
use crate::train::{Score, State};

/// Up to here an `f64` has every whole number. A training with a thousand steps a second takes 285,000 years.
const MOST_STEPS: u64 = 1 << 53;
/// A factor that a schedule or a hand may multiply the learning rate by.
const LR_FACTORS: RangeInclusive<f64> = 0.0..=1e12;
/// The bytes of a word in the plan.
const LONGEST: usize = 1000;

/// Everything in `state` that is out of range, or at odds with the rest.
pub(super) fn contradictions<N>(state: &State<N>) -> Vec<Mismatch> {
    let State { steps, lr_factor, plan, epochs, current, best, .. } = state;
    let mut all = Vec::new();
    let mut demand = |holds: bool, what: &str, found: &dyn fmt::Display, expected: &str| {
        if !holds {
            all.extend(one(what, found, expected));
        }
    };
    demand(*steps <= MOST_STEPS, "steps", steps, &format!("at most {MOST_STEPS}"));
    demand(LR_FACTORS.contains(lr_factor), "lr_factor", lr_factor, "a number from 0 to 10¹²");
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
        demand(!epochs.is_empty(), "best epoch", &"one", "none before the end of the first epoch");
    }
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
        for (score, may_diverge) in [(Some(record.train), false), (record.validation, true)] {
            let fault = score.and_then(|score| fault_of(&score, may_diverge));
            demand(fault.is_none(), &what, &fault.unwrap_or_default(), "a score");
        }
        demand(is_figure(record.lr), &what, &record.lr, "a learning rate of 0 or more");
        demand(seconds.into_iter().all(is_figure), &what, &format!("{seconds:?}"), "seconds of 0 or more");
    }
    let fault = fault_of(&current.score, false);
    demand(fault.is_none(), CURRENT, &fault.unwrap_or_default(), "a score");
    demand(is_figure(current.lr), CURRENT, &current.lr, "a learning rate of 0 or more");
    demand(is_figure(current.seconds), CURRENT, &current.seconds, "seconds of 0 or more");
    all
}

/// What is wrong with a score. A validation loss may have left the numbers, a loss in training ends it.
fn fault_of(score: &Score, may_diverge: bool) -> Option<String> {
    if score.correct > score.samples {
        return Some(format!("{} of {} samples correct", score.correct, score.samples));
    }
    (!may_diverge && !score.loss_sum.is_finite()).then(|| format!("a loss of {}", score.loss_sum))
}

fn is_figure(number: f64) -> bool {
    number.is_finite() && number >= 0.0
}
