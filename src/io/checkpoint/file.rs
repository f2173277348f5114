//! The bytes of a checkpoint: a model file with the state of the training.
//!
//! The model is the network to predict with, under its plain names. Besides it there are, if applicable:
//!
//! | tensors | |
//! |---|---|
//! | `training/network/…` | the network in training, if the model is its running mean |
//! | `training/memory0/…`, `training/memory1/…`, … | the state of the optimizer |
//! | `training/best/…` | the network after the best epoch |
//! | `training/epochs`, `training/current` | the [tables] of all epochs |
//!
//! The settings that must be the same to resume the training are in the metadata, as text.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::{Note, sense, tables};
use crate::error::Mismatch;
use crate::io::format::{Parsed, TRAINING, serialize};
use crate::io::record::Training;
use crate::io::refusal::{Refusal, one, printable};
use crate::io::weights;
use crate::io::{Card, Checks};
use crate::layer::Module;
use crate::train::{Best, State, machine};

fn section(name: &str) -> String {
    format!("{TRAINING}{name}/")
}

fn memory(index: usize) -> String {
    section(&format!("memory{index}"))
}

/// The bytes of a checkpoint, or the reasons why it cannot be written.
pub(super) fn to_bytes<N: Module>(state: &State<N>, card: &Card) -> Result<Vec<u8>, Vec<Mismatch>> {
    let contradictions = sense::contradictions(state);
    if !contradictions.is_empty() {
        return Err(contradictions);
    }
    let mut entries = Vec::new();
    if state.average.is_some() {
        entries.extend(weights::entries(&section("network"), &*state.network)?);
    }
    for (index, network) in state.memory.iter().enumerate() {
        entries.extend(weights::entries(&memory(index), &**network)?);
    }
    if let Some(best) = &state.best {
        entries.extend(weights::entries(&section("best"), &*best.network)?);
    }
    entries.push((tables::EPOCHS.into(), tables::of_epochs(&state.epochs)));
    entries.push((tables::CURRENT.into(), tables::of_current(&state.current)));
    let training = Training {
        steps: state.steps,
        lr_factor: state.lr_factor,
        settings: state.settings.clone(),
        plan: state.plan.clone(),
        best: state.best.as_ref().map(|best| best.steps),
        machine: machine::name(),
    };
    serialize(state.network(), card, Some((training, entries)))
}

/// The state in a checkpoint, and the kind of processor it was written on.
pub(super) struct Read<N> {
    pub(super) state: State<N>,
    pub(super) machine: String,
}

impl<N> Read<N> {
    /// A note if it was written on another kind of processor.
    pub(super) fn note(&self, place: impl fmt::Display) -> Option<Note> {
        let (found, expected) = (self.machine.clone(), machine::name());
        (found != expected).then(|| Note::Machine { place: place.to_string(), found: printable(&found, 200), expected })
    }
}

/// Reads a checkpoint for a training in the state `like`, or returns everything that is wrong with it.
pub(super) fn from_bytes<N: Module>(bytes: &[u8], like: &State<N>) -> Result<Read<N>, Refusal> {
    let parsed = Parsed::new::<N>(bytes, true)?;
    let Some(training) = parsed.record.as_ref().and_then(|record| record.training.as_ref()) else {
        return Err(one("file", "a model alone", "a checkpoint: a model with its training").into());
    };
    let mut mismatches = Vec::new();
    for (setting, expected) in &like.settings {
        match training.settings.get(setting) {
            Some(found) if found == expected => {}
            found => mismatches.extend(one(setting, found.map_or("nothing", String::as_str), expected)),
        }
    }

    let memory: Vec<_> = (0..like.memory.len()).map(memory).collect();
    let in_training = like.average.as_ref().map(|_| section("network"));
    let best = training.best.map(|_| section("best"));
    let sections = || memory.iter().chain(&in_training).chain(&best);
    let is_table = |name: &str| [tables::EPOCHS, tables::CURRENT].contains(&name);
    let model = parsed.model_beside::<N>(sections(), is_table, Checks::default());
    let (epochs, current) = (tables::epochs(&parsed.tensors), tables::current(&parsed.tensors));
    let ((model, _), epochs, current) = match (model, epochs, current) {
        (Ok(model), Ok(epochs), Ok(current)) if mismatches.is_empty() => (model, epochs, current),
        (model, epochs, current) => {
            mismatches.extend(model.err().into_iter().flatten().chain(epochs.err()).chain(current.err()));
            return Err(mismatches.into());
        }
    };

    let network = |section: &String| weights::network::<N>(&parsed.tensors, section);
    let (in_training, average) = match &in_training {
        Some(section) => (network(section), Some(model)),
        None => (model, None),
    };
    let state = State {
        network: in_training,
        memory: memory.iter().map(network).collect(),
        average,
        steps: training.steps,
        lr_factor: training.lr_factor,
        settings: training.settings.clone(),
        plan: training.plan.clone(),
        epochs,
        current,
        best: training.best.zip(best).map(|(steps, best)| Best { steps, network: network(&best) }),
    };
    let contradictions = sense::contradictions(&state);
    if contradictions.is_empty() {
        Ok(Read { state, machine: training.machine.clone() })
    } else {
        Err(contradictions.into())
    }
}
