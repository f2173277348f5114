//! The checks of a model file that can be disabled.

/// The checks of a file beyond names, shapes and types. By default all are enabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checks {
    /// The bytes match the checksum in the file. Disable it for a file that another tool has changed on purpose, for example
    /// rounded to F16, while keeping this crate's metadata.
    pub checksum: bool,
    /// No number is NaN or infinite, and no `running_var` is below 0.
    pub finite: bool,
    /// The network gives the same outputs for the golden inputs as when it was saved.
    pub golden: bool,
}

impl Default for Checks {
    fn default() -> Self {
        Checks { checksum: true, finite: true, golden: true }
    }
}
