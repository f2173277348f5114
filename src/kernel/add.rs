//! One slice added to another, `y ← y + x`: what the shortcut of a residual block does.

use crate::scalar::Scalar;
use crate::simd::widest;

/// `to[i] ← to[i] + from[i]`
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn add<T: Scalar>(from: &[T], to: &mut [T]) {
    assert_eq!(from.len(), to.len(), "a sum of two slices");
    widest!({
        for (to, &from) in to.iter_mut().zip(from) {
            *to += from;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let mut to = [10.0, 20.0, 30.0];
        add(&[1.0, -2.0, 3.5], &mut to);
        assert_eq!(to, [11.0, 18.0, 33.5]);
    }
}
