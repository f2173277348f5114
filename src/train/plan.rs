//! The plan of a training, checked before its first step.

use alloc::format;
use alloc::string::{String, ToString};

use super::Settings;
use super::limits::{MAX_SAMPLES, MAX_STEPS, check_memory};
use crate::optim::Schedule;
use crate::{Error, Result};

/// How long to train, and how the learning rate changes.
///
/// ```
/// use shapeproof::optim::{Cosine, Warmup};
/// use shapeproof::train::Fit;
///
/// let fit = Fit { epochs: 20, schedule: &Warmup::new(500, Cosine) };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Fit<'a> {
    /// How often every sample is used.
    pub epochs: usize,
    /// The learning rate over all steps.
    pub schedule: &'a dyn Schedule,
}

impl Fit<'_> {
    /// The total number of steps, with `steps` in each epoch.
    pub(super) fn steps(&self, steps: usize) -> u64 {
        (self.epochs as u64).saturating_mul(steps as u64)
    }

    /// Checks the plan for `samples` samples and a network that needs `min_batch` of them in each mini-batch.
    pub(super) fn check(&self, samples: usize, settings: &Settings, min_batch: usize) -> Result<()> {
        if samples == 0 {
            return refuse("training data", "none", "at least one sample");
        }
        if samples > MAX_SAMPLES {
            return refuse("training data", format!("{samples} samples"), format!("at most {MAX_SAMPLES}"));
        }
        let order = (samples as u64).saturating_mul(size_of::<u32>() as u64);
        check_memory("training data", || format!("{samples} samples, whose order"), order)?;

        let (batch_size, used) = (settings.batch_size, settings.used(samples));
        if used == 0 {
            let found = format!("{batch_size}, of which {samples} samples are no whole mini-batch, with drop_last");
            return refuse("batch_size", found, format!("at most {samples}"));
        }
        let last = used % batch_size;
        let needed = format!("at least {min_batch}, which a layer of the network needs");
        if batch_size < min_batch {
            return refuse("batch_size", batch_size, needed);
        }
        if samples < min_batch {
            return refuse("training data", format!("{samples} samples"), needed);
        }
        if (1..min_batch).contains(&last) {
            let found = format!("{batch_size}, which leaves {last} of {samples} samples for the last mini-batch");
            return refuse("batch_size", found, format!("one that leaves none, or {needed}"));
        }

        let steps = used.div_ceil(batch_size);
        if self.steps(steps) > MAX_STEPS {
            let most = MAX_STEPS / steps as u64;
            return refuse("epochs", self.epochs, format!("at most {most}, which are 2^53 steps"));
        }
        self.schedule.validate(self.steps(steps))
    }
}

fn refuse(setting: &'static str, found: impl ToString, expected: impl Into<String>) -> Result<()> {
    Err(Error::Setting { setting, found: found.to_string(), expected: expected.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::{Constant, Cosine, Linear, Warmup};

    const FIT: Fit<'static> = Fit { epochs: 3, schedule: &Constant };

    fn says(fit: Fit<'_>, samples: usize, batch_size: usize, min_batch: usize) -> String {
        says_with(fit, samples, Settings { batch_size, ..Settings::default() }, min_batch)
    }

    fn says_with(fit: Fit<'_>, samples: usize, settings: Settings, min_batch: usize) -> String {
        fit.check(samples, &settings, min_batch).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn what_is_dropped_need_not_be_enough_for_a_layer() {
        let drop = |batch_size| Settings { batch_size, drop_last: true, ..Settings::default() };
        for (samples, batch_size) in [(5, 2), (5, 5), (64, 3)] {
            assert_eq!(says_with(FIT, samples, drop(batch_size), 2), "");
        }
        let found = "6, of which 5 samples are no whole mini-batch, with drop_last";
        assert_eq!(says_with(FIT, 5, drop(6), 1), format!("batch_size: found {found}, expected at most 5"));
        let epochs = Fit { epochs: 1 << 53, ..FIT };
        assert_eq!(says_with(epochs, 3, drop(2), 1), "", "one step in each");
        assert_eq!(
            says(epochs, 3, 2, 1),
            "epochs: found 9007199254740992, expected at most 4503599627370496, which are 2^53 steps"
        );
    }

    #[test]
    fn every_mini_batch_has_as_many_samples_as_a_layer_needs() {
        for (samples, batch_size, min_batch) in [(1, 1, 1), (5, 2, 1), (1, 9, 1), (6, 2, 2), (5, 3, 2), (2, 9, 2)] {
            assert_eq!(says(FIT, samples, batch_size, min_batch), "");
        }
        let needed = "at least 2, which a layer of the network needs";
        assert_eq!(says(FIT, 4, 1, 2), format!("batch_size: found 1, expected {needed}"));
        assert_eq!(says(FIT, 1, 9, 2), format!("training data: found 1 samples, expected {needed}"));
        let found = "2, which leaves 1 of 5 samples for the last mini-batch";
        assert_eq!(
            says(FIT, 5, 2, 2),
            format!("batch_size: found {found}, expected one that leaves none, or {needed}")
        );
        assert_eq!(says(FIT, 0, 1, 1), "training data: found none, expected at least one sample");
    }

    #[test]
    fn steps_and_samples_are_numbers_that_can_be_counted_with() {
        let epochs = |epochs| Fit { epochs, ..FIT };
        assert_eq!(says(epochs(1 << 52), 2, 1, 1), "");
        let schedules: [&dyn Schedule; 3] = [&Linear, &Warmup::new(u64::MAX, Cosine), &Constant];
        for schedule in schedules {
            let fit = Fit { epochs: usize::MAX, schedule };
            let expected = "expected at most 4503599627370496, which are 2^53 steps";
            assert_eq!(says(fit, 2, 1, 1), format!("epochs: found {}, {expected}", usize::MAX));
        }
        let samples = MAX_SAMPLES + 1;
        assert_eq!(says(FIT, samples, 64, 1), "training data: found 4294967296 samples, expected at most 4294967295");
    }
}
