//! A constant learning rate.

use core::fmt;

use super::Schedule;

/// Always 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Constant;

impl Schedule for Constant {
    fn factor(&self, _: u64, _: u64) -> f64 {
        1.0
    }
}

/// `constant`
impl fmt::Display for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("constant")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_1_everywhere() {
        assert_eq!([Constant.factor(0, 0), Constant.factor(0, 9), Constant.factor(8, 9)], [1.0; 3]);
    }
}
