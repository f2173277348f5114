//! Why bytes are refused as a model or a checkpoint, in messages that fit on a screen.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

pub(super) use crate::error::is_plain;
use crate::error::{Error, Mismatch};

/// Everything that is wrong with a file.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) mismatches: Vec<Mismatch>,
    /// Whether the bytes are not those that were written. Otherwise the file is intact, but does not fit.
    #[cfg_attr(not(feature = "std"), allow(dead_code, reason = "folders of checkpoints ask"))]
    pub(super) damaged: bool,
}

impl Refusal {
    pub(super) fn damage(mismatches: Vec<Mismatch>) -> Refusal {
        Refusal { mismatches, damaged: true }
    }
}

impl From<Vec<Mismatch>> for Refusal {
    fn from(mismatches: Vec<Mismatch>) -> Refusal {
        Refusal { mismatches, damaged: false }
    }
}

/// A single thing that is wrong.
pub(super) fn one(what: &str, found: impl fmt::Display, expected: &str) -> Vec<Mismatch> {
    vec![Mismatch { what: what.into(), found: found.to_string(), expected: expected.into() }]
}

/// For `map_err`: adds the file, or another name of the model.
pub(super) fn within<R: Into<Refusal>>(place: impl fmt::Display) -> impl FnOnce(R) -> Error {
    move |refusal| {
        let mut mismatches = refusal.into().mismatches;
        // Both may contain text from the file.
        for Mismatch { what, found, .. } in &mut mismatches {
            (*what, *found) = (printable(what, 100), printable(found, 200));
        }
        Error::Model { place: place.to_string(), mismatches }
    }
}

/// `text` from an untrusted source, with characters that are not [plain](is_plain) escaped, cut to `most` bytes.
pub(super) fn printable(text: &str, most: usize) -> String {
    let mut printable = String::new();
    for character in text.chars() {
        let escaped = if is_plain(character) { character.to_string() } else { character.escape_debug().to_string() };
        if printable.len() + escaped.len() > most {
            return format!("{printable}…");
        }
        printable += &escaped;
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_files_stays_in_its_place() {
        assert_eq!(printable("\"3×3\" हिन्दी 👩‍💻", 100), "\"3×3\" हिन्दी 👩‍💻");
        assert_eq!(printable("\u{1b}[31m\r\n\u{9b}\u{202e}", 100), "\\u{1b}[31m\\r\\n\\u{9b}\\u{202e}");
        assert_eq!(printable("123456", 6), "123456");
        assert_eq!(printable("1234567", 6), "123456…");
        assert_eq!(printable("12345×", 6), "12345…", "no character is cut");
        assert_eq!(printable("12345\n", 6), "12345…", "and no escape");
    }

    #[test]
    fn errors_are_short_whatever_the_file_is() {
        let mismatches = (0..100_000).flat_map(|at| one(&format!("{at}{}", "\n".repeat(300)), "×".repeat(300), "none"));
        let error = within("the model")(mismatches.collect::<Vec<_>>()).to_string();
        assert!(error.len() < 10_000, "{} bytes", error.len());
        assert!(error.starts_with("the model: 100000 mismatches:\n    0\\n\\n"), "{error}");
        assert!(error.ends_with("\n    and 99980 more"), "{error}");
        assert_eq!(error.lines().count(), 22);
    }
}
