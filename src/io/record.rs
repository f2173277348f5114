//! What a file says beside its tensors: one entry in the metadata, a JSON object.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::golden::Pair;
use super::refusal::{Refusal, one};
use super::{Card, checksum};
use crate::data::Normalize;

/// The name of that entry, and the form it has.
pub(super) const ENTRY: &str = "shapeproof";
pub(super) const FORMAT: u32 = 1;

/// That entry. The checksum comes first, so that nothing in the file can be taken for its place.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) sha256: Option<String>,
    pub(super) format: u32,
    pub(super) version: String,
    pub(super) architecture: String,
    pub(super) preprocessing: Option<Normalize>,
    pub(super) classes: Vec<String>,
    pub(super) golden: Vec<Pair>,
    /// If the file is a checkpoint: what its training comes to beside tensors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) training: Option<Training>,
}

/// What a training comes to beside tensors.
#[derive(Serialize, Deserialize)]
pub(super) struct Training {
    pub(super) steps: u64,
    pub(super) lr_factor: f64,
    /// Of the trainer, and of `fit`: what has to be the same for it to go on as it would have.
    pub(super) settings: BTreeMap<String, String>,
    pub(super) plan: BTreeMap<String, String>,
    /// The steps when the best epoch ended.
    pub(super) best: Option<u64>,
    /// The kind of processor, on which the last bits depend.
    pub(super) machine: String,
}

impl Record {
    /// The record in the metadata of a `file` whose header ends at `end`, if it has one. Bytes that are not those that were written
    /// are damage, unless nobody asks for the checksum.
    pub(super) fn find(
        metadata: &BTreeMap<String, String>,
        file: &[u8],
        end: usize,
        check: bool,
    ) -> Result<Option<Record>, Refusal> {
        /// What a record of any format has.
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
                let expected = "one: what was written beside the weights has to be all there. `Checks { checksum: false, .. }` \
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
        Card { preprocessing: self.preprocessing.clone(), classes: self.classes.clone() }
    }
}

/// Whether a text has most of a record's words. All of them need not be there: it may be damaged itself.
fn resembles_a_record(text: &str) -> bool {
    let words = ["sha256", "format", "version", "architecture", "preprocessing", "classes", "golden"];
    words.iter().filter(|word| text.contains(&format!("\"{word}\":"))).count() >= 5
}
