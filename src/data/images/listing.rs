//! The pictures of a folder, before any is decoded.

use std::path::{Path, PathBuf};
use std::string::String;
use std::time::{SystemTime, UNIX_EPOCH};
use std::vec::Vec;
use std::{format, fs};

use crate::error::{Error, Result, is_plain};

/// Everything that a folder has, in a fixed order.
#[derive(Debug, PartialEq)]
pub(super) struct Listing {
    /// The names of the classes, sorted.
    pub classes: Vec<String>,
    pub pictures: Vec<Picture>,
    /// The number of files that are not listed: no PNG or JPEG file by its name, or in no class.
    pub ignored: usize,
}

/// A file that should be a picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Picture {
    /// Relative to the folder.
    pub path: PathBuf,
    /// The index of its class.
    pub class: u32,
    /// `None` if there is no such file.
    pub stamp: Option<Stamp>,
}

/// Shows whether a file has changed, without reading it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stamp {
    pub size: u64,
    /// In nanoseconds since 1970.
    pub modified: i128,
}

impl Stamp {
    pub fn of(about: &fs::Metadata) -> Stamp {
        let nanoseconds = |time: SystemTime| match time.duration_since(UNIX_EPOCH) {
            Ok(after) => after.as_nanos() as i128,
            Err(before) => -(before.duration().as_nanos() as i128),
        };
        // Every common file system has this time.
        Stamp { size: about.len(), modified: about.modified().map_or(0, nanoseconds) }
    }
}

/// Whether a file is a picture by its name: `.png`, `.jpg` or `.jpeg`, in any case.
pub(super) fn is_picture(name: &Path) -> bool {
    let ending = name.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ["png", "jpg", "jpeg"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// The longest name of a class in bytes, as in a model's card.
const LONGEST: usize = 256;

/// Checks the name of a class from `place`: a name that a model's card refuses is refused before the training.
pub(super) fn check_class(name: &str, place: &Path) -> Result<()> {
    let wrong = |found: String, expected: String| {
        Err(Error::Format { path: place.into(), what: "name of a class", found, expected })
    };
    match name {
        "" => wrong("none".into(), "a name".into()),
        _ if name.len() > LONGEST => wrong(format!("{} bytes", name.len()), format!("at most {LONGEST}")),
        _ if !name.chars().all(is_plain) => wrong(format!("{}", name.escape_debug()), "no control characters".into()),
        _ => Ok(()),
    }
}
