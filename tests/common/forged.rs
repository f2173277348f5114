//! Forged model files, with a valid checksum.

use safetensors::SafeTensors;
use serde_json::Value;
use sha2::{Digest, Sha256};

const BEFORE: &[u8] = br#"\"sha256\":\""#;

/// The position of the 64 digits of a file's checksum.
pub fn checksum(file: &[u8]) -> std::ops::Range<usize> {
    let start = file.windows(BEFORE.len()).position(|window| window == BEFORE).unwrap() + BEFORE.len();
    start..start + 64
}

/// The file with its correct checksum.
pub fn signed(mut file: Vec<u8>) -> Vec<u8> {
    let place = checksum(&file);
    file[place.clone()].fill(b'0');
    let digits: String = Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect();
    file[place].copy_from_slice(digits.as_bytes());
    file
}

/// The file with `from`, which it contains, replaced by `to` of the same length; the checksum is not updated.
pub fn replaced(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = file.windows(from.len()).position(|window| window == from).unwrap();
    [&file[..at], to, &file[at + from.len()..]].concat()
}

/// The file's metadata.
pub fn record(file: &[u8]) -> Value {
    let (_, header) = SafeTensors::read_metadata(file).unwrap();
    serde_json::from_str(&header.metadata().as_ref().unwrap()["shapeproof"]).unwrap()
}

/// The file with edited metadata, and the correct checksum.
pub fn with_record(file: &[u8], edit: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut record = record(file);
    edit(&mut record);
    let metadata = [("shapeproof".to_string(), record.to_string())].into();
    let tensors = SafeTensors::deserialize(file).unwrap().tensors();
    signed(safetensors::serialize(tensors, Some(metadata)).unwrap())
}
