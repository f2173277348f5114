//! What is asked of a model file.

/// What is asked of a file beyond names, shapes and types; the default is everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checks {
    /// The bytes are those that were written, by the checksum among them. To be waived for a file that another tool has changed on
    /// purpose, rounded to halves say, and left our metadata in it.
    pub checksum: bool,
    /// No number is NaN or infinite, and no `running_var` below 0.
    pub finite: bool,
    /// The network says about the golden inputs what it said when it was saved.
    pub golden: bool,
}

impl Default for Checks {
    fn default() -> Self {
        Checks { checksum: true, finite: true, golden: true }
    }
}
