//! A learning rate that falls linearly to 0: `1 − done/total`.

use core::fmt;

use super::{Schedule, share};

/// Falls linearly to 0: `1 − done/total`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Linear;

impl Schedule for Linear {
    fn factor(&self, done: u64, total: u64) -> f64 {
        1.0 - share(done, total)
    }
}

/// `linear`
impl fmt::Display for Linear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("linear")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_by_hand() {
        assert_eq!([0, 25, 75, 100, 200].map(|done| Linear.factor(done, 100)), [1.0, 0.75, 0.25, 0.0, 0.0]);
    }
}
