//! The rules of normalizations.

use super::super::{ConstString, Dims};
use super::Inferred;

/// `[C, H, W] → [C, H, W]`, with `eps` added to the variance and running statistics that move by `momentum`.
pub const fn batch_norm(input: Dims, eps: f64, momentum: f64) -> Inferred {
    match with_eps("BatchNorm", input, eps) {
        Ok(_) if !(momentum >= 0.0 && momentum <= 1.0) => {
            Err(ConstString::new().str("BatchNorm has momentum ").real(momentum).str("; it must be from 0 to 1"))
        }
        ruling => ruling,
    }
}

/// `[C, H, W] → [C, H, W]`, with `eps` added to the variance of each group.
pub const fn group_norm(input: Dims, groups: usize, eps: f64) -> Inferred {
    if groups == 0 {
        return Err(ConstString::new().str("GroupNorm needs `groups` of at least 1"));
    }
    let text = ConstString::new().str("GroupNorm cannot split the ").number(input.channels).str(" channels of its ");
    let text = text.dims(input).str(" input into ").number(groups).str(" groups");
    if !input.channels.is_multiple_of(groups) {
        Err(text)
    } else if input.len() <= groups {
        Err(text.str(" of one number, which has no variance"))
    } else {
        with_eps("GroupNorm", input, eps)
    }
}

/// `[C, H, W] → [C, H, W]`, with `eps` added to the variance.
pub const fn layer_norm(input: Dims, eps: f64) -> Inferred {
    if input.len() == 1 {
        return Err(ConstString::new().str("LayerNorm has an input of one number, which has no variance"));
    }
    with_eps("LayerNorm", input, eps)
}

/// Checks what is added to a variance.
const fn with_eps(kind: &str, input: Dims, eps: f64) -> Inferred {
    // An eps below f32's normal numbers is zero there; bits written as a whole number are that small.
    if eps >= f32::MIN_POSITIVE as f64 && eps.is_finite() {
        Ok(input)
    } else {
        Err(ConstString::new().str(kind).str(" has eps ").real(eps).str("; it must be a finite number above 0"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::says;
    use super::*;

    #[test]
    fn the_numbers_of_a_batch_norm_are_in_range() {
        let input = Dims::new(2, 3, 5);
        assert_eq!(says(batch_norm(input, 1e-5, 0.1)), "2×3×5");
        assert_eq!(says(batch_norm(input, 0.0, 0.1)), "BatchNorm has eps 0; it must be a finite number above 0");
        assert_eq!(says(batch_norm(input, 1e-5, 1.5)), "BatchNorm has momentum 1.5; it must be from 0 to 1");
    }

    #[test]
    fn groups_are_even_and_have_a_variance() {
        assert_eq!(says(group_norm(Dims::new(6, 5, 4), 3, 1e-5)), "6×5×4");
        let text = "GroupNorm cannot split the 6 channels of its 6×5×4 input into 4 groups";
        assert_eq!(says(group_norm(Dims::new(6, 5, 4), 4, 1e-5)), text);
        let text =
            "GroupNorm cannot split the 6 channels of its 6 input into 6 groups of one number, which has no variance";
        assert_eq!(says(group_norm(Dims::new(6, 1, 1), 6, 1e-5)), text);
        let text = "GroupNorm has eps 0; it must be a finite number above 0";
        assert_eq!(says(group_norm(Dims::new(6, 5, 4), 2, 0.0)), text);
        let text = "LayerNorm has an input of one number, which has no variance";
        assert_eq!(says(layer_norm(Dims::new(1, 1, 1), 1e-5)), text);
    }
}
