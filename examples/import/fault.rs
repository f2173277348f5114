//! What can go wrong: a file that cannot be read, and a model that cannot be expressed.

use std::fmt::{self, Display};
use std::path::Path;

/// Why there is no network.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The operating system, or a file that cannot be written.
    #[error(transparent)]
    File(#[from] shapeproof::Error),
    /// The bytes of a file are not what they should be.
    #[error("{place}: {what}: found {found}, expected {expected}")]
    Format { place: String, what: String, found: String, expected: String },
    /// Everything that has no counterpart among the layers.
    #[error("{place}: {}", List(complaints))]
    Model { place: String, complaints: Vec<Complaint> },
}

/// What is wrong with the bytes of a file, whose name is added later.
#[derive(Debug)]
pub struct Damage {
    pub what: String,
    pub found: String,
    pub expected: String,
}

impl Damage {
    pub fn new(what: impl Display, found: impl Display, expected: impl Display) -> Damage {
        Damage { what: short(what), found: short(found), expected: expected.to_string() }
    }

    /// The same, with the name of the file.
    pub fn of(self, path: &Path) -> Fault {
        let Damage { what, found, expected } = self;
        Fault::Format { place: path.display().to_string(), what, found, expected }
    }
}

/// A text from a file, of which names and lines may be long, cut off after two lines.
pub fn short(text: impl Display) -> String {
    let text = text.to_string();
    match text.char_indices().nth(240) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

/// One thing that the network cannot have: the node or module, and what about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// ``node `/2/Conv`, Conv``
    pub place: String,
    /// `group: found 32, expected 1`
    pub what: String,
}

impl Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// One complaint on the same line, several on a line each: all of them.
struct List<'a>(&'a [Complaint]);

impl Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [one] = self.0 {
            return write!(f, "{one}");
        }
        write!(f, "{} things that a network cannot have:", self.0.len())?;
        self.0.iter().try_for_each(|complaint| write!(f, "\n    {complaint}"))
    }
}
