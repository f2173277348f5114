//! The checksum inside a file: SHA-256 over all bytes, with zeros in place of its own 64 digits.
//!
//! It detects damage: a bit flipped by a disk or a copy, a file cut short. It does not prove where a file comes from: anybody who
//! can write the file can write the checksum. SHA-256 is what `sha256sum` computes and what datasets are published with. Its
//! crate is well maintained and does not need an operating system, and it is fast enough for files that are read whole anyway.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use super::refusal::one;
use crate::error::Mismatch;

/// The placeholder for the checksum while it is computed.
pub(super) const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Computes the checksum of a file whose header contains [`ZEROS`] in its place, and writes it there.
pub(super) fn write(file: &mut [u8]) -> Result<(), Vec<Mismatch>> {
    // The first match in the file: only names of ours precede it.
    let Some(at) = find(file, ZEROS).next() else { return Err(one("checksum", "no place for it", "one")) };
    let checksum = compute(file, at);
    file[at..at + ZEROS.len()].copy_from_slice(checksum.as_bytes());
    Ok(())
}

/// What is wrong with a file whose header, which ends at `end`, has `recorded` as its checksum; empty if the file is intact.
pub(super) fn mismatch(file: &[u8], end: usize, recorded: &str) -> Vec<Mismatch> {
    let no_checksum = || one("checksum", recorded, "64 digits that occur in the header once");
    // The search string is short, however long the header is.
    if recorded.len() != ZEROS.len() {
        return no_checksum();
    }
    let mut places = find(&file[..end], recorded);
    let (Some(at), None) = (places.next(), places.next()) else { return no_checksum() };
    let found = compute(file, at);
    if found == recorded {
        return Vec::new();
    }
    let expected = format!(
        "{recorded}, which it was written with: the file is damaged, or was changed by a program that does not know of the \
         checksum; `Checks {{ checksum: false, .. }}` reads what there is"
    );
    one("checksum", found, &expected)
}

/// The positions of `digits` in `bytes`.
fn find(bytes: &[u8], digits: &str) -> impl Iterator<Item = usize> {
    let digits = digits.as_bytes();
    bytes.windows(digits.len()).enumerate().filter(move |(_, window)| *window == digits).map(|(at, _)| at)
}

/// The checksum of `file` with zeros at `at`.
fn compute(file: &[u8], at: usize) -> String {
    let mut hash = Sha256::new();
    for part in [&file[..at], ZEROS.as_bytes(), &file[at + ZEROS.len()..]] {
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_what_sha256sum_prints() {
        // printf '%064d' 0 | sha256sum
        let zeros = "60e05bd1b195af2f94112fa7197a5c88289058840ce7c6df9693756bc6250f55";
        assert_eq!(compute(ZEROS.as_bytes(), 0), zeros);
        let mut file = ZEROS.as_bytes().to_vec();
        write(&mut file).unwrap();
        assert_eq!(file, zeros.as_bytes());
        assert!(mismatch(&file, 64, zeros).is_empty());
    }

    #[test]
    fn digits_that_are_no_checksum_are_refused() {
        let mut file = format!("here: {ZEROS}, and more").into_bytes();
        write(&mut file).unwrap();
        let recorded = String::from_utf8(file[6..70].to_vec()).unwrap();
        assert!(mismatch(&file, 70, &recorded).is_empty());
        assert_eq!(mismatch(&file, 69, &recorded).len(), 1, "it stands in the header");
        for digits in ["", "0", &ZEROS[1..], ZEROS, &recorded.to_uppercase(), &recorded[1..]] {
            assert_eq!(mismatch(&file, 70, digits).len(), 1, "{digits}");
        }
        let twice = [&file[..], recorded.as_bytes()].concat();
        assert_eq!(mismatch(&twice, twice.len(), &recorded)[0].expected, "64 digits that occur in the header once");
        file[70] ^= 1;
        let said = &mismatch(&file, 70, &recorded)[0];
        assert!(said.expected.starts_with(&recorded) && said.found != recorded, "{said}");
        assert!(write(&mut [0; 64]).is_err());
    }
}
