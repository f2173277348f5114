//! The settings of a training.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};

use super::Clip;
use super::processes::Processes;
use crate::layer::{LayerPath, Module};
use crate::loss::Loss;
use crate::optim::Optimizer;
use crate::{Error, Result};

/// The settings of a [`Trainer`](super::Trainer); the default is a batch of 64 on all cores.
///
/// Write `..Settings::default()`, or in a constant `..Settings::DEFAULT`, for the rest: there are more settings with some features.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The largest number of samples in one step. The memory of a training depends on it, and has a
    /// [limit](super::limits::MAX_BYTES).
    pub batch_size: usize,
    /// Whether [`fit`](super::Trainer::fit) leaves out the last mini-batch of an epoch if the batch size does not divide the dataset.
    /// Otherwise that mini-batch is smaller.
    ///
    /// An epoch then has `⌊samples / batch_size⌋` steps instead of `⌈samples / batch_size⌉`, and a schedule is over that many. The
    /// samples left out are different ones in every epoch, because the order is. Fewer samples than one mini-batch are an error.
    pub drop_last: bool,
    /// How many samples one thread computes as a unit; reduced to the batch size if that is smaller. The bits of the result depend
    /// on it.
    pub shard_size: usize,
    /// How many threads to compute on, up to [`max_threads`](super::limits::max_threads); `None` for as many as there are cores, divided
    /// by the processes that share them.
    pub threads: Option<usize>,
    /// The seed of the randomness in training (order, dropout).
    pub seed: u64,
    /// The decay of a moving average of the parameters, if one is wanted: 0.999, say. The average is then what is evaluated, saved
    /// and returned, while training continues with the parameters themselves.
    ///
    /// ```text
    /// d ← min(average, (1 + steps) / (10 + steps))
    /// mean ← d·mean + (1 − d)·parameters
    /// ```
    #[doc(alias = "EMA")]
    pub average: Option<f64>,
    /// How the gradient of each step is clipped, if at all.
    pub clip: Option<Clip>,
    /// The processes that train together; `None` for this one alone. All must have the same settings, except for `threads`.
    #[cfg(feature = "mpi")]
    pub processes: Option<Processes>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings::DEFAULT
    }
}

impl Settings {
    /// The default, as a constant.
    pub const DEFAULT: Settings = Settings {
        batch_size: 64,
        drop_last: false,
        shard_size: 16,
        threads: None,
        seed: 0,
        average: None,
        clip: None,
        #[cfg(feature = "mpi")]
        processes: None,
    };

    /// The same if they can work, with the shard size that is used.
    pub(super) fn checked(self) -> Result<Settings> {
        for (setting, found) in [("batch_size", self.batch_size), ("shard_size", self.shard_size)] {
            if found == 0 {
                return Err(Error::Setting { setting, found: "0".to_string(), expected: "at least 1".to_string() });
            }
        }
        if let Some(decay) = self.average
            && !(0.0..1.0).contains(&decay)
        {
            let (found, expected) = (decay.to_string(), "a number from 0 to below 1".to_string());
            return Err(Error::Setting { setting: "average", found, expected });
        }
        let clip = self.clip.map(Clip::checked).transpose()?;
        Ok(Settings { clip, shard_size: self.shard_size.min(self.batch_size), ..self })
    }

    /// The processes that train together, or this one alone.
    pub(super) fn peers(&self) -> Processes {
        #[cfg(feature = "mpi")]
        return self.processes.unwrap_or(Processes::ALONE);
        #[cfg(not(feature = "mpi"))]
        Processes
    }

    /// How many of `samples` samples an epoch uses.
    pub(super) fn used(&self, samples: usize) -> usize {
        if self.drop_last { samples - samples % self.batch_size } else { samples }
    }

    /// The settings that must agree for the same state to lead to the same bits.
    pub(super) fn in_words<N: Module>(&self, loss: &impl Loss, optimizer: &impl Optimizer) -> BTreeMap<String, String> {
        // `drop_last` is part of the plan of a `fit`: single steps do not depend on it. The bits depend on neither threads nor
        // processes.
        let &Settings { batch_size, shard_size, seed, average, clip, .. } = self;
        let average = average.map_or("none".to_string(), |decay| decay.to_string());
        let clip = clip.map_or("none".to_string(), |clip| clip.to_string());
        let mut words: BTreeMap<_, _> = [
            ("batch_size", batch_size.to_string()),
            ("shard_size", shard_size.to_string()),
            ("seed", seed.to_string()),
            ("average", average),
            ("clip", clip),
            ("loss", loss.to_string()),
            ("optimizer", optimizer.to_string()),
        ]
        .map(|(name, value)| (name.to_string(), value))
        .into();
        // The parameters do not show everything about a layer: a Dropout's percentage, a BatchNorm's momentum.
        N::summarize(LayerPath::FIRST, &mut |row| {
            let layer = format!("{} {}", row.kind, row.settings.as_str()).trim_end().to_string();
            words.insert(format!("layer {}", row.layer), layer);
        });
        words
    }
}
