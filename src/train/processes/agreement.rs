//! What processes must agree on: settings, data, where the training is, and how it goes on.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use core::hash::Hasher;
use std::hash::DefaultHasher;

use super::meeting::Place;
use super::{Processes, fingerprint};
use crate::data::Dataset;
use crate::error::Mismatch;
use crate::layer::Module;
use crate::loss::Loss;
use crate::train::{Control, State, Threads, machine};
use crate::{Error, Result};

impl Processes {
    /// Checks that all processes have the same settings, version of this crate, and kind of processor.
    ///
    /// # Errors
    /// [`Error::Processes`] for the first process that does not agree with process 0, in all processes.
    pub(in crate::train) fn agree(self, settings: &BTreeMap<String, String>) -> Result<()> {
        let mut words = settings.clone();
        words.insert("version of shapeproof".into(), env!("CARGO_PKG_VERSION").into());
        words.insert("processor".into(), machine::name());
        self.compare(&words)
    }

    /// Checks that all processes begin or resume the same training.
    ///
    /// # Errors
    /// As of [`agree`](Processes::agree).
    pub(in crate::train) fn agree_on_start<N, L, D, V>(
        self,
        (state, loss): (&State<N>, &L),
        train: &D,
        validation: &V,
        threads: &Threads,
    ) -> Result<()>
    where
        N: Module,
        L: Loss<Output = N::Output>,
        D: Dataset<Input = N::Input, Target = L::Target>,
        V: Dataset<Input = N::Input, Target = L::Target>,
    {
        if self.count == 1 {
            return Ok(());
        }
        let mut words = state.plan.clone();
        let checksum = |sum: u64| format!("the checksum {sum:016x}");
        words.insert(
            "contents of the training data".into(),
            checksum(fingerprint::of_dataset::<N, L, D>(threads, loss, train)),
        );
        let validation = fingerprint::of_dataset::<N, L, V>(threads, loss, validation);
        words.insert("contents of the validation data".into(), checksum(validation));
        let network = format!("{} after {} steps", checksum(fingerprint::of_state(state)), state.steps);
        words.insert("network and optimizer".into(), network);
        self.compare(&words)
    }

    fn compare(self, words: &BTreeMap<String, String>) -> Result<()> {
        if self.count == 1 {
            return Ok(());
        }
        self.meet(Place::Agreement, [0; 3], [0; 2]);
        let all = self.gather(&serde_json::to_vec(words).expect("text can be written as JSON"));
        let Some((rank, bytes)) = all.iter().enumerate().find(|(_, bytes)| **bytes != all[0]) else { return Ok(()) };
        let read =
            |bytes| -> BTreeMap<String, String> { serde_json::from_slice(bytes).expect("what was written as JSON") };
        let (mut found, mut expected) = (read(bytes), read(&all[0]));
        let names: BTreeSet<String> = expected.keys().chain(found.keys()).cloned().collect();
        let mut value =
            |name: &str| [&mut found, &mut expected].map(|words| words.remove(name).unwrap_or("nothing".into()));
        let mismatches = names.into_iter().filter_map(|what| {
            let [found, expected] = value(&what);
            (found != expected).then_some(Mismatch { what, found, expected })
        });
        Err(Error::Processes { rank, mismatches: mismatches.collect() })
    }

    /// Checks that all processes take the same step.
    pub(in crate::train) fn meet_at_step(self, step: u64, lr_factor: f64, indices: &[u32]) {
        if self.count > 1 {
            let mut hasher = DefaultHasher::new();
            hasher.write_u64(lr_factor.to_bits());
            hasher.write(bytemuck::cast_slice(indices));
            self.meet(Place::Step, [step, indices.len() as u64, hasher.finish()], [0; 2]);
        }
    }

    /// Checks that all processes have the same network and optimizer.
    pub(in crate::train) fn meet_after_epoch<N: Module>(self, state: &State<N>) {
        if self.count > 1 {
            self.meet(Place::Epoch, [state.epochs.len() as u64 + 1, fingerprint::of_state(state), 0], [0; 2]);
        }
    }

    /// How the training goes on after `steps` steps: as the first process says.
    pub(in crate::train) fn decide(self, steps: u64, control: Control, factor: f64) -> (Control, f64) {
        let stops = u64::from(control == Control::Stop);
        let [stops, factor] = self.meet(Place::Decision, [steps, 0, 0], [stops, factor.to_bits()]);
        (if stops == 1 { Control::Stop } else { Control::Continue }, f64::from_bits(factor))
    }
}
