//! The bytes of a model file: safetensors, with one entry of this crate in the metadata.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use safetensors::SafeTensors;

use super::golden::Pair;
use super::header::Limits;
use super::names::twice;
use super::record::{ENTRY, FORMAT, Record, Training};
use super::refusal::{Refusal, one};
use super::weights::{self, Entry};
use super::{Card, Checks, checksum};
use crate::error::Mismatch;
use crate::layer::Module;
use crate::network::Network;

/// The prefix of a checkpoint's tensors that are not part of the model. No layer's name can begin with it.
pub(super) const TRAINING: &str = "training/";

/// The bytes of a model file, or the reasons why it cannot be written. A checkpoint has tensors besides the model's.
pub(super) fn serialize<N: Module>(
    network: &N,
    card: &Card,
    checkpoint: Option<(Training, Vec<(String, Entry)>)>,
) -> Result<Vec<u8>, Vec<Mismatch>> {
    let mismatches = card.mismatches::<N>();
    if !mismatches.is_empty() {
        return Err(mismatches);
    }
    let mut entries = weights::entries("", network)?;
    let (training, more) = checkpoint.unzip();
    entries.extend(more.into_iter().flatten());
    if let Some(name) = twice(entries.iter().map(|(name, _)| name.as_str())) {
        return Err(one(name, "two tensors of this name", "one"));
    }
    let record = Record {
        sha256: Some(checksum::ZEROS.into()),
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        architecture: N::summary().to_string(),
        resize: card.resize,
        preprocessing: card.preprocessing.clone(),
        classes: card.classes.clone(),
        golden: Pair::of(network)?,
        training,
    };
    let refuse = |error: &dyn fmt::Display| one("file", error, "what can be written as safetensors");
    let record = serde_json::to_string(&record).map_err(|error| refuse(&error))?;
    // One entry only: several would be in a different order every time.
    let metadata = [(ENTRY.to_string(), record)].into_iter().collect();
    let mut bytes = safetensors::serialize(entries, Some(metadata)).map_err(|error| refuse(&error))?;
    checksum::write(&mut bytes)?;
    // A file that could not be read back is not written.
    let limits = Limits::of::<N>();
    limits.metadata(&bytes).map_err(|refusal| refusal.mismatches)?;
    if bytes.len() as u64 > limits.file {
        return Err(one("file", format!("{} bytes", bytes.len()), &format!("at most {}", limits.file)));
    }
    Ok(bytes)
}

/// A file with valid tensor offsets, and this crate's record if it has one.
pub(super) struct Parsed<'a> {
    pub(super) tensors: SafeTensors<'a>,
    pub(super) record: Option<Record>,
}

impl<'a> Parsed<'a> {
    /// Parses a file for a network of type `N`, and verifies its checksum if `checksum` is set and the file has one.
    pub(super) fn new<N: Module>(bytes: &'a [u8], checksum: bool) -> Result<Parsed<'a>, Refusal> {
        let (metadata, end) = Limits::of::<N>().metadata(bytes)?;
        let refuse = |error| Refusal::damage(one("file", error, "a whole safetensors file"));
        let tensors = SafeTensors::deserialize(bytes).map_err(refuse)?;
        Ok(Parsed { tensors, record: Record::find(&metadata, bytes, end, checksum)? })
    }

    /// The network and the card, or everything that is wrong with them.
    pub(super) fn model<N: Module>(&self, checks: Checks) -> Result<(Box<N>, Card), Vec<Mismatch>> {
        // To read the model of a checkpoint, the rest of it is ignored.
        let is_checkpoint = self.record.as_ref().is_some_and(|record| record.training.is_some());
        self.model_beside(core::iter::empty(), |name| is_checkpoint && name.starts_with(TRAINING), checks)
    }

    /// [`model`](Parsed::model) of a file that also has networks of type `N` in other `sections`, and tensors that `others` accepts.
    pub(super) fn model_beside<'s, N: Module>(
        &self,
        sections: impl Iterator<Item = &'s String>,
        others: impl Fn(&str) -> bool,
        checks: Checks,
    ) -> Result<(Box<N>, Card), Vec<Mismatch>> {
        let (mut mismatches, mut known) = (Vec::new(), BTreeSet::new());
        for section in core::iter::once("").chain(sections.map(String::as_str)) {
            mismatches.extend(weights::mismatches::<N>(&self.tensors, section, checks.finite, &mut known));
        }
        mismatches.extend(weights::strangers(&self.tensors, |name| known.contains(name) || others(name)));
        let record = self.record.as_ref();
        let card = record.map_or_else(Card::default, Record::card);
        mismatches.extend(card.mismatches::<N>());
        if !mismatches.is_empty() {
            return Err(mismatches);
        }
        let network = weights::network::<N>(&self.tensors, "");
        if let Some(record) = record.filter(|_| checks.golden) {
            let mismatches = Pair::mismatches(&record.golden, &*network, weights::tolerance(&self.tensors));
            if !mismatches.is_empty() {
                return Err(mismatches);
            }
        }
        Ok((network, card))
    }
}
