//! How many numbers a network may have: several layers may share a constant, but not so many that a small file becomes a large network.

use super::fault::Damage;

/// For each number that the model has.
const REPEATED: usize = 4;
/// Whatever the model has.
const ALWAYS: usize = 1 << 20;

/// How many numbers layers and computed constants may still have.
pub struct Budget(usize);

impl Budget {
    /// For a model with this many numbers.
    pub fn new(numbers: usize) -> Budget {
        Budget(numbers.saturating_mul(REPEATED).saturating_add(ALWAYS))
    }

    /// How many there may still be.
    pub fn left(&self) -> usize {
        self.0
    }

    /// Counts the numbers that the node at `place` makes; before they are made, where they may be many.
    ///
    /// # Errors
    /// There are more than there may be.
    pub fn spend(&mut self, place: &str, count: usize) -> Result<(), Damage> {
        self.0 = self.0.checked_sub(count).ok_or_else(|| {
            let found = format!("constants that are used more than {REPEATED} times");
            Damage::new(place, found, "layers with weights of their own")
        })?;
        Ok(())
    }
}
