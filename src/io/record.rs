//! This crate's entry in a file's metadata, a JSON object.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::golden::Pair;
use super::refusal::{Refusal, one};
use super::{Card, checksum};
use crate::data::{Normalize, Resize};

/// The name of the entry, and the version of its format.
pub(super) const ENTRY: &str = "shapeproof";
pub(super) const FORMAT: u32 = 1;

/// The entry. The checksum comes first, so that no other text in the file can be mistaken for it.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) sha256: Option<String>,
    pub(super) format: u32,
    pub(super) version: String,
    pub(super) architecture: String,
    /// Not in the files of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) resize: Option<Resize>,
    pub(super) preprocessing: Option<Normalize>,
    pub(super) classes: Vec<String>,
    pub(super) golden: Vec<Pair>,
    /// If the file is a checkpoint: the state of the training besides its tensors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) training: Option<Training>,
}

/// The state of a training besides its tensors.
#[derive(Serialize, Deserialize)]
pub(super) struct Training {
    pub(super) steps: u64,
    pub(super) lr_factor: f64,
    /// The settings of the trainer, and of `fit` (`plan`), that must be the same to resume.
    pub(super) settings: BTreeMap<String, String>,
    pub(super) plan: BTreeMap<String, String>,
    /// The steps when the best epoch ended.
    pub(super) best: Option<u64>,
    /// The kind of processor, on which the last bits depend.
    pub(super) machine: String,
}

impl Record {
    /// Returns the record in the metadata of a `file` whose header ends at `end`, if it has one. A wrong checksum is damage, unless
    /// `check` is false.
    pub(super) fn find(
        metadata: &BTreeMap<String, String>,
        file: &[u8],
        end: usize,
        check: bool,
    ) -> Result<Option<Record>, Refusal> {
        /// The fields that a record of any format has.
        #[derive(Deserialize)]
        struct Head {
            sha256: Option<String>,
            format: u32,
        }
        let damage = |error: serde_json::Error| Refusal::damage(one("metadata", error, "what this crate writes"));
        let Some(text) = metadata.get(ENTRY) else {
            // Damage may have hit the entry's name.
            return match metadata.iter().find(|(_, text)| resembles_a_record(text)) {
                Some((name, _)) => {
                    let found = format!("what this crate writes, but in an entry called `{name}`");
                    Err(Refusal::damage(one("metadata", found, "it in one called `shapeproof`")))
                }
                None => Ok(None),
            };
        };
        let Head { sha256, format } = serde_json::from_str(text).map_err(damage)?;
        match sha256 {
            Some(sha256) if check => {
                let mismatch = checksum::mismatch(file, end, &sha256);
                if !mismatch.is_empty() {
                    return Err(Refusal::damage(mismatch));
                }
            }
            None if check && format == FORMAT => {
                let expected = "one: everything written besides the weights has to be there. `Checks { checksum: false, .. }` \
                                reads the file without it";
                return Err(Refusal::damage(one("checksum", "none", expected)));
            }
            _ => {}
        }
        if format != FORMAT {
            let expected = "format 1: this file is by a newer version of the crate";
            return Err(one("metadata", format!("format {format}"), expected).into());
        }
        serde_json::from_str(text).map(Some).map_err(damage)
    }

    pub(super) fn card(&self) -> Card {
        Card { resize: self.resize, preprocessing: self.preprocessing.clone(), classes: self.classes.clone() }
    }
}

/// Whether a text has most of a record's keys. It may be damaged itself, so not all of them are required.
fn resembles_a_record(text: &str) -> bool {
    let words = ["sha256", "format", "version", "architecture", "preprocessing", "classes", "golden"];
    words.iter().filter(|word| text.contains(&format!("\"{word}\":"))).count() >= 5
}
